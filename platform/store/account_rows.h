// The rows of accounts: how they are asked for, and what they are read as. Part of SqlAccountStore.
// Cost: the statement's.
#pragma once

#include <string>

#include "platform/auth/account_store.h"
#include "platform/store/database.h"

namespace causal_gym {

// Each gives the columns that the function of its kind reads.
extern const std::string user_by_id;
extern const std::string user_by_name;
extern const std::string users_by_name;
extern const std::string locked_user;
extern const std::string locked_user_and_admins;
extern const std::string session_by_id;
extern const std::string session_by_token;
extern const std::string sessions_of_user;
extern const std::string factor_of_user;
extern const std::string confirmed_factors;
extern const std::string shares_of_run;
extern const std::string key_by_id;
extern const std::string keys_of_user;

[[nodiscard]] User read_user(const Statement& row);
[[nodiscard]] Session read_session(const Statement& row);
[[nodiscard]] FoundSession read_found_session(const Statement& row);
[[nodiscard]] SecondFactor read_factor(const Statement& row);
[[nodiscard]] ApiKey read_key(const Statement& row);
[[nodiscard]] AuditEvent read_event(const Statement& row);

}  // namespace causal_gym
