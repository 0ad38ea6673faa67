#include "engine/identify/implied_independencies.h"

#include <algorithm>
#include <set>

#include "engine/graph/relations.h"
#include "engine/graph/separators.h"
#include "engine/graph/surgery.h"

namespace causal_gym {
namespace {

LocalIndependence given_parents(const Graph& dag, NodeId x) {
  const auto given = parents(dag, NodeSet{x});
  return {x, dag.all_nodes() - descendants(dag, {x}) - given, given};
}

NodeSet district_of(const Graph& graph, NodeId x, const NodeSet& within) {
  for (auto& district : districts(graph, within))
    if (district.contains(x)) return std::move(district);
  return {x};
}

// The districts of x in the ancestral sets of its predecessors, each with the largest such set.
class OrderedLocalMarkov {
 public:
  OrderedLocalMarkov(const Graph& graph, NodeId x, const NodeSet& before)
      : graph_(graph), x_(x), before_(before) {
    visit(before | NodeSet{x});
  }

  std::optional<LocalIndependence> next() {
    if (open_.empty()) return std::nullopt;
    const auto district = std::move(open_.back());
    open_.pop_back();
    // What the district would take in if it were there must not be, nor anything below it.
    NodeSet border;
    for (const NodeId v : district)
      for (const NodeId spouse : graph_.spouses(v)) border.insert(spouse);
    border = (border & before_) - district;
    const auto largest = (before_ | NodeSet{x_}) - descendants(graph_, border);
    const auto kept = ancestors(graph_, {x_});
    for (const NodeId v : district - kept) visit(largest - descendants(graph_, {v}));
    const auto given = (district | parents(graph_, district)) - NodeSet{x_};
    return LocalIndependence{x_, largest - given - NodeSet{x_}, given};
  }

 private:
  void visit(const NodeSet& ancestral) {
    auto district = district_of(graph_, x_, ancestral);
    if (seen_.insert(district.to_vector()).second) open_.push_back(std::move(district));
  }

  const Graph& graph_;
  NodeId x_;
  NodeSet before_;
  std::set<std::vector<NodeId>> seen_;
  std::vector<NodeSet> open_;
};

// Of a graph without latent nodes.
BasisIndependencies local_independencies(const Graph& graph, std::size_t limit,
                                         const CancellationToken& cancellation) {
  BasisIndependencies basis;
  std::size_t visited = 0;
  NodeSet before;
  for (const NodeId x : graph.topological_order()) {
    if (graph.bidirected_edges().empty()) {
      basis.statements.push_back(given_parents(graph, x));
    } else {
      OrderedLocalMarkov districts_of_x(graph, x, before);
      while (auto local = districts_of_x.next()) {
        if (++visited > limit || cancellation.cancelled()) {
          basis.complete = false;
          break;
        }
        basis.statements.push_back(std::move(*local));
      }
    }
    before.insert(x);
  }
  std::erase_if(basis.statements, [](const auto& local) { return local.others.empty(); });
  std::stable_sort(basis.statements.begin(), basis.statements.end(),
                   [](const LocalIndependence& a, const LocalIndependence& b) {
                     return a.x != b.x ? a.x < b.x : a.others.size() > b.others.size();
                   });
  return basis;
}

NodeSet renamed(const NodeSet& set, const std::vector<NodeId>& ids) {
  NodeSet result;
  for (const NodeId v : set) result.insert(ids[static_cast<std::size_t>(v)]);
  return result;
}

}  // namespace

ImpliedIndependencies minimal_independencies(const Graph& graph, const ImplicationLimits& limits,
                                             const CancellationToken& cancellation) {
  ImpliedIndependencies result;
  const auto observed = graph.observed_nodes();
  std::size_t sets_left = limits.sets;
  for (const NodeId x : observed)
    for (const NodeId y : observed) {
      if (y <= x || graph.has_edge(x, y) || graph.has_edge(y, x) || graph.has_bidirected_edge(x, y))
        continue;
      if (cancellation.cancelled()) {
        result.complete = false;
        return result;
      }
      const auto others = observed - NodeSet{x, y};
      // Most pairs without a separator are told in linear time.
      if (!nearest_separator(graph, {x}, {y}, {}, others).value()) continue;
      if (sets_left == 0) {
        result.complete = false;
        return result;
      }
      auto listing = list_minimal_separators(
          graph, {x}, {y}, {{}, others}, std::min(sets_left, limits.sets_of_a_pair), cancellation);
      sets_left -= listing.sets.size();
      result.complete = result.complete && listing.complete;
      if (!listing.sets.empty()) result.pairs.push_back({x, y, std::move(listing.sets)});
    }
  return result;
}

Result<BasisIndependencies> basis_independencies(const Graph& graph, std::size_t limit,
                                                 const Limits& limits,
                                                 const CancellationToken& cancellation) {
  if (graph.latent_nodes().empty()) return local_independencies(graph, limit, cancellation);
  CAUSAL_GYM_TRY(projection, latent_projection(graph, limits));
  const auto ids = graph.observed_nodes().to_vector();
  auto basis = local_independencies(projection, limit, cancellation);
  for (auto& local : basis.statements)
    local = {ids[static_cast<std::size_t>(local.x)], renamed(local.others, ids),
             renamed(local.given, ids)};
  return basis;
}

}  // namespace causal_gym
