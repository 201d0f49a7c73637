// Products of matrices on bfloat16 numbers, their sums in float32.
//
// Compiled where the processor multiplies bfloat16 pairs (AVX-512 BF16) or tiles of them (AMX). Both take A as rows of
// pairs (two neighbours along the sum share a word) and B with the two rows of a pair interleaved, so only the innermost
// product differs.
//
// A float32 number is the sum of a high and a low bfloat16 number with 2^-17 of it left over. A product of two such
// numbers is made of three: high high, high low and low high. What is left out is 2^-16 of the product at most.
#pragma once

#include "products.h"

namespace replicortex {

// Multiples in which rows of A, columns of B and pairs along the sum come, and f(Count<vectors>, first column) for each
// panel of B. Tiles of AMX are whole; the sums of pairs by AVX-512 fit into registers as those of the float32 product do.
#if defined(__AMX_BF16__)
constexpr size_t kHalfRows = 32, kHalfColumns = 32, kHalfPairs = 16;

template <class F>
inline void for_half_panels(size_t columns, F f) {
  for (size_t first = 0; first < columns; first += 2 * kLanes) f(Count<2>{}, first);
}
#else
constexpr size_t kHalfRows = 8, kHalfColumns = 16, kHalfPairs = 1;

template <class F>
inline void for_half_panels(size_t columns, F f) {
  for_panels<3>(columns, f);
}
#endif

}  // namespace replicortex

#if defined(__AVX512BF16__)

#if defined(__AMX_BF16__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace replicortex {

// Where the words of A lie: those of a row beside one another, or those of a pair.
enum Layout { kByRow, kByPair };

// Words of pairs: of the high parts and of the low ones, null where the high parts stand for the numbers.
struct Parts {
  const uint32_t *high, *low;
};

// Buffers for both.
class Halves {
 public:
  void take(size_t words, bool both) {
    high_.take(words);
    both_ = both;
    if (both) low_.take(words);
  }
  Parts at(size_t word) const { return {high_.data() + word, both_ ? low_.data() + word : nullptr}; }

  // Two vectors of numbers as pairs, one of each in a word, or one vector of 16 as eight words.
  void set_pairs(size_t word, Floats first, Floats second) {
    __m256i a = to_half(first), b = to_half(second);
    _mm512_storeu_si512(high_.data() + word, pair(a, b));
    if (both_) _mm512_storeu_si512(low_.data() + word, pair(to_half(first - widened(a)), to_half(second - widened(b))));
  }
  void set_row(size_t word, Floats numbers) {
    __m256i a = to_half(numbers);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(high_.data() + word), a);
    if (both_)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(low_.data() + word), to_half(numbers - widened(a)));
  }

  // Sixteen columns of 32 rows, given as row(i), as sixteen rows of sixteen words, `stride` words apart.
  template <class Row>
  void set_transposed(size_t word, size_t stride, Row row) {
    __m512i high[16], low[16];
    for (int p = 0; p < 16; p++) {
      Floats first = row(2 * p), second = row(2 * p + 1);
      __m256i a = to_half(first), b = to_half(second);
      high[p] = pair(a, b);
      if (both_) low[p] = pair(to_half(first - widened(a)), to_half(second - widened(b)));
    }
    transpose(high);
    for (int i = 0; i < 16; i++) _mm512_storeu_si512(high_.data() + word + i * stride, high[i]);
    if (!both_) return;
    transpose(low);
    for (int i = 0; i < 16; i++) _mm512_storeu_si512(low_.data() + word + i * stride, low[i]);
  }

 private:
  Buffer<uint32_t> high_, low_;
  bool both_ = false;

  static __m256i to_half(Floats v) { return (__m256i)_mm512_cvtneps_pbh((__m512)v); }
  static Floats widened(__m256i half) { return (Floats)_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16); }
  static __m512i pair(__m256i low, __m256i high) {
    return _mm512_or_si512(_mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
  }

  static void transpose(__m512i (&r)[16]) {  // 16 x 16 words
    __m512i s[16];
    for (int i = 0; i < 16; i += 4) {
      __m512i a = _mm512_unpacklo_epi32(r[i], r[i + 1]), b = _mm512_unpackhi_epi32(r[i], r[i + 1]);
      __m512i c = _mm512_unpacklo_epi32(r[i + 2], r[i + 3]), d = _mm512_unpackhi_epi32(r[i + 2], r[i + 3]);
      s[i] = _mm512_unpacklo_epi64(a, c), s[i + 1] = _mm512_unpackhi_epi64(a, c);
      s[i + 2] = _mm512_unpacklo_epi64(b, d), s[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
    for (int i = 0; i < 4; i++) {  // s[4 q + i] holds columns i, i + 4, i + 8, i + 12 of rows 4 q .. 4 q + 3
      __m512i a = _mm512_shuffle_i32x4(s[i], s[i + 4], 0x88), b = _mm512_shuffle_i32x4(s[i], s[i + 4], 0xdd);
      __m512i c = _mm512_shuffle_i32x4(s[i + 8], s[i + 12], 0x88), d = _mm512_shuffle_i32x4(s[i + 8], s[i + 12], 0xdd);
      r[i] = _mm512_shuffle_i32x4(a, c, 0x88), r[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
      r[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88), r[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
    }
  }
};

#if defined(__AMX_BF16__)

constexpr Layout kSummed = kByRow;  // of the factor that is summed over its rows
constexpr bool kSplits = true;  // three products on tiles take less time than one in float32

// Asks the kernel of the system for the tile registers; false where it refuses.
inline bool half_available() {
  constexpr long kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
}

// Holds eight tiles of 16 rows of 64 bytes while it lives, if they are wanted.
class HalfUnit {
 public:
  explicit HalfUnit(bool wanted) : held_(wanted) {
    if (!wanted) return;
    struct alignas(64) {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t row_bytes[16] = {};
      uint8_t rows[16] = {};
    } layout;
    for (int i = 0; i < 8; i++) layout.row_bytes[i] = 64, layout.rows[i] = 16;
    _tile_loadconfig(&layout);
  }
  HalfUnit(const HalfUnit&) = delete;
  HalfUnit& operator=(const HalfUnit&) = delete;
  ~HalfUnit() {
    if (held_) _tile_release();
  }

 private:
  bool held_;
};

// Four products of sixteen pairs: rows of tiles 4 and 5 with columns of tiles 6 and 7.
inline void multiply_tiles() {
  _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6); _tile_dpbf16ps(3, 5, 7);
}

inline void load_rows(const uint32_t* a, size_t stride) {
  _tile_loadd(4, a, 4 * stride); _tile_loadd(5, a + 16 * stride, 4 * stride);
}

inline void load_columns(const uint32_t* b, size_t stride) {
  _tile_loadd(6, b, 4 * stride); _tile_loadd(7, b + 16, 4 * stride);
}

// c = A B, or c += A B; `pairs` words along the sum, rows and columns as the multiples above say; strides in words. A lies
// in words row by row.
template <Layout, int>
inline void half_product(float* c, size_t c_stride, Parts a, size_t a_stride, Parts b, size_t b_stride, size_t pairs,
                         size_t rows, bool add) {
  for (size_t m = 0; m < rows; m += 32) {
    float *upper = c + m * c_stride, *lower = upper + 16 * c_stride;
    if (add) {
      _tile_loadd(0, upper, 4 * c_stride); _tile_loadd(1, upper + 16, 4 * c_stride);
      _tile_loadd(2, lower, 4 * c_stride); _tile_loadd(3, lower + 16, 4 * c_stride);
    } else {
      _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
    }
    for (size_t p = 0; p < pairs; p += 16) {
      load_rows(a.high + m * a_stride + p, a_stride);
      load_columns(b.high + p * b_stride, b_stride);
      multiply_tiles();
      if (!a.low) continue;
      load_columns(b.low + p * b_stride, b_stride);
      multiply_tiles();
      load_rows(a.low + m * a_stride + p, a_stride);
      load_columns(b.high + p * b_stride, b_stride);
      multiply_tiles();
    }
    _tile_stored(0, upper, 4 * c_stride); _tile_stored(1, upper + 16, 4 * c_stride);
    _tile_stored(2, lower, 4 * c_stride); _tile_stored(3, lower + 16, 4 * c_stride);
  }
}

#else

constexpr bool kSplits = false;
constexpr Layout kSummed = kByPair;  // of the factor that is summed over its rows

inline bool half_available() { return true; }

class HalfUnit {
 public:
  explicit HalfUnit(bool) {}  // nothing to hold
};

template <Layout kLayout, int NV>
REPLICORTEX_ALONE void half_product(float* c, size_t c_stride, Parts a, size_t a_stride, Parts b, size_t b_stride,
                                    size_t pairs, size_t rows, bool add) {
  constexpr int R = kHalfRows;
  for (size_t m = 0; m < rows; m += R) {
    const uint32_t *words = a.high + (kLayout == kByRow ? m * a_stride : m), *panel = b.high;
    __m512 sums[R][NV] = {};
    for (size_t p = 0; p < pairs; p++, panel += b_stride) {
      __m512bh y[NV];
      REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) y[v] = (__m512bh)_mm512_loadu_si512(panel + 16 * v);
      REPLICORTEX_UNROLL for (int i = 0; i < R; i++) {
        __m512bh x = (__m512bh)_mm512_set1_epi32(int(words[kLayout == kByRow ? i * a_stride + p : p * a_stride + i]));
        REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) sums[i][v] = _mm512_dpbf16_ps(sums[i][v], x, y[v]);
      }
    }
    REPLICORTEX_UNROLL for (int i = 0; i < R; i++)
      REPLICORTEX_UNROLL for (int v = 0; v < NV; v++) {
        float* place = c + (m + i) * c_stride + 16 * v;
        store(place, add ? load(place) + (Floats)sums[i][v] : (Floats)sums[i][v]);
      }
  }
}

#endif

// Weights as panels of a few vectors of columns, pairs of rows interleaved.
class HalfMatrix {
 public:
  template <class Element>
  void pack(bool both, size_t depth, size_t columns, Element element) {
    both_ = both, depth_ = depth, columns_ = columns, pairs_ = round_up((depth + 1) / 2, kHalfPairs);
    weights_.take(pairs_ * columns, both);
    for_half_panels(columns, [&](auto count, size_t first) {
      constexpr size_t kWidth = decltype(count)::value * kLanes;
      for (size_t p = 0; p < pairs_; p++) {
        alignas(64) float numbers[2][kWidth];
        for (size_t i = 0; i < kWidth; i++)
          for (size_t k = 0; k < 2; k++) numbers[k][i] = 2 * p + k < depth ? element(2 * p + k, first + i) : 0.0f;
        for (size_t i = 0; i < kWidth; i += kLanes)
          weights_.set_pairs(first * pairs_ + p * kWidth + i, load(numbers[0] + i), load(numbers[1] + i));
      }
    });
  }

  void multiply(const float* rows, size_t stride, size_t trials, float* to, size_t to_stride, bool add) {
    size_t words = row_stride(pairs_);
    rows_.take(trials * words, both_);
    for (size_t m = 0; m < trials; m++)
      for (size_t k = 0; k < 2 * pairs_; k += kLanes)
        rows_.set_row(m * words + k / 2, load_part(rows + m * stride + k, int64_t(depth_) - int64_t(k)));
    for (size_t p = 0; p < pairs_; p += kBlock)
      for_half_panels(columns_, [&](auto count, size_t first) {
        constexpr int NV = decltype(count)::value;
        half_product<kByRow, NV>(to + first, to_stride, rows_.at(p), words, weights_.at(first * pairs_ + p * NV * kLanes),
                                 NV * kLanes, pairs_ - p < kBlock ? pairs_ - p : kBlock, trials, add || p > 0);
      });
  }

 private:
  static constexpr size_t kBlock = 64;  // pairs along the sum at a time, so that the rows stay in the first cache

  Halves weights_, rows_;
  size_t depth_ = 0, columns_ = 0, pairs_ = 0;
  bool both_ = false;
};

// gradient += from^T with, summed over rows; rows and columns of the gradient come in the multiples above.
class HalfSum {
 public:
  void add(bool both, float* gradient, size_t stride, const float* from, size_t from_stride, const float* with,
           size_t with_stride, size_t rows, size_t depth, size_t columns) {
    size_t pairs = round_up((rows + 1) / 2, kHalfPairs);
    depth = round_up(depth, kHalfRows);
    size_t words = row_stride(kSummed == kByRow ? pairs : depth), wide = row_stride(columns);
    from_.take(words * (kSummed == kByRow ? depth : pairs), both), with_.take(pairs * wide, both);
    if constexpr (kSummed == kByRow)
      for (size_t row = 0; row < 2 * pairs; row += 32)
        for (size_t k = 0; k < depth; k += 16)
          from_.set_transposed(k * words + row / 2, words, [&](size_t i) {
            return row + i < rows ? load(from + (row + i) * from_stride + k) : Floats{};
          });
    else
      interleave(from_, words, from, from_stride, rows, pairs, depth);
    interleave(with_, wide, with, with_stride, rows, pairs, columns);
    for_half_panels(columns, [&](auto count, size_t n) {
      half_product<kSummed, decltype(count)::value>(gradient + n, stride, from_.at(0), words, with_.at(n), wide, pairs,
                                                    depth, true);
    });
  }

 private:
  Halves from_, with_;

  // Two rows of numbers at a time as one of pairs.
  static void interleave(Halves& to, size_t stride, const float* from, size_t from_stride, size_t rows, size_t pairs,
                         size_t columns) {
    for (size_t p = 0; p < pairs; p++, from += 2 * from_stride)
      for (size_t n = 0; n < columns; n += kLanes) {
        Floats first = 2 * p < rows ? load(from + n) : Floats{};
        Floats second = 2 * p + 1 < rows ? load(from + from_stride + n) : Floats{};
        to.set_pairs(p * stride + n, first, second);
      }
  }
};

}  // namespace replicortex

#else

namespace replicortex {

constexpr bool kSplits = false;

inline bool half_available() { return false; }

// Never asked for where half_available() says no.
class HalfUnit {
 public:
  explicit HalfUnit(bool) {}
};

class HalfMatrix {
 public:
  template <class Element>
  void pack(bool, size_t, size_t, Element) {}
  void multiply(const float*, size_t, size_t, float*, size_t, bool) {}
};

class HalfSum {
 public:
  void add(bool, float*, size_t, const float*, size_t, const float*, size_t, size_t, size_t, size_t) {}
};

}  // namespace replicortex

#endif
