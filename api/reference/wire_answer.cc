#include "api/reference/wire_answer.h"

#include <algorithm>

#include "engine/base/rng.h"

namespace causal_gym {

namespace {

constexpr int server_error = 500;

// Of a status that is no fault of a request's own content.
struct StatusWords {
  int status;
  const char *openai_type, *openai_code;  // the code is null where there is none
  const char* anthropic_type;
};
constexpr StatusWords status_words[] = {
    {401, "invalid_request_error", "invalid_api_key", "authentication_error"},
    {403, "request_forbidden", nullptr, "permission_error"},
    {404, "invalid_request_error", nullptr, "not_found_error"},
    {405, "invalid_request_error", "method_not_supported", "invalid_request_error"},
    {413, "invalid_request_error", nullptr, "request_too_large"},
    {429, "requests", "rate_limit_exceeded", "rate_limit_error"},
};

StatusWords words_of(int status) {
  for (const auto& words : status_words)
    if (words.status == status) return words;
  if (status < server_error)
    return {status, "invalid_request_error", nullptr, "invalid_request_error"};
  return {status, "server_error", nullptr, "api_error"};
}

OrderedJson text_or_null(const char* text) {
  return text == nullptr ? OrderedJson(nullptr) : OrderedJson(text);
}

std::string with_suggestion(const Error& error) {
  return error.suggestion.empty() ? error.message : error.message + "; " + error.suggestion;
}

// "messages[0].content" -> "messages.0.content"
std::string dotted(std::string_view path) {
  std::string text;
  for (const char c : path)
    if (c != ']') text += c == '[' ? '.' : c;
  return text;
}

}  // namespace

std::string ordered_line(const OrderedJson& value) {
  return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

WireAnswer json_answer(const OrderedJson& body, int status) {
  return {status, false, ordered_line(body)};
}

int wire_status(const Error& error) {
  if (error.code == ErrorCode::not_found) return 404;
  return error.code == ErrorCode::limit_exceeded ? 413 : 400;
}

WireAnswer openai_error(const Error& error) {
  const bool is_model = error.code == ErrorCode::not_found;
  auto message = with_suggestion(error);
  if (!is_model && !error.where.empty())
    message = "Invalid value for '" + error.where + "': " + message;
  OrderedJson body;
  body["error"] = {{"message", std::move(message)},
                   {"type", "invalid_request_error"},
                   {"param", error.where.empty() ? OrderedJson(nullptr) : OrderedJson(error.where)},
                   {"code", text_or_null(is_model ? "model_not_found" : nullptr)}};
  return json_answer(body, wire_status(error));
}

WireAnswer openai_error(const Error& error, int status) {
  const auto words = words_of(status);
  OrderedJson body;
  body["error"] = {{"message", with_suggestion(error)},
                   {"type", words.openai_type},
                   {"param", nullptr},
                   {"code", text_or_null(words.openai_code)}};
  return json_answer(body, status);
}

WireAnswer anthropic_error(const Error& error, int status, std::string_view request_id) {
  auto message = with_suggestion(error);
  if (!error.where.empty()) message = dotted(error.where) + ": " + message;
  OrderedJson body;
  body["type"] = "error";
  body["error"] = {{"type", words_of(status).anthropic_type}, {"message", std::move(message)}};
  body["request_id"] = request_id;
  return json_answer(body, status);
}

std::string stream_event(const OrderedJson& value, std::string_view type) {
  const auto head = type.empty() ? std::string() : "event: " + std::string(type) + "\n";
  return head + "data: " + ordered_line(value) + "\n\n";
}

std::vector<std::string> stream_pieces(std::string_view text) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const auto word = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::min(text.find(' ', word), text.size());
    pieces.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return pieces;
}

std::string wire_id(std::string_view prefix, std::uint64_t request_hash, std::size_t place) {
  auto bits = Rng(request_hash, stream_of(prefix)).fork(place).next_bits();
  std::string digits(16, '0');
  for (auto& digit : digits) {
    digit = "0123456789abcdef"[bits & 15U];
    bits >>= 4U;
  }
  return std::string(prefix) + digits;
}

}  // namespace causal_gym
