#include "apps/cli/replay.h"

#include <fmt/format.h>

#include <map>

#include "apps/cli/progress_bar.h"
#include "platform/llm/chat_agents.h"
#include "platform/llm/recorded_chats.h"
#include "platform/store/exchange_store.h"

namespace causal_gym {

namespace {

// The run played again, in memory.
Result<StoredRun> replayed(Shell& shell, const StoredRun& stored, Correspondents& agents) {
  std::map<std::int64_t, EpisodeRecord> episodes;
  const auto keep = [&](const EpisodePlan& plan, std::span<const EpisodeEvent> events) {
    auto& episode = episodes[plan.index];
    episode.plan = plan;
    episode.events.insert(episode.events.end(), events.begin(), events.end());
    return &episode;
  };
  ExperimentSink sink;
  sink.record = [&](const EpisodePlan& plan, std::span<const EpisodeEvent> events) -> Status {
    keep(plan, events);
    return {};
  };
  sink.finish = [&](std::span<const EpisodeEvent> events, const EpisodeResult& result) -> Status {
    keep(result.plan, events)->result = result;
    return {};
  };
  ProgressBar bar(shell.err, shell.err_is_terminal, "episodes");
  ExperimentOptions experiment;
  experiment.correspondents = &agents;
  experiment.cancellation = shell.cancellation;
  experiment.progress = [&bar](std::size_t done, std::size_t total) { bar.update(done, total); };
  CAUSAL_GYM_CHECKED(run_experiment(stored.summary.spec, sink, experiment));
  // What it took is on record, and playing it again takes nothing.
  for (const auto& episode : stored.episodes)
    if (const auto found = episodes.find(episode.plan.index); found != episodes.end())
      found->second.usage = episode.usage;
  StoredRun run{stored.summary, {}};
  for (auto& [index, episode] : episodes) run.episodes.push_back(std::move(episode));
  return run;
}

// Where the two differ first, in words; empty: nowhere.
std::string difference(const StoredRun& stored, const StoredRun& again) {
  std::size_t differing = 0;
  std::string first;
  for (std::size_t i = 0; i < again.episodes.size(); ++i) {
    const auto& now = again.episodes[i];
    if (i < stored.episodes.size() && stored.episodes[i] == now) continue;
    if (differing++ > 0) continue;
    first = fmt::format("episode {} ({} in {}, trial {})", now.plan.index, now.plan.agent,
                        now.plan.environment, now.plan.trial);
  }
  if (differing == 0) return {};
  return fmt::format("{} of {} episodes differ from what is stored, the first is {}", differing,
                     again.episodes.size(), first);
}

Result<StoredRun> load_finished(RunStore& store, const RunId& id) {
  CAUSAL_GYM_TRY(run, store.load_run(id));
  if (run.summary.state != RunState::finished)
    return fail(ErrorCode::conflict, "run '" + id + "' is not finished", {},
                "finish it with: causal-gym runs resume " + id);
  return run;
}

}  // namespace

int drive_replay(Shell& shell, const RunId& id, const DriverOptions& options) {
  const auto path = database_path(options.database);
  if (!path) return report(shell, path.error());
  const auto store = open_configured_store(options.database, StoreAccess::read);
  if (!store) return report(shell, store.error());
  const auto stored = load_finished(**store, id);
  if (!stored) return report(shell, stored.error());
  DatabaseOptions reading;
  reading.read_only = true;
  const auto exchanges = ExchangeStore::open(*path, reading);
  if (!exchanges) return report(shell, exchanges.error());
  auto said = (*exchanges)->of_run(id);
  if (!said) return report(shell, said.error());
  const auto count = said->size();
  ChatAgentOptions agents;
  agents.run = id;
  agents.asking = Asking::from_record;
  RecordedChats chats(*std::move(said));
  ChatAgents recorded(std::move(agents), [&chats](ChatCall call, ChatDone done) {
    return chats.submit(std::move(call), std::move(done));
  });
  const auto again = replayed(shell, *stored, recorded);
  if (!again) return report(shell, again.error());
  print_run(shell, *again, options);
  const auto differs = difference(*stored, *again);
  if (!differs.empty())
    return report(shell, Error{ErrorCode::conflict,
                               differs,
                               {},
                               "the readers or scores of today "
                               "say something else than those of then"});
  shell.err << fmt::format(
      "\nreplayed from {} exchanges on record: every event and score is as it "
      "is stored\n",
      count);
  return exit_success;
}

}  // namespace causal_gym
