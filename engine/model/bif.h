// Bayesian networks in the Interchange Format (BIF 0.15, Cozman 1996), as the public repositories
// write it.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/model.h"

namespace causal_gym {

// A discrete model: two states make a binary variable, others categorical. Rows in any order and
// `default` rows are read; in `table` the first-listed parent is slowest and the variable's states
// fastest. `property` texts are skipped. Errors: parse_error with line and column, unknown_name,
// cyclic_graph, limit_exceeded, and those of Model::create.
[[nodiscard]] Result<Model> parse_bif(std::string_view text, const Limits& limits = {});

// The model as BIF; numbers in the shortest form that reads back to the same double. Latent marks,
// labels and couplings have no place in BIF and are left out. Errors: invalid_argument for a name
// BIF cannot hold.
[[nodiscard]] Result<std::string> write_bif(const Model& model);

}  // namespace causal_gym
