// Token buckets and lock-outs on a clock that stands still until it is moved.
#include "platform/auth/rate_state.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace causal_gym {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class RateStateTest : public testing::Test {
 protected:
  FixedClock clock{std::chrono::system_clock::time_point{}};
  std::unique_ptr<RateState> state = make_memory_rate_state(clock);
};

TEST_F(RateStateTest, ABucketGivesItsCapacityAndThenItsRate) {
  const Bucket bucket{3, 2};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(state->take("a", bucket), nanoseconds(0));
  EXPECT_EQ(state->take("a", bucket), milliseconds(500));
  clock.advance(milliseconds(499));
  EXPECT_GT(state->take("a", bucket), nanoseconds(0));
  clock.advance(milliseconds(2));
  EXPECT_EQ(state->take("a", bucket), nanoseconds(0));
  EXPECT_GT(state->take("a", bucket), nanoseconds(0));
  clock.advance(seconds(3'600));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(state->take("a", bucket), nanoseconds(0));
  EXPECT_GT(state->take("a", bucket), nanoseconds(0));
}

TEST_F(RateStateTest, EachKeyHasABucketOfItsOwn) {
  const Bucket bucket{1, 1};
  EXPECT_EQ(state->take("a", bucket), nanoseconds(0));
  EXPECT_GT(state->take("a", bucket), nanoseconds(0));
  EXPECT_EQ(state->take("b", bucket), nanoseconds(0));
}

TEST_F(RateStateTest, LockOutsDoubleUpToTheLongest) {
  const LockOut policy{2, seconds(1), seconds(5), seconds(100)};
  EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
  EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
  for (const int locked : {1, 2, 4, 5, 5}) {
    EXPECT_EQ(state->attempt("a", policy), nanoseconds(0)) << locked;
    EXPECT_EQ(state->attempt("a", policy), seconds(locked));
    clock.advance(seconds(locked) - nanoseconds(1));
    EXPECT_EQ(state->attempt("a", policy), nanoseconds(1));
    clock.advance(nanoseconds(1));
  }
  EXPECT_EQ(state->attempt("b", policy), nanoseconds(0));
}

TEST_F(RateStateTest, SuccessForgetsAndTimeForgets) {
  const LockOut policy{1, seconds(10), seconds(10), seconds(100)};
  const auto lock = [&] {
    EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
    EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
    EXPECT_GT(state->attempt("a", policy), nanoseconds(0));
  };
  lock();
  state->forget("a");
  lock();
  clock.advance(seconds(101));
  lock();
}

TEST_F(RateStateTest, WhatIsTakenBackLeavesTheAttemptsBeforeIt) {
  const LockOut policy{2, seconds(10), seconds(10), seconds(100)};
  EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
  EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
  state->take_back("a");
  EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));
  EXPECT_EQ(state->attempt("a", policy), nanoseconds(0));  // the third: locks
  EXPECT_GT(state->attempt("a", policy), nanoseconds(0));
  state->take_back("nobody");
}

TEST_F(RateStateTest, ManyAtOnceDoNotComeThrough) {
  const LockOut policy{5, seconds(60), seconds(60), seconds(100)};
  std::atomic<int> through = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) through += state->attempt("a", policy) == nanoseconds(0);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(through, 6);
}

TEST_F(RateStateTest, TheLongestUnusedKeyIsForgotten) {
  const auto small = make_memory_rate_state(clock, 2);
  const Bucket bucket{1, 0.001};
  EXPECT_EQ(small->take("a", bucket), nanoseconds(0));
  EXPECT_EQ(small->take("b", bucket), nanoseconds(0));
  EXPECT_GT(small->take("a", bucket), nanoseconds(0));
  EXPECT_EQ(small->take("c", bucket), nanoseconds(0));  // b is forgotten
  EXPECT_GT(small->take("a", bucket), nanoseconds(0));
  EXPECT_EQ(small->take("b", bucket), nanoseconds(0));
}

}  // namespace
}  // namespace causal_gym
