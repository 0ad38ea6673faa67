// What the language models of a run cost: the built-in prices behind those of the user's file.
//
// Cost: linear in the file and the agents.
#pragma once

#include <span>
#include <string>

#include "engine/base/result.h"
#include "platform/llm/prices.h"
#include "platform/llm/provider_config.h"

namespace causal_gym {

// The rows of the file before those that are part of the program; an empty path: these alone.
// Errors: as PriceTable::parse, naming the file; not_found, unavailable (it cannot be read).
[[nodiscard]] Result<PriceTable> model_prices(const std::string& path);

// Whether a budget of cost can be kept: the price of every language model among the agents is
// known, at the address where it is asked. Agents whose name or address is wrong are passed over:
// who asks them says so. Errors: invalid_argument, naming the agent and --prices.
[[nodiscard]] Status check_prices_known(std::span<const std::string> agents,
                                        const PriceTable& prices, const ConfigSources& sources,
                                        const std::string& base_url);

// Whether every language model among the agents runs on this machine and costs nothing.
[[nodiscard]] bool run_free_here(std::span<const std::string> agents, const PriceTable& prices,
                                 const ConfigSources& sources, const std::string& base_url);

// Whether a file of prices says anything about the language models among the agents: empty, or the
// warning that none of its rows holds for any of them, or that there is none. An empty path: empty.
// Needs no keys.
[[nodiscard]] Result<std::string> unused_prices_text(const std::string& path,
                                                     std::span<const std::string> agents,
                                                     const ConfigSources& sources,
                                                     const std::string& base_url);

}  // namespace causal_gym
