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

constexpr size_t kHalfRows = 32, kHalfColumns = 32;  // multiples in which rows of A, and columns of B, come

}  // namespace replicortex

#if defined(__AVX512BF16__)

#if defined(__AMX_BF16__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace replicortex {

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

// c = A B, or c += A B; `pairs` words along the sum (a multiple of 16), rows a multiple of 32, 32 columns; strides in
// words.
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

inline bool half_available() { return true; }

class HalfUnit {
 public:
  explicit HalfUnit(bool) {}  // nothing to hold
};

inline void half_product(float* c, size_t c_stride, Parts a, size_t a_stride, Parts b, size_t b_stride, size_t pairs,
                         size_t rows, bool add) {
  for (size_t m = 0; m < rows; m += 8) {
    Tile<8, 2> start{};
    if (add) load_tile(start, c + m * c_stride, c_stride);
    __m512 sums[8][2];
    REPLICORTEX_UNROLL for (int i = 0; i < 8; i++)
      REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) sums[i][v] = (__m512)start[i][v];
    for (size_t p = 0; p < pairs; p++) {
      __m512bh y[2];
      REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) y[v] = (__m512bh)_mm512_loadu_si512(b.high + p * b_stride + 16 * v);
      REPLICORTEX_UNROLL for (int i = 0; i < 8; i++) {
        __m512bh x = (__m512bh)_mm512_set1_epi32(int(a.high[(m + i) * a_stride + p]));
        REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) sums[i][v] = _mm512_dpbf16_ps(sums[i][v], x, y[v]);
      }
    }
    REPLICORTEX_UNROLL for (int i = 0; i < 8; i++)
      REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) _mm512_storeu_ps(c + (m + i) * c_stride + 16 * v, sums[i][v]);
  }
}

#endif

// Weights as panels of 32 columns, pairs of rows interleaved.
class HalfMatrix {
 public:
  template <class Element>
  void pack(bool both, size_t depth, size_t columns, Element element) {
    both_ = both, depth_ = depth, columns_ = columns, pairs_ = round_up(depth, 32) / 2;
    weights_.take(pairs_ * columns, both);
    for (size_t first = 0; first < columns; first += kHalfColumns)
      for (size_t p = 0; p < pairs_; p++) {
        alignas(64) float numbers[2][kHalfColumns];
        for (size_t i = 0; i < kHalfColumns; i++)
          for (size_t k = 0; k < 2; k++) numbers[k][i] = 2 * p + k < depth ? element(2 * p + k, first + i) : 0.0f;
        for (size_t i = 0; i < kHalfColumns; i += 16)
          weights_.set_pairs(first * pairs_ + p * kHalfColumns + i, load(numbers[0] + i), load(numbers[1] + i));
      }
  }

  void multiply(const float* rows, size_t stride, size_t trials, float* to, size_t to_stride, bool add) {
    size_t words = row_stride(pairs_);
    rows_.take(trials * words, both_);
    for (size_t m = 0; m < trials; m++)
      for (size_t k = 0; k < 2 * pairs_; k += 16)
        rows_.set_row(m * words + k / 2, load_part(rows + m * stride + k, int64_t(depth_) - int64_t(k)));
    for (size_t p = 0; p < pairs_; p += kBlock)
      for (size_t first = 0; first < columns_; first += kHalfColumns)
        half_product(to + first, to_stride, rows_.at(p), words, weights_.at(first * pairs_ + p * kHalfColumns),
                     kHalfColumns, pairs_ - p < kBlock ? pairs_ - p : kBlock, trials, add || p > 0);
  }

 private:
  static constexpr size_t kBlock = 64;  // pairs along the sum at a time, so that the rows stay in the first cache

  Halves weights_, rows_;
  size_t depth_ = 0, columns_ = 0, pairs_ = 0;
  bool both_ = false;
};

// gradient += from^T with, summed over rows; rows and columns of the gradient come in multiples of 32.
class HalfSum {
 public:
  void add(bool both, float* gradient, size_t stride, const float* from, size_t from_stride, const float* with,
           size_t with_stride, size_t rows, size_t depth, size_t columns) {
    size_t pairs = round_up(rows, 32) / 2, words = row_stride(pairs), wide = row_stride(columns);
    depth = round_up(depth, kHalfRows);
    from_.take(depth * words, both), with_.take(pairs * wide, both);
    for (size_t row = 0; row < 2 * pairs; row += 32)
      for (size_t k = 0; k < depth; k += 16)
        from_.set_transposed(k * words + row / 2, words, [&](size_t i) {
          return row + i < rows ? load(from + (row + i) * from_stride + k) : Floats{};
        });
    for (size_t row = 0; row < 2 * pairs; row += 2)
      for (size_t n = 0; n < columns; n += 16) {
        Floats first = row < rows ? load(with + row * with_stride + n) : Floats{};
        Floats second = row + 1 < rows ? load(with + (row + 1) * with_stride + n) : Floats{};
        with_.set_pairs(row / 2 * wide + n, first, second);
      }
    for (size_t n = 0; n < columns; n += kHalfColumns)
      half_product(gradient + n, stride, from_.at(0), words, with_.at(n), wide, pairs, depth, true);
  }

 private:
  Halves from_, with_;
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
