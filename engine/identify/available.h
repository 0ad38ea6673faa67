// The distributions that an effect may be computed from: observation, experiments, other
// populations, selected samples.
//
// One entry is P^population(observed | do(intervened), given, selected). Experiments set all values
// of `intervened` in turn. The target population is 0; another one has the same graph, and other
// mechanisms at its `differs` nodes, to which its selection nodes point (Bareinboim & Pearl 2012).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace causal_gym {

struct AvailableDistribution {
  NodeSet intervened = {};
  std::optional<NodeSet> observed = {};  // measured; nothing: every observed node not in the others
  NodeSet given = {};     // it is known for each of their values, but not how likely these are
  NodeSet selected = {};  // known for one value of each alone: what a sample is selected by
  std::int32_t population = 0;
  NodeSet differs = {};  // may hold latent nodes; the same in all entries of a population
};

// What is measured.
[[nodiscard]] NodeSet measured_nodes(const Graph& graph, const AvailableDistribution& available);

// Errors: invalid_argument (no entries; nodes unknown or latent, in two parts of one entry; nothing
// measured; a negative population; a population that differs from itself), limit_exceeded
// (available_distributions).
[[nodiscard]] Status check_available(const Graph& graph,
                                     std::span<const AvailableDistribution> available,
                                     const Limits& limits = {});

// "P^{trial}(x, y | do(z), w)": names[i] is the name of population i, its number when there is
// none; of many measured nodes the first are listed.
[[nodiscard]] std::string available_text(const Graph& graph, const AvailableDistribution& available,
                                         std::span<const std::string> populations = {});

}  // namespace causal_gym
