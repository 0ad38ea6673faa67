// The seam to where runs are kept. A run is an experiment that was started: its specification, its
// state, the log of each episode and, once finished, its results.
#pragma once

#include "gym/experiment/experiment.h"
#include "gym/experiment/model_usage.h"
#include "gym/experiment/run_query.h"

namespace causal_gym {

struct NewRun {
  RunId id;
  std::string created_at;  // RFC 3339 text in UTC, from the caller's clock
  ExperimentSpec spec;     // checked
  // How its models are asked, as JSON of whoever runs it; empty: nothing to keep.
  std::string model_options = {};
};

// Who works on a run.
struct RunWorker {
  std::int64_t process = 0;
  std::string host;
  std::string since;  // RFC 3339 text in UTC
  friend bool operator==(const RunWorker&, const RunWorker&) = default;
};

struct RunSummary {
  RunId id;
  std::string created_at;
  ExperimentSpec spec;
  RunState state = RunState::running;
  std::string reason;  // why it failed or was cancelled; may be empty
  std::int64_t episodes_planned = 0;
  std::int64_t episodes_finished = 0;
  std::optional<RunWorker> worker = {};  // of a running run
  std::string model_options = {};        // as NewRun's, or as it was gone on with last
  friend bool operator==(const RunSummary&, const RunSummary&) = default;
};

struct EpisodeRecord {
  EpisodePlan plan;
  std::vector<EpisodeEvent> events;     // in sequence
  std::optional<EpisodeResult> result;  // present when finished
  // Of its exchanges on record; present when a language model replied in it.
  std::optional<ModelUsage> usage = {};
  friend bool operator==(const EpisodeRecord&, const EpisodeRecord&) = default;
};

struct StoredRun {
  RunSummary summary;
  std::vector<EpisodeRecord> episodes;  // those begun, by plan index
};

struct RunListing {
  std::vector<RunSummary> runs;            // in the order asked for
  std::optional<std::string> next_cursor;  // for the next page; absent on the last one
};

// Runs to be read, all or those that somebody may see. Safe from any thread. Errors beside those
// named: unavailable.
class RunReader {
 public:
  virtual ~RunReader() = default;

  // A page. Following its cursors gives each run that was there from the beginning once; what is
  // created meanwhile comes where its place is still ahead. Errors: invalid_argument (the limit; a
  // cursor that no listing gave, or one of another order or filter, which it names); unknown_name
  // (no user has the owner's name, with the nearest spelling); unavailable, for an owner or reader
  // where no users are known.
  [[nodiscard]] virtual Result<RunListing> find_runs(const RunQuery& query) = 0;
  // Of all runs, newest first.
  [[nodiscard]] Result<RunListing> list_runs(std::size_t limit,
                                             const std::optional<std::string>& cursor) {
    return find_runs({.limit = limit, .cursor = cursor});
  }
  // Errors: not_found.
  [[nodiscard]] virtual Result<StoredRun> load_run(const RunId& run) = 0;
};

// Every call is atomic and durable when it returns. Safe from any thread. Errors beside those
// named: unavailable.
class RunStore : public RunReader {
 public:
  // State running, claimed by this store, no episodes. Errors: conflict (the id is taken),
  // invalid_argument (a malformed id).
  [[nodiscard]] virtual Status create_run(const NewRun& run) = 0;
  // Claims the run for this store and makes it running, so that no other one works on it; claiming
  // it again is fine. The claim ends with set_run_state, with this store, with its process, or when
  // another one took the run over from a process that stood still: its writes are conflicts then.
  // Errors: not_found; conflict (finished, or being worked on: by whom and since when).
  [[nodiscard]] virtual Status claim_run(const RunId& run) = 0;
  // Appends to the episode's log; the first call begins the episode. Errors: not_found (run);
  // conflict (the sequence does not go on from what is recorded, the episode is finished, the plan
  // is not the one begun, another store works on the run); invalid_argument (no events).
  [[nodiscard]] virtual Status append_events(const RunId& run, const EpisodePlan& plan,
                                             std::span<const EpisodeEvent> events) = 0;
  // Appends the last events, if any, and the result, all or nothing. Errors: not_found (run or
  // episode); conflict (already finished, or its log has not ended), and those of append_events.
  [[nodiscard]] virtual Status finish_episode(const RunId& run,
                                              std::span<const EpisodeEvent> last_events,
                                              const EpisodeResult& result) = 0;
  // Runs the work, whose calls of append_events and finish_episode on this thread count all or
  // none, and reach the disk once. Errors: those of the work, which undo it.
  [[nodiscard]] virtual Status together(const std::function<Status()>& work) { return work(); }
  // Ends this store's claim. Errors: not_found; conflict (a finished run stays finished, another
  // store works on the run); invalid_argument (running: claim_run makes it so).
  [[nodiscard]] virtual Status set_run_state(const RunId& run, RunState state,
                                             const std::string& reason) = 0;
  // As load_run, with no other episodes than those of the range. Errors: not_found.
  [[nodiscard]] virtual Result<StoredRun> load_episodes(const RunId& run,
                                                        const EpisodeRange& range);
  // Keeps how the run's models are asked from now on, as NewRun::model_options. Errors: not_found;
  // conflict (a finished run, another store works on the run); invalid_argument (no JSON).
  [[nodiscard]] virtual Status keep_model_options(const RunId& run, const std::string& options) = 0;
};

// Creates the run, runs its experiment with its events stored as ExperimentSink says, and sets the
// final state: finished, cancelled, or failed with the error's text. Errors: those of
// check_experiment (nothing is created then), run_experiment and the store.
[[nodiscard]] Result<std::vector<EpisodeResult>> run_and_store(
    RunStore& store, const NewRun& run, const ExperimentOptions& options = {});

// Plays to its end a run that the store has claimed, from the last stored event, and sets its state
// finished. With an error the state stays as it is: what follows is for the caller to say. Errors:
// those of run_experiment and of the store; unavailable: of the store.
[[nodiscard]] Result<std::vector<EpisodeResult>> go_on_with_run(
    RunStore& store, const RunId& run, const ExperimentOptions& options = {});

// Plays the episodes of options.range to their end, from the last stored event; the run's state
// stays as it is. Errors: as go_on_with_run.
[[nodiscard]] Result<std::vector<EpisodeResult>> go_on_with_episodes(
    RunStore& store, const RunId& run, const ExperimentOptions& options);

// Goes on with a run that was killed, cancelled or failed, from the last stored event; a finished
// run just gives its results. `model_options` replaces what is kept of them. Errors: not_found,
// conflict (it is being worked on), and as run_and_store.
[[nodiscard]] Result<std::vector<EpisodeResult>> resume_run(
    RunStore& store, const RunId& run, const ExperimentOptions& options = {},
    const std::optional<std::string>& model_options = {});

}  // namespace causal_gym
