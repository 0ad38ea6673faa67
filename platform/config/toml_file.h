// A TOML text as a flat list of keys and values, each with its place.
//
// Source: TOML 1.0.0, read by toml++. Its depth is bounded by toml++ (256). Cost: linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "platform/config/value_kind.h"

namespace causal_gym {

struct TextPlace {
  std::size_t line = 0, column = 0;  // from 1
};

struct TomlEntry {
  std::string name;  // "server.port"; a part that is no bare key is in quotes
  TomlValue value;
  TextPlace key_place, value_place;
};

// In the order of their places. An empty table is an entry of its own. Errors: parse_error, whose
// `where` is "line 3, column 5"; no message repeats a value of the text.
[[nodiscard]] Result<std::vector<TomlEntry>> read_toml(std::string_view text);

[[nodiscard]] std::string place_text(TextPlace place);

}  // namespace causal_gym
