// The same question, asked several times at once, is worked out once.
// Cost: one lock and one look-up a call.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/base/cancellation.h"

namespace causal_gym {

// Safe from any thread.
class SingleFlight {
 public:
  // A text, and whether it holds for everybody who asks (an answer; not an interruption).
  struct Work {
    std::string text;
    bool for_all = false;
  };

  // What `work` gives; or, while the same key is being worked on, what that gives when it is for
  // all. Who is cancelled while waiting, or waited for what is not for all, does the work itself.
  [[nodiscard]] Work run(const std::string& key, const CancellationToken& cancellation,
                         const std::function<Work()>& work);

 private:
  struct Flight {
    bool landed = false;
    std::optional<std::string> text;  // absent: not for all
  };

  std::mutex mutex_;
  std::condition_variable landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace causal_gym
