#include "gym/experiment/experiment.h"

#include <limits>
#include <set>

#include "gym/environments/registry.h"
#include "gym/experiment/play_episodes.h"

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

Status check_agent(const std::string& agent, const Environment& environment,
                   const ExperimentOptions& options) {
  if (options.correspondents != nullptr && options.correspondents->takes(agent))
    return options.correspondents->check(agent);
  const auto made = options.agent_factory(agent, environment);
  return made ? Status() : fail(made.error());
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
    if (auto status = check_agent(spec.agents[a], **environment, options); !status)
      return fail_at(std::move(status).error(), item_path("agents", a));
  const auto episode = Episode::start(**environment, *interface, protocol_of(spec, **environment),
                                      spec.agents.front(), spec.first_seed);
  if (!episode) return fail_at(episode.error(), path);
  return {};
}

// What only other episodes need is not looked at again for each part of an experiment.
ExperimentSpec with_environments_of(const std::vector<EpisodePlan>& plans, ExperimentSpec spec) {
  spec.environments.clear();
  for (const auto& plan : plans)
    if (spec.environments.empty() || spec.environments.back() != plan.environment)
      spec.environments.push_back(plan.environment);
  return spec;
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

std::vector<EpisodePlan> plan_episodes(const ExperimentSpec& spec, const EpisodeRange& range) {
  std::vector<EpisodePlan> plans;
  std::int64_t index = 0;
  for (const auto& environment : spec.environments)
    for (const auto& agent : spec.agents)
      for (std::int64_t trial = 0; trial < spec.trials; ++trial, ++index)
        if (range.holds(index))
          plans.push_back({index, environment, agent, trial,
                           spec.first_seed + static_cast<std::uint64_t>(trial)});
  return plans;
}

Result<std::vector<EpisodeResult>> run_experiment(const ExperimentSpec& spec,
                                                  const ExperimentSink& sink,
                                                  const ExperimentOptions& options,
                                                  std::vector<EpisodeProgress> progress_so_far) {
  const auto plans = plan_episodes(spec, options.range);
  const bool is_whole = options.range == EpisodeRange();
  CAUSAL_GYM_CHECKED(
      check_experiment(is_whole ? spec : with_environments_of(plans, spec), options));
  if (!progress_so_far.empty() && progress_so_far.size() != plans.size())
    return fail(ErrorCode::conflict, "progress on " + std::to_string(progress_so_far.size()) +
                                         " episodes is not that of an experiment of " +
                                         std::to_string(plans.size()));
  progress_so_far.resize(plans.size());
  return play_episodes(spec, plans, sink, options, std::move(progress_so_far));
}

}  // namespace causal_gym
