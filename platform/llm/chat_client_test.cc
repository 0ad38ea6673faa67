// The client as its callers see it: what goes out, budgets, widths, fallbacks, quotas, the cache,
// the record, cancellation, secrets, and a thousand calls at once.
#include "platform/llm/chat_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <span>
#include <sstream>
#include <thread>

#include "platform/llm/client_probe.h"

namespace causal_gym {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

LoopbackAnswer after(milliseconds delay, LoopbackAnswer answer) {
  answer.pieces.front().delay = delay;
  return answer;
}

LoopbackAnswer silence() { return {{{0ms, ""}}}; }

void wait_for_requests(const LoopbackServer& server, int count) {
  while (server.requests() < count) std::this_thread::sleep_for(1ms);
}

TEST(ChatClient, AReplyComesWithItsExchange) {
  std::string head;
  LoopbackServer server([&](const LoopbackRequest& request) {
    head = request.head;
    auto answer = whole_answer(200, R"({"text":"hi","model":"m-1-0626","input":10,"output":5})",
                               "x-request-id: r-9\r\nSet-Cookie: c\r\n");
    return answer;
  });
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url(), 4));
  ASSERT_EQ(word_of(result), "reply") << message_of(result);
  EXPECT_EQ(std::get<ChatReply>(result.outcome).text, "hi");
  EXPECT_NE(head.find("authorization: Bearer sk-planted-5f1b0c\r\n"), std::string::npos);
  const auto& exchange = result.exchange;
  EXPECT_EQ(exchange.key, (CallKey{"run-1", 1, 4, 0}));
  EXPECT_EQ(exchange.provider, "tiny");
  EXPECT_EQ(exchange.base_url, server.url());
  EXPECT_EQ(exchange.model, "m-1");
  EXPECT_EQ(exchange.model_version, "m-1-0626");
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.request_body,
            R"({"model":"m-1","stream":false,"texts":["question 4"],"temperature":0.5})");
  EXPECT_EQ(exchange.response_body, R"({"text":"hi","model":"m-1-0626","input":10,"output":5})");
  EXPECT_EQ(exchange.cache_key, exchange_cache_key("tiny", server.url(), exchange.request_body, 0));
  EXPECT_EQ(exchange.usage.input, 10);
  EXPECT_EQ(exchange.cost_usd, std::nullopt);  // nobody said what it costs
  EXPECT_FALSE(exchange.cached || exchange.response_cut || exchange.failure);
  ASSERT_EQ(exchange.attempts.size(), 1U);
  EXPECT_GT(exchange.attempts[0].seconds, 0);
  EXPECT_EQ(exchange.headers.size(), 2U);  // content-type and x-request-id
  const auto spent = client->spending().spent;
  EXPECT_EQ(spent.calls, 1);
  EXPECT_EQ(spent.input_tokens, 10);
  EXPECT_EQ(spent.output_tokens, 5);
}

TEST(ChatClient, AStreamIsReadAsItComes) {
  LoopbackServer server([](const LoopbackRequest&) {
    const auto answer = answer_text(200, "text one \ntext two\nend\n");
    const auto middle = answer.size() - 15;
    return LoopbackAnswer{{{0ms, answer.substr(0, middle)}, {20ms, answer.substr(middle)}}};
  });
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url(), 0, true));
  ASSERT_EQ(word_of(result), "reply") << message_of(result);
  EXPECT_EQ(std::get<ChatReply>(result.outcome).text, "one two");
  EXPECT_EQ(result.exchange.response_body, "text one \ntext two\nend\n");
  EXPECT_TRUE(result.exchange.stream);
  // It did not say its usage: the worst case counts.
  EXPECT_EQ(client->spending().spent.output_tokens, 60);
}

TEST(ChatClient, BadOptionsAndCallsAreNamed) {
  const auto error = [](auto change) {
    auto options = quick_options();
    change(options);
    const auto client = ChatClient::start(std::move(options), test_clock());
    return client ? std::string() : client.error().message;
  };
  EXPECT_EQ(error([](auto& o) { o.width.most = 0; }), "the most connections must be at least 1");
  EXPECT_EQ(error([](auto& o) { o.retry.attempts = 0; }), "attempts must be from 1 to 100, not 0");
  EXPECT_EQ(error([](auto& o) { o.attempt.total = 0ms; }),
            "every timeout must be at least a millisecond");
  EXPECT_EQ(error([](auto& o) { o.call_seconds = -1; }), "the time of a call must be positive");
  EXPECT_EQ(error([](auto& o) { o.budget.calls = -1; }), "a budget is negative");
  const auto client = client_of(quick_options());
  EXPECT_EQ(client->submit({}, {}).error().code, ErrorCode::invalid_argument);
}

TEST(ChatClient, MoreCallsThanItsLimitAreRefused) {
  LoopbackServer server([](auto&) { return silence(); });
  auto options = quick_options();
  options.most_calls = 2;
  const auto client = client_of(std::move(options));
  Results results;
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(client->submit(call_to(server.url(), i), results.taker()).has_value());
  EXPECT_EQ(client->submit(call_to(server.url()), results.taker()).error().code,
            ErrorCode::limit_exceeded);
  client->cancel_all();
  client->wait();
  EXPECT_EQ(results.all().size(), 2U);
}

TEST(ChatClient, ARefusedParameterIsDroppedLoggedAndRemembered) {
  int refused = 0;
  LoopbackServer server([&](const LoopbackRequest& request) {
    if (request.body.find("temperature") == std::string::npos) return tiny_answer(request);
    ++refused;
    return whole_answer(400, R"({"error":{"code":"unsupported_value","param":"temperature",)"
                             R"("message":"only the default"}})");
  });
  std::ostringstream lines;
  Logger log(LogLevel::warn, test_clock(), lines);
  auto options = quick_options();
  options.log = &log;
  options.retry.attempts = 1;  // dropping a parameter is not an attempt of that count
  const auto client = client_of(std::move(options));
  const auto first = result_of(*client, call_to(server.url(), 1));
  EXPECT_EQ(word_of(first), "reply");
  EXPECT_EQ(first.exchange.attempts.size(), 2U);
  EXPECT_EQ(first.exchange.attempts[0].failure, FailureKind::unsupported_parameter);
  EXPECT_EQ(first.exchange.attempts[0].parameter, "temperature");
  EXPECT_EQ(first.exchange.request_body.find("temperature"), std::string::npos);
  const auto second = result_of(*client, call_to(server.url(), 2));
  EXPECT_EQ(second.exchange.attempts.size(), 1U);
  EXPECT_EQ(refused, 1);
  const auto text = lines.str();
  EXPECT_NE(text.find("chat_parameter_dropped"), std::string::npos);
  EXPECT_EQ(text.find("chat_parameter_dropped"), text.rfind("chat_parameter_dropped"));
  // The key of the cache is that of what was asked.
  EXPECT_NE(first.exchange.cache_key,
            exchange_cache_key("tiny", server.url(), first.exchange.request_body, 0));
}

TEST(ChatClient, AParameterThatCannotBeDroppedEndsTheCall) {
  LoopbackServer server([](auto&) {
    return whole_answer(400, R"({"error":{"code":"unsupported_parameter","param":"seed"}})");
  });
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url()));
  EXPECT_EQ(word_of(result), "unsupported_parameter");
  EXPECT_EQ(server.requests(), 2);
}

TEST(ChatClient, AUsedUpQuotaStopsItsProviderAtOnceAndNoOther) {
  LoopbackServer server([](auto&) { return after(20ms, refusal(429, "insufficient_quota")); });
  LoopbackServer other([](auto& request) { return tiny_answer(request); });
  auto options = quick_options();
  options.width.most = 2;
  const auto client = client_of(std::move(options));
  const auto results = results_of(*client, calls_to(server.url(), 50));
  EXPECT_EQ(count_of(results, "quota"), 50);
  EXPECT_LE(server.requests(), 2);
  EXPECT_EQ(word_of(result_of(*client, call_to(server.url(), 99))), "quota");
  EXPECT_LE(server.requests(), 2);
  EXPECT_EQ(word_of(result_of(*client, call_to(other.url()))), "reply");
}

bool is_lasting(const ChatResult& result) {
  const auto* failure = std::get_if<ChatFailure>(&result.outcome);
  return failure != nullptr && failure->lasting;
}

TEST(ChatClient, ARefusedKeyStopsItsProviderAtOnceAndNoOther) {
  for (const int status : {401, 403}) {
    LoopbackServer server([&](auto&) { return after(20ms, refusal(status, "")); });
    LoopbackServer other([](auto& request) { return tiny_answer(request); });
    auto options = quick_options();
    options.width.most = 2;
    const auto client = client_of(std::move(options));
    const auto results = results_of(*client, calls_to(server.url(), 50));
    EXPECT_EQ(count_of(results, status == 401 ? "authentication" : "forbidden"), 50);
    EXPECT_TRUE(std::all_of(results.begin(), results.end(), is_lasting));
    EXPECT_LE(server.requests(), 2);
    EXPECT_EQ(word_of(result_of(*client, call_to(other.url()))), "reply");
  }
}

TEST(ChatClient, AModelThatIsNotThereStopsAloneAtOnce) {
  LoopbackServer server([](auto& request) {
    const bool known = request.body.find("m-1") != std::string::npos;
    return after(20ms, known ? tiny_answer(request) : refusal(404, "model_not_found"));
  });
  auto options = quick_options();
  options.width.most = 2;
  const auto client = client_of(std::move(options));
  auto calls = calls_to(server.url(), 20);
  for (std::size_t i = 0; i < calls.size(); i += 2) calls[i].request.model = "unknown";
  const auto results = results_of(*client, calls);
  EXPECT_EQ(count_of(results, "not_found"), 10);
  EXPECT_EQ(std::count_if(results.begin(), results.end(), is_lasting), 10);
  EXPECT_EQ(count_of(results, "reply"), 10);
  EXPECT_LE(server.requests(), 11);
}

TEST(ChatClient, CallsInARowThatAnOutageEndsStopTheirProvider) {
  LoopbackServer server([](auto&) { return refusal(503, ""); });
  auto options = quick_options();
  options.retry.attempts = 1;
  options.most_failures = 3;
  options.width.most = 1;
  const auto client = client_of(std::move(options));
  const auto results = results_of(*client, calls_to(server.url(), 20));
  EXPECT_EQ(count_of(results, "overloaded"), 20);
  EXPECT_EQ(std::count_if(results.begin(), results.end(), is_lasting), 18);
  EXPECT_EQ(server.requests(), 3);
}

TEST(ChatClient, OutagesBetweenAnswersStopNothing) {
  LoopbackServer server([](auto& request) {
    // Of each three, the first two calls fail; a request that is refused is an answer too.
    const auto number = std::stoi(request.body.substr(request.body.find("question ") + 9));
    if (number % 3 < 2) return refusal(503, "");
    return number % 2 == 0 ? refusal(400, "invalid_request_error") : tiny_answer(request);
  });
  auto options = quick_options();
  options.retry.attempts = 1;
  options.most_failures = 3;
  options.width.most = 1;
  const auto client = client_of(std::move(options));
  const auto results = results_of(*client, calls_to(server.url(), 30));
  EXPECT_EQ(count_of(results, "overloaded"), 20);
  EXPECT_EQ(std::count_if(results.begin(), results.end(), is_lasting), 0);
  EXPECT_EQ(server.requests(), 30);
}

TEST(ChatClient, NoMoreAreUnderWayThanTheWidthAllows) {
  LoopbackServer server([](auto& request) { return after(5ms, tiny_answer(request)); });
  auto options = quick_options();
  options.width.most = 7;
  const auto client = client_of(std::move(options));
  EXPECT_EQ(count_of(results_of(*client, calls_to(server.url(), 100)), "reply"), 100);
  EXPECT_LE(server.most_at_once(), 7);
  EXPECT_GE(server.most_at_once(), 6);
}

TEST(ChatClient, TooManyRequestsNarrowTheWidth) {
  int count = 0;
  std::vector<int> at_once;
  LoopbackServer* self = nullptr;
  LoopbackServer server([&](const LoopbackRequest& request) {
    if (++count <= 20)
      return after(10ms, refusal(429, "rate_limit_exceeded", "retry-after-ms: 50\r\n"));
    at_once.push_back(self->at_once());
    return after(10ms, tiny_answer(request));
  });
  self = &server;
  auto options = quick_options();
  options.width.most = 20;
  const auto client = client_of(std::move(options));
  EXPECT_EQ(count_of(results_of(*client, calls_to(server.url(), 60)), "reply"), 60);
  EXPECT_EQ(server.most_at_once(), 20);
  EXPECT_LE(*std::max_element(at_once.begin() + 10, at_once.end()), 14);
}

TEST(ChatClient, ABudgetOfCallsSendsThatManyAndCountsAttempts) {
  LoopbackServer server([](auto& request) { return tiny_answer(request); });
  auto options = quick_options();
  options.budget.calls = 3;
  const auto client = client_of(std::move(options));
  const auto results = results_of(*client, calls_to(server.url(), 10));
  EXPECT_EQ(count_of(results, "reply"), 3);
  EXPECT_EQ(count_of(results, "budget"), 7);
  EXPECT_EQ(server.requests(), 3);

  auto goes_on = quick_options();
  goes_on.budget.calls = 3;
  goes_on.spent_before.spent.calls = 2;
  const auto resumed = client_of(std::move(goes_on));
  EXPECT_EQ(count_of(results_of(*resumed, calls_to(server.url(), 10)), "reply"), 1);
  EXPECT_EQ(resumed->spending().spent.calls, 3);

  LoopbackServer broken([](auto&) { return refusal(500, ""); });
  auto three = quick_options();
  three.budget.calls = 3;
  const auto result = result_of(*client_of(std::move(three)), call_to(broken.url()));
  EXPECT_EQ(word_of(result), "budget");
  EXPECT_EQ(broken.requests(), 3);
  EXPECT_EQ(result.exchange.attempts.size(), 3U);
}

TEST(ChatClient, TheWorstCaseIsReservedAndTheActualSettled) {
  // Each call may have 60 tokens and has 5: with 100, two never run at once, and the tenth begins
  // at 40 + 60.
  LoopbackServer server([](auto& request) { return after(1ms, tiny_answer(request)); });
  auto options = quick_options();
  options.budget.output_tokens = 100;
  const auto client = client_of(std::move(options));
  const auto results = results_of(*client, calls_to(server.url(), 20));
  EXPECT_EQ(count_of(results, "reply"), 9);
  EXPECT_EQ(count_of(results, "budget"), 11);
  EXPECT_EQ(server.most_at_once(), 1);
  EXPECT_EQ(client->spending().spent.output_tokens, 45);
}

TEST(ChatClient, ABudgetOfCostNeedsAPriceAndCountsIt) {
  LoopbackServer server([](auto& request) { return tiny_answer(request); });
  auto options = quick_options();
  options.budget.cost_usd = 1;
  options.prices = PriceTable{};
  const auto refused = result_of(*client_of(options), call_to(server.url()));
  EXPECT_EQ(word_of(refused), "budget");
  EXPECT_NE(message_of(refused).find("price"), std::string::npos);
  EXPECT_EQ(server.requests(), 0);
  EXPECT_TRUE(refused.exchange.attempts.empty());

  options.prices =
      *PriceTable::parse(R"({"collected":"2026-01-31","prices":[)"
                         R"({"host":"local","model":"m-1","input":10,"output":100}]})");
  const auto client = client_of(options);
  const auto paid = result_of(*client, call_to(server.url()));
  EXPECT_DOUBLE_EQ(paid.exchange.cost_usd.value_or(0), (10 * 10 + 5 * 100) / 1e6);
  EXPECT_DOUBLE_EQ(*client->spending().spent.cost_usd, 600 / 1e6);
}

TEST(ChatClient, WhatIsRefusedCostsNothingAndWhatBreaksOffTheWorst) {
  const auto spent_after = [](const LoopbackAnswer& answer) {
    LoopbackServer server([&](auto&) { return answer; });
    auto options = quick_options();
    options.retry.attempts = 1;
    const auto client = client_of(std::move(options));
    const auto result = result_of(*client, call_to(server.url()));
    EXPECT_NE(word_of(result), "reply");
    const auto spent = client->spending().spent;
    EXPECT_EQ(spent.calls, 1);
    const auto& charge = result.exchange.attempts.at(0).charge;
    EXPECT_EQ(charge.calls, 1);
    EXPECT_EQ(charge.input_tokens, spent.input_tokens);
    EXPECT_EQ(charge.output_tokens, spent.output_tokens);
    EXPECT_EQ(charge.is_worst, spent.output_tokens > 0);
    EXPECT_EQ(client->spending().at_worst.output_tokens, spent.output_tokens);
    return spent.output_tokens;
  };
  EXPECT_EQ(spent_after(refusal(500, "")), 0);
  EXPECT_EQ(spent_after(refusal(307, "")), 0);
  EXPECT_EQ(spent_after({{{0ms, ""}}, true}), 60);
  EXPECT_EQ(spent_after({{{0ms, "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{"}}, true}), 60);
  EXPECT_EQ(spent_after(whole_answer(200, "{}")), 60);
}

TEST(ChatClient, ABudgetOfTimeBreaksOff) {
  LoopbackServer server([](auto&) { return silence(); });
  auto options = quick_options();
  options.budget.wall_seconds = 0.1;
  options.width.most = 1;
  const auto client = client_of(std::move(options));
  const auto begun = std::chrono::steady_clock::now();
  const auto results = results_of(*client, calls_to(server.url(), 3));
  EXPECT_EQ(count_of(results, "budget"), 3);
  EXPECT_EQ(server.requests(), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
}

TEST(ChatClient, ACallHasItsOwnTimeWaitsIncluded) {
  LoopbackServer slow([](auto&) { return silence(); });
  LoopbackServer busy([](auto&) { return refusal(429, "", "retry-after-ms: 60000\r\n"); });
  auto options = quick_options();
  options.call_seconds = 0.1;
  const auto client = client_of(std::move(options));
  const auto under_way = result_of(*client, call_to(slow.url()));
  EXPECT_EQ(word_of(under_way), "timeout");
  EXPECT_EQ(slow.requests(), 1);
  const auto waiting = result_of(*client, call_to(busy.url()));
  EXPECT_EQ(word_of(waiting), "rate_limited");
  EXPECT_EQ(message_of(waiting), "no (no time is left to try again)");
  EXPECT_LT(waiting.exchange.seconds, 1);
}

TEST(ChatClient, TheCacheAnswersWithoutSending) {
  LoopbackServer server([](auto& request) { return tiny_answer(request); });
  std::map<std::string, WireResponse, std::less<>> kept;
  std::mutex mutex;
  auto options = quick_options();
  options.sink = [&](std::span<const Exchange> exchanges) -> Status {
    const std::lock_guard lock(mutex);
    for (const auto& exchange : exchanges)
      kept[exchange.cache_key] = {exchange.status, exchange.headers, exchange.response_body};
    return {};
  };
  options.cache = [&](const Exchange& asked) -> std::optional<WireResponse> {
    const std::lock_guard lock(mutex);
    const auto place = kept.find(asked.cache_key);
    if (place == kept.end()) return std::nullopt;
    return place->second;
  };
  const auto client = client_of(std::move(options));
  for (const bool stream : {false, true}) {
    auto call = call_to(server.url(), 1, stream);
    const int before = server.requests();
    const auto first = result_of(*client, call);
    const auto again = result_of(*client, call);
    EXPECT_EQ(server.requests(), before + 1);
    EXPECT_TRUE(again.exchange.cached);
    EXPECT_TRUE(again.exchange.attempts.empty());
    EXPECT_EQ(outcome_text(again.outcome), outcome_text(first.outcome));
    EXPECT_EQ(again.exchange.response_body, first.exchange.response_body);
    call.key.trial = 1;
    EXPECT_FALSE(result_of(*client, call).exchange.cached);
    EXPECT_EQ(server.requests(), before + 2);
  }
}

TEST(ChatClient, AKeptFailureIsAskedAgain) {
  LoopbackServer server([](auto& request) { return tiny_answer(request); });
  auto options = quick_options();
  options.cache = [](const auto&) { return WireResponse{500, {}, "{}"}; };
  const auto result = result_of(*client_of(std::move(options)), call_to(server.url()));
  EXPECT_EQ(word_of(result), "reply");
  EXPECT_EQ(server.requests(), 1);
}

TEST(ChatClient, WhatCannotBeRecordedIsSaidAndTheReplyStillComes) {
  LoopbackServer server([](auto& request) { return tiny_answer(request); });
  std::ostringstream lines;
  Logger log(LogLevel::warn, test_clock(), lines);
  auto options = quick_options();
  options.log = &log;
  options.sink = [](auto) -> Status { return fail(ErrorCode::unavailable, "the disk is full"); };
  const auto result = result_of(*client_of(std::move(options)), call_to(server.url()));
  EXPECT_EQ(word_of(result), "reply");
  ASSERT_FALSE(result.recorded.has_value());
  EXPECT_EQ(result.recorded.error().message, "the disk is full");
  EXPECT_NE(lines.str().find("chat_not_recorded"), std::string::npos);
}

TEST(ChatClient, ALongResponseIsRecordedCutAndSaysSo) {
  LoopbackServer server([](auto& request) { return tiny_answer(request, std::string(500, 'x')); });
  auto options = quick_options();
  options.most_recorded_bytes = 100;
  const auto result = result_of(*client_of(std::move(options)), call_to(server.url()));
  EXPECT_EQ(std::get<ChatReply>(result.outcome).text.size(), 500U);
  EXPECT_EQ(result.exchange.response_body.size(), 100U);
  EXPECT_TRUE(result.exchange.response_cut);
}

TEST(ChatClient, CancelledCallsEndSoonWhereverTheyAre) {
  LoopbackServer silent([](auto&) { return silence(); });
  LoopbackServer busy([](auto&) { return refusal(429, "", "retry-after-ms: 60000\r\n"); });
  auto options = quick_options();
  options.width.most = 1;
  const auto client = client_of(std::move(options));
  Results results;
  std::vector<std::uint64_t> ids;
  for (const auto& url : {silent.url(), silent.url(), busy.url()})
    ids.push_back(*client->submit(call_to(url), results.taker()));
  wait_for_requests(silent, 1);
  wait_for_requests(busy, 1);
  std::this_thread::sleep_for(30ms);  // one under way, one before it, one between attempts
  const auto begun = std::chrono::steady_clock::now();
  for (const auto id : ids) client->cancel(id);
  client->wait();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 500ms);
  EXPECT_EQ(count_of(results.all(), "cancelled"), 3);
  EXPECT_EQ(silent.requests(), 1);
}

TEST(ChatClient, ARaisedTokenCancelsAllAndWhatComesAfter) {
  LoopbackServer server([](auto&) { return silence(); });
  CancellationSource source;
  auto options = quick_options();
  options.cancellation = source.token();
  const auto client = client_of(std::move(options));
  Results results;
  for (int i = 0; i < 200; ++i)
    static_cast<void>(client->submit(call_to(server.url(), i), results.taker()));
  wait_for_requests(server, 10);
  source.cancel();
  client->wait();
  static_cast<void>(client->submit(call_to(server.url()), results.taker()));
  client->wait();
  EXPECT_EQ(count_of(results.all(), "cancelled"), 201);
}

TEST(ChatClient, ItsEndCancelsAndTellsEveryCall) {
  LoopbackServer server([](auto&) { return silence(); });
  Results results;
  {
    const auto client = client_of(quick_options());
    for (int i = 0; i < 100; ++i)
      static_cast<void>(client->submit(call_to(server.url(), i), results.taker()));
  }
  EXPECT_EQ(count_of(results.all(), "cancelled"), 100);
}

TEST(ChatClient, CallbacksMaySubmitTheNextTurn) {
  LoopbackServer server([](auto& request) { return tiny_answer(request); });
  const auto client = client_of(quick_options());
  std::promise<void> over;
  std::function<void(int)> turn = [&](int number) {
    static_cast<void>(client->submit(call_to(server.url(), number), [&, number](ChatResult) {
      if (number == 20)
        over.set_value();
      else
        turn(number + 1);
    }));
  };
  turn(1);
  over.get_future().wait();
  client->wait();
  EXPECT_EQ(server.requests(), 20);
}

TEST(ChatClient, AThousandCallsAtOnceFinish) {
  LoopbackServer server([](auto& request) { return after(500ms, tiny_answer(request)); });
  auto options = quick_options();
  options.width.most = 1'000;
  const auto client = client_of(std::move(options));
  EXPECT_EQ(count_of(results_of(*client, calls_to(server.url(), 1'000)), "reply"), 1'000);
  EXPECT_GE(server.most_at_once(), 500);
}

// A server that says the key back wherever it can, in every sort of answer.
LoopbackAnswer echo(const LoopbackRequest& request, int number) {
  const std::string key(planted_key);
  const auto headers = "x-request-id: " + key + "\r\nx-ratelimit-note: Bearer " + key + "\r\n";
  switch (number % 4) {
    case 0: return whole_answer(200, R"({"text":"key )" + key + R"(","model":")" + key + "\"}");
    case 1:
      return whole_answer(
          401, R"({"error":{"code":")" + key + R"(","message":"bad key )" + key + "\"}}", headers);
    case 2: return whole_answer(500, key, headers);
    default: return tiny_answer(request, key);
  }
}

TEST(ChatClient, APlantedKeyAppearsNowhere) {
  std::atomic<int> number = 0;
  std::atomic<int> sent_with_key = 0;
  LoopbackServer server([&](const LoopbackRequest& request) {
    if (request.head.find(planted_key) != std::string::npos) ++sent_with_key;
    return echo(request, number++);
  });
  std::ostringstream lines;
  Logger log(LogLevel::debug, test_clock(), lines);
  std::string recorded;
  auto options = quick_options();
  options.log = &log;
  options.sink = [&](std::span<const Exchange> exchanges) -> Status {
    for (const auto& exchange : exchanges) recorded += exchange_text(exchange);
    return {};
  };
  const auto client = client_of(std::move(options));
  std::vector<ChatCall> calls;
  for (int i = 0; i < 40; ++i) {
    calls.push_back(call_to(server.url(), i, i % 2 == 0));
    calls.back().request.messages[0].text += " " + std::string(planted_key);
  }
  std::string told;
  for (const auto& result : results_of(*client, calls))
    told += outcome_text(result.outcome) + exchange_text(result.exchange);
  EXPECT_EQ(sent_with_key, server.requests());
  EXPECT_FALSE(told.empty() || recorded.empty() || lines.str().empty());
  for (const auto* text : {&told, &recorded}) {
    EXPECT_EQ(text->find(planted_key), std::string::npos);
    EXPECT_NE(text->find("[key]"), std::string::npos);
  }
  EXPECT_EQ(lines.str().find(planted_key), std::string::npos);
}

}  // namespace
}  // namespace causal_gym
