#include "engine/identify/instruments.h"

#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {
namespace {

constexpr auto condition_role = "conditioning set";

Status check_arguments(const Graph& graph, NodeId x, NodeId y, NodeId z, const NodeSet& w) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, {x}, {y}));
  CAUSAL_GYM_CHECKED(check_observed(graph, {z}, "instrument"));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, {x}, "treatment", {z}, "instrument"));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, {y}, "outcome", {z}, "instrument"));
  CAUSAL_GYM_CHECKED(check_observed(graph, w, condition_role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, {x}, "treatment", w, condition_role));
  CAUSAL_GYM_CHECKED(check_disjoint(graph, {y}, "outcome", w, condition_role));
  return check_disjoint(graph, {z}, "instrument", w, condition_role);
}

std::string given_text(const Graph& graph, const NodeSet& w) {
  return w.empty() ? "" : " given " + set_text(graph, w);
}

// One pair (x, y): the graph without the effect is made once for all instruments.
class EffectOfTreatment {
 public:
  EffectOfTreatment(const Graph& graph, NodeId x, NodeId y, EffectReach effect)
      : graph_(graph),
        x_(x),
        y_(y),
        edges_(effect_edges(graph, {x}, {y}, effect)),
        forbidden_(descendants(graph, edges_.to)),
        rest_(without_edges(graph, edges_)),
        relevant_(connected_nodes(graph, {x}, {})),
        reaching_outcome_(connected_nodes(rest_, {y}, {})) {}

  [[nodiscard]] Result<InstrumentCheck> check(NodeId z, const NodeSet& w) const {
    InstrumentCheck check;
    const auto given = given_text(graph_, w);
    const auto name = quoted_name(graph_.name(z));
    if (const auto forbidden = w & forbidden_; !forbidden.empty()) {
      check.fault = InstrumentFault::forbidden_condition;
      check.forbidden = forbidden.to_vector();
      check.reason = set_text(graph_, forbidden) + (forbidden.size() == 1 ? " is" : " are") +
                     " affected through what carries the effect and cannot be conditioned on";
      return check;
    }
    CAUSAL_GYM_TRY(relevance, separation(graph_, {z}, {x_}, w));
    if (relevance.separated) {
      check.fault = InstrumentFault::not_relevant;
      check.reason = name + " says nothing about " + quoted_name(graph_.name(x_)) + given;
      return check;
    }
    check.relevance_path = std::move(relevance.open_path);
    CAUSAL_GYM_TRY(exclusion, separation(rest_, {z}, {y_}, w));
    if (!exclusion.separated) {
      check.fault = InstrumentFault::open_path;
      check.open_path = std::move(exclusion.open_path);
      check.reason = "the path " + path_text(graph_, *check.open_path) + " is open" + given +
                     " and does not run through the effect";
      return check;
    }
    check.valid = true;
    check.reason = name + " moves " + quoted_name(graph_.name(x_)) + given + ", and " +
                   quoted_name(graph_.name(y_)) + " only through it";
    return check;
  }

  [[nodiscard]] Result<std::optional<Instrument>> find(NodeId z, const NodeSet& must_not) const {
    if (relevant_.contains(z) && !reaching_outcome_.contains(z)) return Instrument{z, {}};
    // The separator nearest to y leaves all nodes beyond it connected to z that some separator
    // does, so that when it takes x out or cuts it off, each one does.
    const auto may = graph_.observed_nodes() - forbidden_ - must_not - NodeSet{x_};
    const auto w = find_minimal_separator(graph_, {z}, {y_}, {{}, may}, edges_);
    if (!w) return std::nullopt;
    CAUSAL_GYM_TRY(relevance, separation(graph_, {z}, {x_}, *w));
    if (relevance.separated) return std::nullopt;
    return Instrument{z, *w};
  }

 private:
  const Graph& graph_;
  NodeId x_;
  NodeId y_;
  EdgeCut edges_;
  NodeSet forbidden_;
  Graph rest_;                // without the edges of the effect
  NodeSet relevant_;          // connected to x given nothing
  NodeSet reaching_outcome_;  // connected to y given nothing, around the effect
};

}  // namespace

std::string_view instrument_fault_name(InstrumentFault fault) {
  switch (fault) {
    case InstrumentFault::none: return "none";
    case InstrumentFault::forbidden_condition: return "forbidden_condition";
    case InstrumentFault::not_relevant: return "not_relevant";
    case InstrumentFault::open_path: return "open_path";
  }
  return "";
}

Result<InstrumentCheck> check_instrument(const Graph& graph, NodeId x, NodeId y, NodeId z,
                                         const NodeSet& w, EffectReach effect) {
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, z, w));
  return EffectOfTreatment(graph, x, y, effect).check(z, w);
}

Result<std::optional<Instrument>> find_instrument(const Graph& graph, NodeId x, NodeId y, NodeId z,
                                                  EffectReach effect, const NodeSet& must_not) {
  CAUSAL_GYM_CHECKED(check_arguments(graph, x, y, z, {}));
  return EffectOfTreatment(graph, x, y, effect).find(z, must_not);
}

Result<std::vector<Instrument>> list_instruments(const Graph& graph, NodeId x, NodeId y,
                                                 EffectReach effect, const NodeSet& must_not,
                                                 const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_treatment_and_outcome(graph, {x}, {y}));
  const EffectOfTreatment pair(graph, x, y, effect);
  std::vector<Instrument> instruments;
  for (const NodeId z : graph.observed_nodes() - NodeSet{x, y}) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    CAUSAL_GYM_TRY(found, pair.find(z, must_not));
    if (found) instruments.push_back(*std::move(found));
  }
  return instruments;
}

std::vector<Assumption> instrument_assumptions(const Graph& graph, NodeId x, NodeId y,
                                               const Instrument& instrument) {
  const auto x_name = quoted_name(graph.name(x));
  const auto y_name = quoted_name(graph.name(y));
  const auto z_name = quoted_name(graph.name(instrument.instrument));
  const auto given = given_text(graph, instrument.given);
  return {
      {"relevance", z_name + " and " + x_name + " are associated" + given, true},
      {"exclusion", z_name + " affects " + y_name + " only through " + x_name + given, true},
      {"unconfoundedness", z_name + " and " + y_name + " have no open common cause" + given, true},
      {"linearity",
       y_name + " changes by the same amount for each unit of " + x_name +
           ", for everyone; then the ratio is the effect",
       false},
      {"monotonicity",
       "instead of linearity, for two states each: " + z_name + " moves nobody's " + x_name +
           " the other way; then the ratio is the average effect among those whom it moves",
       false},
  };
}

std::string instrument_estimand_text(const Graph& graph, NodeId x, NodeId y,
                                     const Instrument& instrument) {
  std::string given;
  for (const NodeId v : instrument.given)
    given += (given.empty() ? " | " : ", ") + quoted_name(graph.name(v));
  const auto covariance = [&](NodeId v) {
    return "Cov(" + quoted_name(graph.name(v)) + ", " +
           quoted_name(graph.name(instrument.instrument)) + given + ")";
  };
  return covariance(y) + " / " + covariance(x);
}

}  // namespace causal_gym
