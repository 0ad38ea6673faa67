// Access as the configuration has it: on or off, and all that accounts stand on.
#pragma once

#include <memory>
#include <string>

#include "apps/server/gate.h"
#include "platform/auth/accounts.h"
#include "platform/cache/redis_connection.h"
#include "platform/config/configuration.h"

namespace causal_gym {

struct Access {
  GateOptions gate;
  std::string why;               // it is on, or off: one sentence for the log
  std::unique_ptr<Redis> redis;  // that replicas share limits in; null: there is none
  std::unique_ptr<RateState> rates;
  // What follows is there where access is on.
  std::unique_ptr<AccountStore> store;
  std::unique_ptr<PasswordHasher> hasher;
  std::unique_ptr<AccessTokens> tokens;
  std::unique_ptr<Accounts> accounts;
};

// Off on a loopback address, where nobody gave a key to sign with, and on otherwise, unless
// auth.access says which. The tables of the database are up to date; the clock outlives the result.
// Errors: invalid_argument (off where others reach the server, unless auth.allow_open; on without a
// key, or with a bad one; no addresses in auth.trusted_proxies); unavailable.
[[nodiscard]] Result<Access> open_access(const Configuration& config, const Clock& clock);

}  // namespace causal_gym
