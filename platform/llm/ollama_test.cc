// Ollama: the request field by field, and every end a body or a stream of lines can come to.
#include "platform/llm/ollama.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/llm/codec_probe.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto name = "ollama";

std::string line(const std::string& message, const std::string& rest = R"("done":false)") {
  return R"({"model":"llama3.2:3b","created_at":"2026-01-01T00:00:00Z",)"
         R"("message":{"role":"assistant",)" +
         message + "}," + rest + "}";
}

std::string done(const std::string& reason) {
  return R"("done":true,"done_reason":")" + reason +
         R"(","total_duration":9,"load_duration":1,"prompt_eval_count":20,)"
         R"("prompt_eval_duration":3,"eval_count":9,"eval_duration":4)";
}

ChatReply expected_reply(ReplyKind kind, std::string text, std::string finish_reason) {
  return {kind, std::move(text), {}, std::move(finish_reason), "", "llama3.2:3b", {20, {}, 9, {}}};
}

TEST(Ollama, a_request_in_full) {
  const auto wire =
      encoded(name, sample_request_with_tools(), Endpoint{"http://127.0.0.1:11434", {}});
  EXPECT_EQ(wire.url, "http://127.0.0.1:11434/api/chat");
  EXPECT_EQ(wire.secret_header, "");
  const std::string schema(sample_schema);
  EXPECT_EQ(
      parsed(wire.body),
      parsed(R"({"model":"m-1","messages":[{"role":"system","content":"Be brief."},)"
             R"({"role":"user","content":"Look."},)"
             R"({"role":"assistant","content":"","tool_calls":[{"function":{)"
             R"("name":"observe","arguments":{"n":2}}}]},)"
             R"({"role":"tool","content":"rain=yes","tool_name":"observe"},)"
             R"({"role":"user","content":"What is P(rain)?"}],"stream":true,)"
             R"("tools":[{"type":"function","function":{"name":"observe","description":)"
             R"("Looks.","parameters":)" +
             schema + R"(}}],"format":)" + schema +
             R"(,"options":{"num_ctx":4096,"num_predict":300,"temperature":0.5,"seed":11}})"));
  EXPECT_THAT(wire.body, HasSubstr(schema));
}

TEST(Ollama, streaming_is_refused_in_so_many_words) {
  EXPECT_EQ(parsed(encoded(name, sample_request(), sample_endpoint("http://h")).body)["stream"],
            false);
}

TEST(Ollama, the_context_grows_with_the_prompt_and_the_output) {
  ChatRequest request;
  request.max_output_tokens = 96;
  request.messages = {{ChatRole::user, std::string(7'984, 'x')}};  // 16 bytes for the turn: 4,000
  EXPECT_EQ(ollama_context_tokens(request), 4'096);
  request.max_output_tokens = 97;
  EXPECT_EQ(ollama_context_tokens(request), 8'192);
  request.max_output_tokens = 1'000'000;
  EXPECT_EQ(ollama_context_tokens(request), 131'072);
}

TEST(Ollama, a_body_that_says_something) {
  EXPECT_EQ(reply_of(decoded(
                name, line(R"("content":"{\"belief\":0.4}","thinking":"0.9?")", done("stop")))),
            expected_reply(ReplyKind::said, R"({"belief":0.4})", "stop"));
}

TEST(Ollama, a_body_that_is_cut) {
  EXPECT_EQ(reply_of(decoded(name, line(R"("content":"0.")", done("length")))),
            expected_reply(ReplyKind::cut_off, "0.", "length"));
  EXPECT_EQ(reply_of(decoded(name, line(R"("content":"")", done("load")))).kind,
            ReplyKind::cut_off);
  EXPECT_EQ(failure_of(decoded(name, line(R"("content":"0.")"))).kind, FailureKind::interrupted);
}

TEST(Ollama, calls_get_ids_by_their_order) {
  const auto reply = reply_of(decoded(
      name,
      line(R"("content":"","tool_calls":[{"function":{"name":"observe","arguments":{"n":2}}},)"
           R"({"function":{"name":"stop","arguments":{}}},)"
           R"({"id":"own","function":{"name":"stop"}}])",
           done("stop"))));
  EXPECT_THAT(reply.tool_calls,
              ElementsAre(ToolCall{"call_0", "observe", R"({"n":2})"},
                          ToolCall{"call_1", "stop", "{}"}, ToolCall{"own", "stop", "{}"}));
}

TEST(Ollama, errors_are_a_text) {
  const auto missing = failure_of(decoded(name, R"({"error":"model 'x' not found"})", 404));
  EXPECT_EQ(missing.kind, FailureKind::not_found);
  EXPECT_EQ(missing.message, "model 'x' not found");
  EXPECT_EQ(failure_of(decoded(name, R"({"error":"server busy"})", 503)).kind,
            FailureKind::overloaded);
  EXPECT_EQ(failure_of(decoded(name, R"({"error":"it broke"})")).kind, FailureKind::server);
}

TEST(Ollama, a_body_of_another_shape_is_malformed) {
  for (const auto body : {"", "[]", "{}", R"({"message":{"content":"0.4"},"done":true})"})
    EXPECT_EQ(failure_of(decoded(name, body)).kind, FailureKind::malformed) << body;
}

TEST(Ollama, a_stream_that_says_something) {
  const auto text = line(R"("content":"{\"belief\":")") + "\n" + line(R"("content":"0.4}")") +
                    "\r\n\n" + line(R"("content":"")", done("stop"));
  const auto expected = expected_reply(ReplyKind::said, R"({"belief":0.4})", "stop");
  EXPECT_EQ(reply_of(streamed(name, text + "\n")), expected);
  EXPECT_EQ(reply_of(streamed(name, text)), expected);  // an object that is whole needs no line end
  expect_cut_is_interrupted(name, text, "}");
}

TEST(Ollama, a_stream_that_is_cut_or_calls) {
  EXPECT_EQ(reply_of(streamed(name, line(R"("content":"0.")") + "\n" +
                                        line(R"("content":"")", done("length")) + "\n")),
            expected_reply(ReplyKind::cut_off, "0.", "length"));
  const auto call = line(R"("content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}])");
  EXPECT_THAT(reply_of(streamed(name, call + "\n" + call + "\n" +
                                          line(R"("content":"")", done("stop")) + "\n"))
                  .tool_calls,
              ElementsAre(ToolCall{"call_0", "f", "{}"}, ToolCall{"call_1", "f", "{}"}));
}

TEST(Ollama, an_error_amid_a_stream_is_one) {
  const auto failure =
      failure_of(streamed(name, line(R"("content":"0.4")") + "\n{\"error\":\"out of memory\"}\n"));
  EXPECT_EQ(failure.kind, FailureKind::server);
  EXPECT_EQ(failure.message, "out of memory");
}

TEST(Ollama, a_stream_of_another_shape_is_malformed) {
  EXPECT_EQ(failure_of(streamed(name, "<html>\n")).kind, FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed(name, "7\n")).kind, FailureKind::malformed);
  EXPECT_EQ(failure_of(streamed(name, R"({"done":true})"
                                      "\n"))
                .kind,
            FailureKind::malformed);
}

}  // namespace
}  // namespace causal_gym
