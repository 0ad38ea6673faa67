#include "gym/experiment/play_episodes.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/check.h"
#include "gym/environments/registry.h"
#include "gym/experiment/asked_episode.h"
#include "gym/experiment/postponements.h"

namespace causal_gym {

namespace {

// An episode that has begun and not ended.
struct Running {
  EpisodePlan plan;
  const Environment* environment = nullptr;
  AskedEpisode episode;
  AgentPtr agent;             // null: one of the correspondents
  std::size_t under_way = 0;  // of its requests
  bool put_off = false;       // left for another time, once none is under way
};

class Play {
 public:
  Play(const ExperimentSpec& spec, const std::vector<EpisodePlan>& plans,
       const ExperimentSink& sink, const ExperimentOptions& options,
       std::vector<EpisodeProgress> progress)
      : spec_(spec),
        plans_(plans),
        sink_(sink),
        options_(options),
        progress_(std::move(progress)),
        results_(plans.size()) {}

  Result<std::vector<EpisodeResult>> run() {
    for (std::size_t i = 0; i < plans_.size(); ++i)
      if (progress_[i].result) {
        results_[i] = std::move(progress_[i].result);
        ++done_;
      }
    tell_progress();
    auto status = play_all();
    // What is under way is replied to before this returns: the requests view the episodes.
    while (waiting_ > 0) {
      auto late = take_replies(/*go_on=*/false);
      if (status && !late) status = std::move(late);
    }
    if (!status) return fail(std::move(status).error());
    if (postponed_.episodes() > 0) return fail(postponed_.error(plans_.size()));
    std::vector<EpisodeResult> results;
    results.reserve(results_.size());
    for (auto& result : results_) results.push_back(*std::move(result));
    return results;
  }

 private:
  Status play_all() {
    const auto most = std::max<std::size_t>(1, options_.in_flight);
    for (std::size_t next = 0;;) {
      // An episode begins only when those under way have nothing more to ask.
      while (waiting_ < most && (!to_ask_.empty() || next < plans_.size())) {
        if (!to_ask_.empty()) {
          CAUSAL_GYM_CHECKED(ask_next(*to_ask_.begin()));
        } else {
          if (!results_[next]) CAUSAL_GYM_CHECKED(start(next));
          ++next;
        }
      }
      if (waiting_ == 0) return {};
      CAUSAL_GYM_CHECKED(take_replies(/*go_on=*/true));
    }
  }

  void tell_progress() const {
    if (options_.progress) options_.progress(done_, plans_.size());
  }
  [[nodiscard]] Status together(const std::function<Status()>& work) const {
    return sink_.together ? sink_.together(work) : work();
  }

  Status start(std::size_t index) {
    const auto& plan = plans_[index];
    if (const auto* why = postponed_.suspended(plan.agent)) {
      postponed_.add(plan.agent, *why);
      return {};
    }
    CAUSAL_GYM_TRY(environment, find_environment(plan.environment));
    CAUSAL_GYM_TRY(interface, find_interface(spec_.interface));
    const bool corresponds =
        options_.correspondents != nullptr && options_.correspondents->takes(plan.agent);
    const auto tools = corresponds ? options_.correspondents->tool_play(plan.agent) : std::nullopt;
    CAUSAL_GYM_TRY(
        episode,
        AskedEpisode::restore(*environment, interface, protocol_of(spec_, *environment), plan.agent,
                              plan.seed, std::move(progress_[index].recorded), tools));
    AgentPtr agent;
    if (!corresponds) {
      CAUSAL_GYM_TRY(made, options_.agent_factory(plan.agent, *environment));
      agent = std::move(made);
    }
    Running running{plan, environment, std::move(episode), std::move(agent)};
    if (!corresponds) {
      CAUSAL_GYM_CHECKED(play(running));
      return finish(running);
    }
    if (running.episode.ended()) return finish(running);
    CAUSAL_GYM_CHECKED(record(running));
    running_.emplace(plan.index, std::move(running));
    to_ask_.insert(plan.index);
    return {};
  }

  // Asks an agent that answers at once until the episode has ended.
  Status play(Running& running) {
    const bool repeats = running.agent->repeats_itself();
    while (const auto next = running.episode.next_request()) {
      const bool cancelled = options_.cancellation.cancelled();
      if (cancelled || !repeats) CAUSAL_GYM_CHECKED(record(running));
      if (cancelled) return options_.cancellation.check();
      Rng rng = running.episode.agent_rng();
      auto reply = running.agent->state_belief(std::get<BeliefRequest>(next->request), rng);
      CAUSAL_GYM_CHECKED(running.episode.answer(next->sequence, std::move(reply)));
    }
    return repeats ? Status() : record(running);
  }

  // Asks one request of the episode, if it has another one.
  Status ask_next(std::int64_t index) {
    CAUSAL_GYM_CHECKED(options_.cancellation.check());
    auto& running = running_.at(index);
    const auto& plan = running.plan;
    if (const auto* why = postponed_.suspended(plan.agent)) put_off(running, *why);
    auto next = running.put_off ? std::nullopt : running.episode.next_request();
    if (!next) {
      to_ask_.erase(index);
      leave(index);
      return {};
    }
    options_.correspondents->ask({index, next->sequence, plan.trial, plan.agent, plan.environment,
                                  plan.seed, std::move(next->request)});
    ++running.under_way;
    ++waiting_;
    return {};
  }

  // Waits for replies and records them together: those beside one that stops the experiment count
  // too. It waits outside of `together`, so that others can record meanwhile.
  Status take_replies(bool go_on) {
    auto replies = options_.correspondents->collect();
    CHECK(!replies.empty());
    waiting_ -= replies.size();
    for (const auto& reply : replies) --running_.at(reply.episode).under_way;
    auto recorded = together([&]() -> Status {
      for (auto& [index, sequence, reply, postponed] : replies)
        if (reply || (!is_cancelled(reply) && postponed == Postponed::nothing))
          CAUSAL_GYM_CHECKED(take(running_.at(index), sequence, std::move(reply)));
      return {};
    });
    if (!recorded) return recorded;
    for (const auto& [index, sequence, reply, postponed] : replies) {
      if (reply) continue;
      if (go_on && (is_cancelled(reply) || postponed == Postponed::experiment))
        return fail(reply.error());
      if (postponed != Postponed::nothing) {
        auto& running = running_.at(index);
        if (postponed == Postponed::agent) postponed_.suspend(running.plan.agent, reply.error());
        put_off(running, reply.error());
      }
    }
    for (const auto& reply : replies) leave(reply.episode);
    return {};
  }

  // The episode goes on another time, from its first request that is not replied to.
  void put_off(Running& running, const Error& reason) {
    if (!running.put_off) postponed_.add(running.plan.agent, reason);
    running.put_off = true;
  }
  // Lets go of an episode that is put off; the requests under way still view it.
  void leave(std::int64_t index) {
    const auto place = running_.find(index);
    if (place == running_.end() || !place->second.put_off || place->second.under_way > 0) return;
    to_ask_.erase(index);
    running_.erase(place);
  }

  // A reply that was cancelled is not the agent's: its episode goes on from the request another
  // time.
  [[nodiscard]] static bool is_cancelled(const Result<AgentReply>& reply) {
    return !reply && reply.error().code == ErrorCode::cancelled;
  }

  Status take(Running& running, std::int64_t sequence, Result<AgentReply> reply) {
    const auto index = running.plan.index;
    CAUSAL_GYM_CHECKED(running.episode.answer(sequence, std::move(reply)));
    if (!running.episode.ended()) {
      to_ask_.insert(index);
      return record(running);
    }
    CAUSAL_GYM_CHECKED(finish(running));
    to_ask_.erase(index);
    running_.erase(index);
    return {};
  }

  Status record(Running& running) {
    CAUSAL_GYM_TRY(events, running.episode.unrecorded());
    if (!sink_.record || events.empty()) return {};
    CAUSAL_GYM_CHECKED(sink_.record(running.plan, events));
    running.episode.mark_recorded();
    return {};
  }

  Status finish(const Running& running) {
    const auto events = running.episode.events();
    CAUSAL_GYM_TRY(unrecorded, running.episode.unrecorded());
    CAUSAL_GYM_TRY(beliefs, measure_beliefs(*running.environment, events));
    auto scores = score_beliefs(beliefs);
    EpisodeResult result{running.plan, std::move(scores), std::move(beliefs),
                         intervention_records(events)};
    if (sink_.finish) CAUSAL_GYM_CHECKED(sink_.finish(unrecorded, result));
    results_[static_cast<std::size_t>(running.plan.index - plans_.front().index)] =
        std::move(result);
    ++done_;
    tell_progress();
    return {};
  }

  const ExperimentSpec& spec_;
  const std::vector<EpisodePlan>& plans_;
  const ExperimentSink& sink_;
  const ExperimentOptions& options_;
  std::vector<EpisodeProgress> progress_;
  std::vector<std::optional<EpisodeResult>> results_;
  std::size_t done_ = 0;
  std::map<std::int64_t, Running> running_;  // of correspondents; by the plan's index
  std::size_t waiting_ = 0;                  // requests under way
  std::set<std::int64_t> to_ask_;            // running ones that may have more to ask
  Postponements postponed_;
};

}  // namespace

Protocol protocol_of(const ExperimentSpec& spec, const Environment& environment) {
  auto protocol = default_protocol(environment);
  if (spec.interventions) protocol.interventions = *spec.interventions;
  if (spec.beliefs) protocol.queries = *spec.beliefs;
  return protocol;
}

Result<std::vector<EpisodeResult>> play_episodes(const ExperimentSpec& spec,
                                                 const std::vector<EpisodePlan>& plans,
                                                 const ExperimentSink& sink,
                                                 const ExperimentOptions& options,
                                                 std::vector<EpisodeProgress> progress_so_far) {
  return Play(spec, plans, sink, options, std::move(progress_so_far)).run();
}

}  // namespace causal_gym
