// The seam to whoever answers: a built-in, a language model, a person. An agent gets a request and
// gives a reply; it is told everything each time, so that it needs no memory and an interrupted
// episode can go on.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/rng.h"
#include "gym/environment/belief.h"
#include "gym/interface/observation.h"

namespace causal_gym {

struct BeliefRequest {
  std::span<const Observation> observations;  // all so far, oldest first; valid during the call
  std::string query;                          // canonical text
  std::string regime;                         // in force, canonical text; empty: observational
  int phase = 0;                              // 0: before any intervention
  BeliefRange range;                          // what a stated value must lie in
  PromptStyle style = PromptStyle::plain;     // the interface's
};

struct Stated {
  double value = 0;
  friend bool operator==(const Stated&, const Stated&) = default;
};
struct Refused {
  std::string reason;
  friend bool operator==(const Refused&, const Refused&) = default;
};
struct Unparseable {
  std::string text;    // what was said instead of a number
  std::string reason;  // why it is none, in a few words: "it names several numbers"
  friend bool operator==(const Unparseable&, const Unparseable&) = default;
};
using Reply = std::variant<Stated, Refused, Unparseable>;

class Agent {
 public:
  virtual ~Agent() = default;
  // The belief asked for. `rng` is keyed by seed, environment, agent and request, so that a reply
  // does not depend on what ran before. Errors: what kept the agent from replying; it is recorded
  // as agent_error, never replaced by a number.
  [[nodiscard]] virtual Result<Reply> state_belief(const BeliefRequest& request, Rng& rng) = 0;
  // Does the same request with the same rng always get the same reply? Then a reply that is lost
  // before it is stored can be had again, and replies may be stored together.
  [[nodiscard]] virtual bool repeats_itself() const { return false; }
};

using AgentPtr = std::unique_ptr<Agent>;

}  // namespace causal_gym
