// The parameters of a linear structural equation model from its covariance matrix, by the equations
// that identification gave.
//
// Source: Foygel, Draisma & Drton 2012, proof of theorem 1; noise covariances from
// Omega = (I - Lambda)' Sigma (I - Lambda). Cost: O(p^3) for a step of p unknowns, O(n^3) for each
// component that steps refer to.
#pragma once

#include <optional>
#include <vector>

#include "engine/linear/identify_coefficients.h"
#include "engine/linear/square_matrix.h"

namespace causal_gym {

// What follows from the covariance matrix; nullopt where the coefficients it needs stay open.
struct RecoveredParameters {
  std::vector<std::optional<double>> coefficients;       // in order of the graph's directed edges
  std::vector<std::optional<double>> noise_variances;    // of each node
  std::vector<std::optional<double>> noise_covariances;  // in order of its bidirected edges
};

// `identification` is identify_coefficients of the same graph. Errors: invalid_argument (the matrix
// has another size, is not symmetric or not positive definite: the message names the variable),
// not_determined (the equations of a step are singular for this matrix: the message names its
// node).
[[nodiscard]] Result<RecoveredParameters> recover_coefficients(
    const Graph& graph, const SquareMatrix& covariance,
    const CoefficientIdentification& identification);

}  // namespace causal_gym
