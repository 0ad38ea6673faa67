// What the checker of derivations accepts from anyone, and what it refuses, with the reason.
#include "engine/identify/check_derivation.h"

#include <gtest/gtest.h>

#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;
using Kind = DerivationStepKind;
using Verdict = DerivationVerdict;

// z -> x -> y, z -> y: the derivation of adjustment, written by hand, with no more than is needed.
class CheckDerivation : public testing::Test {
 protected:
  static constexpr NodeId z = 0, x = 1, y = 2, u = 3, w = 4;
  const Graph graph = causal_graph("z -> x; z -> y; x -> y; u [latent]; u -> w");
  const ExpressionPtr goal = probability({y}, {}, {x});
  const ExpressionPtr estimand = sum({z}, product({probability({y}, {x, z}), probability({z})}));

  [[nodiscard]] Derivation by_hand() const {
    const auto y_done = probability({y}, {z}, {x});
    const auto z_done = probability({z}, {}, {x});
    return {goal,
            {step(Kind::total_probability, goal, sum({z}, product({z_done, y_done}))),
             step(Kind::rule_2, y_done, probability({y}, {x, z})),
             step(Kind::rule_3, z_done, probability({z}))}};
  }
  static DerivationStep step(Kind kind, ExpressionPtr from, ExpressionPtr to) {
    return {kind, std::move(from), std::move(to), nullptr, std::nullopt};
  }

  // "valid", or "invalid at 1: <reason>"
  [[nodiscard]] std::string outcome(const Derivation& derivation, const DerivationClaim& claim = {},
                                    const DerivationLimits& limits = {}) const {
    const auto check = check_derivation(graph, derivation, claim, limits).value();
    const auto verdict = std::string(derivation_verdict_name(check.verdict));
    if (check.verdict == Verdict::valid) return verdict + check.reason;
    return verdict + " at " + std::to_string(check.step) + ": " + check.reason;
  }
  // Of one step alone, from a goal that is its `from`, without what is said of the end.
  [[nodiscard]] std::string outcome(const DerivationStep& only) const {
    auto text = outcome(Derivation{only.from, {only}});
    return text == "invalid at 1: the last expression still mentions do()" ? "valid" : text;
  }
};

TEST_F(CheckDerivation, AcceptsStepsWithoutWholeExpressionsAndSeparations) {
  EXPECT_EQ(outcome(by_hand()), "valid");
  EXPECT_EQ(outcome(by_hand(), {goal, estimand}), "valid");
}

TEST_F(CheckDerivation, ComparesBothEndsWithWhatIsClaimed) {
  EXPECT_EQ(outcome(by_hand(), {probability({y}, {}, {z}), estimand}),
            "invalid at 0: the derivation starts from another effect than the one asked");
  EXPECT_EQ(outcome(by_hand(), {goal, probability({y}, {x})}),
            "invalid at 3: the last expression is not the estimand");
  auto unfinished = by_hand();
  unfinished.steps.pop_back();
  EXPECT_EQ(outcome(unfinished), "invalid at 2: the last expression still mentions do()");
}

TEST_F(CheckDerivation, ComparesWholeExpressionsUpToTheOrderOfProducts) {
  auto derivation = by_hand();
  derivation.steps[2].whole = estimand;
  EXPECT_EQ(outcome(derivation), "valid");
  derivation.steps[2].whole = sum({z}, product({probability({z}), probability({y}, {x})}));
  EXPECT_EQ(outcome(derivation),
            "invalid at 2: the whole expression is not the one before with P(z | do(x)) replaced "
            "by P(z)");
}

TEST_F(CheckDerivation, RefusesToRewriteWhatDoesNotStandThere) {
  auto derivation = by_hand();
  derivation.steps[1].from = probability({y}, {}, {x, z});
  EXPECT_EQ(outcome(derivation),
            "invalid at 1: what is to be rewritten does not stand in the expression");
}

TEST_F(CheckDerivation, WantsTheSeparationThatTheRuleNeeds) {
  auto derivation = by_hand();
  derivation.steps[1].separation = SeparationStatement{{y}, {x}, {z}, {}, {x}};
  EXPECT_EQ(outcome(derivation), "valid");
  for (const auto& other :
       {SeparationStatement{{y}, {x}, {}, {}, {x}}, SeparationStatement{{y}, {x}, {z}, {x}, {x}},
        SeparationStatement{{y}, {x}, {z}, {}, {}}, SeparationStatement{{y}, {z}, {x}, {}, {x}}}) {
    derivation.steps[1].separation = other;
    EXPECT_EQ(outcome(derivation),
              "invalid at 1: the separation stated is not the one that rule 2 needs here");
  }
  derivation = by_hand();
  derivation.steps[0].separation = SeparationStatement{};
  EXPECT_EQ(outcome(derivation), "invalid at 0: a law of probability rests on no separation");
}

TEST_F(CheckDerivation, RefusesRulesWhoseSeparationDoesNotHold) {
  EXPECT_EQ(outcome(step(Kind::rule_2, goal, probability({y}, {x}))),
            "invalid at 0: the separation that rule 2 needs does not hold");
  EXPECT_EQ(outcome(step(Kind::rule_3, goal, probability({y}))),
            "invalid at 0: the separation that rule 3 needs does not hold");
  EXPECT_EQ(outcome(step(Kind::rule_1, goal, probability({y}, {z}, {x}))),
            "invalid at 0: the separation that rule 1 needs does not hold");
}

TEST_F(CheckDerivation, TellsTheRulesApart) {
  const auto by = [&](Kind kind, const ExpressionPtr& from, const ExpressionPtr& to) {
    return outcome(step(kind, from, to));
  };
  const auto done = probability({z}, {}, {x});
  EXPECT_EQ(by(Kind::rule_3, done, probability({z})), "valid");
  EXPECT_EQ(by(Kind::rule_3, probability({z}), done), "valid");
  EXPECT_EQ(by(Kind::rule_1, done, probability({z})),
            "invalid at 0: rule 1 does not lead from P(z | do(x)) to P(z)");
  EXPECT_EQ(by(Kind::rule_2, done, probability({z})),
            "invalid at 0: rule 2 does not lead from P(z | do(x)) to P(z)");
  EXPECT_EQ(by(Kind::rule_2, done, done),
            "invalid at 0: rule 2 does not lead from P(z | do(x)) to P(z | do(x))");
  EXPECT_EQ(by(Kind::rule_3, done, probability({y})),
            "invalid at 0: rule 3 leads from one P to another of the same variables");
  EXPECT_EQ(by(Kind::rule_3, done, probability({z}, {}, {}, 1)),
            "invalid at 0: rule 3 leads from one P to another of the same variables");
  EXPECT_EQ(by(Kind::rule_1, probability({y}, {x, z}), probability({y}, {x, z, w})), "valid");
  // One insertion and one deletion are two steps.
  EXPECT_EQ(by(Kind::rule_1, probability({y}, {x, z}), probability({y}, {x, w})),
            "invalid at 0: rule 1 does not lead from P(y | z, x) to P(y | x, w)");
}

// In z -> x, given z and with x done: an action on an ancestor of a condition stays uncut.
TEST_F(CheckDerivation, KeepsTheEdgesIntoActionsThatConditionsDescendFrom) {
  auto only = step(Kind::rule_3, probability({y}, {x}, {z}), probability({y}, {x}));
  only.separation = SeparationStatement{{y}, {z}, {x}, {z}, {}};
  EXPECT_EQ(outcome(only),
            "invalid at 0: the separation stated is not the one that rule 3 needs here");
  only.separation->no_incoming = {};
  EXPECT_EQ(outcome(only), "invalid at 0: the separation that rule 3 needs does not hold");
}

TEST_F(CheckDerivation, KnowsTheLawsOfProbabilityInBothDirections) {
  const auto p = [&](NodeSet of, NodeSet given) {
    return probability(of.to_vector(), given.to_vector(), {x});
  };
  const auto both = [&](Kind kind, const ExpressionPtr& a, const ExpressionPtr& b) {
    const auto forth = outcome(step(kind, a, b));
    return forth == outcome(step(kind, b, a)) ? forth : "one direction: " + forth;
  };
  EXPECT_EQ(both(Kind::total_probability, p({y}, {w}), sum({z}, p({y, z}, {w}))), "valid");
  EXPECT_EQ(
      both(Kind::chain_rule, p({w, y, z}, {}), product({p({y}, {z}), p({w}, {y, z}), p({z}, {})})),
      "valid");
  EXPECT_EQ(both(Kind::chain_rule, p({w, y, z}, {}), product({p({w, y}, {z}), p({z}, {})})),
            "valid");
  EXPECT_EQ(
      both(Kind::conditional_probability, p({y}, {w, z}), fraction(p({w, y}, {z}), p({w}, {z}))),
      "valid");
  const std::vector<std::pair<Kind, std::pair<ExpressionPtr, ExpressionPtr>>> wrong{
      {Kind::total_probability, {p({y}, {w}), sum({z}, p({y, z}, {}))}},
      {Kind::total_probability, {p({y}, {w}), sum({z}, product({p({y}, {z}), p({z}, {w})}))}},
      {Kind::total_probability, {p({y}, {w}), sum({z}, product({p({y}, {z, w}), p({z}, {})}))}},
      {Kind::total_probability, {p({y}, {z}), sum({z}, p({y, z}, {}))}},
      {Kind::total_probability, {p({y}, {}), sum({z}, probability({y, z}))}},
      {Kind::total_probability, {p({y, z}, {w}), sum({z}, p({y, z}, {w}))}},
      {Kind::chain_rule, {p({y, z}, {}), product({p({y}, {z}), p({z}, {y})})}},
      {Kind::chain_rule, {p({y, z}, {}), product({p({y}, {}), p({z}, {})})}},
      {Kind::chain_rule, {p({y, z}, {w}), product({p({y}, {z}), p({z}, {w})})}},
      {Kind::chain_rule, {p({w, y, z}, {}), product({p({y}, {z}), p({z}, {})})}},
      {Kind::conditional_probability, {p({y}, {w}), fraction(p({w}, {}), p({w, y}, {}))}},
      {Kind::conditional_probability, {p({y}, {w}), fraction(p({y, z}, {w}), p({z}, {w}))}},
      {Kind::conditional_probability, {p({y}, {w}), fraction(p({w, y}, {}), p({y}, {}))}},
      {Kind::conditional_probability, {p({y}, {w}), fraction(p({w, y}, {}), probability({w}))}}};
  for (const auto& [kind, sides] : wrong) {
    const auto text = outcome(step(kind, sides.first, sides.second));
    EXPECT_NE(text.find("is not an instance of " + std::string(derivation_step_name(kind))),
              std::string::npos)
        << text;
    EXPECT_EQ(outcome(step(Kind::algebra, sides.first, sides.second)),
              "invalid at 0: the two sides differ in value for some probabilities");
  }
}

TEST_F(CheckDerivation, ProvesAlgebraByValueInEveryWorldApart) {
  const auto by_algebra = [&](const ExpressionPtr& a, const ExpressionPtr& b) {
    return outcome(step(Kind::algebra, a, b));
  };
  const std::string wrong = "invalid at 0: the two sides differ in value for some probabilities";
  EXPECT_EQ(by_algebra(sum({y}, probability({y}, {x, z})), one()), "valid");
  EXPECT_EQ(by_algebra(probability({y}, {x}), fraction(sum({z}, probability({x, y, z})),
                                                       sum({z, y}, probability({x, y, z})))),
            "valid");
  EXPECT_EQ(by_algebra(probability({y}, {}, {x}), probability({y}, {x})), wrong);
  EXPECT_EQ(by_algebra(probability({y}, {x}), probability({y}, {x}, {}, 1)), wrong);
  EXPECT_EQ(by_algebra(probability({y}, {}, {x}), probability({y}, {}, {w, x})), wrong);
  EXPECT_EQ(by_algebra(probability({y}, {x, z}), probability({y}, {x})), wrong);
  // As many states of one variable as of another are no law.
  EXPECT_EQ(by_algebra(sum({x}, one()), sum({y}, one())), wrong);
  EXPECT_EQ(by_algebra(sum({x, y, z}, one()), sum({w, y, z}, one())), wrong);
  // The inner sum hides the outer x.
  EXPECT_EQ(by_algebra(product({probability({x}), sum({x}, probability({x, y}))}),
                       product({probability({x}), probability({y})})),
            "valid");
}

TEST_F(CheckDerivation, RefusesMalformedExpressions) {
  const auto refused = [&](const ExpressionPtr& to) {
    return outcome(step(Kind::algebra, probability({y}), to));
  };
  EXPECT_EQ(refused(nullptr), "invalid at 0: an expression has an empty place");
  EXPECT_EQ(refused(probability({99})),
            "invalid at 0: an expression speaks of a node that is not in the graph");
  EXPECT_EQ(refused(probability({-1})),
            "invalid at 0: an expression speaks of a node that is not in the graph");
  EXPECT_EQ(refused(probability({u})),
            "invalid at 0: 'u' is latent and cannot be in an expression");
  const auto twice = std::make_shared<const Expression>(ProbabilityTerm{{y}, {y}, {}, 0});
  EXPECT_EQ(refused(twice), "invalid at 0: 'y' stands in two places of one P");
  const auto nothing = std::make_shared<const Expression>(ProbabilityTerm{{}, {y}, {}, 0});
  EXPECT_EQ(refused(nothing), "invalid at 0: a P is of no variable");
  EXPECT_EQ(outcome(Derivation{nullptr, {}}), "invalid at 0: an expression has an empty place");
}

TEST_F(CheckDerivation, SaysWhatItCouldNotCheck) {
  DerivationLimits limits;
  limits.equation.cells = 3;
  auto derivation = by_hand();
  derivation.steps.push_back(step(Kind::algebra, probability({z}), sum({w}, probability({w, z}))));
  EXPECT_EQ(outcome(derivation), "valid");
  EXPECT_EQ(outcome(derivation, {}, limits),
            "unchecked at 3: could not check (limit): the equation has too many variables to "
            "evaluate");
  // What comes after it is still checked.
  EXPECT_EQ(outcome(derivation, {goal, estimand}, limits),
            "invalid at 4: the last expression is not the estimand");
  limits = {};
  limits.equation.additions = 3;
  EXPECT_EQ(outcome(derivation, {}, limits).substr(0, 14), "unchecked at 3");
  limits = {};
  limits.steps = 3;
  EXPECT_EQ(outcome(derivation, {}, limits),
            "unchecked at 0: could not check (limit): steps of a derivation: 4 is over the limit "
            "of 3");
  limits = {};
  limits.terms = 3;
  EXPECT_EQ(
      outcome(derivation, {}, limits),
      "unchecked at 0: could not check (limit): symbols of an expression: 10 is over the limit "
      "of 3");
}

// Each step doubles the expression, which is refused before it is built.
TEST_F(CheckDerivation, EndsWhereRewritingGrowsOverItsLimits) {
  const auto square = product({probability({y}), probability({y})});
  Derivation grows{probability({y}), {}};
  for (int i = 0; i < 40; ++i)
    grows.steps.push_back(
        step(Kind::algebra, probability({y}), fraction(square, probability({y}))));
  EXPECT_NE(outcome(grows).find("could not check (limit): terms of an expression"),
            std::string::npos);
  Derivation deepens{probability({y}), {}};
  for (std::size_t i = 0; i < 2 * deepest_form; ++i)
    deepens.steps.push_back(step(Kind::algebra, probability({y}),
                                 sum({x}, product({probability({x}), probability({y})}))));
  EXPECT_NE(outcome(deepens).find("could not check (limit): nesting of an expression"),
            std::string::npos);
  auto deep = probability({y});
  for (std::size_t i = 0; i < 2 * deepest_form; ++i)
    deep = sum({x}, product({probability({x}), deep}));
  EXPECT_NE(outcome(Derivation{deep, {}}).find("could not check (limit): nesting"),
            std::string::npos);
}

TEST_F(CheckDerivation, StopsWhenCancelled) {
  CancellationSource source;
  source.cancel();
  const auto check = check_derivation(graph, by_hand(), {}, {}, source.token());
  EXPECT_EQ(check.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym
