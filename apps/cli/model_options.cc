#include "apps/cli/model_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "engine/base/check.h"
#include "platform/llm/provider_config.h"

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
constexpr std::size_t longest_shown = 40;  // bytes of a value that is no number

// What a number may be.
struct NumberRange {
  std::string_view name;
  double low;
  double high;
  bool whole = false;
};
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

const NumberRange& range_of(std::string_view name) {
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
  if (!value.is_string()) return "is not its kind";
  text = value.get<std::string>();
  return {};
}
std::string read(const char*, const json& value, std::optional<bool>& flag) {
  if (!value.is_boolean()) return "is not its kind";
  flag = value.get<bool>();
  return {};
}
template <class T>
std::string read(const char* name, const json& value, std::optional<T>& number) {
  const auto& range = range_of(name);
  if (range.whole ? !value.is_number_integer() : !value.is_number()) return "is not its kind";
  if (!is_in(range, value.get<double>())) return "is not in " + range_text(range);
  number = value.get<T>();
  return {};
}

std::string found_from_everywhere(const std::string& path) {
  if (path.empty()) return path;
  std::error_code nowhere;
  const auto absolute = std::filesystem::absolute(path, nowhere);
  return nowhere ? path : absolute.string();
}

// What the whole text says as a number; nothing when it says none.
template <class T>
std::optional<T> number_of(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

CLI::Validator number_in(std::string_view name) {
  const auto& range = range_of(name);
  const auto check = [range](const std::string& text) -> std::string {
    std::optional<double> number;
    if (!range.whole)
      number = number_of<double>(text);
    else if (const auto whole = number_of<std::int64_t>(text))
      number = static_cast<double>(*whole);
    if (number && is_in(range, *number)) return {};
    const bool is_long = text.size() > longest_shown;
    return fmt::format("'{}{}' is not a {} from {}", text.substr(0, longest_shown),
                       is_long ? "..." : "", range.whole ? "whole number" : "number",
                       range_text(range));
  };
  return {check, range_text(range), std::string(name)};
}

// An empty text would be taken for one that is not said.
std::string file_problem(const std::string& text) { return text.empty() ? "'' names no file" : ""; }

std::string address_problem(const std::string& text) {
  const auto checked = check_base_url(text);
  return checked ? std::string() : checked.error().message + "; " + checked.error().suggestion;
}

void add_budgets(CLI::Option_group& group, ModelOptions& options) {
  group.add_option("--max-calls", options.max_calls, "stop before more requests of the run")
      ->check(number_in("max_calls"));
  group.add_option("--max-input-tokens", options.max_input_tokens, "stop before more tokens")
      ->check(number_in("max_input_tokens"));
  group.add_option("--max-output-tokens", options.max_output_tokens, "stop before more tokens")
      ->check(number_in("max_output_tokens"));
  group.add_option("--max-cost", options.max_cost, "USD; stop before the run could cost more")
      ->check(number_in("max_cost"));
  group.add_option("--max-time", options.max_time, "seconds from this start; stop after them")
      ->check(number_in("max_time"));
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options) {
  auto* group = command.add_option_group("language models");
  group
      ->add_option("--base-url", options.base_url,
                   "where the models are, instead of what the environment says")
      ->check(address_problem);
  group->add_option("--max-connections", options.max_connections, "requests under way at most")
      ->check(number_in("max_connections"))
      ->default_str(std::to_string(default_max_connections));
  group->add_option("--max-retry-wait", options.max_retry_wait, "seconds; longer ends a call")
      ->check(number_in("max_retry_wait"))
      ->default_str("120");
  group
      ->add_option("--max-failures", options.max_failures,
                   "calls in a row that fail at a provider, each after its attempts, before it is "
                   "left alone")
      ->check(number_in("max_failures"))
      ->default_str(std::to_string(default_max_failures));
  group->add_option("--timeout", options.timeout, "seconds of one request")
      ->check(number_in("timeout"))
      ->default_str("600");
  add_budgets(*group, options);
  group->add_flag_function(
      "--cache,!--no-cache", [&options](std::int64_t count) { options.cache = count > 0; },
      "take what other runs were told to the same request; --no-cache, the default, takes only "
      "what "
      "this run was told");
  group
      ->add_option("--cache-days", options.cache_days,
                   "how old such a reply may be; 0: none is taken")
      ->check(number_in("cache_days"))
      ->default_str("30");
  group
      ->add_option("--ca-file", options.ca_file,
                   "a PEM file of the authorities to trust, before SSL_CERT_FILE and the system's")
      ->check(file_problem);
  group
      ->add_option("--prices", options.prices,
                   "a JSON file of USD per million tokens, before the built-in prices; a host is "
                   "\"local\" on this machine: {\"prices\": [{\"host\": \"api.openai.com\", "
                   "\"model\": \"gpt-9\", \"input\": 5.0, \"output\": 30.0, \"as_of\": "
                   "\"2026-11-26\"}]}")
      ->check(file_problem);
}

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

Result<ModelOptions> read_model_options(const std::string& text) {
  ModelOptions options;
  if (text.empty()) return options;
  const auto document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::string wrong = document.is_object() ? "" : "they are no JSON object";
  for_each_option(
      [&](const char* name, auto& value) {
        if (!document.is_object() || !document.contains(name)) return;
        const auto problem = read(name, document.at(name), value);
        if (!problem.empty()) wrong = "'" + std::string(name) + "' " + problem;
      },
      options);
  if (!wrong.empty())
    return fail(ErrorCode::unavailable,
                "the options of language models that the run keeps are damaged: " + wrong,
                "model_options");
  return options;
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
