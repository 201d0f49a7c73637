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
// A function by itself: the constants of whatever surrounds a product would take registers from its sums.
#define REPLICORTEX_ALONE __attribute__((noinline))

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

// Calls f(Count<n>) for an n of 1..kMost.
template <int kMost, class F>
inline void with_count(size_t n, F f) {
  if (n == kMost) return f(Count<kMost>{});
  if constexpr (kMost > 1) with_count<kMost - 1>(n, f);
}

// Calls f(Count<NV>, first column) for as few panels of at most kMost vectors as there can be, as wide as one another.
template <int kMost, class F>
inline void for_panels(size_t columns, F f) {
  size_t vectors = columns / kLanes, panels = (vectors + kMost - 1) / kMost, at = 0;
  for (size_t p = 0; p < panels; p++) {
    size_t width = vectors / panels + (p < vectors % panels);
    with_count<kMost>(width, [&](auto count) { f(count, at); });
    at += width * kLanes;
  }
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

template <int R, int NV>
inline void add_tile(float* to, size_t stride, const Tile<R, NV>& tile) {
  for (int i = 0; i < R; i++)
    for (int v = 0; v < NV; v++) {
      float* place = to + i * stride + v * kLanes;
      store(place, load(place) + tile[i][v]);
    }
}

// tile += A B for the rows of A, `stride` apart, and a panel of B packed as (depth, NV vectors).
template <int R, int NV>
REPLICORTEX_ALONE void add_product(Tile<R, NV>& tile, const float* a, size_t stride, size_t depth,
                                    const float* panel) {
  Tile<R, NV> sums;
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] = tile[i][v];
  REPLICORTEX_TWICE for (size_t k = 0; k < depth; k++) {
    Floats b[NV];
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) b[v] = load(panel + (k * NV + v) * kLanes);
    REPLICORTEX_UNROLL for (int i = 0; i < R; i++) {
      Floats x = broadcast(a[i * stride + k]);
      REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] += x * b[v];
    }
  }
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) tile[i][v] = sums[i][v];
}

// Rows of `columns` numbers cut into strips of W columns, each with its rows one behind the other; a strip begins
// `apart` floats after the last. What is beyond the columns in the last strip comes from the rows too.
template <int W>
inline void pack_strips(float* to, size_t apart, const float* rows, size_t stride, size_t n_rows, size_t columns) {
  for (size_t r = 0; r < n_rows; r++, rows += stride, to += W)
    for (size_t first = 0, at = 0; first < columns; first += W, at += apart) std::memcpy(to + at, rows + first, W * sizeof(float));
}

// What a tile is going to be added to.
template <int R, int NV>
inline void prefetch_tile(const float* from, size_t stride) {
  for (int i = 0; i < R; i++)
    for (int v = 0; v < NV * kLanes; v += 16) __builtin_prefetch(from + i * stride + v, 1);
}

// tile += A^T B for a strip of R columns of A and one of NV vectors of columns of B, summed over `rows` rows of both.
template <int R, int NV>
REPLICORTEX_ALONE void add_transposed_product(Tile<R, NV>& tile, const float* a, const float* b, size_t rows) {
  Tile<R, NV> sums;
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] = tile[i][v];
  REPLICORTEX_TWICE for (size_t r = 0; r < rows; r++) {
    Floats y[NV];
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) y[v] = load(b + (r * NV + v) * kLanes);
    REPLICORTEX_UNROLL for (int i = 0; i < R; i++) {
      Floats x = broadcast(a[r * R + i]);
      REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] += x * y[v];
    }
  }
  REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
    REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) tile[i][v] = sums[i][v];
}

}  // namespace replicortex
