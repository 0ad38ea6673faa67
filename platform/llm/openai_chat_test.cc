// Chat Completions: the request field by field, and every end a body or a stream can come to.
#include "platform/llm/openai_chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::Pair;

std::string completion(const std::string& message, const std::string& finish_reason) {
  return R"({"id":"chatcmpl-9","object":"chat.completion","created":1,"model":"gpt-x-2026-01-01",)"
         R"("service_tier":"default","choices":[{"index":0,"logprobs":null,"finish_reason":")" +
         finish_reason + R"(","message":)" + message +
         R"(}],"usage":{"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,)"
         R"("prompt_tokens_details":{"cached_tokens":16,"audio_tokens":0},)"
         R"("completion_tokens_details":{"reasoning_tokens":4}}})";
}

std::string chunk(const std::string& choices, const std::string& usage = "null") {
  return R"(data: {"id":"chatcmpl-9","object":"chat.completion.chunk","created":1,)"
         R"("model":"gpt-x-2026-01-01","choices":)" +
         choices + R"(,"usage":)" + usage + "}\n\n";
}

std::string delta(const std::string& text, const std::string& finish_reason = "null") {
  return chunk(R"([{"index":0,"delta":)" + text + R"(,"finish_reason":)" + finish_reason + "}]");
}

const std::string usage_and_end =
    chunk("[]", R"({"prompt_tokens":20,"completion_tokens":9,"total_tokens":29,)"
                R"("prompt_tokens_details":{"cached_tokens":16},)"
                R"("completion_tokens_details":{"reasoning_tokens":4}})") +
    "data: [DONE]\n\n";

ChatReply expected_reply(ReplyKind kind, std::string text, std::string finish_reason) {
  return {kind,
          std::move(text),
          {},
          std::move(finish_reason),
          "chatcmpl-9",
          "gpt-x-2026-01-01",
          {20, 16, 9, 4}};
}

TEST(OpenAiChat, a_request_in_full) {
  auto endpoint = sample_endpoint("https://api.openai.com/v1");
  endpoint.organization = "org-1";
  endpoint.project = "proj-1";
  const auto wire = encoded("openai", sample_request_with_tools(), endpoint);
  EXPECT_EQ(wire.url, "https://api.openai.com/v1/chat/completions");
  EXPECT_EQ(wire.secret_header, "authorization");
  EXPECT_EQ(wire.secret_prefix, "Bearer ");
  EXPECT_THAT(
      wire.headers,
      ElementsAre(Pair("content-type", "application/json"), Pair("accept", "application/json"),
                  Pair("OpenAI-Organization", "org-1"), Pair("OpenAI-Project", "proj-1")));
  const std::string schema(sample_schema);
  EXPECT_EQ(parsed(wire.body),
            parsed(R"({"model":"m-1","messages":[{"role":"system","content":"Be brief."},)"
                   R"({"role":"user","content":"Look."},)"
                   R"({"role":"assistant","content":null,"tool_calls":[{"id":"id_7",)"
                   R"("type":"function","function":{"name":"observe","arguments":"{\"n\":2}"}}]},)"
                   R"({"role":"tool","content":"rain=yes","tool_call_id":"id_7"},)"
                   R"({"role":"user","content":"What is P(rain)?"}],)"
                   R"("max_completion_tokens":300,"temperature":0.5,"seed":11,)"
                   R"("tools":[{"type":"function","function":{"name":"observe","description":)"
                   R"("Looks.","parameters":)" +
                   schema +
                   R"(,"strict":true}}],)"
                   R"("tool_choice":"required","response_format":{"type":"json_schema",)"
                   R"("json_schema":{"name":"belief","schema":)" +
                   schema +
                   R"(,"strict":true}},)"
                   R"("stream":true,"stream_options":{"include_usage":true}})"));
  EXPECT_THAT(wire.body, HasSubstr(schema));  // its members stay in their order
}

TEST(OpenAiChat, what_was_refused_is_left_out) {
  ChatCapabilities none;
  none.temperature = none.seed = none.schema = none.tools = none.tool_choice =
      none.max_completion_tokens = none.stream_usage = false;
  auto request = sample_request_with_tools();
  request.messages = {{ChatRole::user, "Hi"}};
  EXPECT_EQ(openai_chat_body(request, none),
            parsed(R"({"model":"m-1","messages":[{"role":"user","content":"Hi"}],)"
                   R"("max_tokens":300,"stream":true})"));
}

TEST(OpenAiChat, a_server_without_a_key_gets_no_header) {
  const auto wire =
      encoded("compatible", sample_request(), Endpoint{"http://127.0.0.1:8000/v1", {}});
  EXPECT_EQ(wire.secret_header, "");
  EXPECT_EQ(parsed(wire.body)["max_tokens"], 300);
  EXPECT_FALSE(parsed(wire.body).contains("max_completion_tokens"));
}

TEST(OpenAiChat, text_that_is_no_utf8_is_sent_as_json_all_the_same) {
  auto request = sample_request();
  request.messages = {{ChatRole::user, "a\xFF"}};
  const auto wire = encoded("openai", request, sample_endpoint("http://h"));
  EXPECT_EQ(parsed(wire.body)["messages"][0]["content"], "a\xEF\xBF\xBD");
}

TEST(OpenAiChat, a_body_that_says_something) {
  const auto body = completion(
      R"({"role":"assistant","content":"{\"belief\":0.4}","refusal":null,"annotations":[]})",
      "stop");
  EXPECT_EQ(reply_of(decoded("openai", body)),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "stop"));
}

TEST(OpenAiChat, a_body_that_refuses_is_cut_or_is_filtered) {
  const auto refusal = R"({"role":"assistant","content":null,"refusal":"I can't."})";
  EXPECT_EQ(reply_of(decoded("openai", completion(refusal, "stop"))),
            expected_reply(ReplyKind::refused, "I can't.", "stop"));
  const auto part = R"({"role":"assistant","content":"{\"belief\":0.","refusal":null})";
  EXPECT_EQ(reply_of(decoded("openai", completion(part, "length"))),
            expected_reply(ReplyKind::cut_off, R"({"belief":0.)", "length"));
  EXPECT_EQ(reply_of(decoded("openai", completion(part, "content_filter"))).kind,
            ReplyKind::filtered);
  EXPECT_EQ(reply_of(decoded("openai", completion(part, "some_new_word"))).kind,
            ReplyKind::cut_off);
}

TEST(OpenAiChat, a_body_that_calls_tools) {
  const auto reply = reply_of(decoded(
      "openai",
      completion(
          R"({"role":"assistant","content":null,"refusal":null,"tool_calls":[)"
          R"({"id":"call_a","type":"function","function":{"name":"observe","arguments":"{"}},)"
          R"({"type":"function","function":{"name":"stop","arguments":{"x":1}}}]})",
          "tool_calls")));
  EXPECT_EQ(reply.kind, ReplyKind::said);
  EXPECT_THAT(reply.tool_calls, ElementsAre(ToolCall{"call_a", "observe", "{"},
                                            ToolCall{"call_1", "stop", R"({"x":1})"}));
}

TEST(OpenAiChat, usage_that_was_not_said_is_absent) {
  const auto reply = reply_of(
      decoded("compatible", R"({"choices":[{"message":{"content":"0.4"},"finish_reason":"stop"}],)"
                            R"("usage":{"prompt_tokens":7,"completion_tokens":-1}})"));
  EXPECT_EQ(reply.usage, (ChatUsage{7, {}, {}, {}}));
  EXPECT_EQ(reply.text, "0.4");
  EXPECT_EQ(reply.id, "");
}

TEST(OpenAiChat, a_body_of_another_shape_is_malformed) {
  for (const auto body :
       {"", "not json", "[]", "{}", "null", R"({"choices":[]})", R"({"choices":{}})",
        R"({"choices":[{"message":null,"finish_reason":"stop"}]})",
        R"({"choices":[{"message":{"content":"0.4"}}]})",
        R"({"choices":[{"message":{"tool_calls":[{}]},"finish_reason":"tool_calls"}]})"})
    EXPECT_EQ(failure_of(decoded("openai", body)).kind, FailureKind::malformed) << body;
}

TEST(OpenAiChat, an_error_inside_a_body_is_one) {
  const auto failure = failure_of(
      decoded("compatible", R"({"error":{"message":"busy","type":"overloaded_error"}})"));
  EXPECT_EQ(failure.kind, FailureKind::overloaded);
  EXPECT_EQ(failure.message, "busy");
  EXPECT_EQ(failure_of(decoded("compatible", completion(R"({"content":"0."})", "error"))).kind,
            FailureKind::interrupted);
}

TEST(OpenAiChat, a_stream_that_says_something) {
  const auto text = delta(R"({"role":"assistant","content":"","refusal":null})") +
                    delta(R"({"content":"{\"belief\":"})") + delta(R"({"content":"0.4}"})") +
                    delta("{}", "\"stop\"") + usage_and_end;
  EXPECT_EQ(reply_of(streamed("openai", text)),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "stop"));
  expect_cut_is_interrupted("openai", text, "data: [DONE]\n\n");
}

TEST(OpenAiChat, a_stream_that_refuses_is_cut_or_is_filtered) {
  const auto refusal = delta(R"({"refusal":"I "})") + delta(R"({"refusal":"can't."})") +
                       delta("{}", "\"stop\"") + usage_and_end;
  EXPECT_EQ(reply_of(streamed("openai", refusal)),
            expected_reply(ReplyKind::refused, "I can't.", "stop"));
  const auto part = delta(R"({"content":"0.2"})");
  EXPECT_EQ(reply_of(streamed("openai", part + delta("{}", "\"length\"") + usage_and_end)),
            expected_reply(ReplyKind::cut_off, "0.2", "length"));
  EXPECT_EQ(reply_of(streamed("openai", part + delta("{}", "\"content_filter\"") + usage_and_end)),
            expected_reply(ReplyKind::filtered, "0.2", "content_filter"));
}

TEST(OpenAiChat, calls_of_a_stream_are_put_together_by_their_index) {
  const auto text =
      delta(R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a",)"
            R"("type":"function","function":{"name":"observe","arguments":""}}]})") +
      delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"n\""}}]})") +
      delta(R"({"tool_calls":[{"index":1,"id":"call_b","type":"function",)"
            R"("function":{"name":"stop","arguments":"{}"}}]})") +
      delta(R"({"tool_calls":[{"index":0,"function":{"arguments":":2}"}}]})") +
      delta("{}", "\"tool_calls\"") + usage_and_end;
  EXPECT_THAT(
      reply_of(streamed("openai", text)).tool_calls,
      ElementsAre(ToolCall{"call_a", "observe", R"({"n":2})"}, ToolCall{"call_b", "stop", "{}"}));
}

TEST(OpenAiChat, a_choice_that_was_not_asked_for_is_left_out) {
  const auto other = chunk(R"([{"index":1,"delta":{"content":"0.9"},"finish_reason":"length"}])");
  const auto text = delta(R"({"content":"0.4"})") + other + delta("{}", "\"stop\"") + usage_and_end;
  EXPECT_EQ(reply_of(streamed("openai", text)), expected_reply(ReplyKind::said, "0.4", "stop"));
  EXPECT_EQ(reply_of(streamed("openai", delta("{}", "\"stop\"") + other + usage_and_end)),
            expected_reply(ReplyKind::said, "", "stop"));
}

TEST(OpenAiChat, calls_without_an_index_are_told_apart_by_their_ids) {
  const auto call = [](const std::string& id) {
    return delta(R"({"tool_calls":[{"id":")" + id +
                 R"(","function":{"name":"f","arguments":"{}"}}]})");
  };
  const auto reply = reply_of(
      streamed("compatible", call("a") + call("b") + delta("{}", "\"stop\"") + "data: [DONE]\n\n"));
  EXPECT_THAT(reply.tool_calls, ElementsAre(ToolCall{"a", "f", "{}"}, ToolCall{"b", "f", "{}"}));
  EXPECT_EQ(reply.usage, ChatUsage{});
}

TEST(OpenAiChat, an_error_amid_a_stream_is_one) {
  const auto text = delta(R"({"content":"0.4"})") +
                    R"(data: {"error":{"message":"down","type":"server_error","param":null,)"
                    R"("code":null}})"
                    "\n\n" +
                    usage_and_end;
  const auto failure = failure_of(streamed("openai", text));
  EXPECT_EQ(failure.kind, FailureKind::server);
  EXPECT_EQ(failure.status, 200);
  EXPECT_EQ(failure.message, "down");
}

TEST(OpenAiChat, a_stream_of_another_shape_is_malformed) {
  EXPECT_EQ(failure_of(streamed("openai", "data: {\"choices\":\n\ndata: [DONE]\n\n")).kind,
            FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed("openai", "data: 7\n\ndata: [DONE]\n\n")).kind,
            FailureKind::malformed);
  // It ended, and nothing said that the reply was complete.
  EXPECT_EQ(failure_of(streamed("openai", delta(R"({"content":"0.4"})") + "data: [DONE]\n\n")).kind,
            FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed("openai", "<html>\n\n</html>")).kind, FailureKind::interrupted);
}

TEST(OpenAiChat, a_call_beyond_the_limit_is_malformed) {
  const auto call = [](int index) {
    return delta(R"({"tool_calls":[{"index":)" + std::to_string(index) +
                 R"(,"id":"a","function":{"name":"f","arguments":"{}"}}]})");
  };
  EXPECT_EQ(failure_of(read_pieces("openai", {call(128)})).kind, FailureKind::malformed);
  // Position 127 is allowed, but calls before it that name no tool are none.
  const auto gaps = call(127) + delta("{}", "\"stop\"") + usage_and_end;
  EXPECT_THAT(failure_of(read_pieces("openai", {gaps})).message, HasSubstr("names no tool"));
}

}  // namespace
}  // namespace causal_gym
