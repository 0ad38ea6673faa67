#include "api/moment_text.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace causal_gym {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A number of exactly so many digits, from `least` to `most`.
  std::optional<int> number(std::size_t digits, int least, int most) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value < least || value > most ? std::nullopt : std::optional(value);
  }
  // Of a second; what is smaller than a thousandth is left out.
  std::optional<milliseconds> fraction() {
    int value = 0, digits = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && digits < 9; ++digits) {
      if (digits < 3) value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    for (int i = digits; i < 3; ++i) value *= 10;
    return digits == 0 ? std::nullopt : std::optional(milliseconds(value));
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> read_day(Reader& reader) {
  const auto year = reader.number(4, 0, 9999);
  if (!year || !reader.take('-')) return std::nullopt;
  const auto month = reader.number(2, 1, 12);
  if (!month || !reader.take('-')) return std::nullopt;
  const auto day = reader.number(2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional<std::chrono::sys_days>(date) : std::nullopt;
}

std::optional<milliseconds> read_time(Reader& reader) {
  const auto hour = reader.number(2, 0, 23);
  if (!hour || !reader.take(':')) return std::nullopt;
  const auto minute = reader.number(2, 0, 59);
  if (!minute) return std::nullopt;
  milliseconds time = std::chrono::hours(*hour) + minutes(*minute);
  if (!reader.take(':')) return time;
  const auto second = reader.number(2, 0, 60);
  if (!second) return std::nullopt;
  time += seconds(*second);
  if (!reader.take('.')) return time;
  const auto fraction = reader.fraction();
  return fraction ? std::optional(time + *fraction) : std::nullopt;
}

std::optional<minutes> read_offset(Reader& reader) {
  if (reader.at_end() || reader.take('Z')) return minutes(0);
  const bool is_behind = reader.take('-');
  if (!is_behind && !reader.take('+')) return std::nullopt;
  const auto hours = reader.number(2, 0, 23);
  if (!hours) return std::nullopt;
  reader.take(':');
  const auto rest = reader.at_end() ? std::optional(0) : reader.number(2, 0, 59);
  if (!rest) return std::nullopt;
  const minutes offset = std::chrono::hours(*hours) + minutes(*rest);
  return is_behind ? -offset : offset;
}

std::optional<std::chrono::sys_time<milliseconds>> read(std::string_view text, bool after_day) {
  Reader reader(text);
  const auto day = read_day(reader);
  if (!day) return std::nullopt;
  if (reader.at_end()) return *day + std::chrono::days(after_day ? 1 : 0);
  if (!reader.take('T') && !reader.take(' ')) return std::nullopt;
  const auto time = read_time(reader);
  const auto offset = time ? read_offset(reader) : std::nullopt;
  if (!offset || !reader.at_end()) return std::nullopt;
  return *day + *time - *offset;
}

}  // namespace

Result<std::string> read_moment(std::string_view text, bool after_day) {
  const auto moment = read(text, after_day);
  if (!moment)
    return fail(ErrorCode::invalid_argument,
                "'" + std::string(text.substr(0, 80)) + "' is no date or time", "",
                "write it as 2026-11-23 or 2026-11-23T14:30:00Z");
  const auto day = std::chrono::floor<std::chrono::days>(*moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(*moment - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

}  // namespace causal_gym
