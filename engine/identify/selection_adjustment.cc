#include "engine/identify/selection_adjustment.h"

#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

constexpr auto external_role = "set measured without selection";

Status check_arguments(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& set,
                       const NodeSet& selected) {
  CAUSAL_GYM_CHECKED(check_adjustment_arguments(graph, x, y, set, "adjustment set",
                                                {EffectReach::total, selected}));
  if (selected.empty()) return fail(ErrorCode::invalid_argument, "the selection is empty");
  return {};
}

std::string reason_of(const Graph& graph, const SelectionAdjustment& adjustment,
                      const SelectionAdjustmentCheck& check) {
  if (!check.forbidden.empty())
    return set_text(graph, NodeSet{std::span<const NodeId>(check.forbidden)}) +
           (check.forbidden.size() == 1 ? " lies on, or descends from, a causal path"
                                        : " lie on, or descend from, causal paths");
  if (check.open_path)
    return "the non-causal path " + path_text(graph, *check.open_path) +
           " stays open among selected units";
  if (check.selection_path)
    return "the path " + path_text(graph, *check.selection_path) +
           " makes the outcome depend on the selection given " +
           set_text(graph, adjustment.external);
  return "adjusting for " + set_text(graph, adjustment.set) +
         " among selected units gives the effect in the whole population" +
         (adjustment.external.empty()
              ? ""
              : ", with the distribution of " + set_text(graph, adjustment.external) + " there");
}

SelectionType type_of(const SelectionAdjustment& adjustment) {
  if (adjustment.external.empty()) return SelectionType::type_1;
  return adjustment.external == adjustment.set ? SelectionType::type_2 : SelectionType::type_3;
}

std::string names(const Graph& graph, const NodeSet& set) {
  std::string text;
  for (const NodeId v : set) text += (text.empty() ? "" : ", ") + quoted_name(graph.name(v));
  return text;
}

// "a, b" of parts that may be empty.
std::string listed(std::initializer_list<std::string> parts) {
  std::string text;
  for (const auto& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

Result<SelectionAdjustmentCheck> check_selection_adjustment(const Graph& graph, const NodeSet& x,
                                                            const NodeSet& y,
                                                            const SelectionAdjustment& adjustment) {
  const auto& [set, external, selected] = adjustment;
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, set, selected));
  if (const auto beside = external - set; !beside.empty()) {
    CAUSAL_GYM_CHECKED(check_observed(graph, beside, external_role));
    return fail(ErrorCode::invalid_argument, "'" + graph.name(*beside.begin()) + "' is in the " +
                                                 std::string(external_role) +
                                                 " but not in the adjustment set");
  }
  const auto effect = effect_edges(graph, x, y);
  const auto rest = without_edges(graph, effect);
  SelectionAdjustmentCheck check;
  check.type = type_of(adjustment);
  check.forbidden = (set & descendants(graph, effect.to)).to_vector();
  CAUSAL_GYM_TRY(proper, separation(rest, x, y, set | selected));
  check.open_path = std::move(proper.open_path);
  CAUSAL_GYM_TRY(selection, separation(rest, y, selected, external));
  check.selection_path = std::move(selection.open_path);
  check.valid = check.forbidden.empty() && !check.open_path && !check.selection_path;
  check.reason = reason_of(graph, adjustment, check);
  return check;
}

Result<std::optional<SelectionAdjustment>> find_selection_adjustment(
    const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& selected,
    const NodeSet& measured, const NodeSet& external) {
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, measured | external, selected));
  const auto effect = effect_edges(graph, x, y);
  const auto forbidden = descendants(graph, effect.to);
  // All ancestors of y and the selection that may serve separate them when anything does, and all
  // ancestors of x, y and the selection separate x and y; the first are among the second. So the
  // two parts can be looked for one after the other.
  auto part = find_minimal_separator(graph, y, selected, {{}, external - forbidden}, effect);
  if (!part) return std::nullopt;
  auto set = find_minimal_separator(graph, x, y,
                                    {*part | selected, (measured | external) - forbidden}, effect);
  if (!set) return std::nullopt;
  return SelectionAdjustment{*set - selected, *std::move(part), selected};
}

std::string selection_estimand_text(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                    const SelectionAdjustment& adjustment) {
  const auto& [set, external, selected] = adjustment;
  std::string seen;
  for (const NodeId v : selected)
    seen += (seen.empty() ? "" : ", ") + quoted_name(graph.name(v)) + " = 1";
  const auto inner = set - external;
  std::string text;
  if (!set.empty()) text = "sum_{" + names(graph, set) + "} ";
  text += "P(" + names(graph, y) + " | " + listed({names(graph, x), names(graph, set), seen}) + ")";
  if (!inner.empty())
    text += " P(" + names(graph, inner) + " | " + listed({names(graph, external), seen}) + ")";
  if (!external.empty()) text += " P(" + names(graph, external) + ")";
  return text;
}

}  // namespace causal_gym
