// A turn of an agent that acts with tools: what it did, what came of it, and what it is told next.
// The same tools on every wire; the arguments are read where the wire is (JSON is no concern here).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gym/agent/agent.h"

namespace causal_gym {

struct ObserveAction {  // to be shown everything so far again
  friend bool operator==(const ObserveAction&, const ObserveAction&) = default;
};
struct InterveneAction {
  std::string intervention;  // regime text
  friend bool operator==(const InterveneAction&, const InterveneAction&) = default;
};
struct AskHistoryAction {  // to be told what it did and said so far
  friend bool operator==(const AskHistoryAction&, const AskHistoryAction&) = default;
};
struct StateBeliefAction {
  std::string query;  // in any spelling; empty: the first open question
  Reply reply;
  friend bool operator==(const StateBeliefAction&, const StateBeliefAction&) = default;
};
struct StopAction {
  friend bool operator==(const StopAction&, const StopAction&) = default;
};
struct UnreadableAction {  // no such tool, or arguments that it does not take
  std::string problem;
  friend bool operator==(const UnreadableAction&, const UnreadableAction&) = default;
};
using Action = std::variant<ObserveAction, InterveneAction, AskHistoryAction, StateBeliefAction,
                            StopAction, UnreadableAction>;

// One use of a tool, with what its wire needs to tell the result.
struct ToolUse {
  std::string id;         // of the call, as the wire gave it
  std::string name;       // as the agent wrote it
  std::string arguments;  // as the agent wrote them
  Action action;
  friend bool operator==(const ToolUse&, const ToolUse&) = default;
};

struct TurnReply {
  std::string text;                   // beside the uses, or instead of them
  std::vector<ToolUse> uses;          // in order
  std::optional<Reply> instead = {};  // refused or unparseable: the agent does not go on
  friend bool operator==(const TurnReply&, const TurnReply&) = default;
};

struct ToolResult {
  std::string text;
  bool is_error = false;
  friend bool operator==(const ToolResult&, const ToolResult&) = default;
};

struct Turn {
  TurnReply reply;
  std::vector<ToolResult> results;  // of its uses, in order
  std::string reminder = {};        // when it used no tool: what it is told then
  friend bool operator==(const Turn&, const Turn&) = default;
};

// Everything that the agent was told and did; what it does next is asked for.
struct TurnRequest {
  std::string_view opening;     // what it was told at first; valid until the reply is taken
  std::span<const Turn> turns;  // so far, oldest first; valid as long
  PromptStyle style = PromptStyle::plain;  // the interface's
  std::size_t most_turns = 0;              // in all
  std::size_t most_result_bytes = 0;       // of the results of one turn, together
  std::size_t most_uses = 0;               // in one turn
};

// A tool as it is offered.
struct AgentTool {
  std::string_view name;
  std::string_view description;
  std::string_view parameters;  // a strict JSON schema: every property required, no others
};

// observe, intervene, ask_history, state_belief, stop.
[[nodiscard]] std::span<const AgentTool> agent_tools();

}  // namespace causal_gym
