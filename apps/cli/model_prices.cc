#include "apps/cli/model_prices.h"

#include <fmt/format.h>

#include <utility>

#include "apps/cli/model_argument.h"

namespace causal_gym {

namespace {

constexpr std::size_t largest_file_bytes = 1 << 20;

}  // namespace

Result<PriceTable> model_prices(const std::string& path) {
  if (path.empty()) return PriceTable::built_in();
  CAUSAL_GYM_TRY(text, read_text_file(path, largest_file_bytes));
  const auto table = PriceTable::parse(text);
  if (table) return table->before(PriceTable::built_in());
  auto error = table.error();
  error.where = error.where.empty() ? path : path + ", " + error.where;
  return fail(std::move(error));
}

Status check_prices_known(std::span<const std::string> agents, const PriceTable& prices,
                          const ConfigSources& sources, const std::string& base_url) {
  for (const auto& agent : agents) {
    if (!is_model_name(agent)) continue;
    const auto name = parse_model_name(agent);
    if (!name) continue;
    const auto provider = find_provider(name->provider);
    if (!provider) continue;
    const auto endpoint = provider_endpoint(**provider, sources, base_url);
    if (!endpoint || prices.find(endpoint->base_url, name->model, 0)) continue;
    const auto host = price_host(endpoint->base_url);
    auto message = fmt::format(
        "the price of '{}' at {} is not known, so that --max-cost cannot be kept", agent, host);
    return fail(ErrorCode::invalid_argument, std::move(message), {},
                fmt::format("give --prices FILE with a row of the host '{}' and the model '{}'",
                            host, name->model));
  }
  return {};
}

}  // namespace causal_gym
