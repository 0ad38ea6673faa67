// Our own codecs as clients of the reference endpoint: a built-in agent behind any wire, whole or
// streamed, in text or by a tool, states exactly what it states at home.
#include "apps/server/reference_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "apps/server/gate.h"
#include "gym/agent/built_in.h"
#include "gym/agent/prompt.h"
#include "gym/environments/registry.h"
#include "gym/episode/episode.h"
#include "platform/config/temporary_folder.h"
#include "platform/llm/belief_json.h"
#include "platform/llm/wire.h"
#include "platform/store/open_store.h"

namespace causal_gym {
namespace {

using ::testing::HasSubstr;

constexpr const char* origin = "http://127.0.0.1:1";
const FixedClock standing_clock{std::chrono::system_clock::time_point{}};

HttpResponse send(const std::string& method, const std::string& path, std::string body = {},
                  NamedTexts headers = {}) {
  static const TemporaryFolder folder;
  static const auto runs = open_store(folder.file("runs.sqlite"));
  static const auto rates = make_memory_rate_state(standing_clock);
  static const Gate gate({}, nullptr, *rates, **runs);
  static const auto answers =
      with_wire_errors(Router(gate.guarded(reference_routes(standing_clock))));
  HttpRequest request = {.method = method,
                         .path = path,
                         .query = {},
                         .headers = std::move(headers),
                         .body = std::move(body),
                         .request_id = "r-1",
                         .remote = "test"};
  return answers(request, {});
}

ChatOutcome chat(const Provider& provider, const ChatRequest& request) {
  const auto* base = provider.name == std::string_view("anthropic") ? "" : "/v1";
  const auto wire = provider.encode(request, {std::string(origin) + base, Secret("k"), {}},
                                    provider.capabilities);
  const auto response =
      send("POST", wire.url.substr(std::string_view(origin).size()), wire.body, wire.headers);
  if (!request.stream || response.status != 200)
    return provider.decode(
        {response.status, {{"Content-Type", response.content_type}}, response.body});
  EXPECT_THAT(response.content_type, HasSubstr("text/event-stream"));
  const auto reader = provider.stream_reader();
  // In pieces that end anywhere.
  for (std::size_t at = 0; at < response.body.size(); at += 7)
    reader->feed(std::string_view(response.body).substr(at, 7));
  return reader->finish();
}

ChatRequest request_for(const BeliefRequest& question, const std::string& environment,
                        const std::string& agent, bool uses_tool) {
  constexpr auto schema =
      R"({"type": "object", "properties": {"belief": {"type": "number"}}, "required": ["belief"],
          "additionalProperties": false})";
  const auto prompt = belief_prompt(question, environment, PromptStyle::chain_of_thought, 1);
  ChatRequest request;
  request.model = "causal-gym/" + agent;
  request.messages = {{ChatRole::system, prompt.system}, {ChatRole::user, prompt.user}};
  if (uses_tool)
    request.tools = {{"observe", "Looks.", R"({"type": "object", "properties": {}, "required": [],
                                               "additionalProperties": false})"},
                     {"state_belief", "States a belief.", schema}};
  else
    request.schema = ReplySchema{"belief", schema};
  return request;
}

std::vector<const Provider*> spoken_providers() {
  return {*find_provider("openai"), *find_provider("openai-responses"), *find_provider("anthropic"),
          *find_provider("compatible")};
}

// The reply that a chat gives, read as an agent behind the wire reads it.
Reply reply_over(const Provider& provider, const ChatRequest& request, const BeliefRange& range) {
  const auto outcome = chat(provider, request);
  const auto* reply = std::get_if<ChatReply>(&outcome);
  if (reply == nullptr) {
    ADD_FAILURE() << provider.name << ": " << std::get<ChatFailure>(outcome).message;
    return Unparseable{};
  }
  EXPECT_GT(reply->usage.input.value_or(0), 0) << provider.name;
  EXPECT_GT(reply->usage.output.value_or(0), 0) << provider.name;
  EXPECT_EQ(reply->model, request.model);
  if (reply->kind == ReplyKind::refused) return Refused{reply->text};
  if (request.tools.empty()) return read_belief_reply(reply->text, range).reply;
  if (reply->tool_calls.size() != 1) {
    ADD_FAILURE() << provider.name << ": " << reply->tool_calls.size() << " calls";
    return Unparseable{};
  }
  EXPECT_EQ(reply->tool_calls[0].name, "state_belief");
  return read_belief_reply(reply->tool_calls[0].arguments, range).reply;
}

// Every request of the environment's own protocol, as an episode with the agent itself meets it.
void check_episode(const Environment& environment, const std::string& agent) {
  auto episode = Episode::start(environment, *find_interface("causal"),
                                default_protocol(environment), agent, 1);
  const auto at_home = make_agent(agent, environment);
  std::size_t asked = 0;
  for (auto pending = episode->pending(); pending; pending = episode->pending(), ++asked) {
    auto rng = episode->agent_rng();
    const auto wanted = (*at_home)->state_belief(*pending, rng);
    ASSERT_TRUE(wanted) << error_text(wanted.error());
    for (const auto* provider : spoken_providers())
      for (const bool uses_tool : {false, true}) {
        auto request = request_for(*pending, environment.id, agent, uses_tool);
        request.stream = asked % 2 == 0;
        EXPECT_EQ(reply_over(*provider, request, pending->range), *wanted)
            << provider->name << ", " << environment.id << ", " << agent << ", " << pending->query;
      }
    ASSERT_TRUE(episode->answer(wanted));
  }
  EXPECT_GT(asked, 1U);
}

TEST(ReferenceRoutes, AnAgentBehindAnyWireIsTheAgentItself) {
  for (const auto& environment : all_environments())
    for (const auto* agent : {"ideal", "seeing", "stubborn"}) check_episode(environment, agent);
}

TEST(ReferenceRoutes, RefusalsAndLimitsAreTypedOutcomes) {
  const BeliefRequest counterfactual{{}, "P(slippery[sprinkler=on] | sprinkler=off)", "", 0, {}};
  const BeliefRequest plain{{}, "P(slippery)", "", 0, {}};
  for (const auto* provider : spoken_providers())
    for (const bool stream : {false, true}) {
      auto request = request_for(counterfactual, "sprinkler-v1", "seeing", false);
      request.stream = stream;
      const auto refused = std::get<ChatReply>(chat(*provider, request));
      EXPECT_EQ(refused.kind, ReplyKind::refused) << provider->name;
      EXPECT_EQ(refused.text, "seeing has no answer to this question") << provider->name;
      request = request_for(plain, "sprinkler-v1", "ideal", false);
      request.stream = stream;
      request.max_output_tokens = 1;
      EXPECT_EQ(std::get<ChatReply>(chat(*provider, request)).kind, ReplyKind::cut_off)
          << provider->name;
      request.model = "causal-gym/idael";
      const auto failure = std::get<ChatFailure>(chat(*provider, request));
      EXPECT_EQ(failure.kind, FailureKind::not_found) << provider->name;
      EXPECT_THAT(failure.message, HasSubstr("'ideal'"));
      request.model = "causal-gym/ideal";
      request.messages = {{ChatRole::user, "How likely is rain?"}};
      EXPECT_EQ(std::get<ChatFailure>(chat(*provider, request)).kind, FailureKind::invalid_request)
          << provider->name;
    }
}

TEST(ReferenceRoutes, ModelsAreFoundUnderTheirIdEscapedOrNot) {
  const NamedTexts anthropic = {{"anthropic-version", "2023-06-01"}, {"x-api-key", "k"}};
  EXPECT_THAT(send("GET", "/v1/models").body, HasSubstr("\"object\":\"list\""));
  EXPECT_THAT(send("GET", "/v1/models", {}, anthropic).body, HasSubstr("\"has_more\":false"));
  for (const auto* id : {"causal-gym%2Fideal", "causal-gym/ideal",
                         "causal-gym%2Fnoisy_ideal%280.2%29", "causal-gym/noisy_ideal(0.2)"}) {
    EXPECT_EQ(send("GET", std::string("/v1/models/") + id).status, 200) << id;
    EXPECT_THAT(send("GET", std::string("/v1/models/") + id, {}, anthropic).body,
                HasSubstr("\"display_name\""));
  }
  EXPECT_EQ(send("GET", "/v1/models/gpt").status, 404);
  EXPECT_THAT(send("GET", "/v1/models/gpt", {}, anthropic).body, HasSubstr("not_found_error"));
}

TEST(ReferenceRoutes, AnswersSayWhichRequestTheyAreTo) {
  const auto response = send("POST", "/v1/messages", "{");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.front(), (std::pair<std::string, std::string>("Request-Id", "r-1")));
  EXPECT_THAT(response.body, HasSubstr("\"request_id\":\"r-1\""));
}

TEST(ReferenceRoutes, TheServersOwnErrorsHaveTheShapeThatVendorsClientsRead) {
  const auto error_of = [](const HttpResponse& response) {
    return nlohmann::json::parse(response.body);
  };
  const auto wrong_method = send("GET", "/v1/chat/completions");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(error_of(wrong_method)["error"]["type"], "invalid_request_error");
  EXPECT_EQ(error_of(wrong_method)["error"]["code"], "method_not_supported");
  EXPECT_TRUE(error_of(wrong_method)["error"]["param"].is_null());
  EXPECT_THAT(wrong_method.headers,
              testing::Contains(std::pair<std::string, std::string>("Allow", "POST")));
  const auto nowhere = send("POST", "/v1/embeddings");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_TRUE(error_of(nowhere)["error"]["code"].is_null());
  EXPECT_THAT(error_of(nowhere)["error"]["message"], HasSubstr("/v1/embeddings"));
  for (const auto& [method, path, status, type] :
       std::vector<std::tuple<std::string, std::string, int, std::string>>{
           {"GET", "/v1/messages", 405, "invalid_request_error"},
           {"POST", "/v1/messages/count_tokens", 404, "not_found_error"},
           {"POST", "/v1/messages", 400, "invalid_request_error"}}) {
    SCOPED_TRACE(path);
    const auto response = send(method, path, "{}");
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(error_of(response)["type"], "error");
    EXPECT_EQ(error_of(response)["error"]["type"], type);
    EXPECT_EQ(error_of(response)["request_id"], "r-1");
  }
  EXPECT_THAT(send("POST", "/v1/messages", "{}").body, HasSubstr("anthropic-version"));
  const auto versioned = send("POST", "/v1/embeddings", "", {{"Anthropic-Version", "2023-06-01"}});
  EXPECT_EQ(error_of(versioned)["error"]["type"], "not_found_error");
}

}  // namespace
}  // namespace causal_gym
