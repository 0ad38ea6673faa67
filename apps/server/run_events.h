// The progress of a run as server-sent events, from what is stored and nothing else.
//
// An event's id is the place behind it, "FINISHED.STATE": how many episodes were told of, and the
// state last told. So any replica goes on from any place, and tells each finished episode once:
// `state` when it differs from the one told, `episode` for each that is finished, and `done` at the
// end. A state between two looks at the store is not told. Source: HTML Living Standard, 9.2. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/store/run_progress.h"

namespace causal_gym {

inline constexpr std::int64_t events_of_a_piece = 64;

struct EventPlace {
  std::int64_t finished = 0;
  std::optional<RunState> state = {};  // none yet
  friend bool operator==(const EventPlace&, const EventPlace&) = default;
};

// Finished, cancelled or failed: nobody goes on with it by themselves.
[[nodiscard]] bool is_over(RunState state);

[[nodiscard]] std::string event_id(const EventPlace& place);
// Of the value of Last-Event-ID. Errors: invalid_argument (no id of ours).
[[nodiscard]] Result<EventPlace> read_event_id(std::string_view text);

// Was everything told of a run that is over?
[[nodiscard]] bool is_at_end(const EventPlace& place, const RunProgress& progress);

// The next events, at most events_of_a_piece of episodes; moves the place behind them. Empty:
// nothing new.
[[nodiscard]] std::string next_events(EventPlace& place, const RunProgress& progress);

}  // namespace causal_gym
