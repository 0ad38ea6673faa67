#include "platform/telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/spelling.h"

namespace causal_gym {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warn", "error",
                                                         "critical"};
constexpr std::array<std::string_view, 5> level_capitals = {"DEBUG", "INFO", "WARN", "ERROR",
                                                            "CRITICAL"};

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string line_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The second letter of each of the words is escaped: the first one may be the end of an escape.
std::string escaped_words(const Json& value) {
  auto text = line_text(value);
  auto lower = lower_case(text);
  for (const auto word : log_words)
    for (auto place = lower.find(word); place != std::string::npos;
         place = lower.find(word, place)) {
      std::array<char, 7> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x",
                    static_cast<unsigned>(static_cast<unsigned char>(text[place + 1])));
      text.replace(place + 1, 1, escape.data());
      lower.replace(place + 1, 1, escape.data());
    }
  return text;
}

std::string value_text(const LogField& field) {
  return std::visit(
      [](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, ForeignText>)
          return escaped_words(Json(std::string(value.text)));
        else if constexpr (std::is_same_v<Value, std::string_view>)
          return line_text(Json(std::string(value)));
        else
          return line_text(Json(value));
      },
      field.value);
}

}  // namespace

struct Logger::Sink {
  explicit Sink(spdlog::sink_ptr sink) : logger("causal-gym", std::move(sink)) {
    // Lines are complete as they come; nothing goes out below the logger's own level.
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
    logger.flush_on(spdlog::level::trace);
    logger.set_error_handler([](const std::string&) {});
  }
  spdlog::logger logger;
};

std::string_view log_level_name(LogLevel level) {
  return level_names[static_cast<std::size_t>(level)];
}

Result<LogLevel> find_log_level(std::string_view name) {
  const auto lower = lower_case(name);
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (level_names[i] == lower) return static_cast<LogLevel>(i);
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
      sink_(std::make_unique<Sink>(std::make_shared<spdlog::sinks::ostream_sink_mt>(out))) {}

Logger::~Logger() = default;

void Logger::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < level_) return;
  std::string line;
  std::vector<std::string_view> names;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (std::find(names.begin(), names.end(), name) != names.end()) return;
    line += names.empty() ? '{' : ',';
    names.push_back(name);
    line.append(line_text(Json(std::string(name)))).append(":").append(value);
  };
  add("ts", line_text(Json(timestamp_text(clock_.now()))));
  add("level", line_text(Json(level_capitals[static_cast<std::size_t>(level)])));
  add("event", line_text(Json(std::string(event))));
  for (const LogField& field : fields) add(field.name, value_text(field));
  // The text is an argument, not the format: braces in it mean nothing.
  sink_->logger.log(spdlog::level::info, "{}", line + "}");
}

}  // namespace causal_gym
