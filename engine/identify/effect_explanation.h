// All that there is to say about one effect in one graph, on one page: is it identifiable, how, by
// which sets, what biases it, and what would repair it.
//
// Put together from the criteria and algorithms of this folder, each within small limits, so that
// an editor can ask for it at every keystroke. Cost: the sum of theirs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/graph/paths.h"
#include "engine/identify/front_door.h"
#include "engine/identify/instruments.h"
#include "engine/identify/optimal_adjustment.h"
#include "engine/identify/repairs.h"

namespace causal_gym {

struct ExplanationLimits {
  std::size_t sets = 10;           // of each listing
  std::size_t symbols = 500;       // of the estimand that is written out on the page
  std::size_t paths = 10;          // biasing paths
  std::size_t path_steps = 2'000;  // of the search for them
  RepairLimits repairs;
};

struct EffectExplanation {
  EffectTarget target;  // nothing given
  Identification identification;
  std::string effect_text;     // "P(y | do(x))"
  std::string estimand_text;   // empty when there is none
  SetListing adjustment_sets;  // minimal ones
  std::optional<NodeSet> canonical_set;
  OptimalAdjustment optimal;
  std::optional<NodeSet> front_door_set;  // a minimal one
  // For one treatment that acts on one outcome; otherwise empty.
  std::vector<Instrument> instruments;
  std::size_t instruments_left_off = 0;
  PathListing biasing_paths;     // open and not causal, when nothing is adjusted for
  std::size_t causal_paths = 0;  // among the paths that were looked at
  RepairListing repairs;         // when not identifiable
};

// Errors: invalid_argument as in adjustment.h, cancelled.
[[nodiscard]] Result<EffectExplanation> explain_effect(const Graph& graph, const NodeSet& x,
                                                       const NodeSet& y,
                                                       const ExplanationLimits& limits = {},
                                                       const CancellationToken& cancellation = {});

struct ExplanationSection {
  std::string title;
  std::vector<std::string> lines;  // a sentence each
};

// The page, section by section; no section is empty.
[[nodiscard]] std::vector<ExplanationSection> explanation_page(
    const Graph& graph, const EffectExplanation& explanation);

}  // namespace causal_gym
