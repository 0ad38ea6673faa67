#include "apps/server/model_launch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "platform/llm/chat_agents.h"
#include "platform/models/model_agents.h"
#include "platform/models/model_prices.h"

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 7> names = {
    "max_calls", "max_input_tokens", "max_output_tokens", "max_cost", "max_time",
    "cache",     "cache_days"};

constexpr std::array budgets = {"max_calls", "max_input_tokens", "max_output_tokens", "max_cost",
                                "max_time"};

// "openai/gpt-5.5", or with a * at its end what begins so.
bool fits(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  pattern.remove_suffix(1);
  return name.starts_with(pattern);
}

Result<ModelOptions> read_options(const nlohmann::json& models) {
  if (models.is_null()) return ModelOptions();
  if (!models.is_object())
    return fail(ErrorCode::invalid_argument, "it is no JSON object", "models");
  for (const auto& [name, value] : models.items())
    if (std::find(names.begin(), names.end(), name) == names.end())
      return fail(ErrorCode::invalid_argument, "nothing has this name", "models." + name,
                  fmt::format("there are {}", fmt::join(names, ", ")));
  auto options = parse_model_options(models.dump());
  if (!options) {
    auto error = options.error();
    error.where = "models." + error.where;
    return fail(std::move(error));
  }
  for (const char* name : budgets)
    if (models.contains(name) && models.at(name).get<double>() == 0)
      return fail(ErrorCode::invalid_argument, "with a budget of 0 nothing could be asked",
                  "models." + std::string(name), "leave it out for what the operator allows");
  if (options->cache_days && !options->cache.value_or(false))
    return fail(ErrorCode::invalid_argument,
                "it says how old replies to other runs may be, and those are not taken",
                "models.cache_days", "give \"cache\": true too");
  return options;
}

template <class T, class Most>
Status keep_below(std::optional<T>& budget, Most most, const char* name, const char* key) {
  if (!budget) budget = static_cast<T>(most);
  if (*budget <= static_cast<T>(most)) return {};
  return fail(ErrorCode::invalid_argument,
              fmt::format("{} is more than the {} that this server allows a run", *budget, most),
              fmt::format("models.{}", name), fmt::format("{} is the operator's", key));
}

}  // namespace

Status check_models_allowed(const ExperimentSpec& spec, const std::vector<std::string>& patterns) {
  for (std::size_t i = 0; i < spec.agents.size(); ++i) {
    if (!is_model_name(spec.agents[i])) continue;
    const auto agent = parse_model_name(spec.agents[i]);
    if (!agent) {
      auto error = agent.error();
      error.where = fmt::format("agents[{}]", i);
      return fail(std::move(error));
    }
    const auto name = agent->provider + "/" + agent->model;
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const std::string& pattern) { return fits(pattern, name); }))
      continue;
    return fail(ErrorCode::unauthorized,
                patterns.empty()
                    ? "runs that this server is asked for may ask no language models"
                    : "'" + name + "' is none of the language models that this server may ask",
                fmt::format("agents[{}]", i),
                "take a built-in agent such as ideal, or ask the operator for models.allowed");
  }
  return {};
}

Result<std::string> launched_model_options(const ExperimentSpec& spec, const nlohmann::json& models,
                                           const Configuration::Models& allowed) {
  CAUSAL_GYM_TRY(options, read_options(models));
  if (!asks_models(spec)) {
    if (models.is_null()) return std::string();
    return fail(ErrorCode::invalid_argument, "no agent is a language model", "models");
  }
  CAUSAL_GYM_CHECKED(check_models_allowed(spec, allowed.allowed));
  CAUSAL_GYM_CHECKED(
      keep_below(options.max_calls, allowed.most_calls, "max_calls", "models.most_calls"));
  if (allowed.most_cost > 0)
    CAUSAL_GYM_CHECKED(
        keep_below(options.max_cost, allowed.most_cost, "max_cost", "models.most_cost"));
  if (options.max_cost) {
    CAUSAL_GYM_TRY(prices, model_prices(allowed.prices));
    if (const auto known = check_prices_known(spec.agents, prices, system_sources(), ""); !known)
      return fail(ErrorCode::invalid_argument,
                  "a model's price is not known here, so that its budget of cost cannot be kept: " +
                      known.error().message,
                  "models.max_cost", "ask the operator for a row of models.prices");
  }
  return model_options_text(options);
}

Status check_launched(const ExperimentSpec& spec) {
  ChatAgents models({}, [](const ChatCall&, const ChatDone&) -> Result<std::uint64_t> {
    return fail(ErrorCode::cancelled, "nothing is asked here");
  });
  ExperimentOptions options;
  options.correspondents = &models;
  return check_experiment(spec, options);
}

}  // namespace causal_gym
