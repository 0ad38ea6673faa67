// Language models as agents of experiments: each belief request becomes a chat, each outcome a
// reply, many of them under way at once.
//
// A name is "provider/model(options)"; the options are temperature (0 to 2), style (plain, cot,
// causal_cot), max_tokens, history (observations told beside the first; 0: all), schema and stream
// (on or off). A refusal, a filtered or a cut-off reply is what it is, never a number. What no
// further request could mend (a key that is refused, a quota, a budget) stops the experiment with
// the error `cancelled`, so that it can go on later from where it stopped; other failures, once the
// client has tried again, are the agent's errors. Cost of a request: that of its prompt.
#pragma once

#include <memory>
#include <string>

#include "gym/agent/correspondents.h"
#include "gym/agent/prompt.h"
#include "platform/llm/chat_client.h"
#include "platform/llm/provider_config.h"

namespace causal_gym {

struct ChatAgentOptions {
  ChatClientOptions client;
  ConfigSources sources = system_sources();
  std::string base_url;  // of every model; empty: where the environment says
  std::string run;       // of the calls' keys
};

// A model's name with its options, checked.
struct ChatAgent {
  ModelName name;
  const Provider* provider = nullptr;
  std::optional<double> temperature;
  PromptStyle style = PromptStyle::plain;
  std::int64_t max_tokens = 1'024;
  std::size_t history = 0;
  bool schema = true;  // asks for structured output where the provider has it
  bool stream = false;
};

// Errors: those of parse_model_name and find_provider; unknown_name (an option), invalid_argument
// (its value).
[[nodiscard]] Result<ChatAgent> read_chat_agent(const std::string& name);

// The chat that asks for the belief.
[[nodiscard]] ChatRequest belief_chat(const ChatAgent& agent, const BeliefRequest& request,
                                      const std::string& environment);

// What came of a chat, as the agent's reply. Errors: cancelled (nothing more can be had now),
// unavailable.
[[nodiscard]] Result<Reply> chat_reply(const ChatOutcome& outcome, const BeliefRange& range);

class ChatAgents final : public Correspondents {
 public:
  // The clock outlives the agents. Errors: those of ChatClient::start.
  [[nodiscard]] static Result<std::unique_ptr<ChatAgents>> start(ChatAgentOptions options,
                                                                 const Clock& clock);
  ~ChatAgents() override;

  [[nodiscard]] bool takes(const std::string& agent) const override;
  [[nodiscard]] Status check(const std::string& agent) const override;
  void ask(const Correspondence& asked) override;
  [[nodiscard]] std::vector<CorrespondenceReply> collect() override;

  [[nodiscard]] Spending spending() const;

 private:
  struct Parts;
  explicit ChatAgents(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym
