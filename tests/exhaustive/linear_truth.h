// Linear structural equation models in plain arithmetic, a second road to what engine/linear says:
// random parameters and their covariance matrix, and the generic rank of the parametrisation.
//
// Ranks are exact: the Jacobian is taken at random residues modulo a prime, where rounding does not
// exist; a rank that is too low by chance has probability below 1e-7.
#pragma once

#include <vector>

#include "engine/base/rng.h"
#include "engine/graph/graph.h"
#include "engine/linear/square_matrix.h"

namespace causal_gym {

struct LinearParameters {
  SquareMatrix coefficients;  // (from, to)
  SquareMatrix noise;         // positive definite
};

// Coefficients of either sign with sizes in [0.3, 1.1]; each noise variance exceeds what its row of
// covariances needs.
LinearParameters random_linear_parameters(const Graph& graph, Rng& rng);

// Covariances by substitution: each node is written in terms of the noises.
SquareMatrix covariance_of(const Graph& graph, const LinearParameters& parameters);

struct JacobianFacts {
  bool full_rank = false;          // the parametrisation is finite-to-one
  std::vector<bool> coefficients;  // of each directed edge: finitely many values fit
};

JacobianFacts jacobian_facts(const Graph& graph, Rng& rng);

}  // namespace causal_gym
