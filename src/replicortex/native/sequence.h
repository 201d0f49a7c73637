// What every cell needs around its recurrence: rows in memory, noise, input, readout and loss.
#pragma once

#include "activations.h"
#include "batch.h"

namespace replicortex {

// The arrays of one trainer; they grow to the longest batch seen and are then reused.
class Sequence {
 protected:
  Rows r_;
  Buffer<float> drive_, adjoint_, gradient_;
  OuterSum outer_;

  // Rows for a batch, and the readout's weights packed. A row of errors has so many blocks as wide as the units, and
  // dz_t behind the first `before_readout` of them.
  void lay_out(const Batch& b, size_t blocks, size_t before_readout) {
    Rows& s = r_;
    bool half = b.ahead != kWhole || b.back != kWhole;
    size_t columns = half ? kHalfColumns : kLanes;
    s.trials = round_up(b.n_trial, half ? kHalfRows : kRows);
    s.units = round_up(b.n_unit, columns), s.outputs = round_up(b.n_output, columns);
    s.depth = s.units + b.n_input + 1;
    s.readout = before_readout * s.units;
    s.state_stride = row_stride(OuterSum::room(s.depth));
    s.error_stride = row_stride(blocks * s.units + OuterSum::room(s.outputs));
    s.kept = b.wants_gradient() ? b.n_time + 1 : 2;
    s.states = states_.take(s.kept * s.trials * s.state_stride);
    s.errors = errors_.take(s.kept * s.trials * s.error_stride);
    std::memset(s.states, 0, s.trials * s.state_stride * sizeof(float));
    readout_.pack(b.ahead, s.units, s.outputs, [&](size_t k, size_t o) {
      return k < size_t(b.n_unit) && o < size_t(b.n_output) ? b.w_out[k * b.n_output + o] : 0.0f;
    });
    std::memset(bias_gradient_.take(s.outputs), 0, s.outputs * sizeof(float));
  }

  // Runs step(t, noise inside the nonlinearity) for every step, with what surrounds it: noise, input, rates, loss.
  template <class Step>
  void run_forward(Batch& b, Step step) {
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
      show(b, s.state(t - 1), b.x + b.x_row[t - 1] * b.n_trial * b.n_input, x_noise);
      step(t, rec_noise);
      const float* after = s.state(t);
      if (b.rates) copy_rows(b.rates + (t - 1) * b.n_trial * b.n_unit, after, b.n_trial, b.n_unit);
      if (b.l1_rates != 0 || b.l2_rates != 0) add_sizes(b, after, size, square);
      if (b.target || t > b.first_output) loss += read_out(b, t);
    }
    show(b, s.state(b.n_time), nullptr, nullptr);
    if (b.wants_gradient()) std::memcpy(b.g_b_out, bias_gradient_.data(), b.n_output * sizeof(float));
    double entries = double(b.n_time) * b.n_trial;
    b.loss = loss / (b.softmax ? entries : entries * b.n_output);
    b.rate_penalty = b.l1_rates * size / (entries * b.n_unit) + 0.5 * b.l2_rates * square;
  }

  // Before the backward pass: no error comes from beyond the last step, and no gradient is summed yet.
  void start_backward(const Batch& b) {
    const Rows& s = r_;
    for (size_t m = 0; m < s.trials; m++)
      std::memset(s.error(b.n_time) + m * s.error_stride, 0, s.readout * sizeof(float));
    zeros(adjoint_, s.trials * s.units);
    zeros(gradient_, OuterSum::room(s.depth) * s.readout);
    zeros(readout_gradient_, OuterSum::room(b.n_output) * s.units);
  }

  static float* zeros(Buffer<float>& buffer, size_t count) {
    return static_cast<float*>(std::memset(buffer.take(count), 0, count * sizeof(float)));
  }

  // Add the steps from `first` to `end` - 1 of the states times the errors before the readout's to the gradient, and of
  // the readout one step later: a row for each output, so that it is the units that fill vectors.
  void add_gradient(const Batch& b, int64_t first, int64_t end) {
    const Rows& s = r_;
    size_t rows = (end - first) * s.trials;
    outer_.add(b.back, gradient_.data(), s.readout, s.state(first), s.state_stride, s.error(first), s.error_stride, rows,
               s.depth, s.readout);
    outer_.add(b.back, readout_gradient_.data(), s.units, s.error(first + 1) + s.readout, s.error_stride,
               s.state(first + 1), s.state_stride, rows, b.n_output, s.units);
  }

  void hand_over_readout(const Batch& b) const {
    for (int64_t k = 0; k < b.n_unit; k++)
      for (int64_t o = 0; o < b.n_output; o++) b.g_out[k * b.n_output + o] = readout_gradient_.data()[o * r_.units + k];
  }

  // How many steps of the weight gradient are summed at a time: some 128 rows (256 of bfloat16 numbers), so that the
  // gradient is loaded and stored less often while the rows are still in the cache.
  int64_t steps_at_a_time(const Batch& b) const {
    size_t rows = b.back == kWhole ? 128 : 256;
    return r_.trials < rows ? rows / r_.trials : 1;
  }

 private:
  Buffer<float> states_, errors_, noise_, readout_gradient_, bias_gradient_;
  Matrix readout_;

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
    float *row = s.state(t), *dz = s.error(t) + s.readout;
    if (silent)
      for (size_t m = 0; m < s.trials; m++) std::memset(dz + m * s.error_stride, 0, s.outputs * sizeof(float));
    if (silent && t <= b.first_output) return 0;
    readout_.multiply(row, s.state_stride, s.trials, dz, s.error_stride);
    double loss = 0;
    for (int64_t m = 0; m < b.n_trial; m++) {
      float* y = t > b.first_output ? b.outputs + ((t - 1 - b.first_output) * b.n_trial + m) * b.n_output : nullptr;
      const float* target = silent ? nullptr : b.target + (b.target_row[t - 1] * b.n_trial + m) * b.n_output;
      loss += b.softmax ? cross_entropy(b, s.outputs, dz + m * s.error_stride, target, mask, y)
                        : squared_error(b, s.outputs, dz + m * s.error_stride, target, mask, y);
    }
    for (size_t m = b.n_trial; m < s.trials; m++) std::memset(dz + m * s.error_stride, 0, s.outputs * sizeof(float));
    for (size_t o = 0; !silent && o < s.outputs; o += kLanes) {
      Floats total{};
      for (int64_t m = 0; m < b.n_trial; m++) total += load(dz + m * s.error_stride + o);
      store(bias_gradient_.data() + o, load(bias_gradient_.data() + o) + total);
    }
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
};

}  // namespace replicortex
