// The backward pass with its products on bfloat16 numbers, their sums in float32.
//
// Compiled where the processor multiplies bfloat16 pairs (AVX-512 BF16) or tiles of them (AMX). Both take A as rows of
// pairs (two neighbours along the sum share a word) and B with the two rows of a pair interleaved, so only the innermost
// product differs. Everything that is not a product stays in float32: g_t, the slopes, the gradient's sums.
#pragma once

#include "batch.h"

#if defined(__AVX512BF16__)

#if defined(__AMX_BF16__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace replicortex {

constexpr size_t kHalfTrials = 16, kHalfColumns = 32;  // multiples in which trials, and columns of products, come
constexpr size_t kChunk = 256;                         // rows whose gradient is summed in one go

// Two rows of 16 numbers as 16 words, the first row in the low halves.
inline __m512i pair_rows(__m256i low, __m256i high) {
  return _mm512_or_si512(_mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
}

inline __m256i to_half(Floats v) { return (__m256i)_mm512_cvtneps_pbh((__m512)v); }

#if defined(__AMX_BF16__)

// Asks the kernel for the tile registers; false where it refuses.
inline bool half_available() {
  constexpr long kRequest = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
}

// Holds eight tiles of 16 rows of 64 bytes while it lives.
class HalfUnit {
 public:
  HalfUnit() {
    struct alignas(64) {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t row_bytes[16] = {};
      uint8_t rows[16] = {};
    } layout;
    for (int i = 0; i < 8; i++) layout.row_bytes[i] = 64, layout.rows[i] = 16;
    _tile_loadconfig(&layout);
  }
  ~HalfUnit() { _tile_release(); }
};

// c += A B; `pairs` words along the sum (a multiple of 16), rows a multiple of 16, columns of 32; strides in words.
inline void add_half_product(float* c, size_t c_stride, const uint32_t* a, size_t a_stride, const uint32_t* b,
                             size_t b_stride, size_t pairs, size_t rows) {
  size_t m = 0;
  for (; m + 32 <= rows; m += 32) {
    float *upper = c + m * c_stride, *lower = upper + 16 * c_stride;
    _tile_loadd(0, upper, 4 * c_stride); _tile_loadd(1, upper + 16, 4 * c_stride);
    _tile_loadd(2, lower, 4 * c_stride); _tile_loadd(3, lower + 16, 4 * c_stride);
    for (size_t p = 0; p < pairs; p += 16) {
      _tile_loadd(6, b + p * b_stride, 4 * b_stride); _tile_loadd(7, b + p * b_stride + 16, 4 * b_stride);
      _tile_loadd(4, a + m * a_stride + p, 4 * a_stride);
      _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, a + (m + 16) * a_stride + p, 4 * a_stride);
      _tile_dpbf16ps(2, 5, 6); _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, upper, 4 * c_stride); _tile_stored(1, upper + 16, 4 * c_stride);
    _tile_stored(2, lower, 4 * c_stride); _tile_stored(3, lower + 16, 4 * c_stride);
  }
  for (; m < rows; m += 16) {
    float* place = c + m * c_stride;
    _tile_loadd(0, place, 4 * c_stride); _tile_loadd(1, place + 16, 4 * c_stride);
    for (size_t p = 0; p < pairs; p += 16) {
      _tile_loadd(6, b + p * b_stride, 4 * b_stride); _tile_loadd(7, b + p * b_stride + 16, 4 * b_stride);
      _tile_loadd(4, a + m * a_stride + p, 4 * a_stride);
      _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7);
    }
    _tile_stored(0, place, 4 * c_stride); _tile_stored(1, place + 16, 4 * c_stride);
  }
}

#else

inline bool half_available() { return true; }

class HalfUnit {
 public:
  HalfUnit() {}  // nothing to hold, but a user of the name
};

inline void add_half_product(float* c, size_t c_stride, const uint32_t* a, size_t a_stride, const uint32_t* b,
                             size_t b_stride, size_t pairs, size_t rows) {
  for (size_t m = 0; m < rows; m += 8) {
    __m512 sums[8][2];
    REPLICORTEX_UNROLL for (int i = 0; i < 8; i++)
      REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) sums[i][v] = _mm512_loadu_ps(c + (m + i) * c_stride + 16 * v);
    for (size_t p = 0; p < pairs; p++) {
      __m512bh y[2];
      REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) y[v] = (__m512bh)_mm512_loadu_si512(b + p * b_stride + 16 * v);
      REPLICORTEX_UNROLL for (int i = 0; i < 8; i++) {
        __m512bh x = (__m512bh)_mm512_set1_epi32(int(a[(m + i) * a_stride + p]));
        REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) sums[i][v] = _mm512_dpbf16_ps(sums[i][v], x, y[v]);
      }
    }
    REPLICORTEX_UNROLL for (int i = 0; i < 8; i++)
      REPLICORTEX_UNROLL for (int v = 0; v < 2; v++) _mm512_storeu_ps(c + (m + i) * c_stride + 16 * v, sums[i][v]);
  }
}

#endif

// Transpose 16 x 16 words in place.
inline void transpose(__m512i (&r)[16]) {
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

class HalfBackward {
 public:
  void run(const Batch& b, const Rows& r) {
    HalfUnit unit;
    width_ = r.units + r.outputs, stride_ = row_stride(width_ / 2), depth_ = round_up(r.depth, 32);
    size_t steps = r.trials < kChunk ? kChunk / r.trials : 1;
    chunk_ = round_up(steps * r.trials, 32), pair_stride_ = row_stride(width_), state_stride_ = row_stride(chunk_ / 2);
    filled_ = 0;
    pack_weights(b, r);
    uint32_t* rows = errors_.take(r.trials * stride_);
    pairs_.take(chunk_ / 2 * pair_stride_), transposed_.take(depth_ * state_stride_);
    float *g = adjoint_.take(r.trials * r.units), *gradient = gradient_.take(depth_ * r.error_stride);
    std::memset(rows, 0, r.trials * stride_ * sizeof(uint32_t));
    std::memset(g, 0, r.trials * r.units * sizeof(float));
    std::memset(gradient, 0, depth_ * r.error_stride * sizeof(float));
    for (int64_t t = b.n_time; t >= 0; t--) {
      set_readout(r, t, rows);
      collect(r, t, rows, gradient, steps, t == 0);
      if (t > 0) retreat(b, r, t, g, rows);
    }
    hand_over(b, r, gradient);
  }

 private:
  Buffer<uint32_t> weights_, errors_, pairs_, transposed_;
  Buffer<float> adjoint_, gradient_;
  size_t width_ = 0, stride_ = 0, depth_ = 0, chunk_ = 0, pair_stride_ = 0, state_stride_ = 0, filled_ = 0;

  static uint32_t half(float x) {  // to the nearest, ties to even
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  }

  // [W_rec^T; W_out^T] as panels of 32 columns, pairs of rows interleaved.
  void pack_weights(const Batch& b, const Rows& r) {
    uint32_t* packed = weights_.take(width_ / 2 * r.units);
    for (size_t n = 0; n < r.units; n++) {
      uint32_t* column = packed + n / kHalfColumns * kHalfColumns * (width_ / 2) + n % kHalfColumns;
      auto weight = [&](size_t k) {
        if (n >= size_t(b.n_unit)) return 0.0f;
        if (k < r.units) return k < size_t(b.n_unit) ? b.w_rec[n * b.n_unit + k] : 0.0f;
        k -= r.units;
        return k < size_t(b.n_output) ? b.w_out[n * b.n_output + k] : 0.0f;
      };
      for (size_t k = 0; k < width_; k += 2) column[k / 2 * kHalfColumns] = half(weight(k)) | half(weight(k + 1)) << 16;
    }
  }

  // dz_t beside d_{t+1}; nothing is read out at step 0.
  void set_readout(const Rows& r, int64_t t, uint32_t* rows) {
    for (size_t m = 0; m < r.trials; m++) {
      const float* dz = r.error(t) + m * r.error_stride + r.units;
      auto* to = reinterpret_cast<__m256i*>(rows + m * stride_ + r.units / 2);
      for (size_t o = 0; o < r.outputs; o += 16)
        _mm256_storeu_si256(to++, t > 0 ? to_half(load(dz + o)) : _mm256_setzero_si256());
    }
  }

  // g_t from g_{t+1} (kept times 1 - alpha) and the rows [d_{t+1}, dz_t], in which d_t then takes d_{t+1}'s place.
  void retreat(const Batch& b, const Rows& r, int64_t t, float* g, uint32_t* rows) {
    for (size_t first = 0; first < r.units; first += kHalfColumns)
      add_half_product(g + first, r.units, rows, stride_, weights_.data() + first * (width_ / 2), kHalfColumns,
                       width_ / 2, r.trials);
    for (size_t m = 0; m < r.trials; m += kRows)
      for (size_t first = 0; first < r.units; first += kLanes) {
        Tile<kRows, 1> now;
        load_tile(now, g + m * r.units + first, r.units);
        if (b.l1_rates != 0 || b.l2_rates != 0)
          add_penalty(b, now, r.state(t) + m * r.state_stride + first, r.state_stride);
        for (int i = 0; i < kRows; i++) {
          Floats slope = load(r.error(t - 1) + (m + i) * r.error_stride + first);
          store(g + (m + i) * r.units + first, (1.0f - b.alpha) * now[i][0]);
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows + (m + i) * stride_ + first / 2), to_half(slope * now[i][0]));
        }
      }
  }

  // Add [h_t, x_{t+1}, 1] and [d_{t+1}, dz_t] to the chunk; a full or last chunk goes into the gradient.
  void collect(const Rows& r, int64_t t, const uint32_t* rows, float* gradient, size_t steps, bool last) {
    uint32_t* pairs = pairs_.data();
    for (size_t m = 0; m < r.trials; m += 2, rows += 2 * stride_) {
      uint32_t* to = pairs + (filled_ + m) / 2 * pair_stride_;
      auto *low = reinterpret_cast<const __m256i*>(rows), *high = reinterpret_cast<const __m256i*>(rows + stride_);
      for (size_t n = 0; n < width_; n += 16, to += 16)
        _mm512_storeu_si512(to, pair_rows(_mm256_loadu_si256(low++), _mm256_loadu_si256(high++)));
    }
    for (size_t m = 0; m < r.trials; m += 16)  // eight pairs at a time
      for (size_t k = 0; k < r.depth; k += 16) set_transposed(r.state(t) + m * r.state_stride + k, r.state_stride, k, filled_ + m);
    filled_ += r.trials;
    if (!last && filled_ + r.trials <= steps * r.trials) return;
    for (; filled_ < chunk_; filled_ += 2) std::memset(pairs + filled_ / 2 * pair_stride_, 0, width_ * sizeof(uint32_t));
    for (size_t first = 0; first < width_; first += kHalfColumns)
      add_half_product(gradient + first, r.error_stride, transposed_.data(), state_stride_, pairs + first, pair_stride_,
                       chunk_ / 2, depth_);
    filled_ = 0;
  }

  // Sixteen rows and columns of the state: pairs of rows as words, columns as rows.
  void set_transposed(const float* from, size_t stride, size_t k, size_t row) {
    __m512i words[16];
    for (int p = 0; p < 8; p++) {
      words[p] = pair_rows(to_half(load(from + 2 * p * stride)), to_half(load(from + (2 * p + 1) * stride)));
      words[p + 8] = _mm512_setzero_si512();
    }
    transpose(words);
    for (int i = 0; i < 16; i++)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(transposed_.data() + (k + i) * state_stride_ + row / 2),
                          _mm512_castsi512_si256(words[i]));
  }
};

}  // namespace replicortex

#else

namespace replicortex {

constexpr size_t kHalfTrials = kRows, kHalfColumns = kLanes;

inline bool half_available() { return false; }

class HalfBackward {
 public:
  void run(const Batch&, const Rows&) {}  // replicortex.native never asks for it
};

}  // namespace replicortex

#endif
