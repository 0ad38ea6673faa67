// Available distributions in requests, and what is identified from them.
//
// One is {"do": [..], "variables": [..], "given": [..], "selected": [..], "population": "name",
// "differs": [..]}, each part optional: {} is P over all observed variables of the population asked
// about. `differs` names the variables whose mechanisms differ in that population.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/identify/gid.h"

namespace causal_gym {

struct AvailableList {
  std::vector<AvailableDistribution> distributions;
  std::vector<std::string> populations;  // names by number; 0 is the one asked about
};

// Errors: unknown_name (a field, a variable), invalid_argument (shape).
[[nodiscard]] Result<AvailableList> read_available(const nlohmann::json& value,
                                                   std::string_view path, const Graph& graph);

// As identification_json, with "sources": the c-factors and the distributions they are had from.
[[nodiscard]] nlohmann::json general_identification_json(const Graph& graph,
                                                         const EffectTarget& target,
                                                         const AvailableList& available,
                                                         const GeneralIdentification& answer);

}  // namespace causal_gym
