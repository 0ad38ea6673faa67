// Structured logs: one JSON object a line, {"ts","level","event", fields...}, to standard error.
// A line that holds one of the words that operators look for (log_words) is of that very thing.
// Cost: one formatted line and one write per event; nothing below the level.
#pragma once

#include <array>
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

enum class LogLevel { debug, info, warn, error, critical };

// "info", as it is configured; in a line it stands in capitals, where operators look for it.
[[nodiscard]] std::string_view log_level_name(LogLevel level);
// In capitals or not. Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<LogLevel> find_log_level(std::string_view name);

// Text that somebody else chose, such as a path. Operators count lines by words ("error",
// "timeout", "failed"); in such a text these are written with an escape (e\u0072ror), which readers
// of JSON turn back, so that nobody but the server itself can say them.
struct ForeignText {
  std::string_view text;
};

inline constexpr std::array<std::string_view, 7> log_words = {
    "error", "critical", "fatal", "exception", "timeout", "failed", "slow_request"};

struct LogField {
  std::string_view name;  // plain letters and underscores
  std::variant<std::string_view, std::int64_t, double, bool, ForeignText> value;
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

  // Appends what write() writes, which is nothing below the level.
  void add(std::string& line, LogLevel level, std::string_view event,
           std::initializer_list<LogField> fields = {}) const;
  // Whole lines, in one write.
  void write_lines(std::string_view lines);

  [[nodiscard]] LogLevel level() const { return level_; }

 private:
  struct Sink;
  LogLevel level_;
  const Clock& clock_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace causal_gym
