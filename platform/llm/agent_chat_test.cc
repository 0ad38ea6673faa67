// Names of models with their options, the chats they ask, and what outcomes mean to an episode.
#include "platform/llm/agent_chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "gym/agent/tool_prompt.h"
#include "platform/llm/exchange.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

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

TEST(ReadChatAgent, TakesTheOptionsOfEachMode) {
  const auto tools = read_chat_agent("ollama/m(mode=tools,turns=7,history=3)");
  ASSERT_TRUE(tools) << error_text(tools.error());
  EXPECT_TRUE(tools->tools);
  EXPECT_EQ(tools->turns, 7U);
  EXPECT_EQ(read_chat_agent("openai/m(samples=5)")->samples, 5U);
  EXPECT_EQ(read_chat_agent("openai/m(mode=text)")->tools, false);
}

TEST(ReadChatAgent, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> faults[] = {
      {"openai/m(temprature=0)", "did you mean 'temperature'"},
      {"openai/m(temperature=3)", "temperature=3 is not a number from 0 to 2"},
      {"anthropic/m(temperature=1.5)", "temperature=1.5 is not a number from 0 to 1"},
      {"openai/m(max_tokens=0)", "max_tokens=0"},
      {"openai/m(stream=yes)", "neither on nor off"},
      {"openai/m(style=poem)", "poem"},
      {"openai/m(mode=words)", "neither tools nor text"},
      {"openai/m(samples=0)", "samples=0"},
      {"openai/m(turns=5)", "turns has no meaning with mode=text"},
      {"openai/m(mode=tools,samples=2)", "samples has no meaning with mode=tools"},
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
  // Unless the agent says so, the interface decides.
  agent.style.reset();
  EXPECT_EQ(belief_chat(agent, request, "sprinkler-v1"), plain);
  request.style = PromptStyle::causal_chain_of_thought;
  EXPECT_NE(belief_chat(agent, request, "sprinkler-v1").messages[0].text.find("3. Cut"),
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
  const auto outcome = [](const ChatOutcome& of) {
    return *chat_reply(of, probability_range, "P(rain)");
  };
  EXPECT_EQ(outcome(reply(ReplyKind::said, R"({"belief": 0.25})")), Reply(Stated{0.25}));
  EXPECT_EQ(outcome(reply(ReplyKind::said, "P(rain) = 0.25")), Reply(Stated{0.25}));
  EXPECT_TRUE(
      std::holds_alternative<Unparseable>(outcome(reply(ReplyKind::said, "P(snow) = 0.25"))));
  EXPECT_EQ(outcome(reply(ReplyKind::said, "hard to say")),
            Reply(Unparseable{"hard to say", "it names no number"}));
  EXPECT_EQ(outcome(reply(ReplyKind::cut_off, R"({"belief": 0.25})")),
            Reply(Unparseable{R"({"belief": 0.25})", "its output was cut off"}));
  EXPECT_TRUE(
      std::holds_alternative<Refused>(outcome(reply(ReplyKind::refused, R"({"belief": 0.25})"))));
  EXPECT_TRUE(std::holds_alternative<Refused>(outcome(reply(ReplyKind::filtered, ""))));
}

TEST(ChatReply, AFailureIsAnErrorAndSaysWhatItPutsOffAndWhy) {
  struct Case {
    FailureKind kind;
    bool lasting;
    ErrorCode recorded;  // where it is the agent's own
    Postponed postponed;
    ErrorCode why;
  };
  using enum FailureKind;
  using enum Postponed;
  const auto down = ErrorCode::unavailable;
  for (const auto& [kind, lasting, recorded, postponed, why] :
       std::vector<Case>{{budget, false, down, experiment, ErrorCode::limit_exceeded},
                         {quota, true, down, agent, ErrorCode::limit_exceeded},
                         {authentication, true, down, agent, ErrorCode::unauthorized},
                         {forbidden, true, down, agent, ErrorCode::unauthorized},
                         {not_found, true, down, agent, ErrorCode::not_found},
                         {rate_limited, false, down, episode, down},
                         {server, false, down, episode, down},
                         {timeout, false, down, episode, down},
                         {malformed, false, down, nothing, down},
                         {too_large, false, down, nothing, down},
                         {FailureKind::cancelled, false, ErrorCode::cancelled, nothing, down}}) {
    SCOPED_TRACE(std::string(failure_kind_name(kind)));
    ChatFailure failure;
    failure.kind = kind;
    failure.message = "why";
    failure.lasting = lasting;
    const auto made = chat_reply(failure, probability_range, "P(rain)");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("why"));
    EXPECT_EQ(made.error().code, recorded);
    EXPECT_EQ(postponed_by(failure), postponed);
    EXPECT_EQ(postponing_error(failure).code, why);
    EXPECT_EQ(postponing_error(failure).message, made.error().message);
  }
}

TEST(ChatReply, AnOutagePostponesTheEpisodeAndWhatLastsTheAgent) {
  const auto postponed = [](FailureKind kind, bool lasting) {
    ChatFailure failure;
    failure.kind = kind;
    failure.lasting = lasting;
    return postponed_by(failure);
  };
  for (const auto kind : {FailureKind::rate_limited, FailureKind::overloaded, FailureKind::server,
                          FailureKind::connection, FailureKind::timeout, FailureKind::interrupted})
    EXPECT_EQ(postponed(kind, false), Postponed::episode);
  for (const auto kind : {FailureKind::malformed, FailureKind::invalid_request,
                          FailureKind::too_large, FailureKind::unsupported_parameter})
    EXPECT_EQ(postponed(kind, false), Postponed::nothing);
  for (const auto kind : {FailureKind::quota, FailureKind::server})
    EXPECT_EQ(postponed(kind, true), Postponed::agent);
  EXPECT_EQ(postponed_by(ChatReply()), Postponed::nothing);
}

Turn turn(const std::string& id, const std::string& result) {
  return {{"thinking", {{id, "observe", "{}", ObserveAction{}}}}, {{result, false}}};
}

TEST(TurnChat, TellsTheTurnsSoFarOrTheNewest) {
  const std::vector<Turn> turns = {
      turn("a", "first"), turn("b", "second"), {{"words", {}}, {}, "use a tool"}};
  const TurnRequest request{"opening", turns, PromptStyle::chain_of_thought, 10, 100};
  auto agent = *read_chat_agent("openai/m(mode=tools)");
  const auto whole = turn_chat(agent, request);
  ASSERT_EQ(whole.messages.size(), 8U);
  EXPECT_EQ(whole.messages[1].text, "opening");
  EXPECT_EQ(whole.messages[2].tool_calls.at(0).id, "a");
  EXPECT_EQ(whole.messages[3].role, ChatRole::tool);
  EXPECT_EQ(whole.messages[3].tool_call_id, "a");
  EXPECT_EQ(whole.messages[3].text, "first");
  EXPECT_EQ(whole.messages[6].text, "words");
  EXPECT_EQ(whole.messages[7], (ChatMessage{ChatRole::user, "use a tool"}));
  EXPECT_EQ(whole.tools.size(), agent_tools().size());
  EXPECT_EQ(whole.messages[0].text, tool_rules(PromptStyle::chain_of_thought));
  EXPECT_FALSE(whole.schema);
  agent.history = 2;
  const auto newest = turn_chat(agent, request);
  ASSERT_EQ(newest.messages.size(), 6U);
  EXPECT_NE(newest.messages[1].text.find("(1 turns after this are left out"), std::string::npos);
  EXPECT_EQ(newest.messages[2].tool_calls.at(0).id, "b");
}

TEST(ChatTurn, IsWhatTheModelDidOrSaidInstead) {
  auto calls = reply(ReplyKind::said, "let me see");
  calls.tool_calls = {{"1", "state_belief", R"j({"query":"P(y)","belief":0.25})j"},
                      {"1", "state_believe", "{}"}};
  const auto did = *chat_turn(calls);
  EXPECT_FALSE(did.instead);
  ASSERT_EQ(did.uses.size(), 2U);
  EXPECT_EQ(did.uses[0].action, Action(StateBeliefAction{"P(y)", Stated{0.25}}));
  EXPECT_TRUE(std::holds_alternative<UnreadableAction>(did.uses[1].action));
  EXPECT_NE(did.uses[0].id, did.uses[1].id);
  EXPECT_TRUE(
      std::holds_alternative<Refused>(chat_turn(reply(ReplyKind::refused, "no"))->instead.value()));
  calls.kind = ReplyKind::cut_off;  // its last call may lack its end
  EXPECT_TRUE(chat_turn(calls)->uses.empty());
  EXPECT_TRUE(std::holds_alternative<Unparseable>(chat_turn(calls)->instead.value()));
  ChatFailure interruption;
  interruption.kind = FailureKind::cancelled;
  EXPECT_EQ(chat_turn(interruption).error().code, ErrorCode::cancelled);
}

TEST(PooledReply, IsTheMedianOfAMajorityAndOtherwiseWhatMostAre) {
  const auto stated = [](double value) { return Result<Reply>(Reply(Stated{value})); };
  const Result<Reply> refused = Reply(Refused{"no"});
  const Result<Reply> words = Reply(Unparseable{"hm", "it names no number"});
  const Result<Reply> failed = fail(ErrorCode::unavailable, "down");
  const Result<Reply> stopped = fail(ErrorCode::cancelled, "stop");
  EXPECT_EQ(*pooled_reply({stated(0.9), stated(0.1), stated(0.2)}), Reply(Stated{0.2}));
  EXPECT_EQ(*pooled_reply({stated(0.25), refused, stated(0.75), failed, stated(0.5)}),
            Reply(Stated{0.5}));
  EXPECT_EQ(*pooled_reply({stated(0.25), stated(0.75)}), Reply(Stated{0.5}));
  EXPECT_EQ(*pooled_reply({stated(0.25), refused}), Reply(Refused{"no"}));  // no majority
  EXPECT_EQ(*pooled_reply({words, refused, words, stated(0.5)}), *words);
  EXPECT_EQ(pooled_reply({failed, failed, stated(0.5)}).error().code, ErrorCode::unavailable);
  EXPECT_EQ(pooled_reply({stated(0.5), stated(0.5), stopped}).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace causal_gym
