#include "engine/linear/identify_coefficients.h"

#include <algorithm>
#include <memory>

#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/linear/edge_equations.h"
#include "engine/linear/mixed_component.h"
#include "engine/linear/trek_separation.h"

namespace causal_gym {
namespace {

// A mixed graph in which steps are sought: the whole graph or a component of it.
struct Place {
  MixedComponent component;
  bool whole = false;
  std::unique_ptr<EdgeEquations> equations;
};

class CoefficientSearch {
 public:
  CoefficientSearch(const Graph& graph, const CoefficientCriteria& criteria)
      : graph_(graph),
        criteria_(criteria),
        known_(graph.node_count()),
        places_of_(graph.node_count()),
        tried_(graph.node_count()) {
    add_place({graph.all_nodes(), graph.all_nodes().to_vector(), graph}, true);
  }

  // In the whole graph first: most nodes need no more, and components are costly to find.
  Status run(const CancellationToken& cancellation) {
    for (const bool everywhere : {false, true}) {
      for (bool progress = true; progress;) {
        progress = false;
        for (NodeId v = 0; static_cast<std::size_t>(v) < graph_.node_count(); ++v) {
          CAUSAL_GYM_CHECKED(cancellation.check());
          while (!open_parents(v).empty() && advance(v, everywhere)) progress = true;
        }
      }
    }
    return {};
  }

  [[nodiscard]] NodeSet open_parents(NodeId v) const {
    return NodeSet(graph_.parents(v)) - known_[static_cast<std::size_t>(v)];
  }
  std::vector<CoefficientStep> take_steps() { return std::move(steps_); }

 private:
  std::size_t add_place(MixedComponent component, bool whole) {
    auto place = std::make_unique<Place>(Place{std::move(component), whole, nullptr});
    place->equations = std::make_unique<EdgeEquations>(place->component.graph);
    places_.push_back(std::move(place));
    return places_.size() - 1;
  }

  // The whole graph, then the components that hold v with its parents, without repetition.
  std::vector<std::size_t> places_for(NodeId v) {
    std::vector<std::size_t> result{0};
    for (const auto& district : districts_of(v)) {
      std::size_t i = 1;
      while (i < places_.size() && places_[i]->component.district != district) ++i;
      if (i == places_.size()) add_place(mixed_component(graph_, district), false);
      if (std::find(result.begin(), result.end(), i) == result.end()) result.push_back(i);
    }
    return result;
  }

  // The districts of v in the ancestral sets that are tried.
  [[nodiscard]] std::vector<NodeSet> districts_of(NodeId v) const {
    std::vector<NodeSet> result;
    const auto add = [&](const NodeSet& ancestral) {
      for (auto& district : districts(graph_, ancestral))
        if (district.contains(v) &&
            std::find(result.begin(), result.end(), district) == result.end())
          result.push_back(std::move(district));
    };
    if (criteria_.tian_decomposition) add(graph_.all_nodes());
    if (!criteria_.ancestor_decomposition) return result;
    const auto n = graph_.node_count();
    add(ancestors(graph_, NodeSet{v}));
    if (n > max_ancestral_subset_nodes) {
      for (NodeId w = 0; static_cast<std::size_t>(w) < n; ++w)
        add(ancestors(graph_, NodeSet{v, w}));
      return result;
    }
    for (std::size_t mask = 1; mask < std::size_t{1} << n; ++mask) {
      NodeSet set{v};
      for (std::size_t w = 0; w < n; ++w)
        if ((mask >> w & 1) != 0) set.insert(static_cast<NodeId>(w));
      if (ancestors(graph_, set) == set) add(set);
    }
    return result;
  }

  // Finds one more step for v, if there is one.
  bool advance(NodeId v, bool everywhere) {
    if (!everywhere) {
      auto step = step_in(*places_[0], v, false);
      return step && accept(*std::move(step));
    }
    auto& places = places_of_[static_cast<std::size_t>(v)];
    if (places.empty()) places = places_for(v);
    for (const bool some_parents : {false, true}) {
      if (some_parents && !criteria_.single_edges) break;
      for (const auto i : places)
        if (auto step = step_in(*places_[i], v, some_parents)) return accept(*std::move(step));
    }
    // Costly: once for each set of known parents, in the whole graph and its own district.
    auto& tried = tried_[static_cast<std::size_t>(v)];
    const auto& known = known_[static_cast<std::size_t>(v)];
    if (!criteria_.trek_separation || tried == known) return false;
    for (std::size_t i = 0; i < places.size() && i < 2; ++i)
      if (auto step = separated_edge_in(*places_[places[i]], v)) return accept(*std::move(step));
    tried = known;
    return false;
  }

  bool accept(CoefficientStep step) {
    known_[static_cast<std::size_t>(step.node)] |= step.parents;
    steps_.push_back(std::move(step));
    return true;
  }

  [[nodiscard]] std::optional<CoefficientStep> step_in(const Place& place, NodeId v,
                                                       bool some_parents) const {
    const auto& component = place.component;
    KnownParents known;
    NodeId local = 0;
    for (std::size_t i = 0; i < component.nodes.size(); ++i) {
      const NodeId w = component.nodes[i];
      if (w == v) local = static_cast<NodeId>(i);
      // A parent outside the district has no parents in the component.
      known.push_back(component.to_component(
          component.district.contains(w) ? known_[static_cast<std::size_t>(w)] : NodeSet{}));
    }
    const auto found = some_parents ? place.equations->for_some_parents(local, known)
                                    : place.equations->for_all_parents(local, known);
    if (!found) return std::nullopt;
    CoefficientStep step;
    step.node = v;
    step.parents = component.to_whole(found->parents);
    step.known = known_[static_cast<std::size_t>(v)];
    for (std::size_t i = 0; i < found->sources.size(); ++i)
      step.equations.push_back({component.nodes[static_cast<std::size_t>(found->sources[i])],
                                component.to_whole(found->subtracted[i])});
    if (!place.whole) step.district = component.district;
    return step;
  }

  [[nodiscard]] std::optional<CoefficientStep> separated_edge_in(const Place& place,
                                                                 NodeId v) const {
    const auto& component = place.component;
    const auto local = [&](NodeId w) { return *component.to_component(NodeSet{w}).begin(); };
    const auto& known = known_[static_cast<std::size_t>(v)];
    for (const NodeId parent : open_parents(v)) {
      const auto found = find_separated_edge(component.graph, local(parent), local(v),
                                             component.to_component(known));
      if (!found) continue;
      CoefficientStep step;
      step.node = v;
      step.parents = {parent};
      step.known = known;
      step.beside = component.to_whole(found->beside);
      for (const NodeId source : component.to_whole(found->sources))
        step.equations.push_back({source, {}});
      if (!place.whole) step.district = component.district;
      return step;
    }
    return std::nullopt;
  }

  const Graph& graph_;
  const CoefficientCriteria& criteria_;
  KnownParents known_;
  std::vector<std::vector<std::size_t>> places_of_;  // found when first needed
  std::vector<std::optional<NodeSet>> tried_;        // known parents at the last trek separation
  std::vector<std::unique_ptr<Place>> places_;       // the first is the whole graph
  std::vector<CoefficientStep> steps_;
};

// A district whose component no family of half-trek systems covers; empty when there is none.
Result<NodeSet> uncovered_part(const Graph& graph, bool decompose,
                               const CancellationToken& cancellation) {
  if (!decompose) {
    CAUSAL_GYM_TRY(cover, half_trek_cover(graph, cancellation));
    return cover < graph.directed_edges().size() ? graph.all_nodes() : NodeSet{};
  }
  for (const auto& component : tian_decomposition(graph)) {
    CAUSAL_GYM_TRY(cover, half_trek_cover(component.graph, cancellation));
    if (cover < component.graph.directed_edges().size()) return component.district;
  }
  return NodeSet{};
}

std::string covariance_text(const std::string& source, const std::string& with) {
  return "cov(" + source + ", " + with + ")";
}

std::string coefficient_text(const Graph& graph, NodeId from, NodeId to) {
  return "b(" + quoted_name(graph.name(from)) + " -> " + quoted_name(graph.name(to)) + ")";
}

}  // namespace

Result<CoefficientIdentification> identify_coefficients(const Graph& graph,
                                                        const CoefficientCriteria& criteria,
                                                        const Limits& limits,
                                                        const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_mixed_graph(graph, limits));
  CoefficientSearch search(graph, criteria);
  CAUSAL_GYM_CHECKED(search.run(cancellation));
  CoefficientIdentification answer;
  for (const auto& edge : graph.directed_edges())
    (search.open_parents(edge.to).contains(edge.from) ? answer.open : answer.identified)
        .push_back(edge);
  answer.steps = search.take_steps();
  if (answer.open.empty()) {
    answer.verdict = HalfTrekVerdict::identifiable;
    return answer;
  }
  CAUSAL_GYM_TRY(uncovered, uncovered_part(graph, criteria.tian_decomposition, cancellation));
  answer.uncovered = std::move(uncovered);
  if (!answer.uncovered.empty()) answer.verdict = HalfTrekVerdict::infinite_to_one;
  return answer;
}

std::string coefficient_step_text(const Graph& graph, const CoefficientStep& step) {
  const auto node = quoted_name(graph.name(step.node));
  std::string text;
  if (step.district) {
    text += "in the component of the district {";
    std::string separator;
    for (const NodeId v : *step.district) {
      text += separator + quoted_name(graph.name(v));
      separator = ", ";
    }
    text += "}:\n";
  }
  for (const auto& [source, subtract] : step.equations) {
    auto z = quoted_name(graph.name(source));
    for (const NodeId p : subtract)
      z += " - " + coefficient_text(graph, p, source) + " " + quoted_name(graph.name(p));
    text += covariance_text(z, node);
    for (const NodeId p : step.known)
      text += " - " + coefficient_text(graph, p, step.node) + " " +
              covariance_text(z, quoted_name(graph.name(p)));
    std::string joint = " = ";
    for (const NodeId w : step.parents) {
      text += joint + coefficient_text(graph, w, step.node) + " " +
              covariance_text(z, quoted_name(graph.name(w)));
      joint = " + ";
    }
    for (const NodeId t : step.beside) {
      const auto name = quoted_name(graph.name(t));
      text += " + a(" + name + ") " + covariance_text(z, name);
    }
    text += "\n";
  }
  return text;
}

}  // namespace causal_gym
