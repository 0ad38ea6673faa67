// Names of models with their options, the chats they ask, and what outcomes mean to an episode.
#include "platform/llm/agent_chat.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

constexpr BeliefRange probability_range{0, 1};

TEST(ReadChatAgent, TakesEachOption) {
  const auto agent = read_chat_agent(
      "openai/gpt-x(temperature=0.5,style=cot,max_tokens=300,history=2,schema=off,stream=on)");
  ASSERT_TRUE(agent) << error_text(agent.error());
  EXPECT_EQ(agent->provider->name, "openai");
  EXPECT_EQ(agent->name.model, "gpt-x");
  EXPECT_EQ(agent->temperature, 0.5);
  EXPECT_EQ(agent->style, PromptStyle::chain_of_thought);
  EXPECT_EQ(agent->max_tokens, 300);
  EXPECT_EQ(agent->history, 2U);
  EXPECT_FALSE(agent->schema);
  EXPECT_TRUE(agent->stream);
}

TEST(ReadChatAgent, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> faults[] = {
      {"openai/m(temprature=0)", "did you mean 'temperature'"},
      {"openai/m(temperature=3)", "temperature=3"},
      {"openai/m(max_tokens=0)", "max_tokens=0"},
      {"openai/m(stream=yes)", "neither on nor off"},
      {"openai/m(style=poem)", "poem"},
      {"opanai/m", "did you mean 'openai'"},
  };
  for (const auto& [name, words] : faults) {
    const auto agent = read_chat_agent(name);
    ASSERT_FALSE(agent) << name;
    EXPECT_NE(error_text(agent.error()).find(words), std::string::npos)
        << error_text(agent.error());
  }
}

TEST(BeliefChat, AsksForTheStructureThatTheStyleNeeds) {
  BeliefRequest request;
  request.query = "P(rain)";
  auto agent = *read_chat_agent("anthropic/m(max_tokens=50)");
  const auto plain = belief_chat(agent, request, "sprinkler-v1");
  EXPECT_EQ(plain.model, "m");
  EXPECT_EQ(plain.max_output_tokens, 50);
  ASSERT_EQ(plain.messages.size(), 2U);
  EXPECT_EQ(plain.messages[0].role, ChatRole::system);
  EXPECT_NE(plain.messages[1].text.find("Question: P(rain)"), std::string::npos);
  ASSERT_TRUE(plain.schema);
  EXPECT_EQ(plain.schema->schema.find("reasoning"), std::string::npos);
  agent.style = PromptStyle::chain_of_thought;
  EXPECT_NE(belief_chat(agent, request, "sprinkler-v1").schema->schema.find("reasoning"),
            std::string::npos);
  agent.schema = false;
  EXPECT_FALSE(belief_chat(agent, request, "sprinkler-v1").schema);
}

ChatReply reply(ReplyKind kind, const std::string& text) {
  ChatReply made;
  made.kind = kind;
  made.text = text;
  return made;
}

TEST(ChatReply, IsANumberOnlyWhereOneWasSaid) {
  const auto outcome = [](const ChatOutcome& of) { return *chat_reply(of, probability_range); };
  EXPECT_EQ(outcome(reply(ReplyKind::said, R"({"belief": 0.25})")), Reply(Stated{0.25}));
  EXPECT_TRUE(std::holds_alternative<Unparseable>(outcome(reply(ReplyKind::said, "hard to say"))));
  EXPECT_TRUE(std::holds_alternative<Unparseable>(
      outcome(reply(ReplyKind::cut_off, R"({"belief": 0.25})"))));
  EXPECT_TRUE(
      std::holds_alternative<Refused>(outcome(reply(ReplyKind::refused, R"({"belief": 0.25})"))));
  EXPECT_TRUE(std::holds_alternative<Refused>(outcome(reply(ReplyKind::filtered, ""))));
}

TEST(ChatReply, StopsTheRunWhereNoFurtherRequestCouldHelp) {
  const auto code = [](FailureKind kind) {
    ChatFailure failure;
    failure.kind = kind;
    failure.message = "why";
    const auto made = chat_reply(failure, probability_range);
    EXPECT_FALSE(made);
    EXPECT_NE(made.error().message.find("why"), std::string::npos);
    return made.error().code;
  };
  for (const auto kind : {FailureKind::quota, FailureKind::budget, FailureKind::cancelled,
                          FailureKind::authentication, FailureKind::forbidden})
    EXPECT_EQ(code(kind), ErrorCode::cancelled);
  for (const auto kind : {FailureKind::rate_limited, FailureKind::server, FailureKind::timeout,
                          FailureKind::malformed, FailureKind::too_large})
    EXPECT_EQ(code(kind), ErrorCode::unavailable);
}

}  // namespace
}  // namespace causal_gym
