// Rows times packed weights, and sums over rows of outer products, in the arithmetic that is asked for.
#pragma once

#include "bfloat16.h"

namespace replicortex {

// How float32 numbers are multiplied; replicortex.native has the numbers. Sums are in float32 always.
enum Arithmetic : int32_t {
  kWhole = 0,  // in float32
  kSplit = 1,  // as sums of two bfloat16 parts
  kHigh = 2,   // as the nearer bfloat16 number
};

// Pack B, given as element(row, column), into panels of (depth, vectors), by rows or, where B lies column by column in
// memory, by columns.
template <class Element>
inline void pack_panels(float* to, size_t depth, size_t columns, Element element, bool by_column) {
  for_panels<kVectors>(columns, [&](auto count, size_t first) {
    constexpr size_t kWidth = decltype(count)::value * kLanes;
    float* panel = to + first * depth;
    if (by_column)
      for (size_t i = 0; i < kWidth; i++)
        for (size_t k = 0; k < depth; k++) panel[k * kWidth + i] = element(k, first + i);
    else
      for (size_t k = 0; k < depth; k++)
        for (size_t i = 0; i < kWidth; i++) panel[k * kWidth + i] = element(k, first + i);
  });
}

// Weights packed for products with rows of floats.
class Matrix {
 public:
  // From element(row, column); columns in multiples of a vector, of kHalfColumns for bfloat16.
  template <class Element>
  void pack(Arithmetic how, size_t depth, size_t columns, Element element, bool by_column = false) {
    how_ = how, depth_ = depth, columns_ = columns;
    if (how == kWhole)
      pack_panels(panels_.take(depth * columns), depth, columns, element, by_column);
    else
      halves_.pack(how == kSplit, depth, columns, element);
  }

  // to = rows B, or to += rows B; trials in multiples of kRows, of kHalfRows for bfloat16.
  void multiply(const float* rows, size_t stride, size_t trials, float* to, size_t to_stride, bool add = false) {
    if (how_ != kWhole) return halves_.multiply(rows, stride, trials, to, to_stride, add);
    for_panels<kVectors>(columns_, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      for (size_t m = 0; m < trials; m += kRows) {
        float* place = to + m * to_stride + first;
        Tile<kRows, NV> sums{};
        if (add) load_tile(sums, place, to_stride);
        add_product(sums, rows + m * stride, stride, depth_, panels_.data() + first * depth_);
        store_tile(place, to_stride, sums);
      }
    });
  }

 private:
  Arithmetic how_ = kWhole;
  size_t depth_ = 0, columns_ = 0;
  Buffer<float> panels_;
  HalfMatrix halves_;
};

// Sums of outer products.
class OuterSum {
 public:
  // gradient += from^T with, over `rows` rows of `depth` and of `columns` numbers; the gradient has room for whole tiles.
  void add(Arithmetic how, float* gradient, size_t stride, const float* from, size_t from_stride, const float* with,
           size_t with_stride, size_t rows, size_t depth, size_t columns) {
    if (how != kWhole)
      return halves_.add(how == kSplit, gradient, stride, from, from_stride, with, with_stride, rows, depth, columns);
    // Rows of both lie far apart: copied into strips that a tile reads from end to end.
    size_t tall = row_stride(rows * kTallRows);
    pack_strips<kTallRows>(tall_.take(round_up(depth, kTallRows) / kTallRows * tall), tall, from, from_stride, rows, depth);
    float* strip = wide_.take(rows * kTallVectors * kLanes);
    for_panels<kTallVectors>(columns, [&](auto count, size_t first) {
      constexpr int NV = decltype(count)::value;
      pack_strips<NV * kLanes>(strip, 0, with + first, with_stride, rows, NV * kLanes);
      for (size_t k = 0; k < depth; k += kTallRows) {
        Tile<kTallRows, NV> sums{};  // by itself: small numbers added to a large one one by one would lose digits
        float* place = gradient + k * stride + first;
        prefetch_tile<kTallRows, NV>(place, stride);
        add_transposed_product(sums, tall_.data() + k / kTallRows * tall, strip, rows);
        add_tile(place, stride, sums);
      }
    });
  }

  // Rows of the gradient that are touched for `depth` of them, whatever the arithmetic.
  static size_t room(size_t depth) {
    size_t tall = round_up(depth, kTallRows), half = round_up(depth, kHalfRows);
    return tall > half ? tall : half;
  }

 private:
  Buffer<float> tall_, wide_;
  HalfSum halves_;
};

}  // namespace replicortex
