// What a batch of trials consists of, and how the arrays of a step are laid out.
#pragma once

#include "matrix.h"

namespace replicortex {

// Everything one call reads and writes; replicortex.native mirrors it field by field.
struct Batch {
  int64_t n_time, n_trial, n_input, n_unit, n_output;
  int64_t first_output;             // time step from which `outputs` is wanted; n_time: not at all
  int32_t activation, softmax, gated;  // number of with_activation; 1: softmax, cross-entropy; 1: leaky GRU, else RNN
  Arithmetic ahead, back;           // of the products of the forward and of the backward pass
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

// d(rate penalty)/dh of a vector of rates h.
inline Floats penalty_slope(const Batch& b, Floats h) {
  float l1 = b.l1_rates / (float(b.n_time) * b.n_trial * b.n_unit);
  Floats sign = h > Floats{} ? broadcast(1.0f) : (h < Floats{} ? broadcast(-1.0f) : Floats{});
  return l1 * sign + b.l2_rates * h;
}

}  // namespace replicortex
