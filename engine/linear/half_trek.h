// The half-trek criterion: can the coefficients of a linear structural equation model over a mixed
// graph be had, for almost all parameters, from the covariance matrix?
//
// A half-trek from y leaves it by directed edges alone, or by one bidirected edge followed by
// directed ones. A set Y satisfies the criterion for node v when it has as many members as v has
// parents, holds neither v nor a spouse of v, and a system of half-treks without sided intersection
// leads from Y to the parents of v. Then v's coefficients solve a linear system, one equation for
// each member of Y, once every member that v reaches by a half-trek is solved itself.
// Source: Foygel, Draisma & Drton 2012, Annals of Statistics 40 (theorems 1 and 2, and their
// maximum flows). Cost: at most n^2 maximum flows, and half_trek_cover
// where they do not decide.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/graph.h"

namespace causal_gym {

// identifiable: every coefficient is a rational function of the covariances, for almost all
// parameters. infinite_to_one: almost every covariance matrix has infinitely many parameters.
// inconclusive: the criterion does not decide.
enum class HalfTrekVerdict { identifiable, infinite_to_one, inconclusive };

[[nodiscard]] std::string_view half_trek_verdict_name(HalfTrekVerdict verdict);

// htr(v) with v itself and its spouses: the nodes whose covariance with v's noise is not zero for
// all parameters. O(n + m).
[[nodiscard]] NodeSet half_trek_reach(const Graph& graph, NodeId v);

// The nodes that a trek joins to v, v included: those whose covariance with v is not zero for all
// parameters. O(n + m).
[[nodiscard]] NodeSet trek_reach(const Graph& graph, NodeId v);

// Members of `from`, as many as `to` has, that a system of half-treks without sided intersection
// leads to all of `to`; nullopt when there is none.
// O(sqrt(n) (n + m)).
[[nodiscard]] std::optional<NodeSet> half_trek_system(const Graph& graph, const NodeSet& from,
                                                      const NodeSet& to);

// The most pairs (v, parent of v) that a family of sets with the properties of theorem 2 covers:
// when it is below the number of directed edges, the parametrisation is infinite-to-one.
// O(n^2 (n + m)). Errors: cancelled.
[[nodiscard]] Result<std::size_t> half_trek_cover(const Graph& graph,
                                                  const CancellationToken& cancellation = {});

struct HalfTrekStep {
  NodeId node = 0;
  NodeSet sources;  // Y: as many nodes as `node` has parents
};

struct HalfTrekAnswer {
  HalfTrekVerdict verdict = HalfTrekVerdict::inconclusive;
  std::vector<HalfTrekStep> solved;  // in an order in which each step needs only earlier ones
  NodeSet unsolved;                  // the nodes whose coefficients stay open; may be empty
  std::size_t cover = 0;             // half_trek_cover; directed edges unless infinite_to_one
};

// Errors: invalid_argument (a latent node: project the graph first), limit_exceeded
// (half_trek_nodes), cancelled.
[[nodiscard]] Result<HalfTrekAnswer> half_trek_criterion(
    const Graph& graph, const Limits& limits = {}, const CancellationToken& cancellation = {});

// What every question about coefficients wants of its graph: no latent node, a size within limits.
// Errors: those of half_trek_criterion. O(n).
[[nodiscard]] Status check_mixed_graph(const Graph& graph, const Limits& limits = {});

}  // namespace causal_gym
