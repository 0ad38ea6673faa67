#include "gym/experiment/asked_episode.h"

#include <algorithm>

#include "engine/base/check.h"

namespace causal_gym {

Result<AskedEpisode> AskedEpisode::restore(const Environment& environment,
                                           const Interface& interface, const Protocol& protocol,
                                           const std::string& agent, std::uint64_t seed,
                                           std::vector<EpisodeEvent> recorded,
                                           const std::optional<ToolPlay>& tools) {
  if (!tools) {
    CAUSAL_GYM_TRY(episode,
                   Episode::restore(environment, interface, protocol, agent, seed, recorded));
    return AskedEpisode(std::move(episode), std::move(recorded));
  }
  ToolEpisodeLimits limits;
  limits.turns = tools->turns;
  CAUSAL_GYM_TRY(episode,
                 ToolEpisode::start(environment, interface, protocol, agent, seed, limits));
  return AskedEpisode(std::move(episode), std::move(recorded));
}

std::optional<OpenRequest> AskedEpisode::next_request() {
  std::optional<OpenRequest> next;
  if (const auto* asked = std::get_if<Episode>(&episode_)) {
    if (auto upcoming = asked->upcoming(open_.size()))
      next = OpenRequest{upcoming->sequence, std::move(upcoming->request)};
  } else if (open_.empty()) {
    if (auto turn = std::get<ToolEpisode>(episode_).pending())
      next = OpenRequest{events().back().sequence, *turn};
  }
  if (next) open_.emplace(next->sequence, std::nullopt);
  return next;
}

Status AskedEpisode::answer(std::int64_t sequence, Result<AgentReply> reply) {
  if (reply && std::holds_alternative<TurnReply>(*reply) != (episode_.index() == 1))
    return fail(ErrorCode::conflict, "the reply is not of the kind that was asked for");
  const auto place = open_.find(sequence);
  if (place == open_.end() || place->second)
    return fail(ErrorCode::conflict,
                "no reply is waited for to event " + std::to_string(sequence) + " of the episode");
  place->second = std::move(reply);
  while (!open_.empty() && open_.begin()->second) {
    auto due = *std::move(open_.begin()->second);
    open_.erase(open_.begin());
    CAUSAL_GYM_CHECKED(log(std::move(due)));
  }
  return {};
}

Status AskedEpisode::log(Result<AgentReply> reply) {
  auto* played = std::get_if<ToolEpisode>(&episode_);
  if (played != nullptr) {
    if (!reply) return played->answer(fail(std::move(reply).error()));
    return played->answer(std::get<TurnReply>(*std::move(reply)));
  }
  auto& asked = std::get<Episode>(episode_);
  if (!reply) {
    CAUSAL_GYM_CHECKED(asked.answer(fail(std::move(reply).error())));
  } else {
    CAUSAL_GYM_CHECKED(asked.answer(std::get<Reply>(*std::move(reply))));
  }
  return {};
}

Rng AskedEpisode::agent_rng() const { return std::get<Episode>(episode_).agent_rng(); }

bool AskedEpisode::ended() const {
  return std::visit([](const auto& episode) { return episode.ended(); }, episode_);
}

std::span<const EpisodeEvent> AskedEpisode::events() const {
  return std::visit([](const auto& episode) { return episode.events(); }, episode_);
}

Result<std::span<const EpisodeEvent>> AskedEpisode::unrecorded() const {
  const auto all = events();
  const auto both = std::min(all.size(), recorded_.size());
  const auto [other, same] = std::mismatch(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(both), recorded_.begin());
  const bool differs = other != all.begin() + static_cast<std::ptrdiff_t>(both);
  if (differs || (ended() && all.size() < recorded_.size()))
    return fail(ErrorCode::conflict,
                "event " + std::to_string(other - all.begin()) +
                    " of the episode is not the one that is recorded",
                "events");
  return all.subspan(std::min(all.size(), recorded_count_));
}

void AskedEpisode::mark_recorded() {
  recorded_count_ = std::max(recorded_count_, events().size());
  if (events().size() >= recorded_.size()) recorded_.clear();
}

}  // namespace causal_gym
