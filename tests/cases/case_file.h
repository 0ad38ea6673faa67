// Case files: requests with the answers expected of them, replayed through every shell.
//
//   case: the effect of treatment on recovery        # begins a case; its name
//   source: Pearl 2009, figure 3.1                   # where the answer comes from
//   request: {"operation": "ask", ...}               # JSON; may go on over further lines
//   expect: {"result": {"value": 0.5}}               # a subset of the answer
//
// `with: {...}` puts its fields into every following request of the file that does not have them.
// A line whose first character is '#' is a comment. Of an object only the expected keys are
// compared, lists in full; numbers within 1e-9; an expected text that begins with '~' has to be
// contained in the answer's.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

struct Case {
  std::string name;
  std::string source;
  nlohmann::json request;
  nlohmann::json expected;
  std::string where;  // "adjustment.case:12"
};

// Errors: parse_error with file and line.
[[nodiscard]] Result<std::vector<Case>> parse_cases(std::string_view text, std::string_view file);

// Every case of every *.case file in the folder, in order of file name. Errors: also unavailable.
[[nodiscard]] Result<std::vector<Case>> load_cases(const std::string& folder);

// "" when the answer holds what is expected; otherwise the first difference, with its path.
[[nodiscard]] std::string difference(const nlohmann::json& expected, const nlohmann::json& answer,
                                     const std::string& path = "answer");

}  // namespace causal_gym
