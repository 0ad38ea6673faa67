// Language models as agents of experiments: each request of an episode becomes a chat, or several
// samples of one, and their outcomes a reply; many are under way at once. Who carries the chats is
// given: a client over the network, or what is on record of an earlier run.
#pragma once

#include <memory>
#include <string>

#include "platform/llm/agent_chat.h"
#include "platform/llm/chat_carrier.h"

namespace causal_gym {

// What asking needs of the surroundings.
enum class Asking {
  for_real,     // the key and the address of each model
  not_at_all,   // an agent without a key or an address will do, but what there is must be right
  from_record,  // nothing: what failed then can never be had
};

struct ChatAgentOptions {
  ConfigSources sources = system_sources();
  std::string base_url;  // of every model; empty: where the environment says
  std::string run;       // of the calls' keys
  Asking asking = Asking::for_real;
};

// A model with where it is asked.
struct PlacedAgent {
  ChatAgent agent;
  Endpoint endpoint;
};
// Errors: those of read_chat_agent and, of what asking needs, of provider_endpoint.
[[nodiscard]] Result<PlacedAgent> place_agent(const std::string& name,
                                              const ChatAgentOptions& options);

// The call of one sample; the same request of the same run always gives the same call.
[[nodiscard]] ChatCall chat_call(const PlacedAgent& placed, const Correspondence& asked,
                                 const std::string& run, std::size_t sample);

class ChatAgents final : public Correspondents {
 public:
  // Every call that the carrier took must be told before the agents end.
  ChatAgents(ChatAgentOptions options, ChatCarrier carrier);
  ~ChatAgents() override;

  [[nodiscard]] bool takes(const std::string& agent) const override;
  [[nodiscard]] Status check(const std::string& agent) const override;
  [[nodiscard]] std::optional<ToolPlay> tool_play(const std::string& agent) const override;
  void ask(const Correspondence& asked) override;
  [[nodiscard]] std::vector<CorrespondenceReply> collect() override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym
