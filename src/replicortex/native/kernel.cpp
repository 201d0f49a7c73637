// The kernel's functions for other languages; replicortex.native calls them through ctypes.

#include "leaky_gru.h"
#include "leaky_rnn.h"

namespace {

struct Cells {
  replicortex::LeakyRnn rnn;
  replicortex::LeakyGru gru;
};

}  // namespace

extern "C" {

const char* replicortex_source() { return REPLICORTEX_SOURCE; }  // hash of the text this was made from

const char* replicortex_compiler() { return __VERSION__; }

// 1 if this process can multiply bfloat16 numbers, 2 if so fast that float32 numbers are better multiplied in parts;
// to be asked once before the first batch that wants it.
int replicortex_half_available() { return replicortex::half_available() ? 1 + replicortex::kSplits : 0; }

void* replicortex_open() {
  try {
    return new Cells;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void replicortex_close(void* cells) { delete static_cast<Cells*>(cells); }

size_t replicortex_batch_size() { return sizeof(replicortex::Batch); }

// 0, or 1 where memory did not suffice.
int replicortex_run(void* cells, replicortex::Batch* batch) {
  try {
    Cells* both = static_cast<Cells*>(cells);
    replicortex::HalfUnit unit(batch->ahead != replicortex::kWhole || batch->back != replicortex::kWhole);
    if (batch->gated)
      both->gru.run(*batch);
    else
      both->rnn.run(*batch);
    return 0;
  } catch (const std::bad_alloc&) {
    return 1;
  }
}

// `count` (a multiple of 32) normal numbers as a batch with that seed draws them first.
void replicortex_normals(uint64_t seed, float* to, size_t count) { replicortex::Normals(seed).fill(to, count, 1.0f); }
}
