// The id of a request as it was written, digit for digit, also of one that cannot be read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/json_text.h"

namespace causal_gym {

// The text of the first member "id" of the object that `body` begins with, when that member by
// itself is JSON on one line. What stands after it need not be JSON. Cost: O(length).
[[nodiscard]] std::optional<std::string> request_id_text(std::string_view body,
                                                         const JsonLimits& limits);

}  // namespace causal_gym
