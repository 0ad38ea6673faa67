// The page of one run: how it stands and why, what may be done about it, what it found and what its
// models took. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/server/html.h"
#include "apps/server/notice.h"
#include "apps/server/run_standing.h"
#include "gym/experiment/run_store.h"

namespace causal_gym {

// What whoever looks may do about the run.
struct RunRights {
  bool may_change = false;
  bool may_prefer = false;  // put it before others'
  bool may_share = false;
};

struct RunView {
  StoredRun run;
  std::optional<JobPlace> place = {};  // none: it is no job
  RunRights rights = {};
  std::vector<std::string> shared_with = {};  // names of users
  Notice notice = {};                         // what came of the last form
  Visitor visitor = {};
};

[[nodiscard]] std::string run_page(const RunView& view);

}  // namespace causal_gym
