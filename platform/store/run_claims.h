// Who works on which run; part of the SQLite store. Each call is to be made within a transaction.
//
// A claim is held by one opened store. It ends when it is released, when its process ends, or, for
// a process of another machine, which cannot be looked up, claim_seconds after its last write.
#pragma once

#include <optional>
#include <string>

#include "gym/experiment/run_store.h"
#include "platform/store/database.h"
#include "platform/store/process_identity.h"

namespace causal_gym {

inline constexpr std::int64_t claim_seconds = 600;

// Its holder: the opened store and the process that opened it.
struct ClaimHolder {
  std::string store;
  ProcessIdentity identity;
};

// A new one for this process.
[[nodiscard]] ClaimHolder new_claim_holder();

// The columns that read_claim reads, of a table `workers`.
[[nodiscard]] std::string claim_columns();

struct Claim {
  std::string store;
  RunWorker worker;
};

// The claim in a row's columns from `column` on; none when there is no row or its process is dead.
[[nodiscard]] std::optional<Claim> read_claim(const Statement& row, int column);

// Errors: conflict, naming who holds it. Claiming again what one holds renews it.
[[nodiscard]] Status claim(Database& database, std::int64_t experiment, const RunId& run,
                           const ClaimHolder& holder);
// Does nothing when another one holds it.
[[nodiscard]] Status release(Database& database, std::int64_t experiment,
                             const ClaimHolder& holder);
// Ends every claim of the holder.
[[nodiscard]] Status release_all(Database& database, const ClaimHolder& holder);
// Errors: conflict when another one has taken the run over.
[[nodiscard]] Status renew(Database& database, std::int64_t experiment, const RunId& run,
                           const ClaimHolder& holder);

}  // namespace causal_gym
