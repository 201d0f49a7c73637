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
// state^T times error. The slope alpha f'(p_t) waits in the place of d_t until the backward pass multiplies it by g_t,
// and before that the same place holds nothing: what is written is read again while it is in the cache.
#pragma once

#include "bfloat16.h"
#include "sequence.h"

namespace replicortex {

class LeakyRnn : Sequence {
 public:
  void run(Batch& b) {
    bool half = b.half_backward && b.wants_gradient();
    lay_out(b, half ? kHalfTrials : kRows, half ? kHalfColumns : kLanes, 1, 1);
    pack_weights(b);
    with_activation(b.activation, [&](auto activation) { forward(b, activation); });
    if (!b.wants_gradient()) return;
    if (half)
      half_.run(b, r_);
    else
      backward(b);
  }

 private:
  HalfBackward half_;
  Buffer<float> weights_, transposed_;

  void pack_weights(const Batch& b) {
    const Rows& s = r_;
    pack(weights_.take(s.depth * s.units), s.depth, s.units, [&](size_t k, size_t column) {
      if (column >= size_t(b.n_unit)) return 0.0f;
      if (k < s.units) return k < size_t(b.n_unit) ? b.w_rec[k * b.n_unit + column] : 0.0f;
      k -= s.units;
      return k < size_t(b.n_input) ? b.w_in[k * b.n_unit + column] : b.b_rec[column];
    });
  }

  template <class Activation>
  void forward(Batch& b, Activation) {
    const Rows& s = r_;
    run_forward(b, [&](int64_t t, const float* noise) {
      float *before = s.state(t - 1), *after = s.state(t), *slope = s.error(t - 1);
      for_panels<kVectors>(s.units, [&](auto count, size_t first) {
        constexpr int NV = decltype(count)::value;
        const float* panel = weights_.data() + first * s.depth;
        for (size_t m = 0; m < s.trials; m += kRows) {
          Tile<kRows, NV> drive{};
          add_product(drive, before + m * s.state_stride, s.state_stride, s.depth, panel);
          alignas(64) float pre[kRows * NV * kLanes];
          store_tile(pre, NV * kLanes, drive);
          for (int i = 0; i < kRows; i++)
            for (int v = 0; v < NV; v++) {
              size_t column = first + v * kLanes, row = m + i;
              Slope f = Activation::at(load(pre + (i * NV + v) * kLanes) + load(noise + row * b.n_unit + column));
              Floats h = load(before + row * s.state_stride + column);
              store(after + row * s.state_stride + column, h + b.alpha * (f.value - h));
              store(slope + row * s.error_stride + column, b.alpha * f.slope);
            }
        }
      });
      for (size_t m = b.n_trial; m < s.trials; m++)  // trials that only fill a tile teach nothing
        std::memset(slope + m * s.error_stride, 0, s.units * sizeof(float));
    });
  }

  void backward(const Batch& b) {
    const Rows& s = r_;
    size_t depth = s.units + b.n_output, rows = round_up(s.depth, kTallRows);
    float* packed = transposed_.take(depth * s.units);
    pack_transposed(packed, depth, s.units, [&](size_t k, size_t column) {
      if (column >= size_t(b.n_unit)) return 0.0f;
      if (k >= s.units) return b.w_out[column * b.n_output + (k - s.units)];
      return k < size_t(b.n_unit) ? b.w_rec[column * b.n_unit + k] : 0.0f;
    });
    float *g = adjoint_.take(s.trials * s.units), *gradient = gradient_.take(rows * s.error_stride);
    std::memset(g, 0, s.trials * s.units * sizeof(float));
    std::memset(gradient, 0, rows * s.error_stride * sizeof(float));
    int64_t steps = steps_at_a_time(), end = b.n_time;
    for (int64_t t = b.n_time; t >= 1; t--) {
      retreat(b, t, g, packed);
      if (end - (t - 1) == steps || t == 1) {
        accumulate(t - 1, end, gradient);
        end = t - 1;
      }
    }
    hand_over(b, s, gradient);
  }

  // g_{t+1} becomes g_t, and the slope of step t becomes d_t.
  void retreat(const Batch& b, int64_t t, float* g, const float* packed) {
    const Rows& s = r_;
    bool last = t == b.n_time;
    size_t skipped = last ? s.units : 0, depth = s.units + b.n_output;
    const float* later = s.error(t) + skipped;
    float* d = s.error(t - 1);
    for_panels<kVectors>(s.units, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      const float* panel = packed + first * depth + skipped * NV * kLanes;
      for (size_t m = 0; m < s.trials; m += kRows) {
        if (t > 2) {
          fetch_ahead(s.error(t - 3) + m * s.error_stride, s.error_stride, s.units, first, s.units, NV * kLanes);
          fetch_ahead(s.state(t - 3) + m * s.state_stride, s.state_stride, s.depth, first, s.units, NV * kLanes);
        }
        Tile<kRows, NV> now;
        load_tile(now, g + m * s.units + first, s.units);
        for (auto& row : now)
          for (auto& value : row) value *= 1.0f - b.alpha;
        add_product(now, later + m * s.error_stride, s.error_stride, depth - skipped, panel);
        if (b.l1_rates != 0 || b.l2_rates != 0) add_penalty(b, now, s.state(t) + m * s.state_stride + first, s.state_stride);
        store_tile(g + m * s.units + first, s.units, now);
        for (int i = 0; i < kRows; i++)
          for (int v = 0; v < NV; v++) {
            float* place = d + (m + i) * s.error_stride + first + v * kLanes;
            store(place, load(place) * now[i][v]);
          }
      }
    });
  }

  // Add steps first..end - 1 of a^T d, and of h^T dz one step later, to the gradient.
  void accumulate(int64_t first, int64_t end, float* gradient) {
    const Rows& s = r_;
    size_t n = (end - first) * s.trials;
    add_gradient(gradient, s.error_stride, s.state(first), s.state_stride, s.error(first), n, s.depth, s.units,
                 [](size_t) { return true; });
    // Of [h, x, 1] the readout sees h, and the 1 for its bias.
    add_gradient(gradient + s.readout, s.error_stride, s.state(first + 1), s.state_stride, s.error(first + 1) + s.readout,
                 n, s.depth, s.outputs, [&](size_t k) { return k < s.units || k + kTallRows >= s.depth; });
  }
};

}  // namespace replicortex
