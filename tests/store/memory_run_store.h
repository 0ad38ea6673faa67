// RunStore in memory: the reference that the conformance tests compare with, as plain as can be.
#pragma once

#include <algorithm>
#include <limits>
#include <mutex>
#include <set>

#include "gym/experiment/run_store.h"
#include "platform/llm/exchange.h"

namespace causal_gym {

// The page that filtering and sorting all of the runs gives; its cursors are ids.
inline Result<RunListing> page_of(std::vector<RunSummary> runs, const RunQuery& query) {
  const auto& filter = query.filter;
  const auto has = [](const auto& all, const auto& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  std::erase_if(runs, [&](const RunSummary& run) {
    return (!filter.states.empty() && !has(filter.states, run.state)) ||
           (filter.environment && !has(run.spec.environments, *filter.environment)) ||
           (filter.agent && !has(run.spec.agents, *filter.agent)) ||
           (filter.created_since && run.created_at < *filter.created_since) ||
           (filter.created_before && run.created_at >= *filter.created_before) ||
           !run.id.starts_with(filter.id_prefix);
  });
  const bool by_size =
      query.order == RunOrder::most_episodes || query.order == RunOrder::fewest_episodes;
  const auto key = [by_size](const RunSummary& run) {
    return std::tuple(by_size ? run.episodes_planned : 0, run.created_at, run.id);
  };
  std::sort(runs.begin(), runs.end(),
            [&](const RunSummary& a, const RunSummary& b) { return key(a) < key(b); });
  if (query.order == RunOrder::newest || query.order == RunOrder::most_episodes)
    std::reverse(runs.begin(), runs.end());
  auto begin = runs.begin();
  if (query.cursor) {
    begin = std::find_if(runs.begin(), runs.end(),
                         [&](const RunSummary& run) { return run.id == *query.cursor; });
    if (begin == runs.end()) return fail(ErrorCode::invalid_argument, "cursor");
    ++begin;
  }
  const auto count = std::min(query.limit, static_cast<std::size_t>(runs.end() - begin));
  RunListing listing{{begin, begin + static_cast<std::ptrdiff_t>(count)}, {}};
  if (begin + static_cast<std::ptrdiff_t>(count) != runs.end())
    listing.next_cursor = listing.runs.back().id;
  return listing;
}

class MemoryRunStore final : public RunStore {
 public:
  Status create_run(const NewRun& run) override {
    const std::lock_guard lock(mutex_);
    const bool well_formed = !run.id.empty() && run.id.size() <= 64 &&
                             std::all_of(run.id.begin(), run.id.end(), [](unsigned char c) {
                               return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_');
                             });
    if (!well_formed) return fail(ErrorCode::invalid_argument, "id");
    if (find(run.id) != nullptr) return fail(ErrorCode::conflict, "id");
    const auto& spec = run.spec;
    const auto planned =
        static_cast<std::int64_t>(spec.environments.size() * spec.agents.size()) * spec.trials;
    runs_.push_back({{run.id, run.created_at, spec, RunState::running, "", planned, 0}, {}});
    runs_.back().summary.model_options = run.model_options;
    return {};
  }

  Status claim_run(const RunId& id) override {
    const std::lock_guard lock(mutex_);
    StoredRun* run = find(id);
    if (run == nullptr) return fail(ErrorCode::not_found, "run");
    if (run->summary.state == RunState::finished) return fail(ErrorCode::conflict, "run");
    run->summary.state = RunState::running;
    run->summary.reason = "";
    return {};
  }

  Status append_events(const RunId& id, const EpisodePlan& plan,
                       std::span<const EpisodeEvent> events) override {
    const std::lock_guard lock(mutex_);
    if (events.empty()) return fail(ErrorCode::invalid_argument, "events");
    return append(id, plan, events);
  }

  Status finish_episode(const RunId& id, std::span<const EpisodeEvent> last_events,
                        const EpisodeResult& result) override {
    const std::lock_guard lock(mutex_);
    const std::vector<StoredRun> before = runs_;
    Status status = last_events.empty() ? Status() : append(id, result.plan, last_events);
    if (status) status = finish(id, result);
    if (!status) runs_ = before;  // all or nothing
    return status;
  }

  Status together(const std::function<Status()>& work) override {
    std::vector<StoredRun> before;
    {
      const std::lock_guard lock(mutex_);
      before = runs_;
    }
    Status status = work();
    const std::lock_guard lock(mutex_);
    if (!status) runs_ = std::move(before);
    return status;
  }

  Status set_run_state(const RunId& id, RunState state, const std::string& reason) override {
    if (state == RunState::running) return fail(ErrorCode::invalid_argument, "state");
    const std::lock_guard lock(mutex_);
    StoredRun* run = find(id);
    if (run == nullptr) return fail(ErrorCode::not_found, "run");
    if (run->summary.state == RunState::finished)
      return state == RunState::finished ? Status() : fail(ErrorCode::conflict, "run");
    run->summary.state = state;
    run->summary.reason = reason;
    return {};
  }

  Status keep_model_options(const RunId& id, const std::string& options) override {
    const std::lock_guard lock(mutex_);
    StoredRun* run = find(id);
    if (run == nullptr) return fail(ErrorCode::not_found, "run");
    if (run->summary.state == RunState::finished) return fail(ErrorCode::conflict, "run");
    run->summary.model_options = options;
    return {};
  }

  Result<RunListing> find_runs(const RunQuery& query) override {
    const std::lock_guard lock(mutex_);
    CAUSAL_GYM_CHECKED(check_run_limit(query.limit));
    if (query.reader || query.filter.owner) return fail(ErrorCode::unavailable, "no users");
    std::vector<RunSummary> all;
    for (const StoredRun& run : runs_) all.push_back(run.summary);
    return page_of(std::move(all), query);
  }

  Result<StoredRun> load_run(const RunId& id) override {
    const std::lock_guard lock(mutex_);
    const StoredRun* run = find(id);
    if (run == nullptr) return fail(ErrorCode::not_found, "run");
    StoredRun told = *run;
    for (auto& episode : told.episodes) episode.usage = usage_of(id, episode.plan.index);
    return told;
  }

  // As ExchangeStore::record.
  Status record(std::span<const Exchange> exchanges) {
    const std::lock_guard lock(mutex_);
    for (const auto& exchange : exchanges)
      if (find(exchange.key.run) == nullptr) return fail(ErrorCode::conflict, "run");
    exchanges_.insert(exchanges_.end(), exchanges.begin(), exchanges.end());
    return {};
  }

 private:
  [[nodiscard]] std::optional<ModelUsage> usage_of(const RunId& run, std::int64_t episode) const {
    std::vector<const Exchange*> replies;
    for (const auto& exchange : exchanges_)
      if (exchange.key.run == run && exchange.key.episode == episode && !exchange.failure)
        replies.push_back(&exchange);
    if (replies.empty()) return std::nullopt;
    std::set<std::string> versions;
    double input = 0, output = 0, cost = 0;
    bool knows_input = true, knows_output = true, knows_cost = true;
    for (const auto* reply : replies) {
      if (!reply->model_version.empty()) versions.insert(reply->model_version);
      if (reply->cached) continue;
      knows_input = knows_input && reply->usage.input.has_value();
      knows_output = knows_output && reply->usage.output.has_value();
      knows_cost = knows_cost && reply->cost_usd.has_value();
      input += static_cast<double>(reply->usage.input.value_or(0));
      output += static_cast<double>(reply->usage.output.value_or(0));
      cost += reply->cost_usd.value_or(0);
    }
    ModelUsage usage{{versions.begin(), versions.end()}, {}, {}, {}};
    if (knows_input) usage.input_tokens = whole(input);
    if (knows_output) usage.output_tokens = whole(output);
    if (knows_cost) usage.cost_usd = cost;
    return usage;
  }

  static std::int64_t whole(double sum) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return sum < 0x1p63 ? static_cast<std::int64_t>(sum) : most;
  }

  Status append(const RunId& id, const EpisodePlan& plan, std::span<const EpisodeEvent> events) {
    StoredRun* run = find(id);
    if (run == nullptr) return fail(ErrorCode::not_found, "run");
    EpisodeRecord* episode = find(*run, plan.index);
    EpisodeRecord next = episode != nullptr ? *episode : EpisodeRecord{plan, {}, {}};
    if (next.plan != plan || next.result) return fail(ErrorCode::conflict, "plan");
    for (const EpisodeEvent& event : events) {
      if (ended(next) || event.sequence != static_cast<std::int64_t>(next.events.size()))
        return fail(ErrorCode::conflict, "sequence");
      next.events.push_back(event);
    }
    if (episode != nullptr) {
      *episode = next;
      return {};
    }
    run->episodes.push_back(next);
    std::sort(run->episodes.begin(), run->episodes.end(),
              [](const auto& a, const auto& b) { return a.plan.index < b.plan.index; });
    return {};
  }

  Status finish(const RunId& id, const EpisodeResult& result) {
    StoredRun* run = find(id);
    EpisodeRecord* episode = run != nullptr ? find(*run, result.plan.index) : nullptr;
    if (episode == nullptr) return fail(ErrorCode::not_found, "episode");
    if (episode->plan != result.plan || episode->result || !ended(*episode))
      return fail(ErrorCode::conflict, "episode");
    episode->result = result;
    ++run->summary.episodes_finished;
    return {};
  }

  StoredRun* find(const RunId& id) {
    for (StoredRun& run : runs_)
      if (run.summary.id == id) return &run;
    return nullptr;
  }
  static EpisodeRecord* find(StoredRun& run, std::int64_t index) {
    for (EpisodeRecord& episode : run.episodes)
      if (episode.plan.index == index) return &episode;
    return nullptr;
  }
  static bool ended(const EpisodeRecord& episode) {
    return !episode.events.empty() &&
           std::holds_alternative<EpisodeEnded>(episode.events.back().content);
  }

  std::mutex mutex_;
  std::vector<StoredRun> runs_;
  std::vector<Exchange> exchanges_;
};

}  // namespace causal_gym
