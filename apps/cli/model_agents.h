// Language models in a run from the command line: their options, and the client that asks them,
// with every exchange kept in the run's database.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gym/experiment/experiment.h"
#include "platform/llm/chat_agents.h"
#include "platform/llm/chat_client.h"
#include "platform/store/exchange_store.h"
#include "platform/telemetry/log.h"

namespace causal_gym {

struct ModelOptions {
  std::string base_url;  // empty: where the environment says
  int max_connections = 64;
  double max_retry_wait = 120;  // seconds
  double timeout = 600;         // seconds, of one request
  std::optional<std::int64_t> max_calls;
  std::optional<std::int64_t> max_input_tokens;
  std::optional<std::int64_t> max_output_tokens;
  std::optional<double> max_cost;  // USD
  std::optional<double> max_time;  // seconds
  bool cache = false;              // replies of other runs serve too
  double cache_days = 30;
  std::string ca_file;  // as trusted_authorities
  std::string prices;   // a file of prices; empty: the built-in ones alone
};

// --base-url, --max-connections, --max-retry-wait, --timeout, --max-calls, --max-input-tokens,
// --max-output-tokens, --max-cost, --max-time, --cache, --no-cache, --cache-days, --ca-file,
// --prices.
void add_model_options(CLI::App& command, ModelOptions& options);

// What tokens cost: as model_prices.
[[nodiscard]] Result<PriceTable> price_table(const ModelOptions& options);

// What must live as long as the run does.
class ModelAgents {
 public:
  // Nothing when no agent of the specification is a language model. The runs' store is open, and
  // has brought `database` up to date. What the client meets on the way (a dropped parameter, with
  // CAUSAL_GYM_LOG_LEVEL=info each retry too) is logged to standard error. Errors: unknown_name (a
  // level); unavailable; invalid_argument (an option, a budget
  // of cost for a model whose price is not known); those of the files of prices and
  // authorities.
  [[nodiscard]] static Result<std::unique_ptr<ModelAgents>> start(
      const ModelOptions& options, const ExperimentSpec& spec, const std::string& run,
      const std::string& database, const CancellationToken& cancellation);

  // Asks them in an experiment.
  void join(ExperimentOptions& experiment) const;
  // "12 calls, 3,400 tokens in, 120 out, 0.0132 USD": a line.
  [[nodiscard]] std::string spending_text() const;

 private:
  SystemClock clock_;
  std::unique_ptr<Logger> log_;
  int in_flight_ = 1;
  std::unique_ptr<ExchangeStore> exchanges_;
  std::unique_ptr<ChatAgents> agents_;
  std::unique_ptr<ChatClient> client_;  // last: it records into what stands above, and tells it
};

}  // namespace causal_gym
