#include "api/mcp/episode_table.h"

#include "api/mcp/json_rpc.h"

namespace causal_gym {

void EpisodeTable::make_room(std::chrono::nanoseconds now) {
  if (entries_.size() < limits_.episodes) return;
  std::erase_if(entries_,
                [&](const auto& entry) { return now - entry.second.used > limits_.idle; });
  if (entries_.size() < limits_.episodes) return;
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry)
    if (entry->second.episode.ended() &&
        (oldest == entries_.end() || entry->second.used < oldest->second.used))
      oldest = entry;
  if (oldest != entries_.end()) entries_.erase(oldest);
}

Result<std::string> EpisodeTable::add(ActiveEpisode episode, std::chrono::nanoseconds now) {
  const std::lock_guard lock(mutex_);
  make_room(now);
  if (entries_.size() >= limits_.episodes)
    return fail(ErrorCode::limit_exceeded,
                std::to_string(entries_.size()) + " episodes are being played, which is the limit",
                {}, "leave one");
  auto handle = new_handle_();
  const bool is_new = entries_.try_emplace(handle, Entry{std::move(episode), now}).second;
  if (!is_new) return fail(ErrorCode::conflict, "the new handle is taken", {}, "try again");
  return handle;
}

Result<ActiveEpisode*> EpisodeTable::find(const std::string& handle, std::chrono::nanoseconds now) {
  const auto entry = entries_.find(handle);
  if (entry != entries_.end() && now - entry->second.used > limits_.idle) {
    entries_.erase(entry);
  } else if (entry != entries_.end()) {
    entry->second.used = now;
    return &entry->second.episode;
  }
  return fail(ErrorCode::not_found,
              "no episode '" + shown_text(handle) +
                  "': it was never entered, left, or unused for " +
                  std::to_string(limits_.idle.count()) + " seconds",
              "episode", "begin one with enter_environment");
}

void EpisodeTable::forget(const std::string& handle) {
  const std::lock_guard lock(mutex_);
  entries_.erase(handle);
}

std::size_t EpisodeTable::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace causal_gym
