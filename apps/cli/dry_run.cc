#include "apps/cli/dry_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/cli/text_table.h"
#include "platform/llm/dry_run.h"
#include "platform/models/model_prices.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json bound_json(const Charge& bound) {
  return {{"calls", bound.calls},
          {"input_tokens", bound.input_tokens},
          {"output_tokens", bound.output_tokens},
          {"cost_usd", bound.cost_usd ? json(*bound.cost_usd) : json(nullptr)}};
}

std::vector<std::string> bound_row(const std::string& name, const Charge& bound, bool is_free) {
  const std::string cost = bound.cost_usd ? fmt::format("{:.4f}", *bound.cost_usd) : "not known";
  return {name, fmt::format("{}", bound.calls), fmt::format("{}", bound.input_tokens),
          fmt::format("{}", bound.output_tokens), is_free ? "free" : cost};
}

// The models' own sum: what no price is known for makes it unknown.
Charge total(const std::map<std::string, Charge>& bounds) {
  Charge sum;
  for (const auto& [agent, bound] : bounds) sum = sum_of(sum, bound);
  return sum;
}

// As if every request but each call's last failed and was charged for at its worst.
Charge with_retries(const Charge& bound) {
  Charge sum;
  for (int attempt = 0; attempt < RetryOptions().attempts; ++attempt) sum = sum_of(sum, bound);
  return sum;
}

void print_table(Shell& shell, const DryRun& dry_run, std::size_t episodes,
                 const std::optional<double>& max_cost) {
  const auto& bounds = dry_run.bounds();
  if (bounds.empty()) {
    shell.out << fmt::format("{} {}; none asks a language model, so that nothing is paid for.\n",
                             episodes, episodes == 1 ? "episode" : "episodes");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(bounds.size() + 2);
  for (const auto& [agent, bound] : bounds)
    rows.push_back(bound_row(agent, bound, dry_run.free().contains(agent)));
  const auto sum = total(bounds);
  const bool all_free = dry_run.free().size() == bounds.size();
  if (bounds.size() > 1) rows.push_back(bound_row("together", sum, all_free));
  rows.push_back(bound_row("with every retry", with_retries(sum), all_free));
  shell.out << text_table({{"at most"},
                           {"requests", Align::right},
                           {"tokens in", Align::right},
                           {"tokens out", Align::right},
                           {"USD", Align::right}},
                          rows);
  shell.out << fmt::format(
      "\n{} {}. Nothing was sent. The models' rows are of one request for each call; one that "
      "fails is\n"
      "tried again, {} requests at most, of which each may be charged for.\n",
      episodes, episodes == 1 ? "episode" : "episodes", RetryOptions().attempts);
  const auto cost = sum.cost_usd;
  if (cost && max_cost && *with_retries(sum).cost_usd > *max_cost)
    shell.out << fmt::format("With --max-cost {} it may stop on the way.\n", *max_cost);
  if (!cost && max_cost)
    shell.out << fmt::format("With --max-cost {} what has no known price is refused.\n", *max_cost);
  for (const auto& agent : dry_run.free())
    shell.out << printable(agent + ": free: it runs on this machine.") << '\n';
  for (const auto& [agent, why] : dry_run.unpriced())
    shell.out << printable(fmt::format("{}: {}.", agent, why)) << '\n';
}

}  // namespace

int drive_dry_run(Shell& shell, const ExperimentSpec& spec, const DriverOptions& options) {
  ChatAgentOptions agents;
  agents.base_url = options.models.base_url;
  agents.run = "dry-run";
  if (const auto status = check_model_options(options.models); !status)
    return report(shell, status.error());
  const auto prices = price_table(options.models);
  if (!prices) return report(shell, prices.error());
  const auto unused =
      unused_prices_text(options.models.prices, spec.agents, agents.sources, agents.base_url);
  if (!unused) return report(shell, unused.error());
  shell.err << *unused;
  DryRun dry_run(std::move(agents), *prices);
  ExperimentOptions experiment;
  experiment.correspondents = &dry_run;
  experiment.cancellation = shell.cancellation;
  const auto results = run_experiment(spec, {}, experiment);
  if (!results) return report(shell, results.error());
  if (!options.as_json) {
    print_table(shell, dry_run, results->size(), options.models.max_cost);
    return exit_success;
  }
  const auto sum = total(dry_run.bounds());
  json models = json::object();
  for (const auto& [agent, bound] : dry_run.bounds()) models[agent] = bound_json(bound);
  for (const auto& [agent, why] : dry_run.unpriced()) models[agent]["cost_is_not_known"] = why;
  const json document = {{"episodes", results->size()},
                         {"at_most", bound_json(with_retries(sum))},
                         {"at_most_without_retries", bound_json(sum)},
                         {"models", std::move(models)},
                         {"requests_a_call", RetryOptions().attempts}};
  shell.out << document.dump(2) << '\n';
  return exit_success;
}

}  // namespace causal_gym
