// The built-in agents' answers against numbers worked out by hand, and make_agent's errors.
#include "gym/agent/built_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/infer/enumeration.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"
#include "gym/agent/reversed_model.h"
#include "gym/environment/confounded_environment.h"

namespace causal_gym {
namespace {

Environment confounded() { return confounded_environment({"P(y)"}, {"x=1"}); }

constexpr double p_y = 0.54 * 0.3 + 0.06 * 0.5 + 0.08 * 0.4 + 0.32 * 0.8;
constexpr double p_y_given_x = (0.06 * 0.5 + 0.32 * 0.8) / 0.38;
constexpr double p_y_given_z = 0.2 * 0.4 + 0.8 * 0.8;

Reply reply_of(const std::string& agent, const std::string& query, const std::string& regime = "",
               const Environment& environment = confounded(), std::uint64_t stream = 0) {
  auto made = make_agent(agent, environment);
  EXPECT_TRUE(made) << error_text(made.error());
  const auto question = read_belief_question(query, environment.model);
  EXPECT_TRUE(question) << error_text(question.error());
  Rng rng(1, stream);
  const auto reply = (*made)->state_belief({{}, query, regime, 0, question->range}, rng);
  EXPECT_TRUE(reply) << error_text(reply.error());
  return reply.value_or(Unparseable{"no reply", "an error"});
}

double number(const std::string& agent, const std::string& query, const std::string& regime = "") {
  const auto reply = reply_of(agent, query, regime);
  const auto* stated = std::get_if<Stated>(&reply);
  EXPECT_NE(stated, nullptr) << agent << " " << query;
  return stated != nullptr ? stated->value : -99;
}

bool refuses(const std::string& agent, const std::string& query, const std::string& regime = "") {
  const auto reply = reply_of(agent, query, regime);
  const auto* refused = std::get_if<Refused>(&reply);
  return refused != nullptr && !refused->reason.empty();
}

TEST(Ideal, StatesTheTruthUnderTheRegime) {
  EXPECT_NEAR(number("ideal", "P(y)"), p_y, 1e-12);
  EXPECT_NEAR(number("ideal", "P(y | do(x=1))"), 0.62, 1e-12);
  EXPECT_NEAR(number("ideal", "P(y)", "set x=true"), 0.62, 1e-12);
  EXPECT_NEAR(number("ideal", "P(z)", "set x=true"), 0.4, 1e-12);
}

TEST(Seeing, StatesTheConditional) {
  EXPECT_NEAR(number("seeing", "P(y | do(x=1))"), p_y_given_x, 1e-12);
  EXPECT_NEAR(number("seeing", "P(y)", "set x=true"), p_y_given_x, 1e-12);
  EXPECT_NEAR(number("seeing", "P(z)", "set x=true"), 0.32 / 0.38, 1e-12);
  EXPECT_NEAR(number("seeing", "P(y | z, do(x=1))"), 0.8, 1e-12);
}

TEST(Seeing, RefusesWhatSeeingCannotAnswer) {
  EXPECT_TRUE(refuses("seeing", "NDE(x -> z -> y)"));
  EXPECT_FALSE(refuses("seeing", "P(y | do(x=1))", "set x=true"));
  EXPECT_TRUE(refuses("seeing", "P(y | x=0)", "set x=true"));  // both at once are never seen
}

TEST(Stubborn, StatesTheMarginalWhateverIsDoneOrGiven) {
  for (const auto* query : {"P(y)", "P(y | x)", "P(y | do(x=1))", "P(y | z, do(x=0))", "P(y[x=1])"})
    for (const auto* regime : {"", "set x=true", "set z=false"})
      EXPECT_NEAR(number("stubborn", query, regime), p_y, 1e-12) << query << " " << regime;
  EXPECT_NEAR(number("stubborn", "E[y | do(x=1)]"), p_y, 1e-12);
  EXPECT_EQ(number("stubborn", "ATE(x -> y)"), 0);
  EXPECT_NEAR(number("stubborn", "P(y | do(x=1)) - P(y | do(x=0))"), 0, 1e-12);
}

TEST(Associator, EqualsSeeingWithOneCondition) {
  EXPECT_NEAR(number("associator", "P(y | do(x=1))"), p_y_given_x, 1e-12);
  EXPECT_NEAR(number("associator", "P(y)", "set x=true"), p_y_given_x, 1e-12);
  EXPECT_NEAR(number("associator", "P(y)"), p_y, 1e-12);
}

TEST(Associator, MultipliesTheOddsOfSeveralConditions) {
  const auto odds = [](double p) { return p / (1 - p); };
  const double combined =
      odds(p_y) * (odds(p_y_given_x) / odds(p_y)) * (odds(p_y_given_z) / odds(p_y));
  const double expected = combined / (1 + combined);
  EXPECT_NEAR(number("associator", "P(y | z, do(x=1))"), expected, 1e-12);
  EXPECT_NEAR(number("associator", "P(y | z)", "set x=true"), expected, 1e-12);
  EXPECT_NEAR(number("associator", "E[y | z, do(x=1)]"), expected, 1e-12);
  EXPECT_GT(std::abs(expected - number("seeing", "P(y | z, do(x=1))")), 0.01);  // it double counts
}

TEST(Associator, MultipliesSeveralEventsAndSubtractsMeans) {
  EXPECT_NEAR(number("associator", "P(x, y)"), 0.38 * p_y, 1e-12);
  const double p_y_given_not_x = (0.54 * 0.3 + 0.08 * 0.4) / 0.62;
  EXPECT_NEAR(number("associator", "ATE(x -> y)"), p_y_given_x - p_y_given_not_x, 1e-12);
}

TEST(Associator, RefusesEvidenceThatExcludesItself) {
  EXPECT_TRUE(refuses("associator", "P(x | x, x=0)"));
  EXPECT_TRUE(refuses("associator", "PNS(x -> y)"));
}

TEST(Reverser, SeesNoEffectOfACauseAndOneOfAnEffect) {
  const auto chain = [] {
    Environment environment = confounded();
    environment.model = *ModelBuilder("chain", "z -> x -> y")
                             .table("z", {}, {0.6, 0.4})
                             .table("x", {"z"}, {0.9, 0.1, 0.2, 0.8})
                             .table("y", {"x"}, {0.7, 0.3, 0.2, 0.8})
                             .build();
    return environment;
  }();
  const auto value = [&](const char* query, const char* regime) {
    return std::get<Stated>(reply_of("reverser", query, regime, chain)).value;
  };
  // In y -> x -> z, setting x leaves y as it is and changes z as seeing would.
  EXPECT_NEAR(value("P(y)", "set x=true"), 0.62 * 0.3 + 0.38 * 0.8, 1e-12);
  EXPECT_NEAR(value("P(z)", "set x=true"), 0.32 / 0.38, 1e-12);
  EXPECT_NEAR(value("P(y)", ""), 0.62 * 0.3 + 0.38 * 0.8, 1e-12);
}

TEST(ReversedModel, ReversesEveryEdgeAndFitsEachFamilyToTheSameJoint) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, 5);
    const auto model =
        random_model(random_dag(2 + rng.below(4), 0.5, rng), rng, {.positive = seed % 2 == 0});
    const auto reversed = *reversed_model(model);
    EXPECT_EQ(reversed.graph().directed_edges().size(), model.graph().directed_edges().size());
    for (const auto& edge : model.graph().directed_edges())
      EXPECT_TRUE(reversed.graph().has_edge(edge.to, edge.from));
    for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
      // P(v | new parents) times P(new parents) is the old joint of the family.
      const auto given = mechanism_parents(reversed.mechanism(v));
      std::vector<VariableId> family(given.begin(), given.end());
      const auto parents_mass = *enumerate_joint_mass(model, family, {});
      family.push_back(v);
      const auto mass = *enumerate_joint_mass(model, family, {});
      const auto fitted = *mechanism_factor(reversed, v);
      ASSERT_EQ(fitted.variables, family);
      for (std::size_t i = 0; i < mass.values.size(); ++i)
        EXPECT_NEAR(fitted.values[i] * parents_mass.values[i / model.state_count(v)],
                    mass.values[i], 1e-12);
    }
  }
}

TEST(Random, IsUniformOverTheRange) {
  const auto environment = confounded();
  double sum = 0, low = 1, high = -1;
  for (std::uint64_t stream = 0; stream < 2'000; ++stream) {
    const double value =
        std::get<Stated>(reply_of("random", "ATE(x -> y)", "", environment, stream)).value;
    sum += value;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  EXPECT_NEAR(sum / 2'000, 0, 0.05);  // standard error 0.577 / sqrt(2000) = 0.013
  EXPECT_GE(low, -1);
  EXPECT_LT(low, -0.99);
  EXPECT_LE(high, 1);
  EXPECT_GT(high, 0.99);
}

TEST(NoisyIdeal, ScattersAroundTheTruthAndStaysInRange) {
  const auto environment = confounded();
  double sum = 0, squares = 0;
  for (std::uint64_t stream = 0; stream < 2'000; ++stream) {
    const double miss =
        std::get<Stated>(reply_of("noisy_ideal(0.05)", "P(y | do(x=1))", "", environment, stream))
            .value -
        0.62;
    sum += miss;
    squares += miss * miss;
    const double wild =
        std::get<Stated>(reply_of("noisy_ideal(5)", "P(y)", "", environment, stream)).value;
    EXPECT_TRUE(wild >= 0 && wild <= 1);
  }
  EXPECT_NEAR(sum / 2'000, 0, 0.005);
  EXPECT_NEAR(std::sqrt(squares / 2'000), 0.05, 0.004);
  EXPECT_NEAR(number("noisy_ideal(0)", "P(y | do(x=1))"), 0.62, 1e-12);
}

TEST(BuiltInAgents, RoundingNeverPutsABeliefOutsideItsRange) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, 9);
    auto environment = confounded();
    environment.model =
        random_model(random_dag(3, 0.8, rng), rng, {.min_states = 3, .max_states = 4});
    const auto& name = environment.model.variable(0).name;
    // Certain, yet computed as a sum of rounded numbers.
    std::string all;
    for (const auto& state : environment.model.variable(0).states)
      all += (all.empty() ? "" : ", ") + state;
    const auto certain =
        "P(" + name + " in {" + all + "} | " + environment.model.variable(1).name + "=s0)";
    for (const auto* agent : {"ideal", "seeing", "reverser", "associator", "stubborn"})
      EXPECT_LE(std::get<Stated>(reply_of(agent, certain, "", environment)).value, 1) << agent;
  }
}

TEST(MakeAgent, MakesEachOfTheList) {
  const auto environment = confounded();
  std::vector<std::string> names;
  for (const auto& agent : built_in_agents()) {
    names.push_back(agent.name);
    EXPECT_FALSE(agent.summary.empty());
    EXPECT_TRUE(
        make_agent(agent.parameter.empty() ? agent.name : agent.name + "(0.5)", environment))
        << agent.name;
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("ideal", "seeing", "reverser", "associator",
                                                     "stubborn", "random", "noisy_ideal"));
}

TEST(MakeAgent, RefusesWhatItDoesNotKnow) {
  const auto environment = confounded();
  const auto unknown = make_agent("seing", environment);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(unknown.error().suggestion, "did you mean 'seeing'?");
  for (const auto* text :
       {"noisy_ideal", "noisy_ideal()", "noisy_ideal(", "noisy_ideal(x)", "noisy_ideal(-1)",
        "noisy_ideal(nan)", "noisy_ideal(inf)", "noisy_ideal(0.1", "noisy_ideal(0.1)x", "ideal(1)",
        "ideal()", "noisy_ideal(0.1, 2)"}) {
    const auto agent = make_agent(text, environment);
    ASSERT_FALSE(agent) << text;
    EXPECT_TRUE(agent.error().code == ErrorCode::invalid_argument ||
                agent.error().code == ErrorCode::unknown_name)
        << text;
  }
  EXPECT_EQ(make_agent("", environment).error().code, ErrorCode::unknown_name);
}

}  // namespace
}  // namespace causal_gym
