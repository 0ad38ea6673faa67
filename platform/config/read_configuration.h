// Reads the configuration: flags before the environment before the file before defaults.
//
// One file is read: the flag --config, or CAUSAL_GYM_CONFIG, or the first that there is of
// $XDG_CONFIG_HOME/causal-gym/config.toml (~/.config/... without XDG_CONFIG_HOME) and
// /etc/causal-gym/config.toml. Cost: linear in the file and the environment.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "platform/config/configuration.h"
#include "platform/config/keys.h"

namespace causal_gym {

inline constexpr std::size_t most_config_errors = 50;
inline constexpr const char* system_config_file = "/etc/causal-gym/config.toml";

// In ascending precedence.
enum class ConfigSource { standard, file, environment, flag };

// "default", "file", "environment", "flag".
[[nodiscard]] std::string_view config_source_name(ConfigSource source);

struct ConfigOrigin {
  ConfigSource source = ConfigSource::standard;
  std::string place = {};  // "/etc/x.toml, line 3, column 8", "LOG_LEVEL", "--port"; empty: default
};

struct FlagText {
  std::string flag, text;
};

struct ConfigInput {
  std::vector<std::string> environment;  // "NAME=value"; of a name that stands twice, the first
  std::vector<FlagText> flags = {};
  std::string file = {};  // of the flag --config; empty: not given
  std::string system_file = system_config_file;
  std::span<const ConfigKey> keys = all_config_keys();
  std::span<const ConfigRule> rules = all_config_rules();
};

struct ConfigReading {
  Configuration values;               // to be used when there are no errors
  std::vector<ConfigOrigin> origins;  // in the order of the keys
  std::string file;                   // that was read; empty: none
  std::vector<Error> errors;          // all of them, at most most_config_errors
  std::size_t errors_left_out = 0;    // beyond
  std::vector<std::string> warnings;  // what works and should not be left so
};

// Errors, each with its place in `where`: parse_error (the file is not TOML), unknown_name (a key
// or a variable CAUSAL_GYM_* that is none, with the nearest spelling), invalid_argument (a value
// that is not allowed, with what is; a secret both ways; two variables of one key that disagree; a
// rule broken; no place for the database), what reading a file meets.
[[nodiscard]] ConfigReading read_configuration(const ConfigInput& input);

// This process's environment.
[[nodiscard]] std::vector<std::string> process_environment();

// The value of "NAME=value"; nullopt: not there.
[[nodiscard]] std::optional<std::string> variable_value(std::span<const std::string> environment,
                                                        std::string_view name);

// The values, or one error that tells all.
[[nodiscard]] Result<Configuration> configuration_or_error(ConfigReading reading);

}  // namespace causal_gym
