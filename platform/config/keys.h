// The table of configuration keys: the one place that says what a key is called, what it may be,
// where it is read from and what it means. File, environment, flags, `config show` and the
// operators' document are all read off it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "platform/config/configuration.h"
#include "platform/config/value_kind.h"

namespace causal_gym {

// How a key's value gets into the configuration and out again.
struct KeyMember {
  std::function<void(Configuration&, Value)> write;
  std::function<Value(const Configuration&)> read;
};

struct ConfigKey {
  std::string name;  // "server.port"; in the file, `port` of the table [server]
  ValueKind kind;
  KeyMember member;
  std::vector<std::string> variables;  // the first is ours, CAUSAL_GYM_...
  std::string flag;                    // of `causal-gym serve`; empty: none
  std::string meaning;
  std::string default_text = {};  // when it depends on the machine; else the member's own is told
};

[[nodiscard]] std::span<const ConfigKey> all_config_keys();

// The default as it is told: the key's own text, or the value of a Configuration that nothing was
// read into, as TOML writes it.
[[nodiscard]] std::string default_text(const ConfigKey& key);

// Variables that begin with CAUSAL_GYM_ and are no keys: the file's, and those of tests and tools.
inline constexpr std::string_view variable_prefix = "CAUSAL_GYM_";
inline constexpr std::string_view file_variable = "CAUSAL_GYM_CONFIG";
[[nodiscard]] std::span<const std::string_view> tool_variables();

// A combination of values that cannot be. `keys` are what it speaks of.
struct ConfigRule {
  std::string says;  // "server.port and metrics.port differ, unless they are 0": for the document
  std::vector<std::string> keys;
  std::function<std::optional<std::string>(const Configuration&)> breach;  // one sentence
};

[[nodiscard]] std::span<const ConfigRule> all_config_rules();

}  // namespace causal_gym
