// Accounts in the database of the runs: SQLite or PostgreSQL, through the same seam.
//
// Cost: a change is one transaction with its line of the audit log.
#pragma once

#include <memory>
#include <string>

#include "platform/auth/account_store.h"
#include "platform/store/database_options.h"

namespace causal_gym {

// At a place as open_store takes it, whose tables open_store has brought up to date. Errors:
// unavailable.
[[nodiscard]] Result<std::unique_ptr<AccountStore>> open_account_store(
    const std::string& target, const DatabaseOptions& options = {});

}  // namespace causal_gym
