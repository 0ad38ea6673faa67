#include "gym/experiment/experiment.h"

#include <limits>
#include <set>

#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

// The error with the path of the part it comes from.
tl::unexpected<Error> fail_at(Error error, const std::string& path) {
  error.where = error.where.empty() ? path : path + ": " + error.where;
  return fail(std::move(error));
}

std::string item_path(const char* list, std::size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

Status check_names(const std::vector<std::string>& names, const char* list, std::size_t limit) {
  if (names.empty())
    return fail(ErrorCode::invalid_argument, std::string("no ") + list + " to run", list);
  CAUSAL_GYM_CHECKED(check_limit(list, names.size(), limit));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!seen.insert(names[i]).second)
      return fail(ErrorCode::invalid_argument, "'" + names[i] + "' is there twice",
                  item_path(list, i));
  return {};
}

Status check_counts(const ExperimentSpec& spec, const ExperimentLimits& limits) {
  if (spec.trials < 1)
    return fail(ErrorCode::invalid_argument,
                "trials must be at least 1, not " + std::to_string(spec.trials), "trials");
  const auto trials = static_cast<std::size_t>(spec.trials);
  CAUSAL_GYM_CHECKED(check_limit("trials", trials, limits.trials));
  CAUSAL_GYM_CHECKED(check_limit("episodes", trials * spec.environments.size() * spec.agents.size(),
                                 limits.episodes));
  constexpr auto last_seed = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (spec.first_seed > last_seed || trials - 1 > last_seed - spec.first_seed)
    return fail(ErrorCode::invalid_argument, "the seeds go past 2^63 - 1", "first_seed");
  return {};
}

Protocol protocol_of(const ExperimentSpec& spec, const Environment& environment) {
  auto protocol = default_protocol(environment);
  if (spec.interventions) protocol.interventions = *spec.interventions;
  if (spec.beliefs) protocol.queries = *spec.beliefs;
  return protocol;
}

// Every override must fit the environment, and every question have a truth under every regime.
Status check_protocol(const ExperimentSpec& spec, const Environment& environment) {
  const auto protocol = protocol_of(spec, environment);
  std::vector<Regime> regimes = {{}};
  for (std::size_t i = 0; i < protocol.interventions.size(); ++i) {
    auto regime = read_intervention(protocol.interventions[i], environment.model);
    if (!regime) return fail_at(std::move(regime).error(), item_path("interventions", i));
    regimes.push_back(*std::move(regime));
  }
  for (std::size_t i = 0; i < protocol.queries.size(); ++i) {
    auto question = read_belief_question(protocol.queries[i], environment.model);
    if (!question) return fail_at(std::move(question).error(), item_path("beliefs", i));
    for (const auto& regime : regimes)
      if (auto truth = truth_of(environment.model, regime, question->query); !truth)
        return fail_at(std::move(truth).error(), item_path("beliefs", i));
  }
  return {};
}

Status check_environment_of(const ExperimentSpec& spec, const ExperimentOptions& options,
                            std::size_t index) {
  const auto path = item_path("environments", index);
  const auto environment = find_environment(spec.environments[index]);
  if (!environment) return fail_at(environment.error(), path);
  const auto interface = find_interface(spec.interface);
  if (!interface) return fail_at(interface.error(), "interface");
  if (auto status = check_protocol(spec, **environment); !status)
    return fail_at(std::move(status).error(), path);
  for (std::size_t a = 0; a < spec.agents.size(); ++a)
    if (auto agent = options.agent_factory(spec.agents[a], **environment); !agent)
      return fail_at(std::move(agent).error(), item_path("agents", a));
  const auto episode = Episode::start(**environment, *interface, protocol_of(spec, **environment),
                                      spec.agents.front(), spec.first_seed);
  if (!episode) return fail_at(episode.error(), path);
  return {};
}

// An episode on its way into the sink: what it has written, and how much of that is told.
class Recording {
 public:
  Recording(const ExperimentSink& sink, const EpisodePlan& plan, const Episode& episode,
            std::size_t recorded)
      : sink_(sink), plan_(plan), episode_(episode), recorded_(recorded) {}

  [[nodiscard]] std::span<const EpisodeEvent> unrecorded() const {
    return episode_.events().subspan(recorded_);
  }
  [[nodiscard]] Status record() {
    if (!sink_.record || unrecorded().empty()) return {};
    CAUSAL_GYM_CHECKED(sink_.record(plan_, unrecorded()));
    recorded_ = episode_.events().size();
    return {};
  }

 private:
  const ExperimentSink& sink_;
  const EpisodePlan& plan_;
  const Episode& episode_;
  std::size_t recorded_;
};

// Asks the agent until the episode has ended.
Status play(Episode& episode, Agent& agent, Recording& recording,
            const ExperimentOptions& options) {
  while (const auto request = episode.pending()) {
    const bool cancelled = options.cancellation.cancelled();
    if (cancelled || !agent.repeats_itself()) CAUSAL_GYM_CHECKED(recording.record());
    if (cancelled) return options.cancellation.check();
    Rng rng = episode.agent_rng();
    CAUSAL_GYM_CHECKED(episode.answer(agent.state_belief(*request, rng)));
  }
  return agent.repeats_itself() ? Status() : recording.record();
}

// Drives one episode to its end, from its log so far.
Result<EpisodeResult> run_episode(const ExperimentSpec& spec, const EpisodePlan& plan,
                                  std::span<const EpisodeEvent> recorded,
                                  const ExperimentSink& sink, const ExperimentOptions& options) {
  CAUSAL_GYM_TRY(environment, find_environment(plan.environment));
  CAUSAL_GYM_TRY(interface, find_interface(spec.interface));
  CAUSAL_GYM_TRY(episode, Episode::restore(*environment, interface, protocol_of(spec, *environment),
                                           plan.agent, plan.seed, recorded));
  CAUSAL_GYM_TRY(agent, options.agent_factory(plan.agent, *environment));
  Recording recording(sink, plan, episode, recorded.size());
  CAUSAL_GYM_CHECKED(play(episode, *agent, recording, options));
  CAUSAL_GYM_TRY(beliefs, measure_beliefs(*environment, episode.events()));
  auto scores = score_beliefs(beliefs);
  EpisodeResult result{plan, std::move(scores), std::move(beliefs),
                       intervention_records(episode.events())};
  if (sink.finish) CAUSAL_GYM_CHECKED(sink.finish(recording.unrecorded(), result));
  return result;
}

}  // namespace

Status check_experiment(const ExperimentSpec& spec, const ExperimentOptions& options) {
  CAUSAL_GYM_CHECKED(check_names(spec.environments, "environments", options.limits.environments));
  CAUSAL_GYM_CHECKED(check_names(spec.agents, "agents", options.limits.agents));
  CAUSAL_GYM_CHECKED(check_counts(spec, options.limits));
  for (std::size_t i = 0; i < spec.environments.size(); ++i)
    CAUSAL_GYM_CHECKED(check_environment_of(spec, options, i));
  return {};
}

std::vector<EpisodePlan> plan_episodes(const ExperimentSpec& spec) {
  std::vector<EpisodePlan> plans;
  for (const auto& environment : spec.environments)
    for (const auto& agent : spec.agents)
      for (std::int64_t trial = 0; trial < spec.trials; ++trial)
        plans.push_back({static_cast<std::int64_t>(plans.size()), environment, agent, trial,
                         spec.first_seed + static_cast<std::uint64_t>(trial)});
  return plans;
}

Result<std::vector<EpisodeResult>> run_experiment(const ExperimentSpec& spec,
                                                  const ExperimentSink& sink,
                                                  const ExperimentOptions& options,
                                                  std::vector<EpisodeProgress> progress_so_far) {
  CAUSAL_GYM_CHECKED(check_experiment(spec, options));
  const auto plans = plan_episodes(spec);
  if (!progress_so_far.empty() && progress_so_far.size() != plans.size())
    return fail(ErrorCode::conflict, "progress on " + std::to_string(progress_so_far.size()) +
                                         " episodes is not that of an experiment of " +
                                         std::to_string(plans.size()));
  progress_so_far.resize(plans.size());
  std::size_t done = 0;
  for (const auto& progress : progress_so_far) done += progress.result ? 1 : 0;
  if (options.progress) options.progress(done, plans.size());
  std::vector<EpisodeResult> results;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (progress_so_far[i].result) {
      results.push_back(*std::move(progress_so_far[i].result));
      continue;
    }
    CAUSAL_GYM_TRY(result, run_episode(spec, plans[i], progress_so_far[i].recorded, sink, options));
    results.push_back(std::move(result));
    if (options.progress) options.progress(++done, plans.size());
  }
  return results;
}

}  // namespace causal_gym
