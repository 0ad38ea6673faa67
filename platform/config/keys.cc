#include "platform/config/keys.h"

#include <type_traits>
#include <utility>

namespace causal_gym {

namespace {

// The member of a section. What is written to it has been checked against the key's kind.
template <class Section, class Field>
KeyMember member(Section Configuration::*section, Field Section::*field) {
  return {[=](Configuration& configuration, Value value) {
            auto& target = configuration.*section.*field;
            if constexpr (std::is_same_v<Field, bool>)
              target = std::get<bool>(value);
            else if constexpr (std::is_integral_v<Field>)
              target = static_cast<Field>(std::get<std::int64_t>(value));
            else
              target = std::get<Field>(std::move(value));
          },
          [=](const Configuration& configuration) -> Value {
            const auto& source = configuration.*section.*field;
            if constexpr (std::is_integral_v<Field> && !std::is_same_v<Field, bool>)
              return static_cast<std::int64_t>(source);
            else
              return source;
          }};
}

using C = Configuration;

std::vector<ConfigKey> server_keys() {
  return {
      {"server.address",
       TextKind{255},
       member(&C::server, &C::Server::address),
       {"CAUSAL_GYM_ADDRESS"},
       "--address",
       "the address to listen on"},
      {"server.port",
       IntegerKind{0, 65'535},
       member(&C::server, &C::Server::port),
       {"CAUSAL_GYM_PORT"},
       "--port",
       "pages and API; 0: any free port"},
      {"server.threads",
       IntegerKind{1, 256},
       member(&C::server, &C::Server::threads),
       {"CAUSAL_GYM_THREADS"},
       "",
       "threads that read and write"},
      {"server.workers",
       IntegerKind{1, 1'024},
       member(&C::server, &C::Server::workers),
       {"CAUSAL_GYM_WORKERS"},
       "",
       "threads that compute"},
      {"server.drain_seconds",
       SecondsKind{0, 3'600},
       member(&C::server, &C::Server::drain_seconds),
       {"CAUSAL_GYM_DRAIN_SECONDS"},
       "",
       "what a stop waits for requests in flight"},
      {"server.cors_origins",
       ListKind{32, 255},
       member(&C::server, &C::Server::cors_origins),
       {"CAUSAL_GYM_CORS_ORIGINS"},
       "",
       "sites whose pages may use the API, such as https://lab.example; *: all, without cookies"},
  };
}

std::vector<ConfigKey> metrics_keys() {
  return {
      {"metrics.address",
       TextKind{255, true},
       member(&C::metrics, &C::Metrics::address),
       {"CAUSAL_GYM_METRICS_ADDRESS"},
       "--metrics-address",
       "the address to listen on for GET /metrics, which asks nobody who they are",
       "`server.address`"},
      {"metrics.port",
       IntegerKind{0, 65'535},
       member(&C::metrics, &C::Metrics::port),
       {"CAUSAL_GYM_METRICS_PORT"},
       "--metrics-port",
       "GET /metrics; 0: any free port"},
  };
}

std::vector<ConfigKey> health_keys() {
  return {
      {"health.self_check_seconds",
       SecondsKind{1, 600},
       member(&C::health, &C::Health::self_check_seconds),
       {"CAUSAL_GYM_SELF_CHECK_SECONDS"},
       "",
       "between two checks of whether the engine gets known causal answers right"},
  };
}

std::vector<ConfigKey> database_keys() {
  return {
      {"database.url",
       UrlKind{{"postgresql", "postgres"}, "a SQLite path"},
       member(&C::database, &C::Database::url),
       {"CAUSAL_GYM_DB", "DATABASE_URL"},
       "--database",
       "where the runs are kept",
       "causal-gym/runs.sqlite in $XDG_STATE_HOME, or in ~/.local/state"},
  };
}

std::vector<ConfigKey> work_keys() {
  return {
      {"work.in_server",
       BooleanKind{},
       member(&C::work, &C::Work::in_server),
       {"CAUSAL_GYM_WORK_IN_SERVER"},
       "",
       "whether the server carries out runs itself; if not, `causal-gym worker` does"},
      {"work.lease_seconds",
       IntegerKind{1, 3'600},
       member(&C::work, &C::Work::lease_seconds),
       {"CAUSAL_GYM_LEASE_SECONDS"},
       "",
       "after which a run of a worker that is not heard of any more is another one's"},
      {"work.metrics_port",
       IntegerKind{0, 65'535},
       member(&C::work, &C::Work::metrics_port),
       {"CAUSAL_GYM_WORK_METRICS_PORT"},
       "",
       "where `causal-gym worker` answers GET /metrics, at `metrics.address`; 0: nowhere"},
  };
}

std::vector<ConfigKey> cache_keys() {
  return {
      {"cache.memory_bytes",
       BytesKind{0, std::int64_t{64} << 30},
       member(&C::cache, &C::Cache::memory_bytes),
       {"CAUSAL_GYM_CACHE_BYTES"},
       "",
       "answers kept in memory; 0: none"},
      {"redis.url",
       UrlKind{{"redis"}, "", true},
       member(&C::redis, &C::Redis::url),
       {"CAUSAL_GYM_REDIS_URL", "REDIS_URL"},
       "",
       "a Redis server where replicas share answers, rate limits, those of models' providers and "
       "replies; without, each keeps its own",
       "none"},
  };
}

std::vector<ConfigKey> log_keys() {
  return {
      {"log.level",
       ChoiceKind{{"debug", "info", "warn", "error"}, {{"warning", "warn"}}},
       member(&C::log, &C::Log::level),
       {"CAUSAL_GYM_LOG_LEVEL", "LOG_LEVEL"},
       "",
       "the least of what is logged"},
      {"log.slow_request_seconds",
       SecondsKind{0, 86'400},
       member(&C::log, &C::Log::slow_request_seconds),
       {"CAUSAL_GYM_SLOW_REQUEST_SECONDS"},
       "",
       "beyond, a request is logged as slow_request"},
  };
}

std::vector<ConfigKey> auth_keys() {
  return {
      {"auth.access",
       ChoiceKind{{"auto", "on", "off"}},
       member(&C::auth, &C::Auth::access),
       {"CAUSAL_GYM_AUTH_ACCESS"},
       "",
       "whether one must sign in; auto: off on a loopback address without a key, else on"},
      {"auth.allow_open",
       BooleanKind{},
       member(&C::auth, &C::Auth::allow_open),
       {"CAUSAL_GYM_AUTH_ALLOW_OPEN"},
       "",
       "let access be off on an address that other machines reach"},
      {"auth.jwt_secret_key",
       SecretKind{32, 16'384, true},
       member(&C::auth, &C::Auth::jwt_secret_key),
       {"CAUSAL_GYM_AUTH_JWT_SECRET_KEY", "JWT_SECRET_KEY"},
       "",
       "what signs access tokens: a secret, or one `kid:secret` a line, of which the first signs"},
      {"auth.trusted_proxies",
       ListKind{64, 64},
       member(&C::auth, &C::Auth::trusted_proxies),
       {"CAUSAL_GYM_AUTH_TRUSTED_PROXIES"},
       "",
       "whose X-Forwarded-For is believed: addresses and networks such as 10.0.0.0/8"},
      {"auth.password_words",
       ListKind{256, 64},
       member(&C::auth, &C::Auth::password_words),
       {"CAUSAL_GYM_AUTH_PASSWORD_WORDS"},
       "",
       "names of the place, that a password may not lean on: the organization's, its products'"},
      {"auth.requests_per_second",
       SecondsKind{0.01, 1e6},
       member(&C::auth, &C::Auth::requests_per_second),
       {"CAUSAL_GYM_AUTH_REQUESTS_PER_SECOND"},
       "",
       "of one user, and of one address, where access is on"},
      {"auth.requests_at_once",
       IntegerKind{1, 1'000'000},
       member(&C::auth, &C::Auth::requests_at_once),
       {"CAUSAL_GYM_AUTH_REQUESTS_AT_ONCE"},
       "",
       "after a pause, before that rate counts"},
  };
}

// Of [auth] too: what people sign in with.
std::vector<ConfigKey> sign_in_keys() {
  return {
      {"auth.first_password_seconds",
       SecondsKind{60, 31'536'000},
       member(&C::auth, &C::Auth::first_password_seconds),
       {"CAUSAL_GYM_AUTH_FIRST_PASSWORD_SECONDS"},
       "",
       "how long a password that an admin has set signs in, unless its user changes it"},
      {"auth.second_factor",
       ChoiceKind{{"optional", "required"}},
       member(&C::auth, &C::Auth::second_factor),
       {"CAUSAL_GYM_AUTH_SECOND_FACTOR"},
       "",
       "whether everyone who signs in with a password must also have a device that makes codes"},
      {"auth.second_factor_key",
       SecretKind{32, 16'384, true},
       member(&C::auth, &C::Auth::second_factor_key),
       {"CAUSAL_GYM_AUTH_SECOND_FACTOR_KEY"},
       "",
       "what the secrets of these devices are kept under: a secret, or one `kid:secret` a line, of "
       "which the first is for new ones; without it nobody adds one"},
  };
}

std::vector<ConfigKey> limits_keys() {
  return {
      {"limits.body_bytes",
       BytesKind{1'024, 1 << 30},
       member(&C::limits, &C::Limits::body_bytes),
       {"CAUSAL_GYM_BODY_BYTES"},
       "",
       "the largest body of a request"},
      {"limits.connections",
       IntegerKind{16, 100'000},
       member(&C::limits, &C::Limits::connections),
       {"CAUSAL_GYM_CONNECTIONS"},
       "",
       "how many connections are open at once; one more is answered 503. The limit of open files "
       "is "
       "raised to hold them, as far as the system allows it; what it does not allow is said in the "
       "log"},
      {"limits.event_streams",
       IntegerKind{1, 100'000},
       member(&C::limits, &C::Limits::event_streams),
       {"CAUSAL_GYM_EVENT_STREAMS"},
       "",
       "how many streams of events are open at once; one more is answered 503"},
      {"limits.event_streams_per_user",
       IntegerKind{1, 100'000},
       member(&C::limits, &C::Limits::event_streams_per_user),
       {"CAUSAL_GYM_EVENT_STREAMS_PER_USER"},
       "",
       "how many of them one user has open at each server; one more is answered 429"},
      {"limits.request_seconds",
       SecondsKind{0, 86'400},
       member(&C::limits, &C::Limits::request_seconds),
       {"CAUSAL_GYM_REQUEST_SECONDS"},
       "",
       "then what a request computes is given up, and it is answered 503; 0: never"},
  };
}

std::vector<ConfigKey> models_keys() {
  return {
      {"models.allowed",
       ListKind{64, 255},
       member(&C::models, &C::Models::allowed),
       {"CAUSAL_GYM_MODELS_ALLOWED"},
       "",
       "language models that runs launched over HTTP may ask, such as openai/gpt-5.5 or "
       "anthropic/*; none: no run does"},
      {"models.most_calls",
       IntegerKind{1, 1'000'000'000},
       member(&C::models, &C::Models::most_calls),
       {"CAUSAL_GYM_MODELS_MOST_CALLS"},
       "",
       "the most that such a run may give as its budget of calls, and its budget when it gives "
       "none"},
      {"models.most_cost",
       IntegerKind{0, 1'000'000},
       member(&C::models, &C::Models::most_cost),
       {"CAUSAL_GYM_MODELS_MOST_COST"},
       "",
       "the same of its cost in USD, which asks that the prices of its models are known; 0: any"},
      {"models.prices",
       TextKind{4'096, true},
       member(&C::models, &C::Models::prices),
       {"CAUSAL_GYM_MODELS_PRICES"},
       "",
       "a JSON file of prices, before the built-in ones, as `causal-gym run --prices`"},
  };
}

std::optional<std::string> more_streams_than_connections(const Configuration& configuration) {
  const auto& limits = configuration.limits;
  if (limits.event_streams < limits.connections) return std::nullopt;
  return "limits.event_streams is " + std::to_string(limits.event_streams) +
         ", which limits.connections, " + std::to_string(limits.connections) +
         ", leaves no room for";
}

std::optional<std::string> same_port(const Configuration& configuration) {
  const auto port = configuration.server.port;
  if (port == 0 || port != configuration.metrics.port) return std::nullopt;
  return "server.port and metrics.port are both " + std::to_string(port);
}

}  // namespace

std::span<const ConfigKey> all_config_keys() {
  static const std::vector<ConfigKey> keys = [] {
    std::vector<ConfigKey> all;
    for (const auto& section :
         {server_keys(), metrics_keys(), health_keys(), database_keys(), work_keys(), cache_keys(),
          log_keys(), limits_keys(), auth_keys(), sign_in_keys(), models_keys()})
      all.insert(all.end(), section.begin(), section.end());
    return all;
  }();
  return keys;
}

std::string default_text(const ConfigKey& key) {
  return key.default_text.empty() ? shown_value(key.kind, key.member.read(Configuration{}))
                                  : key.default_text;
}

std::span<const ConfigRule> all_config_rules() {
  static const std::vector<ConfigRule> rules = {
      {"`server.port` and `metrics.port` differ, unless they are 0",
       {"server.port", "metrics.port"},
       same_port},
      {"`limits.event_streams` is less than `limits.connections`",
       {"limits.event_streams", "limits.connections"},
       more_streams_than_connections},
  };
  return rules;
}

std::span<const std::string_view> tool_variables() {
  static constexpr std::string_view names[] = {"CAUSAL_GYM_CASES",
                                               "CAUSAL_GYM_NETWORKS",
                                               "CAUSAL_GYM_FUZZ_SECONDS",
                                               "CAUSAL_GYM_BINARY",
                                               "CAUSAL_GYM_WRITE_PLAYTHROUGHS",
                                               "CAUSAL_GYM_DEEP_ROUNDS",
                                               "CAUSAL_GYM_DEEP_SEED",
                                               "CAUSAL_GYM_MODEL_HOSTS",
                                               "CAUSAL_GYM_OPERATIONS",
                                               "CAUSAL_GYM_OPERATIONS_PROGRESS"};
  return names;
}

}  // namespace causal_gym
