// What a batch of trials consists of, and how the arrays of a step are laid out.
#pragma once

#include "products.h"

namespace replicortex {

// Everything one call reads and writes; replicortex.native mirrors it field by field.
struct Batch {
  int64_t n_time, n_trial, n_input, n_unit, n_output;
  int64_t first_output;             // time step from which `outputs` is wanted; n_time: not at all
  int32_t activation, softmax;      // index into the switch of Sequence::run; 1: softmax and cross-entropy
  int32_t half_backward, gated;     // 1: products of the backward pass on bfloat16; 1: leaky GRU, else leaky RNN
  float alpha, noise_x, noise_rec;  // s.d. per step of the noise on the input and inside the nonlinearity
  float l1_rates, l2_rates;         // l1_rates mean|h| + l2_rates sum(h^2)/2
  uint64_t seed;
  const float *x, *w_in, *w_rec, *b_rec, *w_out, *b_out;  // x (row, trial, input); weights act on row vectors
  const float *w_gates, *b_gates, *w_candidate, *b_candidate;  // of the leaky GRU, in place of w_in, w_rec and b_rec
  const float *target, *mask;       // (row, trial, output); (time, output), or (time) with softmax; or null
  const int32_t *x_row, *target_row;  // (time): which row of x and of the target a step has
  float *rates, *outputs;           // (time, trial, unit); (time - first_output, trial, output); or null
  float *g_in, *g_rec, *g_b_rec, *g_out, *g_b_out;  // of the weights above; g_out null: no gradient
  float *g_gates, *g_b_gates, *g_candidate, *g_b_candidate;
  double loss, rate_penalty;

  bool wants_gradient() const { return g_out; }
};

// Sizes rounded up to whole tiles, and the two arrays of rows: see the top of leaky_rnn.h.
struct Rows {
  size_t trials, units, outputs;        // rounded up
  size_t depth;                         // of [h, x, 1]
  size_t readout;                       // where dz_t begins in a row of errors
  size_t state_stride, error_stride;    // floats from row to row
  size_t kept;                          // time steps held; 2 where no gradient is wanted
  float *states, *errors;

  float* state(size_t t) const { return states + t % kept * trials * state_stride; }
  float* error(size_t t) const { return errors + t % kept * trials * error_stride; }
};

// Add d(rate penalty)/dh of a tile of rates to a tile of gradients.
template <int R, int NV>
inline void add_penalty(const Batch& b, Tile<R, NV>& g, const float* rates, size_t stride) {
  float l1 = b.l1_rates / (float(b.n_time) * b.n_trial * b.n_unit);
  for (int i = 0; i < R; i++)
    for (int v = 0; v < NV; v++) {
      Floats h = load(rates + i * stride + v * kLanes);
      Floats sign = h > Floats{} ? broadcast(1.0f) : (h < Floats{} ? broadcast(-1.0f) : Floats{});
      g[i][v] += l1 * sign + b.l2_rates * h;
    }
}

// Gradients of the readout's weights from the sum of [h, x, 1]^T [d, dz], `error_stride` floats from row to row.
inline void hand_over_readout(const Batch& b, const Rows& r, const float* gradient) {
  gradient += r.readout;
  for (int64_t k = 0; k < b.n_unit; k++)
    std::memcpy(b.g_out + k * b.n_output, gradient + k * r.error_stride, b.n_output * sizeof(float));
  std::memcpy(b.g_b_out, gradient + (r.depth - 1) * r.error_stride, b.n_output * sizeof(float));
}

// The same for the leaky RNN and all of its weights.
inline void hand_over(const Batch& b, const Rows& r, const float* gradient) {
  auto copy = [&](float* to, size_t row, size_t n_rows, size_t column, size_t n_columns) {
    for (size_t k = 0; k < n_rows; k++)
      std::memcpy(to + k * n_columns, gradient + (row + k) * r.error_stride + column, n_columns * sizeof(float));
  };
  copy(b.g_rec, 0, b.n_unit, 0, b.n_unit);
  copy(b.g_in, r.units, b.n_input, 0, b.n_unit);
  copy(b.g_b_rec, r.depth - 1, 1, 0, b.n_unit);
  hand_over_readout(b, r, gradient);
}

}  // namespace replicortex
