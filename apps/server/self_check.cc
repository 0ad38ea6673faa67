#include "apps/server/self_check.h"

#include <fmt/format.h>

namespace causal_gym {

namespace {

// All is asked in about a millisecond; a machine that is busy may take a thousand times as long.
constexpr std::chrono::milliseconds deadline{10'000};

Status check(std::span<const KnownAnswer> answers, const Clock& clock, Metrics& metrics,
             Logger& logger) {
  const auto report = ask_known(answers);
  metrics.set_self_check(report.ratio(), clock.now());
  if (report.wrong.empty()) return {};
  const auto right = report.asked - report.wrong.size();
  const auto& first = report.wrong.front();
  logger.write(LogLevel::error, "wrong_causal_answers",
               {{"right", static_cast<std::int64_t>(right)},
                {"asked", static_cast<std::int64_t>(report.asked)},
                {"first", std::string_view(first)}});
  return fail(ErrorCode::unavailable,
              fmt::format("{} of {} known answers are right; {}", right, report.asked, first));
}

}  // namespace

HealthPart self_check_part(const SelfCheckOptions& options, const Clock& clock, Metrics& metrics,
                           Logger& logger) {
  return {"self_check", true,
          [answers = options.answers, &clock, &metrics, &logger] {
            return check(answers, clock, metrics, logger);
          },
          HealthTimes{options.between, deadline}};
}

}  // namespace causal_gym
