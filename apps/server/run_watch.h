// Watches runs in the store for those who have a stream of their events: each watched run is looked
// at once for all of its streams, whoever works on it.
//
// One thread looks at all of them each look_period, and rests at least four times as long as the
// looks took, so that watching never takes more than a fifth of one connection. Cost: one statement
// for each watched run and look; a stream that waits holds about 200 bytes here.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "apps/server/run_events.h"
#include "platform/http/body_stream.h"

namespace causal_gym {

inline constexpr std::chrono::milliseconds look_period{250};

class RunWatch {
 public:
  using Read = std::function<Result<std::optional<RunProgress>>(const RunId&)>;

  explicit RunWatch(Read read, std::chrono::milliseconds period = look_period);
  // Its streams may outlive it; they hear of nothing new.
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  // How far the run is now. Errors: not_found; unavailable.
  [[nodiscard]] Result<RunProgress> progress(const RunId& run) const;
  // The events behind the place, until the run is over.
  [[nodiscard]] std::shared_ptr<BodyStream> stream(const RunId& run, const EventPlace& from,
                                                   const RunProgress& now) const;

 private:
  struct Core;
  const std::shared_ptr<Core> core_;
};

}  // namespace causal_gym
