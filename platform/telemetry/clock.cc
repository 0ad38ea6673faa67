#include "platform/telemetry/clock.h"

#include <cstddef>

namespace causal_gym {

std::chrono::system_clock::time_point SystemClock::now() const {
  return std::chrono::system_clock::now();
}

std::chrono::nanoseconds SystemClock::steady() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

std::chrono::system_clock::time_point FixedClock::now() const {
  return start_ + std::chrono::duration_cast<std::chrono::system_clock::duration>(steady());
}

std::chrono::nanoseconds FixedClock::steady() const {
  return std::chrono::nanoseconds(passed_.load());
}

namespace {

void set_digits(std::string& text, std::size_t place, std::size_t count, unsigned number) {
  for (auto i = place + count; i-- > place; number /= 10)
    text[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string timestamp_text(std::chrono::system_clock::time_point time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - days));
  std::string text = "0000-00-00T00:00:00.000Z";
  set_digits(text, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  set_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  set_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  set_digits(text, 11, 2, static_cast<unsigned>(clock.hours().count()));
  set_digits(text, 14, 2, static_cast<unsigned>(clock.minutes().count()));
  set_digits(text, 17, 2, static_cast<unsigned>(clock.seconds().count()));
  set_digits(text, 20, 3, static_cast<unsigned>(clock.subseconds().count()));
  return text;
}

}  // namespace causal_gym
