// Language models in a stored run: the client that asks them, with every exchange kept in the run's
// database.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "gym/experiment/experiment.h"
#include "platform/cache/cache.h"
#include "platform/llm/chat_agents.h"
#include "platform/llm/chat_client.h"
#include "platform/models/model_options.h"
#include "platform/store/exchange_store.h"
#include "platform/telemetry/log.h"

namespace causal_gym {

// Is one of its agents a language model?
[[nodiscard]] bool asks_models(const ExperimentSpec& spec);

// What tokens cost: as model_prices.
[[nodiscard]] Result<PriceTable> price_table(const ModelOptions& options);

// Whether a run that goes on asks its models where it asked before, or at least, when it may move,
// somewhere. Errors: conflict, naming both addresses; unavailable; those of place_agent.
[[nodiscard]] Status check_addresses(const ModelOptions& options, const ExperimentSpec& spec,
                                     const std::string& run, const std::string& database,
                                     bool may_move);

// "openai/x does not take temperature: it was left out": a line for each. Errors: unavailable.
[[nodiscard]] Result<std::string> left_out_text(ExchangeStore& exchanges, const std::string& run);

// Where it is told what the client meets on the way.
struct ModelTelemetry {
  Logger* log = nullptr;  // null: standard error, from the level of CAUSAL_GYM_LOG_LEVEL on
  AttemptObserver observer = {};
};

// What a client has in common with those of other processes.
struct ModelSharing {
  // How long what it reserved of the run's budgets lasts when its process dies; absent: nobody else
  // plays the run, and nothing is reserved.
  std::optional<std::int64_t> lease_seconds = {};
  // Both outlive the agents.
  SharedPace* pace = nullptr;  // of requests to providers
  Cache* replies = nullptr;    // of all runs that may take each other's
};

// What must live as long as the run does.
class ModelAgents {
 public:
  // Nothing when no agent of the specification is a language model. What the run spent before, by
  // the exchanges on record, counts in its budgets. The runs' store is open, and has brought
  // `database` up to date. Errors: unknown_name (a level); unavailable; invalid_argument (an
  // option, a budget of cost for a model whose price is not known); those of the files of prices
  // and authorities.
  [[nodiscard]] static Result<std::unique_ptr<ModelAgents>> start(
      const ModelOptions& options, const ExperimentSpec& spec, const std::string& run,
      const std::string& database, const CancellationToken& cancellation,
      const ModelTelemetry& telemetry = {}, const ModelSharing& sharing = {});

  // Asks them in an experiment.
  void join(ExperimentOptions& experiment) const;
  // Whether a provider put something off, and everything that was said is on record: what stopped
  // the experiment as unavailable is the provider then, not the database.
  [[nodiscard]] bool was_put_off() const {
    return *put_off_ != Postponed::nothing && !*is_record_lost_;
  }
  // The run has no more to spend, or no more time.
  [[nodiscard]] bool is_at_its_budget() const { return *put_off_ == Postponed::experiment; }
  // "12 requests, 3,400 tokens in, 120 out, 0.0132 USD": a line; of the run with all its starts.
  [[nodiscard]] std::string spending_text() const;
  // As above, of the run with all its starts; empty when it cannot be read.
  [[nodiscard]] std::string left_out_text() const;

 private:
  // Of the client that is about to start: its budgets, with what was spent before.
  [[nodiscard]] Status count_spending(ChatClientOptions& client, const ModelSharing& sharing);
  // And where it records what is said, and finds it again.
  void keep_on_record(ChatClientOptions& client, const ModelOptions& options, Cache* replies);

  SystemClock clock_;
  std::unique_ptr<Logger> log_;
  std::string run_;
  bool run_free_here_ = false;
  int in_flight_ = 1;
  std::unique_ptr<ExchangeStore> exchanges_;
  std::unique_ptr<SpendingLedger> ledger_;  // none: nobody else spends what the run may spend
  std::unique_ptr<std::atomic<Postponed>> put_off_ =
      std::make_unique<std::atomic<Postponed>>(Postponed::nothing);
  std::unique_ptr<std::atomic<bool>> is_record_lost_ = std::make_unique<std::atomic<bool>>(false);
  std::unique_ptr<ChatAgents> chats_;
  std::unique_ptr<Correspondents> agents_;
  std::unique_ptr<ChatClient> client_;  // last: it records into what stands above, and tells it
};

}  // namespace causal_gym
