#include "platform/telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/base/spelling.h"

namespace causal_gym {
namespace {

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warn", "error",
                                                         "critical"};
constexpr std::array<std::string_view, 5> level_capitals = {"DEBUG", "INFO", "WARN", "ERROR",
                                                            "CRITICAL"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return a == lower(b); });
}

constexpr auto begins_log_word = [] {
  std::array<bool, 256> begins{};
  for (const auto word : log_words) {
    begins[static_cast<unsigned char>(word[0])] = true;
    begins[static_cast<unsigned char>(word[0] - 'a' + 'A')] = true;
  }
  return begins;
}();

// Where the first of the words begins, in any case; npos when there is none.
std::size_t find_log_word(std::string_view text, std::size_t from) {
  for (auto place = from; place < text.size(); ++place) {
    if (!begins_log_word[static_cast<unsigned char>(text[place])]) continue;
    const auto rest = text.substr(place);
    if (std::any_of(log_words.begin(), log_words.end(),
                    [&](auto word) { return begins_with(rest, word); }))
      return place;
  }
  return std::string_view::npos;
}

constexpr auto is_plain = [] {
  std::array<bool, 256> plain{};
  for (unsigned char c = 0x20; c <= 0x7E; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool needs_no_escape(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_plain[static_cast<unsigned char>(c)]; });
}

// Most texts are as they are; those that are not are left to the library.
void add_text(std::string& line, std::string_view text) {
  if (needs_no_escape(text))
    line.append(1, '"').append(text).append(1, '"');
  else
    line += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The second letter of each of the words is escaped: the first one may be the end of an escape.
void add_foreign_text(std::string& line, std::string_view text) {
  auto place = line.size();
  add_text(line, text);
  while ((place = find_log_word(line, place)) != std::string::npos) {
    std::array<char, 7> escape{};
    std::snprintf(escape.data(), escape.size(), "\\u%04x",
                  static_cast<unsigned>(static_cast<unsigned char>(line[place + 1])));
    line.replace(place + 1, 1, escape.data());
  }
}

template <class Number>
void add_number(std::string& line, Number number) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  line.append(digits.data(), end);
}

void add_value(std::string& line, const LogField& field) {
  std::visit(
      [&line](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, ForeignText>)
          add_foreign_text(line, value.text);
        else if constexpr (std::is_same_v<Value, std::string_view>)
          add_text(line, value);
        else if constexpr (std::is_same_v<Value, bool>)
          line += value ? "true" : "false";
        else if constexpr (std::is_same_v<Value, double>)
          std::isfinite(value) ? add_number(line, value) : void(line += "null");
        else
          add_number(line, value);
      },
      field.value);
}

constexpr std::array<std::string_view, 3> first_names = {"ts", "level", "event"};

// Was the field's name given before it?
bool is_repeated(std::initializer_list<LogField> fields, const LogField& field) {
  return std::find(first_names.begin(), first_names.end(), field.name) != first_names.end() ||
         std::any_of(fields.begin(), &field,
                     [&](const LogField& before) { return before.name == field.name; });
}

}  // namespace

// The lines are whole when they come here, with their ends.
struct Logger::Sink {
  explicit Sink(spdlog::sink_ptr sink) : logger("causal-gym", std::move(sink)) {
    logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, ""));
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::trace);
  }
  spdlog::logger logger;
};

std::string_view log_level_name(LogLevel level) {
  return level_names[static_cast<std::size_t>(level)];
}

Result<LogLevel> find_log_level(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (level_names[i].size() == name.size() && begins_with(name, level_names[i]))
      return static_cast<LogLevel>(i);
  const std::vector<std::string> names(level_names.begin(), level_names.end());
  return fail(ErrorCode::unknown_name, "no log level '" + std::string(name) + "'", "log level",
              spelling_suggestion(name, names));
}

Logger::Logger(LogLevel level, const Clock& clock)
    : level_(level),
      clock_(clock),
      sink_(std::make_unique<Sink>(std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Logger::Logger(LogLevel level, const Clock& clock, std::ostream& out)
    : level_(level),
      clock_(clock),
      sink_(std::make_unique<Sink>(std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true))) {}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line;
  add(line, level, event, fields);
  write_lines(line);
}

void Logger::write_lines(std::string_view lines) {
  if (!lines.empty())
    sink_->logger.log(spdlog::level::info, spdlog::string_view_t(lines.data(), lines.size()));
}

void Logger::add(std::string& line, LogLevel level, std::string_view event,
                 std::initializer_list<LogField> fields) const {
  if (level < level_) return;
  line.append("{\"ts\":\"").append(timestamp_text(clock_.now())).append("\",\"level\":\"");
  line.append(level_capitals[static_cast<std::size_t>(level)]).append("\",\"event\":");
  add_text(line, event);
  for (const LogField& field : fields) {
    if (is_repeated(fields, field)) continue;
    line.append(",\"").append(field.name).append("\":");
    add_value(line, field);
  }
  line += "}\n";
}

}  // namespace causal_gym
