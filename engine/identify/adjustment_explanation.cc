#include "engine/identify/adjustment_explanation.h"

#include "engine/base/check.h"
#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/identify/directed_path.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// What all parts of one explanation share.
struct Setting {
  const Graph& graph;
  const NodeSet& x;
  const NodeSet& y;
  const AdjustmentScope& scope;
  EdgeCut effect;
  Graph rest;  // without the edges of the effect
};

ForbiddenMember forbidden_member(const Setting& setting, NodeId member) {
  const auto& [graph, x, y, scope, effect, rest] = setting;
  auto descent = shortest_directed_path(graph, effect.to, {member});
  CHECK(descent.has_value());
  const NodeId start = descent->nodes.front();
  // Of a direct effect `start` is a child of x in y, so that both parts are as short as can be.
  auto before = shortest_directed_path(graph, x, {start});
  const auto after = shortest_directed_path(graph, {start}, y, x);
  CHECK(before.has_value() && after.has_value());
  return {member, joined_paths(*std::move(before), *after), *std::move(descent)};
}

UnblockedPath unblocked(const Graph& graph, Path path, const NodeSet& given) {
  UnblockedPath result{std::move(path), {}};
  const auto& [nodes, steps] = result.path;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i - 1] == Step::backward || steps[i] == Step::forward) continue;
    const auto down = shortest_directed_path(graph, {nodes[i]}, given);
    CHECK(down.has_value());  // the path is open, so this collider is opened
    result.opened_by.push_back({nodes[i], down->nodes.back()});
  }
  return result;
}

Result<std::optional<UnblockedPath>> open_path_given(const Setting& setting, const NodeSet& set) {
  const auto given = set | setting.scope.selected;
  CAUSAL_GYM_TRY(result, separation(setting.rest, setting.x, setting.y, given));
  if (!result.open_path) return std::nullopt;
  return unblocked(setting.rest, *std::move(result.open_path), given);
}

Status add_objections(const Setting& setting, const NodeSet& set,
                      AdjustmentExplanation& explanation) {
  auto& objections = explanation.objections;
  for (const NodeId v : set& descendants(setting.graph, setting.effect.to))
    objections.emplace_back(forbidden_member(setting, v));
  CAUSAL_GYM_TRY(open, open_path_given(setting, set));
  if (open) objections.emplace_back(*std::move(open));
  CAUSAL_GYM_TRY(selection, separation(setting.rest, setting.y, setting.scope.selected, {}));
  if (selection.open_path) objections.emplace_back(SelectedOutcome{*selection.open_path});
  return {};
}

Status add_roles(const Setting& setting, const NodeSet& set, AdjustmentExplanation& explanation) {
  for (const NodeId v : set) {
    CAUSAL_GYM_TRY(open, open_path_given(setting, set - NodeSet{v}));
    explanation.roles.push_back({v, std::move(open)});
  }
  const auto smaller = find_minimal_separator(setting.graph, setting.x, setting.y,
                                              {setting.scope.selected, set}, setting.effect);
  CHECK(smaller.has_value());
  if (auto part = *smaller - setting.scope.selected; part != set)
    explanation.smaller = std::move(part);
  return {};
}

std::string opening_text(const Graph& graph, const UnblockedPath& unblocked) {
  std::string text;
  for (const auto& [collider, member] : unblocked.opened_by) {
    text += text.empty() ? ": " : ", ";
    text += quoted_name(graph.name(member)) + " opens it";
    if (member != collider) text += " below " + quoted_name(graph.name(collider));
  }
  return text;
}

struct ObjectionText {
  const Graph& graph;

  std::string operator()(const ForbiddenMember& forbidden) const {
    const auto path = path_text(graph, forbidden.causal_path);
    const auto member = quoted_name(graph.name(forbidden.member));
    if (forbidden.descent.steps.empty()) return member + " lies on the causal path " + path;
    return member + " descends from the causal path " + path + " by " +
           path_text(graph, forbidden.descent);
  }
  std::string operator()(const UnblockedPath& unblocked) const {
    return "the path " + path_text(graph, unblocked.path) + " is open" +
           opening_text(graph, unblocked);
  }
  std::string operator()(const SelectedOutcome& selected) const {
    return "the path " + path_text(graph, selected.path) +
           " makes the outcome depend on the selection";
  }
};

}  // namespace

Result<AdjustmentExplanation> explain_adjustment(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const NodeSet& set,
                                                 const AdjustmentScope& scope) {
  CAUSAL_GYM_CHECKED(check_adjustment_arguments(graph, x, y, set, "adjustment set", scope));
  auto effect = effect_edges(graph, x, y, scope.effect);
  auto rest = without_edges(graph, effect);
  const Setting setting{graph, x, y, scope, std::move(effect), std::move(rest)};
  AdjustmentExplanation explanation;
  CAUSAL_GYM_CHECKED(add_objections(setting, set, explanation));
  explanation.valid = explanation.objections.empty();
  if (explanation.valid) CAUSAL_GYM_CHECKED(add_roles(setting, set, explanation));
  return explanation;
}

std::vector<std::string> explanation_text(const Graph& graph,
                                          const AdjustmentExplanation& explanation) {
  std::vector<std::string> sentences;
  for (const auto& objection : explanation.objections)
    sentences.push_back(std::visit(ObjectionText{graph}, objection));
  for (const auto& [member, open] : explanation.roles) {
    const auto name = quoted_name(graph.name(member));
    sentences.push_back(open ? "without " + name + " the path " + path_text(graph, open->path) +
                                   " is open" + opening_text(graph, *open)
                             : "the set is valid without " + name + " too");
  }
  if (explanation.smaller)
    sentences.push_back("the smaller set " + set_text(graph, *explanation.smaller) +
                        " is valid and minimal");
  return sentences;
}

}  // namespace causal_gym
