#include "platform/llm/azure.h"

#include <string>
#include <string_view>
#include <utility>

#include "platform/llm/failure_kinds.h"
#include "platform/llm/openai_chat.h"

namespace causal_gym {

namespace {

// RFC 3986: all but unreserved characters.
std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved)
      encoded += c;
    else
      (((encoded += '%') += digits[byte >> 4]) += digits[byte & 15]);
  }
  return encoded;
}

std::string azure_url(const Endpoint& endpoint, std::string_view deployment) {
  const auto& base = endpoint.base_url;
  if (base.ends_with("/openai/v1")) return base + "/chat/completions";
  const auto root = base.ends_with("/openai") ? base : base + "/openai";
  if (endpoint.api_version.empty() || endpoint.api_version == "v1")
    return root + "/v1/chat/completions";
  return root + "/deployments/" + percent_encoded(deployment) +
         "/chat/completions?api-version=" + percent_encoded(endpoint.api_version);
}

}  // namespace

WireRequest encode_azure(const ChatRequest& request, const Endpoint& endpoint,
                         const ChatCapabilities& capabilities) {
  WireRequest wire;
  wire.url = azure_url(endpoint, request.model);
  wire.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  if (!endpoint.key.empty()) wire.secret_header = "api-key";
  wire.body = wire_text(openai_chat_body(request, capabilities));
  return wire;
}

ChatOutcome decode_azure(const WireResponse& response) {
  return decode_openai_chat(response, QuotaMeaning::throttle_if_brief);
}

}  // namespace causal_gym
