// Responses: the request field by field, and every end a body or a stream can come to.
#include "platform/llm/openai_responses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto name = "openai-responses";

std::string response(const std::string& status, const std::string& output,
                     const std::string& incomplete = "null", const std::string& error = "null") {
  return R"({"id":"resp_1","object":"response","created_at":1,"status":")" + status +
         R"(","error":)" + error + R"(,"incomplete_details":)" + incomplete +
         R"(,"model":"gpt-x-2026-01-01","output":[{"type":"reasoning","id":"rs_1","summary":[]})" +
         (output.empty() ? "" : "," + output) +
         R"(],"usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":0},)"
         R"("output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":29}})";
}

std::string message(const std::string& content) {
  return R"({"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[)" +
         content + "]}";
}

const std::string said = message(R"({"type":"output_text","text":"{\"belief\":","annotations":[]},)"
                                 R"({"type":"output_text","text":"0.4}","annotations":[]})");

std::string event(const std::string& type, const std::string& members) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":3," + members +
         "}\n\n";
}

std::string stream_of(const std::string& last_type, const std::string& last) {
  return event("response.created", R"("response":)" + response("in_progress", "")) +
         event("response.output_item.added", R"("output_index":1,"item":{"type":"message"})") +
         event("response.output_text.delta", R"("output_index":1,"delta":"{\"bel")") +
         event("response.a_new_event", R"("x":[1])") + event(last_type, R"("response":)" + last);
}

ChatReply expected_reply(ReplyKind kind, std::string text, std::string finish_reason) {
  return {kind,     std::move(text),    {},           std::move(finish_reason),
          "resp_1", "gpt-x-2026-01-01", {20, 0, 9, 4}};
}

TEST(OpenAiResponses, a_request_in_full) {
  const auto wire = encoded(name, sample_request_with_tools(), sample_endpoint("https://h/v1"));
  EXPECT_EQ(wire.url, "https://h/v1/responses");
  EXPECT_EQ(wire.secret_header, "authorization");
  const std::string schema(sample_schema);
  EXPECT_EQ(parsed(wire.body),
            parsed(R"({"model":"m-1","instructions":"Be brief.","input":[)"
                   R"({"role":"user","content":"Look."},)"
                   R"({"type":"function_call","call_id":"id_7","name":"observe",)"
                   R"("arguments":"{\"n\":2}"},)"
                   R"({"type":"function_call_output","call_id":"id_7","output":"rain=yes"},)"
                   R"({"role":"user","content":"What is P(rain)?"}],)"
                   R"("max_output_tokens":300,"temperature":0.5,)"
                   R"("tools":[{"type":"function","name":"observe","description":"Looks.",)"
                   R"("parameters":)" +
                   schema +
                   R"(,"strict":true}],"tool_choice":"required",)"
                   R"("text":{"format":{"type":"json_schema","name":"belief","schema":)" +
                   schema + R"(,"strict":true}},"store":false,"stream":true})"));
  EXPECT_THAT(wire.body, HasSubstr(schema));
}

TEST(OpenAiResponses, a_body_that_says_something) {
  EXPECT_EQ(reply_of(decoded(name, response("completed", said))),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "completed"));
}

TEST(OpenAiResponses, a_body_that_refuses_is_cut_or_is_filtered) {
  const auto refusal = message(R"({"type":"refusal","refusal":"I can't."})");
  EXPECT_EQ(reply_of(decoded(name, response("completed", refusal))),
            expected_reply(ReplyKind::refused, "I can't.", "completed"));
  EXPECT_EQ(
      reply_of(decoded(name, response("incomplete", said, R"({"reason":"max_output_tokens"})"))),
      expected_reply(ReplyKind::cut_off, R"({"belief":0.4})", "max_output_tokens"));
  EXPECT_EQ(
      reply_of(decoded(name, response("incomplete", said, R"({"reason":"content_filter"})"))).kind,
      ReplyKind::filtered);
  EXPECT_EQ(reply_of(decoded(name, response("incomplete", said))).kind, ReplyKind::cut_off);
}

TEST(OpenAiResponses, a_body_that_calls_tools) {
  const auto reply = reply_of(decoded(
      name, response("completed",
                     R"({"type":"function_call","id":"fc_1","call_id":"call_a","name":"observe",)"
                     R"("arguments":"{\"n\":2}","status":"completed"})")));
  EXPECT_THAT(reply.tool_calls, ElementsAre(ToolCall{"call_a", "observe", R"({"n":2})"}));
}

TEST(OpenAiResponses, a_body_that_failed_is_a_failure) {
  const auto limited = failure_of(decoded(
      name,
      response("failed", "", "null", R"({"code":"rate_limit_exceeded","message":"slow down"})")));
  EXPECT_EQ(limited.kind, FailureKind::rate_limited);
  EXPECT_EQ(limited.message, "slow down");
  EXPECT_EQ(failure_of(decoded(name, response("failed", "", "null",
                                              R"({"code":"server_error","message":"x"})")))
                .kind,
            FailureKind::server);
  EXPECT_EQ(failure_of(decoded(name, response("cancelled", said))).kind, FailureKind::interrupted);
}

TEST(OpenAiResponses, a_body_of_another_shape_is_malformed) {
  for (const auto& body :
       {std::string("{}"), std::string("x"), response("queued", said), response("failed", said),
        std::string(R"({"status":"completed"})"), std::string(R"({"status":7,"output":[]})")})
    EXPECT_EQ(failure_of(decoded(name, body)).kind, FailureKind::malformed) << body;
}

TEST(OpenAiResponses, a_stream_ends_with_the_whole_response) {
  const auto text = stream_of("response.completed", response("completed", said));
  EXPECT_EQ(reply_of(streamed(name, text)),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "completed"));
  expect_cut_is_interrupted(name, text, "\n\n");
}

TEST(OpenAiResponses, a_stream_that_refuses_is_cut_is_filtered_or_calls) {
  const auto refusal = message(R"({"type":"refusal","refusal":"No."})");
  EXPECT_EQ(
      reply_of(streamed(name, stream_of("response.completed", response("completed", refusal))))
          .kind,
      ReplyKind::refused);
  const auto incomplete = [](const std::string& reason) {
    return stream_of("response.incomplete",
                     response("incomplete", said, R"({"reason":")" + reason + "\"}"));
  };
  EXPECT_EQ(reply_of(streamed(name, incomplete("max_output_tokens"))).kind, ReplyKind::cut_off);
  EXPECT_EQ(reply_of(streamed(name, incomplete("content_filter"))).kind, ReplyKind::filtered);
  const auto call = R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"})";
  EXPECT_THAT(reply_of(streamed(name, stream_of("response.completed", response("completed", call))))
                  .tool_calls,
              ElementsAre(ToolCall{"c", "f", "{}"}));
}

TEST(OpenAiResponses, an_error_amid_a_stream_is_one) {
  const auto error =
      event("error", R"("code":"rate_limit_exceeded","message":"slow","param":null)");
  EXPECT_EQ(failure_of(streamed(name, error)).kind, FailureKind::rate_limited);
  EXPECT_EQ(failure_of(streamed(name, error)).code, "rate_limit_exceeded");
  const auto unnamed = event("error", R"("code":null,"message":"down","param":null)");
  EXPECT_EQ(failure_of(streamed(name, unnamed)).kind, FailureKind::server);
  EXPECT_EQ(failure_of(streamed(name, unnamed)).code, "");
  const auto failed =
      stream_of("response.failed",
                response("failed", "", "null", R"({"code":"server_error","message":"m"})"));
  EXPECT_EQ(failure_of(streamed(name, failed)).kind, FailureKind::server);
}

TEST(OpenAiResponses, a_stream_of_another_shape_is_malformed) {
  EXPECT_EQ(failure_of(streamed(name, "event: response.completed\ndata: {\n\n")).kind,
            FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed(name, event("response.completed", R"("response":[])"))).kind,
            FailureKind::malformed);
}

}  // namespace
}  // namespace causal_gym
