// Messages: the request field by field in both versions, and every end a body or stream can come
// to.
#include "platform/llm/anthropic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr auto name = "anthropic";

std::string message(const std::string& content, const std::string& stop_reason,
                    const std::string& stop_details = "null") {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-x-1","content":[)" +
         content + R"(],"stop_reason":")" + stop_reason +
         R"(","stop_sequence":null,"stop_details":)" + stop_details +
         R"(,"container":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":3,)"
         R"("cache_read_input_tokens":5,"output_tokens":9,)"
         R"("output_tokens_details":{"thinking_tokens":4},"service_tier":"standard"}})";
}

std::string event(const std::string& type, const std::string& members = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" +
         (members.empty() ? "" : "," + members) + "}\n\n";
}

std::string delta(int index, const std::string& text) {
  return event("content_block_delta",
               R"("index":)" + std::to_string(index) + R"(,"delta":)" + text);
}

const std::string start =
    event("message_start",
          R"("message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x-1",)"
          R"("content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,)"
          R"("cache_creation_input_tokens":3,"cache_read_input_tokens":5,"output_tokens":1}})") +
    event("ping") +
    event("content_block_start", R"("index":0,"content_block":{"type":"text","text":""})");

std::string stop(const std::string& reason, const std::string& details = "null") {
  return event("content_block_stop", R"("index":0)") +
         event(
             "message_delta",
             R"("delta":{"stop_reason":")" + reason + R"(","stop_sequence":null,"stop_details":)" +
                 details +
                 R"(},"usage":{"output_tokens":9,"output_tokens_details":{"thinking_tokens":4}})") +
         event("message_stop");
}

ChatReply expected_reply(ReplyKind kind, std::string text, std::string finish_reason) {
  return {kind,    std::move(text), {},           std::move(finish_reason),
          "msg_1", "claude-x-1",    {20, 5, 9, 4}};
}

TEST(Anthropic, a_request_in_full) {
  const auto wire = encoded(name, sample_request_with_tools(), sample_endpoint("https://h"));
  EXPECT_EQ(wire.url, "https://h/v1/messages");
  const std::string schema(sample_schema);
  EXPECT_EQ(parsed(wire.body),
            parsed(R"({"model":"m-1","max_tokens":300,"system":"Be brief.","messages":[)"
                   R"({"role":"user","content":[{"type":"text","text":"Look."}]},)"
                   R"({"role":"assistant","content":[{"type":"tool_use","id":"id_7",)"
                   R"("name":"observe","input":{"n":2}}]},)"
                   R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"id_7",)"
                   R"("content":"rain=yes"},{"type":"text","text":"What is P(rain)?"}]}],)"
                   R"("temperature":0.5,"tools":[{"name":"observe","description":"Looks.",)"
                   R"("input_schema":)" +
                   schema +
                   R"(,"strict":true}],)"
                   R"("tool_choice":{"type":"any"},"output_config":{"format":{)"
                   R"("type":"json_schema","schema":)" +
                   schema + R"(}},"stream":true})"));
  EXPECT_THAT(wire.body, HasSubstr(schema));
}

TEST(Anthropic, each_version_has_its_own_header_for_the_key) {
  auto endpoint = sample_endpoint("https://h/v1");
  const auto older = encoded(name, sample_request(), endpoint);
  EXPECT_EQ(older.url, "https://h/v1/messages");
  EXPECT_THAT(older.headers, Contains(Pair("anthropic-version", "2023-06-01")));
  EXPECT_EQ(older.secret_header, "x-api-key");
  EXPECT_EQ(older.secret_prefix, "");
  endpoint.api_version = "2026-10-21";
  const auto newer = encoded(name, sample_request(), endpoint);
  EXPECT_THAT(newer.headers, Contains(Pair("anthropic-version", "2026-10-21")));
  EXPECT_EQ(newer.secret_header, "authorization");
  EXPECT_EQ(newer.secret_prefix, "Bearer ");
}

TEST(Anthropic, arguments_that_are_no_object_go_back_as_one) {
  auto request = sample_request();
  request.messages = {{ChatRole::user, "Look."},
                      {ChatRole::assistant, "So.", {{"a", "f", "{\"n\":"}, {"b", "g", ""}}},
                      {ChatRole::assistant, ""}};
  const auto body = parsed(encoded(name, request, sample_endpoint("https://h")).body);
  EXPECT_EQ(body["messages"].size(), 2U);  // a turn that says nothing is left out
  EXPECT_EQ(body["messages"][1]["content"],
            parsed(R"([{"type":"text","text":"So."},)"
                   R"({"type":"tool_use","id":"a","name":"f","input":{"unreadable":"{\"n\":"}},)"
                   R"({"type":"tool_use","id":"b","name":"g","input":{}}])"));
}

TEST(Anthropic, a_body_that_says_something) {
  const auto content = R"({"type":"thinking","thinking":"0.9?","signature":"s"},)"
                       R"({"type":"text","text":"{\"belief\":","citations":null},)"
                       R"({"type":"text","text":"0.4}"})";
  EXPECT_EQ(reply_of(decoded(name, message(content, "end_turn"))),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "end_turn"));
}

TEST(Anthropic, a_body_that_refuses_or_is_cut) {
  EXPECT_EQ(reply_of(decoded(name, message("", "refusal",
                                           R"({"type":"refusal","category":"bio",)"
                                           R"("explanation":"Not this."})"))),
            expected_reply(ReplyKind::refused, "Not this.", "refusal"));
  EXPECT_EQ(reply_of(decoded(name, message("", "refusal"))),
            expected_reply(ReplyKind::refused, "", "refusal"));
  const auto part = R"({"type":"text","text":"0."})";
  for (const auto reason :
       {"max_tokens", "model_context_window_exceeded", "pause_turn", "new_word"})
    EXPECT_EQ(reply_of(decoded(name, message(part, reason))),
              expected_reply(ReplyKind::cut_off, "0.", reason));
}

TEST(Anthropic, a_body_that_calls_tools) {
  const auto reply = reply_of(decoded(
      name, message(R"({"type":"text","text":"Let me look."},)"
                    R"({"type":"tool_use","id":"toolu_1","name":"observe","input":{"n":2}},)"
                    R"({"type":"tool_use","id":"toolu_2","name":"stop","input":{}})",
                    "tool_use")));
  EXPECT_EQ(reply.kind, ReplyKind::said);
  EXPECT_THAT(reply.tool_calls, ElementsAre(ToolCall{"toolu_1", "observe", R"({"n":2})"},
                                            ToolCall{"toolu_2", "stop", "{}"}));
}

TEST(Anthropic, usage_that_was_not_said_is_absent) {
  const auto reply = reply_of(decoded(
      name, R"({"content":[],"stop_reason":"end_turn","usage":{"cache_read_input_tokens":5}})"));
  EXPECT_EQ(reply.usage, ChatUsage{});
}

TEST(Anthropic, a_body_of_another_shape_is_malformed) {
  for (const auto body : {"{", "{}", "[]", R"({"content":"0.4","stop_reason":"end_turn"})",
                          R"({"content":[{"type":"text","text":"0.4"}],"stop_reason":null})"})
    EXPECT_EQ(failure_of(decoded(name, body)).kind, FailureKind::malformed) << body;
}

TEST(Anthropic, a_stream_that_says_something) {
  const auto text = start + delta(0, R"({"type":"text_delta","text":"{\"belief\":"})") +
                    delta(0, R"({"type":"thinking_delta","thinking":"0.9"})") +
                    event("a_new_event", R"("x":1)") +
                    delta(0, R"({"type":"text_delta","text":"0.4}"})") + stop("end_turn");
  EXPECT_EQ(reply_of(streamed(name, text)),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "end_turn"));
  expect_cut_is_interrupted(name, text, "\n\n");
}

TEST(Anthropic, a_stream_that_refuses_or_is_cut) {
  EXPECT_EQ(reply_of(streamed(
                name, start + stop("refusal", R"({"type":"refusal","explanation":"Not this."})"))),
            expected_reply(ReplyKind::refused, "Not this.", "refusal"));
  const auto part = start + delta(0, R"({"type":"text_delta","text":"0."})");
  EXPECT_EQ(reply_of(streamed(name, part + stop("max_tokens"))),
            expected_reply(ReplyKind::cut_off, "0.", "max_tokens"));
}

TEST(Anthropic, calls_of_a_stream_are_put_together) {
  const auto call = [](int index, const std::string& id, const std::string& tool) {
    return event("content_block_start", R"("index":)" + std::to_string(index) +
                                            R"(,"content_block":{"type":"tool_use","id":")" + id +
                                            R"(","name":")" + tool + R"(","input":{}})");
  };
  const auto text = start + call(1, "toolu_1", "observe") +
                    delta(1, R"({"type":"input_json_delta","partial_json":""})") +
                    delta(1, R"({"type":"input_json_delta","partial_json":"{\"n\""})") +
                    delta(1, R"({"type":"input_json_delta","partial_json":":2}"})") +
                    event("content_block_stop", R"("index":1)") + call(2, "toolu_2", "stop") +
                    stop("tool_use");
  EXPECT_THAT(
      reply_of(streamed(name, text)).tool_calls,
      ElementsAre(ToolCall{"toolu_1", "observe", R"({"n":2})"}, ToolCall{"toolu_2", "stop", "{}"}));
}

TEST(Anthropic, an_error_amid_a_stream_is_one) {
  const auto text = start + event("error", R"("error":{"type":"overloaded_error","message":)"
                                           R"("Overloaded"},"request_id":"req_1")");
  const auto failure = failure_of(streamed(name, text));
  EXPECT_EQ(failure.kind, FailureKind::overloaded);
  EXPECT_EQ(failure.code, "overloaded_error");
  EXPECT_EQ(failure.message, "Overloaded");
}

TEST(Anthropic, a_stream_of_another_shape_is_malformed) {
  EXPECT_EQ(failure_of(streamed(name, start + "data: {\"type\":\n\n")).kind,
            FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed(name, start + event("message_stop"))).kind, FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed(name, start + "data: [DONE]\n\n")).kind, FailureKind::malformed);
}

}  // namespace
}  // namespace causal_gym
