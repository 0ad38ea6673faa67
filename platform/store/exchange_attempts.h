// What the attempts say that stand, as JSON, beside each exchange. Part of the store over SQL.
//
// Cost: linear in what is read.
#pragma once

#include <string>
#include <vector>

#include "platform/llm/budget.h"
#include "platform/store/database.h"

namespace causal_gym {

// What the exchanges on record of a run counted for in its budgets, those that failed included; to
// be called within a transaction. Errors: unavailable.
[[nodiscard]] Result<Spending> spent_on_record(Database& database, const std::string& run);

// What was left out, but for what was refused last: it ended the call, and nothing was left to
// leave out.
[[nodiscard]] std::vector<std::string> parameters_left_out(const std::string& attempts);

}  // namespace causal_gym
