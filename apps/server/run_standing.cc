#include "apps/server/run_standing.h"

#include <array>
#include <vector>

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 7> names = {"waiting",  "running",   "paused", "interrupted",
                                                   "finished", "cancelled", "failed"};

bool is_open(const RunSummary& run) {
  return run.state == RunState::running || run.state == RunState::interrupted;
}

}  // namespace

std::string_view run_standing_name(RunStanding standing) {
  return names[static_cast<std::size_t>(standing)];
}

RunStanding standing_of(const RunSummary& run, const std::optional<JobPlace>& place) {
  switch (run.state) {
    case RunState::finished: return RunStanding::finished;
    case RunState::cancelled: return RunStanding::cancelled;
    case RunState::failed: return RunStanding::failed;
    case RunState::running:
    case RunState::interrupted: break;
  }
  if (run.worker) return RunStanding::running;
  if (!place)
    return run.state == RunState::running ? RunStanding::running : RunStanding::interrupted;
  return place->paused ? RunStanding::paused : RunStanding::waiting;
}

std::optional<JobPlace> place_in(const JobPlaces& places, const RunId& run) {
  const auto found = places.find(run);
  return found == places.end() ? std::nullopt : std::optional(found->second);
}

Result<JobPlaces> find_places(JobStore& store, const RunListing& runs) {
  std::vector<RunId> open;
  for (const auto& run : runs.runs)
    if (is_open(run) && !run.worker) open.push_back(run.id);
  return store.find_jobs(open);
}

}  // namespace causal_gym
