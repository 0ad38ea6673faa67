#include "platform/models/model_prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/printable.h"
#include "platform/llm/chat_agents.h"
#include "platform/models/text_file.h"

namespace causal_gym {

namespace {

constexpr std::size_t largest_file_bytes = 1 << 20;

Result<PriceTable> prices_in(const std::string& path) {
  CAUSAL_GYM_TRY(text, read_text_file(path, largest_file_bytes));
  auto table = PriceTable::parse(text);
  if (table) return table;
  auto error = table.error();
  error.where = error.where.empty() ? path : path + ", " + error.where;
  return fail(std::move(error));
}

// A language model and where it is asked.
struct PlacedModel {
  std::string agent;
  std::string provider;
  std::string base_url;
  std::string model;
  [[nodiscard]] PricedModel priced() const { return {provider, base_url, model}; }
};

// Agents whose name or address is wrong, or missing, are passed over.
std::vector<PlacedModel> placed_models(std::span<const std::string> agents,
                                       const ConfigSources& sources, const std::string& base_url,
                                       Asking asking) {
  const ChatAgentOptions options{sources, base_url, {}, asking};
  std::vector<PlacedModel> models;
  for (const auto& agent : agents) {
    if (!is_model_name(agent)) continue;
    const auto placed = place_agent(agent, options);
    if (!placed || placed->endpoint.base_url.empty()) continue;
    const auto& name = placed->agent.name;
    models.push_back({agent, name.provider, placed->endpoint.base_url, name.model});
  }
  return models;
}

}  // namespace

Result<PriceTable> model_prices(const std::string& path) {
  if (path.empty()) return PriceTable::built_in();
  CAUSAL_GYM_TRY(table, prices_in(path));
  return table.before(PriceTable::built_in());
}

Status check_prices_known(std::span<const std::string> agents, const PriceTable& prices,
                          const ConfigSources& sources, const std::string& base_url) {
  for (const auto& model : placed_models(agents, sources, base_url, Asking::for_real)) {
    if (prices.find(model.priced(), 0)) continue;
    auto message =
        fmt::format("the price of '{}' at {} is not known, so that --max-cost cannot be kept",
                    model.agent, price_host(model.base_url));
    return fail(ErrorCode::invalid_argument, std::move(message), {}, how_to_price(model.priced()));
  }
  return {};
}

bool run_free_here(std::span<const std::string> agents, const PriceTable& prices,
                   const ConfigSources& sources, const std::string& base_url) {
  const auto models = placed_models(agents, sources, base_url, Asking::not_at_all);
  return std::all_of(models.begin(), models.end(),
                     [&](const auto& model) { return prices.is_free_here(model.priced()); });
}

Result<std::string> unused_prices_text(const std::string& path, std::span<const std::string> agents,
                                       const ConfigSources& sources, const std::string& base_url) {
  if (path.empty()) return std::string();
  CAUSAL_GYM_TRY(table, prices_in(path));
  const auto models = placed_models(agents, sources, base_url, Asking::not_at_all);
  for (const auto& model : models)
    if (table.known_up_to(model.priced())) return std::string();
  if (models.empty()) {
    if (std::any_of(agents.begin(), agents.end(), is_model_name)) return std::string();
    return printable(fmt::format("warning: --prices {} is of no use: no agent of this run is a "
                                 "language model",
                                 path)) +
           "\n";
  }
  const auto& first = models.front();
  return printable(fmt::format(
             "warning: no row of --prices {} is of a model of this run; one of '{}' has the host "
             "'{}' and the model '{}'",
             path, first.agent, price_host(first.base_url), first.model)) +
         "\n";
}

}  // namespace causal_gym
