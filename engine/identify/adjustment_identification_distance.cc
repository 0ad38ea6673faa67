#include "engine/identify/adjustment_identification_distance.h"

#include <cstdint>

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

std::size_t index(NodeId v) { return static_cast<std::size_t>(v); }

// The outcomes y for which z is no valid adjustment set for the effect of t, all at once.
//
// z is invalid when it holds a descendant of a node on a causal path to y, or leaves a non-causal
// path to y open. Open walks from t are searched with one more bit beside the mark that a node was
// entered by: has the walk been causal so far? (Henckel et al. 2024, section 5.)
class InvalidOutcomes {
 public:
  InvalidOutcomes(const Graph& graph, NodeId t, const NodeSet& z)
      : graph_(graph), z_(z), opened_(ancestors(graph, z)), entered_(3 * graph.node_count()) {
    enter(graph.children(t), causal);
    enter(graph.parents(t), by_tail);
    enter(graph.spouses(t), by_head);
    while (!queue_.empty()) {
      const auto [v, state] = queue_.back();
      queue_.pop_back();
      if (v != t) leave(v, state);
    }
    const auto below = descendants(graph, {t}) - NodeSet{t};
    invalid_ |= descendants(graph, below & opened_);
  }

  [[nodiscard]] const NodeSet& nodes() const { return invalid_; }

 private:
  enum State : std::uint8_t { causal, by_head, by_tail };

  void leave(NodeId v, State state) {
    const bool collider_passes = opened_.contains(v);
    const bool other_passes = !z_.contains(v);
    if (state != causal) invalid_.insert(v);
    if (other_passes) enter(graph_.children(v), state == causal ? causal : by_head);
    if (state == by_tail ? other_passes : collider_passes) {
      enter(graph_.parents(v), by_tail);
      enter(graph_.spouses(v), by_head);
    }
  }

  void enter(std::span<const NodeId> row, State state) {
    for (const NodeId v : row) {
      auto& mark = entered_[3 * index(v) + state];
      if (mark != 0) continue;
      mark = 1;
      queue_.emplace_back(v, state);
    }
  }

  const Graph& graph_;
  const NodeSet& z_;
  NodeSet opened_;
  std::vector<std::uint8_t> entered_;
  std::vector<std::pair<NodeId, State>> queue_;
  NodeSet invalid_;
};

// Parents of nodes on causal paths from t to y that do not descend from such nodes; `below` are the
// descendants of t.
NodeSet optimal_set(const Graph& graph, NodeId t, const NodeSet& below, NodeId y) {
  const auto causal = (below & ancestors(graph, {y})) - NodeSet{t};
  return parents(graph, causal) - descendants(graph, causal) - NodeSet{t};
}

// The outcomes for which the guess is wrong about the effect of t.
NodeSet wrong_outcomes(const Graph& truth, const Graph& guess, NodeId t,
                       AdjustmentStrategy strategy) {
  const auto others = truth.all_nodes() - NodeSet{t};
  const auto has_effect = descendants(truth, {t}) - NodeSet{t};
  const auto by_parents = strategy == AdjustmentStrategy::parents;
  const auto set = by_parents ? parents(guess, {t}) : ancestors(guess, {t}) - NodeSet{t};
  const auto below = descendants(guess, {t});
  const auto said_none = by_parents ? set : others - below;
  auto wrong = said_none & has_effect;
  if (strategy != AdjustmentStrategy::optimal)
    return wrong | (InvalidOutcomes(truth, t, set).nodes() & (others - said_none));
  for (const NodeId y : others - said_none)
    if (const auto best = optimal_set(guess, t, below, y);
        InvalidOutcomes(truth, t, best).nodes().contains(y))
      wrong.insert(y);
  return wrong;
}

Status check_guess(const Graph& guess) {
  for (const NodeId v : guess.latent_nodes())
    return fail(ErrorCode::invalid_argument,
                "the guessed graph has the latent node '" + guess.name(v) + "'; it must be a DAG");
  for (const auto& [a, b] : guess.bidirected_edges())
    return fail(ErrorCode::invalid_argument, "the guessed graph has the bidirected edge " +
                                                 quoted_name(guess.name(a)) + " <-> " +
                                                 quoted_name(guess.name(b)) + "; it must be a DAG");
  return {};
}

}  // namespace

std::string_view adjustment_strategy_name(AdjustmentStrategy strategy) {
  switch (strategy) {
    case AdjustmentStrategy::parents: return "parents";
    case AdjustmentStrategy::ancestors: return "ancestors";
    case AdjustmentStrategy::optimal: return "optimal";
  }
  return "";
}

Result<AdjustmentIdentificationDistance> adjustment_identification_distance(
    const Graph& truth, const Graph& guess, AdjustmentStrategy strategy, const Limits& limits,
    const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_guess(guess));
  CAUSAL_GYM_TRY(projection, latent_projection(truth, limits));
  CAUSAL_GYM_TRY(matched, numbered_like(guess, projection));
  const auto ids = truth.observed_nodes().to_vector();
  AdjustmentIdentificationDistance distance;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    for (const NodeId y : wrong_outcomes(projection, matched, static_cast<NodeId>(t), strategy))
      distance.wrong_pairs.push_back({ids[t], ids[index(y)]});
  }
  distance.wrong = distance.wrong_pairs.size();
  distance.pairs = ids.size() * (ids.empty() ? 0 : ids.size() - 1);
  if (distance.pairs > 0)
    distance.normalised = static_cast<double>(distance.wrong) / static_cast<double>(distance.pairs);
  return distance;
}

}  // namespace causal_gym
