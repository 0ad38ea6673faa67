#include "platform/telemetry/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/base/spelling.h"

namespace causal_gym {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warn", "error"};

Json json_of(const LogField& field) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
          return Json(std::string(value));
        else
          return Json(value);
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
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (level_names[i] == name) return static_cast<LogLevel>(i);
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
  Json line = {{"ts", timestamp_text(clock_.now())},
               {"level", log_level_name(level)},
               {"event", std::string(event)}};
  for (const LogField& field : fields)
    line.emplace(std::string(field.name), json_of(field));  // keeps what is there
  // The text is an argument, not the format: braces in it mean nothing.
  sink_->logger.log(spdlog::level::info, "{}",
                    line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace causal_gym
