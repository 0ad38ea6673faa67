#include "tests/exhaustive/do_calculus.h"

#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

bool apart(const Graph& graph, const NodeSet& a, const NodeSet& b, const NodeSet& given) {
  return separation(graph, a, b, given)->separated;
}

}  // namespace

DoCalculus::DoCalculus(const Graph& graph) : graph_(graph) {
  for (std::size_t v = 0; v < graph.node_count(); ++v) count_ *= 4;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto [b, a, c] = term(i);
    if (a.empty()) continue;
    const auto cut = cut_incoming(graph, b);
    const auto rest = graph.all_nodes() - a - b - c;
    for (const auto& d : subsets(rest)) {
      if (d.empty()) continue;
      // Rule 1: P(a | do(b), c, d) = P(a | do(b), c).
      if (apart(cut, a, d, b | c)) equal_.emplace_back(i, code({b, a, c | d}));
      // Rule 2: P(a | do(b, d), c) = P(a | do(b), c, d).
      if (apart(cut_outgoing(cut, d), a, d, b | c))
        equal_.emplace_back(code({b | d, a, c}), code({b, a, c | d}));
      // Rule 3: P(a | do(b, d), c) = P(a | do(b), c).
      if (apart(cut_incoming(cut, d - ancestors(cut, c)), a, d, b | c))
        equal_.emplace_back(i, code({b | d, a, c}));
    }
  }
}

std::size_t DoCalculus::code(const EffectTarget& term) const {
  std::size_t code = 0;
  for (const NodeId v : graph_.all_nodes())
    code = 4 * code + (term.outcome.contains(v)     ? 1
                       : term.treatment.contains(v) ? 2
                       : term.given.contains(v)     ? 3
                                                    : 0);
  return code;
}

EffectTarget DoCalculus::term(std::size_t code) const {
  EffectTarget term;
  for (auto v = static_cast<NodeId>(graph_.node_count()); v-- > 0; code /= 4) {
    if (code % 4 == 1) term.outcome.insert(v);
    if (code % 4 == 2) term.treatment.insert(v);
    if (code % 4 == 3) term.given.insert(v);
  }
  return term;
}

std::vector<bool> DoCalculus::shared(const NodeSet& differs) const {
  std::vector<Node> nodes{graph_.nodes().begin(), graph_.nodes().end()};
  std::vector<Edge> directed{graph_.directed_edges().begin(), graph_.directed_edges().end()};
  const auto selection = static_cast<NodeId>(nodes.size());
  nodes.emplace_back().name = "selection";
  for (const NodeId v : differs) directed.push_back({selection, v});
  const auto diagram =
      *Graph::create(std::move(nodes), std::move(directed),
                     {graph_.bidirected_edges().begin(), graph_.bidirected_edges().end()});
  std::vector<bool> result(count_, false);
  for (std::size_t i = 0; i < count_; ++i) {
    const auto [b, a, c] = term(i);
    result[i] = !a.empty() && apart(cut_incoming(diagram, b), a, {selection}, b | c);
  }
  return result;
}

bool DoCalculus::apply_rules(Terms& known) const {
  bool changed = false;
  for (const auto& [a, b] : equal_) {
    if (known[a] == known[b]) continue;
    known[a] = known[b] = changed = true;
  }
  return changed;
}

bool DoCalculus::apply_probability(Terms& known, const NodeSet& selected) const {
  bool changed = false;
  const auto learn = [&](const EffectTarget& target) {
    const auto i = code(target);
    changed = changed || !known[i];
    known[i] = true;
  };
  for (std::size_t i = 0; i < count_; ++i) {
    const auto [b, a, c] = term(i);
    for (const auto& part : subsets(a)) {
      if (part.empty() || part == a) continue;
      if (known[i] && !selected.intersects(a - part)) {
        learn({b, part, c});
        learn({b, a - part, c | part});
      } else if (known[code({b, part, c})] && known[code({b, a - part, c | part})]) {
        learn({b, a, c});
      }
    }
  }
  return changed;
}

bool DoCalculus::close(Terms& known, const NodeSet& selected) const {
  bool ever = false;
  for (bool changed = true; changed;) {
    changed = apply_rules(known);
    changed = apply_probability(known, selected) || changed;
    ever = ever || changed;
  }
  return ever;
}

bool DoCalculus::join_states(Known& known, const NodeSet& selected) const {
  bool changed = false;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto [b, a, c] = term(i);
    if (known.in_all_states[i] == known.in_one_state[i]) continue;
    if (known.in_one_state[i] && selected.intersects(a | b | c)) continue;
    known.in_all_states[i] = known.in_one_state[i] = changed = true;
  }
  return changed;
}

bool DoCalculus::exchange(Terms& a, Terms& b, const Terms& same) const {
  bool changed = false;
  for (std::size_t i = 0; i < count_; ++i) {
    if (!same[i] || a[i] == b[i]) continue;
    a[i] = b[i] = changed = true;
  }
  return changed;
}

std::vector<DoCalculus::Known> DoCalculus::given_terms(
    std::span<const AvailableDistribution> available) const {
  const Terms none(count_, false);
  std::vector<Known> known{{none, none, none}};
  for (const auto& one : available) {
    const auto population = static_cast<std::size_t>(one.population);
    while (known.size() <= population) known.push_back({none, none, none});
    auto& there = known[population];
    if (population > 0) there.same = shared(one.differs);
    auto& terms = one.selected.empty() ? there.in_all_states : there.in_one_state;
    terms[code({one.intervened, measured_nodes(graph_, one), one.given | one.selected})] = true;
  }
  return known;
}

std::vector<bool> DoCalculus::derived(std::span<const AvailableDistribution> available) const {
  NodeSet selected;
  for (const auto& one : available) selected |= one.selected;
  auto known = given_terms(available);
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& one : known) {
      changed = close(one.in_all_states, {}) || changed;
      changed = join_states(one, selected) || changed;
      changed = close(one.in_one_state, selected) || changed;
      changed = join_states(one, selected) || changed;
      changed = exchange(one.in_all_states, known[0].in_all_states, one.same) || changed;
      changed = exchange(one.in_one_state, known[0].in_one_state, one.same) || changed;
    }
  }
  return known.front().in_all_states;
}

}  // namespace causal_gym
