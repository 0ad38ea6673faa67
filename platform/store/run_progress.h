// How far a run is, read by itself: what those who watch runs ask for again and again.
//
// Cost: one statement on a connection of its own. Safe from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gym/experiment/run_store.h"
#include "platform/store/connection_pool.h"

namespace causal_gym {

struct RunProgress {
  RunState state = RunState::running;
  std::string reason;  // why it failed or was cancelled; may be empty
  std::int64_t planned = 0;
  std::int64_t finished = 0;
  friend bool operator==(const RunProgress&, const RunProgress&) = default;
};

class RunProgressReader {
 public:
  // Errors: those of open_pool (open_store.h).
  [[nodiscard]] static Result<RunProgressReader> open(const std::string& target);
  // Nothing: there is no such run. Errors: unavailable.
  [[nodiscard]] Result<std::optional<RunProgress>> read(const RunId& run) const;

 private:
  explicit RunProgressReader(std::shared_ptr<ConnectionPool> pool) : pool_(std::move(pool)) {}
  std::shared_ptr<ConnectionPool> pool_;
};

}  // namespace causal_gym
