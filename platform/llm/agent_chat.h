// A language model as an agent: its name with options, the chats that ask it, and what their
// outcomes mean to an episode.
//
// A name is "provider/model(options)"; the options are those of chat_agent_options. A refusal, a
// filtered or a cut-off reply is what it is, never a number. What ends everything (a budget, an
// interruption) is the error `cancelled`, so that the experiment stops and can go on later; what
// ends it for a provider or a model (a key that is refused, a quota) postpones its agents, an
// outage the episode; other failures are the agent's errors. Cost of a chat: that of its prompt.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gym/agent/correspondents.h"
#include "gym/agent/prompt.h"
#include "platform/llm/chat.h"
#include "platform/llm/provider_config.h"

namespace causal_gym {

struct ChatAgent {
  ModelName name;
  const Provider* provider = nullptr;
  std::optional<double> temperature;
  std::optional<PromptStyle> style;  // absent: the interface's
  std::int64_t max_tokens = 4'096;
  std::size_t history = 0;
  bool schema = true;
  bool stream = false;
  bool tools = false;
  std::size_t turns = 0;
  std::size_t samples = 1;
};

// An option as help texts show it.
struct ChatAgentOption {
  std::string_view name;
  std::string_view values;
  std::string_view meaning;
};
[[nodiscard]] std::span<const ChatAgentOption> chat_agent_options();

// Errors: those of parse_model_name and find_provider; unknown_name (an option), invalid_argument
// (its value, or an option of the other mode).
[[nodiscard]] Result<ChatAgent> read_chat_agent(const std::string& name);

// The chat that asks for the belief, or for the next turn.
[[nodiscard]] ChatRequest belief_chat(const ChatAgent& agent, const BeliefRequest& request,
                                      const std::string& environment);
[[nodiscard]] ChatRequest turn_chat(const ChatAgent& agent, const TurnRequest& request);

// What came of a chat. Errors: cancelled (a budget, an interruption), unavailable.
[[nodiscard]] Result<Reply> chat_reply(const ChatOutcome& outcome, const BeliefRange& range,
                                       std::string_view query);
[[nodiscard]] Result<TurnReply> chat_turn(const ChatOutcome& outcome);
// What a failure puts off.
[[nodiscard]] Postponed postponed_by(const ChatOutcome& outcome);
// Why it does, with a code that says what stands in the way: limit_exceeded (a budget or quota),
// unauthorized (the key), not_found (the model) or unavailable; where: the option that raises it.
[[nodiscard]] Error postponing_error(const ChatFailure& failure);

// The reply that several samples of one belief come to, of which there is at least one: the median
// of the stated ones when more than half state a number, otherwise what most of them are. Errors:
// cancelled when one of them is.
[[nodiscard]] Result<Reply> pooled_reply(const std::vector<Result<Reply>>& samples);

}  // namespace causal_gym
