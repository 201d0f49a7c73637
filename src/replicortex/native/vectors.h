// Vectors of one register, the functions of a vector that training needs, and normal random numbers.
//
// Written with the vector extensions that GCC and Clang share, so that one text becomes AVX-512, AVX2 or NEON code.
// The polynomials are least-maximum-error fits made for this file (numpy, iteratively reweighted least squares in
// float64, then rounded); the stated errors are those of the fit, before float32 rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace replicortex {

// kLanes: floats in a register. kRows x kVectors sums of a product A B, or kTallRows x kTallVectors of A^T B, fit into
// the registers together with the vectors of B and a number of A.
#if defined(__AVX512F__)
constexpr int kLanes = 16, kRows = 8, kVectors = 3, kTallRows = 6, kTallVectors = 4;
#elif defined(__AVX2__)
constexpr int kLanes = 8, kRows = 4, kVectors = 3, kTallRows = 4, kTallVectors = 3;
#else
constexpr int kLanes = 4, kRows = 8, kVectors = 3, kTallRows = 6, kTallVectors = 4;
#endif

typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef int32_t Ints __attribute__((vector_size(4 * kLanes)));
typedef uint32_t Words __attribute__((vector_size(4 * kLanes)));
typedef float UnalignedFloats __attribute__((vector_size(4 * kLanes), aligned(4)));

inline Floats load(const float* from) { return *reinterpret_cast<const UnalignedFloats*>(from); }
inline void store(float* to, Floats v) { *reinterpret_cast<UnalignedFloats*>(to) = v; }

// The first `count` numbers, or a vector full of them; zeros behind.
inline Floats load_part(const float* from, int64_t count) {
  if (count >= kLanes) return load(from);
  Floats v{};
  for (int64_t i = 0; i < count; i++) v[i] = from[i];
  return v;
}

inline Floats broadcast(float x) { return x - Floats{}; }  // x - 0 is x, also for -0

inline Floats square_root(Floats x) {
#if defined(__AVX512F__)
  return (Floats)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX2__)
  return (Floats)_mm256_sqrt_ps((__m256)x);
#elif defined(__aarch64__)
  return (Floats)vsqrtq_f32((float32x4_t)x);
#else
  for (int i = 0; i < kLanes; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

inline float sum(Floats v) {
  float total = 0;
  for (int i = 0; i < kLanes; i++) total += v[i];
  return total;
}

inline Floats maximum(Floats a, Floats b) { return a > b ? a : b; }
inline Floats magnitude(Floats x) { return (Floats)((Words)x & 0x7fffffffu); }

// c[0] + x c[1] + x^2 c[2] + ...
template <int N>
inline Floats polynomial(Floats x, const float (&c)[N]) {
  Floats y = broadcast(c[N - 1]);
#pragma GCC unroll 16
  for (int i = N - 2; i >= 0; i--) y = y * x + c[i];
  return y;
}

// exp of x <= 0, relative error 1e-7; below -87 it stays at exp(-87).
inline Floats exp_of_negative(Floats x) {
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;  // their sum is ln 2; n * kLn2High is exact
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the last bits
  constexpr float kTerms[] = {5.000000000e-01f, 1.666651964e-01f, 4.166620597e-02f, 8.368882351e-03f,
                              1.395047759e-03f};  // (exp(r) - 1 - r) / r^2, error 3e-9
  x = maximum(x, broadcast(-87.0f));
  Floats shifted = x * 1.44269504f + kRound;
  Floats n = shifted - kRound;
  Floats r = x - n * kLn2High - n * kLn2Low;
  Floats y = polynomial(r, kTerms) * (r * r) + r + 1.0f;
  return (Floats)((Ints)y + (((Ints)shifted) << 23));  // the last bits of `shifted` hold n: times 2^n
}

// log(1 + e) for e in 0..1, relative error 3e-8.
inline Floats log1p_of_fraction(Floats e) {
  constexpr float kTerms[] = {1.0f, -4.999955297e-01f, 3.332034349e-01f, -2.485294342e-01f, 1.914510876e-01f,
                              -1.374661177e-01f, 7.921067625e-02f, -3.011095524e-02f, 5.384066142e-03f};
  return polynomial(e, kTerms) * e;
}

// log of u in 2^-24..1, absolute error 1e-6 at most.
inline Floats log_of_uniform(Floats u) {
  constexpr float kTerms[] = {3.333331645e-01f, -2.500081062e-01f, 2.000229359e-01f, -1.662449986e-01f,
                              1.418099254e-01f, -1.312912554e-01f, 1.288327277e-01f, -7.860614359e-02f};
  Ints bits = (Ints)u;
  Ints exponent = (bits - 0x3f3504f3) >> 23;  // of the power of two that leaves sqrt(1/2)..sqrt(2)
  Floats f = (Floats)(bits - (exponent << 23)) - 1.0f;
  Floats f2 = f * f;
  return polynomial(f, kTerms) * (f2 * f) + (f - 0.5f * f2) + __builtin_convertvector(exponent, Floats) * 0.69314718f;
}

// Sixteen xoshiro128++ generators (Blackman & Vigna 2021) side by side, whatever the width of a register, so that
// every processor draws the same normal numbers up to rounding.
class Normals {
 public:
  static constexpr int kBlock = 32;  // numbers come in blocks of this size

  explicit Normals(uint64_t seed) {
    for (int lane = 0; lane < 16; lane++) {
      uint64_t low = mix(seed), high = mix(seed);
      state_[0][lane] = uint32_t(low), state_[1][lane] = uint32_t(low >> 32);
      state_[2][lane] = uint32_t(high), state_[3][lane] = uint32_t(high >> 32);
    }
  }

  // Fill with `count` numbers, a multiple of kBlock, of mean 0 and that s.d. (Box & Muller 1958).
  void fill(float* to, size_t count, float sd) {
    for (int part = 0; part < 16; part += kLanes) {
      Words s[4];  // in registers while the numbers of these lanes are drawn
      for (int i = 0; i < 4; i++) std::memcpy(&s[i], &state_[i][part], sizeof(Words));
      for (size_t at = part; at < count; at += kBlock) pair(to + at, to + at + 16, s, sd);
      for (int i = 0; i < 4; i++) std::memcpy(&state_[i][part], &s[i], sizeof(Words));
    }
  }

 private:
  alignas(64) uint32_t state_[4][16];

  static uint64_t mix(uint64_t& x) {  // splitmix64
    uint64_t z = (x += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  static Words rotate(Words x, int by) { return (x << by) | (x >> (32 - by)); }

  static Words next(Words (&s)[4]) {
    Words result = rotate(s[0] + s[3], 7) + s[0], t = s[1] << 9;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
  }

  static void pair(float* first, float* second, Words (&s)[4], float sd) {
    constexpr float kSine[] = {1.570796371e+00f, -6.459637880e-01f, 7.968992740e-02f, -4.674157593e-03f,
                               1.516785269e-04f};  // sin(pi/2 w) / w in w^2, error 7e-9
    constexpr float kCosine[] = {1.0f, -1.233700514e+00f, 2.536693215e-01f, -2.086268924e-02f, 9.177248576e-04f,
                                 -2.382491766e-05f};  // cos(pi/2 w) in w^2, error 2e-10
    Floats u = (__builtin_convertvector((Ints)(next(s) >> 8), Floats) + 1.0f) * 0x1p-24f;  // 0 < u <= 1
    Floats w = __builtin_convertvector((Ints)next(s), Floats) * 0x1p-31f;                  // angle pi w
    Floats radius = square_root(maximum(log_of_uniform(u) * -2.0f, Floats{})) * sd;
    Floats w2 = w * w, sine = polynomial(w2, kSine) * w, cosine = polynomial(w2, kCosine);
    store(first, (1.0f - 2.0f * sine * sine) * radius);  // cos(pi w) from half the angle, which needs no quadrants
    store(second, 2.0f * sine * cosine * radius);
  }
};

}  // namespace replicortex
