// Chats from a record: found by their call, read anew, and refused where they are not what is
// asked.
#include "platform/llm/recorded_chats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/llm/chat_agents.h"
#include "platform/llm/dry_run.h"

namespace causal_gym {
namespace {

using ::testing::HasSubstr;

constexpr const char* body =
    R"({"id":"c","object":"chat.completion","model":"m-1","choices":[{"index":0,)"
    R"("finish_reason":"stop","message":{"role":"assistant","content":"{\"belief\": 0.25}"}}]})";

ChatCall call_of(const std::string& question, const CallKey& key) {
  ChatCall call;
  call.provider = *find_provider("openai");
  call.endpoint.base_url = "https://elsewhere/v1";
  call.request.model = "m";
  call.request.messages = {{ChatRole::user, question}};
  call.key = key;
  return call;
}

StoredExchange exchange_of(const ChatCall& call, const std::string& reply) {
  auto endpoint = call.endpoint;
  endpoint.base_url = "https://then/v1";
  const auto wire = call.provider->encode(call.request, endpoint, call.provider->capabilities);
  return {call.key,
          "openai",
          endpoint.base_url,
          exchange_cache_key("openai", endpoint.base_url, wire.body, call.key.trial),
          false,
          false,
          false,
          std::nullopt,
          "",
          {200, {}, reply}};
}

ChatResult result_of(RecordedChats& chats, const ChatCall& call) {
  std::vector<ChatResult> results;
  EXPECT_TRUE(chats.submit(call, [&](ChatResult one) { results.push_back(std::move(one)); }));
  EXPECT_EQ(results.size(), 1U);
  return results.at(0);
}

TEST(RecordedChats, SayWhatWasSaidWhereverItWas) {
  const auto call = call_of("one?", {"r", 1, 2, 0});
  RecordedChats chats({exchange_of(call, body)});
  const auto result = result_of(chats, call);
  ASSERT_TRUE(result.recorded);
  EXPECT_EQ(std::get<ChatReply>(result.outcome).text, "{\"belief\": 0.25}");
}

TEST(RecordedChats, TheLastExchangeOfACallCounts) {
  const auto call = call_of("one?", {"r", 1, 2, 0});
  auto failed = exchange_of(call, "");
  failed.failure = FailureKind::quota;
  failed.failure_message = "none left";
  failed.response.status = 429;
  RecordedChats first({failed, exchange_of(call, body)});
  EXPECT_TRUE(std::holds_alternative<ChatReply>(result_of(first, call).outcome));
  RecordedChats last({exchange_of(call, body), failed});
  const auto outcome = result_of(last, call).outcome;
  const auto& failure = std::get<ChatFailure>(outcome);
  EXPECT_EQ(failure.kind, FailureKind::quota);
  EXPECT_EQ(failure.status, 429);
  EXPECT_EQ(failure.message, "none left");
}

TEST(RecordedChats, WhatIsNotThereOrNotTheSameIsNoReply) {
  const auto call = call_of("one?", {"r", 1, 2, 0});
  const auto why = [](StoredExchange stored, const ChatCall& asked) {
    RecordedChats chats({std::move(stored)});
    const auto result = result_of(chats, asked);
    EXPECT_FALSE(result.recorded);
    return result.recorded ? std::string() : result.recorded.error().message;
  };
  EXPECT_THAT(why(exchange_of(call, body), call_of("one?", {"r", 1, 3, 0})),
              HasSubstr("r/1/3/0 is not on record"));
  EXPECT_THAT(why(exchange_of(call, body), call_of("another?", {"r", 1, 2, 0})),
              HasSubstr("asks something else"));
  auto other = call;
  other.provider = *find_provider("compatible");
  EXPECT_THAT(why(exchange_of(call, body), other), HasSubstr("asks something else"));
  auto cut = exchange_of(call, body);
  cut.response_cut = true;
  EXPECT_THAT(why(cut, call), HasSubstr("without the end of its reply"));
}

// The request of one belief, as an episode makes it.
Correspondence asking(const std::string& agent) {
  Correspondence asked;
  asked.agent = agent;
  asked.environment = "chain-v1";
  asked.seed = 7;
  BeliefRequest request;
  request.query = "P(alarm)";
  asked.request = request;
  return asked;
}

TEST(ChatAgents, SamplesAreAskedApartAndPooled) {
  std::vector<ChatCall> calls;
  std::vector<ChatDone> waiting;
  ChatAgentOptions options;
  options.asking = Asking::from_record;
  options.run = "r";
  ChatAgents agents(options, [&](ChatCall call, ChatDone done) -> Result<std::uint64_t> {
    calls.push_back(std::move(call));
    waiting.push_back(std::move(done));
    return calls.size();
  });
  auto asked = asking("openai/m(samples=3)");
  asked.trial = 2;
  agents.ask(asked);
  ASSERT_EQ(waiting.size(), 3U);
  EXPECT_EQ(calls[0].key, (CallKey{"r", 0, 0, 6}));
  EXPECT_EQ(calls[2].key, (CallKey{"r", 0, 0, 8}));
  EXPECT_NE(calls[0].request.seed, calls[1].request.seed);
  const char* const texts[] = {R"({"belief": 0.75})", R"({"belief": 0.25})", R"({"belief": 0.5})"};
  for (std::size_t i = 0; i < 3; ++i) {
    ChatReply reply;
    reply.text = texts[i];
    waiting[i]({reply, {}, {}});
  }
  const auto replies = agents.collect();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(std::get<Reply>(*replies[0].reply), Reply(Stated{0.5}));
  EXPECT_TRUE(agents.collect().empty());
}

// The reply to samples of which each but the last is stated, and the last fails.
CorrespondenceReply reply_where_one_fails(const ChatFailure& failure, Asking purpose) {
  ChatAgentOptions options;
  options.asking = purpose;
  options.sources.variable = [](const std::string& name) {
    return name == "OPENAI_API_KEY" ? std::optional<std::string>("key") : std::nullopt;
  };
  options.base_url = "http://127.0.0.1:1";
  std::size_t count = 0;
  ChatAgents agents(options, [&](const ChatCall&, const ChatDone& done) -> Result<std::uint64_t> {
    ChatReply reply;
    reply.text = R"({"belief": 0.25})";
    done({++count < 3 ? ChatOutcome(reply) : ChatOutcome(failure), {}, {}});
    return count;
  });
  agents.ask(asking("openai/m(samples=3)"));
  auto replies = agents.collect();
  EXPECT_EQ(replies.size(), 1U);
  return replies.at(0);
}

TEST(ChatAgents, WhatLastsPostponesAllSamplesOfTheAgent) {
  ChatFailure failure;
  failure.kind = FailureKind::authentication;
  failure.status = 401;
  failure.message = "no such key";
  failure.lasting = true;
  const auto reply = reply_where_one_fails(failure, Asking::for_real);
  EXPECT_EQ(reply.postponed, Postponed::agent);
  ASSERT_FALSE(reply.reply);
  EXPECT_EQ(reply.reply.error().message, "authentication (HTTP 401): no such key");
  EXPECT_EQ(reply.reply.error().code, ErrorCode::unauthorized);
  // On record it is what was said.
  const auto recorded = reply_where_one_fails(failure, Asking::from_record);
  EXPECT_EQ(recorded.postponed, Postponed::nothing);
  EXPECT_EQ(std::get<Reply>(*recorded.reply), Reply(Stated{0.25}));
}

TEST(ChatAgents, AReplyThatIsNotOnRecordStopsTheRun) {
  ChatAgentOptions options;
  options.asking = Asking::from_record;
  ChatAgents agents(options, [&](const ChatCall&, const ChatDone& done) -> Result<std::uint64_t> {
    done({ChatReply{}, {}, fail(ErrorCode::unavailable, "the disk is full")});
    return 1U;
  });
  agents.ask(asking("openai/m"));
  const auto replies = agents.collect();
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].postponed, Postponed::experiment);
  EXPECT_EQ(replies[0].reply.error().code, ErrorCode::unavailable);
  EXPECT_THAT(replies[0].reply.error().message, HasSubstr("the disk is full"));
}

TEST(DryRun, AsksForNoKeyButForARightAddress) {
  std::string set;
  ChatAgentOptions options;
  options.sources.variable = [&set](const std::string& name) {
    return name.ends_with("_BASE_URL") && !set.empty() ? std::optional(set) : std::nullopt;
  };
  const auto check = [&](const std::string& agent) {
    const auto status = DryRun(options, PriceTable::built_in()).check(agent);
    return status ? std::string() : error_text(status.error());
  };
  // Nobody said where it is: what its prompts cost is known all the same.
  EXPECT_EQ(check("compatible/m"), "");
  EXPECT_EQ(check("openai/m"), "");
  set = "ftp://h";
  EXPECT_THAT(check("compatible/m"), HasSubstr("COMPATIBLE_BASE_URL"));
  EXPECT_THAT(check("openai/m"), HasSubstr("OPENAI_BASE_URL"));
  options.base_url = "http://h";
  EXPECT_EQ(check("openai/m"), "");
  options.base_url = "h:1";  // as Ollama takes it
  EXPECT_THAT(check("openai/m"), HasSubstr("--base-url"));
  EXPECT_EQ(check("ollama/m"), "");
  // What is on record asks nobody.
  options.asking = Asking::from_record;
  EXPECT_TRUE(place_agent("openai/m", options));
}

TEST(DryRun, CountsTheWorstCaseOfEachSampleAndTurn) {
  const auto prices = PriceTable::parse(
      R"({"prices":[{"host":"*","model":"m","input":1.0,"output":2.0,"source":"here",)"
      R"("as_of":"2026-01-01"}]})");
  ASSERT_TRUE(prices) << error_text(prices.error());
  ChatAgentOptions options;
  options.sources.variable = [](const std::string&) { return std::nullopt; };  // not a key
  DryRun dry_run(options, *prices);
  ASSERT_TRUE(dry_run.check("openai/m"));
  dry_run.ask(asking("openai/m"));
  dry_run.ask(asking("openai/m(samples=3)"));
  const std::string opening(1'000, 'x');
  auto turn = asking("openai/m(mode=tools,max_tokens=100,history=1)");
  turn.request = TurnRequest{opening, {}, PromptStyle::plain, 4, 500};
  dry_run.ask(turn);
  EXPECT_EQ(dry_run.collect().size(), 3U);
  const auto& one = dry_run.bounds().at("openai/m");
  EXPECT_EQ(one.calls, 1);
  EXPECT_EQ(one.output_tokens, 4'096);
  EXPECT_NEAR(*one.cost_usd, (static_cast<double>(one.input_tokens) + 2 * 4'096) / 1e6, 1e-12);
  const auto& three = dry_run.bounds().at("openai/m(samples=3)");
  EXPECT_EQ(three.calls, 3);
  EXPECT_NEAR(*three.cost_usd, 3 * *one.cost_usd, 1e-7);  // their seeds are not equally long
  const auto& tools = dry_run.bounds().at("openai/m(mode=tools,max_tokens=100,history=1)");
  EXPECT_EQ(tools.calls, 4);
  EXPECT_EQ(tools.output_tokens, 400);
  // Three turns are told the turn before: 500 bytes of results and 100 tokens said, and a frame.
  EXPECT_GE(tools.input_tokens, 4 * 1'000 + 3 * 600);
  EXPECT_LE(tools.input_tokens, 4 * (1'000 + 10'000) + 3 * 700);
}

TEST(DryRun, EachTurnIsToldWhatTheTurnsBeforeItAdded) {
  ChatAgentOptions options;
  options.sources.variable = [](const std::string&) { return std::nullopt; };
  const auto tokens_in = [&](const std::string& agent, std::size_t turns, std::size_t uses) {
    DryRun dry_run(options, PriceTable{});
    const std::string opening(1'000, 'x');
    auto turn = asking(agent);
    turn.request = TurnRequest{opening, {}, PromptStyle::plain, turns, 500, uses};
    dry_run.ask(turn);
    return dry_run.bounds().at(turn.agent).input_tokens;
  };
  const std::string all = "openai/m(mode=tools,max_tokens=100)";
  const std::string one = "openai/m(mode=tools,max_tokens=100,history=1)";
  const auto opening = tokens_in(all, 1, 0);
  const auto a_turn = tokens_in(all, 2, 0) - 2 * opening;
  EXPECT_GE(a_turn, 600);
  EXPECT_LE(a_turn, 700);
  EXPECT_EQ(tokens_in(all, 4, 0), 4 * opening + (1 + 2 + 3) * a_turn);
  const auto bounded = tokens_in(one, 4, 0) - (4 * opening + 3 * a_turn);
  EXPECT_GE(bounded, 0);
  EXPECT_LE(bounded, 200) << "the words about turns that are left out";
  // Each use and its result have a frame; no more are said than a reply has tokens.
  EXPECT_GE(tokens_in(all, 2, 17), 2 * opening + a_turn + 17 * 40);
  EXPECT_LE(tokens_in(all, 2, 1'000), 2 * opening + a_turn + 100 * 64);
}

TEST(DryRun, TellsWhoIsFree) {
  ChatAgentOptions options;
  options.sources.variable = [](const std::string&) { return std::nullopt; };
  options.base_url = "http://127.0.0.1:4000";
  DryRun dry_run(options, PriceTable::built_in());
  for (const auto* agent : {"ollama/llama3.2", "ollama/gpt-oss:120b-cloud", "openai/gpt-5.5"})
    dry_run.ask(asking(agent));
  EXPECT_EQ(dry_run.free(), std::set<std::string>{"ollama/llama3.2"});
  EXPECT_EQ(dry_run.unpriced().size(), 2U);
}

TEST(DryRun, SaysWhyACostIsNotKnown) {
  const auto prices = PriceTable::parse(
      R"({"prices":[{"host":"*","model":"banded","input":1.0,"output":2.0,"as_of":"2026-01-01",)"
      R"("most_input_tokens":20000}]})");
  ASSERT_TRUE(prices) << error_text(prices.error());
  ChatAgentOptions options;
  options.sources.variable = [](const std::string&) { return std::nullopt; };
  DryRun dry_run(options, *prices);
  const std::string opening(1'000, 'x');
  for (const auto* agent : {"openai/banded(mode=tools,max_tokens=100)",
                            "openai/banded(mode=tools,history=1)", "openai/unknown(mode=tools)"}) {
    auto turn = asking(agent);
    turn.request = TurnRequest{opening, {}, PromptStyle::plain, 40, 500};
    dry_run.ask(turn);
  }
  EXPECT_EQ(dry_run.unpriced().size(), 2U);
  const auto why = dry_run.unpriced().at("openai/banded(mode=tools,max_tokens=100)");
  EXPECT_THAT(why, HasSubstr("known for requests of up to 20000 tokens in, and one may have "));
  EXPECT_THAT(why, Not(HasSubstr("give --prices")));  // there is one
  // What it advises is enough, and no more of it would be.
  const auto history = std::stoi(why.substr(why.find("history=") + 8));
  for (const int more : {0, 1}) {
    const auto agent =
        "openai/banded(mode=tools,max_tokens=100,history=" + std::to_string(history + more) + ")";
    auto turn = asking(agent);
    turn.request = TurnRequest{opening, {}, PromptStyle::plain, 40, 500};
    dry_run.ask(turn);
    EXPECT_EQ(dry_run.bounds().at(agent).cost_usd.has_value(), more == 0) << agent;
  }
  EXPECT_TRUE(dry_run.bounds().at("openai/banded(mode=tools,history=1)").cost_usd);
  EXPECT_THAT(dry_run.unpriced().at("openai/unknown(mode=tools)"),
              HasSubstr(R"("model": "unknown")"));
}

}  // namespace
}  // namespace causal_gym
