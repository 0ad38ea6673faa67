#include "apps/cli/model_options.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr int most_connections = 10'000;
constexpr int most_failures = 1'000'000;
constexpr double most_seconds = 86'400;

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

// False: the JSON is of another kind.
bool read(const json& value, std::string& text) {
  if (!value.is_string()) return false;
  text = value.get<std::string>();
  return true;
}
template <class T>
bool read(const json& value, std::optional<T>& number) {
  if (std::is_same_v<T, bool> ? !value.is_boolean() : !value.is_number()) return false;
  number = value.get<T>();
  return true;
}

std::string found_from_everywhere(const std::string& path) {
  if (path.empty()) return path;
  std::error_code nowhere;
  const auto absolute = std::filesystem::absolute(path, nowhere);
  return nowhere ? path : absolute.string();
}

void add_budgets(CLI::Option_group& group, ModelOptions& options) {
  group.add_option("--max-calls", options.max_calls, "stop before more requests of the run")
      ->check(CLI::NonNegativeNumber);
  group.add_option("--max-input-tokens", options.max_input_tokens, "stop before more tokens")
      ->check(CLI::NonNegativeNumber);
  group.add_option("--max-output-tokens", options.max_output_tokens, "stop before more tokens")
      ->check(CLI::NonNegativeNumber);
  group.add_option("--max-cost", options.max_cost, "USD; stop before the run could cost more")
      ->check(CLI::NonNegativeNumber);
  group.add_option("--max-time", options.max_time, "seconds from this start; stop after them")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options) {
  auto* group = command.add_option_group("language models");
  group->add_option("--base-url", options.base_url,
                    "where the models are, instead of what the environment says");
  group->add_option("--max-connections", options.max_connections, "requests under way at most")
      ->check(CLI::Range(1, most_connections))
      ->default_str(std::to_string(default_max_connections));
  group->add_option("--max-retry-wait", options.max_retry_wait, "seconds; longer ends a call")
      ->check(CLI::Range(0.0, most_seconds))
      ->default_str("120");
  group
      ->add_option("--max-failures", options.max_failures,
                   "calls in a row that fail at a provider, each after its attempts, before it is "
                   "left alone")
      ->check(CLI::Range(1, most_failures))
      ->default_str(std::to_string(default_max_failures));
  group->add_option("--timeout", options.timeout, "seconds of one request")
      ->check(CLI::Range(0.001, most_seconds))
      ->default_str("600");
  add_budgets(*group, options);
  group->add_flag_function(
      "--cache,!--no-cache", [&options](std::int64_t count) { options.cache = count > 0; },
      "take what other runs were told to the same request; --no-cache, the default, takes only "
      "what "
      "this run was told");
  group->add_option("--cache-days", options.cache_days, "how old such a reply may be")
      ->check(CLI::NonNegativeNumber)
      ->default_str("30");
  group->add_option(
      "--ca-file", options.ca_file,
      "a PEM file of the authorities to trust, before SSL_CERT_FILE and the system's");
  group->add_option("--prices", options.prices,
                    "a JSON file of USD per million tokens, before the built-in prices");
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

Result<ModelOptions> read_model_options(const std::string& text) {
  ModelOptions options;
  if (text.empty()) return options;
  const auto document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::string wrong = document.is_object() ? "" : "they are no JSON object";
  for_each_option(
      [&](const char* name, auto& value) {
        if (!document.is_object() || !document.contains(name)) return;
        if (!read(document.at(name), value)) wrong = std::string("'") + name + "' is not its kind";
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
