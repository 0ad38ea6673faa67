// Two names of one variable in one expression.
#include "engine/expression/alias.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

constexpr ExpressionVariable a = 0, b = 1, a2 = 2;
const std::vector<ExpressionVariable> bases{a, b, a};

// P(a, b) with a of two states and b of three.
JointDistribution joint() { return {{a, b}, {2, 3}, {0.1, 0.2, 0.05, 0.3, 0.15, 0.2}}; }

double value(const ExpressionPtr& expression) {
  const auto extended = with_aliases(joint(), aliases_in(expression, bases)).value();
  return evaluate(expression, extended, {{a, a2, b}, {0, 1, 1}}).value();
}

TEST(WithAliases, GivesEachNameOfAVariableItsOwnState) {
  EXPECT_DOUBLE_EQ(value(probability({b}, {a})), 0.2 / 0.35);
  EXPECT_DOUBLE_EQ(value(probability({b}, {a2})), 0.15 / 0.65);
  EXPECT_DOUBLE_EQ(value(product({probability({a}), probability({b}, {a2})})), 0.35 * 0.15 / 0.65);
}

TEST(WithAliases, SumsOverOneNameAndLeavesTheOtherAlone) {
  EXPECT_DOUBLE_EQ(value(sum({a2}, product({probability({a2}), probability({b}, {a})}))),
                   0.2 / 0.35);
  EXPECT_DOUBLE_EQ(value(sum({a}, product({probability({a}), probability({b}, {a2})}))),
                   0.15 / 0.65);
}

TEST(AliasesIn, FindsBoundAndFreeOnes) {
  EXPECT_TRUE(aliases_in(probability({b}, {a}), bases).empty());
  for (const auto& expression :
       {probability({a2}), sum({a2}, probability({a2}, {b})),
        fraction(one(), product({probability({b}), probability({b}, {}, {a2})}))}) {
    const auto found = aliases_in(expression, bases);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].alias, a2);
    EXPECT_EQ(found[0].base, a);
  }
}

TEST(WithAliases, RefusesWhatTheJointHasNotAndWhatIsTooLarge) {
  const std::vector<VariableAlias> unknown{{a2, 9}};
  EXPECT_EQ(with_aliases(joint(), unknown).error().code, ErrorCode::unknown_name);
  const std::vector<VariableAlias> known{{a2, a}};
  Limits limits;
  limits.factor_cells = 12;
  EXPECT_TRUE(with_aliases(joint(), known, limits));
  limits.factor_cells = 11;
  EXPECT_EQ(with_aliases(joint(), known, limits).error().code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace causal_gym
