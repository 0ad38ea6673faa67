// The client beside others who spend the same budget: nothing goes out that they leave no room for.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "platform/llm/client_probe.h"

namespace causal_gym {
namespace {

// Says to each what the next of the answers is, the last one again and again.
class Others {
 public:
  explicit Others(std::vector<Result<BudgetVerdict>> answers) : answers_(std::move(answers)) {}

  SharedBudget budget() {
    return [this](std::span<const Reservation> asked) -> Result<std::vector<BudgetVerdict>> {
      const std::lock_guard lock(mutex_);
      std::vector<BudgetVerdict> verdicts;
      Result<BudgetVerdict> answer = BudgetVerdict();
      for (const auto& each : asked) {
        asked_.push_back(each);
        answer = answers_[std::min(next_, answers_.size() - 1)];
        if (!each.worst) answer = BudgetVerdict();
        if (each.worst) ++next_;
        if (!answer) return fail(answer.error());
        verdicts.push_back(*answer);
      }
      return verdicts;
    };
  }
  [[nodiscard]] std::vector<Reservation> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  const std::vector<Result<BudgetVerdict>> answers_;
  mutable std::mutex mutex_;
  std::size_t next_ = 0;
  std::vector<Reservation> asked_;
};

const BudgetVerdict granted;
const BudgetVerdict wait{BudgetAnswer::wait, "others hold it", ""};
const BudgetVerdict refused{BudgetAnswer::refused, "others have spent it", "--max-calls"};

ChatClientOptions options_with(Others& others) {
  auto options = quick_options();
  options.shared_budget = others.budget();
  return options;
}

TEST(SharedBudget, WhatIsGrantedGoesOutAndIsNamedByItsExchange) {
  const LoopbackServer server([](const auto& request) { return tiny_answer(request); });
  Others others({granted});
  std::vector<std::uint64_t> recorded;
  auto options = options_with(others);
  options.sink = [&](std::span<const Exchange> batch) -> Status {
    for (const auto& exchange : batch) recorded.push_back(exchange.call);
    return {};
  };
  const auto client = client_of(options);
  EXPECT_EQ(word_of(result_of(*client, call_to(server.url()))), "reply");
  ASSERT_EQ(others.asked().size(), 1U);
  EXPECT_EQ(recorded, std::vector<std::uint64_t>{others.asked().front().call});
  EXPECT_EQ(others.asked().front().worst->output_tokens, 60);
}

TEST(SharedBudget, WhatWaitsIsAskedForAgainAndWhatIsRefusedIsNotSent) {
  const LoopbackServer server([](const auto& request) { return tiny_answer(request); });
  Others others({wait, fail(ErrorCode::unavailable, "no database"), granted, wait, refused});
  const auto client = client_of(options_with(others));
  EXPECT_EQ(word_of(result_of(*client, call_to(server.url()))), "reply");
  EXPECT_EQ(server.requests(), 1);
  const auto result = result_of(*client, call_to(server.url(), 2));
  const auto& failure = std::get<ChatFailure>(result.outcome);
  EXPECT_EQ(failure.kind, FailureKind::budget);
  EXPECT_EQ(failure.message, "others have spent it");
  EXPECT_EQ(failure.parameter, "--max-calls");
  EXPECT_EQ(server.requests(), 1);
  EXPECT_EQ(client->spending().spent.calls, 1);
}

TEST(SharedBudget, ARetryReservesBesideWhatItsCallHasSpent) {
  std::atomic<int> requests = 0;
  const LoopbackServer server([&](const LoopbackRequest& request) {
    return ++requests < 3 ? refusal(500, "server_error") : tiny_answer(request);
  });
  Others others({granted});
  const auto client = client_of(options_with(others));
  EXPECT_EQ(word_of(result_of(*client, call_to(server.url()))), "reply");
  const auto asked = others.asked();
  ASSERT_EQ(asked.size(), 3U);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(asked[i].call, asked[0].call);
    EXPECT_EQ(asked[i].so_far.calls, static_cast<std::int64_t>(i));
  }
}

TEST(SharedBudget, ACancelledCallGivesBackWhatItDidNotSend) {
  const LoopbackServer server([](const auto& request) { return tiny_answer(request); });
  Others others({granted});
  std::atomic<bool> is_asked = false;
  std::atomic<bool> may_answer = false;
  auto options = quick_options();
  options.shared_budget = [&, budget = others.budget()](std::span<const Reservation> asked) {
    is_asked = true;
    while (!may_answer) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return budget(asked);
  };
  Results results;
  {
    const auto client = client_of(options);
    const auto id = client->submit(call_to(server.url()), results.taker()).value();
    while (!is_asked) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    client->cancel(id);
    may_answer = true;
    client->wait();
  }
  ASSERT_EQ(results.all().size(), 1U);
  EXPECT_EQ(std::get<ChatFailure>(results.all().front().outcome).kind, FailureKind::cancelled);
  EXPECT_EQ(server.requests(), 0);
  ASSERT_EQ(others.asked().size(), 2U);
  EXPECT_FALSE(others.asked().back().worst.has_value());
}

}  // namespace
}  // namespace causal_gym
