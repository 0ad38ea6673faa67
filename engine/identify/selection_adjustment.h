// Adjustment under confounding and selection at once: the effect in the whole population from data
// on selected units, with help from unselected data on some of the covariates.
//
// Source: Correa, Tian & Bareinboim 2018, AAAI (generalised adjustment criterion, type 3); Correa &
// Bareinboim 2017, AAAI (types 1 and 2: no, or all, covariates measured without selection).
// Paper -> code: Z -> set, Z^T -> external, S -> selected. Cost: O(n + m).
#pragma once

#include "engine/identify/adjustment.h"

namespace causal_gym {

struct SelectionAdjustment {
  NodeSet set;       // adjusted for, seen in selected units
  NodeSet external;  // the part of the set whose distribution is known in the whole population
  NodeSet selected;  // units are seen when these have their selecting state
};

// What the criterion takes the external part to be: none, all of the set, or some of it.
enum class SelectionType { type_1 = 1, type_2 = 2, type_3 = 3 };

struct SelectionAdjustmentCheck {
  bool valid = false;
  SelectionType type = SelectionType::type_1;
  std::string reason;                  // one sentence
  std::vector<NodeId> forbidden;       // members on, or below, a proper causal path
  std::optional<Path> open_path;       // proper, not causal, open given set and selection
  std::optional<Path> selection_path;  // from y to the selection, open given `external`, where no
                                       // edge leaves x into a proper causal path
};

// Is P(y | do(x)) = sum over set of P(y | x, set, selected) P(set - external | external, selected)
// P(external) in every model? Exactly when the three
// conditions of the criterion hold.
// Errors: invalid_argument as in adjustment.h, when `selected` is empty, and when `external` is not
// a part of `set`.
[[nodiscard]] Result<SelectionAdjustmentCheck> check_selection_adjustment(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const SelectionAdjustment& adjustment);

// A valid pair with a set that is minimal for its external part, or nullopt when none exists.
// Members come from `measured` (seen in selected units), external ones from `external`, which is
// taken to be measured too. Cost: O(n + m).
[[nodiscard]] Result<std::optional<SelectionAdjustment>> find_selection_adjustment(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& selected,
    const NodeSet& measured, const NodeSet& external);

// The formula as text: "sum_{z, t} P(y | x, z, t, s = 1) P(z | t, s = 1) P(t)".
[[nodiscard]] std::string selection_estimand_text(const Graph& graph, const NodeSet& x,
                                                  const NodeSet& y,
                                                  const SelectionAdjustment& adjustment);

}  // namespace causal_gym
