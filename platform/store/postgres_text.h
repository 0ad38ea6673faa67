// Texts as PostgreSQL can hold them: any bytes there and back, though its `text` is UTF-8 without
// NUL.
//
// Source: RFC 3629; postgresql.org/docs/15/datatype-character.html. A byte that is no part of valid
// UTF-8, or is NUL, becomes one of the 256 last characters of Unicode's private plane 16, U+10FF00
// plus the byte; so do the bytes of such a character itself. What is left is as it was: one to one.
// Cost: linear. Pure.
#pragma once

#include <string>
#include <string_view>

namespace causal_gym {

[[nodiscard]] std::string to_postgres_text(std::string_view bytes);
[[nodiscard]] std::string from_postgres_text(std::string_view text);

}  // namespace causal_gym
