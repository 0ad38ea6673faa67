// Joint normal distributions, and what remains of one once some of its variables are known.
//
// Source: Anderson 2003, An Introduction to Multivariate Statistical Analysis, section 2.5; one
// known variable at a time, so that a contradiction is found where it arises. Cost of condition:
// O(k n^2) for k known of n variables.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/linear/square_matrix.h"

namespace causal_gym {

// Variable i is row i; the covariance matrix is positive semidefinite.
struct Gaussian {
  std::vector<double> mean;
  SquareMatrix covariance;
};

struct KnownValue {
  std::size_t variable = 0;  // a row of the Gaussian
  double value = 0;
};

// A known value that the values before it exclude.
struct Contradiction {
  std::size_t position = 0;  // in the list of known values
  double expected = 0;       // the only value that is possible there
};

// The distribution over the same variables given the known ones, which have variance zero in it.
// A variable that the others determine may be known too, at the value that they determine.
[[nodiscard]] tl::expected<Gaussian, Contradiction> condition(Gaussian gaussian,
                                                              const std::vector<KnownValue>& known);

}  // namespace causal_gym
