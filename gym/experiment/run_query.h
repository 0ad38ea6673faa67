// What is asked of a list of runs: which of them, in which order, and which page.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

using RunId = std::string;  // 1 to 64 letters, digits, '-' and '_', chosen by the caller

// interrupted: it was running, and nobody works on it any more (its process was killed, or let go).
enum class RunState { running, finished, cancelled, failed, interrupted };

inline constexpr RunState all_run_states[] = {RunState::running, RunState::finished,
                                              RunState::cancelled, RunState::failed,
                                              RunState::interrupted};

[[nodiscard]] std::string_view run_state_name(RunState state);
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<RunState> find_run_state(std::string_view name);

// newest: by created_at, then id, descending; most_episodes: by the episodes planned, then as
// newest. The other two are these from their ends.
enum class RunOrder { newest, oldest, most_episodes, fewest_episodes };

inline constexpr RunOrder all_run_orders[] = {RunOrder::newest, RunOrder::oldest,
                                              RunOrder::most_episodes, RunOrder::fewest_episodes};

[[nodiscard]] std::string_view run_order_name(RunOrder order);
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<RunOrder> find_run_order(std::string_view name);

// Of the runs that meet all of what is given.
struct RunFilter {
  std::vector<RunState> states = {};            // as shown; empty: any
  std::optional<std::string> environment = {};  // among its specification's
  std::optional<std::string> agent = {};        // likewise, as written there
  std::optional<std::string> owner = {};        // a user's name
  bool mine = false;  // owned by whoever asks, for a reader that knows who does
  std::optional<std::string> created_since = {};   // at that moment or after, as created_at
  std::optional<std::string> created_before = {};  // as created_at
  std::string id_prefix = {};
  friend bool operator==(const RunFilter&, const RunFilter&) = default;
};

inline constexpr std::size_t run_listing_limit = 200;  // largest page

struct RunQuery {
  std::size_t limit = 50;
  std::optional<std::string> cursor = {};  // next_cursor of the page before; none: the first page
  RunFilter filter = {};
  RunOrder order = RunOrder::newest;
  // The id of a user: of the runs that they own or that are shared with them.
  std::optional<std::string> reader = {};
};

// Errors: invalid_argument (limit 0 or over run_listing_limit).
[[nodiscard]] Status check_run_limit(std::size_t limit);

}  // namespace causal_gym
