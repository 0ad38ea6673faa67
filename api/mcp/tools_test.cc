// The tools: the gym's, step by step and to the end; the engine's against the operations' own
// answers; schemas against the operation table; Base64 against RFC 4648.
#include <gmock/gmock.h>

#include "api/mcp/base64.h"
#include "api/mcp/operation_tools.h"
#include "api/mcp/test_server.h"
#include "api/operation_request.h"
#include "gym/environments/registry.h"
#include "gym/score/episode_scores.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of_call(const json& result) {
  EXPECT_EQ(result["isError"], true) << result;
  EXPECT_FALSE(result.contains("structuredContent"));
  return result["content"][0]["text"];
}

json structured(const json& result) {
  EXPECT_EQ(result["isError"], false) << result;
  return result.value("structuredContent", json());
}

// Plays to the end as the built-in agent would reply; gives the score.
json played_as(McpServer& server, const std::string& agent_name, const std::string& id,
               const std::string& interface) {
  const auto& environment = **find_environment(id);
  const auto agent = *make_agent(agent_name, environment);
  Rng rng(1, 1);
  auto at = structured(called(server, "enter_environment",
                              {{"environment", id}, {"interface", interface}, {"seed", 5}}));
  const auto episode = at["episode"];
  for (;;) {
    for (const auto& question : json(at["questions"])) {
      const BeliefRequest request{
          {}, question["query"], at["regime"], at["phase"], {question["low"], question["high"]}};
      const auto reply = *agent->state_belief(request, rng);
      json arguments = {{"episode", episode}, {"query", question["query"]}};
      if (const auto* stated = std::get_if<Stated>(&reply)) arguments["value"] = stated->value;
      if (const auto* no = std::get_if<Refused>(&reply)) arguments["refusal"] = no->reason;
      at = structured(called(server, "state_belief", arguments));
    }
    if (at["ended"]) return structured(called(server, "episode_score", {{"episode", episode}}));
    at = structured(called(server, "intervene",
                           {{"episode", episode}, {"intervention", at["interventions"][0]}}));
  }
}

// The same agent in a scripted episode.
EpisodeScores scripted_scores(const std::string& agent_name, const std::string& id,
                              const std::string& interface) {
  const auto& environment = **find_environment(id);
  const auto agent = *make_agent(agent_name, environment);
  Rng rng(1, 1);
  auto episode = *Episode::start(environment, *find_interface(interface),
                                 default_protocol(environment), "mcp", 5);
  while (const auto request = episode.pending())
    EXPECT_TRUE(episode.answer(agent->state_belief(*request, rng)).has_value());
  return *score_episode(environment, episode.events());
}

TEST(PlayTools, ABuiltInBehindThemScoresAsInAScriptedEpisode) {
  for (const auto* agent : {"ideal", "seeing", "stubborn"})
    for (const auto& environment : all_environments()) {
      const std::string interface =
          environment.queries.size() % 2 == 0 ? "causal" : "correlational";
      SCOPED_TRACE(std::string(agent) + " in " + environment.id + " through " + interface);
      TestServer one;
      const auto score = played_as(one.server(), agent, environment.id, interface);
      const auto expected = scripted_scores(agent, environment.id, interface);
      for (const auto& value : expected.scores)
        EXPECT_EQ(score["scores"][value.name], value.value ? json(*value.value) : json());
      EXPECT_EQ(score["counts"]["stated"], expected.counts.stated);
      EXPECT_EQ(score["counts"]["refused"], expected.counts.refused);
    }
}

TEST(PlayTools, WhatIsShownIsTheInterfacesAndNoTruth) {
  TestServer one;
  const auto result = called(one.server(), "enter_environment",
                             {{"environment", "sprinkler-v1"}, {"interface", "correlational"}});
  const auto at = structured(result);
  EXPECT_THAT(at["observation"], testing::Not(HasSubstr("Causal graph")));
  EXPECT_EQ(at["interventions"], json({"set sprinkler=on"}));
  EXPECT_EQ(at["seed"], 1);
  EXPECT_THAT(result["content"][0]["text"], HasSubstr("- P(slippery) (from 0 to 1)"));
  EXPECT_THAT(error_of_call(called(one.server(), "episode_score", {{"episode", "e1"}})),
              StartsWith("conflict: the episode goes on"));
}

TEST(PlayTools, WrongArgumentsAreNamed) {
  TestServer one;
  const auto refused = [&](const std::string& tool, const json& arguments) {
    return error_of_call(called(one.server(), tool, arguments));
  };
  const std::string sprinkler = "sprinkler-v1";
  EXPECT_THAT(refused("enter_environment", json::object()), HasSubstr("'environment' is missing"));
  EXPECT_THAT(refused("enter_environment", {{"environment", 7}}), HasSubstr("a text"));
  EXPECT_THAT(refused("enter_environment", {{"environment", "sprinkler-v2"}}),
              HasSubstr("did you mean 'sprinkler-v1'"));
  EXPECT_THAT(refused("enter_environment", {{"environment", sprinkler}, {"interface", "casual"}}),
              HasSubstr("did you mean 'causal'"));
  EXPECT_THAT(refused("enter_environment", {{"environment", sprinkler}, {"seed", -1}}),
              HasSubstr("a seed is at least 0"));
  EXPECT_THAT(refused("enter_environment", {{"environment", sprinkler}, {"sede", 1}}),
              HasSubstr("did you mean 'seed'"));
  EXPECT_THAT(refused("enter_environment", {{"environment", sprinkler}, {"queries", {"P(rian)"}}}),
              HasSubstr("rian"));
  EXPECT_THAT(refused("enter_environment", {{"environment", sprinkler},
                                            {"queries", {"P(rain | sprinkler=on)"}},
                                            {"interventions", {"sprinkler=off"}}}),
              StartsWith("zero_probability: "));
  EXPECT_EQ(one.server().options().limits.episodes.episodes, 2U);
  (void)called(one.server(), "enter_environment", {{"environment", sprinkler}});
  EXPECT_THAT(refused("state_belief", {{"episode", "e1"}}), HasSubstr("'value' or 'refusal'"));
  EXPECT_THAT(refused("state_belief", {{"episode", "e1"}, {"value", "0.5"}}),
              HasSubstr("a number"));
  EXPECT_THAT(refused("state_belief", {{"episode", "e1"}, {"value", 50}}), HasSubstr("lies in [0"));
  EXPECT_THAT(refused("state_belief", {{"episode", "e1"}, {"refusal", std::string(4097, 'x')}}),
              StartsWith("limit_exceeded: "));
  EXPECT_THAT(refused("observe", {{"episode", "e9"}}), StartsWith("not_found: no episode 'e9'"));
}

TEST(PlayTools, RoomForEpisodesIsMadeByTheIdleAndThoseThatEnded) {
  TestServer one;
  const auto enter = [&] {
    return called(one.server(), "enter_environment", {{"environment", "chain-v1"}});
  };
  const auto observe = [&](const char* handle) {
    return called(one.server(), "observe", {{"episode", handle}})["isError"] == false;
  };
  (void)enter();
  (void)enter();
  EXPECT_THAT(error_of_call(enter()), HasSubstr("2 episodes are being played"));
  const auto score = structured(called(one.server(), "leave", {{"episode", "e1"}}));
  EXPECT_EQ(score["counts"]["stated"], 0);
  EXPECT_FALSE(observe("e1"));
  EXPECT_EQ(enter()["isError"], false);  // e3 beside e2
  one.advance(std::chrono::seconds(50));
  EXPECT_TRUE(observe("e2"));
  one.advance(std::chrono::seconds(50));
  EXPECT_EQ(enter()["isError"], false);  // e4, for e3 was idle
  EXPECT_TRUE(observe("e2"));
  EXPECT_FALSE(observe("e3"));
  one.advance(std::chrono::seconds(61));
  EXPECT_FALSE(observe("e2"));
}

TEST(OperationTools, TheirSchemasAreThoseOfTheTable) {
  const auto tools = operation_tools();
  ASSERT_EQ(tools.size(), all_operations().size());
  for (std::size_t i = 0; i < tools.size(); ++i) {
    const auto& operation = all_operations()[i];
    SCOPED_TRACE(operation.name);
    EXPECT_EQ(tools[i].name, operation.name);
    EXPECT_EQ(tools[i].description, operation.description);
    const auto& schema = tools[i].input_schema;
    json required = json::array();
    for (const auto& field : operation.fields) {
      EXPECT_EQ(schema["properties"][std::string(field.name)], field_schema(field));
      if (field.required) required.push_back(field.name);
    }
    EXPECT_EQ(schema.value("required", json::array()), required);
    EXPECT_EQ(schema["properties"].size(), operation.fields.size() + (operation.name == "draw"));
  }
}

TEST(OperationTools, TheyAnswerAsTheOperationsDo) {
  const std::string graph = "z -> x; z -> y; x -> m -> y";
  const json effect = {{"graph", graph}, {"treatment", "x"}, {"outcome", "y"}};
  const json pair = {{"graph", graph}, {"x", "x"}, {"y", "y"}};
  const std::vector<std::pair<std::string, json>> calls = {
      {"ask", {{"model", "sprinkler-v1"}, {"query", "ATE(sprinkler -> slippery)"}}},
      {"identify", {{"graph", graph}, {"query", "P(y | do(x))"}}},
      {"explain", effect},
      {"adjustment_sets", effect},
      {"adjustment_sets", {{"graph", graph}, {"exposure", "x"}, {"y", {"y"}}}},
      {"separated", pair},
      {"paths", pair},
      {"draw", {{"graph", graph}, {"format", "mermaid"}}},
      {"environments", json::object()},
      {"runs", json::object()},
      {"ask", {{"model", "sprinkler-v1"}, {"query", "P(rian)"}}},
      {"separated", {{"graph", graph}, {"x", "x"}}},
  };
  TestServer one;
  for (const auto& [name, arguments] : calls) {
    SCOPED_TRACE(name + " " + arguments.dump());
    json request = arguments;
    request["operation"] = name;
    const auto answer = run_operation(request, OperationContext{});
    const auto result = called(one.server(), name, arguments);
    if (answer.contains("result"))
      EXPECT_EQ(structured(result), answer["result"]);
    else
      EXPECT_THAT(error_of_call(result),
                  StartsWith(answer["error"]["code"].get<std::string>() + ": "));
  }
}

TEST(OperationTools, ADrawingIsAlsoAnImageWhenAsked) {
  TestServer one;
  const auto result = called(one.server(), "draw", {{"graph", "x -> y"}, {"image", true}});
  const auto& content = result["content"];
  ASSERT_EQ(content.size(), 2U);
  EXPECT_THAT(content[0]["text"], StartsWith("<svg "));
  EXPECT_EQ(content[1]["mimeType"], "image/svg+xml");
  EXPECT_EQ(base64_decoded(content[1]["data"].get<std::string>()), content[0]["text"]);
  EXPECT_THAT(error_of_call(called(one.server(), "draw",
                                   {{"graph", "x -> y"}, {"image", true}, {"format", "dot"}})),
              HasSubstr("only the format svg"));
  EXPECT_THAT(error_of_call(called(one.server(), "draw", {{"graph", "x -> y"}, {"image", 1}})),
              HasSubstr("true or false"));
}

TEST(OperationTools, WordsOfTheRequestFrameAreNoArguments) {
  TestServer one;
  for (const auto* word : {"id", "operation"})
    EXPECT_THAT(error_of_call(called(one.server(), "environments", {{word, "ask"}})),
                HasSubstr(std::string("unknown field '") + word + "'"));
}

TEST(Base64, IsThatOfTheRfcBothWays) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64_encoded(bytes), text);
    EXPECT_EQ(base64_decoded(text), bytes);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(base64_decoded(base64_encoded(all)), all);
  for (const auto* broken : {"Z", "Zg", "Zg=", "Zh==", "Zg===", "Z!==", "=", "Zg==Zg=="})
    EXPECT_FALSE(base64_decoded(broken)) << broken;
}

}  // namespace
}  // namespace causal_gym
