// What can be done about a provider's error: its status, code, type, words and headers as a
// ChatFailure, or as a filtered reply when the error says that a content filter stopped the prompt.
//
// Source: error pages of OpenAI, Anthropic, Azure and Ollama; FastAPI's and API Management's own
// bodies, which gateways send. Cost: linear in the body.
#pragma once

#include <string>
#include <string_view>

#include "platform/llm/chat.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

// An error as the providers write it; a part that was not said is empty.
struct ProviderError {
  std::string type;       // "invalid_request_error"
  std::string code;       // "insufficient_quota"; a number as its digits
  std::string message;    // cut to 1,000 bytes
  std::string parameter;  // "temperature"
};

enum class QuotaMeaning {
  final,              // a quota code stops the provider
  throttle_if_brief,  // Azure: insufficient_quota with a Retry-After of at most an hour is none
};

[[nodiscard]] bool is_success(int status);

// From a JSON value of any shape: {"error": {...}}, {"error": "..."}, {"message": ...},
// {"detail": ...}, or a list that begins with one.
[[nodiscard]] ProviderError read_provider_error(const WireJson& value);

// The outcome of an answer whose status is not a success.
[[nodiscard]] ChatOutcome refused_outcome(const WireResponse& response,
                                          QuotaMeaning meaning = QuotaMeaning::final);

// The outcome of an error that came inside an answer whose status was a success.
[[nodiscard]] ChatOutcome inner_error_outcome(const ProviderError& error);

// A failure of ours to read what came: kind malformed or interrupted.
[[nodiscard]] ChatFailure malformed(std::string message);
[[nodiscard]] ChatFailure interrupted(std::string message);

}  // namespace causal_gym
