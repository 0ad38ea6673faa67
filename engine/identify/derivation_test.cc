// Derivations of published graphs as they are read.
#include "engine/identify/derivation.h"

#include <gmock/gmock.h>

#include "engine/identify/check_derivation.h"
#include "engine/identify/derivation_text.h"
#include "engine/identify/derive.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using test::named;

// Identified, derived and found right by the checker.
Derivation derived(const Graph& graph, const std::string& x, const std::string& y,
                   const std::string& z = "") {
  const EffectTarget target{named(graph, x), named(graph, y), named(graph, z)};
  const auto answer = identify_effect(graph, target).value();
  auto derivation = derive(graph, target, answer).value();
  const DerivationClaim claim{probability(target.outcome.to_vector(), target.given.to_vector(),
                                          target.treatment.to_vector()),
                              answer.estimand};
  const auto check = check_derivation(graph, derivation, claim).value();
  EXPECT_EQ(check.verdict, DerivationVerdict::valid) << check.step << ": " << check.reason;
  return derivation;
}

std::string text_of(const std::string& graph_text, const std::string& x, const std::string& y,
                    const std::string& z = "") {
  const auto graph = causal_graph(graph_text);
  return "\n" + derivation_text(graph, derived(graph, x, y, z));
}

TEST(Derivation, OfWhatIsSeenDirectlyHasNoStep) {
  EXPECT_EQ(text_of("x -> y", "", "y", "x"), "\n  P(y | x)\n");
}

TEST(Derivation, OfNoEffectIsRuleThree) {
  EXPECT_EQ(text_of("y -> x; x <-> y", "x", "y"), R"(
  P(y | do(x))
= P(y)   rule 3: y ⟂ x in G without arrows into x
)");
}

TEST(Derivation, OfAdjustmentIsTheTextbookOne) {
  EXPECT_EQ(text_of("z -> x; z -> y; x -> y", "x", "y"), R"(
  P(y | do(x))
= sum_{z} P(y | do(x), z) P(z | do(x))   total probability over z
= sum_{z} P(y | z, x) P(z | do(x))   rule 2: y ⟂ x | z in G without arrows out of x
= sum_{z} P(y | z, x) P(z)   rule 3: z ⟂ x in G without arrows into x
)");
}

TEST(Derivation, OfAdjustmentFirstDropsTreatmentsWithoutEffect) {
  EXPECT_EQ(text_of("x1 -> y -> x2; z -> x1; z -> y", "x1 x2", "y"), R"(
  P(y | do(x1, x2))
= P(y | do(x1))   rule 3: y ⟂ x2 | x1 in G without arrows into x1, x2
= sum_{z} P(y | do(x1), z) P(z | do(x1))   total probability over z
= sum_{z} P(y | x1, z) P(z | do(x1))   rule 2: y ⟂ x1 | z in G without arrows out of x1
= sum_{z} P(y | x1, z) P(z)   rule 3: z ⟂ x1 in G without arrows into x1
)");
}

// Pearl 2009, section 3.4.3, task 3: the same seven steps.
TEST(Derivation, OfTheFrontDoorIsTheTextbookOne) {
  EXPECT_EQ(text_of("x -> m -> y; x <-> y", "x", "y"), R"(
  P(y | do(x))
= sum_{m} P(m | do(x)) P(y | do(x), m)   total probability over m
= sum_{m} P(m | x) P(y | do(x), m)   rule 2: m ⟂ x in G without arrows out of x
= sum_{m} P(m | x) P(y | do(x, m))   rule 2: y ⟂ m | x in G without arrows into x and out of m
= sum_{m} P(m | x) P(y | do(m))   rule 3: y ⟂ x | m in G without arrows into x, m
= sum_{m} P(m | x) sum_{x'} P(y | do(m), x') P(x' | do(m))   total probability over x
= sum_{m} P(m | x) sum_{x'} P(y | x', m) P(x' | do(m))
      P(y | do(m), x) = P(y | x, m) by rule 2: y ⟂ m | x in G without arrows out of m
= sum_{m} P(m | x) sum_{x'} P(y | x', m) P(x')   rule 3: x ⟂ m in G without arrows into m
)");
}

TEST(Derivation, OfAConditionalEffectByAdjustmentIsARatio) {
  EXPECT_EQ(text_of("x <- w -> y; x -> y; x -> z; w -> z", "x", "y", "z"), R"(
  P(y | do(x), z)
= P(y, z | do(x)) / P(z | do(x))   definition of conditional probability
= (sum_{w} P(y, z | do(x), w) P(w | do(x))) / P(z | do(x))   total probability over w
= (sum_{w} P(y, z | do(x), w) P(w | do(x))) / (sum_{w} P(z | do(x), w) P(w | do(x)))
      total probability over w
= (sum_{w} P(y, z | x, w) P(w | do(x))) / (sum_{w} P(z | do(x), w) P(w | do(x)))
      P(y, z | do(x), w) = P(y, z | x, w) by rule 2: y, z ⟂ x | w in G without arrows out of x
= (sum_{w} P(y, z | x, w) P(w | do(x))) / (sum_{w} P(z | x, w) P(w | do(x)))
      P(z | do(x), w) = P(z | x, w) by rule 2: z ⟂ x | w in G without arrows out of x
= (sum_{w} P(y, z | x, w) P(w)) / (sum_{w} P(z | x, w) P(w))
      P(w | do(x)) = P(w) by rule 3: w ⟂ x in G without arrows into x
)");
}

// e descends from the treatment c, but leads to the outcome through the treatment d alone.
TEST(Derivation, OfAdjustmentForADescendantOfTheTreatmentAveragesOverIt) {
  EXPECT_EQ(text_of("c -> e -> a -> d -> b; e -> d; a <-> b; c -> b", "c d", "b"), R"(
  P(b | do(c, d))
= sum_{e} P(b | do(c, d)) P(e)   algebra
= sum_{e} P(b | do(c, e, d)) P(e)   rule 3: b ⟂ e | c, d in G without arrows into c, e, d
= sum_{e} (sum_{a} P(b | do(c, e, d), a) P(a | do(c, e, d))) P(e)   total probability over a
= sum_{e} (sum_{a} P(b | c, e, a, d) P(a | do(c, e, d))) P(e)
      P(b | do(c, e, d), a) = P(b | c, e, a, d) by rule 2: b ⟂ c, e, d | a in G without arrows out
        of c, e, d
= sum_{e} (sum_{a} P(b | c, e, a, d) P(a | do(e))) P(e)
      P(a | do(c, e, d)) = P(a | do(e)) by rule 3: a ⟂ c, d | e in G without arrows into c, e, d
= sum_{e} (sum_{a} P(b | c, e, a, d) P(a | e)) P(e)   rule 2: a ⟂ e in G without arrows out of e
= sum_{e, a} P(b | c, e, a, d) P(e, a)   algebra
)");
}

// Pearl & Mackenzie 2018, figure 7.5. Nothing is left for algebra.
TEST(Derivation, OfTheNapkinSetsAndSeesWhatItNeeds) {
  EXPECT_EQ(text_of("w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y", "x", "y"), R"(
  P(y | do(x))
= P(y | do(w2, x))   rule 3: y ⟂ w2 | x in G without arrows into w2, x
= P(y | do(w2), x)   rule 2: y ⟂ x | w2 in G without arrows into w2 and out of x
= P(x, y | do(w2)) / P(x | do(w2))   definition of conditional probability
= (sum_{w1} P(w1, x, y | do(w2))) / P(x | do(w2))   total probability over w1
= (sum_{w1} P(w1, x, y | do(w2))) / (sum_{w1} P(w1, x | do(w2)))   total probability over w1
= (sum_{w1} P(w1 | do(w2)) P(x | do(w2), w1) P(y | do(w2), w1, x)) / (sum_{w1} P(w1, x | do(w2)))
      chain rule
= (sum_{w1} P(w1 | do(w2)) P(x | do(w2), w1) P(y | do(w2), w1, x)) /
        (sum_{w1} P(w1 | do(w2)) P(x | do(w2), w1))
      chain rule
= (sum_{w1} P(w1) P(x | do(w2), w1) P(y | do(w2), w1, x)) / (sum_{w1} P(w1) P(x | do(w2), w1))
      P(w1 | do(w2)) = P(w1) by rule 3: w1 ⟂ w2 in G without arrows into w2
= (sum_{w1} P(w1) P(x | w1, w2) P(y | do(w2), w1, x)) / (sum_{w1} P(w1) P(x | w1, w2))
      P(x | do(w2), w1) = P(x | w1, w2) by rule 2: x ⟂ w2 | w1 in G without arrows out of w2
= (sum_{w1} P(w1) P(x | w1, w2) P(y | w1, w2, x)) / (sum_{w1} P(w1) P(x | w1, w2))
      P(y | do(w2), w1, x) = P(y | w1, w2, x) by rule 2: y ⟂ w2 | w1, x in G without arrows out of
        w2
)");
}

// Tian & Pearl 2002: a chain in which two districts cross.
TEST(Derivation, OfCrossingDistrictsSumsTheTreatmentOutOfItsOwn) {
  EXPECT_EQ(text_of("x -> a -> b -> y; x <-> b; a <-> y", "x", "y"), R"(
  P(y | do(x))
= sum_{a, b} P(a, b, y | do(x))   total probability over a, b
= sum_{a, b} P(a | do(x)) P(b | do(x), a) P(y | do(x), a, b)   chain rule
= sum_{a, b} P(a | x) P(b | do(x), a) P(y | do(x), a, b)
      P(a | do(x)) = P(a | x) by rule 2: a ⟂ x in G without arrows out of x
= sum_{a, b} P(a | x) P(b | do(x), a) P(y | x, a, b)
      P(y | do(x), a, b) = P(y | x, a, b) by rule 2: y ⟂ x | a, b in G without arrows out of x
= sum_{a, b} P(a | x) P(b | do(x, a)) P(y | x, a, b)
      P(b | do(x), a) = P(b | do(x, a)) by rule 2: b ⟂ a | x in G without arrows into x and out of a
= sum_{a, b} P(a | x) P(b | do(a)) P(y | x, a, b)   rule 3: b ⟂ x | a in G without arrows into x, a
= sum_{a, b} P(a | x) (sum_{x'} P(x', b | do(a))) P(y | x, a, b)   total probability over x
= sum_{a, b} P(a | x) (sum_{x'} P(x' | do(a)) P(b | do(a), x')) P(y | x, a, b)   chain rule
= sum_{a, b} P(a | x) (sum_{x'} P(x') P(b | do(a), x')) P(y | x, a, b)
      P(x | do(a)) = P(x) by rule 3: x ⟂ a in G without arrows into a
= sum_{a, b} P(a | x) (sum_{x'} P(x') P(b | x', a)) P(y | x, a, b)
      P(b | do(a), x) = P(b | x, a) by rule 2: b ⟂ a | x in G without arrows out of a
)");
}

TEST(Derivation, OfAConditionalEffectKeepsConditionsThatComeFirst) {
  EXPECT_EQ(text_of("a -> b -> c -> d -> e; b <-> d; a <-> c; c <-> e", "b", "e", "a"), R"(
  P(e | do(b), a)
= sum_{c, d} P(c, d, e | do(b), a)   total probability over c, d
= sum_{c, d} P(c | do(b), a) P(d | do(b), a, c) P(e | do(b), a, c, d)   chain rule
= sum_{c, d} P(c | a, b) P(d | do(b), a, c) P(e | do(b), a, c, d)
      P(c | do(b), a) = P(c | a, b) by rule 2: c ⟂ b | a in G without arrows out of b
= sum_{c, d} P(c | a, b) P(d | do(b), a, c) P(e | a, b, c, d)
      P(e | do(b), a, c, d) = P(e | a, b, c, d) by rule 2: e ⟂ b | a, c, d in G without arrows out
        of b
= sum_{c, d} P(c | a, b) P(d | do(a, b, c)) P(e | a, b, c, d)
      P(d | do(b), a, c) = P(d | do(a, b, c)) by rule 2: d ⟂ a, c | b in G without arrows into b
        and out of a, c
= sum_{c, d} P(c | a, b) P(d | do(a, c)) P(e | a, b, c, d)
      P(d | do(a, b, c)) = P(d | do(a, c)) by rule 3: d ⟂ b | a, c in G without arrows into a, b, c
= sum_{c, d} P(c | a, b) (sum_{b'} P(b', d | do(a, c))) P(e | a, b, c, d)   total probability over b
= sum_{c, d} P(c | a, b) (sum_{b'} P(b' | do(a, c)) P(d | do(a, c), b')) P(e | a, b, c, d)
      chain rule
= sum_{c, d} P(c | a, b) (sum_{b'} P(b' | do(a)) P(d | do(a, c), b')) P(e | a, b, c, d)
      P(b | do(a, c)) = P(b | do(a)) by rule 3: b ⟂ c | a in G without arrows into a, c
= sum_{c, d} P(c | a, b) (sum_{b'} P(b' | a) P(d | do(a, c), b')) P(e | a, b, c, d)
      P(b | do(a)) = P(b | a) by rule 2: b ⟂ a in G without arrows out of a
= sum_{c, d} P(c | a, b) (sum_{b'} P(b' | a) P(d | a, b', c)) P(e | a, b, c, d)
      P(d | do(a, c), b) = P(d | a, b, c) by rule 2: d ⟂ a, c | b in G without arrows out of a, c
)");
}

TEST(Derivation, HasALatexFormThatNamesTheMutilatedGraphs) {
  const auto graph = causal_graph("x -> y; y -> z");
  EXPECT_EQ("\n" + derivation_latex(graph, derived(graph, "x z", "y")), R"(
\begin{aligned}
P(y \mid \mathrm{do}(x, z))
  &= P(y \mid \mathrm{do}(x)) && \text{rule 3: } y \perp z \mid x \text{ in } G_{\overline{x, z}} \\
  &= P(y \mid x) && \text{rule 2: } y \perp x \text{ in } G_{\underline{x}}
\end{aligned}
)");
  const auto front_door = causal_graph("x -> m -> y; x <-> y");
  const auto latex = derivation_latex(front_door, derived(front_door, "x", "y"));
  EXPECT_THAT(latex, testing::HasSubstr("&& \\text{total probability over } m \\\\\n"));
  EXPECT_THAT(latex, testing::HasSubstr("&& \\text{rule 2: } y \\perp m \\mid x "
                                        "\\text{ in } G_{\\overline{x}\\underline{m}}"));
}

TEST(Derivation, NamesItsMutilatedGraphs) {
  const auto graph = causal_graph("x -> y; \"a b\" -> y; z");
  const auto separation = [&](const std::string& into, const std::string& out_of) {
    return SeparationStatement{named(graph, "y"), named(graph, "x"), named(graph, "z"),
                               named(graph, into), named(graph, out_of)};
  };
  EXPECT_EQ(mutilated_graph_text(graph, separation("", "")), "G");
  EXPECT_EQ(mutilated_graph_text(graph, separation("x z", "")), "G without arrows into x, z");
  EXPECT_EQ(mutilated_graph_text(graph, separation("", "y")), "G without arrows out of y");
  EXPECT_EQ(mutilated_graph_text(graph, separation("x", "y")),
            "G without arrows into x and out of y");
  EXPECT_EQ(separation_text(graph, separation("x", "")), "y ⟂ x | z in G without arrows into x");
}

TEST(Derivation, StepsHaveTheNamesOfAnswers) {
  std::vector<std::string_view> names;
  for (const auto kind : all_derivation_step_kinds) names.push_back(derivation_step_name(kind));
  EXPECT_THAT(names, testing::ElementsAre("rule_1", "rule_2", "rule_3", "total_probability",
                                          "chain_rule", "conditional_probability", "algebra"));
  for (const auto kind : all_derivation_step_kinds)
    EXPECT_EQ(derivation_step_kind(derivation_step_name(kind)), kind);
  EXPECT_EQ(derivation_step_kind("rule_4"), std::nullopt);
}

TEST(Derive, RefusesWhatIsNotIdentified) {
  const auto graph = causal_graph("x -> y; x <-> y");
  const EffectTarget target{named(graph, "x"), named(graph, "y"), {}};
  const auto answer = identify_effect(graph, target).value();
  EXPECT_EQ(derive(graph, target, answer).error().code, ErrorCode::invalid_argument);
  auto wrong = answer;
  wrong.estimand = probability({1}, {0});
  wrong.strategy = Strategy::general;
  EXPECT_EQ(derive(graph, target, wrong).error().code, ErrorCode::invalid_argument);
  wrong.strategy = Strategy::adjustment;
  EXPECT_EQ(derive(graph, target, wrong).error().message,
            "no chain of do-calculus rules leads to the estimand");
}

TEST(Derive, StopsWhenCancelled) {
  const auto graph = causal_graph("x -> y");
  const EffectTarget target{named(graph, "x"), named(graph, "y"), {}};
  const auto answer = identify_effect(graph, target).value();
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(derive(graph, target, answer, {}, source.token()).error().code, ErrorCode::cancelled);
}

TEST(Derivation, IsRefusedWhenItsStepsAreLongerThanTheLimit) {
  for (const auto* text : {"x -> m -> y; x <-> y", "z -> x; z -> y; x -> y",
                           "w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y"}) {
    SCOPED_TRACE(text);
    const auto graph = causal_graph(text);
    const EffectTarget target{named(graph, "x"), named(graph, "y"), {}};
    const auto answer = identify_effect(graph, target).value();
    const auto whole = derive(graph, target, answer).value();
    std::size_t symbols = 0;
    for (const auto& step : whole.steps) symbols += step.whole->written_size();
    Limits limits;
    limits.derivation_symbols = symbols;
    EXPECT_TRUE(derive(graph, target, answer, limits));
    for (std::size_t fewer = 1; fewer <= symbols; ++fewer) {
      limits.derivation_symbols = symbols - fewer;
      EXPECT_EQ(derive(graph, target, answer, limits).error().code, ErrorCode::limit_exceeded);
    }
  }
}

}  // namespace
}  // namespace causal_gym
