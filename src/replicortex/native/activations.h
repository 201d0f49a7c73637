// The nonlinearities of the units, each with its slope.
#pragma once

#include "vectors.h"

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

// Calls f with an object of the nonlinearity of that number; replicortex.native has the names in this order.
template <class F>
inline void with_activation(int number, F f) {
  switch (number) {
    case 0: return f(Softplus{});
    case 1: return f(Relu{});
    case 2: return f(Tanh{});
    case 3: return f(RectifiedTanh{});
    default: return f(Power{});
  }
}

}  // namespace replicortex
