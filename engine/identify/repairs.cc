#include "engine/identify/repairs.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "engine/graph/relations.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/gid.h"
#include "engine/identify/idc.h"

namespace causal_gym {
namespace {

// One change: a latent node or a common cause to measure, or a variable to randomise.
struct Change {
  enum class Kind { measure_node, measure_cause, randomise };
  Kind kind = Kind::measure_node;
  NodeId node = 0;
  Edge edge;
};

// Changes that may matter: among the ancestors of what is asked about.
std::vector<Change> possible_changes(const Graph& graph, const EffectTarget& target) {
  const auto relevant = ancestors(graph, target.outcome | target.given);
  std::vector<Change> changes;
  for (const NodeId v : relevant& graph.latent_nodes())
    changes.push_back({Change::Kind::measure_node, v, {}});
  for (const auto& edge : graph.bidirected_edges())
    if (relevant.contains(edge.from) && relevant.contains(edge.to))
      changes.push_back({Change::Kind::measure_cause, 0, edge});
  for (const NodeId v : (relevant & graph.observed_nodes()) - target.outcome - target.given)
    changes.push_back({Change::Kind::randomise, v, {}});
  return changes;
}

Repair repair_of(const std::vector<Change>& changes, const std::vector<std::size_t>& chosen) {
  Repair repair;
  for (const auto i : chosen) {
    const auto& change = changes[i];
    switch (change.kind) {
      case Change::Kind::measure_node: repair.measured.insert(change.node); break;
      case Change::Kind::measure_cause: repair.measured_causes.push_back(change.edge); break;
      case Change::Kind::randomise: repair.randomised.insert(change.node); break;
    }
  }
  return repair;
}

// The graph in which what the repair measures is seen.
Graph measured_graph(const Graph& graph, const Repair& repair) {
  if (repair.measured.empty() && repair.measured_causes.empty()) return graph;
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId v : repair.measured) nodes[static_cast<std::size_t>(v)].latent = false;
  std::vector<Edge> bidirected;
  for (const auto& edge : graph.bidirected_edges())
    if (std::find(repair.measured_causes.begin(), repair.measured_causes.end(), edge) ==
        repair.measured_causes.end())
      bidirected.push_back(edge);
  Limits limits;  // the graph is valid and gets no larger
  limits.nodes = limits.edges = limits.name_length = std::numeric_limits<std::size_t>::max();
  auto changed = Graph::create(std::move(nodes),
                               {graph.directed_edges().begin(), graph.directed_edges().end()},
                               std::move(bidirected), limits);
  CHECK(changed.has_value());
  return *std::move(changed);
}

Result<bool> helps(const Graph& graph, const EffectTarget& target, const Repair& repair,
                   const CancellationToken& cancellation) {
  const auto measured = measured_graph(graph, repair);
  if (repair.randomised.empty()) {
    CAUSAL_GYM_TRY(rows, admg_rows(measured));
    CAUSAL_GYM_TRY(answer, identify_by_idc(rows, target.treatment, target.outcome, target.given, {},
                                           cancellation));
    return !answer.joint.hedge.has_value();
  }
  AvailableDistribution experiment;
  experiment.intervened = repair.randomised;
  const std::array available{AvailableDistribution{}, experiment};
  CAUSAL_GYM_TRY(answer, identify_from(measured, target, available, cancellation));
  return answer.verdict == Verdict::identifiable;
}

// The next choice of as many positions below `count`, in lexicographic order; false after the last.
bool next_choice(std::vector<std::size_t>& chosen, std::size_t count) {
  for (std::size_t i = chosen.size(); i-- > 0;) {
    if (chosen[i] + (chosen.size() - i) >= count) continue;
    ++chosen[i];
    for (std::size_t j = i + 1; j < chosen.size(); ++j) chosen[j] = chosen[j - 1] + 1;
    return true;
  }
  return false;
}

class RepairSearch {
 public:
  RepairSearch(const Graph& graph, const EffectTarget& target, const RepairLimits& limits,
               const CancellationToken& cancellation)
      : graph_(graph),
        target_(target),
        limits_(limits),
        cancellation_(cancellation),
        changes_(possible_changes(graph, target)) {}

  Result<RepairListing> run() {
    for (std::size_t size = 1; size <= std::min(limits_.changes, changes_.size()); ++size) {
      CAUSAL_GYM_CHECKED(try_all(size));
      if (!listing_.repairs.empty() || !listing_.complete) break;
    }
    const bool whole_treatment_tried = target_.treatment.size() <= limits_.changes;
    if (listing_.repairs.empty() && !whole_treatment_tried) {
      listing_.repairs.push_back({{}, {}, target_.treatment});
      listing_.changes = target_.treatment.size();
    }
    return std::move(listing_);
  }

 private:
  Status try_all(std::size_t size) {
    std::vector<std::size_t> chosen(size);
    for (std::size_t i = 0; i < size; ++i) chosen[i] = i;
    do {
      if (tried_++ >= limits_.tried || listing_.repairs.size() >= limits_.listed ||
          cancellation_.cancelled()) {
        listing_.complete = false;
        return {};
      }
      auto repair = repair_of(changes_, chosen);
      CAUSAL_GYM_TRY(good, helps(graph_, target_, repair, cancellation_));
      if (!good) continue;
      listing_.changes = size;
      listing_.repairs.push_back(std::move(repair));
    } while (next_choice(chosen, changes_.size()));
    return {};
  }

  const Graph& graph_;
  const EffectTarget& target_;
  const RepairLimits& limits_;
  const CancellationToken& cancellation_;
  std::vector<Change> changes_;
  std::size_t tried_ = 0;
  RepairListing listing_;
};

}  // namespace

Result<RepairListing> cheapest_repairs(const Graph& graph, const EffectTarget& target,
                                       const RepairLimits& limits,
                                       const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(now, identify_effect(graph, target, cancellation));
  if (now.verdict == Verdict::identifiable) return RepairListing{};
  return RepairSearch(graph, target, limits, cancellation).run();
}

std::string repair_text(const Graph& graph, const Repair& repair) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " and ") + part; };
  if (!repair.measured.empty()) add("measure " + set_text(graph, repair.measured));
  for (const auto& [a, b] : repair.measured_causes)
    add("measure the common cause of " + set_text(graph, NodeSet{a}) + " and " +
        set_text(graph, NodeSet{b}));
  if (!repair.randomised.empty()) add("randomise " + set_text(graph, repair.randomised));
  return text;
}

}  // namespace causal_gym
