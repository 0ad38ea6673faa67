// Counterfactual networks on every ADMG of two and three nodes: separation against independence in
// models of response functions, and their nodes against the definition of counterfactual ancestors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/identify/counterfactual_ancestors.h"
#include "engine/identify/counterfactual_network.h"
#include "engine/identify/counterfactual_separation.h"
#include "tests/exhaustive/random_counterfactuals.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

// Is x independent of y given z in the model, within rounding? By P(x, y, z) P(z) = P(x, z) P(y, z)
// for every state of all.
bool independent(const FunctionalModel& model, const Setting& setting, const CounterfactualTerm& x,
                 const CounterfactualTerm& y, const std::vector<CounterfactualTerm>& z) {
  double largest = 0;
  for (std::size_t bits = 0; bits < std::size_t{4} << z.size(); ++bits) {
    std::vector<CounterfactualEvent> given;
    for (std::size_t i = 0; i < z.size(); ++i)
      given.push_back({z[i], setting.symbol(z[i].variable, (bits >> (i + 2) & 1) == 1)});
    const auto value = [&](bool with_x, bool with_y) {
      auto events = given;
      if (with_x) events.push_back({x, setting.symbol(x.variable, (bits & 1) == 1)});
      if (with_y) events.push_back({y, setting.symbol(y.variable, (bits >> 1 & 1) == 1)});
      return model.value(events, setting.states).probability;
    };
    const double gap =
        value(true, true) * value(false, false) - value(true, false) * value(false, true);
    largest = std::max(largest, std::abs(gap));
  }
  return largest < 1e-12;
}

TEST(EveryAdmg, SeparatesCounterfactualsThatAreIndependentAndNoOthers) {
  int separated = 0;
  int connected = 0;
  int settled_by_two_states = 0;
  for (const std::size_t nodes : {2, 3}) {
    const auto graphs = all_ordered_admgs(nodes);
    for (std::size_t g = 0; g < graphs.size(); ++g) {
      const Setting setting(graphs[g]);
      Rng rng(1'000 * nodes + g, stream_of("counterfactual separation"));
      const FunctionalModel model(graphs[g], std::vector<std::int32_t>(nodes, 2), 16, rng);
      for (int i = 0; i < 25; ++i) {
        const auto draw = [&] {
          return random_term(setting, static_cast<NodeId>(rng.below(nodes)), rng, 0);
        };
        const auto x = draw();
        const auto y = draw();
        std::vector<CounterfactualTerm> z(rng.below(3));
        for (auto& term : z) term = draw();
        const auto answer =
            counterfactual_separated(graphs[g], setting.symbols, {x}, {y}, z).value();
        const bool free = independent(model, setting, x, y, z);
        ASSERT_TRUE(free || !answer.separated) << describe(graphs[g]);
        (answer.separated ? separated : connected) += 1;
        if (free && !answer.separated) ++settled_by_two_states;
      }
    }
  }
  EXPECT_EQ(separated, 940);
  EXPECT_EQ(connected, 760);
  // y[x=x] and y[x=x'] given x and y: with two states of x, one of them is y.
  EXPECT_EQ(settled_by_two_states, 1);
}

// What a term says, whatever the order of its settings.
using Canonical = std::pair<NodeId, std::set<std::pair<NodeId, ExpressionVariable>>>;

Canonical canonical(const CounterfactualTerm& term) {
  Canonical result{term.variable, {}};
  for (const auto& setting : term.subscript) result.second.emplace(setting.variable, setting.value);
  return result;
}

TEST(EveryAdmg, HasNetworksOfExactlyTheCounterfactualAncestors) {
  int asked = 0;
  for (const auto& graph : all_ordered_admgs(3)) {
    const Setting setting(graph);
    for (const NodeId v : graph.all_nodes())
      for (const auto& set : subsets(graph.all_nodes() - NodeSet{v})) {
        CounterfactualTerm term{v, {}};
        for (const NodeId w : set) term.subscript.push_back({w, w, nullptr});
        // The actual world beside it: variables that both share stand once.
        const std::vector<CounterfactualTerm> terms{term, {v, {}}};
        std::set<Canonical> expected;
        for (const auto& one : terms) {
          const auto ancestors = counterfactual_ancestors(setting.rows, one).value();
          for (const auto& ancestor : ancestors) expected.insert(canonical(ancestor));
        }
        NetworkNodes nodes;
        const auto network = counterfactual_network(setting.rows, terms, nodes).value();
        EXPECT_EQ(network.nodes.size(), expected.size()) << describe(graph);
        NodeSet variables;
        for (const auto id : network.nodes) variables.insert(nodes[id].variable);
        NodeSet wanted;
        for (const auto& [variable, world] : expected) wanted.insert(variable);
        EXPECT_EQ(variables, wanted);
        ++asked;
      }
  }
  EXPECT_EQ(asked, 64 * 3 * 4);
}

}  // namespace
}  // namespace causal_gym
