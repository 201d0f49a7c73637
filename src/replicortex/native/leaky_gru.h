// One batch of trials through a leaky GRU: rates, outputs, loss and the gradient of every weight.
//
// With a_t = [h_{t-1}, x_t + noise, 1], q_t = r_t h_{t-1} and the weights [W_rec; W_in; b] of gates and candidate
// (Yang et al. 2019, Methods; h_0 = 0; a large u means update):
//
//     [r_t, u_t] = sigmoid(a_t W_g),   p_t = [q_t, x_t, 1] W_c + noise_t,   c_t = f(p_t)
//     h_t = (1 - alpha u_t) h_{t-1} + alpha u_t c_t
//
// and backwards, with g_t = dL/dh_t including everything later, and d for the gradient of what stands in the brackets:
//
//     dp_t = alpha u_t f'(p_t) g_t,   du_t = alpha u_t (1 - u_t) (c_t - h_{t-1}) g_t,   dq_t = dp_t W_c,rec^T
//     dr_t = r_t (1 - r_t) h_{t-1} dq_t
//     g_{t-1} = (1 - alpha u_t) g_t + r_t dq_t + [dr_t, du_t, dz_{t-1}] [W_g,rec^T; W_out^T]
//     dW_g = sum_t a_t^T [dr_t, du_t],   dW_c = sum_t [q_t, x_t, 1]^T dp_t,   dW_out = sum_t h_t^T dz_t
//
// A row of errors is [dr_{t+1}, du_{t+1}, dz_t, dp_{t+1}]; a row of gates is [r_t, u_t, q_t, c_t]. Until the backward
// pass comes, the slope f'(p_t) waits in the place of dp_t.
#pragma once

#include "sequence.h"

namespace replicortex {

class LeakyGru : Sequence {
 public:
  void run(Batch& b) {
    lay_out(b, 3, 2);
    gate_stride_ = row_stride(4 * r_.units);
    gates_.take(r_.kept * r_.trials * gate_stride_);
    with_activation(b.activation, [&](auto activation) { forward(b, activation); });
    if (b.wants_gradient()) backward(b);
  }

 private:
  Matrix gate_weights_, candidate_weights_, input_weights_, back_gates_, back_candidate_;
  Buffer<float> gates_, candidate_gradient_;
  size_t gate_stride_ = 0;

  float* gate(size_t t) const { return gates_.data() + t % r_.kept * r_.trials * gate_stride_; }
  size_t candidate() const { return r_.readout + r_.outputs; }  // where dp_t begins in a row of errors

  // A weight from row k of [h, x, 1] as the cell stores it: input rows first, then recurrent ones, the bias by itself.
  static float weight(const Batch& b, const Rows& r, const float* w, const float* bias, size_t k, size_t column,
                      size_t columns) {
    if (k < r.units) return k < size_t(b.n_unit) ? w[(b.n_input + k) * columns + column] : 0.0f;
    k -= r.units;
    return k < size_t(b.n_input) ? w[k * columns + column] : bias[column];
  }

  void pack_weights(const Batch& b) {
    const Rows& s = r_;
    size_t n = b.n_unit;
    gate_weights_.pack(b.ahead, s.depth, 2 * s.units, [&](size_t k, size_t column) {
      size_t unit = column % s.units;
      return unit < n ? weight(b, s, b.w_gates, b.b_gates, k, column / s.units * n + unit, 2 * n) : 0.0f;
    });
    candidate_weights_.pack(b.ahead, s.units, s.units, [&](size_t k, size_t unit) {
      return unit < n ? weight(b, s, b.w_candidate, b.b_candidate, k, unit, n) : 0.0f;
    });
    input_weights_.pack(b.ahead, s.depth - s.units, s.units, [&](size_t k, size_t unit) {
      return unit < n ? weight(b, s, b.w_candidate, b.b_candidate, s.units + k, unit, n) : 0.0f;
    });
  }

  template <class Activation>
  void forward(Batch& b, Activation) {
    const Rows& s = r_;
    pack_weights(b);
    float* drive = drive_.take(s.trials * 2 * s.units);
    run_forward(b, [&](int64_t t, const float* noise) {
      open_gates(s.state(t - 1), gate(t - 1), drive);
      candidate_weights_.multiply(gate(t - 1) + 2 * s.units, gate_stride_, s.trials, drive, s.units);
      input_weights_.multiply(s.state(t - 1) + s.units, s.state_stride, s.trials, drive, s.units, true);
      for (size_t m = 0; m < s.trials; m++) {
        const float *before = s.state(t - 1) + m * s.state_stride, *p = drive + m * s.units;
        float *after = s.state(t) + m * s.state_stride, *gates = gate(t - 1) + m * gate_stride_;
        float* slope = s.error(t - 1) + m * s.error_stride + candidate();
        for (size_t i = 0; i < s.units; i += kLanes) {
          Slope f = Activation::at(load(p + i) + load(noise + m * b.n_unit + i));
          Floats h = load(before + i), u = load(gates + s.units + i);
          store(gates + 3 * s.units + i, f.value);
          store(after + i, h + b.alpha * u * (f.value - h));
          store(slope + i, f.slope);
        }
      }
    });
  }

  // r_t, u_t and q_t of all units.
  void open_gates(const float* before, float* gates, float* drive) {
    const Rows& s = r_;
    gate_weights_.multiply(before, s.state_stride, s.trials, drive, 2 * s.units);
    for (size_t m = 0; m < s.trials; m++, before += s.state_stride, gates += gate_stride_, drive += 2 * s.units)
      for (size_t i = 0; i < 2 * s.units; i += kLanes) {
        Floats p = load(drive + i), open = logistic(p, exp_of_negative(-magnitude(p)));
        store(gates + i, open);
        if (i < s.units) store(gates + 2 * s.units + i, open * load(before + i));
      }
  }

  void backward(const Batch& b) {
    const Rows& s = r_;
    size_t n = b.n_unit;
    auto to_gates = [&](size_t k, size_t unit) {
      if (unit >= n) return 0.0f;
      if (k >= s.readout) return b.w_out[unit * b.n_output + k - s.readout];
      size_t from = k % s.units;
      return from < n ? b.w_gates[(b.n_input + unit) * 2 * n + k / s.units * n + from] : 0.0f;
    };
    auto to_candidate = [&](size_t k, size_t unit) {
      return unit < n && k < n ? b.w_candidate[(b.n_input + unit) * n + k] : 0.0f;
    };
    back_gates_.pack(b.back, s.readout + b.n_output, s.units, to_gates, true);
    back_candidate_.pack(b.back, s.units, s.units, to_candidate, true);
    start_backward(b);
    zeros(candidate_gradient_, (reset_rows() + OuterSum::room(s.depth - s.units)) * s.units);
    float *g = adjoint_.data(), *dq = drive_.data();
    int64_t steps = steps_at_a_time(b), end = b.n_time;
    reach(b, b.n_time, g);  // of step T there is nothing but the readout
    for (int64_t t = b.n_time; t >= 1; t--) {
      close_candidate(b, t, g);
      close_reset(t, g, dq);
      if (t > 1) reach(b, t - 1, g);
      if (end - (t - 1) == steps || t == 1) {
        add_gradients(b, t - 1, end);
        end = t - 1;
      }
    }
    hand_over_gates(b);
  }

  // dp_t and du_t from g_t, which becomes (1 - alpha u_t) g_t.
  void close_candidate(const Batch& b, int64_t t, float* g) {
    const Rows& s = r_;
    for (size_t m = 0; m < s.trials; m++) {
      const float *gates = gate(t - 1) + m * gate_stride_, *before = s.state(t - 1) + m * s.state_stride;
      float *errors = s.error(t - 1) + m * s.error_stride, *adjoint = g + m * s.units;
      bool fills = m >= size_t(b.n_trial);  // a trial that only fills a tile teaches nothing
      for (size_t i = 0; i < s.units; i += kLanes) {
        Floats now = fills ? Floats{} : load(adjoint + i), u = load(gates + s.units + i);
        Floats c = load(gates + 3 * s.units + i), h = load(before + i), through = b.alpha * u * now;
        store(errors + candidate() + i, through * load(errors + candidate() + i));
        store(errors + s.units + i, through * (1.0f - u) * (c - h));
        store(adjoint + i, now - through);
      }
    }
  }

  // dr_t, and r_t dq_t added to g.
  void close_reset(int64_t t, float* g, float* dq) {
    const Rows& s = r_;
    back_candidate_.multiply(s.error(t - 1) + candidate(), s.error_stride, s.trials, dq, s.units);
    for (size_t m = 0; m < s.trials; m++, g += s.units, dq += s.units) {
      const float *reset = gate(t - 1) + m * gate_stride_, *before = s.state(t - 1) + m * s.state_stride;
      float* dr = s.error(t - 1) + m * s.error_stride;
      for (size_t i = 0; i < s.units; i += kLanes) {
        Floats r = load(reset + i), q = load(dq + i);
        store(dr + i, q * load(before + i) * r * (1.0f - r));
        store(g + i, load(g + i) + r * q);
      }
    }
  }

  // g_t from what came back of it so far, the gates of the next step and the readout.
  void reach(const Batch& b, int64_t t, float* g) {
    const Rows& s = r_;
    back_gates_.multiply(s.error(t), s.error_stride, s.trials, g, s.units, true);
    if (b.l1_rates == 0 && b.l2_rates == 0) return;
    for (size_t m = 0; m < s.trials; m++, g += s.units)
      for (size_t i = 0; i < s.units; i += kLanes)
        store(g + i, load(g + i) + penalty_slope(b, load(s.state(t) + m * s.state_stride + i)));
  }

  // Add steps first..end - 1 of gates and candidate, and of the readout one step later, to the gradients.
  void add_gradients(const Batch& b, int64_t first, int64_t end) {
    const Rows& s = r_;
    add_gradient(b, first, end);
    // The candidate sees q where the gates see h.
    size_t rows = (end - first) * s.trials;
    const float* dp = s.error(first) + candidate();
    float *of_reset = candidate_gradient_.data(), *of_input = of_reset + reset_rows() * s.units;
    outer_.add(b.back, of_reset, s.units, gate(first) + 2 * s.units, gate_stride_, dp, s.error_stride, rows, s.units,
               s.units);
    outer_.add(b.back, of_input, s.units, s.state(first) + s.units, s.state_stride, dp, s.error_stride, rows,
               s.depth - s.units, s.units);
  }

  size_t reset_rows() const { return OuterSum::room(r_.units); }

  void hand_over_gates(const Batch& b) const {
    const Rows& s = r_;
    size_t n = b.n_unit, bytes = n * sizeof(float);
    const float *of_reset = candidate_gradient_.data(), *of_input = of_reset + reset_rows() * s.units;
    for (size_t k = 0; k < n + b.n_input + 1; k++) {  // the cell's order: input, rates; the bias by itself
      bool bias = k == n + b.n_input, input = k < size_t(b.n_input);
      size_t row = bias ? s.depth - 1 : input ? s.units + k : k - b.n_input;
      float *gates = bias ? b.g_b_gates : b.g_gates + k * 2 * n, *candidate = bias ? b.g_b_candidate : b.g_candidate + k * n;
      for (size_t block = 0; block < 2; block++)
        std::memcpy(gates + block * n, gradient_.data() + row * s.readout + block * s.units, bytes);
      std::memcpy(candidate, (row < s.units ? of_reset + row * s.units : of_input + (row - s.units) * s.units), bytes);
    }
    hand_over_readout(b);
  }
};

}  // namespace replicortex
