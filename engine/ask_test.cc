// The front door: queries as text against a naive sum over the truncated factorisation, estimands
// against answers, published numbers, and every refusal.
#include "engine/ask.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/expression/evaluate.h"
#include "engine/graph/random_graph.h"
#include "engine/infer/enumeration.h"
#include "engine/model/build.h"
#include "engine/model/factor.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

Result<Answer> asked(const Model& model, std::string_view text, std::string_view regime = "",
                     const AskOptions& options = {}) {
  Regime interventions;
  if (!regime.empty()) {
    CAUSAL_GYM_TRY(parsed, parse_regime(regime, model));
    interventions = std::move(parsed);
  }
  CAUSAL_GYM_TRY(query, parse_query(text));
  return ask(model, interventions, query, options);
}

double value_of(const Model& model, std::string_view text, std::string_view regime = "") {
  const auto answer = asked(model, text, regime);
  EXPECT_TRUE(answer) << text << ": " << error_text(answer.error());
  const auto* value = answer ? std::get_if<double>(&answer->value) : nullptr;
  return value != nullptr ? *value : std::nan("");
}

ErrorCode code_of(const Result<Answer>& answer) {
  EXPECT_FALSE(answer);
  return answer ? ErrorCode::conflict : answer.error().code;
}

// The truncated factorisation, summed by hand over every joint state.
class Naive {
 public:
  Naive(const Model& model, const std::vector<std::optional<State>>& set)
      : model_(model), set_(set) {}

  // The sum of P(world) * weight(world).
  template <class Weight>
  [[nodiscard]] double sum(const Weight& weight) const {
    std::vector<State> world(model_.variable_count(), 0);
    double result = 0;
    do result += probability(world) * weight(world);
    while (next(world));
    return result;
  }

 private:
  [[nodiscard]] double probability(const std::vector<State>& world) const {
    double result = 1;
    std::vector<State> parents;
    for (VariableId v = 0; static_cast<std::size_t>(v) < world.size(); ++v) {
      parents.clear();
      for (const auto parent : mechanism_parents(model_.mechanism(v)))
        parents.push_back(world[parent]);
      result *= set_[v] ? (*set_[v] == world[v] ? 1 : 0)
                        : mechanism_probability(model_, v, world[v], parents);
    }
    return result;
  }
  bool next(std::vector<State>& world) const {
    for (std::size_t v = world.size(); v-- > 0;) {
      if (static_cast<std::size_t>(++world[v]) < model_.state_count(static_cast<VariableId>(v)))
        return true;
      world[v] = 0;
    }
    return false;
  }

  const Model& model_;
  const std::vector<std::optional<State>>& set_;
};

// A random term as text, and what it means.
struct WrittenTerm {
  std::string text;
  std::vector<std::optional<State>> set;
  std::vector<std::pair<VariableId, std::vector<State>>> events;
  std::vector<std::pair<VariableId, std::vector<State>>> conditions;
};

std::string add_event(const Model& model, Rng& rng,
                      std::vector<std::pair<VariableId, std::vector<State>>>& events) {
  const auto v = static_cast<VariableId>(rng.below(model.variable_count()));
  const auto count = static_cast<State>(model.state_count(v));
  const auto s = static_cast<State>(rng.below(count));
  std::vector<State> allowed;
  const bool unequal = rng.below(3) == 0;
  for (State t = 0; t < count; ++t)
    if (unequal == (t != s)) allowed.push_back(t);
  events.emplace_back(v, allowed);
  return model.variable(v).name + (unequal ? " != " : " = ") + std::to_string(s);
}

WrittenTerm random_term(const Model& model, Rng& rng) {
  WrittenTerm term;
  term.set.resize(model.variable_count());
  term.text = "P(" + add_event(model, rng, term.events);
  while (rng.below(2) == 0) term.text += ", " + add_event(model, rng, term.events);
  std::string given;
  while (rng.below(2) == 0) given += ", " + add_event(model, rng, term.conditions);
  for (VariableId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v) {
    if (rng.below(4) != 0) continue;
    term.set[v] = static_cast<State>(rng.below(model.state_count(v)));
    given += ", do(" + model.variable(v).name + "=" + std::to_string(*term.set[v]) + ")";
  }
  if (!given.empty()) term.text += " | " + given.substr(2);
  term.text += ")";
  return term;
}

std::optional<double> naive_value(const Model& model, const WrittenTerm& term) {
  const Naive naive(model, term.set);
  const auto holds = [](const auto& world, const auto& events) {
    return std::all_of(events.begin(), events.end(), [&](const auto& event) {
      return std::find(event.second.begin(), event.second.end(), world[event.first]) !=
             event.second.end();
    });
  };
  const double given = naive.sum([&](const auto& world) { return holds(world, term.conditions); });
  if (given == 0) return std::nullopt;
  return naive.sum([&](const auto& world) {
    return holds(world, term.conditions) && holds(world, term.events);
  }) / given;
}

TEST(Ask, AgreesWithTheTruncatedFactorisationOnRandomQueries) {
  int answered = 0;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    Rng rng(seed, stream_of("ask_test"));
    RandomModelOptions options;
    options.max_states = 2 + rng.below(2);
    options.positive = rng.below(2) == 0;
    options.all_kinds = rng.below(2) == 0;
    const auto model = random_model(random_dag(2 + rng.below(4), 0.6, rng), rng, options);
    const auto left = random_term(model, rng);
    const auto right = random_term(model, rng);
    const auto text = left.text + " - 2 * " + right.text;
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text);
    const auto a = naive_value(model, left);
    const auto b = naive_value(model, right);
    const auto answer = asked(model, text);
    if (!a || !b) {
      EXPECT_EQ(code_of(answer), ErrorCode::zero_probability);
      continue;
    }
    ASSERT_TRUE(answer) << error_text(answer.error());
    EXPECT_NEAR(std::get<double>(answer->value), *a - 2 * *b, 1e-12);
    ++answered;
  }
  EXPECT_GT(answered, 1'500);
}

// The joint distribution of the model's observed variables, for estimands.
JointDistribution observed_joint(const Model& model) {
  JointDistribution joint;
  const auto observed = model.graph().observed_nodes().to_vector();
  for (const auto v : observed) {
    joint.variables.push_back(v);
    joint.cardinalities.push_back(model.state_count(v));
  }
  joint.probabilities = enumerate_joint_mass(model, observed, {})->values;
  return joint;
}

TEST(Ask, EveryEstimandItReportsEqualsItsAnswer) {
  int identified = 0;
  for (std::uint64_t seed = 0; seed < 1'500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("estimand_test"));
    const auto graph = random_admg(3 + rng.below(3), 0.6, 0.2, rng);
    const auto model = random_model(graph, rng, {.max_states = 2});
    const auto pick = [&] { return static_cast<VariableId>(rng.below(graph.node_count())); };
    const auto x = pick();
    const auto y = pick();
    const auto z = pick();
    if (x == y || z == x || z == y) continue;
    const bool given = rng.below(2) == 0;
    const auto name = [&](VariableId v) { return model.variable(v).name; };
    const auto text =
        "P(" + name(y) + "=1 | do(" + name(x) + "=1)" + (given ? ", " + name(z) + "=0)" : ")");
    const auto answer = asked(model, text);
    ASSERT_TRUE(answer) << error_text(answer.error());
    ASSERT_TRUE(answer->identification);
    if (answer->identification->verdict != Verdict::identifiable) continue;
    Assignment assignment{{x, y}, {1, 1}};
    if (given) {
      assignment.variables.push_back(z);
      assignment.states.push_back(0);
    }
    const auto value =
        evaluate(answer->identification->estimand, observed_joint(model), assignment);
    ASSERT_TRUE(value) << text << ": " << error_text(value.error());
    EXPECT_NEAR(*value, std::get<double>(answer->value), 1e-9) << text;
    ++identified;
  }
  EXPECT_GT(identified, 300);
}

Model mediated(Rng& rng, Coupling coupling) {
  const auto row = [&] {
    const double p = 0.1 + 0.8 * rng.uniform();
    return std::vector<double>{1 - p, p};
  };
  const auto rows = [&](int count) {
    std::vector<double> table;
    for (; count > 0; --count)
      for (const double p : row()) table.push_back(p);
    return table;
  };
  return *ModelBuilder("mediated", "z -> x; z -> y; x -> m -> y; x -> y")
              .table("z", {}, rows(1))
              .table("x", {"z"}, rows(2))
              .table("m", {"x"}, rows(2), coupling)
              .table("y", {"x", "m", "z"}, rows(8), coupling)
              .build();
}

TEST(Ask, EffectsAreWhatTheirDefinitionsSay) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("effects_test"));
    const auto model = mediated(rng, Coupling::undeclared);
    const auto ask_model = [&](const std::string& text) { return value_of(model, text); };
    EXPECT_NEAR(ask_model("ATE(x -> y)"), ask_model("P(y | do(x=1)) - P(y | do(x=0))"), 1e-12);
    EXPECT_NEAR(ask_model("ATE(x -> y)"), ask_model("ATT(x -> y) * P(x) + ATU(x -> y) * P(x=0)"),
                1e-12);
    // Pearl 2001: the total effect is the direct one less the indirect one of the reverse change.
    EXPECT_NEAR(ask_model("TE(x -> y)"), ask_model("NDE(x -> m -> y) - NIE(x: 1, 0 -> m -> y)"),
                1e-12);
    // Pearl 2009, equation 4.11 (z, which x does not change, as the covariate).
    EXPECT_NEAR(ask_model("NDE(x -> m -> y)"),
                ask_model("(P(y|do(x=1),do(m=0)) - P(y|do(x=0),do(m=0))) * P(m=0|do(x=0))"
                          " + (P(y|do(x=1),do(m=1)) - P(y|do(x=0),do(m=1))) * P(m=1|do(x=0))"),
                1e-12);
    EXPECT_NEAR(ask_model("CDE(x -> y; m=1)"),
                ask_model("E[y | do(x=1, m=1)] - E[y | do(x=0, m=1)]"), 1e-12);
    // Effect of treatment on the treated, by adjustment for z.
    EXPECT_NEAR(ask_model("ATT(x -> y)"),
                ask_model("(P(y|x,z=0) - P(y|x=0,z=0)) * P(z=0|x)"
                          " + (P(y|x,z=1) - P(y|x=0,z=1)) * P(z=1|x)"),
                1e-12);
    EXPECT_EQ(code_of(asked(model, "PN(x -> y)")), ErrorCode::not_determined);
    const auto declared = mediated(rng, Coupling::monotone);
    // Tian & Pearl 2000: PNS = PN P(x, y) + PS P(x', y').
    EXPECT_NEAR(value_of(declared, "PNS(x -> y)"),
                value_of(declared, "PN(x -> y) * P(x, y) + PS(x -> y) * P(x=0, y=0)"), 1e-12);
  }
}

TEST(Ask, GivesCharigsKidneyStonesAsSimpsonsParadox) {
  // Charig, Webb, Payne & Wickham 1986, BMJ 292: 81/87 and 192/263 recover with treatment a (small,
  // large stones), 234/270 and 55/80 with b. Adjusted: 0.8325 and 0.7789 (Peters et al.
  // 2017, 6.16).
  const auto model =
      *ModelBuilder("stones", "size -> {treatment recovery}; treatment -> recovery")
           .binary("treatment", "b", "a")
           .binary("size", "small", "large")
           .table("size", {}, {357.0 / 700, 343.0 / 700})
           .table("treatment", {"size"}, {270.0 / 357, 87.0 / 357, 80.0 / 343, 263.0 / 343})
           .table("recovery", {"size", "treatment"},
                  {36.0 / 270, 234.0 / 270, 6.0 / 87, 81.0 / 87, 25.0 / 80, 55.0 / 80, 71.0 / 263,
                   192.0 / 263})
           .build();
  EXPECT_NEAR(value_of(model, "P(recovery | treatment=a)"), 273.0 / 350, 1e-12);
  EXPECT_NEAR(value_of(model, "P(recovery | treatment=b)"), 289.0 / 350, 1e-12);
  EXPECT_NEAR(value_of(model, "P(recovery | do(treatment=a))"), 0.8325, 5e-5);
  EXPECT_NEAR(value_of(model, "P(recovery | do(treatment=b))"), 0.7789, 5e-5);
  const auto answer = asked(model, "ATE(treatment -> recovery)");
  ASSERT_TRUE(answer && answer->identification);
  EXPECT_EQ(answer->identification->strategy, Strategy::adjustment);
  EXPECT_EQ(answer->identification->set, NodeSet{*model.require("size")});
}

TEST(Ask, GivesPearlsSmokingAndTarByTheFrontDoor) {
  // Pearl 2009, section 3.3.3, table 3.2: P(cancer | do(smoking)) = 0.4525, P(cancer | do(not)) =
  // 0.4975. Here the genotype settles smoking, which gives the table's conditional numbers.
  const auto model = *ModelBuilder("smoking", "u [latent]; u -> x -> z -> y; u -> y")
                          .table("u", {}, {0.5, 0.5})
                          .deterministic("x", {"u"}, {0, 1})
                          .table("z", {"x"}, {0.95, 0.05, 0.05, 0.95})
                          .table("y", {"u", "z"}, {0.9, 0.1, 0.95, 0.05, 0.1, 0.9, 0.15, 0.85})
                          .build();
  EXPECT_NEAR(value_of(model, "P(y | x)"), 0.8525, 1e-12);
  EXPECT_NEAR(value_of(model, "P(y | do(x=1))"), 0.4525, 1e-12);
  EXPECT_NEAR(value_of(model, "P(y | do(x=0))"), 0.4975, 1e-12);
  const auto answer = asked(model, "P(y | do(x=1))");
  ASSERT_TRUE(answer && answer->identification);
  EXPECT_EQ(answer->identification->strategy, Strategy::front_door);
}

Model chain() {
  return *ModelBuilder("chain", "x -> y -> z")
              .table("x", {}, {0.4, 0.6})
              .categorical("y", {"a", "b", "c"})
              .table("y", {"x"}, {0.5, 0.3, 0.2, 0.1, 0.2, 0.7}, Coupling::monotone)
              .table("z", {"y"}, {0.9, 0.1, 0.5, 0.5, 0.2, 0.8})
              .build();
}

TEST(Ask, TablesNameTheirAxesInOrderOfMention) {
  const auto answer = asked(chain(), "P(z=*, y=* | do(x=1))");
  ASSERT_TRUE(answer) << error_text(answer.error());
  const auto& table = std::get<Distribution>(answer->value);
  EXPECT_EQ(table.variables, (std::vector<std::string>{"z", "y"}));
  EXPECT_EQ(table.states[1], (std::vector<std::string>{"a", "b", "c"}));
  const double expected[] = {0.09, 0.1, 0.14, 0.01, 0.1, 0.56};
  ASSERT_EQ(table.probabilities.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(table.probabilities[i], expected[i], 1e-12);

  const auto rows = asked(chain(), "P(y | x=*)");
  ASSERT_TRUE(rows) << error_text(rows.error());
  const auto& by_x = std::get<Distribution>(rows->value);
  EXPECT_EQ(by_x.variables, (std::vector<std::string>{"y", "x"}));
  const double transposed[] = {0.5, 0.1, 0.3, 0.2, 0.2, 0.7};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(by_x.probabilities[i], transposed[i], 1e-12);
  EXPECT_FALSE(rows->identification);

  const auto worlds = asked(chain(), "P(y[x=0]=*, y[x=1]=a | x=*)");
  ASSERT_TRUE(worlds) << error_text(worlds.error());
  const auto& other = std::get<Distribution>(worlds->value);
  EXPECT_EQ(other.variables, (std::vector<std::string>{"y[x=false]", "x"}));
  for (const double p : {0, 1}) EXPECT_NEAR(other.probabilities[p != 0], 0.1, 1e-12);
  EXPECT_EQ(code_of(asked(chain(), "P(y=* | x=*, do(x=1))")), ErrorCode::zero_probability);
}

TEST(Ask, TheQuerysDoComesAfterTheRegimeAndWins) {
  const auto model = chain();
  EXPECT_NEAR(value_of(model, "P(y=a)", "set x=1"), 0.1, 1e-12);
  EXPECT_NEAR(value_of(model, "P(y=a | do(x=0))", "set x=1"), 0.5, 1e-12);
  EXPECT_NEAR(value_of(model, "P(y=a)", "randomize x"), 0.3, 1e-12);
  EXPECT_NEAR(value_of(model, "P(z)", "set x=1; disconnect y"),
              value_of(model, "P(y=a) * 0.1 + P(y=b) * 0.5 + P(y=c) * 0.8"), 1e-12);
  EXPECT_NEAR(value_of(model, "P(x | y=a)", "disconnect y"), 0.6, 1e-12);
  // The actual world of a counterfactual is the one under the regime.
  EXPECT_NEAR(value_of(model, "P(y[x=0]=a, x=1)", "set x=1"), 0.5, 1e-12);
  EXPECT_EQ(code_of(asked(model, "P(y=a | x=0)", "set x=1")), ErrorCode::zero_probability);
  // Under the regime y has no parents: nothing that x does reaches z.
  const auto answer = asked(model, "P(z | do(x=0))", "randomize y");
  ASSERT_TRUE(answer && answer->identification);
  EXPECT_EQ(answer->identification->strategy, Strategy::no_effect);
}

TEST(Ask, IdentificationIsThereForOneEffectOnly) {
  const auto model = chain();
  const auto has = [&](std::string_view text) {
    const auto answer = asked(model, text);
    EXPECT_TRUE(answer) << error_text(answer.error());
    return answer && answer->identification.has_value();
  };
  EXPECT_TRUE(has("ATE(x -> z)"));
  EXPECT_TRUE(has("P(z | do(x=1)) - P(z)"));
  EXPECT_TRUE(has("P(y=a, z | do(x=1)) / P(z, y=b | do(x=0))"));
  EXPECT_FALSE(has("P(z)"));
  EXPECT_FALSE(has("P(z[x=1])"));
  EXPECT_FALSE(has("P(z | do(x=1)) - P(z | do(y=a))"));
  EXPECT_FALSE(has("P(z | do(x=1)) - P(y=a | do(x=1))"));
  EXPECT_FALSE(has("P(z | do(x=1)) - P(z | do(x=1), y=a)"));
  EXPECT_FALSE(has("P(x=1 | do(x=1))"));
  const auto silent = asked(model, "ATE(x -> z)", "", {{}, false});
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->identification);
}

TEST(Ask, ContradictionsAndDivisionsByZeroAreNeverNan) {
  const auto model = chain();
  EXPECT_EQ(value_of(model, "P(x=0 | do(x=1))"), 0);
  EXPECT_EQ(value_of(model, "P(x=0, x=1)"), 0);
  EXPECT_EQ(value_of(model, "P(x[x=1]=0)"), 0);
  EXPECT_EQ(code_of(asked(model, "P(y=a | do(x=1), x=0)")), ErrorCode::zero_probability);
  EXPECT_EQ(code_of(asked(model, "1 / (P(x) - P(x))")), ErrorCode::zero_probability);
  EXPECT_EQ(code_of(asked(model, "P(x) / P(x=0 | do(x=1))")), ErrorCode::zero_probability);
  EXPECT_EQ(code_of(asked(model, "1e300 * 1e300 * P(x)")), ErrorCode::invalid_argument);
  EXPECT_EQ(value_of(model, "P(y in {a, b, c})"), 1);
}

TEST(Ask, RefusesWhatItCannotAnswer) {
  const auto model = chain();
  EXPECT_EQ(code_of(asked(model, "P(yy)")), ErrorCode::unknown_name);
  EXPECT_EQ(code_of(asked(model, "E[y]")), ErrorCode::invalid_argument);
  EXPECT_EQ(ask(model, {SetIntervention{0, 7}}, *parse_query("P(x)")).error().code,
            ErrorCode::invalid_argument);
  // A bad regime is one also where do() overrides it.
  EXPECT_EQ(ask(model, {SetIntervention{0, 7}}, *parse_query("P(z | do(x=1))")).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(ask_value(model, {}, *parse_query("P(y)")).error().code, ErrorCode::invalid_argument);
  EXPECT_NEAR(*ask_value(model, {}, *parse_query("P(x)")), 0.6, 1e-12);
  AskOptions options;
  options.inference.limits.factor_cells = 5;
  EXPECT_EQ(code_of(asked(model, "P(z)", "", options)), ErrorCode::limit_exceeded);
  CancellationSource source;
  source.cancel();
  AskOptions cancelled;
  cancelled.inference.cancellation = source.token();
  EXPECT_EQ(code_of(asked(model, "P(z)", "", cancelled)), ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym
