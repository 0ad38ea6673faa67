// Simplification: each law by example, and on random expressions the same value in random joints.
#include "engine/expression/simplify.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/rng.h"
#include "engine/expression/evaluate.h"
#include "engine/expression/print.h"

namespace causal_gym {
namespace {

const std::vector<std::string> names = {"a", "b", "c", "d"};

std::string simple(const ExpressionPtr& expression) {
  return expression_text(simplify(expression).expression, names);
}

TEST(Simplify, SumsOutWhatOneTermAloneMentions) {
  EXPECT_EQ(simple(sum({0}, probability({0, 1}, {2}))), "P(b | c)");
  EXPECT_EQ(simple(sum({0}, probability({0}, {2}))), "1");
  EXPECT_EQ(simple(sum({0}, product({probability({1}, {0}), probability({0})}))), "P(b)");
}

TEST(Simplify, KeepsAChainThatNoSumNeeds) {
  EXPECT_EQ(simple(product({probability({1}, {0}), probability({0})})), "P(b | a) P(a)");
}

TEST(Simplify, DividesAndCancels) {
  EXPECT_EQ(simple(fraction(probability({0, 1}, {2}), probability({1}, {2}))), "P(a | b, c)");
  const auto part = sum({0}, product({probability({0}), probability({1}, {0, 2})}));
  EXPECT_EQ(simple(fraction(product({part, probability({3})}), part)), "P(d)");
  EXPECT_EQ(simple(fraction(fraction(probability({0}), probability({1})),
                            fraction(probability({2}), probability({1})))),
            "P(a) / P(c)");
}

TEST(Simplify, MovesOutOfASumWhatItDoesNotReach) {
  EXPECT_EQ(
      simple(sum({0}, product({probability({1}), probability({0}), probability({2}, {0, 3})}))),
      "P(b) sum_{a} P(a) P(c | a, d)");
}

TEST(Simplify, NeverDropsASumOverWhatIsNotMentioned) {
  // The number of states of a, whatever it is.
  const auto counted = sum({0}, probability({1}));
  EXPECT_EQ(simple(counted), "P(b) sum_{a} 1");
}

TEST(Simplify, LeavesOtherWorldsAlone) {
  EXPECT_EQ(simple(fraction(probability({0, 1}, {}, {2}), probability({1}))),
            "P(a, b | do(c)) / P(b)");
  EXPECT_EQ(simple(fraction(probability({0, 1}, {}, {2}), probability({1}, {}, {2}))),
            "P(a | do(c), b)");
}

TEST(Simplify, StopsAfterItsStepsWithAnEqualExpression) {
  const auto long_one = sum({0}, product({probability({1}, {0}), probability({0})}));
  const auto result = simplify(long_one, 0);
  EXPECT_FALSE(result.complete);
  EXPECT_TRUE(equal(result.expression, long_one));
}

JointDistribution random_joint(Rng& rng) {
  JointDistribution joint{{0, 1, 2, 3}, {2, 3, 2, 2}, std::vector<double>(24)};
  double total = 0;
  for (auto& p : joint.probabilities) total += p = 0.05 + rng.uniform();
  for (auto& p : joint.probabilities) p /= total;
  return joint;
}

// Any expression of positive value over the four variables.
ExpressionPtr random_expression(Rng& rng, int depth) {
  const auto subset = [&](std::uint64_t odds) {
    std::vector<ExpressionVariable> set;
    for (ExpressionVariable v = 0; v < 4; ++v)
      if (rng.below(odds) == 0) set.push_back(v);
    return set;
  };
  switch (depth == 0 ? 0 : rng.below(5)) {
    case 1: return sum(subset(3), random_expression(rng, depth - 1));
    case 2:
    case 3:
      return product({random_expression(rng, depth - 1), random_expression(rng, depth - 1),
                      random_expression(rng, depth - 1)});
    case 4: return fraction(random_expression(rng, depth - 1), random_expression(rng, depth - 1));
    default: {
      const auto variables = subset(2);
      std::vector<ExpressionVariable> given;
      for (const auto v : subset(2))
        if (std::find(variables.begin(), variables.end(), v) == variables.end()) given.push_back(v);
      return probability(variables, given);
    }
  }
}

TEST(Simplify, NeverChangesTheValueAndHardlyEverGrows) {
  int shorter = 0;
  int longer = 0;
  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    Rng rng(seed, stream_of("simplify"));
    const auto expression = random_expression(rng, 4);
    const auto result = simplify(expression);
    ASSERT_TRUE(result.complete) << seed;
    // A factor that leaves a sum makes a product around it: two terms more.
    ASSERT_LE(result.expression->written_size(), 2 * expression->written_size()) << seed;
    longer += result.expression->written_size() > expression->written_size() ? 1 : 0;
    shorter += result.expression->written_size() < expression->written_size() ? 1 : 0;
    auto evaluator = Evaluator::create(random_joint(rng)).value();
    for (int trial = 0; trial < 3; ++trial) {
      const Assignment at{
          {0, 1, 2, 3},
          {static_cast<std::int32_t>(rng.below(2)), static_cast<std::int32_t>(rng.below(3)),
           static_cast<std::int32_t>(rng.below(2)), static_cast<std::int32_t>(rng.below(2))}};
      const double before = evaluator.evaluate(expression, at).value();
      const double after = evaluator.evaluate(result.expression, at).value();
      ASSERT_NEAR(after / before, 1, 1e-9)
          << "seed " << seed << ": " << expression_text(expression, names) << " became "
          << expression_text(result.expression, names);
    }
  }
  EXPECT_GT(shorter, 1'000);
  EXPECT_LT(longer, 200);
}

TEST(ShareEqualParts, StoresEachPartOnce) {
  const auto twin = [] { return sum({0}, product({probability({0}), probability({1}, {0})})); };
  const auto expression = product({twin(), fraction(twin(), twin())});
  const auto shared = share_equal_parts(expression);
  EXPECT_TRUE(equal(shared, expression));
  EXPECT_EQ(stored_size(expression), 14U);
  EXPECT_EQ(stored_size(shared), 6U);  // P(a), P(b | a), their product, sum, fraction, all
  EXPECT_EQ(shared->written_size(), expression->written_size());
}

TEST(WrittenSize, SaturatesInsteadOfOverflowing) {
  auto doubled = probability({0});
  for (int i = 0; i < 100; ++i) doubled = product({doubled, doubled});
  EXPECT_EQ(doubled->written_size(), std::uint64_t{1} << 62);
  EXPECT_EQ(stored_size(doubled), 101U);
  EXPECT_TRUE(simplify(doubled, 10).expression != nullptr);
}

}  // namespace
}  // namespace causal_gym
