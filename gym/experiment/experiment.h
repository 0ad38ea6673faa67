// An experiment: a set of episodes from one specification, run in a fixed order.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/cancellation.h"
#include "gym/agent/built_in.h"
#include "gym/agent/correspondents.h"
#include "gym/episode/episode.h"
#include "gym/score/episode_scores.h"

namespace causal_gym {

struct ExperimentSpec {
  std::vector<std::string> environments;                  // ids
  std::vector<std::string> agents;                        // as make_agent reads them
  std::string interface = "causal";                       // a preset's name
  std::optional<std::vector<std::string>> interventions;  // instead of each environment's own
  std::optional<std::vector<std::string>> beliefs;        // instead of each environment's own
  std::uint64_t first_seed = 1;                           // trial k uses first_seed + k
  std::int64_t trials = 1;
  friend bool operator==(const ExperimentSpec&, const ExperimentSpec&) = default;
};

struct ExperimentLimits {
  std::size_t environments = 1'000;
  std::size_t agents = 100;
  std::size_t trials = 10'000;
  std::size_t episodes = 100'000;
};

// One episode to run; environment slowest, trial fastest.
struct EpisodePlan {
  std::int64_t index = 0;  // 0, 1, 2, ... within the experiment
  std::string environment;
  std::string agent;
  std::int64_t trial = 0;
  std::uint64_t seed = 0;
  friend bool operator==(const EpisodePlan&, const EpisodePlan&) = default;
};

struct EpisodeResult {
  EpisodePlan plan;
  EpisodeScores scores;
  std::vector<BeliefMeasurement> beliefs;
  std::vector<InterventionRecord> interventions;
  friend bool operator==(const EpisodeResult&, const EpisodeResult&) = default;
};

// Makes the agent of an episode. make_agent unless others are at hand.
using AgentFactory =
    std::function<Result<AgentPtr>(const std::string& agent, const Environment& environment)>;

// Who learns what happens; an error from either stops the experiment. Each may be empty. What an
// agent replied is told before the agent is asked again; the replies of one that repeats itself
// (agent.h), which nothing can lose, are told once an episode, or when the experiment is cancelled.
// Those of correspondents, of whom all beliefs of a phase are asked at once, are told in the order
// of the requests, those that come at once `together`.
struct ExperimentSink {
  // At least one event, in sequence; what was recorded before is not repeated.
  std::function<Status(const EpisodePlan& plan, std::span<const EpisodeEvent> events)> record;
  // An episode's events since the last call of record, and its result.
  std::function<Status(std::span<const EpisodeEvent> last_events, const EpisodeResult& result)>
      finish;
  // Runs the work, whose calls of the two above then count all or none. Empty: each for itself.
  std::function<Status(const std::function<Status()>& work)> together = {};
};

// Some of an experiment's episodes, by their plans' index.
struct EpisodeRange {
  std::int64_t first = 0;
  std::int64_t count = std::numeric_limits<std::int64_t>::max();  // at most
  [[nodiscard]] bool holds(std::int64_t index) const {
    return index >= first && index - first < count;
  }
  friend bool operator==(const EpisodeRange&, const EpisodeRange&) = default;
};

struct ExperimentOptions {
  AgentFactory agent_factory = make_agent;
  Correspondents* correspondents = nullptr;  // asked where they take the agent's name
  std::size_t in_flight = 1;                 // requests to correspondents under way at most
  std::function<void(std::size_t done, std::size_t total)>
      progress;                    // in episodes; first call is (done so far, total)
  CancellationToken cancellation;  // looked at before every request
  ExperimentLimits limits;
  EpisodeRange range = {};  // the episodes that are run, of all that are planned
};

// Ok when every part can be run: each name exists, each override fits each environment and has a
// truth there. `where` names the culprit as a path such as "environments[2]", "beliefs[0]". Errors:
// unknown_name, invalid_argument (an empty list, a name twice, trials < 1, seeds past 2^63 - 1),
// limit_exceeded, and those of the parts.
[[nodiscard]] Status check_experiment(const ExperimentSpec& spec,
                                      const ExperimentOptions& options = {});

// The episodes of a checked specification, in order; those of the range.
[[nodiscard]] std::vector<EpisodePlan> plan_episodes(const ExperimentSpec& spec,
                                                     const EpisodeRange& range = {});

// What is already known of an episode when an experiment goes on: its log so far, or its result.
struct EpisodeProgress {
  std::vector<EpisodeEvent> recorded;
  std::optional<EpisodeResult> result;
};

// Runs every episode of the range; results in the order of plan_episodes. What an episode comes to
// does not depend on which others are run. `progress_so_far` is empty, or has one entry for each
// plan of the range: finished episodes are not run again, broken ones go on from their log. Errors:
// those of check_experiment, of the sink, cancelled; conflict when a log is not of its episode. The
// agents' own errors are events, not errors. Where correspondents put episodes off, the others are
// run to their end; then the error has the reasons, and their code where they have the same. Where
// they put off the experiment, it stops, and the error is why.
[[nodiscard]] Result<std::vector<EpisodeResult>> run_experiment(
    const ExperimentSpec& spec, const ExperimentSink& sink, const ExperimentOptions& options = {},
    std::vector<EpisodeProgress> progress_so_far = {});

}  // namespace causal_gym
