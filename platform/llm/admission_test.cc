// The client beside others who ask the same provider: it waits for its place, tells what it learnt,
// and keeps no place that it does not need.
#include "platform/llm/admission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "platform/llm/client_probe.h"

namespace causal_gym {
namespace {

// Notes what it is told; the first requests have to wait.
class NotedPace final : public SharedPace {
 public:
  explicit NotedPace(int waits = 0) : waits_(waits) {}

  double enter(const PaceTicket& ticket) override {
    const std::lock_guard lock(mutex_);
    notes_.push_back("enter " + ticket.lane);
    requests_.push_back(ticket.request);
    return waits_-- > 0 ? 0.02 : 0;
  }
  void leave(const PaceTicket& ticket, PaceNews news, double wait_seconds) override {
    static constexpr const char* names[] = {"nothing", "answered", "limited", "troubled"};
    const std::lock_guard lock(mutex_);
    auto note = std::string("leave ") + names[static_cast<std::size_t>(news)];
    if (wait_seconds > 0) note += " " + std::to_string(wait_seconds);
    notes_.push_back(note);
    requests_.push_back(ticket.request);
  }
  void renew(const PaceTicket&) override {
    const std::lock_guard lock(mutex_);
    notes_.emplace_back("renew");
  }
  [[nodiscard]] std::vector<std::string> notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
  }
  [[nodiscard]] bool is_of_one_request() const {
    const std::lock_guard lock(mutex_);
    return std::all_of(requests_.begin(), requests_.end(),
                       [&](const std::string& each) { return each == requests_.front(); });
  }

 private:
  mutable std::mutex mutex_;
  int waits_;
  std::vector<std::string> notes_;
  std::vector<std::string> requests_;
};

// What the pace is told of one call, when the client has ended.
std::vector<std::string> notes_of_a_call(NotedPace& pace, ChatClientOptions options,
                                         const LoopbackServer& server, std::string_view word) {
  options.pace = &pace;
  {
    const auto client = client_of(std::move(options));
    EXPECT_EQ(word_of(result_of(*client, call_to(server.url()))), word);
  }
  EXPECT_TRUE(pace.is_of_one_request());
  return pace.notes();
}

TEST(Admission, ARequestWaitsForItsPlaceAndLeavesIt) {
  const LoopbackServer server([](const auto& request) { return tiny_answer(request); });
  NotedPace pace(2);
  const auto enter = "enter tiny " + server.url();
  EXPECT_EQ(notes_of_a_call(pace, quick_options(), server, "reply"),
            (std::vector<std::string>{enter, enter, enter, "leave answered"}));
  EXPECT_EQ(server.requests(), 1);
}

TEST(Admission, WhatAProviderSaysOfItsLimitsIsToldToOthers) {
  int requests = 0;
  const LoopbackServer server([&](const LoopbackRequest& request) {
    ++requests;
    if (requests == 1) return refusal(429, "rate_limit_exceeded", "retry-after-ms: 10\r\n");
    if (requests == 2) return refusal(503, "");
    return tiny_answer(request);
  });
  NotedPace pace;
  const auto enter = "enter tiny " + server.url();
  EXPECT_EQ(notes_of_a_call(pace, quick_options(), server, "reply"),
            (std::vector<std::string>{enter, "leave limited 0.010000", enter, "leave troubled",
                                      enter, "leave answered"}));
}

TEST(Admission, AWaitThatNobodyWaitsIsNotOthersEither) {
  const LoopbackServer server(
      [](const auto&) { return refusal(429, "rate_limit_exceeded", "Retry-After: 3600\r\n"); });
  NotedPace pace;
  EXPECT_EQ(notes_of_a_call(pace, quick_options(), server, "rate_limited"),
            (std::vector<std::string>{"enter tiny " + server.url(), "leave limited"}));
}

TEST(Admission, WhatTheBudgetRefusesKeepsNoPlace) {
  const LoopbackServer server([](const auto& request) { return tiny_answer(request); });
  NotedPace pace;
  auto options = quick_options();
  options.shared_budget = [](std::span<const Reservation> asked) {
    return Result<std::vector<BudgetVerdict>>(std::vector<BudgetVerdict>(
        asked.size(), {BudgetAnswer::refused, "others have spent it", "--max-calls"}));
  };
  EXPECT_EQ(notes_of_a_call(pace, std::move(options), server, "budget"),
            (std::vector<std::string>{"enter tiny " + server.url(), "leave nothing"}));
  EXPECT_EQ(server.requests(), 0);
}

TEST(Admission, APlaceIsRenewedWhileItsRequestIsUnderWay) {
  const LoopbackServer server([](const LoopbackRequest& request) {
    auto answer = tiny_answer(request);
    answer.pieces.front().delay =
        std::chrono::milliseconds(static_cast<int>(SharedPace::renewal_seconds * 1'000) + 500);
    return answer;
  });
  NotedPace pace;
  auto options = quick_options();
  options.attempt.first_byte = options.attempt.total;
  EXPECT_EQ(notes_of_a_call(pace, std::move(options), server, "reply"),
            (std::vector<std::string>{"enter tiny " + server.url(), "renew", "leave answered"}));
}

}  // namespace
}  // namespace causal_gym
