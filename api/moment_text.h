// Moments as people write them in a request, as the text by which runs are kept.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

// Of a text like "2026-11-23", "2026-11-23T14:30", "2026-11-23T14:30:05.250Z" or
// "2026-11-23T14:30+01:00" (ISO 8601; UTC where no offset is given): "2026-11-23T14:30:00.000Z". Of
// a date its beginning, or with `after_day` the beginning of the next one. Errors: invalid_argument
// (another text, or a day that no calendar has), with the form to use.
[[nodiscard]] Result<std::string> read_moment(std::string_view text, bool after_day = false);

}  // namespace causal_gym
