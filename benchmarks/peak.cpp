// As many fused multiply-adds as the core can do, on registers alone: the ceiling of every product.

#include "vectors.h"

using namespace replicortex;

extern "C" double peak_operations(size_t rounds) {
  constexpr int kSums = 12;  // enough to hide the latency of each
  Floats sums[kSums], x = broadcast(0.999f), y = broadcast(1e-3f);
  for (int i = 0; i < kSums; i++) sums[i] = broadcast(1e-3f * i);
  for (size_t k = 0; k < rounds; k++) {
#if defined(__x86_64__)
    __asm__ volatile("" : "+v"(x));  // a new x for all the compiler knows
#elif defined(__aarch64__)
    __asm__ volatile("" : "+w"(x));
#endif
#pragma GCC unroll 12
    for (int i = 0; i < kSums; i++) sums[i] = sums[i] * x + y;
  }
  Floats total{};
  for (int i = 0; i < kSums; i++) total += sums[i];
  volatile float kept = sum(total);
  (void)kept;
  return 2.0 * kSums * kLanes * rounds;
}
