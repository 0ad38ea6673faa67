#include "engine/identify/effect_explanation.h"

#include <algorithm>

#include "engine/expression/print.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// Does the path go through the set after its first node? Then it is no path of the first node's: of
// treatments that are set together, only those from the last one count.
bool returns_to(const Path& path, const NodeSet& set) {
  return std::any_of(path.nodes.begin() + 1, path.nodes.end(),
                     [&](NodeId v) { return set.contains(v); });
}

// Open paths that are not causal, and how many causal ones there are.
Status add_paths(const Graph& graph, const ExplanationLimits& limits,
                 const CancellationToken& cancellation, EffectExplanation& explanation) {
  const auto& [x, y, given] = explanation.target;
  Limits path_limits;
  path_limits.listed_paths = 50 * limits.paths;
  path_limits.path_search_steps = limits.path_steps;
  for (const NodeId from : x)
    for (const NodeId to : y) {
      CAUSAL_GYM_TRY(listing, list_paths(graph, from, to, {}, path_limits, cancellation));
      auto& found = explanation.biasing_paths;
      found.complete = found.complete && listing.complete;
      for (auto& path : listing.paths) {
        if (returns_to(path.path, x)) continue;
        if (path.kind == PathKind::causal) {
          ++explanation.causal_paths;
        } else if (path.open && found.paths.size() < limits.paths) {
          found.paths.push_back(std::move(path));
        } else if (path.open) {
          found.complete = false;
        }
      }
    }
  return {};
}

std::string listed(const Graph& graph, const std::vector<NodeSet>& sets) {
  std::string text;
  for (const auto& set : sets)
    text += (text.empty() ? "" : "  or  ") + (set.empty() ? "nothing" : set_text(graph, set));
  return text;
}

ExplanationSection verdict_section(const Graph& graph, const EffectExplanation& explanation) {
  const auto& id = explanation.identification;
  ExplanationSection section;
  switch (id.verdict) {
    case Verdict::identifiable:
      section.title = "Identifiable from observation";
      section.lines = {explanation.effect_text + " = " + explanation.estimand_text, id.reason};
      if (!id.free.empty())
        section.lines.push_back("the value is the same for every state of " +
                                set_text(graph, id.free));
      break;
    case Verdict::not_identifiable:
      section.title = "Not identifiable from observation";
      section.lines = {id.reason};
      break;
    case Verdict::unknown:
      section.title = "Not decided";
      section.lines = {id.reason};
      break;
  }
  return section;
}

ExplanationSection bias_section(const Graph& graph, const EffectExplanation& explanation) {
  ExplanationSection section{"What biases the plain association", {}};
  for (const auto& path : explanation.biasing_paths.paths)
    section.lines.push_back(path_text(graph, path.path) + " is open");
  const bool complete = explanation.biasing_paths.complete;
  if (section.lines.empty())
    section.lines.push_back(complete ? "nothing: no path but causal ones is open"
                                     : "no such path was found, but not all were looked at");
  else if (!complete)
    section.lines.emplace_back("(there are more paths than were looked at)");
  return section;
}

ExplanationSection adjustment_section(const Graph& graph, const EffectExplanation& explanation) {
  ExplanationSection section{"Adjustment", {}};
  if (!explanation.canonical_set) {
    section.lines.emplace_back("no set of observed variables will do");
    return section;
  }
  const auto& listing = explanation.adjustment_sets;
  section.lines.push_back("enough, with nothing to spare: " + listed(graph, listing.sets) +
                          (listing.complete ? "" : "  (and more)"));
  const auto& optimal = explanation.optimal;
  if (optimal.set) {
    section.lines.push_back("most precise: " + listed(graph, {*optimal.set}));
  } else if (optimal.minimal && optimal.minimal_is_optimal) {
    section.lines.push_back("most precise of these: " + listed(graph, {*optimal.minimal}));
  }
  return section;
}

ExplanationSection other_roads_section(const Graph& graph, const EffectExplanation& explanation) {
  ExplanationSection section{"Other roads", {}};
  if (explanation.front_door_set && !explanation.front_door_set->empty())
    section.lines.push_back("front door: " + set_text(graph, *explanation.front_door_set) +
                            " carries the whole effect and is itself unconfounded");
  const auto& [x, y, given] = explanation.target;
  for (const auto& instrument : explanation.instruments)
    section.lines.push_back(
        "instrument: " + set_text(graph, NodeSet{instrument.instrument}) +
        (instrument.given.empty() ? "" : " given " + set_text(graph, instrument.given)) +
        "; in linear models the effect is " +
        instrument_estimand_text(graph, *x.begin(), *y.begin(), instrument));
  if (explanation.instruments_left_off > 0)
    section.lines.push_back("(and " + std::to_string(explanation.instruments_left_off) +
                            " more instruments)");
  return section;
}

ExplanationSection repair_section(const Graph& graph, const EffectExplanation& explanation) {
  ExplanationSection section{"What would make it identifiable", {}};
  if (explanation.identification.verdict == Verdict::identifiable) return section;
  for (const auto& repair : explanation.repairs.repairs)
    section.lines.push_back(repair_text(graph, repair));
  if (!explanation.repairs.complete)
    section.lines.emplace_back("(there may be more: the limit stopped the search)");
  if (section.lines.empty())
    section.lines.emplace_back("nothing within reach but an experiment on the treatment itself");
  return section;
}

}  // namespace

Result<EffectExplanation> explain_effect(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                         const ExplanationLimits& limits,
                                         const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, x, y));
  EffectExplanation explanation;
  explanation.target = {x, y, {}};
  CAUSAL_GYM_TRY(identification, identify_effect(graph, explanation.target, cancellation));
  const auto names = graph.names();
  explanation.effect_text = expression_text(probability(y.to_vector(), {}, x.to_vector()), names);
  if (identification.estimand && identification.estimand->written_size() > limits.symbols)
    explanation.estimand_text =
        "(a formula of " + std::to_string(identification.estimand->written_size()) + " symbols)";
  else if (identification.estimand)
    explanation.estimand_text = expression_text(identification.estimand, names);
  AdjustmentLimits adjustment;
  adjustment.sets = limits.sets;
  CAUSAL_GYM_TRY(sets, minimal_adjustment_sets(graph, x, y, adjustment, cancellation));
  CAUSAL_GYM_TRY(canonical, canonical_adjustment_set(graph, x, y));
  CAUSAL_GYM_TRY(optimal, optimal_adjustment_set(graph, x, y));
  CAUSAL_GYM_TRY(front_door, find_front_door_set(graph, x, y));
  explanation.adjustment_sets = std::move(sets);
  explanation.canonical_set = std::move(canonical);
  explanation.optimal = std::move(optimal);
  explanation.front_door_set = std::move(front_door);
  const bool acts = identification.strategy != Strategy::no_effect;
  if (acts && x.size() == 1 && y.size() == 1) {
    CAUSAL_GYM_TRY(instruments, list_instruments(graph, *x.begin(), *y.begin()));
    explanation.instruments_left_off =
        instruments.size() - std::min(instruments.size(), limits.sets);
    instruments.resize(instruments.size() - explanation.instruments_left_off);
    explanation.instruments = std::move(instruments);
  }
  CAUSAL_GYM_CHECKED(add_paths(graph, limits, cancellation, explanation));
  explanation.identification = std::move(identification);
  if (explanation.identification.verdict != Verdict::identifiable) {
    CAUSAL_GYM_TRY(repairs,
                   cheapest_repairs(graph, explanation.target, limits.repairs, cancellation));
    explanation.repairs = std::move(repairs);
  }
  return explanation;
}

std::vector<ExplanationSection> explanation_page(const Graph& graph,
                                                 const EffectExplanation& explanation) {
  std::vector<ExplanationSection> page{
      verdict_section(graph, explanation), bias_section(graph, explanation),
      adjustment_section(graph, explanation), other_roads_section(graph, explanation),
      repair_section(graph, explanation)};
  std::erase_if(page, [](const ExplanationSection& section) { return section.lines.empty(); });
  return page;
}

}  // namespace causal_gym
