#include "platform/config/server_config.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <unistd.h>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::string_view prefix = "CAUSAL_GYM_";

// Variables of the tests and tools: known names that are not settings.
constexpr std::string_view tool_variables[] = {"CAUSAL_GYM_CASES", "CAUSAL_GYM_NETWORKS",
                                               "CAUSAL_GYM_FUZZ_SECONDS", "CAUSAL_GYM_BINARY",
                                               "CAUSAL_GYM_WRITE_PLAYTHROUGHS"};

template <class Number>
Status read_number(const std::string& value, Number low, Number high, Number& number) {
  Number parsed{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size() ||
      !(parsed >= low && parsed <= high))
    return fail(ErrorCode::invalid_argument, "'" + value + "' is not a number from " +
                                                 std::to_string(low) + " to " +
                                                 std::to_string(high));
  number = parsed;
  return {};
}

template <class Number>
Setting number_setting(std::string variable, std::string meaning, Number ServerConfig::*field,
                       Number low, Number high) {
  return {std::move(variable), std::move(meaning),
          [=](const std::string& value, ServerConfig& config) {
            return read_number(value, low, high, config.*field);
          }};
}

Setting text_setting(std::string variable, std::string meaning, std::string ServerConfig::*field) {
  return {std::move(variable), std::move(meaning),
          [=](const std::string& value, ServerConfig& config) -> Status {
            if (value.empty()) return fail(ErrorCode::invalid_argument, "the value is empty");
            config.*field = value;
            return {};
          }};
}

Status read_log_level(const std::string& value, ServerConfig& config) {
  static const std::vector<std::string> levels = {"debug", "info", "warn", "error"};
  if (std::find(levels.begin(), levels.end(), value) == levels.end())
    return fail(ErrorCode::invalid_argument, "'" + value + "' is not a log level", {},
                "use debug, info, warn or error");
  config.log_level = value;
  return {};
}

std::optional<std::string> value_of(std::span<const std::string> environment,
                                    std::string_view name) {
  for (const auto& entry : environment)
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  return std::nullopt;
}

Result<std::string> default_database(std::span<const std::string> environment) {
  if (const auto state = value_of(environment, "XDG_STATE_HOME"); state && state->starts_with('/'))
    return *state + "/causal-gym/runs.sqlite";
  if (const auto home = value_of(environment, "HOME"); home && !home->empty())
    return *home + "/.local/state/causal-gym/runs.sqlite";
  return fail(ErrorCode::invalid_argument, "there is no place for the database: HOME is not set",
              "CAUSAL_GYM_DB", "set CAUSAL_GYM_DB to a file");
}

Status apply(const std::string& variable, const std::string& value, ServerConfig& config) {
  std::vector<std::string> names;
  for (const auto& setting : settings()) {
    names.push_back(setting.variable);
    if (setting.variable != variable) continue;
    auto status = setting.read(value, config);
    if (status) return status;
    auto error = std::move(status).error();
    error.where = variable;
    return fail(std::move(error));
  }
  return fail(ErrorCode::unknown_name, "no setting '" + variable + "'", variable,
              spelling_suggestion(variable, names));
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> list = {
      text_setting("CAUSAL_GYM_ADDRESS", "the address to listen on", &ServerConfig::address),
      number_setting<std::uint16_t>("CAUSAL_GYM_PORT", "pages and API", &ServerConfig::port, 0,
                                    65535),
      number_setting<std::uint16_t>("CAUSAL_GYM_METRICS_PORT", "GET /metrics",
                                    &ServerConfig::metrics_port, 0, 65535),
      text_setting("CAUSAL_GYM_DB", "the SQLite file of the runs", &ServerConfig::database_path),
      {"CAUSAL_GYM_LOG_LEVEL", "debug, info, warn or error", read_log_level},
      number_setting("CAUSAL_GYM_SLOW_REQUEST_SECONDS",
                     "beyond, a request is logged as slow_request",
                     &ServerConfig::slow_request_seconds, 0.0, 86'400.0),
      number_setting<std::size_t>("CAUSAL_GYM_THREADS", "threads that read and write",
                                  &ServerConfig::threads, 1, 256),
      number_setting<std::size_t>("CAUSAL_GYM_WORKERS", "threads that compute",
                                  &ServerConfig::workers, 1, 1024),
      number_setting<std::size_t>("CAUSAL_GYM_BODY_BYTES", "largest request body",
                                  &ServerConfig::body_bytes, 1024, std::size_t{1} << 30),
      number_setting("CAUSAL_GYM_DRAIN_SECONDS", "what a stop waits for requests in flight",
                     &ServerConfig::drain_seconds, 0.0, 3'600.0),
  };
  return list;
}

Result<ServerConfig> read_server_config(std::span<const std::string> environment) {
  ServerConfig config;
  for (const auto& entry : environment) {
    if (!entry.starts_with(prefix)) continue;
    const auto equals = entry.find('=');
    const auto variable = entry.substr(0, equals);
    if (std::find(std::begin(tool_variables), std::end(tool_variables), variable) !=
        std::end(tool_variables))
      continue;
    CAUSAL_GYM_CHECKED(
        apply(variable, equals == std::string::npos ? "" : entry.substr(equals + 1), config));
  }
  if (config.database_path.empty()) {
    CAUSAL_GYM_TRY(path, default_database(environment));
    config.database_path = std::move(path);
  }
  return config;
}

Result<ServerConfig> read_server_config() {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return read_server_config(entries);
}

}  // namespace causal_gym
