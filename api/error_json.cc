#include "api/error_json.h"

namespace causal_gym {

using nlohmann::json;

json error_json(const Error& error) {
  return {{"error",
           {{"code", error_code_name(error.code)},
            {"message", error.message},
            {"where", error.where},
            {"suggestion", error.suggestion}}}};
}

std::optional<Error> error_of(const json& answer) {
  if (!answer.is_object() || !answer.contains("error")) return std::nullopt;
  const auto& written = answer["error"];
  const auto text = [&](const char* key) {
    const bool there = written.is_object() && written.contains(key) && written[key].is_string();
    return there ? written[key].get<std::string>() : std::string();
  };
  Error error{ErrorCode::unavailable, text("message"), text("where"), text("suggestion")};
  for (const auto code : all_error_codes)
    if (error_code_name(code) == text("code")) error.code = code;
  return error;
}

}  // namespace causal_gym
