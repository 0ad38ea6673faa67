// Which failures are tried again, how long is waited, and when it ends.
#include "platform/llm/retry.h"

#include <gtest/gtest.h>

#include <set>

namespace causal_gym {
namespace {

constexpr FailureKind all_kinds[] = {
    FailureKind::rate_limited,   FailureKind::overloaded,      FailureKind::server,
    FailureKind::connection,     FailureKind::timeout,         FailureKind::interrupted,
    FailureKind::malformed,      FailureKind::quota,           FailureKind::unsupported_parameter,
    FailureKind::authentication, FailureKind::forbidden,       FailureKind::not_found,
    FailureKind::too_large,      FailureKind::invalid_request, FailureKind::budget,
    FailureKind::cancelled,      FailureKind::untrusted};

ChatFailure failure(FailureKind kind, std::optional<double> retry_after = {},
                    std::optional<bool> should_retry = {}) {
  ChatFailure made;
  made.kind = kind;
  made.retry_after = retry_after;
  made.should_retry = should_retry;
  return made;
}

RetryPolicy policy(RetryOptions options = {}, std::uint64_t stream = 1) {
  return RetryPolicy(options, Rng(7, stream));
}

TEST(Retry, OnlyWhatPassesIsTriedAgain) {
  const std::set<FailureKind> transient = {FailureKind::rate_limited, FailureKind::overloaded,
                                           FailureKind::server,       FailureKind::connection,
                                           FailureKind::timeout,      FailureKind::interrupted,
                                           FailureKind::malformed};
  for (const auto kind : all_kinds)
    EXPECT_EQ(policy().next(failure(kind), 1).again, transient.contains(kind))
        << static_cast<int>(kind);
}

TEST(Retry, TheProviderDecidesOverTheKindButNotOverMoneyAndUs) {
  EXPECT_FALSE(policy().next(failure(FailureKind::server, {}, false), 1).again);
  EXPECT_TRUE(policy().next(failure(FailureKind::invalid_request, {}, true), 1).again);
  for (const auto kind : {FailureKind::quota, FailureKind::budget, FailureKind::cancelled})
    EXPECT_FALSE(policy().next(failure(kind, {}, true), 1).again);
}

TEST(Retry, EndsAfterTheLastAttempt) {
  EXPECT_TRUE(policy().next(failure(FailureKind::server), 4).again);
  const auto last = policy().next(failure(FailureKind::server), 5);
  EXPECT_FALSE(last.again);
  EXPECT_EQ(last.reason, "all 5 attempts failed");
}

TEST(Retry, BackoffStaysBetweenTheFirstWaitAndThriceTheLast) {
  for (std::uint64_t stream = 0; stream < 500; ++stream) {
    RetryOptions options;
    options.attempts = 20;
    options.most_backoff_seconds = 8;
    auto retry = policy(options, stream);
    double last = options.first_wait_seconds;
    for (int attempts = 1; attempts < 20; ++attempts) {
      const auto decision = retry.next(failure(FailureKind::server), attempts);
      ASSERT_TRUE(decision.again);
      EXPECT_GE(decision.wait_seconds, options.first_wait_seconds) << "stream " << stream;
      EXPECT_LE(decision.wait_seconds, std::min(3 * last, 8.0)) << "stream " << stream;
      last = decision.wait_seconds;
    }
  }
}

TEST(Retry, WaitsAsLongAsTheProviderAsksAndSpreadsATenth) {
  std::set<double> waits;
  for (std::uint64_t stream = 0; stream < 100; ++stream) {
    const auto decision = policy({}, stream).next(failure(FailureKind::rate_limited, 20.0), 1);
    EXPECT_GE(decision.wait_seconds, 20);
    EXPECT_LE(decision.wait_seconds, 22);
    waits.insert(decision.wait_seconds);
  }
  EXPECT_GT(waits.size(), 90U);
}

TEST(Retry, AWaitOverTheCapEndsTheCallAndAtTheCapDoesNot) {
  const auto at = policy().next(failure(FailureKind::rate_limited, 120.0), 1);
  EXPECT_TRUE(at.again);
  EXPECT_EQ(at.wait_seconds, 120);
  const auto over = policy().next(failure(FailureKind::rate_limited, 120.1), 1);
  EXPECT_FALSE(over.again);
  EXPECT_EQ(over.reason, "the provider asks to wait longer than 120 s");
}

TEST(Retry, TheSameSeedGivesTheSameWaitsAndAnotherCallOthers) {
  const auto wait = [](std::uint64_t stream) {
    return policy({}, stream).next(failure(FailureKind::timeout), 1).wait_seconds;
  };
  EXPECT_EQ(wait(3), wait(3));
  EXPECT_NE(wait(3), wait(4));
}

TEST(Retry, BadOptionsAreNamed) {
  RetryOptions options;
  EXPECT_TRUE(check_retry_options(options));
  options.attempts = 0;
  EXPECT_EQ(check_retry_options(options).error().message, "attempts must be from 1 to 100, not 0");
  options = {};
  options.most_wait_seconds = -1;
  EXPECT_EQ(check_retry_options(options).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace causal_gym
