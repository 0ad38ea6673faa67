// What tests ask of codecs: a body read, a stream read however it is cut, a request's body parsed.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

inline const Provider& provider_named(std::string_view name) {
  const auto found = find_provider(name);
  EXPECT_TRUE(found) << name;
  return **found;
}

inline ChatOutcome decoded(std::string_view provider, std::string body, int status = 200,
                           HeaderFields headers = {}) {
  return provider_named(provider).decode({status, std::move(headers), std::move(body)});
}

inline ChatOutcome read_pieces(std::string_view provider,
                               const std::vector<std::string_view>& pieces) {
  const auto reader = provider_named(provider).stream_reader();
  for (const auto piece : pieces)
    if (reader->feed(piece)) break;
  return reader->finish();
}

// The outcome of the whole text at once, of every cut in two, and of byte by byte, which are one.
inline ChatOutcome streamed(std::string_view provider, std::string_view text) {
  const auto outcome = read_pieces(provider, {text});
  std::vector<std::string_view> bytes;
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    bytes.push_back(text.substr(cut, 1));
    EXPECT_EQ(read_pieces(provider, {text.substr(0, cut), text.substr(cut)}), outcome)
        << provider << ": cut at byte " << cut;
  }
  EXPECT_EQ(read_pieces(provider, bytes), outcome) << provider << ": byte by byte";
  return outcome;
}

inline ChatReply reply_of(const ChatOutcome& outcome) {
  const auto* failure = std::get_if<ChatFailure>(&outcome);
  EXPECT_EQ(failure, nullptr) << failure->message;
  return failure != nullptr ? ChatReply{} : std::get<ChatReply>(outcome);
}

inline ChatFailure failure_of(const ChatOutcome& outcome) {
  EXPECT_TRUE(std::holds_alternative<ChatFailure>(outcome));
  const auto* failure = std::get_if<ChatFailure>(&outcome);
  return failure != nullptr ? *failure : ChatFailure{};
}

// Every text that ends before the stream's end is interrupted: `end` is what ends it.
inline void expect_cut_is_interrupted(std::string_view provider, std::string_view text,
                                      std::string_view end) {
  const auto last = text.rfind(end);
  ASSERT_NE(last, std::string_view::npos);
  for (std::size_t length = 0; length < last + end.size(); ++length)
    EXPECT_EQ(failure_of(read_pieces(provider, {text.substr(0, length)})).kind,
              FailureKind::interrupted)
        << provider << ": ended after byte " << length;
}

// One turn of everything: system, user, a call of the assistant, its result, and a question.
inline ChatRequest sample_request() {
  ChatRequest request;
  request.model = "m-1";
  request.messages = {{ChatRole::system, "Be brief."},
                      {ChatRole::user, "Look."},
                      {ChatRole::assistant, "", {{"id_7", "observe", R"({"n":2})"}}},
                      {ChatRole::tool, "rain=yes", {}, "id_7", "observe"},
                      {ChatRole::user, "What is P(rain)?"}};
  request.max_output_tokens = 300;
  request.temperature = 0.5;
  request.seed = 11;
  return request;
}

inline constexpr std::string_view sample_schema =
    R"({"type":"object","properties":{"why":{"type":"string"},"belief":{"type":"number"}},)"
    R"("required":["why","belief"],"additionalProperties":false})";

inline ChatRequest sample_request_with_tools() {
  auto request = sample_request();
  request.tools = {{"observe", "Looks.", std::string(sample_schema)}};
  request.tool_choice = ToolChoice::required;
  request.schema = ReplySchema{"belief", std::string(sample_schema)};
  request.stream = true;
  return request;
}

inline Endpoint sample_endpoint(std::string base_url) {
  return Endpoint{std::move(base_url), Secret("sk-planted"), "", "", ""};
}

// The request as its provider encodes it; no part but the header may carry the key.
inline WireRequest encoded(std::string_view provider, const ChatRequest& request,
                           const Endpoint& endpoint) {
  const auto& codec = provider_named(provider);
  auto wire = codec.encode(request, endpoint, codec.capabilities);
  EXPECT_EQ(wire.body.find("sk-planted"), std::string::npos);
  for (const auto& [name, value] : wire.headers) EXPECT_NE(value, "sk-planted") << name;
  return wire;
}

inline WrittenJson parsed(std::string_view text) { return WrittenJson::parse(text); }

}  // namespace causal_gym
