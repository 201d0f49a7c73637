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

#include "bfloat16.h"

namespace replicortex {

struct Slope {
  Floats value, slope;
};

// e^-|p| / (1 + e^-|p|) or 1 / (1 + e^-|p|): the logistic function without overflow.
inline Floats logistic(Floats p, Floats e) {
  Floats inverse = 1.0f / (1.0f + e);
  return p < Floats{} ? e * inverse : inverse;
}

struct Softplus {
  static Slope at(Floats p) {
    Floats e = exp_of_negative(-magnitude(p));
    return {maximum(p, Floats{}) + log1p_of_fraction(e), logistic(p, e)};
  }
};

struct Relu {
  static Slope at(Floats p) { return {maximum(p, Floats{}), p > Floats{} ? broadcast(1.0f) : Floats{}}; }
};

struct Tanh {
  static Slope at(Floats p) {
    Floats e = exp_of_negative(-2.0f * magnitude(p));
    Floats size = (1.0f - e) / (1.0f + e), value = p < Floats{} ? -size : size;
    return {value, 1.0f - value * value};
  }
};

struct RectifiedTanh {
  static Slope at(Floats p) {
    Slope s = Tanh::at(p);
    return {p > Floats{} ? s.value : Floats{}, p > Floats{} ? s.slope : Floats{}};
  }
};

struct Power {
  static Slope at(Floats p) {
    Floats q = maximum(p, Floats{});
    return {q * q, 2.0f * q};
  }
};

// The arrays of one trainer; they grow to the longest batch seen and are then reused.
class Sequence {
 public:
  void run(Batch& b) {
    lay_out(b);
    switch (b.activation) {
      case 0: forward<Softplus>(b); break;
      case 1: forward<Relu>(b); break;
      case 2: forward<Tanh>(b); break;
      case 3: forward<RectifiedTanh>(b); break;
      default: forward<Power>(b);
    }
    if (!b.g_rec) return;
    if (b.half_backward)
      half_.run(b, r_);
    else
      backward(b);
  }

 private:
  Rows r_;
  HalfBackward half_;
  Buffer<float> states_, errors_, weights_, readout_, transposed_, noise_, adjoint_, gradient_;

  void lay_out(const Batch& b) {
    Rows& s = r_;
    bool half = b.half_backward && b.g_rec;
    size_t columns = half ? kHalfColumns : kLanes;
    s.trials = round_up(b.n_trial, half ? kHalfTrials : kRows);
    s.units = round_up(b.n_unit, columns), s.outputs = round_up(b.n_output, columns);
    s.depth = s.units + b.n_input + 1;
    s.state_stride = row_stride(round_up(s.depth, 32)), s.error_stride = row_stride(s.units + s.outputs);
    s.kept = b.g_rec ? b.n_time + 1 : 2;
    s.states = states_.take(s.kept * s.trials * s.state_stride);
    s.errors = errors_.take(s.kept * s.trials * s.error_stride);
    std::memset(s.states, 0, s.trials * s.state_stride * sizeof(float));
    float* packed = weights_.take(s.depth * s.units);
    pack(packed, s.depth, s.units, [&](size_t k, size_t column) {
      if (column >= size_t(b.n_unit)) return 0.0f;
      if (k < s.units) return k < size_t(b.n_unit) ? b.w_rec[k * b.n_unit + column] : 0.0f;
      k -= s.units;
      return k < size_t(b.n_input) ? b.w_in[k * b.n_unit + column] : b.b_rec[column];
    });
    packed = readout_.take(s.units * s.outputs);
    pack(packed, s.units, s.outputs, [&](size_t k, size_t o) {
      return k < size_t(b.n_unit) && o < size_t(b.n_output) ? b.w_out[k * b.n_output + o] : 0.0f;
    });
  }

  template <class Activation>
  void forward(Batch& b) {
    const Rows& s = r_;
    Normals normals(b.seed);
    size_t x_count = round_up(b.n_trial * b.n_input, Normals::kBlock);
    size_t rec_count = round_up(b.n_trial * b.n_unit, Normals::kBlock);
    size_t slack = s.trials * b.n_unit + 2 * kLanes;  // padded trials and units read beyond the noise
    float* x_noise = noise_.take(x_count + rec_count + slack);
    float* rec_noise = x_noise + x_count;
    std::memset(x_noise, 0, (x_count + rec_count + slack) * sizeof(float));
    double loss = 0, size = 0, square = 0;
    for (int64_t t = 1; t <= b.n_time; t++) {
      if (b.noise_x > 0) normals.fill(x_noise, x_count, b.noise_x);
      if (b.noise_rec > 0) normals.fill(rec_noise, rec_count, b.noise_rec);
      float *before = s.state(t - 1), *after = s.state(t), *slope = s.error(t - 1);
      show(b, before, b.x + (t - 1) * b.n_trial * b.n_input, x_noise);
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
              Slope f = Activation::at(load(pre + (i * NV + v) * kLanes) + load(rec_noise + row * b.n_unit + column));
              Floats h = load(before + row * s.state_stride + column);
              store(after + row * s.state_stride + column, h + b.alpha * (f.value - h));
              store(slope + row * s.error_stride + column, b.alpha * f.slope);
            }
        }
      });
      for (size_t m = b.n_trial; m < s.trials; m++)  // trials that only fill a tile teach nothing
        std::memset(slope + m * s.error_stride, 0, s.units * sizeof(float));
      if (b.rates) copy_rows(b.rates + (t - 1) * b.n_trial * b.n_unit, after, b.n_trial, b.n_unit);
      if (b.l1_rates != 0 || b.l2_rates != 0) add_sizes(b, after, size, square);
      if (b.target || t > b.first_output) loss += read_out(b, t);
    }
    show(b, s.state(b.n_time), nullptr, nullptr);
    double entries = double(b.n_time) * b.n_trial;
    b.loss = loss / (b.softmax ? entries : entries * b.n_output);
    b.rate_penalty = b.l1_rates * size / (entries * b.n_unit) + 0.5 * b.l2_rates * square;
  }

  // Input of one step (null: none), with its noise, beside the rates; and the 1 that the bias multiplies.
  void show(const Batch& b, float* row, const float* x, const float* noise) {
    row += r_.units;
    for (int64_t m = 0; m < b.n_trial; m++, row += r_.state_stride) {
      for (int64_t i = 0; i < b.n_input; i++) row[i] = x ? x[i] + noise[i] : 0.0f;
      if (x) x += b.n_input, noise += b.n_input;
      row[b.n_input] = 1.0f;
    }
    for (size_t m = b.n_trial; m < r_.trials; m++, row += r_.state_stride)
      std::memset(row, 0, (b.n_input + 1) * sizeof(float));
  }

  void copy_rows(float* to, const float* row, int64_t n, int64_t width) {
    for (int64_t m = 0; m < n; m++, to += width, row += r_.state_stride)
      std::memcpy(to, row, width * sizeof(float));
  }

  void add_sizes(const Batch& b, const float* row, double& size, double& square) {
    for (int64_t m = 0; m < b.n_trial; m++, row += r_.state_stride) {
      float absolute = 0, squared = 0;
      for (int64_t i = 0; i < b.n_unit; i++) absolute += __builtin_fabsf(row[i]), squared += row[i] * row[i];
      size += absolute, square += squared;
    }
  }

  // Outputs of step t, the loss summed over trials and channels, and dL/dz into `error`.
  double read_out(const Batch& b, int64_t t) {
    const Rows& s = r_;
    const float* mask = b.mask ? b.mask + (t - 1) * (b.softmax ? 1 : b.n_output) : nullptr;
    bool silent = !mask;
    if (mask) {
      silent = true;
      for (int64_t o = 0; o < (b.softmax ? 1 : b.n_output); o++) silent = silent && mask[o] == 0;
    }
    float *row = s.state(t), *dz = s.error(t) + s.units;
    if (silent)
      for (size_t m = 0; m < s.trials; m++) std::memset(dz + m * s.error_stride, 0, s.outputs * sizeof(float));
    if (silent && t <= b.first_output) return 0;
    for_panels<kVectors>(s.outputs, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      for (size_t m = 0; m < s.trials; m += kRows) {
        Tile<kRows, NV> z{};
        add_product(z, row + m * s.state_stride, s.state_stride, s.units, readout_.data() + first * s.units);
        store_tile(dz + m * s.error_stride + first, s.error_stride, z);
      }
    });
    double loss = 0;
    for (int64_t m = 0; m < b.n_trial; m++) {
      float* y = t > b.first_output ? b.outputs + ((t - 1 - b.first_output) * b.n_trial + m) * b.n_output : nullptr;
      const float* target = silent ? nullptr : b.target + ((t - 1) * b.n_trial + m) * b.n_output;
      loss += b.softmax ? cross_entropy(b, s.outputs, dz + m * s.error_stride, target, mask, y)
                        : squared_error(b, s.outputs, dz + m * s.error_stride, target, mask, y);
    }
    for (size_t m = b.n_trial; m < s.trials; m++) std::memset(dz + m * s.error_stride, 0, s.outputs * sizeof(float));
    return loss;
  }

  // sum_o (mask (sigmoid(z) - target))^2 of one trial; z becomes its gradient, over time, trials and outputs.
  static float squared_error(const Batch& b, int64_t columns, float* z, const float* target, const float* mask, float* y) {
    float scale = 2.0f / (float(b.n_time) * b.n_trial * b.n_output);
    Floats loss{};
    for (int64_t first = 0; first < columns; first += kLanes) {
      int64_t width = b.n_output - first;  // less than a vector at the end, or none at all
      Floats p = load(z + first) + load_part(b.b_out + first, width);
      Floats out = logistic(p, exp_of_negative(-magnitude(p))), error{}, weight{};
      if (target) {
        weight = load_part(mask + first, width);
        error = weight * (out - load_part(target + first, width));
      }
      loss += error * error;
      store(z + first, scale * weight * error * out * (1.0f - out));
      if (y && width > 0) std::memcpy(y + first, &out, (width < kLanes ? width : kLanes) * sizeof(float));
    }
    return sum(loss);
  }

  // -mask sum_o target_o log softmax(z)_o of one trial; z becomes its gradient, over time and trials.
  static float cross_entropy(const Batch& b, int64_t columns, float* z, const float* target, const float* mask, float* y) {
    float highest = z[0] + b.b_out[0], total = 0, wanted = 0, loss = 0;
    for (int64_t o = 0; o < b.n_output; o++) {
      z[o] += b.b_out[o];
      highest = z[o] > highest ? z[o] : highest;
    }
    for (int64_t o = 0; o < b.n_output; o++) total += __builtin_expf(z[o] - highest);
    float log_total = __builtin_logf(total) + highest, scale = mask ? *mask / (float(b.n_time) * b.n_trial) : 0;
    for (int64_t o = 0; target && o < b.n_output; o++) wanted += target[o], loss -= *mask * target[o] * (z[o] - log_total);
    for (int64_t o = 0; o < b.n_output; o++) {
      float out = __builtin_expf(z[o] - log_total);
      if (y) y[o] = out;
      z[o] = target ? scale * (out * wanted - target[o]) : 0.0f;
    }
    std::memset(z + b.n_output, 0, (columns - b.n_output) * sizeof(float));
    return loss;
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
    // The weight gradient is taken over several steps at a time, so that its sums are loaded and stored less often.
    int64_t steps = int64_t(s.trials) < 128 ? 128 / s.trials : 1, end = b.n_time;
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
  void accumulate(int64_t first_step, int64_t end_step, float* gradient) {
    const Rows& s = r_;
    size_t n = (end_step - first_step) * s.trials, rows = round_up(s.depth, kTallRows);
    auto add = [&](int64_t step, size_t from_column, size_t columns, auto wanted) {
      const float *from = s.state(step), *with = s.error(step) + from_column;
      for_panels<kTallVectors>(columns, [&](auto count, size_t first) {
        constexpr int NV = decltype(count)::value;
        for (size_t k = 0; k < rows; k += kTallRows) {
          if (!wanted(k)) continue;
          float* place = gradient + k * s.error_stride + from_column + first;
          Tile<kTallRows, NV> sums;
          load_tile(sums, place, s.error_stride);
          add_transposed_product(sums, from + k, s.state_stride, with + first, s.error_stride, n);
          store_tile(place, s.error_stride, sums);
        }
      });
    };
    add(first_step, 0, s.units, [](size_t) { return true; });
    // Of [h, x, 1] the readout sees h, and the 1 for its bias.
    add(first_step + 1, s.units, s.outputs, [&](size_t k) { return k < s.units || k + kTallRows >= s.depth; });
  }
};

}  // namespace replicortex

extern "C" {

const char* replicortex_source() { return REPLICORTEX_SOURCE; }  // hash of the text this was made from

const char* replicortex_compiler() { return __VERSION__; }

// 1 if this process can multiply bfloat16 numbers; to be asked once before the first batch that wants it.
int replicortex_half_available() { return replicortex::half_available(); }

void* replicortex_open() {
  try {
    return new replicortex::Sequence;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void replicortex_close(void* sequence) { delete static_cast<replicortex::Sequence*>(sequence); }

size_t replicortex_batch_size() { return sizeof(replicortex::Batch); }

// 0, or 1 where memory did not suffice.
int replicortex_run(void* sequence, replicortex::Batch* batch) {
  try {
    static_cast<replicortex::Sequence*>(sequence)->run(*batch);
    return 0;
  } catch (const std::bad_alloc&) {
    return 1;
  }
}

// `count` (a multiple of 32) normal numbers as a batch with that seed draws them first.
void replicortex_normals(uint64_t seed, float* to, size_t count) { replicortex::Normals(seed).fill(to, count, 1.0f); }
}
