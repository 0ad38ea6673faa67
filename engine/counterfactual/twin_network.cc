#include "engine/counterfactual/twin_network.h"

#include <algorithm>

#include "engine/counterfactual/shared_noise.h"
#include "engine/infer/factor_operations.h"
#include "engine/infer/intervene.h"
#include "engine/infer/sum_out.h"

namespace causal_gym {
namespace {

using Events = std::vector<CheckedEvent>;

// The table over all states of the asked variables. `mass` is over the copies in `open`, each with
// the states it keeps; what is asked twice agrees with itself, what is known has one state.
Factor expanded(const ParallelWorlds& worlds, const Events& asked,
                const std::vector<VariableId>& open, const Factor& mass) {
  Factor result;
  for (const auto& event : asked) {
    result.variables.push_back(event.variable);
    result.cardinalities.push_back(event.allowed.size());
  }
  result.values.assign(cell_count(result.cardinalities), 0.0);
  std::vector<std::size_t> index(open.size(), 0);
  for (const double value : mass.values) {
    std::size_t cell = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      auto state = worlds.asked()[i].state;
      if (!worlds.asked()[i].known()) {
        const auto& kept = worlds.copies()[worlds.asked()[i].copy].kept;
        const auto at = std::find(open.begin(), open.end(), worlds.asked()[i].copy) - open.begin();
        const std::size_t position = kept.size() == 1 ? 0 : index[at];
        state = kept.empty() ? static_cast<State>(position) : kept[position];
      }
      cell = cell * result.cardinalities[i] + static_cast<std::size_t>(state);
    }
    result.values[cell] = value;
    for (std::size_t i = index.size(); i-- > 0 && ++index[i] == mass.cardinalities[i];)
      index[i] = 0;
  }
  return result;
}

// P(asked, events) for every joint state of what is asked.
Result<ScaledFactor> world_mass(const Model& model, const Events& events, const Events& asked,
                                const InferenceOptions& options) {
  const ParallelWorlds worlds(model, events, asked);
  std::vector<std::size_t> sizes;
  for (const auto& event : asked) sizes.push_back(event.allowed.size());
  CAUSAL_GYM_CHECKED(check_limit("cells of the table over the targets", cell_count(sizes),
                                 options.limits.factor_cells));
  if (!worlds.possible()) return ScaledFactor{expanded(worlds, asked, {}, Factor{}), 0};
  WorldTables tables(worlds, options);
  for (const auto& copies : worlds.copies_by_variable())
    CAUSAL_GYM_CHECKED(tables.add_variable(copies));
  std::vector<std::vector<State>> kept(tables.variable_count());
  for (std::size_t i = 0; i < worlds.copies().size(); ++i) kept[i] = worlds.copies()[i].kept;
  std::vector<Factor> factors;
  for (const auto& table : tables.take()) factors.push_back(restricted(table, kept));
  std::vector<VariableId> open;
  for (const auto& reference : worlds.asked())
    if (!reference.known() && kept[reference.copy].size() != 1 &&
        std::find(open.begin(), open.end(), reference.copy) == open.end())
      open.push_back(reference.copy);
  CAUSAL_GYM_TRY(mass, sum_out(std::move(factors), open, options));
  return ScaledFactor{expanded(worlds, asked, open, mass.factor), mass.exponent};
}

void add_each_state(const Events& events, Events& asked) {
  std::copy_if(events.begin(), events.end(), std::back_inserter(asked),
               [](const CheckedEvent& event) { return event.each_state; });
}

}  // namespace

Result<Factor> evaluate_counterfactual(const Model& model, const CheckedTerm& term,
                                       const InferenceOptions& options) {
  const Regime interventions(term.interventions.begin(), term.interventions.end());
  CAUSAL_GYM_TRY(base, intervene(model, interventions, options));
  Events asked_given;
  add_each_state(term.conditions, asked_given);
  Events asked;
  if (term.expectation_of) asked = {*term.expectation_of};
  add_each_state(term.events, asked);
  asked.insert(asked.end(), asked_given.begin(), asked_given.end());
  // The conditions first: whether they can happen may need less than the whole question.
  CAUSAL_GYM_TRY(given, world_mass(base, term.conditions, asked_given, options));
  if (!(total(given.factor) > 0))
    return fail(ErrorCode::zero_probability, "the conditions have probability zero");
  Events all = term.conditions;
  all.insert(all.end(), term.events.begin(), term.events.end());
  CAUSAL_GYM_TRY(mass, world_mass(base, all, asked, options));
  CAUSAL_GYM_TRY(result, ratio(std::move(mass), given));
  if (!term.expectation_of) return result;
  const auto& variable = model.variable(term.expectation_of->variable);
  if (variable.numbers.empty())
    return fail(ErrorCode::invalid_argument,
                "the states of '" + variable.name + "' have no numbers to average");
  return mean_over_first(result, variable.numbers);
}

}  // namespace causal_gym
