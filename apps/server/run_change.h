// Changes of a run that its owner and admins may make, for the API and for the pages alike: who may
// is decided, the store is told, and the audit log too. Cost: a few look-ups.
#pragma once

#include "apps/server/routes.h"

namespace causal_gym {

// Whether the caller may change the run of the path's {id}. Errors: not_found (also of what they
// may not see), unauthorized (another user's run).
[[nodiscard]] Status check_change(ServerParts& parts, const Call& call);

enum class RunAct { cancel, pause, retry };

// Errors: those of check_change, and of the store (job_store.h).
[[nodiscard]] Status act_on_run(ServerParts& parts, const Call& call, RunAct act);

// May the caller put a run before those of others?
[[nodiscard]] bool may_prefer(const Caller& caller);

// Errors: as above, and unauthorized (a priority over 0, of one who may not prefer).
[[nodiscard]] Status set_run_priority(ServerParts& parts, const Call& call, std::int64_t priority);

// With that user, by name, or no longer. Errors: those of check_change, and of Accounts.
[[nodiscard]] Status share_run(ServerParts& parts, const Call& call, const std::string& user);
[[nodiscard]] Status unshare_run(ServerParts& parts, const Call& call, const std::string& user);
// The names of those the run is shared with. Errors: unavailable.
[[nodiscard]] Result<std::vector<std::string>> names_shared_with(ServerParts& parts,
                                                                 const RunId& run);

// The HTTP status of these errors: it is known who asks, and they may not.
[[nodiscard]] int change_status(const Error& error);

}  // namespace causal_gym
