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
    lay_out(b, kRows, kLanes, 3, 2);
    pack_weights(b);
    gate_stride_ = row_stride(4 * r_.units);
    gates_.take(r_.kept * r_.trials * gate_stride_);
    with_activation(b.activation, [&](auto activation) { forward(b, activation); });
    if (b.wants_gradient()) backward(b);
  }

 private:
  Buffer<float> gates_, gate_weights_, candidate_weights_, input_weights_, back_gates_, back_candidate_;
  Buffer<float> candidate_gradient_;
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
    pack(gate_weights_.take(s.depth * 2 * s.units), s.depth, 2 * s.units, [&](size_t k, size_t column) {
      size_t unit = column % s.units;
      return unit < n ? weight(b, s, b.w_gates, b.b_gates, k, column / s.units * n + unit, 2 * n) : 0.0f;
    });
    pack(candidate_weights_.take(s.units * s.units), s.units, s.units, [&](size_t k, size_t unit) {
      return unit < n ? weight(b, s, b.w_candidate, b.b_candidate, k, unit, n) : 0.0f;
    });
    size_t rest = s.depth - s.units;
    pack(input_weights_.take(rest * s.units), rest, s.units, [&](size_t k, size_t unit) {
      return unit < n ? weight(b, s, b.w_candidate, b.b_candidate, s.units + k, unit, n) : 0.0f;
    });
  }

  template <class Activation>
  void forward(Batch& b, Activation) {
    const Rows& s = r_;
    run_forward(b, [&](int64_t t, const float* noise) {
      open_gates(s.state(t - 1), gate(t - 1));
      float *before = s.state(t - 1), *after = s.state(t), *slope = s.error(t - 1) + candidate(), *gates = gate(t - 1);
      for_panels<kVectors>(s.units, [&](auto count, size_t first) {
        constexpr int NV = decltype(count)::value;
        for (size_t m = 0; m < s.trials; m += kRows) {
          Tile<kRows, NV> drive{};
          add_product(drive, gates + m * gate_stride_ + 2 * s.units, gate_stride_, s.units,
                      candidate_weights_.data() + first * s.units);
          add_product(drive, before + m * s.state_stride + s.units, s.state_stride, s.depth - s.units,
                      input_weights_.data() + first * (s.depth - s.units));
          for (int i = 0; i < kRows; i++)
            for (int v = 0; v < NV; v++) {
              size_t column = first + v * kLanes, row = m + i;
              Slope f = Activation::at(drive[i][v] + load(noise + row * b.n_unit + column));
              float* units = gates + row * gate_stride_ + column;
              Floats h = load(before + row * s.state_stride + column), u = load(units + s.units);
              store(units + 3 * s.units, f.value);
              store(after + row * s.state_stride + column, h + b.alpha * u * (f.value - h));
              store(slope + row * s.error_stride + column, f.slope);
            }
        }
      });
    });
  }

  // r_t, u_t and q_t of all units.
  void open_gates(const float* before, float* gates) {
    const Rows& s = r_;
    for_panels<kVectors>(2 * s.units, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      for (size_t m = 0; m < s.trials; m += kRows) {
        Tile<kRows, NV> drive{};
        add_product(drive, before + m * s.state_stride, s.state_stride, s.depth, gate_weights_.data() + first * s.depth);
        for (int i = 0; i < kRows; i++)
          for (int v = 0; v < NV; v++) {
            size_t column = first + v * kLanes, row = m + i;
            Floats open = logistic(drive[i][v], exp_of_negative(-magnitude(drive[i][v])));
            store(gates + row * gate_stride_ + column, open);
            if (column < s.units)
              store(gates + row * gate_stride_ + 2 * s.units + column, open * load(before + row * s.state_stride + column));
          }
      }
    });
  }

  void backward(const Batch& b) {
    const Rows& s = r_;
    size_t n = b.n_unit, depth = s.readout + s.outputs, rows = round_up(s.depth, kTallRows);
    pack_transposed(back_gates_.take(depth * s.units), depth, s.units, [&](size_t k, size_t unit) {
      if (unit >= n) return 0.0f;
      if (k >= s.readout) return k - s.readout < size_t(b.n_output) ? b.w_out[unit * b.n_output + k - s.readout] : 0.0f;
      size_t from = k % s.units;
      return from < n ? b.w_gates[(b.n_input + unit) * 2 * n + k / s.units * n + from] : 0.0f;
    });
    pack_transposed(back_candidate_.take(s.units * s.units), s.units, s.units, [&](size_t k, size_t unit) {
      return unit < n && k < n ? b.w_candidate[(b.n_input + unit) * n + k] : 0.0f;
    });
    float *g = adjoint_.take(s.trials * s.units), *gradient = gradient_.take(rows * s.error_stride);
    std::memset(g, 0, s.trials * s.units * sizeof(float));
    std::memset(gradient, 0, rows * s.error_stride * sizeof(float));
    size_t candidate_size = (reset_rows() + round_up(s.depth - s.units, kTallRows)) * s.units;
    std::memset(candidate_gradient_.take(candidate_size), 0, candidate_size * sizeof(float));
    int64_t steps = steps_at_a_time(), end = b.n_time;
    reach(b, b.n_time, g, s.readout);  // of step T there is nothing but the readout
    for (int64_t t = b.n_time; t >= 1; t--) {
      close_candidate(b, t, g);
      close_reset(t, g);
      if (t > 1) reach(b, t - 1, g, 0);
      if (end - (t - 1) == steps || t == 1) {
        accumulate(t - 1, end, gradient);
        end = t - 1;
      }
    }
    hand_over_gates(b, gradient);
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
  void close_reset(int64_t t, float* g) {
    const Rows& s = r_;
    float* errors = s.error(t - 1);
    for_panels<kVectors>(s.units, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      for (size_t m = 0; m < s.trials; m += kRows) {
        Tile<kRows, NV> dq{};
        add_product(dq, errors + m * s.error_stride + candidate(), s.error_stride, s.units,
                    back_candidate_.data() + first * s.units);
        for (int i = 0; i < kRows; i++)
          for (int v = 0; v < NV; v++) {
            size_t column = first + v * kLanes, row = m + i;
            Floats r = load(gate(t - 1) + row * gate_stride_ + column);
            Floats h = load(s.state(t - 1) + row * s.state_stride + column);
            store(errors + row * s.error_stride + column, dq[i][v] * h * r * (1.0f - r));
            store(g + row * s.units + column, load(g + row * s.units + column) + r * dq[i][v]);
          }
      }
    });
  }

  // g_t from what came back of it so far, the gates of the next step and the readout; errors before `skipped` do not count.
  void reach(const Batch& b, int64_t t, float* g, size_t skipped) {
    const Rows& s = r_;
    size_t depth = s.readout + s.outputs;
    const float* errors = s.error(t) + skipped;
    for_panels<kVectors>(s.units, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      const float* panel = back_gates_.data() + first * depth + skipped * NV * kLanes;
      for (size_t m = 0; m < s.trials; m += kRows) {
        Tile<kRows, NV> now;
        load_tile(now, g + m * s.units + first, s.units);
        add_product(now, errors + m * s.error_stride, s.error_stride, depth - skipped, panel);
        if (b.l1_rates != 0 || b.l2_rates != 0)
          add_penalty(b, now, s.state(t) + m * s.state_stride + first, s.state_stride);
        store_tile(g + m * s.units + first, s.units, now);
      }
    });
  }

  // Add steps first..end - 1 of gates and candidate, and of the readout one step later, to the gradient.
  void accumulate(int64_t first, int64_t end, float* gradient) {
    const Rows& s = r_;
    size_t n = (end - first) * s.trials, stride = s.error_stride;
    auto all = [](size_t) { return true; };
    add_gradient(gradient, stride, s.state(first), s.state_stride, s.error(first), n, s.depth, 2 * s.units, all);
    add_gradient(gradient + s.readout, stride, s.state(first + 1), s.state_stride, s.error(first + 1) + s.readout, n,
                 s.depth, s.outputs, [&](size_t k) { return k < s.units || k + kTallRows >= s.depth; });
    // The candidate sees q where the gates see h.
    const float* dp = s.error(first) + candidate();
    float *of_reset = candidate_gradient_.data(), *of_input = of_reset + reset_rows() * s.units;
    add_gradient(of_reset, s.units, gate(first) + 2 * s.units, gate_stride_, dp, n, s.units, s.units, all);
    add_gradient(of_input, s.units, s.state(first) + s.units, s.state_stride, dp, n, s.depth - s.units, s.units, all);
  }

  size_t reset_rows() const { return round_up(r_.units, kTallRows); }

  void hand_over_gates(const Batch& b, const float* gradient) {
    const Rows& s = r_;
    size_t n = b.n_unit, bytes = n * sizeof(float);
    const float *of_reset = candidate_gradient_.data(), *of_input = of_reset + reset_rows() * s.units;
    for (size_t k = 0; k < n + b.n_input + 1; k++) {  // the cell's order: input, rates; the bias by itself
      bool bias = k == n + b.n_input, input = k < size_t(b.n_input);
      size_t row = bias ? s.depth - 1 : input ? s.units + k : k - b.n_input;
      float *gates = bias ? b.g_b_gates : b.g_gates + k * 2 * n, *candidate = bias ? b.g_b_candidate : b.g_candidate + k * n;
      for (size_t block = 0; block < 2; block++)
        std::memcpy(gates + block * n, gradient + row * s.error_stride + block * s.units, bytes);
      std::memcpy(candidate, (row < s.units ? of_reset + row * s.units : of_input + (row - s.units) * s.units), bytes);
    }
    hand_over_readout(b, s, gradient);
  }
};

}  // namespace replicortex
