#include "platform/models/kept_replies.h"

#include <charconv>
#include <utility>

namespace causal_gym {

namespace {

// A text with its length before it.
void add(std::string& all, std::string_view text) {
  all += std::to_string(text.size()) + ":";
  all += text;
}

// Takes the next from the front.
std::optional<std::string> next(std::string_view& rest) {
  std::size_t size = 0;
  const auto* const end = rest.data() + rest.size();
  const auto [after, error] = std::from_chars(rest.data(), end, size);
  if (error != std::errc() || after == end || *after != ':') return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(after - rest.data()) + 1);
  if (size > rest.size()) return std::nullopt;
  std::string text(rest.substr(0, size));
  rest.remove_prefix(size);
  return text;
}

std::optional<std::int64_t> next_number(std::string_view& rest) {
  const auto text = next(rest);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto* const end = text->data() + text->size();
  const auto [after, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || after != end) return std::nullopt;
  return number;
}

}  // namespace

std::string kept_reply_text(const KeptReply& reply) {
  const auto& response = reply.response;
  std::string text;
  add(text, std::to_string(reply.recorded_at));
  add(text, std::to_string(response.status));
  add(text, response.body);
  for (const auto& [name, value] : response.headers) {
    add(text, name);
    add(text, value);
  }
  return text;
}

std::optional<KeptReply> read_kept_reply(std::string_view text) {
  const auto recorded_at = next_number(text);
  const auto status = recorded_at ? next_number(text) : std::nullopt;
  auto body = status ? next(text) : std::nullopt;
  if (!body || *status < 0 || *status > 999) return std::nullopt;
  KeptReply reply{*recorded_at, {static_cast<int>(*status), {}, *std::move(body)}};
  while (!text.empty()) {
    auto name = next(text);
    auto value = name ? next(text) : std::nullopt;
    if (!value) return std::nullopt;
    reply.response.headers.emplace_back(*std::move(name), *std::move(value));
  }
  return reply;
}

std::optional<WireResponse> find_reply(Cache& cache, const std::string& cache_key,
                                       std::int64_t since) {
  const auto text = cache.find(cache_key);
  auto reply = text ? read_kept_reply(*text) : std::nullopt;
  if (!reply || reply->recorded_at < since) return std::nullopt;
  return std::move(reply->response);
}

void keep_reply(Cache& cache, const Exchange& exchange, std::int64_t recorded_at) {
  // What was read from a cache is as old as it was there.
  if (exchange.cached || exchange.failure || exchange.response_cut) return;
  cache.keep(
      exchange.cache_key,
      kept_reply_text({recorded_at, {exchange.status, exchange.headers, exchange.response_body}}));
}

}  // namespace causal_gym
