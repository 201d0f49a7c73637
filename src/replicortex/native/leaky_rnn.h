// One batch of trials through a leaky RNN: rates, outputs, loss and the gradient of every weight.
//
// With a_t = [h_{t-1}, x_t + noise, 1] and W = [W_rec; W_in; b] (Yang et al. 2019, Methods; h_0 = 0):
//
//     p_t = a_t W + noise_t,   h_t = (1 - alpha) h_{t-1} + alpha f(p_t),   z_t = h_t W_out + b_out
//
// and backwards, with g_t = dL/dh_t including everything later, d_t = dL/dp_t and dz_t = dL/dz_t:
//
//     g_t = (1 - alpha) g_{t+1} + [d_{t+1}, dz_t] [W_rec^T; W_out^T] + d(rate penalty)/dh_t,   d_t = alpha f'(p_t) g_t
//     dW = sum_t a_t^T d_t,   dW_out = sum_t h_t^T dz_t
//
// So every time step has one row per trial in each of two arrays, `state` with [h_t, x_{t+1}, 1] and `error` with
// [d_{t+1}, dz_t], and the whole step is three products: state times W, error times the transposed weights, and
// state^T times error. The slope alpha f'(p_t) waits in the place of d_t until the backward pass multiplies it by g_t.
#pragma once

#include "sequence.h"

namespace replicortex {

class LeakyRnn : Sequence {
 public:
  void run(Batch& b) {
    lay_out(b, 1, 1);
    with_activation(b.activation, [&](auto activation) { forward(b, activation); });
    if (b.wants_gradient()) backward(b);
  }

 private:
  Matrix weights_, transposed_;

  template <class Activation>
  void forward(Batch& b, Activation) {
    const Rows& s = r_;
    weights_.pack(b.ahead, s.depth, s.units, [&](size_t k, size_t column) {
      if (column >= size_t(b.n_unit)) return 0.0f;
      if (k < s.units) return k < size_t(b.n_unit) ? b.w_rec[k * b.n_unit + column] : 0.0f;
      k -= s.units;
      return k < size_t(b.n_input) ? b.w_in[k * b.n_unit + column] : b.b_rec[column];
    });
    float* drive = drive_.take(s.trials * s.units);
    run_forward(b, [&](int64_t t, const float* noise) {
      weights_.multiply(s.state(t - 1), s.state_stride, s.trials, drive, s.units);
      for (size_t m = 0; m < s.trials; m++) {
        const float *before = s.state(t - 1) + m * s.state_stride, *p = drive + m * s.units;
        float *after = s.state(t) + m * s.state_stride, *slope = s.error(t - 1) + m * s.error_stride;
        for (size_t i = 0; i < s.units; i += kLanes) {
          Slope f = Activation::at(load(p + i) + load(noise + m * b.n_unit + i));
          Floats h = load(before + i);
          store(after + i, h + b.alpha * (f.value - h));
          store(slope + i, b.alpha * f.slope);
        }
      }
      for (size_t m = b.n_trial; m < s.trials; m++)  // trials that only fill a tile teach nothing
        std::memset(s.error(t - 1) + m * s.error_stride, 0, s.units * sizeof(float));
    });
  }

  void backward(const Batch& b) {
    const Rows& s = r_;
    transposed_.pack(
        b.back, s.units + b.n_output, s.units,
        [&](size_t k, size_t column) {
          if (column >= size_t(b.n_unit)) return 0.0f;
          if (k >= s.units) return b.w_out[column * b.n_output + (k - s.units)];
          return k < size_t(b.n_unit) ? b.w_rec[column * b.n_unit + k] : 0.0f;
        },
        true);
    start_backward(b);
    int64_t steps = steps_at_a_time(b), end = b.n_time;
    for (int64_t t = b.n_time; t >= 1; t--) {
      retreat(b, t);
      if (end - (t - 1) == steps || t == 1) {
        add_gradient(b, t - 1, end);
        end = t - 1;
      }
    }
    hand_over(b);
  }

  // g_t from (1 - alpha) g_{t+1} and the errors, times 1 - alpha in its place; the slope of step t becomes d_t.
  void retreat(const Batch& b, int64_t t) {
    const Rows& s = r_;
    bool penalised = b.l1_rates != 0 || b.l2_rates != 0;
    transposed_.multiply(s.error(t), s.error_stride, s.trials, adjoint_.data(), s.units, true);
    for (size_t m = 0; m < s.trials; m++) {
      const float* h = s.state(t) + m * s.state_stride;
      float *g = adjoint_.data() + m * s.units, *d = s.error(t - 1) + m * s.error_stride;
      for (size_t i = 0; i < s.units; i += kLanes) {
        Floats now = load(g + i);
        if (penalised) now += penalty_slope(b, load(h + i));
        store(d + i, load(d + i) * now);
        store(g + i, (1.0f - b.alpha) * now);
      }
    }
  }

  void hand_over(const Batch& b) const {
    const Rows& s = r_;
    auto copy = [&](float* to, size_t row, size_t n_rows) {
      for (size_t k = 0; k < n_rows; k++)
        std::memcpy(to + k * b.n_unit, gradient_.data() + (row + k) * s.readout, b.n_unit * sizeof(float));
    };
    copy(b.g_rec, 0, b.n_unit);
    copy(b.g_in, s.units, b.n_input);
    copy(b.g_b_rec, s.depth - 1, 1);
    hand_over_readout(b);
  }
};

}  // namespace replicortex
