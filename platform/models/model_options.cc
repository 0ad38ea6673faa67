#include "platform/models/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "engine/base/check.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr double most_connections = 10'000;
constexpr double most_failures = 1'000'000;
constexpr double least_timeout = 0.001;     // seconds
constexpr double most_wait = 86'400;        // seconds, of one request
constexpr double most_counted = 1e12;       // calls, tokens
constexpr double most_cost = 1e9;           // USD
constexpr double most_time = 366 * 86'400;  // seconds, of a start of the run
constexpr double most_cache_days = 36'500;

// What a number may be.
constexpr std::array number_ranges = {
    NumberRange{"max_connections", 1, most_connections, true},
    NumberRange{"max_retry_wait", 0, most_wait},
    NumberRange{"max_failures", 1, most_failures, true},
    NumberRange{"timeout", least_timeout, most_wait},
    NumberRange{"max_calls", 0, most_counted, true},
    NumberRange{"max_input_tokens", 0, most_counted, true},
    NumberRange{"max_output_tokens", 0, most_counted, true},
    NumberRange{"max_cost", 0, most_cost},
    NumberRange{"max_time", 0, most_time},
    NumberRange{"cache_days", 0, most_cache_days},
};

}  // namespace

const NumberRange& model_number_range(std::string_view name) {
  const auto* const found = std::find_if(number_ranges.begin(), number_ranges.end(),
                                         [&](const auto& range) { return range.name == name; });
  CHECK(found != number_ranges.end());
  return *found;
}

std::string range_text(const NumberRange& range) {
  return fmt::format("{:.15g} to {:.15g}", range.low, range.high);
}

// Not a number is in no range.
bool is_in(const NumberRange& range, double value) {
  return value >= range.low && value <= range.high;
}

namespace {

// Calls visit(name, field, ...) for each option, with that field of all the options given.
template <class Visit, class... Options>
void for_each_option(const Visit& visit, Options&... options) {
  visit("base_url", options.base_url...);
  visit("max_connections", options.max_connections...);
  visit("max_retry_wait", options.max_retry_wait...);
  visit("max_failures", options.max_failures...);
  visit("timeout", options.timeout...);
  visit("max_calls", options.max_calls...);
  visit("max_input_tokens", options.max_input_tokens...);
  visit("max_output_tokens", options.max_output_tokens...);
  visit("max_cost", options.max_cost...);
  visit("max_time", options.max_time...);
  visit("cache", options.cache...);
  visit("cache_days", options.cache_days...);
  visit("ca_file", options.ca_file...);
  visit("prices", options.prices...);
}

bool is_said(const std::string& text) { return !text.empty(); }
template <class T>
bool is_said(const std::optional<T>& value) {
  return value.has_value();
}

json json_of(const std::string& text) { return text; }
template <class T>
json json_of(const std::optional<T>& value) {
  return *value;
}

// What is wrong with the JSON; empty: nothing.
std::string read(const char*, const json& value, std::string& text) {
  if (!value.is_string()) return "must be a text";
  text = value.get<std::string>();
  return {};
}
std::string read(const char*, const json& value, std::optional<bool>& flag) {
  if (!value.is_boolean()) return "must be true or false";
  flag = value.get<bool>();
  return {};
}
template <class T>
std::string read(const char* name, const json& value, std::optional<T>& number) {
  const auto& range = model_number_range(name);
  const bool is_its_kind = range.whole ? value.is_number_integer() : value.is_number();
  if (!is_its_kind || !is_in(range, value.get<double>()))
    return fmt::format("must be a {}number from {}", range.whole ? "whole " : "",
                       range_text(range));
  number = value.get<T>();
  return {};
}

std::string found_from_everywhere(const std::string& path) {
  if (path.empty()) return path;
  std::error_code nowhere;
  const auto absolute = std::filesystem::absolute(path, nowhere);
  return nowhere ? path : absolute.string();
}

}  // namespace

std::string model_options_text(const ModelOptions& options) {
  auto kept = options;
  kept.ca_file = found_from_everywhere(kept.ca_file);
  kept.prices = found_from_everywhere(kept.prices);
  json document = json::object();
  for_each_option(
      [&](const char* name, const auto& value) {
        if (is_said(value)) document[name] = json_of(value);
      },
      kept);
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Status check_model_options(const ModelOptions& options) {
  if (!options.cache_days || options.cache.value_or(false)) return {};
  return fail(ErrorCode::invalid_argument,
              "it says how old replies to other runs may be, and those are not taken",
              "--cache-days", "give --cache too");
}

Result<ModelOptions> parse_model_options(const std::string& text) {
  const auto document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return fail(ErrorCode::invalid_argument, "they are no JSON object");
  ModelOptions options;
  Error wrong;
  for_each_option(
      [&](const char* name, auto& value) {
        if (!document.contains(name)) return;
        const auto problem = read(name, document.at(name), value);
        if (!problem.empty())
          wrong = {ErrorCode::invalid_argument, "'" + std::string(name) + "' " + problem, name, {}};
      },
      options);
  if (!wrong.message.empty()) return fail(std::move(wrong));
  return options;
}

Result<ModelOptions> read_model_options(const std::string& text) {
  if (text.empty()) return ModelOptions();
  auto options = parse_model_options(text);
  if (options) return options;
  return fail(
      ErrorCode::unavailable,
      "the options of language models that the run keeps are damaged: " + options.error().message,
      "model_options");
}

ModelOptions before(const ModelOptions& first, const ModelOptions& then) {
  auto both = first;
  for_each_option(
      [](const char*, auto& value, const auto& otherwise) {
        if (!is_said(value)) value = otherwise;
      },
      both, then);
  return both;
}

}  // namespace causal_gym
