// A linear structural equation model with Gaussian noise: each variable is an intercept, plus a
// coefficient times each parent, plus its noise; noises are correlated along bidirected edges.
//
// An immutable value that copies in O(1). Variable v is node v of the graph; latent nodes are
// variables like others. Source: Wright 1921, Journal of Agricultural Research 20; Bollen 1989,
// chapter 4. Paper -> code: Lambda -> coefficients, Omega -> noise. O(n^2) memory.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/linear/square_matrix.h"

namespace causal_gym {

// {"given": ["x"], "linear": {"coefficients": {"x": 0.5}, "intercept": 0, "sd": 1}}
struct LinearMechanism {
  std::vector<NodeId> given;         // exactly the parents, in any order
  std::vector<double> coefficients;  // one for each of `given`
  double intercept = 0;
  double sd = 1;  // of the noise; 0: the parents determine the variable
  friend bool operator==(const LinearMechanism&, const LinearMechanism&) = default;
};

// ["x", "y", -0.2], for the bidirected edge x <-> y.
struct NoiseCovariance {
  NodeId a = 0;
  NodeId b = 0;
  double value = 0;
  friend bool operator==(const NoiseCovariance&, const NoiseCovariance&) = default;
};

class LinearModel {
 public:
  LinearModel();  // no variables

  // Validates and builds. Mechanism v is of node v. Each bidirected edge has one noise covariance,
  // and nothing else has; with the variances sd^2 they are positive semidefinite.
  // Errors, each naming the variable: invalid_argument (another number of mechanisms than nodes;
  // `given` that is not the parents; another number of coefficients than parents; a number that is
  // not finite; sd < 0; a noise covariance without its edge or given twice, an edge without its
  // covariance; noise covariances that are not positive semidefinite), limit_exceeded
  // (linear_variables). `where` is "mechanisms.y.given", "mechanisms.y.linear.coefficients.x",
  // "mechanisms.y.linear.intercept", "mechanisms.y.linear.sd" or "noise_covariance[i]". O(n^3).
  [[nodiscard]] static Result<LinearModel> create(std::string name, Graph graph,
                                                  const std::vector<LinearMechanism>& mechanisms,
                                                  const std::vector<NoiseCovariance>& covariances,
                                                  const Limits& limits = {});

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const Graph& graph() const;
  [[nodiscard]] std::size_t variable_count() const;
  // As given to create.
  [[nodiscard]] const LinearMechanism& mechanism(NodeId v) const;
  [[nodiscard]] std::span<const NoiseCovariance> noise_covariances() const;

  // Lambda: (from, to), 0 where there is no edge.
  [[nodiscard]] const SquareMatrix& coefficients() const;
  // Omega: variances sd^2, covariances along bidirected edges.
  [[nodiscard]] const SquareMatrix& noise() const;

  friend bool operator==(const LinearModel& a, const LinearModel& b);

 private:
  struct Data;
  explicit LinearModel(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

}  // namespace causal_gym
