// Identification through the API: derivations that pass the checker and false ones that do not,
// models that disagree, other data than observation, and inputs that are too large.
#include "api/identify_operations.h"

#include "api/graph_json.h"
#include "api/operations.h"
#include "engine/graph/random_graph.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json ask_for(const char* operation, json request) {
  request["operation"] = operation;
  const auto answer = run_operation(request, {});
  EXPECT_TRUE(answer.contains("result")) << request << answer;
  return answer.value("result", json::object());
}

json identify(const json& graph, const json& more = json::object()) {
  json request = {{"graph", graph}};
  if (!more.contains("query")) request.update({{"treatment", "x"}, {"outcome", "y"}});
  request.update(more);
  return ask_for("identify", request);
}

constexpr const char* identifiable_graphs[] = {
    "z -> {x y}; x -> y",                     // back door
    "x -> m -> y; x <-> y",                   // front door
    "w -> r -> x -> y; w <-> x; w <-> y",     // napkin
    "u [latent]; u -> {x y}; x -> m -> y",    // front door, its cause drawn
    "a -> {x m}; b -> {m y}; x -> y",         // M
    "x -> z -> y; x -> w; z <-> w; w <-> y",  // Shpitser & Pearl 2006
    "y -> x; x <-> y",                        // no effect
    "x -> z1 -> y; z2 -> {x z1 y}; z3 -> {z2 y}; x <-> z2; x <-> z3; x <-> y; y <-> z2",  // Tian
};

TEST(IdentifyOperation, its_derivations_pass_the_checker_alone_and_inside_the_answer) {
  for (const auto* graph : identifiable_graphs) {
    SCOPED_TRACE(graph);
    const auto answer = identify(graph);
    ASSERT_EQ(answer["identifiable"], true);
    ASSERT_TRUE(answer["derivation"].is_object());
    EXPECT_EQ(answer["derivation"]["goal"]["text"], answer["effect"]);
    for (const auto& derivation : {answer["derivation"], answer}) {
      const auto check =
          ask_for("check_derivation",
                  {{"graph", graph}, {"derivation", derivation}, {"estimand", answer["estimand"]}});
      EXPECT_EQ(check["valid"], true) << check;
    }
  }
}

TEST(IdentifyOperation, a_derivation_with_a_step_left_out_or_for_another_graph_is_wrong) {
  for (const auto* graph : identifiable_graphs) {
    SCOPED_TRACE(graph);
    const auto answer = identify(graph);
    const auto& derivation = answer["derivation"];
    for (std::size_t i = 0; i < derivation["steps"].size(); ++i) {
      auto shorter = derivation;
      shorter["steps"].erase(i);
      EXPECT_EQ(ask_for("check_derivation", {{"graph", graph},
                                             {"derivation", shorter},
                                             {"estimand", answer["estimand"]}})["valid"],
                false)
          << "without step " << i;
    }
    // Where everything is tied to everything, no rule of the do-calculus has what it needs.
    const std::string complete = "x -> y; x <-> y; w; r; m; z; a; b; z1; z2; z3";
    EXPECT_NE(
        ask_for("check_derivation", {{"graph", complete}, {"derivation", derivation}})["valid"],
        std::string(graph) == "y -> x; x <-> y" ? json() : json(true));
  }
}

TEST(IdentifyOperation, a_no_has_two_models_that_answer_as_it_says) {
  for (const auto* graph :
       {"x -> y; x <-> y", "z -> x -> y; x <-> y", "x -> m -> y; x <-> m; x <-> y"}) {
    SCOPED_TRACE(graph);
    const auto answer = identify(graph, {{"models", true}});
    ASSERT_EQ(answer["identifiable"], false);
    EXPECT_TRUE(answer["hedge"].is_object());
    const auto& models = answer["models"];
    const auto value = [&](const char* which, const json& query) {
      return ask_for("ask", {{"model", models[which]}, {"query", query}})["value"].get<double>();
    };
    EXPECT_NEAR(value("first", models["question"]), models["answers"][0], 1e-9);
    EXPECT_NEAR(value("second", models["question"]), models["answers"][1], 1e-9);
    EXPECT_GT(std::abs(models["answers"][0].get<double>() - models["answers"][1].get<double>()),
              1e-3);
    EXPECT_NEAR(value("first", "P(y=1 | x=1)"), value("second", "P(y=1 | x=1)"), 1e-9);
  }
}

TEST(IdentifyOperation, more_data_never_take_an_answer_away) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed, stream_of("more data"));
    const auto graph = graph_json(random_admg(4, 0.6, 0.5, rng));
    const json effect = {{"treatment", "a"}, {"outcome", "b"}};
    const auto with = [&](const json& available) {
      return identify(graph, {{"treatment", "a"}, {"outcome", "b"}, {"available", available}});
    };
    const auto seen = identify(graph, effect)["identifiable"];
    EXPECT_EQ(with(json::array({json::object()}))["identifiable"], seen);
    const auto with_trial = with(json::array({json::object(), {{"do", {"c", "d"}}}}));
    if (seen == true) {
      EXPECT_EQ(with_trial["identifiable"], true);
    }
    EXPECT_EQ(with_trial["thicket"].is_null(), with_trial["identifiable"] == true);
    EXPECT_EQ(with(json::array({{{"do", "a"}}}))["identifiable"], true);
  }
  // Bareinboim & Pearl 2012, UAI: an experiment on a surrogate.
  const auto surrogate = "z -> x -> y; z <-> x; z <-> y";
  EXPECT_EQ(identify(surrogate)["identifiable"], false);
  const json trial = json::array({{{"do", "z"}}});
  EXPECT_EQ(identify(surrogate, {{"available", trial}})["identifiable"], true);
}

TEST(IdentifyOperation, experiments_answer_the_bow_and_never_two_worlds_at_once) {
  const auto bow = "x -> y; x <-> y";
  const auto verdict = [&](const char* query, const json& available) {
    json more = {{"query", query}};
    if (!available.is_null()) more["available"] = available;
    return identify(bow, more)["identifiable"];
  };
  EXPECT_EQ(verdict("P(y[x=1]=1)", nullptr), false);
  EXPECT_EQ(verdict("P(y[x=1]=1)", "experiments"), true);
  EXPECT_EQ(verdict("P(y | do(x=1))", "experiments"), true);
  EXPECT_EQ(verdict("P(y[x=1]=1, y[x=0]=0)", "experiments"), false);
}

TEST(IdentifyOperation, a_derivation_that_cannot_be_is_explained) {
  const auto answer =
      identify("z -> {x y}; x -> y", {{"query", "ATT(x -> y)"}, {"derivation", true}});
  EXPECT_TRUE(answer["derivation"].is_null());
  EXPECT_THAT(answer["no_derivation"], HasSubstr("observation"));
  EXPECT_FALSE(identify("x -> y").contains("no_derivation"));
}

const json p_of_y = {{"op", "P"}, {"vars", {"y"}}};

json nested(std::size_t depth) {
  auto tree = p_of_y;
  for (std::size_t i = 0; i < depth; ++i)
    tree = {{"op", "fraction"}, {"num", {{"op", "one"}}}, {"den", std::move(tree)}};
  return tree;
}

json check_tree(const json& tree, const char* field) {
  json derivation = {{"goal", p_of_y}, {"steps", json::array()}};
  json request = {{"operation", "check_derivation"}, {"graph", "x -> y"}};
  if (field == std::string("goal")) derivation["goal"] = tree;
  if (field == std::string("estimand")) request["estimand"] = tree;
  if (field == std::string("from"))
    derivation["steps"].push_back({{"rule", "algebra"}, {"from", tree}, {"to", tree}});
  request["derivation"] = derivation;
  return run_operation(request, {});
}

TEST(CheckDerivationOperation, deep_and_wide_expressions_are_over_a_limit_wherever_they_stand) {
  const json factors(20'001, p_of_y);
  const json wide = {{"op", "product"}, {"args", factors}};
  const std::pair<const char*, const char*> places[] = {
      {"goal", "derivation.goal"}, {"estimand", "estimand"}, {"from", "derivation.steps[0].from"}};
  for (const auto& [field, where] : places) {
    EXPECT_TRUE(check_tree(nested(60), field).contains("result")) << field;
    EXPECT_TRUE(check_tree(nested(1'000), field).contains("result")) << field;
    for (const auto& tree : {nested(1'001), nested(20'000), wide}) {
      const auto answer = check_tree(tree, field);
      EXPECT_EQ(answer["error"]["code"], "limit_exceeded") << field;
      EXPECT_EQ(answer["error"]["where"], where);
    }
  }
}

TEST(CheckDerivationOperation, long_derivations_are_unchecked_and_endless_ones_over_a_limit) {
  const auto with_steps = [](std::size_t count) {
    const json step = {{"rule", "algebra"}, {"from", p_of_y}, {"to", p_of_y}};
    return run_operation({{"operation", "check_derivation"},
                          {"graph", "x -> y"},
                          {"derivation", {{"goal", p_of_y}, {"steps", json(count, step)}}}},
                         {});
  };
  EXPECT_EQ(with_steps(1'000)["result"]["verdict"], "valid");
  const auto longer = with_steps(1'001)["result"];
  EXPECT_EQ(longer["verdict"], "unchecked");
  EXPECT_TRUE(longer["valid"].is_null());
  const auto endless = with_steps(10'001)["error"];
  EXPECT_EQ(endless["code"], "limit_exceeded");
  EXPECT_EQ(endless["where"], "derivation.steps");
}

TEST(ExplainOperation, it_agrees_with_the_operations_it_draws_together) {
  for (const auto* graph : identifiable_graphs) {
    SCOPED_TRACE(graph);
    const json effect = {{"graph", graph}, {"treatment", "x"}, {"outcome", "y"}};
    const auto page = ask_for("explain", effect);
    auto plain = effect;
    plain["derivation"] = false;
    EXPECT_EQ(page["identification"], ask_for("identify", plain));
    EXPECT_EQ(page["adjustment_sets"], ask_for("adjustment_sets", effect));
    EXPECT_EQ(page["front_door_set"].is_null(),
              ask_for("front_door_sets", effect)["exists"] == false);
    EXPECT_EQ(page["repairs"]["repairs"], json::array());
    EXPECT_FALSE(page["page"].empty());
  }
}

}  // namespace
}  // namespace causal_gym
