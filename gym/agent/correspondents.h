// The seam to agents that answer in their own time: language models over a network, people. Many
// requests are under way at once; the episodes wait, not a thread for each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gym/agent/agent.h"
#include "gym/agent/turn.h"

namespace causal_gym {

// A belief that is asked for, or the next turn of an agent with tools; and what came.
using AgentRequest = std::variant<BeliefRequest, TurnRequest>;
using AgentReply = std::variant<Reply, TurnReply>;

// One request of one episode.
struct Correspondence {
  std::int64_t episode = 0;   // the plan's index
  std::int64_t sequence = 0;  // of the request in the episode's log, where it is or will be
  std::int64_t trial = 0;     // told apart: the same question in another trial is another question
  std::string agent;
  std::string environment;  // id
  std::uint64_t seed = 0;
  AgentRequest request;  // its views stay valid until the reply is collected
};

// What an error puts off to another time: nothing (it is the agent's own, and recorded), its
// episode, all that is left of the agent's episodes, or all that is left of the experiment.
enum class Postponed { nothing, episode, agent, experiment };

struct CorrespondenceReply {
  std::int64_t episode = 0;
  std::int64_t sequence = 0;  // of the request
  Result<AgentReply> reply;   // of the kind of the request
  Postponed postponed = Postponed::nothing;
};

// How an agent plays with tools.
struct ToolPlay {
  std::size_t turns = 0;  // at most; 0: as many as the episode's length suggests
};

class Correspondents {
 public:
  virtual ~Correspondents() = default;
  // Is this the name of an agent that is asked here?
  [[nodiscard]] virtual bool takes(const std::string& agent) const = 0;
  // Could the agent be asked? Errors: what is missing (a key), naming it; a malformed name.
  [[nodiscard]] virtual Status check(const std::string& agent) const = 0;
  // How it plays with tools; nothing: it is asked each belief apart. Not called for an agent that
  // `check` refuses.
  [[nodiscard]] virtual std::optional<ToolPlay> tool_play(const std::string& agent) const = 0;
  // Sends a request on its way; does not wait. Several of one episode are under way at once where
  // none depends on the reply to another. A reply that comes before those to earlier requests is in
  // no log until they are there: when the experiment stops before, the request is made again with
  // the same numbers, and whoever pays for replies has it on record.
  virtual void ask(const Correspondence& asked) = 0;
  // Waits for a reply and returns all that have come, in order of arrival. Every request is
  // replied to once, when everything was cancelled with the error `cancelled`, which stops the
  // experiment whatever it postpones. Empty only when nothing is under way.
  [[nodiscard]] virtual std::vector<CorrespondenceReply> collect() = 0;
};

}  // namespace causal_gym
