#include "platform/llm/chat_telemetry.h"

#include <chrono>
#include <utility>

#include "platform/llm/failure_kinds.h"

namespace causal_gym {

namespace {

constexpr std::string_view answered = "ok";

void log_failure(Logger& logger, std::string_view trace_id, const ChatCall& call,
                 const ExchangeAttempt& attempt, std::size_t number) {
  const auto kind = *attempt.failure;
  if (kind == FailureKind::cancelled) return;
  const auto level = is_transient(kind) ? LogLevel::warn : LogLevel::error;
  // Operators look for "connection ... failed"; the provider's own words are none of ours.
  const std::string_view connection = kind == FailureKind::connection ? "failed" : "made";
  logger.write(level, "llm_error",
               {{"trace_id", trace_id},
                {"run", std::string_view(call.key.run)},
                {"provider", call.provider->name},
                {"model", ForeignText{call.request.model}},
                {"attempt", static_cast<std::int64_t>(number)},
                {"status", std::int64_t{attempt.status}},
                {"connection", connection},
                {"error", failure_kind_name(kind)},
                {"message", ForeignText{attempt.message}}});
}

}  // namespace

AttemptObserver attempts_told_to(Metrics& metrics, Logger& logger, std::string trace_id) {
  return [&metrics, &logger, trace_id = std::move(trace_id)](
             const ChatCall& call, const ExchangeAttempt& attempt, std::size_t number) {
    const auto status = attempt.failure ? failure_kind_name(*attempt.failure) : answered;
    const std::chrono::duration<double> duration(attempt.seconds);
    metrics.count_llm(call.provider->name, call.request.model, status,
                      std::chrono::duration_cast<std::chrono::nanoseconds>(duration),
                      attempt.charge.cost_usd.value_or(0));
    if (attempt.failure) log_failure(logger, trace_id, call, attempt, number);
  };
}

std::vector<std::string> llm_provider_names() {
  std::vector<std::string> names;
  for (const auto& provider : all_providers()) names.emplace_back(provider.name);
  return names;
}

std::vector<std::string> llm_status_names() {
  std::vector<std::string> names = {std::string(answered)};
  for (int kind = 0; kind <= static_cast<int>(FailureKind::cancelled); ++kind)
    names.emplace_back(failure_kind_name(static_cast<FailureKind>(kind)));
  return names;
}

}  // namespace causal_gym
