// What a linear model says of means, covariances and total effects, by matrix algebra.
//
// Source: Bollen 1989, chapter 4: total effects (I - Lambda)^-1, covariances
// (I - Lambda)^-T Omega (I - Lambda)^-1. wright.h finds the same by following paths. Cost: O(n^3).
#pragma once

#include <vector>

#include "engine/linear/linear_model.h"

namespace causal_gym {

// Entry (x, y): by how much the mean of y changes when x is set one unit higher; 1 on the diagonal.
[[nodiscard]] SquareMatrix total_effects(const LinearModel& model);

// The covariance matrix of all variables.
[[nodiscard]] SquareMatrix implied_covariance(const LinearModel& model);

// The mean of each variable. O(n + m).
[[nodiscard]] std::vector<double> implied_means(const LinearModel& model);

}  // namespace causal_gym
