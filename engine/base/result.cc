#include "engine/base/result.h"

#include "engine/base/check.h"

namespace causal_gym {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::parse_error: return "parse_error";
    case ErrorCode::unknown_name: return "unknown_name";
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::cyclic_graph: return "cyclic_graph";
    case ErrorCode::zero_probability: return "zero_probability";
    case ErrorCode::not_determined: return "not_determined";
    case ErrorCode::limit_exceeded: return "limit_exceeded";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::unauthorized: return "unauthorized";
    case ErrorCode::unavailable: return "unavailable";
  }
  CHECK(false);
}

std::string error_text(const Error& error) {
  std::string text(error_code_name(error.code));
  text += ": " + error.message;
  if (!error.where.empty()) text += " (" + error.where + ")";
  if (!error.suggestion.empty()) text += "; " + error.suggestion;
  return text;
}

}  // namespace causal_gym
