// Bayesian networks in the Interchange Format (BIF 0.15, Cozman 1996), as the public repositories
// write it.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/model.h"

namespace causal_gym {

// A discrete model: two states make a binary variable, others categorical (make_variable). Blocks
// and rows in any order and `default` rows are read; in `table` the first-listed parent is slowest
// and the variable's states fastest. Comments and `property` texts are skipped; names may be in
// double quotes. Errors: parse_error with line and column (also a row twice, missing, or of the
// wrong length), unknown_name, cyclic_graph, limit_exceeded (bytes of the text, variables, states,
// length of a name, cells of all tables together over limits.mechanism_cells), and those of
// Model::create. O(bytes): the largest public networks, 5.5 MB, take about 0.1 s.
[[nodiscard]] Result<Model> parse_bif(std::string_view text, const Limits& limits = {});

// The model as BIF; numbers in the shortest form that reads back to the same double. Latent marks,
// labels, types and couplings have no place in BIF and are left out; noisy_or and deterministic
// mechanisms are written as tables. A name that BIF cannot hold bare is written in double quotes.
// Reading what was written from a read model gives the same model. Errors: invalid_argument for a
// name with a double quote in it; limit_exceeded for a mechanism too large as a table.
[[nodiscard]] Result<std::string> write_bif(const Model& model);

}  // namespace causal_gym
