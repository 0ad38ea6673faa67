// What the built-in agents say as models, before any wire writes it.
#include "api/reference/reference_chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "gym/agent/built_in.h"
#include "gym/agent/prompt.h"
#include "gym/agent/turn.h"
#include "gym/environments/registry.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string question(const std::string& query, const std::string& regime = "",
                     const std::string& environment = "sprinkler-v1") {
  return "Environment: " + environment + "\n" +
         (regime.empty() ? "" : "Intervention in force: " + regime + "\n") + "Question: " + query +
         "\n";
}

ReferenceRequest asking(const std::string& user, const std::string& model = "causal-gym/ideal") {
  return {.model = model, .turns = {{ReferenceRole::user, user}}, .turns_path = "messages"};
}

ReferenceRequest with_tools(ReferenceRequest request, std::vector<std::string> names) {
  for (auto& name : names)
    request.tools.push_back({std::move(name), nullptr, "tools[0].function.parameters"});
  return request;
}

ReferenceChoice answer(const ReferenceRequest& request) {
  const auto choices = answer_reference_chat(request);
  EXPECT_TRUE(choices) << error_text(choices.error());
  return choices ? choices->front() : ReferenceChoice{};
}

Error error_of(const ReferenceRequest& request) {
  const auto choices = answer_reference_chat(request);
  EXPECT_FALSE(choices) << choices->front().text;
  return choices ? Error{} : choices.error();
}

// The text of every stated belief reads back to the double that the agent states.
TEST(ReferenceChat, SaysExactlyWhatTheAgentStates) {
  std::size_t stated = 0;
  for (const auto& environment : all_environments())
    for (const auto* agent : {"ideal", "seeing", "reverser", "associator", "stubborn"})
      for (const auto& regime : environment.interventions)
        for (const auto& query : environment.queries) {
          const auto read = read_belief_question(query, environment.model);
          const auto made = make_agent(agent, environment);
          Rng rng(0, 0);
          const auto reply = (*made)->state_belief({{}, read->text, regime, 1, read->range}, rng);
          ASSERT_TRUE(reply) << error_text(reply.error());
          const auto said = answer(
              asking(question(query, regime, environment.id), std::string("causal-gym/") + agent));
          if (const auto* belief = std::get_if<Stated>(&*reply)) {
            EXPECT_EQ(json::parse(said.text)["belief"].get<double>(), belief->value);
            EXPECT_EQ(said.kind, ReferenceKind::text);
            ++stated;
          } else {
            EXPECT_EQ(said.kind, ReferenceKind::refusal);
          }
        }
  EXPECT_GT(stated, 100U);
}

TEST(ReferenceChat, DoingDiffersFromSeeing) {
  const auto user = question("P(rain | do(sprinkler=on))");
  EXPECT_EQ(answer(asking(user)).text, "{\"belief\": 0.4}");
  EXPECT_NE(answer(asking(user, "causal-gym/seeing")).text, "{\"belief\": 0.4}");
  EXPECT_EQ(answer(asking(question("P(rain)", "sprinkler=on"))).text, "{\"belief\": 0.4}");
}

TEST(ReferenceChat, AnAgentWithoutAnAnswerRefuses) {
  const auto refusal =
      answer(asking(question("P(slippery[sprinkler=on] | sprinkler=off)"), "causal-gym/seeing"));
  EXPECT_EQ(refusal.kind, ReferenceKind::refusal);
  EXPECT_EQ(refusal.text, "seeing has no answer to this question");
  EXPECT_EQ(refusal.tokens, 7);
}

TEST(ReferenceChat, TheLastUserMessageAsks) {
  auto request = asking(question("P(slippery)"));
  request.turns.insert(request.turns.begin(), {{ReferenceRole::system, "Be brief."},
                                               {ReferenceRole::user, question("P(rain)")},
                                               {ReferenceRole::assistant, "{\"belief\": 0}"}});
  EXPECT_EQ(answer(request).text, answer(asking(question("P(slippery)"))).text);
  request.turns.push_back({ReferenceRole::user, "Are you sure?"});
  EXPECT_EQ(error_of(request).code, ErrorCode::parse_error);
  EXPECT_EQ(error_of(request).where, "messages");
}

TEST(ReferenceChat, CallsTheToolWhereItMay) {
  const auto asked = asking(question("P(rain | do(sprinkler=on))"));
  const auto tools = with_tools(asked, {"observe", "intervene", "ask_history", "state_belief"});
  EXPECT_EQ(answer(tools).kind, ReferenceKind::tool_call);
  EXPECT_EQ(answer(tools).text, "{\"belief\": 0.4}");
  auto forbidden = tools;
  forbidden.tool_use = ReferenceToolUse::forbidden;
  EXPECT_EQ(answer(forbidden).kind, ReferenceKind::text);
  EXPECT_EQ(answer(with_tools(asked, {"observe"})).kind, ReferenceKind::text);
  auto required = with_tools(asked, {"observe"});
  required.tool_use = ReferenceToolUse::required;
  EXPECT_EQ(error_of(required).where, "tools");
  auto other = tools;
  other.named_tool = "observe";
  EXPECT_EQ(error_of(other).where, "tool_choice");
}

TEST(ReferenceChat, AnAnsweredQuestionIsNotCalledAgain) {
  auto request = with_tools(asking(question("P(slippery)")), {"state_belief"});
  request.turns.push_back({ReferenceRole::assistant, ""});
  request.turns.push_back({ReferenceRole::tool_result, "noted", "state_belief"});
  EXPECT_EQ(answer(request).kind, ReferenceKind::text);
  auto required = request;
  required.tool_use = ReferenceToolUse::required;
  EXPECT_EQ(answer(required).kind, ReferenceKind::tool_call);
  // A result that asks the next question is answered by the next call.
  request.turns.back().text = question("P(rain)");
  const auto next = answer(request);
  EXPECT_EQ(next.kind, ReferenceKind::tool_call);
  EXPECT_EQ(next.text, answer(asking(question("P(rain)"))).text);
}

TEST(ReferenceChat, FillsTheSchemaThatIsAskedFor) {
  auto request = asking(question("P(rain | do(sprinkler=on))"));
  request.schema_path = "response_format.json_schema.schema";
  const auto said = [&](const char* schema) {
    request.schema = json::parse(schema);
    return answer(request).text;
  };
  EXPECT_EQ(said(R"({"type": "object", "properties": {"belief": {"type": "number"}}})"),
            R"({"belief": 0.4})");
  EXPECT_EQ(
      said(R"({"properties": {"belief": {"type": ["number", "null"]}, "why": {"type": "string"},
               "query": {"type": "string"}, "more": {"type": "string"},
               "sure": {"type": ["boolean", "null"]}},
               "required": ["belief", "why", "query", "sure"]})"),
      "{\"belief\": 0.4, \"query\": \"P(rain | do(sprinkler=on))\", \"sure\": null, "
      "\"why\": \"\"}");
  EXPECT_EQ(said(R"({"properties": {"belief": {"type": "string"}}})"), R"({"belief": "0.4"})");
  for (const auto& [schema, where] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"({"type": "object"})", ""},
           {R"({"properties": {"probability": {"type": "number"}}})", ""},
           {R"({"properties": {"belief": {"type": "boolean"}}})", ".properties.belief"},
           {R"({"properties": {"belief": {}, "n": {"type": "integer"}}, "required": ["n"]})",
            ".properties.n"}}) {
    request.schema = json::parse(schema);
    EXPECT_EQ(error_of(request).where, request.schema_path + where) << schema;
  }
}

TEST(ReferenceChat, ALimitCutsTheReply) {
  auto request = asking(question("P(rain | do(sprinkler=on))"));
  request.most_tokens = 2;
  EXPECT_FALSE(answer(request).is_cut);
  EXPECT_EQ(answer(request).tokens, 2);
  request.most_tokens = 1;
  EXPECT_TRUE(answer(request).is_cut);
  EXPECT_EQ(answer(request).text, "{\"belief\":");
  request.most_tokens = 0;
  EXPECT_EQ(answer(request).text, "");
}

TEST(ReferenceChat, TheSameRequestHasTheSameAnswerAndChoicesDiffer) {
  for (const auto* model : {"causal-gym/random", "causal-gym/noisy_ideal(0.1)"}) {
    auto request = asking(question("P(slippery)"), model);
    request.choices = 8;
    request.hash = 5;
    const auto texts = [](const ReferenceRequest& asked) {
      std::set<std::string> said;
      const auto choices = answer_reference_chat(asked);
      for (const auto& choice : *choices) said.insert(choice.text);
      return said;
    };
    EXPECT_EQ(texts(request).size(), 8U) << model;
    EXPECT_EQ(texts(request), texts(request));
    auto seeded = request;
    seeded.seed = 1;
    EXPECT_NE(texts(seeded), texts(request));
    seeded = request;
    seeded.hash = 6;
    EXPECT_NE(texts(seeded), texts(request));
  }
}

TEST(ReferenceChat, ErrorsNameTheCulprit) {
  const auto message = [](const std::string& user, const std::string& model = "causal-gym/ideal") {
    const auto error = error_of(asking(user, model));
    return error.where + ": " + error.message + "; " + error.suggestion;
  };
  const auto good = question("P(slippery)");
  EXPECT_THAT(message(good, "causal-gym/idael"), HasSubstr("did you mean 'ideal'?"));
  EXPECT_THAT(message(good, "gpt-4o"), HasSubstr("model: The model 'gpt-4o' does not exist"));
  EXPECT_THAT(message(good, "causal-gym/noisy_ideal"), HasSubstr("noisy_ideal(sigma)"));
  EXPECT_THAT(message("How likely is rain?"), HasSubstr("messages: the prompt has no line"));
  EXPECT_THAT(message(question("P(slippery)", "", "sprinklr-v1")), HasSubstr("sprinkler-v1"));
  EXPECT_THAT(message(question("P(slipery)")), HasSubstr("slippery"));
  EXPECT_THAT(message(question("P(slippery)", "sprinkler=wet")), HasSubstr("wet"));
  EXPECT_EQ(error_of(asking(good, "gpt-4o")).code, ErrorCode::not_found);
  ReferenceRequest silent = {.model = "causal-gym/ideal", .turns = {}, .turns_path = "input"};
  EXPECT_EQ(error_of(silent).where, "input");
}

TEST(ReferenceModels, AreTheBuiltInAgents) {
  const auto models = reference_models();
  EXPECT_EQ(models.size(), built_in_agents().size());
  for (const auto& model : models) EXPECT_TRUE(check_reference_model(model)) << model;
  EXPECT_THAT(models, ::testing::Contains("causal-gym/noisy_ideal(0.1)"));
}

TEST(ReferenceTokens, AreWords) {
  EXPECT_EQ(count_tokens(" two  words\n"), 2);
  EXPECT_EQ(count_tokens(""), 0);
  EXPECT_EQ(count_tokens_in(json::parse(R"([{"a key": "three words here"}, ["one", 2, null]])")),
            4);
}

TEST(ReferenceHash, DependsOnAllButTheDelivery) {
  const auto hash = [](const char* body) { return hash_of_request(json::parse(body)); };
  const auto plain = hash(R"({"model": "m", "seed": 1})");
  EXPECT_EQ(plain, hash(R"({"seed": 1, "stream_options": {}, "stream": true, "model": "m"})"));
  EXPECT_NE(plain, hash(R"({"model": "m", "seed": 2})"));
}

ReferenceRequest playing(const std::string& result) {
  auto request = asking("Environment: sprinkler-v1\nQuestion: P(rain)\n");
  request.turns.push_back({ReferenceRole::assistant, ""});
  request.turns.push_back({ReferenceRole::tool_result, result, "state_belief"});
  for (const auto& tool : agent_tools())
    request.tools.push_back(
        {std::string(tool.name), json::parse(tool.parameters), "tools[0].function.parameters"});
  return request;
}

std::string standing(const std::string& now) {
  return "Environment: sprinkler-v1\n\n--- Now ---\n" + now;
}

TEST(ReferenceChat, PlaysWithToolsWhatTheLastResultAsksFor) {
  const auto belief =
      answer(playing(standing("Intervention in force: set sprinkler=on\nQuestion: P(rain)\n")));
  EXPECT_EQ(belief.tool, "state_belief");
  EXPECT_EQ(json::parse(belief.text), json::parse(R"j({"belief":0.4,"query":"P(rain)"})j"));
  const auto next =
      answer(playing(standing("Intervention in force: none\nEvery question of this "
                              "phase is answered.\nIntervention offered: set "
                              "sprinkler=on\nIntervention offered: set rain=true\n")));
  EXPECT_EQ(next.tool, "intervene");
  EXPECT_EQ(json::parse(next.text), json::parse(R"({"intervention":"set sprinkler=on"})"));
  const auto ended =
      answer(playing(standing("Intervention in force: none\nThe episode has ended.\n")));
  EXPECT_EQ(ended.kind, ReferenceKind::text);
}

TEST(ReferenceChat, ABeliefThatIsNotHadIsNullWhereTheToolTakesNull) {
  auto request = playing(standing(
      "Intervention in force: none\nQuestion: P(slippery[sprinkler=on] | sprinkler=off)\n"));
  request.model = "causal-gym/seeing";
  const auto said = answer(request);
  EXPECT_EQ(said.tool, "state_belief");
  EXPECT_TRUE(json::parse(said.text).at("belief").is_null());
}

}  // namespace
}  // namespace causal_gym
