// Budgets: at their edges, with reservations under way, and under any order of events.
#include "platform/llm/budget.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/rng.h"

namespace causal_gym {
namespace {

constexpr Charge one_call{1, 100, 50, 0.25};

Budget budget_of(const BudgetLimits& limits) { return Budget(limits, 0); }

TEST(Budget, WithoutLimitsGrantsAll) {
  auto budget = budget_of({});
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(budget.reserve(one_call, 1e9).answer, BudgetAnswer::granted);
  EXPECT_EQ(budget.reserved().calls, 100);
}

TEST(Budget, EachLimitAllowsItsEdgeAndNoMore) {
  const BudgetLimits limits[] = {
      {.calls = 2}, {.input_tokens = 200}, {.output_tokens = 100}, {.cost_usd = 0.5}};
  for (const auto& limit : limits) {
    auto budget = budget_of(limit);
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::granted);
      budget.settle(one_call, one_call);
    }
    const auto verdict = budget.reserve(one_call, 0);
    EXPECT_EQ(verdict.answer, BudgetAnswer::refused);
    EXPECT_NE(verdict.reason.find("does not allow another request"), std::string::npos);
  }
}

TEST(Budget, WaitsWhileOthersHoldWhatMayComeBack) {
  auto budget = budget_of({.output_tokens = 90});
  EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::granted);
  EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::wait);
  budget.settle(one_call, {1, 10, 5, 0.1});
  EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::granted);
  budget.settle(one_call, one_call);
  EXPECT_EQ(budget.spending().spent.output_tokens, 55);
  EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::refused);
}

TEST(Budget, ACostBudgetRefusesWhatHasNoPrice) {
  auto budget = budget_of({.cost_usd = 100});
  const auto verdict = budget.reserve({1, 1, 1, std::nullopt}, 0);
  EXPECT_EQ(verdict.answer, BudgetAnswer::refused);
  EXPECT_NE(verdict.reason.find("the price of this model is not known for a request of up to"),
            std::string::npos)
      << verdict.reason;
  auto other = budget_of({.calls = 1});
  EXPECT_EQ(other.reserve({1, 1, 1, std::nullopt}, 0).answer, BudgetAnswer::granted);
  other.settle({1, 1, 1, std::nullopt}, {1, 1, 1, std::nullopt});
  EXPECT_EQ(other.spending().calls_of_unknown_cost, 1);
}

TEST(Budget, WhatWasSpentBeforeCounts) {
  Budget budget({.calls = 3}, 0, {{2, 500, 50, std::nullopt}, 2});
  EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::granted);
  budget.settle(one_call, one_call);
  const auto verdict = budget.reserve(one_call, 0);
  EXPECT_EQ(verdict.answer, BudgetAnswer::refused);
  EXPECT_EQ(verdict.reason, "the budget of 3 calls does not allow another request");
  EXPECT_EQ(verdict.option, "--max-calls");
  EXPECT_EQ(budget.spending().spent, (Charge{3, 600, 100, 0.25}));
  EXPECT_EQ(budget.spending().calls_of_unknown_cost, 2);
}

TEST(Budget, SaysWhatTheNextRequestMayTakeOfWhatIsLeft) {
  const auto reason = [](const BudgetLimits& limits) {
    auto budget = budget_of(limits);
    EXPECT_EQ(budget.reserve({1, 40, 20, 0.125}, 0).answer, BudgetAnswer::granted);
    budget.settle({1, 40, 20, 0.125}, {1, 40, 20, 0.125});
    const auto verdict = budget.reserve(one_call, 0);
    return verdict.reason + ": " + verdict.option;
  };
  EXPECT_EQ(reason({.input_tokens = 100}),
            "the budget of 100 input tokens does not allow another request, which may take 100 of "
            "the 60 left: --max-input-tokens");
  EXPECT_EQ(reason({.cost_usd = 0.25}),
            "the budget of 0.25 USD does not allow another request, which may take 0.25 USD of the "
            "0.125 USD left: --max-cost");
}

TEST(Budget, TellsWhatWasChargedAtItsWorstApart) {
  Budget budget({}, 0, {{4, 30, 20, 0.5}, 0, {1, 10, 5, 0.25}});
  Charge worst = one_call;
  worst.is_worst = true;
  for (const auto& actual : {Charge{1, 7, 3, 0.01}, worst}) {
    EXPECT_EQ(budget.reserve(worst, 0).answer, BudgetAnswer::granted);
    budget.settle(worst, actual);
  }
  EXPECT_EQ(budget.spending().spent, (Charge{6, 137, 73, 0.76}));
  EXPECT_EQ(budget.spending().at_worst, (Charge{2, 110, 55, 0.5}));
}

TEST(Budget, TenTenthsFitIntoOne) {
  auto budget = budget_of({.cost_usd = 1});
  const Charge tenth{1, 0, 0, 0.1};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(budget.reserve(tenth, 0).answer, BudgetAnswer::granted);
  EXPECT_NE(budget.reserve(tenth, 0).answer, BudgetAnswer::granted);
}

TEST(Budget, TimeIsUp) {
  Budget budget({.wall_seconds = 10}, 100);
  EXPECT_EQ(budget.seconds_left(104), 6);
  EXPECT_EQ(budget.reserve(one_call, 109.9).answer, BudgetAnswer::granted);
  EXPECT_EQ(budget.reserve(one_call, 110).answer, BudgetAnswer::refused);
  EXPECT_EQ(budget.seconds_left(200), 0);
}

TEST(Budget, AbsurdUsageDoesNotOverflow) {
  auto budget = budget_of({.output_tokens = 1'000});
  const Charge absurd{1, std::int64_t{1} << 62, std::int64_t{1} << 62, 0.0};
  for (int i = 0; i < 5; ++i) {
    static_cast<void>(budget.reserve(one_call, 0));
    budget.settle(one_call, absurd);
  }
  EXPECT_GT(budget.spending().spent.output_tokens, 0);
  EXPECT_EQ(budget.reserve(one_call, 0).answer, BudgetAnswer::refused);
}

TEST(Budget, NoOrderOfEventsSpendsMore) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed, stream_of("budget"));
    auto budget = budget_of({.calls = 40, .input_tokens = 2'000, .cost_usd = 3});
    std::vector<Charge> under_way;
    for (int step = 0; step < 400; ++step) {
      if (rng.below(2) == 0) {
        Charge worst{1, static_cast<std::int64_t>(rng.below(200)), 0, 0.2 * rng.uniform()};
        if (budget.reserve(worst, 0).answer == BudgetAnswer::granted) under_way.push_back(worst);
      } else if (!under_way.empty()) {
        const auto worst = under_way.back();
        under_way.pop_back();
        budget.settle(worst, {1,
                              static_cast<std::int64_t>(
                                  rng.below(static_cast<std::uint64_t>(worst.input_tokens) + 1)),
                              0, *worst.cost_usd * rng.uniform()});
      }
      ASSERT_LE(budget.spending().spent.calls + budget.reserved().calls, 40) << "seed " << seed;
      ASSERT_LE(budget.spending().spent.input_tokens + budget.reserved().input_tokens, 2'000)
          << "seed " << seed;
      ASSERT_LE(*budget.spending().spent.cost_usd + *budget.reserved().cost_usd, 3.0001)
          << "seed " << seed;
    }
  }
}

TEST(Budget, TheBoundOfInputTokensGrowsWithTheBytes) {
  EXPECT_EQ(most_input_tokens(0), 1'024);
  EXPECT_EQ(most_input_tokens(5'000), 6'024);
}

}  // namespace
}  // namespace causal_gym
