// Fault by fault, streamed and not: the outcome, the number of attempts, and nothing lost or
// doubled when faults come at random.
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <map>
#include <span>
#include <thread>

#include "engine/base/rng.h"
#include "platform/llm/call_flow.h"
#include "platform/llm/client_probe.h"

namespace causal_gym {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

LoopbackAnswer raw(std::string bytes, bool close = false) {
  return {{{milliseconds(0), std::move(bytes)}}, close};
}

struct Fault {
  std::string name;
  std::function<LoopbackAnswer(const LoopbackRequest&)> answer;
  std::string outcome;
  int attempts = 1;
};

Fault status(int number, std::string_view code, std::string outcome, int attempts,
             std::string headers = "") {
  return {std::to_string(number) + " " + std::string(code) + " " + headers,
          [=, code = std::string(code)](auto&) { return refusal(number, code, headers); },
          std::move(outcome), attempts};
}

std::vector<Fault> statuses() {
  return {
      status(429, "rate_limit_exceeded", "rate_limited", 3),
      status(429, "rate_limit_exceeded", "rate_limited", 3, "retry-after-ms: 2.5\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 3, "Retry-After: 0\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 3, "Retry-After: 0.01\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 3,
             "Date: Thu, 26 Nov 2026 01:00:00 GMT\r\n"
             "Retry-After: Thu, 26 Nov 2026 01:00:00 GMT\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 3,
             "x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 5ms\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 1, "Retry-After: 3600\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 1,
             "Date: Thu, 26 Nov 2026 01:00:00 GMT\r\n"
             "Retry-After: Thu, 26 Nov 2026 02:00:00 GMT\r\n"),
      status(429, "rate_limit_exceeded", "rate_limited", 1, "x-should-retry: false\r\n"),
      status(429, "insufficient_quota", "quota", 1),
      status(500, "server_error", "server", 3),
      status(502, "", "server", 3),
      status(503, "", "overloaded", 3),
      status(529, "overloaded_error", "overloaded", 3),
      status(500, "server_error", "server", 1, "x-should-retry: false\r\n"),
      status(408, "", "timeout", 3),
      status(409, "", "server", 3),
      status(400, "invalid_request_error", "invalid_request", 1),
      status(400, "invalid_request_error", "invalid_request", 3, "x-should-retry: true\r\n"),
      status(401, "invalid_api_key", "authentication", 1),
      status(403, "", "forbidden", 1),
      status(404, "model_not_found", "not_found", 1),
      status(413, "", "too_large", 1),
      status(302, "", "not_found", 1, "Location: /elsewhere\r\n"),
      status(307, "", "not_found", 1, "Location: /elsewhere\r\n"),
  };
}

std::vector<Fault> broken_answers() {
  const std::string cut = "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n";
  const auto cut_refusal = "HTTP/1.1 401 X\r\nContent-Length: 100\r\n\r\n{\"error\":";
  return {
      {"slow",
       [](auto&) {
         return LoopbackAnswer{{{2'000ms, "x"}}};
       },
       "timeout", 3},
      {"cut", [=](auto&) { return raw(cut + "{\"te", true); }, "interrupted", 3},
      {"cut refusal", [=](auto&) { return raw(cut_refusal, true); }, "authentication", 1},
      {"closed", [](auto&) { return raw("", true); }, "connection", 3},
      {"not HTTP", [](auto&) { return raw("220 ftp\r\n\r\n", true); }, "malformed", 3},
      {"malformed",
       [](auto& request) {
         return whole_answer(200, is_stream(request) ? "junk\nend\n" : "{\"text\":");
       },
       "malformed", 3},
      {"oversize", [](auto&) { return whole_answer(200, std::string(3'000, 'x')); }, "too_large",
       1},
      {"endless", [](auto&) { return raw("HTTP/1.1 200 X\r\n\r\n" + std::string(9'999, 'x')); },
       "too_large", 1},
  };
}

void expect_outcome(const Fault& fault, bool stream) {
  LoopbackServer server(fault.answer);
  auto options = quick_options();
  options.retry.attempts = 3;
  options.attempt.first_byte = 100ms;
  options.attempt.body_bytes = 2'000;
  const auto client = client_of(std::move(options));
  const auto result = result_of(*client, call_to(server.url(), 0, stream));
  const auto name = fault.name + (stream ? " (stream)" : "");
  EXPECT_EQ(word_of(result), fault.outcome) << name << ": " << message_of(result);
  EXPECT_EQ(server.requests(), fault.attempts) << name;
  EXPECT_EQ(result.exchange.attempts.size(), static_cast<std::size_t>(fault.attempts)) << name;
  for (const auto& attempt : result.exchange.attempts)
    EXPECT_EQ(failure_kind_name(*attempt.failure), fault.outcome) << name;
  EXPECT_FALSE(message_of(result).empty()) << name;
}

TEST(ChatFaults, EachStatusHasItsOutcomeAndItsAttempts) {
  for (const auto& fault : statuses())
    for (const bool stream : {false, true}) expect_outcome(fault, stream);
}

TEST(ChatFaults, EachBrokenAnswerHasItsOutcomeAndItsAttempts) {
  for (const auto& fault : broken_answers())
    for (const bool stream : {false, true}) expect_outcome(fault, stream);
}

TEST(ChatFaults, FiveAttemptsAreTheDefault) {
  LoopbackServer server([](auto&) { return refusal(500, "server_error"); });
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url()));
  EXPECT_EQ(server.requests(), 5);
  EXPECT_EQ(message_of(result), "no (all 5 attempts failed)");
}

std::string typed_answer(std::string_view type, std::string_view body) {
  return "HTTP/1.1 200 X\r\nContent-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST(ChatFaults, ACutStreamIsInterruptedAndAnErrorInsideItIsThatError) {
  const auto streamed = [](std::string text, bool whole) {
    LoopbackServer server([&](auto&) {
      return whole ? raw(typed_answer("text/event-stream; charset=utf-8", text))
                   : raw("HTTP/1.1 200 X\r\nContent-Length: 500\r\n\r\n" + text, true);
    });
    auto options = quick_options();
    options.retry.attempts = 2;
    const auto client = client_of(std::move(options));
    auto result = result_of(*client, call_to(server.url(), 0, true));
    EXPECT_EQ(result.exchange.attempts.size(), word_of(result) == "reply" ? 1U : 2U);
    return word_of(result);
  };
  EXPECT_EQ(streamed("text a\n", false), "interrupted");
  EXPECT_EQ(streamed("text a\n", true), "interrupted");
  EXPECT_EQ(streamed("text a\nerror overloaded\n", true), "overloaded");
  EXPECT_EQ(streamed("text a\nerror overloaded\n", false), "overloaded");
  EXPECT_EQ(streamed("text a\nend\n", false), "reply");  // all was said
}

TEST(ChatFaults, WhatComesInsteadOfAStreamIsReadAsWhatItIs) {
  const auto streamed = [](std::string_view type, std::string_view body) {
    LoopbackServer server([&](auto&) { return raw(typed_answer(type, body)); });
    auto options = quick_options();
    options.retry.attempts = 1;
    return result_of(*client_of(std::move(options)), call_to(server.url(), 0, true));
  };
  const auto whole = streamed("application/json", R"({"text":"hello"})");
  ASSERT_EQ(word_of(whole), "reply");
  EXPECT_EQ(std::get<ChatReply>(whole.outcome).text, "hello");
  // Kept as it was sent, it is read in the same way from the cache.
  const WireResponse kept{200, {{"Content-Type", "application/json"}}, R"({"text":"hello"})"};
  EXPECT_EQ(read_response(tiny_provider, true, kept), whole.outcome);
  EXPECT_EQ(word_of(streamed("text/html; charset=utf-8", "<html>Sign in</html>")), "server");
  EXPECT_EQ(word_of(streamed("text/plain", "Sign in")), "malformed");
  EXPECT_EQ(word_of(streamed("application/x-ndjson", "text a\n")), "interrupted");
  EXPECT_EQ(word_of(streamed("application/json", "text a\nend\n")), "reply");  // a wrong label
}

// Long messages are cut; what is left must not be the beginning of a key.
TEST(ChatFaults, NoPartOfAKeyThatAStreamSaysBackIsKept) {
  const auto message = std::string(990, 'x') + std::string(planted_key);
  LoopbackServer server([&](auto&) {
    return raw(
        typed_answer("text/event-stream", R"(data: {"error":{"message":")" + message + "\"}}\n\n"));
  });
  auto options = quick_options();
  options.retry.attempts = 1;
  auto call = call_to(server.url(), 0, true);
  call.provider = *find_provider("openai");
  const auto result = result_of(*client_of(std::move(options)), std::move(call));
  const auto told = outcome_text(result.outcome) + exchange_text(result.exchange);
  EXPECT_EQ(told.find(planted_key.substr(0, 5)), std::string::npos) << told;
  EXPECT_NE(message_of(result).find("x[key]"), std::string::npos) << told;
}

TEST(ChatFaults, NobodyListens) {
  std::string url;
  {
    LoopbackServer server([](auto&) { return raw(""); });
    url = server.url();
  }
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(url));
  EXPECT_EQ(word_of(result), "connection");
  EXPECT_EQ(result.exchange.attempts.size(), 5U);
  EXPECT_EQ(client->spending().spent.calls, 0);
}

TEST(ChatFaults, ACallThatRecoversTellsItsHistory) {
  int count = 0;
  LoopbackServer server([&](const LoopbackRequest& request) {
    ++count;
    if (count == 1) return refusal(429, "rate_limit_exceeded", "retry-after-ms: 30\r\n");
    if (count == 2) return refusal(503, "");
    return tiny_answer(request);
  });
  const auto client = client_of(quick_options());
  const auto result = result_of(*client, call_to(server.url()));
  ASSERT_EQ(word_of(result), "reply");
  const auto& attempts = result.exchange.attempts;
  ASSERT_EQ(attempts.size(), 3U);
  EXPECT_EQ(attempts[0].failure, FailureKind::rate_limited);
  EXPECT_EQ(attempts[0].waited_seconds, 0);
  EXPECT_GE(attempts[1].waited_seconds, 0.03);
  EXPECT_GE(attempts[1].begun - attempts[0].begun, 30ms);
  EXPECT_EQ(attempts[1].status, 503);
  EXPECT_FALSE(attempts[2].failure);
  EXPECT_EQ(attempts[2].status, 200);
}

// Faults of every sort, and cancellations, at random.
LoopbackAnswer random_answer(Rng& rng, const LoopbackRequest& request) {
  const milliseconds delay(static_cast<int>(rng.below(4)));
  auto answer = tiny_answer(request);
  switch (rng.below(12)) {
    case 0: answer = refusal(429, "rate_limit_exceeded", "retry-after-ms: 1\r\n"); break;
    case 1: answer = refusal(500, "server_error"); break;
    case 2: answer = refusal(400, "invalid_request_error"); break;
    case 3: answer = raw("HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{", true); break;
    case 4: answer = raw("", true); break;
    case 5: answer = whole_answer(200, "{}"); break;
    case 6: answer = raw("junk\r\n\r\n", true); break;
    case 7: answer = {{{50ms, "late"}}, true}; break;
    default: break;
  }
  answer.pieces.front().delay += delay;
  return answer;
}

TEST(ChatFaults, NothingIsLostOrDoubledWhateverHappens) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    Rng server_rng(seed, stream_of("server"));
    LoopbackServer server(
        [&](const LoopbackRequest& request) { return random_answer(server_rng, request); });
    std::map<std::int64_t, int> recorded;  // by the one thread that delivers
    std::map<std::int64_t, int> told;
    auto options = quick_options();
    options.seed = seed;
    options.width.most = 40;
    options.width.cooldown_seconds = 0.01;
    options.attempt.first_byte = 30ms;
    options.budget.calls = 1'500;
    options.sink = [&](std::span<const Exchange> exchanges) -> Status {
      for (const auto& exchange : exchanges) ++recorded[exchange.key.sequence];
      return {};
    };
    auto client = client_of(std::move(options));
    Rng rng(seed, stream_of("caller"));
    constexpr int count = 300;
    for (int i = 0; i < count; ++i) {
      const auto done = [&, i](ChatResult result) {
        ++told[i];
        const bool sent = !result.exchange.attempts.empty();
        EXPECT_EQ(recorded[i], sent ? 1 : 0) << "seed " << seed << ", call " << i;
        EXPECT_EQ(result.exchange.key.sequence, i);
      };
      const auto id = client->submit(call_to(server.url(), i, rng.below(2) == 0), done);
      ASSERT_TRUE(id.has_value());
      if (rng.below(10) == 0) client->cancel(*id);
      if (rng.below(40) == 0) client->cancel(*id > 20 ? *id - 20 : *id);
      if (rng.below(20) == 0) std::this_thread::sleep_for(2ms);
    }
    if (seed % 2 == 0) client->wait();
    client.reset();
    EXPECT_EQ(told.size(), static_cast<std::size_t>(count)) << "seed " << seed;
    for (const auto& [sequence, times] : told)
      EXPECT_EQ(times, 1) << "seed " << seed << ", call " << sequence;
  }
}

}  // namespace
}  // namespace causal_gym
