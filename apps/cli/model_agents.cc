#include "apps/cli/model_agents.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "apps/cli/model_prices.h"
#include "platform/llm/trusted_authorities.h"

namespace causal_gym {

namespace {

constexpr int most_connections = 10'000;
constexpr double most_seconds = 86'400;
constexpr double seconds_a_day = 86'400;

std::int64_t seconds_since_1970(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
}

ChatClientOptions client_options(const ModelOptions& options) {
  ChatClientOptions client;
  client.width.most = options.max_connections;
  client.retry.most_wait_seconds = options.max_retry_wait;
  const std::chrono::milliseconds total(static_cast<std::int64_t>(options.timeout * 1'000));
  client.attempt.total = total;
  client.attempt.first_byte = std::min(client.attempt.first_byte, total);
  client.attempt.connect = std::min(client.attempt.connect, total);
  client.budget = {options.max_calls, options.max_input_tokens, options.max_output_tokens,
                   options.max_cost, options.max_time};
  return client;
}

// A person at a terminal is told what is out of the ordinary, unless more is asked for.
Result<LogLevel> log_level() {
  const auto named = system_sources().variable("CAUSAL_GYM_LOG_LEVEL");
  return named && !named->empty() ? find_log_level(*named) : LogLevel::warn;
}

}  // namespace

void add_model_options(CLI::App& command, ModelOptions& options) {
  const auto group = command.add_option_group("language models");
  group->add_option("--base-url", options.base_url,
                    "where the models are, instead of what the environment says");
  group->add_option("--max-connections", options.max_connections, "requests under way at most")
      ->check(CLI::Range(1, most_connections))
      ->capture_default_str();
  group->add_option("--max-retry-wait", options.max_retry_wait, "seconds; longer ends a call")
      ->check(CLI::Range(0.0, most_seconds))
      ->capture_default_str();
  group->add_option("--timeout", options.timeout, "seconds of one request")
      ->check(CLI::Range(0.001, most_seconds))
      ->capture_default_str();
  group->add_option("--max-calls", options.max_calls, "stop before more requests")
      ->check(CLI::NonNegativeNumber);
  group->add_option("--max-input-tokens", options.max_input_tokens, "stop before more tokens")
      ->check(CLI::NonNegativeNumber);
  group->add_option("--max-output-tokens", options.max_output_tokens, "stop before more tokens")
      ->check(CLI::NonNegativeNumber);
  group->add_option("--max-cost", options.max_cost, "USD; stop before it could cost more")
      ->check(CLI::NonNegativeNumber);
  group->add_option("--max-time", options.max_time, "seconds; stop after them")
      ->check(CLI::NonNegativeNumber);
  group->add_flag("--cache,!--no-cache", options.cache,
                  "take what other runs were told to the same request; --no-cache, the default, "
                  "takes only what this run was told");
  group->add_option("--cache-days", options.cache_days, "how old such a reply may be")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  group->add_option(
      "--ca-file", options.ca_file,
      "a PEM file of the authorities to trust, before SSL_CERT_FILE and the system's");
  group->add_option("--prices", options.prices,
                    "a JSON file of USD per million tokens, before the built-in prices");
}

Result<PriceTable> price_table(const ModelOptions& options) { return model_prices(options.prices); }

Result<std::unique_ptr<ModelAgents>> ModelAgents::start(const ModelOptions& options,
                                                        const ExperimentSpec& spec,
                                                        const std::string& run,
                                                        const std::string& database,
                                                        const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(prices, price_table(options));
  if (std::none_of(spec.agents.begin(), spec.agents.end(),
                   [](const std::string& agent) { return is_model_name(agent); }))
    return std::unique_ptr<ModelAgents>();
  auto models = std::make_unique<ModelAgents>();
  CAUSAL_GYM_TRY(opened, ExchangeStore::open(database));
  models->exchanges_ = std::move(opened);
  models->in_flight_ = options.max_connections;
  CAUSAL_GYM_TRY(level, log_level());
  models->log_ = std::make_unique<Logger>(level, models->clock_);
  ChatAgentOptions agents;
  auto client = client_options(options);
  client.cancellation = cancellation;
  client.log = models->log_.get();
  agents.base_url = options.base_url;
  agents.run = run;
  if (options.max_cost)
    CAUSAL_GYM_CHECKED(check_prices_known(spec.agents, prices, agents.sources, options.base_url));
  client.prices = std::move(prices);
  CAUSAL_GYM_TRY(ca_file, trusted_authorities(agents.sources, options.ca_file));
  client.ca_file = std::move(ca_file);
  auto* store = models->exchanges_.get();
  auto* clock = &models->clock_;
  client.sink = [store, clock](std::span<const Exchange> batch) {
    return store->record(batch, seconds_since_1970(*clock));
  };
  // What this run was told is never paid for twice; what others were told counts when it may.
  const auto oldest =
      options.cache ? std::optional(seconds_since_1970(*clock) -
                                    static_cast<std::int64_t>(options.cache_days * seconds_a_day))
                    : std::nullopt;
  client.cache = [store, run, oldest](std::string_view key) -> std::optional<WireResponse> {
    if (auto own = store->find(key, {.run = run}); own && *own) return *std::move(own);
    if (!oldest) return std::nullopt;
    auto found = store->find(key, {.since = *oldest});
    return found ? *std::move(found) : std::nullopt;
  };
  CAUSAL_GYM_TRY(started, ChatClient::start(std::move(client), *clock));
  models->client_ = std::move(started);
  models->agents_ = std::make_unique<ChatAgents>(
      std::move(agents), [its_client = models->client_.get()](ChatCall call, ChatDone done) {
        return its_client->submit(std::move(call), std::move(done));
      });
  return models;
}

void ModelAgents::join(ExperimentOptions& experiment) const {
  experiment.correspondents = agents_.get();
  experiment.in_flight = static_cast<std::size_t>(in_flight_);
}

std::string ModelAgents::spending_text() const {
  const auto [spent, unknown] = client_->spending();
  auto text = fmt::format("language models: {} requests, {} tokens in, {} out", spent.calls,
                          spent.input_tokens, spent.output_tokens);
  if (unknown > 0)
    text += fmt::format("; the price of {} is not known", unknown);
  else if (spent.cost_usd)
    text += fmt::format(", {:.4f} USD", *spent.cost_usd);
  return text + "\n";
}

}  // namespace causal_gym
