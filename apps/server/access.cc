#include "apps/server/access.h"

#include <utility>

#include "platform/auth/redis_rate_state.h"
#include "platform/store/sql_account_store.h"

namespace causal_gym {

namespace {

// The sentence, and whether access is on.
Result<std::pair<bool, std::string>> decide(const Configuration& config) {
  const auto& auth = config.auth;
  const bool is_local = is_loopback_address(config.server.address);
  if (auth.access == "on") return std::pair(true, std::string("auth.access is on"));
  if (auth.access == "off") {
    if (is_local || auth.allow_open)
      return std::pair(false, std::string("auth.access is off: everyone who reaches this server "
                                          "may do everything"));
    return fail(ErrorCode::invalid_argument,
                "access is off, and '" + config.server.address +
                    "' is reached from elsewhere: everyone there could do everything",
                "auth.access", "set auth.access to on, or auth.allow_open to true");
  }
  if (!is_local)
    return std::pair(true, "'" + config.server.address + "' is reached from elsewhere");
  if (!auth.jwt_secret_key.empty())
    return std::pair(true, std::string("there is a key to sign with"));
  return std::pair(false, "only this machine reaches '" + config.server.address +
                              "': everyone on it may do everything");
}

Result<GateOptions> gate_options(const Configuration& config) {
  GateOptions options;
  options.listening = config.server.address;
  options.open_by_default = config.auth.access == "auto";
  options.per_address = options.per_user = {static_cast<double>(config.auth.requests_at_once),
                                            config.auth.requests_per_second};
  options.request_seconds = config.limits.request_seconds;
  std::string proxies;
  for (const auto& proxy : config.auth.trusted_proxies) proxies.append(proxy).append(" ");
  auto list = AddressList::read(proxies);
  if (!list)
    return fail(list.error().code, list.error().message, "auth.trusted_proxies",
                list.error().suggestion);
  options.proxies = *std::move(list);
  CAUSAL_GYM_TRY(cors, CorsPolicy::read(config.server.cors_origins));
  options.cors = std::move(cors);
  return options;
}

}  // namespace

Result<Access> open_access(const Configuration& config, const Clock& clock) {
  Access access;
  CAUSAL_GYM_TRY(options, gate_options(config));
  CAUSAL_GYM_TRY(decision, decide(config));
  access.gate = std::move(options);
  access.why = std::move(decision.second);
  access.rates = make_memory_rate_state(clock);
  if (decision.first && !config.redis.url.empty()) {
    CAUSAL_GYM_TRY(address, read_redis_address(config.redis.url));
    access.redis = std::make_unique<Redis>(std::move(address), clock, rate_redis_limits);
    access.rates = make_redis_rate_state(*access.redis, std::move(access.rates));
  }
  if (!decision.first && access.gate.cors.allows_all())
    return fail(ErrorCode::invalid_argument,
                "access is off, and every page of every site could do everything",
                "server.cors_origins", "name the sites instead of '*'");
  if (!decision.first) return access;
  if (config.auth.jwt_secret_key.empty())
    return fail(ErrorCode::invalid_argument,
                "access is on (" + access.why + "), and there is no key to sign with",
                "auth.jwt_secret_key",
                "set JWT_SECRET_KEY_FILE to a file with the output of: openssl rand -base64 48");
  auto keys = KeyRing::read(config.auth.jwt_secret_key);
  if (!keys)
    return fail(keys.error().code, keys.error().message, "auth.jwt_secret_key",
                keys.error().suggestion);
  CAUSAL_GYM_TRY(second_factor, second_factor_policy(config.auth));
  CAUSAL_GYM_TRY(store, open_account_store(config.database.url));
  access.store = std::move(store);
  access.hasher = std::make_unique<PasswordHasher>();
  access.tokens = std::make_unique<AccessTokens>(*std::move(keys), TokenPolicy(), clock);
  access.accounts = std::make_unique<Accounts>(
      *access.store, *access.hasher, *access.rates, *access.tokens, clock, SignInPolicy(),
      session_policy(config.auth), config.auth.password_words, std::move(second_factor));
  return access;
}

}  // namespace causal_gym
