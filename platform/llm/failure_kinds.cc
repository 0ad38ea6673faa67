#include "platform/llm/failure_kinds.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "platform/llm/wait_hints.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_message_bytes = 1'000;
constexpr double longest_throttle_seconds = 3'600;

using Words = std::span<const std::string_view>;

constexpr std::string_view quota_words[] = {"insufficient_quota",
                                            "credit_balance_exhausted",
                                            "organization_spend_limit_exceeded",
                                            "project_spend_limit_exceeded",
                                            "organization_usage_limit_exceeded",
                                            "project_usage_limit_exceeded",
                                            "billing_hard_limit_reached",
                                            "billing_not_active",
                                            "billing_error",
                                            "access_terminated",
                                            "enforced_spend_limit_reached",
                                            "contract_spend_limit_reached"};
constexpr std::string_view filter_words[] = {"content_filter", "content_policy_violation",
                                             "ResponsibleAIPolicyViolation"};
constexpr std::string_view too_large_words[] = {"context_length_exceeded",
                                                "string_above_max_length", "request_too_large",
                                                "exceed_context_size_error"};
constexpr std::string_view parameter_words[] = {"unsupported_parameter", "unsupported_value",
                                                "unknown_parameter"};

// Sentences, in lower case: some providers say it in no other way.
constexpr std::string_view quota_phrases[] = {"credit balance is too low"};
constexpr std::string_view filter_phrases[] = {"content filtering policy",
                                               "content management policy", "flagged as violating",
                                               "flagged as potentially violating"};
constexpr std::string_view too_large_phrases[] = {
    "prompt is too long",  "maximum context length", "exceeds the available context size",
    "exceeds the context", "exceed context limit",   "request too large for"};
constexpr std::string_view cut_request_phrases[] = {"unexpected end of data",
                                                    "unexpected end of json input"};
constexpr std::string_view refusal_phrases[] = {
    "unsupported",   "not supported",      "not support",      "n't support",     "unrecognized",
    "unknown",       "unexpected keyword", "extra inputs",     "extra fields",    "not permitted",
    "is deprecated", "not allowed",        "only the default", "may only be set", "cannot be set"};

// Names of what may be left out, as they stand in sentences.
constexpr std::string_view optional_parameters[] = {"max_completion_tokens",
                                                    "max_tokens",
                                                    "stream_options",
                                                    "response_format",
                                                    "output_config",
                                                    "json_schema",
                                                    "tool_choice",
                                                    "temperature",
                                                    "seed",
                                                    "strict",
                                                    "tools",
                                                    "format"};

bool is_one_of(std::string_view text, Words words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool contains_one_of(std::string_view text, Words phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

std::string lower_text(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t find_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_word_character(text[at - 1])) &&
        (end == text.size() || !is_word_character(text[end])))
      return at;
  }
  return std::string_view::npos;
}

// The optional parameter that a sentence names first: "'max_tokens' is not supported with this
// model. Use 'max_completion_tokens' instead" refuses the first of the two.
std::string first_parameter(std::string_view sentence) {
  std::string_view first;
  std::size_t first_at = std::string_view::npos;
  for (const auto name : optional_parameters) {
    const auto at = find_word(sentence, name);
    if (at >= first_at) continue;
    first_at = at;
    first = name;
  }
  return std::string(first);
}

// The parameter that the error refuses. Nothing when it is an error of another sort.
std::optional<std::string> refused_parameter(const ProviderError& error) {
  const auto sentence = lower_text(error.message);
  const bool by_code =
      is_one_of(error.code, parameter_words) || is_one_of(error.type, parameter_words);
  if (!by_code && !contains_one_of(sentence, refusal_phrases)) return std::nullopt;
  auto name = error.parameter.empty() ? first_parameter(sentence) : error.parameter;
  // Words such as "unknown" stand in other errors too: they count only beside what can be left out.
  if (!by_code && first_parameter(lower_text(name)).empty()) return std::nullopt;
  return name;
}

bool says(const ProviderError& error, Words words) {
  return is_one_of(error.code, words) || is_one_of(error.type, words);
}

struct KindOfWord {
  std::string_view word;
  FailureKind kind;
};

// Of codes and types: what they mean where no status says it.
constexpr KindOfWord kinds_of_words[] = {
    {"rate_limit_exceeded", FailureKind::rate_limited},
    {"rate_limit_error", FailureKind::rate_limited},
    {"too_many_requests", FailureKind::rate_limited},
    {"slow_down", FailureKind::rate_limited},
    {"429", FailureKind::rate_limited},
    {"overloaded_error", FailureKind::overloaded},
    {"server_is_overloaded", FailureKind::overloaded},
    {"service_unavailable_error", FailureKind::overloaded},
    {"engine_overloaded_error", FailureKind::overloaded},
    {"503", FailureKind::overloaded},
    {"529", FailureKind::overloaded},
    {"timeout_error", FailureKind::timeout},
    {"invalid_api_key", FailureKind::authentication},
    {"authentication_error", FailureKind::authentication},
    {"401", FailureKind::authentication},
    {"permission_error", FailureKind::forbidden},
    {"403", FailureKind::forbidden},
    {"model_not_found", FailureKind::not_found},
    {"not_found_error", FailureKind::not_found},
    {"DeploymentNotFound", FailureKind::not_found},
    {"404", FailureKind::not_found},
    {"invalid_prompt", FailureKind::invalid_request},
    {"invalid_request_error", FailureKind::invalid_request},
    {"BadRequestError", FailureKind::invalid_request},
    {"400", FailureKind::invalid_request},
};

std::optional<FailureKind> kind_of_word(std::string_view word) {
  for (const auto& entry : kinds_of_words)
    if (entry.word == word) return entry.kind;
  return std::nullopt;
}

FailureKind kind_of_status(int status) {
  if (status >= 300 && status < 400) return FailureKind::not_found;  // what is asked is elsewhere
  switch (status) {
    case 401: return FailureKind::authentication;
    case 402: return FailureKind::quota;
    case 403:
    case 407:  // a proxy wants to know who asks
    case 451: return FailureKind::forbidden;
    case 404:
    case 405:
    case 410:
    case 421:
    case 426: return FailureKind::not_found;  // no such interface at this address
    case 408:
    case 504: return FailureKind::timeout;
    case 409: return FailureKind::server;
    case 413: return FailureKind::too_large;
    case 429: return FailureKind::rate_limited;
    case 503:
    case 529: return FailureKind::overloaded;
    default: return status >= 500 ? FailureKind::server : FailureKind::invalid_request;
  }
}

bool is_client_error(int status) { return status == 400 || status == 422; }

// The kind by what is said, which tells more than the status; else by the status.
FailureKind kind_of(const ProviderError& error, int status) {
  const auto sentence = lower_text(error.message);
  if (says(error, quota_words) || contains_one_of(sentence, quota_phrases))
    return FailureKind::quota;
  const bool may_blame_request = is_client_error(status) || is_success(status);
  if (may_blame_request && contains_one_of(sentence, cut_request_phrases))
    return FailureKind::interrupted;
  if (may_blame_request || status == 429)
    if (says(error, too_large_words) || contains_one_of(sentence, too_large_phrases))
      return FailureKind::too_large;
  if (may_blame_request && refused_parameter(error)) return FailureKind::unsupported_parameter;
  if (!is_success(status)) return kind_of_status(status);
  if (const auto kind = kind_of_word(error.code)) return *kind;
  return kind_of_word(error.type).value_or(FailureKind::server);
}

// Texts of providers are kept short, and whole characters.
std::string shortened(std::string text) {
  if (text.size() <= longest_message_bytes) return text;
  auto length = longest_message_bytes;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  text.resize(length);
  return text + "...";
}

std::string text_or_number(const WireJson& value, std::string_view name) {
  const auto* member = wire_member(value, name);
  if (member != nullptr && member->is_number_integer()) return wire_text(*member);
  return wire_string(value, name);
}

// FastAPI's {"detail": [{"loc": ["body", "seed"], "msg": "..."}]}, or a text.
void read_detail(const WireJson& value, ProviderError& error) {
  error.message = wire_string(value, "detail");
  const auto& list = wire_list(value, "detail");
  if (list.empty()) return;
  error.message = wire_string(list.front(), "msg");
  const auto& place = wire_list(list.front(), "loc");
  if (place.size() > 1 && place.back().is_string())
    error.parameter = place.back().get_ref<const std::string&>();
}

ChatOutcome outcome_of(ProviderError error, int status) {
  const auto sentence = lower_text(error.message);
  if ((is_client_error(status) || is_success(status)) &&
      (says(error, filter_words) || contains_one_of(sentence, filter_phrases))) {
    ChatReply reply;
    reply.kind = ReplyKind::filtered;
    reply.finish_reason = error.code.empty() ? error.type : error.code;
    return reply;
  }
  ChatFailure failure;
  failure.kind = kind_of(error, status);
  failure.status = status;
  if (failure.kind == FailureKind::unsupported_parameter)
    failure.parameter = refused_parameter(error).value_or("");
  failure.code = error.code.empty() ? std::move(error.type) : std::move(error.code);
  failure.message = error.message.empty() ? "no reason given" : std::move(error.message);
  return failure;
}

}  // namespace

bool is_success(int status) { return status >= 200 && status < 300; }

ProviderError read_provider_error(const WireJson& value) {
  if (value.is_array() && !value.empty() && !value.front().is_array())
    return read_provider_error(value.front());
  ProviderError error;
  const auto* inner = wire_member(value, "error");
  const WireJson& source = inner != nullptr && inner->is_object() ? *inner : value;
  error.type = wire_string(source, "type");
  error.code = text_or_number(source, "code");
  // Anthropic's spend limits stand beside the type, deeper down.
  if (error.code.empty()) error.code = wire_string(wire_object(source, "details"), "error_code");
  error.parameter = wire_string(source, "param");
  error.message = wire_string(source, "message");
  if (inner != nullptr && inner->is_string()) error.message = inner->get_ref<const std::string&>();
  if (wire_member(value, "detail") != nullptr && error.message.empty()) read_detail(value, error);
  error.message = shortened(std::move(error.message));
  error.code = shortened(std::move(error.code));
  error.type = shortened(std::move(error.type));
  error.parameter = shortened(std::move(error.parameter));
  return error;
}

ChatOutcome refused_outcome(const WireResponse& response, QuotaMeaning meaning) {
  const auto body = read_wire_json(response.body);
  auto error = body ? read_provider_error(*body) : ProviderError{};
  if (response.status >= 300 && response.status < 400)
    error.message = "redirects are not followed: the address is another";
  if (error.message.empty() && !body) error.message = "the answer is not JSON";
  auto outcome = outcome_of(std::move(error), response.status);
  auto* failure = std::get_if<ChatFailure>(&outcome);
  if (failure == nullptr) return outcome;
  const bool limited = response.status == 429;
  failure->retry_after = asked_wait_seconds(response.headers, limited);
  failure->should_retry = asked_retry(response.headers);
  // Resets say when a limit is whole again, not that this request is welcome then.
  const auto asked = asked_wait_seconds(response.headers, false);
  if (failure->code == "insufficient_quota" && meaning == QuotaMeaning::throttle_if_brief &&
      limited && asked && *asked <= longest_throttle_seconds)
    failure->kind = FailureKind::rate_limited;
  return outcome;
}

ChatOutcome inner_error_outcome(const ProviderError& error) { return outcome_of(error, 200); }

ChatFailure malformed(std::string message) {
  ChatFailure failure;
  failure.kind = FailureKind::malformed;
  failure.status = 200;
  failure.message = std::move(message);
  return failure;
}

ChatFailure interrupted(std::string message) {
  auto failure = malformed(std::move(message));
  failure.kind = FailureKind::interrupted;
  return failure;
}

}  // namespace causal_gym
