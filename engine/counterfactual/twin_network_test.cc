// Twin networks against response functions enumerated one by one, published probabilities of
// causation, and the questions a table leaves open.
#include "engine/counterfactual/twin_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "engine/counterfactual/parallel_worlds.h"
#include "engine/graph/random_graph.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using World = std::vector<SetIntervention>;

// One value of a variable's noise, written out as the state it gives under each row of parents.
struct Response {
  double probability = 1;
  std::vector<State> states;  // one for each row
};

std::size_t row_count(const Model& model, VariableId v) {
  std::size_t rows = 1;
  for (const auto parent : mechanism_parents(model.mechanism(v))) rows *= model.state_count(parent);
  return rows;
}

std::vector<Response> noisy_or_responses(const NoisyOrMechanism& mechanism) {
  std::vector<Response> responses;
  const auto parents = mechanism.given.size();
  for (unsigned triggers = 0; triggers < (2U << parents); ++triggers) {
    const bool leak = (triggers >> parents & 1U) != 0;
    Response response{leak ? mechanism.leak : 1 - mechanism.leak, {}};
    for (std::size_t j = 0; j < parents; ++j)
      response.probability *=
          (triggers >> j & 1U) != 0 ? mechanism.strengths[j] : 1 - mechanism.strengths[j];
    for (unsigned row = 0; row < (1U << parents); ++row) {
      bool fires = leak;
      for (std::size_t j = 0; j < parents; ++j)
        fires = fires || ((row >> (parents - 1 - j) & 1U) != 0 && (triggers >> j & 1U) != 0);
      response.states.push_back(fires ? 1 : 0);
    }
    responses.push_back(std::move(response));
  }
  return responses;
}

std::vector<Response> independent_responses(const std::vector<double>& table, std::size_t states) {
  std::vector<Response> responses{{1, {}}};
  for (std::size_t row = 0; row < table.size() / states; ++row) {
    std::vector<Response> longer;
    for (const auto& response : responses)
      for (std::size_t s = 0; s < states; ++s) {
        auto next = response;
        next.probability *= table[row * states + s];
        next.states.push_back(static_cast<State>(s));
        longer.push_back(std::move(next));
      }
    responses = std::move(longer);
  }
  return responses;
}

// One uniform number through the inverse distribution function of each row: the midpoints of the
// pieces between all sums of all rows.
std::vector<Response> monotone_responses(const std::vector<double>& table, std::size_t states) {
  std::vector<double> cuts{0, 1};
  for (std::size_t row = 0; row < table.size(); row += states) {
    double sum = 0;
    for (std::size_t s = 0; s < states; ++s) cuts.push_back(sum += table[row + s]);
  }
  std::sort(cuts.begin(), cuts.end());
  std::vector<Response> responses;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    if (cuts[i + 1] - cuts[i] < 1e-14) continue;
    const double u = (cuts[i] + cuts[i + 1]) / 2;
    Response response{cuts[i + 1] - cuts[i], {}};
    for (std::size_t row = 0; row < table.size(); row += states) {
      double sum = table[row];
      State s = 0;
      while (u > sum) sum += table[row + static_cast<std::size_t>(++s)];
      response.states.push_back(s);
    }
    responses.push_back(std::move(response));
  }
  return responses;
}

std::vector<Response> responses_of(const Model& model, VariableId v) {
  const auto& mechanism = model.mechanism(v);
  if (const auto* noisy_or = std::get_if<NoisyOrMechanism>(&mechanism))
    return noisy_or_responses(*noisy_or);
  if (const auto* deterministic = std::get_if<DeterministicMechanism>(&mechanism))
    return {{1, deterministic->states}};
  const auto& table = std::get<TableMechanism>(mechanism);
  return table.coupling == Coupling::monotone
             ? monotone_responses(table.probabilities, model.state_count(v))
             : independent_responses(table.probabilities, model.state_count(v));
}

// Visits every joint value of the noise.
class Oracle {
 public:
  explicit Oracle(const Model& model) : model_(model) {
    for (VariableId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v)
      responses_.push_back(responses_of(model, v));
  }

  [[nodiscard]] double noise_count() const {
    double count = 1;
    for (const auto& responses : responses_) count *= static_cast<double>(responses.size());
    return count;
  }

  // The sum of probability * weight(unit) over all units; the weight asks for states by (variable,
  // world).
  template <class Weight>
  [[nodiscard]] double sum(const Weight& weight) const {
    std::vector<std::size_t> unit(responses_.size(), 0);
    double result = 0;
    do {
      double probability = 1;
      for (std::size_t v = 0; v < unit.size(); ++v)
        probability *= responses_[v][unit[v]].probability;
      if (probability == 0) continue;
      result += probability *
                weight([&](VariableId v, const World& world) { return states_in(unit, world)[v]; });
    } while (next(unit));
    return result;
  }

 private:
  [[nodiscard]] std::vector<State> states_in(const std::vector<std::size_t>& unit,
                                             const World& world) const {
    std::vector<State> states(unit.size(), 0);
    for (const auto v : model_.graph().topological_order()) {
      std::size_t row = 0;
      for (const auto parent : mechanism_parents(model_.mechanism(v)))
        row = row * model_.state_count(parent) + static_cast<std::size_t>(states[parent]);
      states[v] = responses_[v][unit[v]].states[row];
      for (const auto& set : world)
        if (set.variable == v) states[v] = set.state;
    }
    return states;
  }
  bool next(std::vector<std::size_t>& unit) const {
    for (std::size_t v = unit.size(); v-- > 0;) {
      if (++unit[v] < responses_[v].size()) return true;
      unit[v] = 0;
    }
    return false;
  }

  const Model& model_;
  std::vector<std::vector<Response>> responses_;
};

std::optional<double> oracle_value(const Oracle& oracle, const Model& model,
                                   const CheckedTerm& term) {
  const auto holds = [](const auto& state, const std::vector<CheckedEvent>& events) {
    return std::all_of(events.begin(), events.end(), [&](const CheckedEvent& event) {
      return event.allowed[state(event.variable, event.world)];
    });
  };
  const double given =
      oracle.sum([&](const auto& state) { return holds(state, term.conditions) ? 1.0 : 0.0; });
  if (given < 1e-13) return std::nullopt;
  const double mass = oracle.sum([&](const auto& state) {
    if (!holds(state, term.conditions) || !holds(state, term.events)) return 0.0;
    if (!term.expectation_of) return 1.0;
    const auto& of = *term.expectation_of;
    return model.variable(of.variable).numbers[state(of.variable, of.world)];
  });
  return mass / given;
}

Model with_couplings(const Model& model, const std::function<Coupling()>& choose) {
  std::vector<Mechanism> mechanisms(model.mechanisms().begin(), model.mechanisms().end());
  std::vector<Variable> variables(model.variables().begin(), model.variables().end());
  for (auto& mechanism : mechanisms)
    if (auto* table = std::get_if<TableMechanism>(&mechanism)) table->coupling = choose();
  for (auto& variable : variables)
    if (variable.numbers.empty())
      for (std::size_t s = 0; s < variable.states.size(); ++s)
        variable.numbers.push_back(static_cast<double>(s * s) - 1);
  for (auto& variable : variables)
    if (variable.type == VariableType::categorical) variable.type = VariableType::ordinal;
  return *Model::create(model.name(), model.graph(), variables, mechanisms);
}

CheckedEvent random_event(const Model& model, Rng& rng, bool certain = false) {
  CheckedEvent event;
  event.variable = static_cast<VariableId>(rng.below(model.variable_count()));
  for (VariableId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v)
    if (rng.below(4) == 0)
      event.world.push_back({v, static_cast<State>(rng.below(model.state_count(v)))});
  const auto states = model.state_count(event.variable);
  const auto chosen = rng.below(states);
  for (std::size_t s = 0; s < states; ++s)
    event.allowed.push_back(certain || s == chosen || (states > 2 && rng.below(3) == 0));
  return event;
}

CheckedTerm random_term(const Model& model, Rng& rng) {
  CheckedTerm term;
  for (auto n = 1 + rng.below(3); n > 0; --n) term.events.push_back(random_event(model, rng));
  for (auto n = rng.below(3); n > 0; --n) term.conditions.push_back(random_event(model, rng));
  for (auto& condition : term.conditions)
    if (rng.below(2) == 0) condition.world.clear();
  if (rng.below(3) == 0) term.expectation_of = random_event(model, rng, true);
  return term;
}

Model small_random_model(Rng& rng) {
  while (true) {
    const auto graph = random_dag(2 + rng.below(3), 0.3 + 0.6 * rng.uniform(), rng);
    RandomModelOptions options;
    options.max_states = 2 + rng.below(2);
    options.positive = rng.below(2) == 0;
    options.all_kinds = rng.below(2) == 0;
    const auto model = random_model(graph, rng, options);
    double noises = 1;
    for (VariableId v = 0; static_cast<std::size_t>(v) < model.variable_count(); ++v)
      noises *= std::pow(model.state_count(v), row_count(model, v));
    if (noises <= 10'000) return model;
  }
}

TEST(TwinNetwork, AgreesWithEveryResponseFunctionEnumerated) {
  int with_value = 0;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("twin_network_test"));
    const auto model = with_couplings(small_random_model(rng), [&] {
      return rng.below(2) == 0 ? Coupling::monotone : Coupling::independent;
    });
    const Oracle oracle(model);
    const auto term = random_term(model, rng);
    const auto truth = oracle_value(oracle, model, term);
    const auto actual = evaluate_counterfactual(model, term);
    if (!truth) {
      ASSERT_FALSE(actual) << actual->values[0];
      EXPECT_EQ(actual.error().code, ErrorCode::zero_probability);
      continue;
    }
    ASSERT_TRUE(actual) << error_text(actual.error());
    EXPECT_NEAR(actual->values[0], *truth, 1e-10);
    ++with_value;
  }
  EXPECT_GT(with_value, 5'000);
}

TEST(TwinNetwork, AnAnswerWithoutADeclaredCouplingHoldsUnderEveryCoupling) {
  int determined = 0;
  int open = 0;
  int needlessly_open = 0;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("undeclared_test"));
    const auto drawn = small_random_model(rng);
    const auto undeclared = with_couplings(drawn, [] { return Coupling::undeclared; });
    const auto monotone = with_couplings(drawn, [] { return Coupling::monotone; });
    const auto independent = with_couplings(drawn, [] { return Coupling::independent; });
    const auto term = random_term(undeclared, rng);
    const auto actual = evaluate_counterfactual(undeclared, term);
    const auto a = oracle_value(Oracle(monotone), monotone, term);
    const auto b = oracle_value(Oracle(independent), independent, term);
    if (actual) {
      ++determined;
      ASSERT_TRUE(a && b);
      EXPECT_NEAR(actual->values[0], *a, 1e-10);
      EXPECT_NEAR(actual->values[0], *b, 1e-10);
    } else if (actual.error().code == ErrorCode::not_determined) {
      ++open;
      EXPECT_NE(actual.error().message.find("'"), std::string::npos);
      if (a && b && std::abs(*a - *b) < 1e-12) ++needlessly_open;
    } else {
      EXPECT_EQ(actual.error().code, ErrorCode::zero_probability);
      EXPECT_FALSE(a && b);
    }
  }
  EXPECT_GT(determined, 500);
  EXPECT_GT(open, 300);
  EXPECT_LT(needlessly_open, open / 2);
}

CheckedEvent is(VariableId v, State state, World world = {}) {
  return {v, std::move(world), {state == 0, state == 1}, false};
}

double value_of(const Model& model, const CheckedTerm& term) {
  const auto value = evaluate_counterfactual(model, term);
  EXPECT_TRUE(value) << error_text(value.error());
  return value ? value->values.at(0) : std::nan("");
}

// x -> y with P(y | x = 0) = low and P(y | x = 1) = high.
Model exposure(double low, double high, Coupling coupling) {
  return *ModelBuilder("m", "x -> y")
              .table("x", {}, {0.4, 0.6})
              .table("y", {"x"}, {1 - low, low, 1 - high, high}, coupling)
              .build();
}

const CheckedTerm necessity{{is(1, 0, {{0, 0}})}, {is(0, 1), is(1, 1)}, {}, {}};
const CheckedTerm sufficiency{{is(1, 1, {{0, 1}})}, {is(0, 0), is(1, 0)}, {}, {}};
const CheckedTerm both{{is(1, 1, {{0, 1}}), is(1, 0, {{0, 0}})}, {}, {}, {}};

TEST(TwinNetwork, MonotoneNoiseGivesThePointsOfTianAndPearl) {
  // Pearl 2009, section 9.3.3, table 9.1: 30 of 69,160 exposed children and 16 of 59,026 others
  // died of leukaemia. Tian & Pearl 2000, theorem 3: under monotonicity and exogeneity PNS = P(y|x)
  // - P(y|x'), PN = PNS / P(y|x), PS = PNS / P(y'|x').
  const double high = 30.0 / 69'160;
  const double low = 16.0 / 59'026;
  const auto model = exposure(low, high, Coupling::monotone);
  EXPECT_NEAR(value_of(model, both), high - low, 1e-15);
  EXPECT_NEAR(value_of(model, necessity), 0.375, 5e-4);
  EXPECT_NEAR(value_of(model, necessity), (high - low) / high, 1e-12);
  EXPECT_NEAR(value_of(model, sufficiency), (high - low) / (1 - low), 1e-12);
}

TEST(TwinNetwork, GivesPearlsBetOnAFairCoin) {
  // Pearl 2009, section 9.3.1: the bet is won when it matches the coin. PN = PS = 1, PNS = 1/2.
  const auto model = *ModelBuilder("coin", "x -> y <- coin")
                          .table("x", {}, {0.5, 0.5})
                          .table("coin", {}, {0.5, 0.5})
                          .deterministic("y", {"x", "coin"}, {1, 0, 0, 1})
                          .build();
  EXPECT_NEAR(value_of(model, necessity), 1, 1e-15);
  EXPECT_NEAR(value_of(model, sufficiency), 1, 1e-15);
  EXPECT_NEAR(value_of(model, both), 0.5, 1e-15);
}

TEST(TwinNetwork, GivesPearlsFiringSquad) {
  // Pearl 2009, section 9.3.2: the captain's order u makes both riflemen shoot. For one of them
  // PN = 0, PS = 1, PNS = 1/2.
  const auto model = *ModelBuilder("squad", "a -> death <- b; u -> {a b}")
                          .table("u", {}, {0.5, 0.5})
                          .deterministic("a", {"u"}, {0, 1})
                          .deterministic("b", {"u"}, {0, 1})
                          .deterministic("death", {"a", "b"}, {0, 1, 1, 1})
                          .build();
  EXPECT_NEAR(value_of(model, necessity), 0, 1e-15);
  EXPECT_NEAR(value_of(model, sufficiency), 1, 1e-15);
  EXPECT_NEAR(value_of(model, both), 0.5, 1e-15);
}

TEST(TwinNetwork, DeclaredNoiseStaysWithinTheSharpBoundsOfTianAndPearl) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, 3);
    const double low = rng.uniform();
    const double high = rng.uniform();
    for (const auto coupling : {Coupling::monotone, Coupling::independent}) {
      const auto model = exposure(low, high, coupling);
      const double pns = value_of(model, both);
      // Tian & Pearl 2000, equation 14.
      EXPECT_GE(pns, std::max(0.0, high - low) - 1e-12);
      EXPECT_LE(pns, std::min(high, 1 - low) + 1e-12);
      EXPECT_NEAR(pns,
                  coupling == Coupling::monotone ? std::max(0.0, high - low) : high * (1 - low),
                  1e-12);
      EXPECT_NEAR(value_of(model, necessity), pns / high, 1e-12);
    }
  }
}

TEST(TwinNetwork, NoisyOrHasItsOwnNoise) {
  // y fires by the leak or by x: y would have stayed off without x exactly when the leak did.
  const auto model = *ModelBuilder("m", "x -> y")
                          .table("x", {}, {0.5, 0.5})
                          .noisy_or("y", {{"x", 0.8}}, 0.1)
                          .build();
  EXPECT_NEAR(value_of(model, necessity), 0.8 * 0.9 / (1 - 0.9 * 0.2), 1e-12);
  EXPECT_NEAR(value_of(model, both), 0.9 * 0.8, 1e-12);
}

TEST(TwinNetwork, WhatATableLeavesOpenIsSaidWithTheMechanismToDeclare) {
  const auto model = exposure(0.2, 0.7, Coupling::undeclared);
  const auto open = evaluate_counterfactual(model, necessity);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, ErrorCode::not_determined);
  EXPECT_NE(open.error().message.find("'y'"), std::string::npos);
  EXPECT_EQ(open.error().where, "mechanisms.y");
  EXPECT_NE(open.error().suggestion.find("coupling"), std::string::npos);
}

TEST(TwinNetwork, OneWorldAloneNeedsNoCoupling) {
  const auto model = exposure(0.2, 0.7, Coupling::undeclared);
  EXPECT_NEAR(value_of(model, {{is(1, 1, {{0, 1}})}, {}, {}, {}}), 0.7, 1e-12);
  // Given what was taken (the effect on the treated), and given the outcome that was seen (what had
  // been is what was: consistency).
  EXPECT_NEAR(value_of(model, {{is(1, 1, {{0, 0}})}, {is(0, 1)}, {}, {}}), 0.2, 1e-12);
  EXPECT_NEAR(value_of(model, {{is(1, 1, {{0, 1}})}, {is(0, 1), is(1, 1)}, {}, {}}), 1, 1e-12);
  EXPECT_NEAR(value_of(model, {{is(0, 1)}, {is(1, 1, {{0, 1}})}, {}, {}}), 0.6, 1e-12);
}

TEST(TwinNetwork, CopiesOnlyWhatDescendsFromASetVariable) {
  const auto model = *ModelBuilder("m", "z -> x -> y <- z; z -> w")
                          .table("z", {}, {0.5, 0.5})
                          .table("x", {"z"}, {0.7, 0.3, 0.2, 0.8})
                          .table("y", {"x", "z"}, {0.9, 0.1, 0.6, 0.4, 0.3, 0.7, 0.2, 0.8})
                          .table("w", {"z"}, {0.9, 0.1, 0.4, 0.6})
                          .build();
  const auto x = *model.require("x");
  const auto y = *model.require("y");
  const auto z = *model.require("z");
  const auto w = *model.require("w");
  const ParallelWorlds worlds(model, {is(y, 1, {{x, 1}}), is(y, 0), is(w, 1)}, {});
  std::map<VariableId, int> copies;
  for (const auto& copy : worlds.copies()) ++copies[copy.variable];
  EXPECT_EQ(copies, (std::map<VariableId, int>{{z, 1}, {x, 1}, {y, 2}, {w, 1}}));
  const ParallelWorlds seen(model, {is(y, 1, {{x, 1}}), is(y, 0), is(x, 1)}, {});
  EXPECT_FALSE(seen.possible());  // x was 1, so y would be what it was
}

TEST(TwinNetwork, TablesHaveAnAxisForEachMention) {
  const auto model = exposure(0.2, 0.7, Coupling::monotone);
  const auto each = [](World world) {
    return CheckedEvent{1, std::move(world), {true, true}, true};
  };
  const auto table = evaluate_counterfactual(model, {{each({{0, 0}}), each({{0, 1}})}, {}, {}, {}});
  ASSERT_TRUE(table) << error_text(table.error());
  EXPECT_EQ(table->variables, (std::vector<VariableId>{1, 1}));
  ASSERT_EQ(table->values.size(), 4U);
  const double expected[] = {0.3, 0.5, 0, 0.2};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(table->values[i], expected[i], 1e-12);
  // The world that was is one of the two: both axes are one variable.
  const auto same =
      evaluate_counterfactual(model, {{each({}), each({{0, 1}})}, {is(0, 1)}, {}, {}});
  ASSERT_TRUE(same) << error_text(same.error());
  EXPECT_NEAR(same->values[0], 0.3, 1e-12);
  EXPECT_EQ(same->values[1], 0);
  EXPECT_NEAR(same->values[3], 0.7, 1e-12);
}

TEST(TwinNetwork, ContradictionsLimitsAndCancellationAreSaid) {
  const auto model = exposure(0.2, 0.7, Coupling::monotone);
  // An event against its own world has probability zero; a condition cannot happen.
  EXPECT_EQ(value_of(model, {{is(0, 0, {{0, 1}})}, {}, {}, {}}), 0);
  EXPECT_EQ(value_of(model, {{is(1, 0, {{0, 1}}), is(1, 1, {{0, 1}})}, {}, {}, {}}), 0);
  EXPECT_EQ(evaluate_counterfactual(model, {{is(1, 1)}, {is(0, 0, {{0, 1}})}, {}, {}}).error().code,
            ErrorCode::zero_probability);
  InferenceOptions small;
  small.limits.factor_cells = 3;
  EXPECT_EQ(evaluate_counterfactual(model, necessity, small).error().code,
            ErrorCode::limit_exceeded);
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(evaluate_counterfactual(model, necessity, {{}, source.token()}).error().code,
            ErrorCode::cancelled);
  const auto colours = *ModelBuilder("m", "c")
                            .categorical("c", {"red", "green", "blue"})
                            .table("c", {}, {0.2, 0.3, 0.5})
                            .build();
  CheckedTerm mean;
  mean.expectation_of = CheckedEvent{0, {}, {true, true, true}, false};
  EXPECT_EQ(evaluate_counterfactual(colours, mean).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace causal_gym
