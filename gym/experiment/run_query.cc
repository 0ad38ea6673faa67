#include "gym/experiment/run_query.h"

#include <array>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 5> state_names = {"running", "finished", "cancelled",
                                                         "failed", "interrupted"};
constexpr std::array<std::string_view, 4> order_names = {"newest", "oldest", "most_episodes",
                                                         "fewest_episodes"};

template <class Value, std::size_t size>
Result<Value> find_name(std::string_view name, const std::array<std::string_view, size>& names,
                        const std::string& what) {
  for (std::size_t i = 0; i < size; ++i)
    if (names[i] == name) return static_cast<Value>(i);
  const std::vector<std::string> known(names.begin(), names.end());
  std::string said = spelling_suggestion(name, known);
  if (said.empty()) {
    said = "one of";
    for (const auto& each : known) said += (each == known.front() ? " " : ", ") + each;
  }
  return fail(ErrorCode::unknown_name, "unknown " + what + " '" + std::string(name) + "'", "",
              std::move(said));
}

}  // namespace

std::string_view run_state_name(RunState state) {
  return state_names[static_cast<std::size_t>(state)];
}

Result<RunState> find_run_state(std::string_view name) {
  return find_name<RunState>(name, state_names, "run state");
}

std::string_view run_order_name(RunOrder order) {
  return order_names[static_cast<std::size_t>(order)];
}

Result<RunOrder> find_run_order(std::string_view name) {
  return find_name<RunOrder>(name, order_names, "order of runs");
}

Status check_run_limit(std::size_t limit) {
  if (limit != 0 && limit <= run_listing_limit) return {};
  return fail(ErrorCode::invalid_argument,
              "a page of " + std::to_string(limit) + " runs; it holds 1 to " +
                  std::to_string(run_listing_limit),
              "limit");
}

}  // namespace causal_gym
