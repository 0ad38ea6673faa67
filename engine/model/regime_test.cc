// Regimes: read from text, written back, and refused with the place and the culprit.
#include "engine/model/regime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/model/build.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

// sprinkler 0, rain 1, lung 2 (no baseline), set 3, "wet grass" 4, swapped 5
Model garden() {
  return *ModelBuilder("garden",
                       "sprinkler; rain -> \"wet grass\"; sprinkler -> \"wet grass\"; lung; set; "
                       "swapped")
              .binary("sprinkler", "off", "on")
              .binary("lung", "yes", "no")
              .binary("swapped", "1", "0")
              .categorical("rain", {"none", "<5", "5-12"})
              .table("sprinkler", {}, {0.5, 0.5})
              .table("rain", {}, {0.2, 0.3, 0.5})
              .table("lung", {}, {0.5, 0.5})
              .table("set", {}, {0.5, 0.5})
              .table("swapped", {}, {0.5, 0.5})
              .deterministic("wet grass", {"sprinkler", "rain"}, {0, 1, 1, 1, 1, 1})
              .build();
}

VariableId id(const Model& model, std::string_view name) { return *model.require(name); }

TEST(ParseRegime, ReadsEachForm) {
  const auto m = garden();
  const auto sprinkler = id(m, "sprinkler"), rain = id(m, "rain"), lung = id(m, "lung");
  const Regime on{SetIntervention{sprinkler, 1}};
  for (const auto* text :
       {"sprinkler=on", "set sprinkler=on", "do(sprinkler=on)", " do ( sprinkler = 1 ) ",
        "\"sprinkler\"=\"on\"", "set sprinkler = true"})
    EXPECT_EQ(parse_regime(text, m), on) << text;
  EXPECT_EQ(parse_regime("randomize sprinkler", m), Regime{RandomizeIntervention({sprinkler, {}})});
  EXPECT_EQ(parse_regime("randomize rain ~ 0.2, 5e-1, .3", m),
            Regime{RandomizeIntervention({rain, {0.2, 0.5, 0.3}})});
  EXPECT_EQ(parse_regime("prevent sprinkler", m), Regime{PreventIntervention{sprinkler}});
  EXPECT_EQ(parse_regime("disconnect lung", m), Regime{DisconnectIntervention{lung}});
  EXPECT_EQ(parse_regime("", m), Regime{});
  EXPECT_EQ(parse_regime(" \n ", m), Regime{});
}

TEST(ParseRegime, JoinsSeveral) {
  const auto m = garden();
  const auto sprinkler = id(m, "sprinkler"), rain = id(m, "rain"), lung = id(m, "lung");
  const Regime two{SetIntervention{sprinkler, 1}, SetIntervention{rain, 2}};
  for (const auto* text :
       {"sprinkler=on; rain=2", "sprinkler=on, rain=5-12", "do(sprinkler=on, rain=2)",
        "do(sprinkler=on), do(rain=2)", "set sprinkler=on, set rain=\"5-12\""})
    EXPECT_EQ(parse_regime(text, m), two) << text;
  EXPECT_EQ(parse_regime("randomize rain ~ 0, 0, 1; prevent sprinkler; lung=yes", m),
            (Regime{RandomizeIntervention{rain, {0, 0, 1}}, PreventIntervention{sprinkler},
                    SetIntervention{lung, 0}}));
}

TEST(ParseRegime, AVerbBeforeEqualsIsAName) {
  const auto m = garden();
  const auto set = id(m, "set");
  EXPECT_EQ(parse_regime("set=true", m), Regime{SetIntervention({set, 1})});
  EXPECT_EQ(parse_regime("set set=true", m), Regime{SetIntervention({set, 1})});
  EXPECT_EQ(parse_regime("disconnect set", m), Regime{DisconnectIntervention{set}});
}

struct Refusal {
  const char* text;
  ErrorCode code;
  const char* message;
  const char* where;
};

TEST(ParseRegime, RefusesWithPlaceAndCulprit) {
  const auto m = garden();
  const Refusal refusals[] = {
      {"do(sprinkler)", ErrorCode::parse_error, "expected '=' and a state of 'sprinkler'",
       "line 1, column 13"},
      {"sprinkler=", ErrorCode::parse_error, "found the end of the text", "line 1, column 11"},
      {"do(sprinkler=on", ErrorCode::parse_error, "expected ',' or ')'", "line 1, column 16"},
      {"sprinkler=on rain=2", ErrorCode::parse_error, "expected ';' or the end",
       "line 1, column 14"},
      {"sprinkler=on;", ErrorCode::parse_error, "expected an intervention", "line 1, column 14"},
      {"do()", ErrorCode::parse_error, "expected a variable but found ')'", "line 1, column 4"},
      {"\"sprinkler=on", ErrorCode::parse_error, "a quote is not closed", "line 1, column 1"},
      {"sprinkler=\xff", ErrorCode::parse_error, "not UTF-8", "line 1, column 11"},
      {"\"\xff\"=on", ErrorCode::parse_error, "not UTF-8", "line 1, column 2"},
      {"randomize rain ~ 0.2, x", ErrorCode::parse_error, "'x' is not a number",
       "line 1, column 23"},
      {"randomize rain ~ 0.2, nan, 1", ErrorCode::parse_error, "'nan' is not a number",
       "line 1, column 23"},
      {"sprinkler=on;\nran=1", ErrorCode::unknown_name, "no variable 'ran'", "line 2, column 1"},
      {"frobnicate rain", ErrorCode::unknown_name, "no intervention 'frobnicate'",
       "line 1, column 1"},
      {"prevent ran", ErrorCode::unknown_name, "no variable 'ran'", "line 1, column 9"},
      {"sprinkler=onn", ErrorCode::unknown_name, "has the states off, on", "line 1, column 11"},
      {"lung=true", ErrorCode::invalid_argument, "more than one state", "line 1, column 6"},
      {"sprinkler=on; prevent sprinkler", ErrorCode::invalid_argument,
       "two interventions are on 'sprinkler'", "regime[1]"},
      {"prevent lung", ErrorCode::invalid_argument, "no declared baseline", "regime[0]"},
      {"randomize rain ~ 0.5, 0.5", ErrorCode::invalid_argument, "2 numbers for 3 states",
       "regime[0]"},
      {"randomize sprinkler ~ 0.5, 0.6", ErrorCode::invalid_argument, "sums to 1.1", "regime[0]"},
      {"randomize sprinkler ~ -0.5, 1.5", ErrorCode::invalid_argument, "outside [0, 1]",
       "regime[0]"},
  };
  for (const auto& refusal : refusals) {
    const auto regime = parse_regime(refusal.text, m);
    ASSERT_FALSE(regime) << refusal.text;
    EXPECT_EQ(regime.error().code, refusal.code) << refusal.text;
    EXPECT_THAT(regime.error().message, HasSubstr(refusal.message)) << refusal.text;
    EXPECT_EQ(regime.error().where, refusal.where) << refusal.text;
  }
  EXPECT_EQ(parse_regime("ran=1", m).error().suggestion, "did you mean 'rain'?");
}

TEST(ParseRegime, IsLimitedInLength) {
  const auto m = garden();
  const std::string head = "sprinkler=on";
  const auto text = head + std::string(max_regime_text_bytes - head.size(), ' ');
  EXPECT_TRUE(parse_regime(text, m));
  const auto over = parse_regime(text + " ", m);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::limit_exceeded);
}

TEST(CheckRegime, RefusesIdsAndStatesOutOfRange) {
  const auto m = garden();
  for (const Regime& regime : {Regime{SetIntervention{6, 0}}, Regime{PreventIntervention{-1}},
                               Regime{SetIntervention{0, 2}}, Regime{SetIntervention{0, -1}}}) {
    const auto status = check_regime(m, regime);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(check_regime(m, {}));
}

TEST(RegimeText, IsReadable) {
  const auto m = garden();
  const Regime regime{SetIntervention{id(m, "sprinkler"), 1},
                      DisconnectIntervention{id(m, "wet grass")},
                      RandomizeIntervention{id(m, "rain"), {0.25, 0.25, 0.5}},
                      SetIntervention{id(m, "swapped"), 0}};
  EXPECT_EQ(regime_text(regime, m),
            "set sprinkler=on; disconnect \"wet grass\"; randomize rain ~ 0.25, 0.25, 0.5; "
            "set swapped=\"1\"");
  EXPECT_EQ(parse_regime(regime_text(regime, m), m), regime);
  EXPECT_EQ(regime_text({}, m), "");
}

Intervention random_intervention(const Model& model, VariableId v, Rng& rng) {
  const auto states = model.state_count(v);
  const auto kind = rng.below(5);
  if (kind == 1) return RandomizeIntervention{v, {}};
  if (kind == 2 && model.variable(v).baseline) return PreventIntervention{v};
  if (kind == 3) return DisconnectIntervention{v};
  if (kind != 4) return SetIntervention{v, static_cast<State>(rng.below(states))};
  RandomizeIntervention randomize{v, std::vector<double>(states)};
  double rest = 1;
  for (std::size_t i = 0; i + 1 < states; ++i) {
    randomize.probabilities[i] = rest * rng.uniform();
    rest -= randomize.probabilities[i];
  }
  randomize.probabilities.back() = rest;
  return randomize;
}

TEST(RegimeText, ReadsBackOnRandomRegimes) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("regime_test"));
    const auto model =
        seed % 4 == 0 ? garden() : random_model(random_dag(6, 0.3, rng), rng, {1, 4, true, false});
    Regime regime;
    for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v)
      if (rng.below(2) == 0) regime.push_back(random_intervention(model, v, rng));
    const auto text = regime_text(regime, model);
    const auto read = parse_regime(text, model);
    ASSERT_TRUE(read) << text << ": " << error_text(read.error());
    EXPECT_EQ(*read, regime) << text;
  }
}

}  // namespace
}  // namespace causal_gym
