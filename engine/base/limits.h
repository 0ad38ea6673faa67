// Every size that input may reach, by name. A value over its limit is the error limit_exceeded,
// never a slow death.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

struct Limits {
  std::size_t nodes = 1'000;      // variables of a graph or model
  std::size_t edges = 5'000;      // directed plus bidirected
  std::size_t name_length = 128;  // bytes of a variable, state or model name
  std::size_t graph_text_bytes = 1 << 20;
  std::size_t query_text_bytes = 4'096;
  std::size_t query_depth = 64;  // nested parentheses
  std::size_t query_terms = 256;
  std::size_t model_text_bytes = 16 << 20;  // the largest public network (diabetes.bif) is 5.5 MB
  std::size_t states = 512;                 // of one variable
  std::size_t mechanism_cells = 1 << 24;    // numbers in one conditional probability table
  std::size_t factor_cells = 1 << 24;       // numbers in one table during inference (128 MiB)
  std::size_t listed_paths = 1'000;
  std::size_t linear_variables = 500;  // of a linear model: its matrices are dense
  std::size_t half_trek_nodes = 200;   // of a graph whose coefficients are to be identified
  std::uint64_t path_search_steps = 2'000'000;
  std::size_t identification_links = 4'000'000;    // of c-factors, in one identification
  std::size_t derivation_symbols = 50'000;         // terms and variables in all its steps
  std::size_t available_distributions = 512;       // that one effect is sought in
  std::size_t identification_projections = 1'024;  // graphs without some unmeasured nodes, tried
  std::size_t answer_rows = 1 << 16;               // rows of a distribution that is given back
};

// Ok when size <= limit; otherwise limit_exceeded: "<what>: <size> is over the limit of <limit>".
[[nodiscard]] Status check_limit(std::string_view what, std::size_t size, std::size_t limit);

}  // namespace causal_gym
