// What the language models of an experiment could cost at most, from our own prompts: nothing is
// sent, and every request is answered by a refusal, which changes no later prompt.
//
// Bounds: a token of input stands for at least a byte (budget.h), a reply is as long as its limit;
// a model with tools takes all its turns, each with the longest results. Cost: that of the prompts.
#pragma once

#include <map>
#include <memory>
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
  [[nodiscard]] const std::map<std::string, std::string>& unpriced() const { return unpriced_; }

 private:
  [[nodiscard]] Charge bound(const PlacedAgent& placed, const Correspondence& asked);
  void explain(const std::string& agent, const ChatCall& call, const Charge& unpriced);

  ChatAgentOptions options_;
  PriceTable prices_;
  std::map<std::string, PlacedAgent> known_;
  std::map<std::string, Charge> bounds_;
  std::map<std::string, std::string> unpriced_;
  std::vector<CorrespondenceReply> replies_;
};

}  // namespace causal_gym
