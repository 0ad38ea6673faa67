// Verma constraints on every ADMG of four nodes: each expression has the same value, in random
// models of the graph, whatever the variables are that it does not depend on.
#include <gtest/gtest.h>

#include "engine/expression/print.h"
#include "engine/graph/text.h"
#include "engine/identify/verma_constraints.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

// The largest difference that a constraint's variables make to its expression, all else held.
double largest_difference(const VermaConstraint& constraint, Evaluator& evaluator) {
  const auto& free = constraint.expression->free();
  std::map<std::size_t, std::pair<double, double>> range;  // by the states of the others
  for (std::size_t state = 0; state < std::size_t{1} << free.size(); ++state) {
    Assignment at{free, {}};
    std::size_t others = 0;
    for (std::size_t i = 0; i < free.size(); ++i) {
      const auto bit = state >> i & 1;
      at.states.push_back(static_cast<std::int32_t>(bit));
      if (!constraint.independent_of.contains(free[i])) others = others * 2 + bit;
    }
    const double value = evaluator.evaluate(constraint.expression, at).value();
    const auto [found, added] = range.try_emplace(others, value, value);
    found->second.first = std::min(found->second.first, value);
    found->second.second = std::max(found->second.second, value);
  }
  double largest = 0;
  for (const auto& [others, ends] : range) largest = std::max(largest, ends.second - ends.first);
  return largest;
}

TEST(VermaConstraints, OfVermasGraphIsTheOneThatItIsKnownFor) {
  const auto graph = parse_graph("a -> b -> c -> d; b <-> d").value();
  const auto listing = verma_constraints(admg_rows(graph).value());
  ASSERT_EQ(listing.constraints.size(), 1U);
  const auto& constraint = listing.constraints[0];
  const std::vector<std::string> names = {"a", "b", "c", "d"};
  EXPECT_EQ(expression_text(constraint.expression, names), "sum_{b} P(b | a) P(d | a, b, c)");
  EXPECT_EQ(constraint.independent_of, NodeSet{0});
  EXPECT_TRUE(listing.complete);
  EXPECT_FALSE(verma_constraints(admg_rows(graph).value(), 2).complete);
}

TEST(VermaConstraints, HoldInModelsOfTheGraphAndNotInAllOthers) {
  int constraints = 0;
  int broken_elsewhere = 0;
  const auto graphs = all_ordered_admgs(4);
  const auto elsewhere = small_models(graphs.back(), 7, 1);  // the complete graph promises nothing
  auto other = Evaluator::create(elsewhere[0].joint()).value();
  for (std::size_t g = 0; g < graphs.size(); ++g) {
    const auto listing = verma_constraints(admg_rows(graphs[g]).value());
    ASSERT_TRUE(listing.complete);
    if (listing.constraints.empty()) continue;
    const auto models = small_models(graphs[g], g, 2);
    for (const auto& model : models) {
      auto evaluator = Evaluator::create(model.joint()).value();
      for (const auto& constraint : listing.constraints)
        ASSERT_LT(largest_difference(constraint, evaluator), 1e-9) << describe(graphs[g]);
    }
    for (const auto& constraint : listing.constraints) {
      ++constraints;
      broken_elsewhere += largest_difference(constraint, other) > 1e-6 ? 1 : 0;
    }
  }
  EXPECT_GT(constraints, 100);
  EXPECT_EQ(broken_elsewhere, constraints);
  EXPECT_TRUE(verma_constraints(admg_rows(graphs.back()).value()).constraints.empty());
}

}  // namespace
}  // namespace causal_gym
