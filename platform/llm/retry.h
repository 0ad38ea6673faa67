// Whether a failed call is tried again, and after how long. Pure: no clock, no sleep.
//
// Source: the retry rules of the official SDKs (statuses 408, 409, 429 and from 500 on,
// x-should-retry); decorrelated jitter: M. Brooker, "Exponential Backoff And Jitter", AWS
// Architecture Blog, 2015. Cost: none.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/rng.h"
#include "platform/llm/chat.h"

namespace causal_gym {

struct RetryOptions {
  int attempts = 5;                  // requests of one call, the first among them; 1..100
  double first_wait_seconds = 0.5;   // the least backoff
  double most_backoff_seconds = 60;  // of our own; a provider may ask for more
  double most_wait_seconds = 120;    // of any wait; a provider that asks for more ends the call
};

// Errors: invalid_argument, naming the option.
[[nodiscard]] Status check_retry_options(const RetryOptions& options);

// rate_limited, overloaded, server, connection, timeout, interrupted, malformed.
[[nodiscard]] bool is_transient(FailureKind kind);

// Of those, what says nothing about the request: not malformed, which a model may be the cause of.
[[nodiscard]] bool is_outage(FailureKind kind);

struct RetryDecision {
  bool again = false;
  double wait_seconds = 0;
  std::string reason;  // why not again
};

// Of one call. The same options, random numbers and failures give the same waits.
class RetryPolicy {
 public:
  RetryPolicy(const RetryOptions& options, Rng rng)
      : options_(options), rng_(rng), backoff_seconds_(options.first_wait_seconds) {}

  // After `attempts` requests of which the last failed. The wait is the longer of the backoff,
  // which is uniform between the first one and thrice the last, and of what the provider asks,
  // spread over a tenth of it so that calls which were told the same moment do not come back
  // together. x-should-retry decides over the kind, but never for quota, budget and cancelled.
  [[nodiscard]] RetryDecision next(const ChatFailure& failure, int attempts);

 private:
  RetryOptions options_;
  Rng rng_;
  double backoff_seconds_;
};

}  // namespace causal_gym
