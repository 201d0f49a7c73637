// Which variants of the kernel this processor and its operating system can run; compiled without special options.

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>

static uint64_t enabled_registers() {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx >> 27 & 1)) return 0;  // the system does not tell
  __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return eax | uint64_t(edx) << 32;
}
#endif

// 1 if the variant of that name runs here.
extern "C" int replicortex_supports(const char* variant) {
#if defined(__x86_64__)
  unsigned eax, ebx, ecx, edx, first_ecx, half_eax = 0;
  if (!__get_cpuid(1, &eax, &ebx, &first_ecx, &edx)) return 0;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
  if (eax >= 1) {
    unsigned b, c, d;
    __get_cpuid_count(7, 1, &half_eax, &b, &c, &d);
  }
  uint64_t registers = enabled_registers();
  bool avx2 = (registers & 0x6) == 0x6 && (ebx >> 5 & 1) && (first_ecx >> 12 & 1);                // and FMA
  bool avx512 = avx2 && (registers & 0xe6) == 0xe6 && (ebx >> 16 & 1) && (ebx >> 17 & 1) &&       // F, DQ
                (ebx >> 30 & 1) && (ebx >> 31 & 1);                                               // BW, VL
  bool half = avx512 && (half_eax >> 5 & 1);                                                      // BF16
  bool amx = half && (registers & 0x60000) == 0x60000 && (edx >> 22 & 1) && (edx >> 24 & 1);      // BF16, tiles
  if (!std::strcmp(variant, "avx2")) return avx2;
  if (!std::strcmp(variant, "avx512")) return avx512;
  if (!std::strcmp(variant, "avx512_bf16")) return half;
  if (!std::strcmp(variant, "amx")) return amx;
#elif defined(__aarch64__)
  if (!std::strcmp(variant, "neon")) return 1;
#endif
  (void)variant;
  return 0;
}
