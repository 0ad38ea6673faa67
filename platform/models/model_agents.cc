#include "platform/models/model_agents.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include "engine/base/printable.h"
#include "platform/llm/trusted_authorities.h"
#include "platform/models/kept_replies.h"
#include "platform/models/model_prices.h"

namespace causal_gym {

namespace {

constexpr double seconds_a_day = 86'400;

std::int64_t seconds_since_1970(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
}

ChatClientOptions client_options(const ModelOptions& options) {
  ChatClientOptions client;
  client.width.most = options.max_connections.value_or(default_max_connections);
  client.retry.most_wait_seconds = options.max_retry_wait.value_or(default_max_retry_wait);
  client.most_failures = options.max_failures.value_or(default_max_failures);
  const std::chrono::milliseconds total(
      static_cast<std::int64_t>(options.timeout.value_or(default_timeout) * 1'000));
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

// Since when what other runs were told serves too, in seconds since 1970; nothing: never.
std::optional<std::int64_t> oldest_reply(const ModelOptions& options, std::int64_t now) {
  const double days = options.cache_days.value_or(default_cache_days);
  if (!options.cache.value_or(false) || days == 0) return std::nullopt;
  return now - static_cast<std::int64_t>(days * seconds_a_day);
}

// Notes the most that a reply put off.
class NotingAgents final : public Correspondents {
 public:
  NotingAgents(Correspondents& agents, std::atomic<Postponed>& put_off)
      : agents_(agents), put_off_(put_off) {}
  [[nodiscard]] bool takes(const std::string& agent) const override { return agents_.takes(agent); }
  [[nodiscard]] Status check(const std::string& agent) const override {
    return agents_.check(agent);
  }
  [[nodiscard]] std::optional<ToolPlay> tool_play(const std::string& agent) const override {
    return agents_.tool_play(agent);
  }
  void ask(const Correspondence& asked) override { agents_.ask(asked); }
  [[nodiscard]] std::vector<CorrespondenceReply> collect() override {
    auto replies = agents_.collect();
    for (const auto& reply : replies)
      if (reply.postponed > put_off_.load()) put_off_ = reply.postponed;
    return replies;
  }

 private:
  Correspondents& agents_;
  std::atomic<Postponed>& put_off_;
};

}  // namespace

bool asks_models(const ExperimentSpec& spec) {
  return std::any_of(spec.agents.begin(), spec.agents.end(),
                     [](const std::string& agent) { return is_model_name(agent); });
}

Result<PriceTable> price_table(const ModelOptions& options) { return model_prices(options.prices); }

Status check_addresses(const ModelOptions& options, const ExperimentSpec& spec,
                       const std::string& run, const std::string& database, bool may_move) {
  ChatAgentOptions agents;
  agents.base_url = options.base_url;
  DatabaseOptions reading;
  reading.read_only = true;
  CAUSAL_GYM_TRY(exchanges, ExchangeStore::open(database, reading));
  CAUSAL_GYM_TRY(before, exchanges->addresses_of(run));
  for (const auto& agent : spec.agents) {
    if (!is_model_name(agent)) continue;
    CAUSAL_GYM_TRY(placed, place_agent(agent, agents));
    const auto known = before.find(std::string(placed.agent.provider->name));
    const auto& now = placed.endpoint.base_url;
    if (may_move || known == before.end() || known->second == now) continue;
    return fail(ErrorCode::conflict,
                fmt::format("'{}' was asked at {} in this run, and would now be asked at {}", agent,
                            known->second, now),
                "", "give --base-url with the one or the other to say which");
  }
  return {};
}

Result<std::string> left_out_text(ExchangeStore& exchanges, const std::string& run) {
  CAUSAL_GYM_TRY(list, exchanges.left_out_by(run));
  std::string text;
  for (const auto& [provider, model, parameter] : list) {
    // The one limit has two names.
    const bool renamed = parameter == "max_tokens" || parameter == "max_completion_tokens";
    text += printable(fmt::format("{}/{} does not take {}: it was {}", provider, model, parameter,
                                  renamed ? "given by its other name" : "left out")) +
            "\n";
  }
  return text;
}

Result<std::unique_ptr<ModelAgents>> ModelAgents::start(
    const ModelOptions& options, const ExperimentSpec& spec, const std::string& run,
    const std::string& database, const CancellationToken& cancellation,
    const ModelTelemetry& telemetry, const ModelSharing& sharing) {
  CAUSAL_GYM_CHECKED(check_model_options(options));
  CAUSAL_GYM_TRY(prices, price_table(options));
  if (!asks_models(spec)) return std::unique_ptr<ModelAgents>();
  auto models = std::make_unique<ModelAgents>();
  CAUSAL_GYM_TRY(opened, ExchangeStore::open(database));
  models->exchanges_ = std::move(opened);
  models->run_ = run;
  models->in_flight_ = options.max_connections.value_or(default_max_connections);
  CAUSAL_GYM_TRY(level, log_level());
  models->log_ = std::make_unique<Logger>(level, models->clock_);
  ChatAgentOptions agents;
  auto client = client_options(options);
  client.cancellation = cancellation;
  CAUSAL_GYM_CHECKED(models->count_spending(client, sharing));
  client.log = telemetry.log != nullptr ? telemetry.log : models->log_.get();
  client.observer = telemetry.observer;
  client.pace = sharing.pace;
  agents.base_url = options.base_url;
  agents.run = run;
  models->run_free_here_ = run_free_here(spec.agents, prices, agents.sources, options.base_url);
  if (options.max_cost)
    CAUSAL_GYM_CHECKED(check_prices_known(spec.agents, prices, agents.sources, options.base_url));
  client.prices = std::move(prices);
  CAUSAL_GYM_TRY(ca_file, trusted_authorities(agents.sources, options.ca_file));
  client.ca_file = std::move(ca_file);
  models->keep_on_record(client, options, sharing.replies);
  CAUSAL_GYM_TRY(started, ChatClient::start(std::move(client), models->clock_));
  models->client_ = std::move(started);
  models->chats_ = std::make_unique<ChatAgents>(
      std::move(agents), [its_client = models->client_.get()](ChatCall call, ChatDone done) {
        return its_client->submit(std::move(call), std::move(done));
      });
  models->agents_ = std::make_unique<NotingAgents>(*models->chats_, *models->put_off_);
  return models;
}

Status ModelAgents::count_spending(ChatClientOptions& client, const ModelSharing& sharing) {
  if (!sharing.lease_seconds) {
    CAUSAL_GYM_TRY(spent, exchanges_->spent_by(run_));
    client.spent_before = spent;
    return {};
  }
  CAUSAL_GYM_TRY(ledger, exchanges_->open_ledger(run_, client.budget, *sharing.lease_seconds));
  ledger_ = std::move(ledger);
  client.spent_before = ledger_->on_record();
  client.shared_budget = [shared = ledger_.get()](std::span<const Reservation> reservations) {
    return shared->reserve(reservations);
  };
  return {};
}

void ModelAgents::keep_on_record(ChatClientOptions& client, const ModelOptions& options,
                                 Cache* replies) {
  auto* store = exchanges_.get();
  const auto oldest = oldest_reply(options, seconds_since_1970(clock_));
  if (!oldest) replies = nullptr;
  client.sink = [store, replies, clock = &clock_, lost = is_record_lost_.get(),
                 holder = ledger_ ? ledger_->holder() : ""](std::span<const Exchange> batch) {
    const auto now = seconds_since_1970(*clock);
    auto recorded = store->record(batch, now, holder);
    if (!recorded) *lost = true;
    if (recorded && replies != nullptr)
      for (const auto& exchange : batch) keep_reply(*replies, exchange, now);
    return recorded;
  };
  // What this run was told is never paid for twice, and belongs to the request that it was told:
  // two agents who ask the same must not share replies. What others were told counts when it may.
  client.cache = [store, replies, oldest](const Exchange& asked) -> std::optional<WireResponse> {
    if (auto own = store->find(asked.cache_key, {.call = asked.key}); own && *own)
      return *std::move(own);
    if (!oldest) return std::nullopt;
    if (replies != nullptr)
      if (auto kept = find_reply(*replies, asked.cache_key, *oldest)) return kept;
    auto found = store->find(asked.cache_key, {.since = *oldest});
    return found ? *std::move(found) : std::nullopt;
  };
}

void ModelAgents::join(ExperimentOptions& experiment) const {
  experiment.correspondents = agents_.get();
  experiment.in_flight = static_cast<std::size_t>(in_flight_);
}

std::string ModelAgents::left_out_text() const {
  return causal_gym::left_out_text(*exchanges_, run_).value_or("");
}

std::string ModelAgents::spending_text() const {
  const auto [spent, unknown, worst] = client_->spending();
  if (spent.calls == 0) return {};
  const bool is_priced = unknown == 0 && spent.cost_usd && worst.cost_usd;
  auto text = fmt::format("language models: {} requests, {} tokens in, {} out", spent.calls,
                          spent.input_tokens - worst.input_tokens,
                          spent.output_tokens - worst.output_tokens);
  const bool is_free = is_priced && run_free_here_ && *spent.cost_usd == 0;
  if (is_free)
    text += ", free: runs on this machine";
  else if (is_priced)
    text += fmt::format(", {:.4f} USD", *spent.cost_usd - *worst.cost_usd);
  if (unknown > 0) text += fmt::format("; the price of {} of them is not known", unknown);
  if (worst.calls > 0) {
    text += fmt::format("; of {}, nobody said what was used: at most {} tokens in, {} out",
                        worst.calls, worst.input_tokens, worst.output_tokens);
    if (is_priced && !is_free) text += fmt::format(", {:.4f} USD", *worst.cost_usd);
    text += " more, which budgets count";
  }
  return text + "\n";
}

}  // namespace causal_gym
