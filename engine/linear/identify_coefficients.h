// Which coefficients of a linear structural equation model follow from the covariance matrix, and
// by which linear equations.
//
// Starts from the half-trek criterion and goes on where it stops:
// - single edges (Weihs, Robinson, Dufresne, Kenkel, Kubjas, McGee, Nguyen, Robeva & Drton 2018,
//   Journal of Causal Inference 6, "edgewise identification"): some parents W of a node, with as
//   many sources Y that a half-trek system leads to W, where every trek from Y to the node ends by
//   an edge from W or by a known edge, or begins by a known edge into Y. One parent and one source
//   make an instrumental variable;
// - trek separation (the same paper): one edge by a vanishing determinant, conditional instruments
//   among them (trek_separation.h);
// - Tian's decomposition into mixed components;
// - ancestor decomposition (Drton & Weihs 2016): the components of ancestral sets.
// Each is sound and none is complete. Cost: for each node, each component and each subset of at
// most max_edge_subset_parents parents one maximum flow; repeated while edges are found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/linear/half_trek.h"

namespace causal_gym {

// Over so many open parents of a node, single edges are sought by all parents, pairs and single
// parents alone; over so many nodes, ancestral sets are those of one or two nodes alone.
inline constexpr std::size_t max_edge_subset_parents = 8;
inline constexpr std::size_t max_ancestral_subset_nodes = 10;

struct CoefficientCriteria {  // all off: the half-trek criterion alone
  bool single_edges = true;
  bool trek_separation = true;
  bool tian_decomposition = true;
  bool ancestor_decomposition = true;
};

// One equation: for source y, with z = y - sum over p in `subtract` of b(p -> y) p,
//   cov(z, node) - sum over known p of b(p -> node) cov(z, p) = sum over w of b(w -> node) cov(z,
//   w)
struct CoefficientEquation {
  NodeId source = 0;
  NodeSet subtract;  // parents of the source, whose coefficients earlier steps give
};

// As many equations as unknowns: coefficients, and multipliers of `beside`.
struct CoefficientStep {
  NodeId node = 0;
  NodeSet parents;  // W: the step gives b(w -> node)
  NodeSet known;    // the parents of the node (of the component) that earlier steps gave
  NodeSet beside;   // T: each equation has a term a(t) cov(z, t) more, with unknown a(t) that
                    // says nothing; empty but for trek separation
  std::vector<CoefficientEquation> equations;
  std::optional<NodeSet> district;  // covariances are those of its mixed component; none: the
                                    // covariances as they are
};

struct CoefficientIdentification {
  HalfTrekVerdict verdict = HalfTrekVerdict::inconclusive;
  std::vector<CoefficientStep> steps;
  std::vector<Edge> identified;  // in order of the graph's edges; one step gives each
  std::vector<Edge> open;        // the others: undecided, unless infinite_to_one says more
  // With infinite_to_one, the witness: a district into whose component more edges lead than
  // half-trek systems can cover; without Tian's decomposition all nodes.
  NodeSet uncovered;
};

// Errors: those of half_trek_criterion.
[[nodiscard]] Result<CoefficientIdentification> identify_coefficients(
    const Graph& graph, const CoefficientCriteria& criteria = {}, const Limits& limits = {},
    const CancellationToken& cancellation = {});

// The step as equations, one to a line: "cov(z, y) = b(x -> y) cov(z, x)". O(size of the text).
[[nodiscard]] std::string coefficient_step_text(const Graph& graph, const CoefficientStep& step);

}  // namespace causal_gym
