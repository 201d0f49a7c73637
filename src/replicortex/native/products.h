// Products of matrices in tiles that stay in registers: a few rows times a few vectors of columns.
//
// The sums of a tile live in a local array whose loops are unrolled, so that the compiler keeps them in registers; a
// tile that spills costs a third of the speed.
#pragma once

#include <cstdlib>
#include <new>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#include <type_traits>

#include "vectors.h"

namespace replicortex {

#define REPLICORTEX_UNROLL _Pragma("GCC unroll 16")
#define REPLICORTEX_TWICE _Pragma("GCC unroll 2")
#define REPLICORTEX_INLINE __attribute__((always_inline)) inline

template <int N>
using Count = std::integral_constant<int, N>;

inline size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

// Distance between rows: whole cache lines, an odd number of them, so that a column of rows spreads over the cache.
inline size_t row_stride(size_t floats) { return 16 * (round_up(floats, 16) / 16 | 1); }

constexpr size_t kLargePage = size_t(1) << 21;

// Memory that grows to the largest size asked for and is aligned to cache lines; its contents are undefined.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(memory_); }

  T* take(size_t count) {
    if (count > count_) {
      std::free(memory_);
      count_ = 0;
      size_t bytes = count * sizeof(T) + 64, page = bytes > kLargePage ? kLargePage : 64;
      memory_ = static_cast<T*>(std::aligned_alloc(page, round_up(bytes, page)));
      if (!memory_) throw std::bad_alloc();
#if defined(__linux__)
      if (page == kLargePage) madvise(memory_, round_up(bytes, page), MADV_HUGEPAGE);  // fewer misses of the TLB
#endif
      count_ = count;
    }
    return memory_;
  }

  T* data() const { return memory_; }

 private:
  T* memory_ = nullptr;
  size_t count_ = 0;
};

template <int R, int NV>
using Tile = Floats[R][NV];

// Calls f(Count<NV>, first column) for panels of kMost vectors, and for a smaller one at the end.
template <int kMost, class F>
inline void for_panels(size_t columns, F f) {
  size_t at = 0;
  for (; at + kMost * kLanes <= columns; at += kMost * kLanes) f(Count<kMost>{}, at);
  if constexpr (kMost > 1)
    for_panels<kMost - 1>(columns - at, [&](auto count, size_t first) { f(count, at + first); });
}

template <int R, int NV>
inline void load_tile(Tile<R, NV>& tile, const float* from, size_t stride) {
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) tile[i][v] = load(from + i * stride + v * kLanes);
}

template <int R, int NV>
inline void store_tile(float* to, size_t stride, const Tile<R, NV>& tile) {
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) store(to + i * stride + v * kLanes, tile[i][v]);
}

// tile += A B for the rows of A, `stride` apart, and a panel of B packed as (depth, NV vectors).
template <int R, int NV>
REPLICORTEX_INLINE void add_product(Tile<R, NV>& tile, const float* a, size_t stride, size_t depth,
                                    const float* panel) {
  Tile<R, NV> sums;
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] = tile[i][v];
  REPLICORTEX_TWICE for (size_t k = 0; k < depth; k++) {
    Floats b[NV];
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) __builtin_prefetch(panel + ((k + 12) * NV + v) * kLanes);
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) b[v] = load(panel + (k * NV + v) * kLanes);
    REPLICORTEX_UNROLL for (int i = 0; i < R; i++) {
      Floats x = broadcast(a[i * stride + k]);
      REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] += x * b[v];
    }
  }
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) tile[i][v] = sums[i][v];
}

// tile += A^T B for R columns of A and NV vectors of columns of B, summed over `rows` rows of both.
template <int R, int NV>
REPLICORTEX_INLINE void add_transposed_product(Tile<R, NV>& tile, const float* a, size_t a_stride, const float* b,
                                               size_t b_stride, size_t rows) {
  Tile<R, NV> sums;
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] = tile[i][v];
  REPLICORTEX_TWICE for (size_t r = 0; r < rows; r++) {
    Floats y[NV];
    __builtin_prefetch(a + (r + 12) * a_stride);
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) y[v] = load(b + r * b_stride + v * kLanes);
    REPLICORTEX_UNROLL for (int i = 0; i < R; i++) {
      Floats x = broadcast(a[r * a_stride + i]);
      REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] += x * y[v];
    }
  }
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) tile[i][v] = sums[i][v];
}

// Fetch the rows of a tile's share of an array ahead of its use: all of a row is fetched by the time all panels are done.
inline void fetch_ahead(const float* rows, size_t stride, size_t width, size_t first, size_t columns, size_t taken) {
  size_t from = first * width / columns, to = (first + taken) * width / columns;
  for (int i = 0; i < kRows; i++)
    for (size_t at = from / 16 * 16; at < to; at += 16) __builtin_prefetch(rows + i * stride + at, 0, 2);
}

// Pack B, given as element(row, column), into panels of (depth, NV vectors).
template <class Element>
inline void pack(float* to, size_t depth, size_t columns, Element element) {
  for_panels<kVectors>(columns, [&](auto count, size_t first) {
    constexpr size_t kWidth = decltype(count)::value * kLanes;
    for (size_t k = 0; k < depth; k++)
      for (size_t i = 0; i < kWidth; i++) to[first * depth + k * kWidth + i] = element(k, first + i);
  });
}

// The same for a matrix that lies column by column in memory.
template <class Element>
inline void pack_transposed(float* to, size_t depth, size_t columns, Element element) {
  for_panels<kVectors>(columns, [&](auto count, size_t first) {
    constexpr size_t kWidth = decltype(count)::value * kLanes;
    for (size_t i = 0; i < kWidth; i++)
      for (size_t k = 0; k < depth; k++) to[first * depth + k * kWidth + i] = element(k, first + i);
  });
}

}  // namespace replicortex
