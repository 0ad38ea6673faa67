// What agents in chats make of replies: each is read as an answer to the query of its request.
#include "platform/llm/chat_agents.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace causal_gym {
namespace {

// The reply when `query` is asked in the range and the model says `text`.
Reply reply_to(const std::string& query, const BeliefRange& range, const std::string& text) {
  ChatAgentOptions options;
  options.asking = Asking::from_record;
  options.sources.variable = [](const std::string&) { return std::nullopt; };
  ChatAgents agents(options, [&](const ChatCall&, const ChatDone& done) -> Result<std::uint64_t> {
    ChatReply reply;
    reply.text = text;
    done({reply, {}, {}});
    return 1U;
  });
  BeliefRequest request;
  request.query = query;
  request.range = range;
  Correspondence asked;
  asked.agent = "openai/m";
  asked.environment = "chain-v1";
  asked.request = std::move(request);
  agents.ask(asked);
  const auto replies = agents.collect();
  EXPECT_EQ(replies.size(), 1U);
  return std::get<Reply>(*replies.at(0).reply);
}

TEST(ChatAgents, ReadAReplyAsAnAnswerToTheirQuestion) {
  const std::string text = "P(alarm | do(smoke=true)) = 0.95";
  EXPECT_EQ(reply_to("P(alarm | do(smoke=true))", {}, text), Reply(Stated{0.95}));
  EXPECT_EQ(reply_to("P(alarm)", {}, text),
            Reply(Unparseable{text, "nothing says that its number is the answer"}));
  EXPECT_EQ(reply_to("P(alarm | do(smoke=true))", {0, 0.5}, text),
            Reply(Unparseable{text, "0.95 is outside [0, 0.5]"}));
}

}  // namespace
}  // namespace causal_gym
