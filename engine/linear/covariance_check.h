// Is this a covariance matrix: finite, symmetric, positive definite (or semidefinite)?
//
// Judged on the scale of correlations, so that units do not matter. Source: Higham 2002, Accuracy
// and Stability of Numerical Algorithms, section 10. Cost: O(n^3).
#pragma once

#include "engine/graph/graph.h"
#include "engine/linear/square_matrix.h"

namespace causal_gym {

enum class Definiteness { positive_definite, positive_semidefinite };

// The matrix is over the graph's nodes; `what` begins the message ("the covariance matrix").
// A leading minor, in order of nodes, that is not positive names the node that adds it.
// Errors: invalid_argument.
[[nodiscard]] Status check_covariance(const Graph& graph, const SquareMatrix& matrix,
                                      std::string_view what, Definiteness wanted);

}  // namespace causal_gym
