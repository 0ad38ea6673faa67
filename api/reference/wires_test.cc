// The bytes of each wire: whole and streamed answers, tools, refusals, limits and errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "api/reference/chat_completions.h"
#include "api/reference/messages.h"
#include "api/reference/model_list.h"
#include "api/reference/responses.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t now = 1'700'000'000;

const json user_message = {
    {"role", "user"},
    {"content", "Environment: sprinkler-v1\nQuestion: P(rain | do(sprinkler=on))\n"}};
const json unanswerable = {
    {"role", "user"},
    {"content",
     "Environment: sprinkler-v1\nQuestion: P(slippery[sprinkler=on] | sprinkler=off)\n"}};
const json strict = json::parse(R"({"type": "object", "properties": {"belief": {"type": "number"}},
                                    "required": ["belief"], "additionalProperties": false})");

json chat_body(json more = json::object(), const json& message = user_message) {
  json body = {{"model", "causal-gym/ideal"}, {"messages", json::array({message})}};
  body.update(more);
  return body;
}
json responses_body(json more = json::object(), const json& message = user_message) {
  json body = {{"model", "causal-gym/ideal"}, {"input", json::array({message})}};
  body.update(more);
  return body;
}
json messages_body(json more = json::object(), const json& message = user_message) {
  json body = {
      {"model", "causal-gym/ideal"}, {"max_tokens", 50}, {"messages", json::array({message})}};
  body.update(more);
  return body;
}

WireAnswer chat(const json& body) { return answer_chat_completions(body.dump(), now); }
WireAnswer responses(const json& body) { return answer_responses(body.dump(), now); }
WireAnswer messages(const json& body) { return answer_messages(body.dump(), "r-1"); }

json read(const WireAnswer& answer, int status = 200) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_FALSE(answer.is_stream);
  return json::parse(answer.body);
}

struct Event {
  std::string type;
  json data;
};

// The events of a stream, strictly: "event: T" at most once and "data: JSON", then an empty line.
std::vector<Event> events_of(const WireAnswer& answer) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.is_stream);
  EXPECT_TRUE(answer.body.ends_with("\n\n"));
  std::vector<Event> events(1);
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty())
      events.emplace_back();
    else if (line.starts_with("event: "))
      events.back().type = line.substr(7);
    else if (line == "data: [DONE]")
      events.back().data = "[DONE]";
    else if (line.starts_with("data: "))
      events.back().data = json::parse(line.substr(6));
    else
      ADD_FAILURE() << line;
  }
  events.pop_back();
  return events;
}

std::vector<std::string> types_of(const std::vector<Event>& events) {
  std::vector<std::string> types;
  for (const auto& event : events) {
    EXPECT_EQ(event.type, event.data["type"]);
    types.push_back(event.type);
  }
  return types;
}

// Chat Completions

json chat_tool() {
  return {
      {"tools", json::array({{{"type", "function"},
                              {"function", {{"name", "state_belief"}, {"parameters", strict}}}}})}};
}

TEST(ChatCompletions, AnswersWhole) {
  const auto body = read(chat(chat_body()));
  EXPECT_TRUE(body["id"].get<std::string>().starts_with("chatcmpl-"));
  EXPECT_EQ(body["object"], "chat.completion");
  EXPECT_EQ(body["created"], now);
  EXPECT_EQ(body["model"], "causal-gym/ideal");
  EXPECT_EQ(body["choices"], json::parse(R"([{"index": 0, "finish_reason": "stop", "logprobs": null,
      "message": {"role": "assistant", "content": "{\"belief\": 0.4}", "refusal": null,
                  "annotations": []}}])"));
  EXPECT_EQ(body["usage"]["prompt_tokens"], 7);  // with the role's word
  EXPECT_EQ(body["usage"]["completion_tokens"], 2);
  EXPECT_EQ(body["usage"]["total_tokens"], 9);
}

TEST(ChatCompletions, StreamsChunksThatEndWithDone) {
  const auto events = events_of(
      chat(chat_body({{"stream", true}, {"n", 2}, {"stream_options", {{"include_usage", true}}}})));
  const auto whole = read(chat(chat_body({{"n", 2}})));
  ASSERT_EQ(events.size(), 2U * 4 + 2);
  EXPECT_EQ(events.back().data, "[DONE]");
  const auto& usage = events[events.size() - 2].data;
  EXPECT_EQ(usage["choices"], json::array());
  EXPECT_EQ(usage["usage"], whole["usage"]);
  std::string texts[2];
  for (std::size_t i = 0; i + 2 < events.size(); ++i) {
    const auto& chunk = events[i].data;
    EXPECT_EQ(events[i].type, "");
    EXPECT_EQ(chunk["id"], whole["id"]);
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    EXPECT_TRUE(chunk["usage"].is_null() && chunk.contains("usage"));
    const auto& choice = chunk["choices"][0];
    EXPECT_EQ(choice["delta"].contains("role"), i % 4 == 0);
    if (i % 4 == 3) {
      EXPECT_EQ(choice["delta"], json::object());
      EXPECT_EQ(choice["finish_reason"], "stop");
    } else {
      EXPECT_TRUE(choice["finish_reason"].is_null());
      texts[choice["index"].get<std::size_t>()] += choice["delta"]["content"];
    }
  }
  for (const auto& text : texts) EXPECT_EQ(text, "{\"belief\": 0.4}");
  const auto without = events_of(chat(chat_body({{"stream", true}})));
  EXPECT_EQ(without.size(), 5U);
  EXPECT_FALSE(without[0].data.contains("usage"));
}

TEST(ChatCompletions, CallsTheTool) {
  const auto choice = read(chat(chat_body(chat_tool())))["choices"][0];
  EXPECT_EQ(choice["finish_reason"], "tool_calls");
  EXPECT_TRUE(choice["message"]["content"].is_null());
  const auto& call = choice["message"]["tool_calls"][0];
  EXPECT_EQ(call["function"], json::parse(R"({"name": "state_belief",
                                              "arguments": "{\"belief\": 0.4}"})"));
  auto twice = chat_tool();
  twice["n"] = 2;
  const auto both = read(chat(chat_body(twice)))["choices"];
  EXPECT_NE(both[0]["message"]["tool_calls"][0]["id"], both[1]["message"]["tool_calls"][0]["id"]);
  auto streamed = chat_tool();
  streamed["stream"] = true;
  std::string arguments;
  for (const auto& event : events_of(chat(chat_body(streamed)))) {
    if (event.data == "[DONE]" || !event.data["choices"][0]["delta"].contains("tool_calls"))
      continue;
    const auto& piece = event.data["choices"][0]["delta"]["tool_calls"][0];
    EXPECT_EQ(piece["index"], 0);
    EXPECT_EQ(arguments.empty() && piece.contains("id"), piece.contains("id"));
    EXPECT_EQ(piece.value("id", call["id"]), call["id"]);
    arguments += piece["function"]["arguments"];
  }
  EXPECT_EQ(arguments, "{\"belief\": 0.4}");
}

TEST(ChatCompletions, RefusesAndCutsInItsOwnForm) {
  const json seeing = {{"model", "causal-gym/seeing"}};
  const auto refused = read(chat(chat_body(seeing, unanswerable)))["choices"][0];
  EXPECT_TRUE(refused["message"]["content"].is_null());
  EXPECT_EQ(refused["message"]["refusal"], "seeing has no answer to this question");
  EXPECT_EQ(refused["finish_reason"], "stop");
  for (const auto* field : {"max_tokens", "max_completion_tokens"}) {
    const auto cut = read(chat(chat_body({{field, 1}})));
    EXPECT_EQ(cut["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(cut["choices"][0]["message"]["content"], "{\"belief\":");
    EXPECT_EQ(cut["usage"]["completion_tokens"], 1);
  }
}

TEST(ChatCompletions, TakesPartsRolesAndNulls) {
  json parts = user_message;
  parts["content"] = json::array({{{"type", "text"}, {"text", "Environment: sprinkler-v1"}},
                                  {{"type", "text"}, {"text", "Question: P(rain)"}}});
  const json nulls = {{"temperature", nullptr},
                      {"n", nullptr},
                      {"stream", nullptr},
                      {"seed", 3},
                      {"stop", "x"},
                      {"user", "u"}};
  EXPECT_EQ(read(chat(chat_body(nulls, parts)))["choices"].size(), 1U);
  json turns = chat_body();
  turns["messages"].insert(turns["messages"].begin(),
                           json({{"role", "developer"}, {"content", "Be brief."}}));
  EXPECT_EQ(read(chat(turns))["usage"]["prompt_tokens"], 10);
}

TEST(ChatCompletions, EndsBeforeAStopSequence) {
  const auto choice = [](const json& stop) {
    return read(chat(chat_body({{"stop", stop}})))["choices"][0];
  };
  const auto whole = choice(nullptr)["message"]["content"].get<std::string>();
  ASSERT_TRUE(whole.starts_with("{\"belief\": 0."));
  EXPECT_EQ(choice("\": ")["message"]["content"], "{\"belief");
  EXPECT_EQ(choice("\": ")["finish_reason"], "stop");
  EXPECT_EQ(choice(json::array({"zz", "lief", "elief\""}))["message"]["content"], "{\"be");
  EXPECT_EQ(choice("zz")["message"]["content"], whole);
  EXPECT_EQ(choice("{")["message"]["content"], "");
  // What is called with is no text.
  json tools = chat_tool();
  tools["stop"] = "belief";
  EXPECT_EQ(read(chat(chat_body(tools)))["choices"][0]["finish_reason"], "tool_calls");
}

TEST(ChatCompletions, TheSameRequestHasTheSameBytes) {
  const json random = {{"model", "causal-gym/random"}};
  EXPECT_EQ(chat(chat_body(random)).body, chat(chat_body(random)).body);
  EXPECT_NE(chat(chat_body(random)).body,
            chat(chat_body({{"model", "causal-gym/random"}, {"seed", 2}})).body);
}

// Every wire

struct Breach {
  json more;
  const char* field;  // as OpenAI writes it
};

void names_field(const WireAnswer& answer, const std::string& field) {
  const auto error = read(answer, 400)["error"];
  EXPECT_EQ(error["type"], "invalid_request_error");
  EXPECT_EQ(error["param"], field);
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr(field));
  EXPECT_TRUE(error["code"].is_null() && error.contains("code"));
}

TEST(OpenAiErrors, NameTheField) {
  const auto part = json::parse(R"([{"role": "user", "content": [{"text": "x"}]}])");
  const auto orphan =
      json::parse(R"([{"role": "tool", "tool_call_id": "call_1", "content": "noted"}])");
  const auto image = json::parse(
      R"([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])");
  for (const auto& [more, field] : std::vector<Breach>{
           {{{"temperature", "hot"}}, "temperature"},
           {{{"temperature", 2.1}}, "temperature"},
           {{{"top_p", -1}}, "top_p"},
           {{{"n", 0}}, "n"},
           {{{"n", 129}}, "n"},
           {{{"n", 1.5}}, "n"},
           {{{"seed", "1"}}, "seed"},
           {{{"max_tokens", 0}}, "max_tokens"},
           {{{"max_tokens", 1}, {"max_completion_tokens", 1}}, "max_tokens"},
           {{{"stream", "yes"}}, "stream"},
           {{{"stream_options", {{"include_usage", true}}}}, "stream_options"},
           {{{"logprobs", true}}, "logprobs"},
           {{{"model", 4}}, "model"},
           {{{"model", nullptr}}, "model"},
           {{{"messages", "hello"}}, "messages"},
           {{{"messages", json::array()}}, "messages"},
           {{{"messages", json::array({"hello"})}}, "messages[0]"},
           {{{"messages", part}}, "messages[0].content[0].type"},
           {{{"messages", {{{"role", "robot"}, {"content", ""}}}}}, "messages[0].role"},
           {{{"messages", {{{"role", "user"}}}}}, "messages[0].content"},
           {{{"messages", {{{"role", "tool"}, {"content", ""}}}}}, "messages[0].tool_call_id"},
           {{{"messages", orphan}}, "messages[0].tool_call_id"},
           {{{"messages", image}}, "messages[0].content[0].type"},
           {{{"stop", 3}}, "stop"},
           {{{"stop", json::array({"a", ""})}}, "stop[1]"},
           {{{"stop", json::array({"a", "b", "c", "d", "e"})}}, "stop"},
           {{{"tools", {{{"type", "function"}}}}}, "tools[0].function"},
           {{{"tools", 3}}, "tools"},
           {{{"tool_choice", "maybe"}}, "tool_choice"},
           {{{"tool_choice", "required"}}, "tools"},
           {{{"response_format", {{"type", "xml"}}}}, "response_format.type"},
           {{{"response_format", {{"type", "json_schema"}}}}, "response_format.json_schema"}})
    names_field(chat(chat_body(more)), field);
}

TEST(OpenAiErrors, NameTheFieldOfResponses) {
  for (const auto& [more, field] :
       std::vector<Breach>{{{{"input", nullptr}}, "input"},
                           {{{"input", 3}}, "input"},
                           {{{"input", json::array({3})}}, "input[0]"},
                           {{{"input", {{{"type", "tide"}}}}}, "input[0].type"},
                           {{{"input", {{{"role", "tool"}, {"content", ""}}}}}, "input[0].role"},
                           {{{"input", json::parse(R"([{"type": "function_call_output",
                               "call_id": "call_1", "output": "noted"}])")}},
                            "input[0].call_id"},
                           {{{"instructions", 3}}, "instructions"},
                           {{{"max_output_tokens", 0}}, "max_output_tokens"},
                           {{{"previous_response_id", "resp_1"}}, "previous_response_id"},
                           {{{"background", true}}, "background"},
                           {{{"tools", {{{"type", "function"}}}}}, "tools[0].name"},
                           {{{"tool_choice", {{"type", "function"}}}}, "tool_choice.name"},
                           {{{"text", {{"format", {{"type", "json_schema"}, {"name", "x"}}}}}},
                            "text.format.schema"}})
    names_field(responses(responses_body(more)), field);
}

TEST(AnthropicErrors, NameTheField) {
  for (const auto& [more, field] : std::vector<Breach>{
           {{{"max_tokens", nullptr}}, "max_tokens: "},
           {{{"max_tokens", "many"}}, "max_tokens: "},
           {{{"max_tokens", -1}}, "max_tokens: "},
           {{{"temperature", 1.5}}, "temperature: "},
           {{{"messages", json::array()}}, "messages: "},
           {{{"messages", json::parse(R"([{"role": "user", "content": [
               {"type": "tool_result", "tool_use_id": "t", "content": "noted"}]}])")}},
            "messages.0.content.0.tool_use_id: "},
           {{{"messages", json::parse(R"([{"role": "user", "content": [
               {"type": "image", "source": {}}]}])")}},
            "messages.0.content.0.type: "},
           {{{"stop_sequences", json::array({""})}}, "stop_sequences.0: "},
           {{{"messages", {{{"role", "user"}, {"content", 3}}}}}, "messages.0.content: "},
           {{{"messages", {{{"role", "user"}, {"content", {{{"text", "x"}}}}}}}},
            "messages.0.content.0.type: "},
           {{{"system", 3}}, "system: "},
           {{{"tools", {{{"input_schema", strict}}}}}, "tools.0.name: "},
           {{{"tool_choice", {{"type", "maybe"}}}}, "tool_choice.type: "},
           {{{"output_config", {{"format", {{"type", "json_schema"}}}}}},
            "output_config.format.schema: "}}) {
    const auto body = read(messages(messages_body(more)), 400);
    EXPECT_EQ(body["type"], "error");
    EXPECT_EQ(body["request_id"], "r-1");
    EXPECT_EQ(body["error"]["type"], "invalid_request_error");
    EXPECT_TRUE(body["error"]["message"].get<std::string>().starts_with(field)) << body;
  }
}

TEST(WireErrors, UnknownModelsAndBrokenBodiesHaveTheirShape) {
  const json unknown = {{"model", "causal-gym/idael"}};
  for (const auto& answer : {chat(chat_body(unknown)), responses(responses_body(unknown))}) {
    const auto error = read(answer, 404)["error"];
    EXPECT_EQ(error["code"], "model_not_found");
    EXPECT_EQ(error["type"], "invalid_request_error");
    EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("'ideal'"));
  }
  const auto error = read(messages(messages_body(unknown)), 404)["error"];
  EXPECT_EQ(error["type"], "not_found_error");
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("'ideal'"));
  for (const std::string body : {"", "{", "[]", "3", "{\"a\": 1, \"a\": 2}"}) {
    EXPECT_TRUE(read(answer_chat_completions(body, now), 400)["error"]["param"].is_null()) << body;
    EXPECT_TRUE(read(answer_responses(body, now), 400)["error"]["param"].is_null()) << body;
    EXPECT_EQ(read(answer_messages(body, "r"), 400)["error"]["type"], "invalid_request_error");
  }
  const std::string deep = "{\"model\": " + std::string(100, '[') + std::string(100, ']') + "}";
  EXPECT_EQ(read(answer_messages(deep, "r"), 413)["error"]["type"], "request_too_large");
}

// Responses

TEST(Responses, AnswersWhole) {
  const auto body = read(responses(responses_body({{"instructions", "Be brief."}})));
  EXPECT_TRUE(body["id"].get<std::string>().starts_with("resp_"));
  EXPECT_EQ(body["object"], "response");
  EXPECT_EQ(body["status"], "completed");
  EXPECT_EQ(body["instructions"], "Be brief.");
  EXPECT_EQ(body["output"][0]["content"][0]["text"], "{\"belief\": 0.4}");
  EXPECT_EQ(body["usage"]["input_tokens"], 9);
  EXPECT_EQ(body["usage"]["output_tokens"], 2);
  const auto text = user_message["content"];
  EXPECT_EQ(read(responses(responses_body({{"input", text}})))["output"][0]["content"],
            body["output"][0]["content"]);
}

TEST(Responses, StreamsItsEventsInOrder) {
  const auto events = events_of(responses(responses_body({{"stream", true}})));
  EXPECT_THAT(
      types_of(events),
      ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                  "response.content_part.added", "response.output_text.delta",
                  "response.output_text.delta", "response.output_text.done",
                  "response.content_part.done", "response.output_item.done", "response.completed"));
  for (std::size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].data["sequence_number"], i);
  EXPECT_EQ(events.back().data["response"], read(responses(responses_body())));
  EXPECT_EQ(events[2].data["item"]["content"], json::array());
  EXPECT_EQ(events[2].data["item"]["status"], "in_progress");
  EXPECT_EQ(events[0].data["response"]["status"], "in_progress");
}

TEST(Responses, CallsRefusesAndCutsInItsOwnForm) {
  const json tool = {
      {"tools", {{{"type", "function"}, {"name", "state_belief"}, {"parameters", strict}}}},
      {"tool_choice", {{"type", "function"}, {"name", "state_belief"}}}};
  const auto call = read(responses(responses_body(tool)))["output"][0];
  EXPECT_EQ(call["type"], "function_call");
  EXPECT_EQ(call["name"], "state_belief");
  EXPECT_EQ(call["arguments"], "{\"belief\": 0.4}");
  auto streamed = tool;
  streamed["stream"] = true;
  EXPECT_THAT(
      types_of(events_of(responses(responses_body(streamed)))),
      ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                  "response.function_call_arguments.delta",
                  "response.function_call_arguments.delta", "response.function_call_arguments.done",
                  "response.output_item.done", "response.completed"));
  const json seeing = {{"model", "causal-gym/seeing"}};
  EXPECT_EQ(read(responses(responses_body(seeing, unanswerable)))["output"][0]["content"][0],
            json({{"type", "refusal"}, {"refusal", "seeing has no answer to this question"}}));
  const auto cut = read(responses(responses_body({{"max_output_tokens", 1}})));
  EXPECT_EQ(cut["status"], "incomplete");
  EXPECT_EQ(cut["incomplete_details"]["reason"], "max_output_tokens");
  json answered = responses_body(tool);
  answered.erase("tool_choice");
  answered["input"].push_back(
      {{"type", "function_call"}, {"call_id", "c"}, {"name", "state_belief"}, {"arguments", "{}"}});
  answered["input"].push_back(
      {{"type", "function_call_output"}, {"call_id", "c"}, {"output", "noted"}});
  EXPECT_EQ(read(responses(answered))["output"][0]["type"], "message");
}

// Messages

TEST(Messages, AnswersWhole) {
  const auto body = read(messages(messages_body({{"system", "Be brief."}})));
  EXPECT_TRUE(body["id"].get<std::string>().starts_with("msg_"));
  EXPECT_EQ(body["type"], "message");
  EXPECT_EQ(body["role"], "assistant");
  EXPECT_EQ(body["content"][0]["text"], "{\"belief\": 0.4}");
  EXPECT_EQ(body["stop_reason"], "end_turn");
  EXPECT_TRUE(body["stop_details"].is_null());
  EXPECT_EQ(body["usage"]["input_tokens"], 9);
  EXPECT_EQ(body["usage"]["output_tokens"], 2);
}

TEST(Messages, StreamsItsEventsInOrder) {
  const auto events = events_of(messages(messages_body({{"stream", true}})));
  EXPECT_THAT(types_of(events), ElementsAre("message_start", "ping", "content_block_start",
                                            "content_block_delta", "content_block_delta",
                                            "content_block_stop", "message_delta", "message_stop"));
  EXPECT_EQ(events[0].data["message"]["content"], json::array());
  EXPECT_TRUE(events[0].data["message"]["stop_reason"].is_null());
  EXPECT_EQ(events[0].data["message"]["usage"]["output_tokens"], 0);
  EXPECT_EQ(events[6].data["delta"]["stop_reason"], "end_turn");
  EXPECT_EQ(events[6].data["usage"]["output_tokens"], 2);
}

TEST(Messages, CallsRefusesAndCutsInItsOwnForm) {
  json tool = {{"tools", {{{"name", "state_belief"}, {"input_schema", strict}}}},
               {"tool_choice", {{"type", "any"}}}};
  const auto called = read(messages(messages_body(tool)));
  EXPECT_EQ(called["stop_reason"], "tool_use");
  EXPECT_EQ(called["content"][0]["name"], "state_belief");
  EXPECT_EQ(called["content"][0]["input"], json({{"belief", 0.4}}));
  tool["stream"] = true;
  const auto events = events_of(messages(messages_body(tool)));
  EXPECT_EQ(events[2].data["content_block"]["input"], json::object());
  EXPECT_EQ(events[3].data["delta"]["partial_json"].get<std::string>() +
                events[4].data["delta"]["partial_json"].get<std::string>(),
            "{\"belief\": 0.4}");
  const auto refused =
      read(messages(messages_body({{"model", "causal-gym/seeing"}}, unanswerable)));
  EXPECT_EQ(refused["stop_reason"], "refusal");
  EXPECT_EQ(refused["content"], json::array());
  EXPECT_EQ(refused["stop_details"]["explanation"], "seeing has no answer to this question");
  const auto cut = read(messages(messages_body({{"max_tokens", 1}})));
  EXPECT_EQ(cut["stop_reason"], "max_tokens");
  EXPECT_EQ(cut["content"][0]["text"], "{\"belief\":");
  EXPECT_EQ(read(messages(messages_body({{"max_tokens", 0}})))["content"], json::array());
}

TEST(Messages, EndsBeforeAStopSequence) {
  const auto stopped = read(messages(messages_body({{"stop_sequences", {"zz", "belief"}}})));
  EXPECT_EQ(stopped["stop_reason"], "stop_sequence");
  EXPECT_EQ(stopped["stop_sequence"], "belief");
  EXPECT_EQ(stopped["content"][0]["text"], "{\"");
  const auto events =
      events_of(messages(messages_body({{"stream", true}, {"stop_sequences", {"belief"}}})));
  EXPECT_EQ(events[events.size() - 2].data["delta"]["stop_sequence"], "belief");
  const auto whole = read(messages(messages_body({{"stop_sequences", {"zz"}}})));
  EXPECT_EQ(whole["stop_reason"], "end_turn");
  EXPECT_TRUE(whole["stop_sequence"].is_null());
}

TEST(Messages, AToolResultIsATurnOfItsOwn) {
  json body = messages_body({{"tools", {{{"name", "state_belief"}, {"input_schema", strict}}}}});
  body["messages"].push_back(
      {{"role", "assistant"},
       {"content",
        {{{"type", "tool_use"}, {"id", "t"}, {"name", "state_belief"}, {"input", strict}}}}});
  json result = {{"type", "tool_result"}, {"tool_use_id", "t"}, {"content", "noted"}};
  body["messages"].push_back({{"role", "user"}, {"content", json::array({result})}});
  EXPECT_EQ(read(messages(body))["content"][0]["type"], "text");
  body["messages"].back()["content"].push_back(
      {{"type", "text"}, {"text", "Environment: sprinkler-v1\nQuestion: P(rain)"}});
  EXPECT_EQ(read(messages(body))["content"][0]["type"], "tool_use");
}

// Models

TEST(ModelList, HasEachProvidersForm) {
  const auto openai = read(list_reference_models(ModelListForm::openai));
  EXPECT_EQ(openai["object"], "list");
  EXPECT_EQ(openai["data"][0],
            json::parse(R"({"id": "causal-gym/ideal", "object": "model", "created": 0,
                            "owned_by": "causal-gym"})"));
  const auto anthropic = read(list_reference_models(ModelListForm::anthropic));
  EXPECT_EQ(anthropic["has_more"], false);
  EXPECT_EQ(anthropic["first_id"], "causal-gym/ideal");
  EXPECT_EQ(anthropic["last_id"], anthropic["data"].back()["id"]);
  EXPECT_EQ(anthropic["data"].size(), openai["data"].size());
  EXPECT_EQ(anthropic["data"][0]["type"], "model");
  const auto found =
      read(find_reference_model(ModelListForm::openai, "causal-gym/noisy_ideal(0.25)", "r"));
  EXPECT_EQ(found["id"], "causal-gym/noisy_ideal(0.25)");
  EXPECT_EQ(read(find_reference_model(ModelListForm::openai, "gpt", "r"), 404)["error"]["code"],
            "model_not_found");
  EXPECT_EQ(read(find_reference_model(ModelListForm::anthropic, "gpt", "r"), 404)["request_id"],
            "r");
}

}  // namespace
}  // namespace causal_gym
