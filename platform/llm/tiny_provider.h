// A provider for tests of the client, with the least that a codec needs: a JSON object goes out,
// {"text": ...} or {"error": ...} comes back, streamed as lines "text ..." until "end".
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "platform/llm/failure_kinds.h"
#include "platform/llm/loopback_server.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

inline constexpr std::string_view planted_key = "sk-planted-5f1b0c";

inline WireRequest encode_tiny(const ChatRequest& request, const Endpoint& endpoint,
                               const ChatCapabilities& capabilities) {
  WrittenJson body = {{"model", request.model}, {"stream", request.stream}};
  for (const auto& message : request.messages) body["texts"].push_back(message.text);
  if (capabilities.temperature && request.temperature) body["temperature"] = *request.temperature;
  if (capabilities.seed && request.seed) body["seed"] = *request.seed;
  return {endpoint.base_url + "/chat",
          {{"content-type", "application/json"}},
          "authorization",
          "Bearer ",
          wire_text(body)};
}

inline ChatOutcome decode_tiny(const WireResponse& response) {
  if (response.status != 200) return refused_outcome(response);
  const auto body = read_wire_json(response.body);
  if (!body || wire_member(*body, "text") == nullptr) return malformed("not the JSON of a reply");
  ChatReply reply;
  reply.text = wire_string(*body, "text");
  reply.model = wire_string(*body, "model");
  reply.usage.input = wire_count(*body, "input");
  reply.usage.output = wire_count(*body, "output");
  return reply;
}

class TinyReader final : public ChatStreamReader {
 public:
  bool feed(std::string_view bytes) override {
    text_ += bytes;
    return text_.ends_with("end\n");
  }
  ChatOutcome finish() override {
    if (text_.find("error overloaded\n") != std::string::npos)
      return inner_error_outcome({"overloaded_error", "", "busy", ""});
    if (text_.find("text ") == std::string::npos && text_.find("end\n") != std::string::npos)
      return malformed("no text came");
    if (!text_.ends_with("end\n")) return interrupted("the stream broke off");
    ChatReply reply;
    for (std::size_t at = 0; at < text_.size(); at = text_.find('\n', at) + 1)
      if (text_.compare(at, 5, "text ") == 0)
        reply.text += text_.substr(at + 5, text_.find('\n', at) - at - 5);
    return reply;
  }

 private:
  std::string text_;
};

inline std::unique_ptr<ChatStreamReader> tiny_reader() { return std::make_unique<TinyReader>(); }

inline constexpr Provider tiny_provider = {"tiny",      "for tests", {},
                                           encode_tiny, decode_tiny, tiny_reader};

inline bool is_stream(const LoopbackRequest& request) {
  return request.body.find(R"("stream":true)") != std::string::npos;
}

// What the tiny provider says when all is well, as the request asks for it.
inline LoopbackAnswer tiny_answer(const LoopbackRequest& request, std::string_view text = "hello") {
  if (!is_stream(request))
    return whole_answer(
        200, R"({"text":")" + std::string(text) + R"(","model":"m-2","input":10,"output":5})");
  return whole_answer(200, "text " + std::string(text) + "\nend\n");
}

inline LoopbackAnswer refusal(int status, std::string_view code, std::string_view headers = {}) {
  return whole_answer(status, R"({"error":{"code":")" + std::string(code) + R"(","message":"no"}})",
                      headers);
}

}  // namespace causal_gym
