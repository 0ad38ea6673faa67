#include "apps/cli/model_flags.h"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "platform/llm/provider_config.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_shown = 40;  // bytes of a value that is no number

// What the whole text says as a number; nothing when it says none.
template <class T>
std::optional<T> number_of(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

CLI::Validator number_in(std::string_view name) {
  const auto& range = model_number_range(name);
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

}  // namespace causal_gym
