// The episodes that MCP clients play, under handles: a protocol without sessions names by an
// argument what lasts longer than a request. Handles are given in, so that tests know them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "gym/episode/active_episode.h"

namespace causal_gym {

struct EpisodeTableLimits {
  std::size_t episodes = 256;
  std::chrono::seconds idle{3600};  // unused for so long, an episode is forgotten
};

// Safe from any thread. `now` is of a steady clock. Cost of a call: O(log episodes), of the first
// call over a limit O(episodes).
class EpisodeTable {
 public:
  EpisodeTable(EpisodeTableLimits limits, std::function<std::string()> new_handle)
      : limits_(limits), new_handle_(std::move(new_handle)) {}

  // The new episode's handle. Makes room by forgetting episodes that are idle or, when there are
  // none, the longest unused that has ended. Errors: limit_exceeded.
  [[nodiscard]] Result<std::string> add(ActiveEpisode episode, std::chrono::nanoseconds now);
  // What `use` gives for the episode, which no other call sees meanwhile. Errors: not_found, and
  // those of `use`.
  template <class Use>
  auto with(const std::string& handle, std::chrono::nanoseconds now, const Use& use)
      -> decltype(use(std::declval<ActiveEpisode&>())) {
    const std::lock_guard lock(mutex_);
    CAUSAL_GYM_TRY(episode, find(handle, now));
    return use(*episode);
  }
  void forget(const std::string& handle);
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    ActiveEpisode episode;
    std::chrono::nanoseconds used;
  };
  [[nodiscard]] Result<ActiveEpisode*> find(const std::string& handle,
                                            std::chrono::nanoseconds now);
  void make_room(std::chrono::nanoseconds now);

  EpisodeTableLimits limits_;
  std::function<std::string()> new_handle_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace causal_gym
