// How strongly two discrete variables go together in a model without interventions.
//
// Source: Pearson 1895 for variables with numbers; Cramer 1946, section 21.9, for the others. Cost:
// two exact inferences a pair.
#pragma once

#include "gym/interface/observation.h"

namespace causal_gym {

// Marginals of the observed variables and a correlation for each pair. Errors: those of posterior.
[[nodiscard]] Result<ShownCorrelations> observational_correlations(const Model& model);

}  // namespace causal_gym
