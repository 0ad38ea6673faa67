// Seeing queries, their answers, and what may be asked as a belief.
#include "gym/environment/seeing.h"

#include <gtest/gtest.h>

#include "engine/ask.h"
#include "engine/model/build.h"

namespace causal_gym {
namespace {

Model confounded() {
  return *ModelBuilder("confounded", "z -> x; z -> y; x -> y; n -> y; u [latent]; u -> y")
              .ordinal("n", {"few", "many"}, {2, 10})
              .table("u", {}, {0.5, 0.5})
              .table("n", {}, {0.5, 0.5})
              .table("z", {}, {0.6, 0.4})
              .table("x", {"z"}, {0.9, 0.1, 0.2, 0.8})
              .table(
                  "y", {"z", "x", "n", "u"},
                  {0.7, 0.3, 0.7, 0.3, 0.7, 0.3, 0.7, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
                   0.6, 0.4, 0.6, 0.4, 0.6, 0.4, 0.6, 0.4, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8})
              .build();
}

std::string seen(std::string_view query, std::string_view regime = "") {
  const auto model = confounded();
  const auto seeing = seeing_query(*parse_query(query), *parse_regime(regime, model), model);
  return seeing ? query_text(*seeing) : "nothing";
}

std::string same(std::string_view query) { return query_text(*parse_query(query)); }

TEST(SeeingQuery, TurnsDoingIntoConditions) {
  EXPECT_EQ(seen("P(y | do(x=1))"), same("P(y | x=1)"));
  EXPECT_EQ(seen("P(y | z, do(x=1))"), same("P(y | z, x=1)"));
  EXPECT_EQ(seen("E[y | do(x=1, z=0)]"), same("E[y | x=1, z=0]"));
  EXPECT_EQ(seen("2 * P(y | do(x=1)) - -P(z)"), same("2 * P(y | x=1) - -P(z)"));
}

TEST(SeeingQuery, TurnsTheRegimeIntoConditionsToo) {
  EXPECT_EQ(seen("P(y)", "x=1"), same("P(y | x=true)"));
  EXPECT_EQ(seen("P(y)", "prevent x"), same("P(y | x=false)"));
  EXPECT_EQ(seen("P(y | z)", "x=1; n=many"), same("P(y | z, x=true, n=many)"));
  EXPECT_EQ(seen("P(y)", "randomize x; disconnect z"), same("P(y)"));
}

TEST(SeeingQuery, TheQuerysOwnDoingWinsOverTheRegime) {
  EXPECT_EQ(seen("P(y | do(x=0))", "x=1; z=1"), same("P(y | x=0, z=true)"));
}

TEST(SeeingQuery, EffectsBecomeNaiveContrasts) {
  const auto naive = same("E[y | x=true] - E[y | x=false]");
  for (const auto* effect : {"ATE(x -> y)", "TE(x -> y)", "ATT(x -> y)", "ATU(x -> y)"})
    EXPECT_EQ(seen(effect), naive) << effect;
  EXPECT_EQ(seen("ATE(x: 1, 0 -> y)"), same("E[y | x=0] - E[y | x=1]"));
  EXPECT_EQ(seen("CDE(x -> y; z=1)"), same("E[y | z=1, x=true] - E[y | z=1, x=false]"));
}

TEST(SeeingQuery, CounterfactualsHaveNone) {
  for (const auto* query :
       {"P(y[x=1])", "P(y | z[x=1])", "E[y[x=1]]", "PN(x -> y)", "PS(x -> y)", "PNS(x -> y)",
        "NDE(x -> n -> y)", "NIE(x -> n -> y)", "P(y) + PN(x -> y)"})
    EXPECT_EQ(seen(query), "nothing") << query;
}

TEST(SeeingAnswer, IsTheConditionalOfTheModelWithoutInterventions) {
  const auto model = confounded();
  const auto query = *parse_query("P(y)");
  // P(z | x) = 0.32 / 0.38, P(y | x) = 0.5 * 0.06 / 0.38 + 0.8 * 0.32 / 0.38.
  EXPECT_NEAR(**seeing_answer(model, *parse_regime("x=1", model), query),
              (0.5 * 0.06 + 0.8 * 0.32) / 0.38, 1e-12);
  EXPECT_NEAR(*truth_of(model, *parse_regime("x=1", model), query), 0.6 * 0.5 + 0.4 * 0.8, 1e-12);
}

TEST(SeeingAnswer, IsAbsentWhenWhatIsDoneIsNeverSeen) {
  const auto model = *ModelBuilder("m", "x -> y")
                          .table("x", {}, {1, 0})
                          .table("y", {"x"}, {0.5, 0.5, 0.1, 0.9})
                          .build();
  const auto answer = seeing_answer(model, {}, *parse_query("P(y | do(x=1))"));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->has_value());
}

TEST(DiscriminatesDoing, IncludesTheEdgeAndScalesWithTheRange) {
  EXPECT_TRUE(discriminates_doing(0.45, 0.40, {0, 1}));
  EXPECT_FALSE(discriminates_doing(0.449, 0.40, {0, 1}));
  EXPECT_FALSE(discriminates_doing(0.45, 0.40, {-1, 1}));
  EXPECT_TRUE(discriminates_doing(-0.1, 0, {-1, 1}));
}

TEST(BeliefQuestion, RangesFollowFromTheVariables) {
  const auto model = confounded();
  const auto range = [&](const char* text) { return read_belief_question(text, model)->range; };
  EXPECT_EQ(range("P(y | do(x=1))"), (BeliefRange{0, 1}));
  EXPECT_EQ(range("E[n]"), (BeliefRange{2, 10}));
  EXPECT_EQ(range("ATE(x -> n)"), (BeliefRange{-8, 8}));
  EXPECT_EQ(range("PNS(x -> y)"), (BeliefRange{0, 1}));
  EXPECT_EQ(range("P(y | do(x=1)) - P(y | do(x=0))"), (BeliefRange{-1, 1}));
  EXPECT_EQ(range("-2 * E[n] + 1"), (BeliefRange{-19, -3}));
  EXPECT_EQ(range("P(y) / E[n]"), (BeliefRange{0, 0.5}));
}

TEST(BeliefQuestion, KnowsWhetherItIsCausalAndItsCanonicalText) {
  const auto model = confounded();
  EXPECT_FALSE(read_belief_question("P(y|x)", model)->causal);
  EXPECT_TRUE(read_belief_question("P(y|do(x=1))", model)->causal);
  EXPECT_EQ(read_belief_question("P(y|do(x=1))", model)->text, same("P(y | do(x=1))"));
}

TEST(BeliefQuestion, RefusesWhatIsNoBelief) {
  const auto model = confounded();
  const auto code = [&](const char* text) {
    return read_belief_question(text, model).error().code;
  };
  EXPECT_EQ(code("P(y=*)"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("1"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("P(y) / P(x)"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("P(u)"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("P(y | do(u=1))"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("P(y[u=1])"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("ATE(x -> u)"), ErrorCode::invalid_argument);
  EXPECT_EQ(code("P(q)"), ErrorCode::unknown_name);
  EXPECT_EQ(code("P("), ErrorCode::parse_error);
}

TEST(BeliefRange, HoldsItsEndsAndNoNaN) {
  const BeliefRange range{0, 1};
  EXPECT_TRUE(range.contains(0));
  EXPECT_TRUE(range.contains(1));
  EXPECT_FALSE(range.contains(1.0000001));
  EXPECT_FALSE(range.contains(std::nan("")));
}

TEST(ReadIntervention, RefusesLatentAndEmpty) {
  const auto model = confounded();
  EXPECT_TRUE(read_intervention("x=1; randomize z", model));
  EXPECT_EQ(read_intervention("", model).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(read_intervention("prevent u", model).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(read_intervention("xx=1", model).error().code, ErrorCode::unknown_name);
}

}  // namespace
}  // namespace causal_gym
