// The value of expressions: against arithmetic done by hand on a small joint, scope, and every
// error.
#include "engine/expression/evaluate.h"

#include <gtest/gtest.h>

#include <limits>

namespace causal_gym {
namespace {

// P(a, b, c) over ids 7, 3, 5 with 2, 3, 2 states: cell i has (i + 1) / 78.
JointDistribution numbered_joint() {
  JointDistribution joint{{7, 3, 5}, {2, 3, 2}, {}};
  for (int i = 1; i <= 12; ++i) joint.probabilities.push_back(i / 78.0);
  return joint;
}
constexpr ExpressionVariable a = 7, b = 3, c = 5;

double value(const ExpressionPtr& expression, const Assignment& assignment,
             const JointDistribution& joint = numbered_joint()) {
  const auto result = evaluate(expression, joint, assignment);
  EXPECT_TRUE(result) << error_text(result.error());
  return result.value_or(-1);
}

ErrorCode error(const ExpressionPtr& expression, const Assignment& assignment,
                const JointDistribution& joint = numbered_joint()) {
  const auto result = evaluate(expression, joint, assignment);
  EXPECT_FALSE(result);
  return result ? ErrorCode::unavailable : result.error().code;
}

TEST(Evaluate, ReadsCellsMarginalsAndConditionals) {
  EXPECT_DOUBLE_EQ(value(probability({a, b, c}), {{a, b, c}, {1, 2, 0}}), 11 / 78.0);
  EXPECT_DOUBLE_EQ(value(probability({a}), {{a}, {0}}), 21 / 78.0);
  EXPECT_DOUBLE_EQ(value(probability({b, c}), {{c, b}, {1, 0}}), (2 + 8) / 78.0);
  EXPECT_DOUBLE_EQ(value(probability({c}, {a, b}), {{a, b, c}, {0, 1, 1}}), 4 / 7.0);
  EXPECT_DOUBLE_EQ(value(probability({a, c}, {b}), {{a, b, c}, {1, 1, 0}}), 9 / 26.0);
}

TEST(Evaluate, SumsProductsAndFractions) {
  EXPECT_DOUBLE_EQ(value(sum({a, b, c}, probability({a, b, c})), {}), 1);
  EXPECT_DOUBLE_EQ(value(sum({b}, one()), {}), 3);
  const auto chain = product({probability({a}, {b, c}), probability({b}, {c}), probability({c})});
  EXPECT_DOUBLE_EQ(value(chain, {{a, b, c}, {1, 2, 1}}), 12 / 78.0);
  EXPECT_DOUBLE_EQ(value(fraction(probability({a, b}), probability({b})), {{a, b}, {1, 0}}),
                   15 / 18.0);
  EXPECT_DOUBLE_EQ(value(one(), {}), 1);
}

TEST(Evaluate, AnInnerSumHidesTheOuterVariableAndGivesItBack) {
  const Assignment at{{a}, {1}};
  // P(a = 1) * (sum over a of 2 states) * P(a = 1): the assignment holds again after the sum.
  EXPECT_DOUBLE_EQ(value(product({probability({a}), sum({a}, one()), probability({a})}), at),
                   2 * 57.0 / 78 * 57.0 / 78);
  const auto inner = sum({b}, probability({b}, {a}));  // one, whatever b outside is
  const auto outer = sum({b}, product({probability({b}), inner, probability({b})}));
  double expected = 0;
  for (const double mass : {1 + 2 + 7 + 8, 3 + 4 + 9 + 10, 5 + 6 + 11 + 12})
    expected += mass / 78 * mass / 78;
  EXPECT_DOUBLE_EQ(value(outer, at), expected);
}

TEST(Evaluate, IgnoresAssignmentsThatTheExpressionDoesNotNeed) {
  EXPECT_DOUBLE_EQ(value(probability({a}), {{a, b, 99}, {0, 2, 5}}), 21 / 78.0);
}

TEST(Evaluate, AConditionOfProbabilityZeroIsAnError) {
  const JointDistribution joint{{a, b}, {2, 2}, {0, 0, 0.25, 0.75}};
  EXPECT_EQ(error(probability({b}, {a}), {{a, b}, {0, 1}}, joint), ErrorCode::zero_probability);
  EXPECT_EQ(error(fraction(probability({a}), probability({a})), {{a}, {0}}, joint),
            ErrorCode::zero_probability);
  EXPECT_EQ(error(fraction(one(), probability({a})), {{a}, {0}}, joint),
            ErrorCode::zero_probability);
  EXPECT_EQ(error(sum({a}, probability({b}, {a})), {{b}, {0}}, joint), ErrorCode::zero_probability);
  const auto result = evaluate(probability({b}, {a}), joint, {{a, b}, {0, 1}});
  EXPECT_NE(result.error().where.find("variable 7"), std::string::npos);
}

TEST(Evaluate, WhatNeverHappensAddsNothingWhateverWouldFollowIt) {
  const JointDistribution joint{{a, b}, {2, 2}, {0, 0, 0.25, 0.75}};
  const auto total = sum({a}, product({probability({b}, {a}), probability({a})}));
  EXPECT_DOUBLE_EQ(value(total, {{b}, {1}}, joint), 0.75);
  EXPECT_DOUBLE_EQ(value(probability({a}, {b}), {{a, b}, {0, 1}}, joint), 0);
}

TEST(Evaluate, NamesEveryKindOfMisuse) {
  EXPECT_EQ(error(probability({a}, {}, {b}), {{a, b}, {0, 0}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(probability({42}), {{42}, {0}}), ErrorCode::unknown_name);
  EXPECT_EQ(error(sum({42}, one()), {}), ErrorCode::unknown_name);
  EXPECT_EQ(error(probability({a}), {}), ErrorCode::unknown_name);
  EXPECT_EQ(error(product({sum({a}, probability({a})), probability({a})}), {}),
            ErrorCode::unknown_name);
  EXPECT_EQ(error(probability({a}), {{a}, {2}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(probability({a}), {{a}, {-1}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(probability({a}), {{a}, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(probability({a}), {{a, a}, {0, 1}}), ErrorCode::invalid_argument);
}

TEST(Evaluate, RefusesAJointThatDoesNotFitTogether) {
  const auto p = probability({a});
  const Assignment at{{a}, {0}};
  EXPECT_EQ(error(p, at, {{a}, {2, 2}, {0.5, 0.5}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(p, at, {{a}, {2}, {1}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(p, at, {{a}, {0}, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(p, at, {{a}, {3}, {1, 0, 0, 0}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(p, at, {{a, a}, {2, 1}, {0.5, 0.5}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(p, at, {{a}, {2}, {-0.5, 1.5}}), ErrorCode::invalid_argument);
  EXPECT_EQ(error(p, at, {{a}, {2}, {std::numeric_limits<double>::quiet_NaN(), 1}}),
            ErrorCode::invalid_argument);
  const auto huge = std::numeric_limits<std::size_t>::max() / 2 + 1;  // the product would wrap to 0
  EXPECT_EQ(error(p, at, {{a, b}, {huge, 2}, {}}), ErrorCode::invalid_argument);
}

TEST(Evaluator, KeepsItsAnswersRightFromCallToCall) {
  auto evaluator = *Evaluator::create(numbered_joint());
  for (std::int32_t state = 0; state < 2; ++state) {
    const auto first = evaluator.evaluate(probability({b}, {a}), {{a, b}, {state, 1}});
    const auto again = evaluator.evaluate(probability({b}, {a}), {{a, b}, {state, 1}});
    EXPECT_DOUBLE_EQ(*first, state == 0 ? 7 / 21.0 : 19 / 57.0);
    EXPECT_EQ(*first, *again);
  }
}

}  // namespace
}  // namespace causal_gym
