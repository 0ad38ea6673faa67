// Structured logs: one JSON object a line, {"ts","level","event", fields...}, to standard error.
// Cost: one formatted line and one write per event; nothing below the level.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/base/result.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

enum class LogLevel { debug, info, warn, error };

[[nodiscard]] std::string_view log_level_name(LogLevel level);
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<LogLevel> find_log_level(std::string_view name);

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Safe from any thread; lines are never mixed. A line that cannot be written is dropped.
class Logger {
 public:
  // The clock outlives the logger; so does `out`, which is for tests.
  Logger(LogLevel level, const Clock& clock);
  Logger(LogLevel level, const Clock& clock, std::ostream& out);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Text is escaped, bytes that are not UTF-8 are replaced, and a number that is not finite is
  // null. A field named like one of the three first keys, or given twice, is ignored.
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

  [[nodiscard]] LogLevel level() const { return level_; }

 private:
  struct Sink;
  LogLevel level_;
  const Clock& clock_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace causal_gym
