// What a run may spend on language models, counted for all who play it: on SQLite, PostgreSQL, and
// through PgBouncer.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/rng.h"
#include "platform/config/temporary_folder.h"
#include "platform/store/exchange_store.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

constexpr Charge one_call{1, 100, 50, 0.25};

// One of those who play the run, as its process would be.
struct Player {
  std::unique_ptr<ExchangeStore> store;
  std::unique_ptr<SpendingLedger> ledger;
  std::uint64_t last = 0;

  BudgetVerdict asks(std::uint64_t call, const Charge& so_far = {},
                     const Charge& worst = one_call) {
    const Reservation reservation{call, so_far, worst};
    const auto verdicts = ledger->reserve({&reservation, 1});
    EXPECT_TRUE(verdicts) << error_text(verdicts.error());
    return verdicts ? verdicts->front() : BudgetVerdict();
  }
  // The call has ended, and its exchange is on record.
  void records(std::uint64_t call, const Charge& charge = one_call) {
    Exchange exchange;
    exchange.key = {"r", 1, static_cast<std::int64_t>(++last), 0};
    exchange.cache_key = std::string(64, 'a');
    exchange.attempts = {{}};
    exchange.attempts.front().charge = charge;
    exchange.call = call;
    const auto recorded = store->record({&exchange, 1}, 0, ledger->holder());
    EXPECT_TRUE(recorded) << error_text(recorded.error());
  }
};

class SpendingConformance : public testing::TestWithParam<const char*> {
 protected:
  SpendingConformance() {
    const std::string kind = GetParam();
    target_ = kind == "Sqlite" ? folder_.file("runs.sqlite") : postgres_server().new_database();
    if (kind == "PgBouncer") target_ = postgres_server().through_bouncer(target_);
    runs_ = open_store(target_).value();
    SampleRun sample{7};
    EXPECT_TRUE(runs_->create_run({"r", "2026-11-23T23:51:02.007Z", sample.specification()}));
  }
  [[nodiscard]] Player player(const BudgetLimits& limits, std::int64_t lease_seconds = 30) const {
    Player player;
    player.store = ExchangeStore::open(target_).value();
    auto ledger = player.store->open_ledger("r", limits, lease_seconds);
    EXPECT_TRUE(ledger) << error_text(ledger.error());
    player.ledger = *std::move(ledger);
    return player;
  }

 private:
  TemporaryFolder folder_;
  std::string target_;
  std::unique_ptr<JobStore> runs_;
};

INSTANTIATE_TEST_SUITE_P(Stores, SpendingConformance,
                         testing::Values("Sqlite", "Postgres", "PgBouncer"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST_P(SpendingConformance, WhatOneReservesTheOtherWaitsForAndWhatOneSpendsItLacks) {
  const BudgetLimits limits[] = {
      {.calls = 2}, {.input_tokens = 200}, {.output_tokens = 100}, {.cost_usd = 0.5}};
  Charge before;
  for (auto limit : limits) {
    // Of the rounds before.
    if (limit.calls) *limit.calls += before.calls;
    if (limit.input_tokens) *limit.input_tokens += before.input_tokens;
    if (limit.output_tokens) *limit.output_tokens += before.output_tokens;
    if (limit.cost_usd) *limit.cost_usd += *before.cost_usd;
    auto first = player(limit), second = player(limit);
    EXPECT_EQ(first.asks(1).answer, BudgetAnswer::granted);
    EXPECT_EQ(second.asks(1).answer, BudgetAnswer::granted);
    EXPECT_EQ(second.asks(2).answer, BudgetAnswer::wait);
    first.records(1, Charge());  // it was not sent
    EXPECT_EQ(second.asks(2).answer, BudgetAnswer::granted);
    EXPECT_EQ(first.asks(2).answer, BudgetAnswer::wait);
    second.records(1);
    second.records(2);
    EXPECT_EQ(first.asks(2).answer, BudgetAnswer::refused);
    before = sum_of(before, sum_of(one_call, one_call));
    EXPECT_EQ(player({}).ledger->on_record().spent, before);
  }
}

TEST_P(SpendingConformance, CallsThatAreTriedAgainWaitForNoRequestThatHasEnded) {
  auto first = player({.calls = 3}), second = player({.calls = 3});
  EXPECT_EQ(first.asks(1).answer, BudgetAnswer::granted);
  EXPECT_EQ(second.asks(1).answer, BudgetAnswer::granted);
  const Charge refused_by_provider{1, 0, 0, 0.0};
  EXPECT_EQ(first.asks(1, refused_by_provider).answer, BudgetAnswer::granted);
  EXPECT_EQ(second.asks(1, refused_by_provider).answer, BudgetAnswer::wait);
  // Neither has anything under way: what they spent comes back to nobody.
  EXPECT_EQ(first.asks(1, sum_of(refused_by_provider, refused_by_provider)).answer,
            BudgetAnswer::refused);
  EXPECT_EQ(second.asks(1, refused_by_provider).answer, BudgetAnswer::refused);
}

TEST_P(SpendingConformance, WhatWillNotBeSentIsGivenBack) {
  auto first = player({.calls = 1}), second = player({.calls = 1});
  EXPECT_EQ(first.asks(1).answer, BudgetAnswer::granted);
  const Reservation nothing{1};
  ASSERT_TRUE(first.ledger->reserve({&nothing, 1}));
  EXPECT_EQ(second.asks(1).answer, BudgetAnswer::granted);
}

TEST_P(SpendingConformance, WhatTheDeadReservedIsNeitherFreeNorWaitedFor) {
  auto living = player({.calls = 2});
  {
    auto dead = player({.calls = 2}, 1);
    EXPECT_EQ(dead.asks(1).answer, BudgetAnswer::granted);
    // While it is there, its lease is renewed.
    std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
    EXPECT_EQ(living.asks(1).answer, BudgetAnswer::granted);
    EXPECT_EQ(living.asks(2).answer, BudgetAnswer::wait);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  living.records(1, Charge());
  EXPECT_EQ(living.asks(2).answer, BudgetAnswer::granted);
  EXPECT_EQ(living.asks(3).answer, BudgetAnswer::wait);
  living.records(2);
  EXPECT_EQ(living.asks(3).answer, BudgetAnswer::refused);
}

TEST_P(SpendingConformance, WhateverIsOnRecordCountsWhoeverRecordedIt) {
  auto first = player({.calls = 2});
  Exchange exchange;
  exchange.key = {"r", 1, 1, 0};
  exchange.cache_key = std::string(64, 'a');
  exchange.attempts = {{}, {}};
  exchange.attempts[0].charge = exchange.attempts[1].charge = one_call;
  ASSERT_TRUE(first.store->record({&exchange, 1}, 0));  // as the command line does
  EXPECT_EQ(player({.calls = 2}).asks(1).answer, BudgetAnswer::refused);
}

// However they come and go, together they spend what there is and not one call more.
TEST_P(SpendingConformance, ManyPlayersSpendTheBudgetAndNoMore) {
  constexpr std::int64_t budget = 60;
  constexpr int players = 4;
  std::atomic<std::int64_t> sent = 0;
  const auto play = [&](std::uint64_t stream) {
    auto own = player({.calls = budget});
    Rng chance(20261127, stream);
    for (std::uint64_t call = 1;; ++call) {
      const auto verdict = own.asks(call, {}, {1, 0, 0, 0.0});
      if (verdict.answer == BudgetAnswer::refused) return;
      if (verdict.answer == BudgetAnswer::wait) continue;
      const bool is_sent = chance.uniform() < 0.8;
      if (is_sent) ++sent;
      own.records(call, Charge{is_sent ? 1 : 0, 0, 0, 0.0});
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < players; ++i) threads.emplace_back(play, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sent, budget);
}

}  // namespace
}  // namespace causal_gym
