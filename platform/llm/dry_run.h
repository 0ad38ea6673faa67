// What the language models of an experiment could cost at most, from our own prompts: nothing is
// sent, and every request is answered by a refusal, which changes no later prompt.
//
// Bounds: a token of input stands for at least a byte (budget.h), a reply is as long as its limit;
// a model with tools takes all its turns, each with the longest results, and is told those before
// it as far as its history goes. Cost: that of the prompts.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/llm/budget.h"
#include "platform/llm/chat_agents.h"
#include "platform/llm/prices.h"

namespace causal_gym {

class DryRun final : public Correspondents {
 public:
  // Keys are not needed, whatever the options say.
  DryRun(ChatAgentOptions options, PriceTable prices);

  [[nodiscard]] bool takes(const std::string& agent) const override;
  [[nodiscard]] Status check(const std::string& agent) const override;
  [[nodiscard]] std::optional<ToolPlay> tool_play(const std::string& agent) const override;
  void ask(const Correspondence& asked) override;
  [[nodiscard]] std::vector<CorrespondenceReply> collect() override;

  // At most, by the agent's name, with one request for each call. A cost is absent when a price is
  // not known.
  [[nodiscard]] const std::map<std::string, Charge>& bounds() const { return bounds_; }
  // Of the agents whose cost is absent: why, and what to do.
  [[nodiscard]] std::map<std::string, std::string> unpriced() const;
  // The agents that run on this machine and cost nothing.
  [[nodiscard]] const std::set<std::string>& free() const { return free_; }

 private:
  [[nodiscard]] Charge bound(const PlacedAgent& placed, const Correspondence& asked);
  struct Lengths {  // in tokens: of a request without turns before it, the longest, what a turn
                    // adds
    std::int64_t first;
    std::int64_t longest;
    std::int64_t a_turn;
  };
  struct Unpriced {
    std::optional<std::int64_t> most;  // tokens in of a request whose price is known
    std::string how_to_price;          // where none is
    std::int64_t longest = 0;
    std::optional<std::int64_t> turns;  // before a request whose price is known
  };
  void explain(const std::string& agent, const ChatCall& call, const Lengths& lengths);

  ChatAgentOptions options_;
  PriceTable prices_;
  std::map<std::string, PlacedAgent> known_;
  std::map<std::string, Charge> bounds_;
  std::map<std::string, Unpriced> unpriced_;
  std::set<std::string> free_;
  std::vector<CorrespondenceReply> replies_;
};

}  // namespace causal_gym
