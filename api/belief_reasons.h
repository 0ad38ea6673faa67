// Why beliefs of an episode were not stated, as its log tells. Cost: linear in the log.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>

#include "gym/episode/event.h"
#include "gym/score/measurement.h"

namespace causal_gym {

struct BeliefReason {
  std::string reason;  // a refusal's own words, why a reply is unparseable, an error
  std::string said;    // the words of an unparseable reply
};

class BeliefReasons {
 public:
  explicit BeliefReasons(std::span<const EpisodeEvent> log);
  // Both empty for a belief that was stated, and where the log has none.
  [[nodiscard]] BeliefReason of(const BeliefMeasurement& belief) const;

 private:
  std::map<std::pair<int, std::string>, BeliefReason> by_question_;  // phase, query
};

}  // namespace causal_gym
