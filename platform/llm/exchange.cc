#include "platform/llm/exchange.h"

#include <algorithm>
#include <array>
#include <memory>

#include "platform/cache/cache_key.h"

namespace causal_gym {

namespace {

constexpr std::size_t most_kept_headers = 64;
constexpr std::size_t longest_kept_value = 1'024;

constexpr std::string_view kept_headers[] = {
    "content-type",    "date",        "request-id",     "x-request-id",
    "apim-request-id", "x-ms-region", "openai-version", "openai-processing-ms",
    "openai-model",    "retry-after", "retry-after-ms", "x-should-retry",
    "cf-ray",          "server"};
constexpr std::string_view kept_prefixes[] = {"x-ratelimit-", "anthropic-ratelimit-"};

std::string lower_text(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
}

// In the order of FailureKind.
constexpr std::array<std::string_view, 17> failure_kind_names = {
    "rate_limited", "overloaded",      "server",
    "connection",   "untrusted",       "timeout",
    "interrupted",  "malformed",       "unsupported_parameter",
    "quota",        "authentication",  "forbidden",
    "not_found",    "invalid_request", "too_large",
    "budget",       "cancelled"};
static_assert(static_cast<std::size_t>(FailureKind::cancelled) + 1 == failure_kind_names.size());

bool is_kept(std::string_view name) {
  return std::find(std::begin(kept_headers), std::end(kept_headers), name) !=
             std::end(kept_headers) ||
         std::any_of(std::begin(kept_prefixes), std::end(kept_prefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::string call_key_text(const CallKey& key) {
  return key.run + '/' + std::to_string(key.episode) + '/' + std::to_string(key.sequence) + '/' +
         std::to_string(key.trial);
}

std::string_view failure_kind_name(FailureKind kind) {
  return failure_kind_names[static_cast<std::size_t>(kind)];
}

std::optional<FailureKind> find_failure_kind(std::string_view name) {
  const auto* const found = std::find(failure_kind_names.begin(), failure_kind_names.end(), name);
  if (found == failure_kind_names.end()) return std::nullopt;
  return static_cast<FailureKind>(found - failure_kind_names.begin());
}

HeaderFields headers_of_interest(const HeaderFields& headers) {
  HeaderFields kept;
  for (const auto& [name, value] : headers) {
    auto lowered = lower_text(name);
    if (kept.size() < most_kept_headers && is_kept(lowered))
      kept.emplace_back(std::move(lowered), value.substr(0, longest_kept_value));
  }
  return kept;
}

std::string exchange_cache_key(std::string_view provider, std::string_view base_url,
                               std::string_view request_body, std::int64_t trial) {
  return cache_key({provider, base_url, request_body, std::to_string(trial)});
}

}  // namespace causal_gym
