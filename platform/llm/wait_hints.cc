#include "platform/llm/wait_hints.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace causal_gym {

namespace {

constexpr double longest_wait_seconds = 31 * 86'400.0;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// The number at the front of `text`, which it is taken from; digits and a point alone.
std::optional<double> take_number(std::string_view& text) {
  const auto length = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, value);
  if (length == 0 || error != std::errc() || end != text.data() + length) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

std::optional<double> number(std::string_view text) {
  const auto value = take_number(text);
  return text.empty() ? value : std::nullopt;
}

std::optional<int> whole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 4 || error != std::errc() || end != text.data() + text.size() ||
      value < 0)
    return std::nullopt;
  return value;
}

std::optional<double> unit_seconds(std::string_view unit) {
  if (unit == "h") return 3600;
  if (unit == "m") return 60;
  if (unit == "s") return 1;
  if (unit == "ms") return 1e-3;
  if (unit == "us" || unit == "\xC2\xB5s" || unit == "\xCE\xBCs") return 1e-6;
  if (unit == "ns") return 1e-9;
  return std::nullopt;
}

struct CalendarTime {
  int year, month, day, hour, minute;
  double second;
};

std::optional<double> since_1970(const CalendarTime& time) {
  const std::chrono::year_month_day date{std::chrono::year(time.year),
                                         std::chrono::month(static_cast<unsigned>(time.month)),
                                         std::chrono::day(static_cast<unsigned>(time.day))};
  if (!date.ok() || time.hour > 23 || time.minute > 59 || !(time.second < 61)) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86'400 + time.hour * 3600 + time.minute * 60 + time.second;
}

// "08:49:37" or "08:49:37.25" into `time`.
bool read_clock(std::string_view text, CalendarTime& time) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return false;
  const auto hour = whole(text.substr(0, 2));
  const auto minute = whole(text.substr(3, 2));
  const auto second = number(text.substr(6));
  if (!hour || !minute || !second) return false;
  time.hour = *hour;
  time.minute = *minute;
  time.second = *second;
  return true;
}

int month_number(std::string_view name) {
  static constexpr std::array<std::string_view, 12> names = {
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (same_text(name, names[i])) return static_cast<int>(i) + 1;
  return 0;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> list;
  while (!text.empty()) {
    const auto length = std::min(text.find_first_of(" ,-"), text.size());
    if (length > 0) list.push_back(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return list;
}

// Seconds from the answer's Date to `moment`; nothing without both.
std::optional<double> seconds_until(std::optional<double> moment, const HeaderFields& headers) {
  const auto now = http_date_seconds(header_value(headers, "date"));
  if (!moment || !now) return std::nullopt;
  return std::max(0.0, *moment - *now);
}

std::optional<double> within_limits(std::optional<double> seconds) {
  if (!seconds || !(*seconds >= 0 && *seconds <= longest_wait_seconds)) return std::nullopt;
  return seconds;
}

struct RateLimit {
  std::string_view remaining, reset;
};

std::optional<double> reset_seconds(const HeaderFields& headers) {
  static constexpr RateLimit limits[] = {
      {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
      {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
      {"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
      {"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
      {"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
      {"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
  };
  std::optional<double> any;
  std::optional<double> exhausted;
  for (const auto& limit : limits) {
    const auto text = header_value(headers, limit.reset);
    auto wait = go_duration_seconds(text);
    if (!wait) wait = seconds_until(rfc3339_seconds(text), headers);
    wait = within_limits(wait);
    if (!wait) continue;
    any = std::max(any.value_or(0), *wait);
    if (number(header_value(headers, limit.remaining)) == 0.0)
      exhausted = std::max(exhausted.value_or(0), *wait);
  }
  return exhausted ? exhausted : any;
}

}  // namespace

std::string_view header_value(const HeaderFields& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (!same_text(key, name)) continue;
    std::string_view text = value;
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  }
  return {};
}

std::optional<double> go_duration_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto bare = number(text)) return bare;
  double seconds = 0;
  while (!text.empty()) {
    const auto value = take_number(text);
    const auto length = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = unit_seconds(text.substr(0, length));
    if (!value || !unit) return std::nullopt;
    seconds += *value * *unit;
    text.remove_prefix(length);
  }
  return seconds;
}

std::optional<double> http_date_seconds(std::string_view text) {
  CalendarTime time{-1, 0, -1, -1, 0, 0};
  if (text.size() > 64) return std::nullopt;
  // In all three forms the day stands before the year; weekday and zone name no number.
  for (const auto word : words(text)) {
    if (word.find(':') != std::string_view::npos) {
      if (!read_clock(word, time)) return std::nullopt;
    } else if (const auto value = whole(word)) {
      if (time.day < 0)
        time.day = *value;
      else if (time.year < 0)
        time.year = word.size() > 2 ? *value : *value + (*value < 70 ? 2000 : 1900);
      else
        return std::nullopt;
    } else if (const int month = month_number(word)) {
      time.month = month;
    }
  }
  if (time.day < 0 || time.year < 0 || time.hour < 0) return std::nullopt;
  return since_1970(time);
}

std::optional<double> rfc3339_seconds(std::string_view text) {
  if (text.size() < 20 || text.size() > 64 || text[4] != '-' || text[7] != '-' ||
      lower(text[10]) != 't')
    return std::nullopt;
  const auto year = whole(text.substr(0, 4));
  const auto month = whole(text.substr(5, 2));
  const auto day = whole(text.substr(8, 2));
  const auto zone_at = std::min(text.find_first_of("Zz+-", 11), text.size());
  CalendarTime time{year.value_or(0), month.value_or(0), day.value_or(0), 0, 0, 0};
  if (!year || !month || !day || !read_clock(text.substr(11, zone_at - 11), time))
    return std::nullopt;
  const auto zone = text.substr(zone_at);
  double offset = 0;
  if (zone.size() == 6 && zone[3] == ':' && lower(zone[0]) != 'z') {
    const auto hours = whole(zone.substr(1, 2));
    const auto minutes = whole(zone.substr(4, 2));
    if (!hours || !minutes) return std::nullopt;
    offset = (zone[0] == '-' ? -1 : 1) * (*hours * 3600.0 + *minutes * 60.0);
  } else if (zone.size() != 1 || lower(zone[0]) != 'z') {
    return std::nullopt;
  }
  const auto seconds = since_1970(time);
  if (!seconds) return std::nullopt;
  return *seconds - offset;
}

std::optional<double> asked_wait_seconds(const HeaderFields& headers, bool rate_limited) {
  if (auto wait = number(header_value(headers, "retry-after-ms"))) {
    wait = within_limits(*wait / 1000);
    if (wait) return wait;
  }
  const auto text = header_value(headers, "retry-after");
  if (const auto seconds = within_limits(number(text))) return seconds;
  if (const auto wait = within_limits(seconds_until(http_date_seconds(text), headers))) return wait;
  return rate_limited ? reset_seconds(headers) : std::nullopt;
}

std::optional<bool> asked_retry(const HeaderFields& headers) {
  const auto text = header_value(headers, "x-should-retry");
  if (same_text(text, "true")) return true;
  if (same_text(text, "false")) return false;
  return std::nullopt;
}

}  // namespace causal_gym
