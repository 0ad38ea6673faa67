#include "engine/identify/do_calculus.h"

#include <array>
#include <deque>
#include <functional>
#include <map>

namespace causal_gym {
namespace {

constexpr std::array roles = {NodeRole::absent, NodeRole::seen, NodeRole::done};

NodeRole role_of(const CausalTerm& term, NodeId v) {
  if (term.given.contains(v)) return NodeRole::seen;
  return term.done.contains(v) ? NodeRole::done : NodeRole::absent;
}

DerivationStepKind rule_for(NodeRole before, NodeRole after) {
  if (before != NodeRole::done && after != NodeRole::done) return DerivationStepKind::rule_1;
  if (before != NodeRole::absent && after != NodeRole::absent) return DerivationStepKind::rule_2;
  return DerivationStepKind::rule_3;
}

struct Move {
  NodeSet nodes;
  NodeRole after = NodeRole::absent;
};

// All nodes that change from one role to another, one set for each change.
std::vector<Move> changes_of_role(const CausalTerm& from, const CausalTerm& to) {
  std::map<std::pair<NodeRole, NodeRole>, NodeSet> by_change;
  for (const NodeId v : from.given | from.done | to.given | to.done)
    if (role_of(from, v) != role_of(to, v)) by_change[{role_of(from, v), role_of(to, v)}].insert(v);
  std::vector<Move> moves;
  moves.reserve(by_change.size());
  for (auto& [change, nodes] : by_change) moves.push_back({std::move(nodes), change.second});
  return moves;
}

// Breadth first over terms, so that the chain is a shortest one.
class RuleSearch {
 public:
  using Moves = std::function<std::vector<Move>(const CausalTerm&)>;

  RuleSearch(const AdmgRows& rows, const CausalTerm& from) : rows_(rows) { meet(from, 0, {}); }

  std::optional<std::vector<RuleUse>> run(const CausalTerm& to, const Moves& moves,
                                          std::size_t most_terms) {
    if (met_.front().term == to) return std::vector<RuleUse>{};
    for (std::size_t next = 0; next < met_.size() && met_.size() < most_terms; ++next) {
      for (const auto& move : moves(met_[next].term)) {
        auto use = apply_rule(rows_, met_[next].term, move.nodes, move.after);
        if (!use) continue;
        const auto term = use->result;
        if (!meet(term, next, std::move(use))) continue;
        if (term == to) return path_to_last();
      }
    }
    return std::nullopt;
  }

 private:
  struct Met {
    CausalTerm term;
    std::size_t before = 0;
    std::optional<RuleUse> use;
  };

  bool meet(const CausalTerm& term, std::size_t before, std::optional<RuleUse> use) {
    if (!known_.insert({{term.given.to_vector(), term.done.to_vector()}, true}).second)
      return false;
    met_.push_back({term, before, std::move(use)});
    return true;
  }

  [[nodiscard]] std::vector<RuleUse> path_to_last() const {
    std::vector<RuleUse> path;
    for (const auto* at = &met_.back(); at->use; at = &met_[at->before]) path.push_back(*at->use);
    return {path.rbegin(), path.rend()};
  }

  const AdmgRows& rows_;
  std::deque<Met> met_;
  std::map<std::pair<std::vector<NodeId>, std::vector<NodeId>>, bool> known_;
};

}  // namespace

ExpressionPtr expression_of(const CausalTerm& term) {
  return probability(term.of.to_vector(), term.given.to_vector(), term.done.to_vector());
}

std::optional<RuleUse> apply_rule(const AdmgRows& rows, const CausalTerm& term,
                                  const NodeSet& moved, NodeRole after) {
  if (moved.empty()) return std::nullopt;
  const auto before = role_of(term, *moved.begin());
  if (before == after) return std::nullopt;
  RuleUse use{rule_for(before, after), {term.of, term.given - moved, term.done - moved}, {}};
  const auto& [of, given, done] = use.result;
  use.separation = {of, moved, given | done, done, {}};
  if (use.rule == DerivationStepKind::rule_2) use.separation.no_outgoing = moved;
  if (use.rule == DerivationStepKind::rule_3)
    use.separation.no_incoming |= moved - ancestors(rows, given, rows.nodes - done);
  const auto& s = use.separation;
  if (!separated({rows, rows.nodes, s.no_incoming, s.no_outgoing}, s.left, s.right, s.given))
    return std::nullopt;
  if (after == NodeRole::seen) use.result.given |= moved;
  if (after == NodeRole::done) use.result.done |= moved;
  return use;
}

std::optional<std::vector<RuleUse>> rules_between_at_once(const AdmgRows& rows,
                                                          const CausalTerm& from,
                                                          const CausalTerm& to) {
  const auto moves = [&](const CausalTerm& term) { return changes_of_role(term, to); };
  return RuleSearch(rows, from).run(to, moves, 64);
}

std::optional<std::vector<RuleUse>> rules_between(const AdmgRows& rows, const CausalTerm& from,
                                                  const CausalTerm& to) {
  if (auto found = rules_between_at_once(rows, from, to)) return found;
  const auto moves = [&](const CausalTerm& term) {
    auto all = changes_of_role(term, to);
    for (const NodeId v : (from.given | from.done | to.given | to.done) - to.of)
      for (const auto role : roles) all.push_back({{v}, role});
    return all;
  };
  return RuleSearch(rows, from).run(to, moves, rule_search_terms);
}

}  // namespace causal_gym
