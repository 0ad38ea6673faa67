// What the value of a key may be, and how it is read from text (a variable, a flag) and from TOML.
//
// Sources: TOML 1.0.0; RFC 3986 (where a URL holds its password). Cost: linear in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

inline constexpr std::size_t longest_path_bytes = 4'096;
inline constexpr std::string_view masked = "[masked]";

struct IntegerKind {
  std::int64_t low, high;
};
struct SecondsKind {
  double low, high;
};
// A number of bytes, or a text such as "32MiB".
struct BytesKind {
  std::int64_t low, high;
};
struct BooleanKind {};
// None is empty unless it may be, and none holds a control character.
struct TextKind {
  std::size_t longest_bytes;
  bool may_be_empty = false;  // then it is as if it were not given
};
struct PathKind {};
// Upper and lower case are the same. `synonyms`: other spellings, each with the word it means.
struct ChoiceKind {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> synonyms = {};
};
// In a variable or a flag: separated by commas.
struct ListKind {
  std::size_t most;
  std::size_t longest_bytes;  // of each
};
// scheme://..., which may hold a password; `otherwise` is what a text without a scheme is ("a
// SQLite path"), empty when there must be one. The first scheme is the one that messages name.
struct UrlKind {
  std::vector<std::string> schemes;
  std::string otherwise;
  bool may_be_empty = false;  // then there is none
};
struct SecretKind {
  std::size_t fewest_bytes, longest_bytes;
  bool may_be_empty = false;  // then there is none
};
using ValueKind = std::variant<IntegerKind, SecondsKind, BytesKind, BooleanKind, TextKind, PathKind,
                               ChoiceKind, ListKind, UrlKind, SecretKind>;

using Value = std::variant<std::int64_t, double, bool, std::string, std::vector<std::string>>;

// A value of a TOML file that no key takes.
struct OtherToml {
  std::string what;  // "a date", "a list that holds something else than texts"
};
using TomlValue =
    std::variant<std::int64_t, double, bool, std::string, std::vector<std::string>, OtherToml>;

// "an integer from 0 to 65535": ends the sentence "... is not".
[[nodiscard]] std::string allowed_text(const ValueKind& kind);

// Whether values are hidden, whole or their passwords, and may stand in a file of their own.
[[nodiscard]] bool is_secret(const ValueKind& kind);

// Errors: invalid_argument: "is '70000', not an integer from 0 to 65535", with secrets masked and
// long values cut; the suggestion is the nearest word of a choice.
[[nodiscard]] Result<Value> value_from_text(const ValueKind& kind, std::string_view text);
[[nodiscard]] Result<Value> value_from_toml(const ValueKind& kind, const TomlValue& value);

// As TOML writes it, with secrets masked: 8501, 2.5, "info", ["a", "b"].
[[nodiscard]] std::string shown_value(const ValueKind& kind, const Value& value);

// A text between the quotes of TOML.
[[nodiscard]] std::string toml_quoted(std::string_view text);

// The text with what may be a password in it masked: between the first colon after the scheme and
// the last @, and after "password=". Hides too much rather than too little.
[[nodiscard]] std::string without_password(std::string_view text);

}  // namespace causal_gym
