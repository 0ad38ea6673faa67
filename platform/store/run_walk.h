// One walk through the runs in the order of a listing: along the index of one list, passing over
// what is not in the others. Its cost is what it passes over, not how many runs there are.
#pragma once

#include <string>
#include <vector>

#include "platform/store/database.h"
#include "platform/store/run_cursor.h"

namespace causal_gym {

// Of run_lists (0018_lists.sql).
struct NamedList {
  std::string list;
  std::string name;
};

// running and interrupted are both 'running' in the tables; apart, they are told by who is alive.
enum class RunningPart { whole, running, interrupted };

// The stored states that a listing takes; none: all.
struct StoredStates {
  std::vector<std::string> names;            // all of that state
  RunningPart running = RunningPart::whole;  // else also that part of the stored state 'running'
  std::string live = "[]";                   // numbers of the runs that are worked on, as JSON
  [[nodiscard]] bool any() const { return names.empty() && running == RunningPart::whole; }
};

struct RunWalk {
  // The list that it goes along; none: all runs, or those of one stored state.
  std::optional<NamedList> along = {};
  std::optional<std::string> along_state = {};
  // What it passes over what is not in.
  std::vector<NamedList> lists = {};
  StoredStates states = {};
  const RunQuery* query = nullptr;
  std::optional<RunPlace> after = {};
  std::size_t most = 0;  // runs to find
  // Look at no more than so many runs; 0: at all.
  std::size_t budget = 0;
  // How a run is looked up in the others: each for itself, which is best for few; or in the lists
  // read whole, which costs their lengths and then next to nothing a run.
  bool reads_lists_whole = false;
};

struct FoundRun {
  std::int64_t number = 0;
  RunPlace place;
};

// In the walk's order. Errors: unavailable.
[[nodiscard]] Result<std::vector<FoundRun>> walk_runs(Database& database, const RunWalk& walk);

// Runs of the list or of the stored state, counted up to `most`.
[[nodiscard]] Result<std::int64_t> count_list(Database& database, const NamedList& list,
                                              std::int64_t most);
[[nodiscard]] Result<std::int64_t> count_state(Database& database, const std::string& state,
                                               std::int64_t most);

}  // namespace causal_gym
