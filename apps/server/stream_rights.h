// The streams of events that callers have open: how many each user may have, and whether their
// right to them goes on.
//
// One thread asks every rights_period, once for each caller and run, whether the caller may still
// see the run, and ends the streams of those who may not: as any stream ends, so that who asks
// again is told why. What cannot be told now is asked again. It rests at least four times as long
// as it asked. Cost: a few look-ups of accounts for each caller and run and period; about 300 bytes
// a stream.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "platform/auth/accounts.h"
#include "platform/http/body_stream.h"
#include "platform/store/run_progress.h"

namespace causal_gym {

inline constexpr std::chrono::milliseconds rights_period{10'000};

class StreamRights {
 public:
  // May the caller see the run now? Errors: that cannot be told.
  using Ask = std::function<Result<bool>(const Caller&, const RunId&)>;

  StreamRights(Ask ask, std::size_t streams_of_a_user,
               std::chrono::milliseconds period = rights_period);
  // Its streams may outlive it; nobody ends them then.
  ~StreamRights();
  StreamRights(const StreamRights&) = delete;
  StreamRights& operator=(const StreamRights&) = delete;

  // The stream, which ends when the caller may not see the run any more; where access is off, as it
  // is. Errors: limit_exceeded (the user has so many open).
  [[nodiscard]] Result<std::shared_ptr<BodyStream>> guarded(std::shared_ptr<BodyStream> stream,
                                                            const Caller& caller,
                                                            const RunId& run) const;

 private:
  struct Core;
  const std::shared_ptr<Core> core_;
};

// By the accounts as they are, without a touch of session or key; they outlive it, and are null
// where access is off.
[[nodiscard]] StreamRights::Ask may_see_runs(Accounts* accounts);

}  // namespace causal_gym
