// Expressions: what the builders drop, equality node for node, free variables under lexical scope.
#include "engine/expression/expression.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using Variables = std::vector<ExpressionVariable>;

TEST(ExpressionBuilders, DropWhatSaysNothing) {
  const auto p = probability({1}, {2});
  EXPECT_TRUE(equal(probability({}, {2}), one()));
  EXPECT_TRUE(equal(sum({}, p), p));
  EXPECT_TRUE(equal(product({}), one()));
  EXPECT_TRUE(equal(product({one(), p, one()}), p));
  EXPECT_TRUE(equal(fraction(p, one()), p));
  EXPECT_FALSE(equal(fraction(one(), p), p));
}

TEST(ExpressionBuilders, SortTheirSets) {
  const auto term = std::get<ProbabilityTerm>(probability({3, 1}, {5, 4, 4}, {9, 8})->term());
  EXPECT_EQ(term.variables, (Variables{1, 3}));
  EXPECT_EQ(term.given, (Variables{4, 5}));
  EXPECT_EQ(term.intervened, (Variables{8, 9}));
  EXPECT_EQ(std::get<SumTerm>(sum({2, 1, 2}, one())->term()).over, (Variables{1, 2}));
}

TEST(ExpressionBuildersDeathTest, AProbabilityOfAVariableGivenItselfIsABrokenInvariant) {
  EXPECT_DEATH((void)probability({1}, {1}), "broken invariant");
}

TEST(ExpressionEquality, ComparesTreesNodeForNode) {
  const auto tree = [](ExpressionVariable bound) {
    return sum({bound}, product({probability({0}, {bound}), probability({bound})}));
  };
  EXPECT_TRUE(equal(tree(2), tree(2)));
  EXPECT_FALSE(equal(tree(2), tree(3)));
  EXPECT_FALSE(equal(probability({0}), probability({0}, {}, {1})));
  EXPECT_FALSE(equal(fraction(probability({0}), probability({1})),
                     fraction(probability({1}), probability({0}))));
  EXPECT_FALSE(equal(product({probability({0}), probability({1})}),
                     product({probability({0}), probability({1}), probability({2})})));
  EXPECT_FALSE(equal(one(), probability({0})));
}

TEST(FreeVariables, ASumBindsInItsOwnExpressionOnly) {
  const auto inner = sum({1}, probability({0}, {1}));
  EXPECT_EQ(free_variables(inner), (Variables{0}));
  EXPECT_EQ(free_variables(product({inner, probability({1})})), (Variables{0, 1}));
  EXPECT_EQ(free_variables(sum({1}, product({inner, probability({2}, {1}, {3})}))),
            (Variables{0, 2, 3}));
  EXPECT_EQ(free_variables(fraction(inner, sum({0}, inner))), (Variables{0}));
  EXPECT_EQ(free_variables(one()), Variables{});
}

}  // namespace
}  // namespace causal_gym
