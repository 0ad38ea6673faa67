// What would make an effect identifiable: hidden causes to measure, variables to randomise.
//
// Tried one by one, then in pairs, and so on; the first number of changes that helps is the
// cheapest, and all that help at that number are listed. Measuring the common cause behind
// a <-> b takes that edge out of every district, which is all that identification sees of it.
// Randomising stands for an experiment on these variables beside the observation of all. Complete
// up to the number of changes, because the algorithms behind it are (idc.h, gid.h).
// Cost: one identification for each combination tried.
#pragma once

#include <string>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/identify/identify.h"

namespace causal_gym {

struct Repair {
  NodeSet measured;                   // latent nodes of the graph
  std::vector<Edge> measured_causes;  // bidirected edges whose common cause is measured
  NodeSet randomised;                 // in one experiment, jointly
  friend bool operator==(const Repair&, const Repair&) = default;
};

struct RepairListing {
  std::vector<Repair> repairs;  // measuring before randomising, then by node order
  std::size_t changes = 0;      // of each repair; 0 when none was found
  bool complete = true;         // false when a limit or a cancellation ended the search
};

struct RepairLimits {
  std::size_t changes = 2;  // together in one repair
  std::size_t tried = 300;  // combinations
  std::size_t listed = 10;
};

// For an effect that is not identifiable; otherwise the listing is empty. Randomising the whole
// treatment always helps and is listed only when nothing smaller was found. Errors: those of
// identify_effect.
[[nodiscard]] Result<RepairListing> cheapest_repairs(const Graph& graph, const EffectTarget& target,
                                                     const RepairLimits& limits = {},
                                                     const CancellationToken& cancellation = {});

// "measure a common cause of x and y and randomise m".
[[nodiscard]] std::string repair_text(const Graph& graph, const Repair& repair);

}  // namespace causal_gym
