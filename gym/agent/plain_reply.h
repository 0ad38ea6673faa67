// A model's words made plain, so that numbers can be looked for in them: lower case, ASCII where a
// sign has an ASCII form, without emphasis, code fences and LaTeX. Cost: linear in the text.
//
// What is told as a number but is not read becomes unread_mark: it must not go unnoticed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

inline constexpr char operator_mark = '\x01';  // times, divided by, a root, plus or minus
inline constexpr char unread_mark = '\x02';    // digits of another script, currencies, per mille

// What follows the model's thinking (<think>...</think>); nothing when that is cut off.
[[nodiscard]] std::optional<std::string_view> without_thinking(std::string_view text);

// Lines without spaces around them; the marks above come from nowhere else.
[[nodiscard]] std::string plain_reply(std::string_view text);

}  // namespace causal_gym
