// What the server is started with: defaults for a laptop, changed by environment variables
// CAUSAL_GYM_*.
//
// Flags of the command line override what is read here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "engine/base/result.h"

namespace causal_gym {

struct ServerConfig {
  std::string address = "127.0.0.1";  // CAUSAL_GYM_ADDRESS
  std::uint16_t port = 8501;          // CAUSAL_GYM_PORT: pages and API; 0: any free port
  std::uint16_t metrics_port = 8090;  // CAUSAL_GYM_METRICS_PORT: GET /metrics; 0: any free port
  std::string database_path;       // CAUSAL_GYM_DB; default <state folder>/causal-gym/runs.sqlite
  std::string log_level = "info";  // CAUSAL_GYM_LOG_LEVEL: debug, info, warn, error
  double slow_request_seconds =
      5;  // CAUSAL_GYM_SLOW_REQUEST_SECONDS: beyond, a request is logged as slow_request
  std::size_t threads = 1;  // CAUSAL_GYM_THREADS: that read and write
  std::size_t workers = 2;  // CAUSAL_GYM_WORKERS: that compute
  std::size_t body_bytes =
      32 << 20;  // CAUSAL_GYM_BODY_BYTES: largest request body; as JsonLimits, which reads it
  double drain_seconds = 10;  // CAUSAL_GYM_DRAIN_SECONDS: what a stop waits for requests in flight
  friend bool operator==(const ServerConfig&, const ServerConfig&) = default;
};

// One setting: the variable, what it means, and how its value is read.
struct Setting {
  std::string variable;
  std::string meaning;
  std::function<Status(const std::string& value, ServerConfig& config)> read;
};

[[nodiscard]] std::span<const Setting> settings();

// `environment` holds "NAME=value" texts. The state folder is $XDG_STATE_HOME, or
// $HOME/.local/state. Errors: unknown_name (a CAUSAL_GYM_* variable that is none, with the nearest
// spelling), invalid_argument (a value that cannot be read, naming variable and value; no HOME and
// no CAUSAL_GYM_DB).
[[nodiscard]] Result<ServerConfig> read_server_config(std::span<const std::string> environment);

// The same from this process's environment.
[[nodiscard]] Result<ServerConfig> read_server_config();

}  // namespace causal_gym
