#include "platform/llm/azure.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "platform/llm/failure_kinds.h"
#include "platform/llm/openai_chat.h"
#include "platform/llm/openai_responses.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::string_view preview_version = "preview";
constexpr std::chrono::year first_version_year{2022};

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

// `dated_path` stands where the version is a date.
std::string azure_url(const Endpoint& endpoint, std::string_view path,
                      const std::string& dated_path) {
  const auto& base = endpoint.base_url;
  const auto& version = endpoint.api_version;
  const bool names_surface = base.ends_with("/openai/v1");
  auto url = names_surface || base.ends_with("/openai") ? base : base + "/openai";
  const bool is_dated = !version.empty() && version != "v1" && version != preview_version;
  if (is_dated && !names_surface)
    return url + dated_path + "?api-version=" + percent_encoded(version);
  if (!names_surface) url += "/v1";
  url += path;
  // Some resources refuse any version here, so that only who asks for one sends it.
  if (version == preview_version) url += "?api-version=preview";
  return url;
}

WireRequest azure_request(std::string url, const Endpoint& endpoint, const WrittenJson& body) {
  WireRequest wire;
  wire.url = std::move(url);
  wire.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  if (!endpoint.key.empty()) wire.secret_header = "api-key";
  wire.body = wire_text(body);
  return wire;
}

}  // namespace

WireRequest encode_azure(const ChatRequest& request, const Endpoint& endpoint,
                         const ChatCapabilities& capabilities) {
  auto url = azure_url(endpoint, "/chat/completions",
                       "/deployments/" + percent_encoded(request.model) + "/chat/completions");
  return azure_request(std::move(url), endpoint, openai_chat_body(request, capabilities));
}

WireRequest encode_azure_responses(const ChatRequest& request, const Endpoint& endpoint,
                                   const ChatCapabilities& capabilities) {
  return azure_request(azure_url(endpoint, "/responses", "/responses"), endpoint,
                       openai_responses_body(request, capabilities));
}

ChatOutcome decode_azure(const WireResponse& response) {
  return decode_openai_chat(response, QuotaMeaning::throttle_if_brief);
}

ChatOutcome decode_azure_responses(const WireResponse& response) {
  return decode_openai_responses(response, QuotaMeaning::throttle_if_brief);
}

// A date that there is, since there are versions; which of them a resource serves, it says itself.
bool is_azure_version(std::string_view version) {
  if (version.empty() || version == "v1" || version == preview_version) return true;
  std::string shape;
  for (const char c : version) shape += c >= '0' && c <= '9' ? '0' : c;
  if (shape != "0000-00-00" && shape != "0000-00-00-preview") return false;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = 10 * value + (version[i] - '0');
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  return date.ok() && date.year() >= first_version_year;
}

}  // namespace causal_gym
