// Path tracing: total effects and covariances as sums over paths of a linear model, each path with
// its product of coefficients.
//
// A trek between a and b runs from a top down to a and down to b; the top is a node, or a
// bidirected edge. It is simple when no node is on both sides but the top. The total effect of x on
// y sums the products over the directed paths from x to y.
// Source: Wright 1921, Journal of Agricultural Research 20; Wright 1934, Annals of Mathematical
// Statistics 5 (simple treks); Sullivant, Talaska & Draisma 2010, Annals of Statistics 38 (all
// treks). Cost: linear in what is listed and in the search, which the limits bound.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/linear/linear_model.h"

namespace causal_gym {

struct DirectedPathListing {
  std::vector<std::vector<NodeId>> paths;  // shorter first, then by node order
  bool complete = true;  // false when listed_paths or path_search_steps stopped the search
};

// The directed paths from x to y; for x = y the path of one node. Errors: invalid_argument (a node
// out of range), cancelled.
[[nodiscard]] Result<DirectedPathListing> list_directed_paths(
    const Graph& graph, NodeId x, NodeId y, const Limits& limits = {},
    const CancellationToken& cancellation = {});

struct Trek {
  std::vector<NodeId> left;   // from the top down to a
  std::vector<NodeId> right;  // from the top down to b; begins where `left` does, or at a spouse
  [[nodiscard]] bool has_top_node() const { return left.front() == right.front(); }
  friend bool operator==(const Trek&, const Trek&) = default;
};

enum class TrekKind { all, simple };

struct TrekListing {
  std::vector<Trek> treks;  // shorter first, then by node order
  bool complete = true;
};

// The treks between a and b. Errors: invalid_argument (a node out of range), cancelled.
[[nodiscard]] Result<TrekListing> list_treks(const Graph& graph, NodeId a, NodeId b, TrekKind kind,
                                             const Limits& limits = {},
                                             const CancellationToken& cancellation = {});

// The product of the coefficients along a directed path. O(length).
[[nodiscard]] double path_product(const LinearModel& model, const std::vector<NodeId>& path);

// The sum of path_product over all directed paths. Errors: those of list_directed_paths;
// limit_exceeded when the listing is not complete.
[[nodiscard]] Result<double> total_effect_by_paths(const LinearModel& model, NodeId x, NodeId y,
                                                   const Limits& limits = {},
                                                   const CancellationToken& cancellation = {});

// Over all treks: products of both sides times the noise variance of the top node, or the noise
// covariance of the top edge. Errors: those of list_treks; limit_exceeded when the listing is not
// complete.
[[nodiscard]] Result<double> covariance_by_treks(const LinearModel& model, NodeId a, NodeId b,
                                                 const Limits& limits = {},
                                                 const CancellationToken& cancellation = {});

// Wright's rule, for a and b that differ: over simple treks, with the whole variance of the top
// node (one, when variables are standardised) instead of its noise variance. `variances` is the
// variance of each variable. Errors: as before; invalid_argument (a = b).
[[nodiscard]] Result<double> covariance_by_wright(const LinearModel& model, NodeId a, NodeId b,
                                                  const std::vector<double>& variances,
                                                  const Limits& limits = {},
                                                  const CancellationToken& cancellation = {});

}  // namespace causal_gym
