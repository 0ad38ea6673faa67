#include "engine/identify/derive_adjustment.h"

#include <algorithm>

namespace causal_gym {
namespace {

using Order = Proof::Order;

// Nodes of w that are summed over together, or averaged over and done together.
struct Run {
  NodeSet nodes;
  bool done = false;
};

// What has become of the term P(y | do(x), z) after some runs.
struct Progress {
  NodeSet given;   // z and what was summed over
  NodeSet done;    // x and what was averaged over
  NodeSet before;  // z and all of w that was treated
};

void pass(Progress& progress, const Run& run) {
  (run.done ? progress.done : progress.given) |= run.nodes;
  progress.before |= run.nodes;
}

// The weights of a run: as they arise, and as they are in P(v).
CausalTerm weight_now(const Progress& at, const Run& run) { return {run.nodes, at.given, at.done}; }
CausalTerm weight_in_p(const Progress& at, const Run& run) { return {run.nodes, at.before, {}}; }

// Nodes that x does not change come first, then the others in the order of the graph.
std::vector<Run> runs_of(const AdmgRows& rows, const NodeSet& w, const NodeSet& below,
                         const NodeSet& done) {
  std::vector<Run> runs;
  if (const auto first = w - below; !first.empty()) runs.push_back({first, false});
  for (const NodeId v : rows.order) {
    if (!below.contains(v)) continue;
    if (runs.empty() || runs.back().done != done.contains(v))
      runs.push_back({{}, done.contains(v)});
    runs.back().nodes.insert(v);
  }
  return runs;
}

// Do the rules allow every step of this plan?
bool works(const AdmgRows& rows, const std::vector<CausalTerm>& terms,
           const std::vector<Run>& runs) {
  const auto& [first, z, x] = terms.front();
  const auto leads = [&](const Progress& from, const CausalTerm& to) {
    return std::all_of(terms.begin(), terms.end(), [&](const CausalTerm& term) {
      return rules_between_at_once(rows, {term.of, from.given, from.done},
                                   {term.of, to.given, to.done});
    });
  };
  Progress at{z, x, z};
  for (const auto& run : runs) {
    const auto before = at;
    pass(at, run);
    if (run.done ? !leads(before, {{}, at.given, at.done})
                 : !rules_between_at_once(rows, weight_now(before, run), weight_in_p(before, run)))
      return false;
  }
  return leads(at, {{}, at.before | x, {}});
}

// With as few nodes done as possible.
std::optional<std::vector<Run>> plan(const AdmgRows& rows, const std::vector<CausalTerm>& terms,
                                     const NodeSet& w) {
  const auto below = w & descendants(rows, terms.front().done, rows.nodes);
  const auto choices = below.to_vector();
  const auto count = std::min(choices.size(), most_choices);
  std::vector<NodeSet> parts;
  for (std::size_t mask = 0; mask < std::size_t{1} << count; ++mask) {
    parts.emplace_back();
    for (std::size_t i = 0; i < count; ++i)
      if ((mask >> i & 1) != 0) parts.back().insert(choices[i]);
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const NodeSet& a, const NodeSet& b) { return a.size() < b.size(); });
  for (const auto& done : parts) {
    auto runs = runs_of(rows, w, below, done);
    if (works(rows, terms, runs)) return runs;
  }
  return std::nullopt;
}

}  // namespace

bool derive_adjustment(const AdmgRows& rows, const std::vector<CausalTerm>& terms, const NodeSet& w,
                       Proof& proof) {
  const auto runs = plan(rows, terms, w);
  if (!runs) return false;
  const auto& [first, z, x] = terms.front();
  Progress at{z, x, z};
  const auto now = [&](const CausalTerm& term) { return CausalTerm{term.of, at.given, at.done}; };
  std::vector<std::pair<CausalTerm, CausalTerm>> weights;
  for (const auto& run : *runs) {
    const auto before = at;
    pass(at, run);
    for (const auto& term : terms) {
      const CausalTerm effect{term.of, before.given, before.done};
      if (run.done) {
        proof.average(effect, weight_in_p(before, run));
        if (!proof.turn(effect, now(term))) return false;
      } else {
        proof.sum_over_conditions(effect, run.nodes, Order::effect_first);
      }
    }
    if (!run.done) weights.emplace_back(weight_now(before, run), weight_in_p(before, run));
  }
  for (const auto& term : terms)
    if (!proof.turn(now(term), {term.of, at.before | x, {}})) return false;
  return std::all_of(weights.begin(), weights.end(),
                     [&](const auto& weight) { return proof.turn(weight.first, weight.second); });
}

}  // namespace causal_gym
