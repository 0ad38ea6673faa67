// The episodes of an experiment that are left for another time, and why, in words.
//
// Cost: logarithmic in the reasons for each episode.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "engine/base/result.h"

namespace causal_gym {

class Postponements {
 public:
  void add(const std::string& agent, const Error& reason);
  // From now on every episode of the agent is put off for that reason; the first one counts.
  void suspend(const std::string& agent, const Error& reason);
  // Why the agent's episodes are put off; null: they are not.
  [[nodiscard]] const Error* suspended(const std::string& agent) const;

  [[nodiscard]] std::size_t episodes() const { return episodes_; }
  // "2 of 8 episodes are left: the quota is used up (2 episodes of openai/a)": the commonest reason
  // first, at most most_told of them and of the agents of each. Its code is theirs where they have
  // the same, otherwise unavailable. At least one episode is put off.
  [[nodiscard]] Error error(std::size_t planned) const;

  static constexpr std::size_t most_told = 3;

 private:
  struct Put {
    ErrorCode code = ErrorCode::unavailable;
    std::size_t episodes = 0;
    std::set<std::string> agents;
  };
  std::size_t episodes_ = 0;
  std::map<std::string, Put> by_reason_;    // by its message
  std::map<std::string, Error> suspended_;  // by agent
};

}  // namespace causal_gym
