// Which language models a run that is launched over HTTP may ask, and what it may spend: what the
// operator allows. Keys, addresses and prices are never the request's. Cost: linear in the request.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gym/experiment/experiment.h"
#include "platform/config/configuration.h"

namespace causal_gym {

// Errors: unauthorized, naming the agent and what may be asked instead.
[[nodiscard]] Status check_models_allowed(const ExperimentSpec& spec,
                                          const std::vector<std::string>& patterns);

// How a launch has its models asked, as its run keeps it: what `body`'s member `models` says, which
// is taken out of it, with the operator's budgets where it has none. Empty when no agent is a
// language model. Errors: invalid_argument (what has no such name; a budget over the operator's; a
// cost that cannot be known), unauthorized (a model that is not allowed).
[[nodiscard]] Result<std::string> launched_model_options(const ExperimentSpec& spec,
                                                         const nlohmann::json& models,
                                                         const Configuration::Models& allowed);

// Whether all its models could be asked from here. Errors: those of check_experiment; unauthorized
// (no key).
[[nodiscard]] Status check_launched(const ExperimentSpec& spec);

}  // namespace causal_gym
