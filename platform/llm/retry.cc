#include "platform/llm/retry.h"

#include <algorithm>
#include <cmath>

namespace causal_gym {

namespace {

constexpr int most_attempts = 100;
constexpr double longest_wait_seconds = 86'400;
constexpr double header_spread = 0.1;

Status check_seconds(double seconds, const char* name) {
  if (std::isfinite(seconds) && seconds >= 0 && seconds <= longest_wait_seconds) return {};
  return fail(
      ErrorCode::invalid_argument,
      std::string(name) + " must be from 0 to 86400 seconds, not " + std::to_string(seconds));
}

bool is_final(FailureKind kind) {
  return kind == FailureKind::quota || kind == FailureKind::budget ||
         kind == FailureKind::cancelled;
}

RetryDecision no(std::string reason) { return {false, 0, std::move(reason)}; }

}  // namespace

Status check_retry_options(const RetryOptions& options) {
  if (options.attempts < 1 || options.attempts > most_attempts)
    return fail(ErrorCode::invalid_argument,
                "attempts must be from 1 to 100, not " + std::to_string(options.attempts));
  CAUSAL_GYM_CHECKED(check_seconds(options.first_wait_seconds, "the first wait"));
  CAUSAL_GYM_CHECKED(check_seconds(options.most_backoff_seconds, "the longest backoff"));
  return check_seconds(options.most_wait_seconds, "the longest wait");
}

bool is_transient(FailureKind kind) {
  switch (kind) {
    case FailureKind::rate_limited:
    case FailureKind::overloaded:
    case FailureKind::server:
    case FailureKind::connection:
    case FailureKind::timeout:
    case FailureKind::interrupted:
    case FailureKind::malformed: return true;
    case FailureKind::untrusted:
    case FailureKind::unsupported_parameter:
    case FailureKind::quota:
    case FailureKind::authentication:
    case FailureKind::forbidden:
    case FailureKind::not_found:
    case FailureKind::invalid_request:
    case FailureKind::too_large:
    case FailureKind::budget:
    case FailureKind::cancelled: return false;
  }
  return false;
}

bool is_outage(FailureKind kind) { return is_transient(kind) && kind != FailureKind::malformed; }

RetryDecision RetryPolicy::next(const ChatFailure& failure, int attempts) {
  if (is_final(failure.kind) || !failure.should_retry.value_or(is_transient(failure.kind)))
    return no("it would fail again");
  if (attempts >= options_.attempts)
    return no("all " + std::to_string(options_.attempts) + " attempts failed");
  const double asked = failure.retry_after.value_or(0);
  if (!(asked <= options_.most_wait_seconds))
    return no("the provider asks to wait longer than " +
              std::to_string(std::llround(options_.most_wait_seconds)) + " s");
  const double first = options_.first_wait_seconds;
  const double backoff = first + (3 * backoff_seconds_ - first) * rng_.uniform();
  backoff_seconds_ = std::clamp(backoff, first, std::max(first, options_.most_backoff_seconds));
  const double spread = asked * (1 + header_spread * rng_.uniform());
  return {true, std::min(std::max(backoff_seconds_, spread), options_.most_wait_seconds), {}};
}

}  // namespace causal_gym
