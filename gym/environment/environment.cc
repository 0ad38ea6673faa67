#include "gym/environment/environment.h"

#include "engine/ask.h"

namespace causal_gym {

Result<double> truth_of(const Model& model, const Regime& regime, const Query& query) {
  return ask_value(model, regime, query);
}

}  // namespace causal_gym
