// What an operator is told of requests to providers: counts that are those of the exchanges, lines
// that greps of the runbook find, and the trace that goes out.
#include "platform/llm/chat_telemetry.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "platform/llm/client_probe.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

class ChatTelemetry : public testing::Test {
 protected:
  ChatClientOptions observed() {
    auto options = quick_options();
    options.observer = attempts_told_to(metrics_, logger_, "trace-1");
    return options;
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    std::istringstream in(log_.str());
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  [[nodiscard]] int found(const std::string& pattern) const {
    const std::regex expression(pattern);
    int count = 0;
    for (const auto& line : lines()) count += std::regex_search(line, expression) ? 1 : 0;
    return count;
  }
  [[nodiscard]] static std::string series(const std::string& status, int count) {
    return R"(causal_llm_requests_total{model="m-1",provider="tiny",status=")" + status + "\"} " +
           std::to_string(count) + "\n";
  }

  std::ostringstream log_;
  Logger logger_{LogLevel::info, test_clock(), log_};
  Metrics metrics_{{"1", "gcc"},
                   {.operations = {},
                    .experiment_states = {},
                    .scores = {},
                    .belief_outcomes = {},
                    .store_operations = {},
                    .llm_providers = {"tiny"},
                    .llm_statuses = llm_status_names()}};
};

TEST_F(ChatTelemetry, CountsEveryRequestThatWasMade) {
  std::atomic<int> asked = 0;
  LoopbackServer server([&](const LoopbackRequest&) {
    if (++asked % 3 == 0) return refusal(429, "rate_limit");
    return whole_answer(200, R"({"text":"hi","input":10,"output":5})");
  });
  auto options = observed();
  options.prices =
      *PriceTable::parse(R"({"collected":"2026-01-31",)"
                         R"("prices":[{"host":"local","model":"m-1","input":1e5,"output":0}]})");
  const auto client = client_of(std::move(options));
  const auto results = results_of(*client, calls_to(server.url(), 30));
  int replies = 0, limited = 0;
  for (const auto& result : results)
    for (const auto& attempt : result.exchange.attempts) ++(attempt.failure ? limited : replies);
  EXPECT_EQ(replies + limited, server.requests());
  EXPECT_GT(limited, 0);
  const auto text = metrics_.text();
  EXPECT_THAT(text, HasSubstr(series("ok", replies)));
  EXPECT_THAT(text, HasSubstr(series("rate_limited", limited)));
  EXPECT_THAT(text, HasSubstr("causal_llm_request_duration_seconds_count{provider=\"tiny\"} " +
                              std::to_string(replies + limited)));
  const auto* costs = "causal_llm_cost_dollars_total{provider=\"tiny\"} ";  // 10 tokens at 0.1 USD
  EXPECT_THAT(text, HasSubstr(costs + std::to_string(replies) + "\n"));
  EXPECT_NEAR(client->spending().spent.cost_usd.value_or(0), replies, 1e-9);
  EXPECT_EQ(found("tiny.*error"), limited);
  EXPECT_EQ(found("ERROR|CRITICAL|FATAL"), 0);  // each was asked again
}

TEST_F(ChatTelemetry, AHealthyProviderLeavesNoLine) {
  LoopbackServer server([](const LoopbackRequest&) {
    return whole_answer(200, R"({"text":"error timeout failed"})");
  });
  const auto client = client_of(observed());
  EXPECT_EQ(word_of(result_of(*client, call_to(server.url()))), "reply");
  EXPECT_EQ(log_.str(), "");
}

TEST_F(ChatTelemetry, EachFaultIsFoundByItsOwnWordAlone) {
  struct Case {
    std::string name;
    std::function<LoopbackAnswer(const LoopbackRequest&)> answer;
    int timeouts = 0, connections = 0, levels = 0;
  };
  const Case cases[] = {
      {"timeout",
       [](auto&) {
         return LoopbackAnswer{{{std::chrono::milliseconds(0), ""}}};
       },
       1},
      {"connection", {}, 0, 1},
      {"invalid_request",
       [](auto&) {
         return whole_answer(
             400,
             R"({"error":{"code":"x","message":"connection failed: timeout error CRITICAL"}})");
       },
       0, 0, 1}};
  for (const auto& each : cases) {
    log_.str("");
    auto options = observed();
    options.retry.attempts = 1;
    options.attempt.first_byte = std::chrono::milliseconds(50);
    const auto client = client_of(std::move(options));
    std::string url = "http://127.0.0.1:1";  // where nobody listens
    std::unique_ptr<LoopbackServer> server;
    if (each.answer) {
      server = std::make_unique<LoopbackServer>(each.answer);
      url = server->url();
    }
    const auto result = result_of(*client, call_to(url));
    EXPECT_EQ(word_of(result), each.name);
    EXPECT_EQ(found("tiny.*error"), 1) << log_.str();
    EXPECT_EQ(found("timeout"), each.timeouts) << log_.str();
    EXPECT_EQ(found("connection.*failed"), each.connections) << log_.str();
    EXPECT_EQ(found("ERROR|CRITICAL|FATAL"), each.levels) << log_.str();
    const auto line = nlohmann::json::parse(lines().at(0));
    EXPECT_EQ(line["event"], "llm_error");
    EXPECT_EQ(line["error"], each.name);
    EXPECT_EQ(line["trace_id"], "trace-1");
    EXPECT_EQ(line["message"], result.exchange.attempts.at(0).message);
  }
}

TEST_F(ChatTelemetry, TheTraceGoesOutWithASpanForEachRequest) {
  std::mutex mutex;
  std::vector<std::string> heads;
  LoopbackServer server([&](const LoopbackRequest& request) {
    const std::lock_guard lock(mutex);
    heads.push_back(request.head);
    return heads.size() == 1 ? refusal(429, "rate_limit") : whole_answer(200, R"({"text":"hi"})");
  });
  auto options = observed();
  options.trace = TraceContext{.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
                               .span_id = "00f067aa0ba902b7",
                               .parent_id = "",
                               .sampled = true,
                               .state = "a=1"};
  const auto client = client_of(std::move(options));
  EXPECT_EQ(word_of(result_of(*client, call_to(server.url()))), "reply");
  ASSERT_EQ(heads.size(), 2U);
  const std::regex sent("traceparent: (\\S+)\r\ntracestate: a=1\r\n");
  std::set<std::string> spans;
  for (const auto& head : heads) {
    std::smatch found;
    ASSERT_TRUE(std::regex_search(head, found, sent)) << head;
    const auto parsed = parse_trace_parent(found[1].str());
    ASSERT_TRUE(parsed) << head;
    EXPECT_EQ(parsed->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_TRUE(parsed->sampled);
    spans.insert(parsed->parent_id);
  }
  EXPECT_EQ(spans.size(), 2U);
  EXPECT_FALSE(spans.contains("00f067aa0ba902b7"));
}

}  // namespace
}  // namespace causal_gym
