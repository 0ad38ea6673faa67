// Random counterfactual terms and events over a graph, nested ones among them.
#pragma once

#include "engine/graph/admg_rows.h"
#include "tests/exhaustive/functional_model.h"

namespace causal_gym {

// A graph with two symbols for each node v: v, which is state 0, and v', which is state 1.
struct Setting {
  explicit Setting(const Graph& g) : graph(g), symbols(g), rows(admg_rows(g).value()) {
    for (std::size_t v = 0; v < g.node_count(); ++v) {
      states[static_cast<NodeId>(v)] = 0;
      states[symbols.add(static_cast<NodeId>(v))] = 1;
    }
  }
  [[nodiscard]] ExpressionVariable symbol(NodeId v, bool second) const {
    return second ? static_cast<ExpressionVariable>(graph.node_count()) + v : v;
  }
  Graph graph;
  ValueSymbols symbols;
  AdmgRows rows;
  SymbolStates states;
};

inline CounterfactualTerm random_term(const Setting& setting, NodeId variable, Rng& rng,
                                      int depth) {
  CounterfactualTerm term{variable, {}};
  if (rng.below(3) == 0) return term;
  for (const NodeId v : setting.graph.all_nodes()) {
    if (rng.below(5) >= (v == variable ? 1U : 2U)) continue;
    if (depth < 2 && rng.below(5) == 0) {
      term.subscript.push_back(
          {v, -1,
           std::make_shared<const CounterfactualTerm>(random_term(setting, v, rng, depth + 1))});
    } else {
      term.subscript.push_back({v, setting.symbol(v, rng.below(2) == 1), nullptr});
    }
  }
  return term;
}

inline std::vector<CounterfactualEvent> random_events(const Setting& setting, std::size_t count,
                                                      Rng& rng) {
  std::vector<CounterfactualEvent> events;
  for (std::size_t i = 0; i < count; ++i) {
    const auto v = static_cast<NodeId>(rng.below(setting.graph.node_count()));
    auto term = random_term(setting, v, rng, 0);
    events.push_back({std::move(term), setting.symbol(v, rng.below(2) == 1)});
  }
  return events;
}

}  // namespace causal_gym
