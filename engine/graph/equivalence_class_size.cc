#include "engine/graph/equivalence_class_size.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <list>
#include <map>

#include "engine/graph/clique_tree.h"
#include "engine/graph/cpdag.h"

namespace causal_gym {
namespace {

using Count = boost::multiprecision::cpp_int;

std::size_t index(NodeId v) { return static_cast<std::size_t>(v); }

// Lexicographic breadth-first search that begins with a clique: a sequence of sets, each split by
// every visited node into its neighbours and the others (Habib et al. 2000). Once a set comes first
// its nodes have the same visited neighbours outside it, all of which point into it; so the
// orientations within it do not depend on the rest: its components are the subproblems that the
// clique leaves (algorithm 1 of the source).
class LeadingClique {
 public:
  LeadingClique(const UndirectedGraph& graph, const NodeSet& within, std::span<const NodeId> clique)
      : graph_(graph), place_(graph.node_count()) {
    NodeSet rest = within;
    for (const NodeId v : clique) rest.erase(v);
    add_class({clique.begin(), clique.end()}, classes_.end());
    if (!rest.empty()) add_class(rest.to_vector(), classes_.end());
    for (const NodeId v : within) unvisited_.insert(v);
    settled_ = within - rest;
  }

  std::vector<NodeSet> subproblems() {
    std::vector<NodeSet> found;
    while (!classes_.empty()) {
      auto& first = classes_.front();
      const NodeId v = first.nodes.back();
      if (!settled_.contains(v)) {
        const NodeSet part{std::span<const NodeId>(first.nodes)};
        settled_ |= part;
        for (auto& component : connected_components(graph_, part))
          found.push_back(std::move(component));
      }
      remove(v);
      unvisited_.erase(v);
      split_by(v);
    }
    return found;
  }

 private:
  struct Class {
    std::vector<NodeId> nodes;
    NodeId split_by = -1;  // the node that the class before this one holds the neighbours of
  };
  struct Place {
    std::list<Class>::iterator of;
    std::size_t at = 0;
  };

  std::list<Class>::iterator add_class(std::vector<NodeId> nodes, std::list<Class>::iterator at) {
    const auto made = classes_.insert(at, Class{std::move(nodes)});
    for (std::size_t i = 0; i < made->nodes.size(); ++i) place_[index(made->nodes[i])] = {made, i};
    return made;
  }

  void remove(NodeId v) {
    const auto [of, at] = place_[index(v)];
    of->nodes[at] = of->nodes.back();
    place_[index(of->nodes[at])].at = at;
    of->nodes.pop_back();
    if (of->nodes.empty()) classes_.erase(of);
  }

  void split_by(NodeId v) {
    for (const NodeId w : graph_.neighbours(v)) {
      if (!unvisited_.contains(w)) continue;
      const auto old = place_[index(w)].of;
      if (old->split_by != v) {
        old->split_by = v;
        add_class({}, old);
      }
      const auto target = std::prev(old);
      remove(w);
      place_[index(w)] = {target, target->nodes.size()};
      target->nodes.push_back(w);
    }
  }

  const UndirectedGraph& graph_;
  std::list<Class> classes_;
  std::vector<Place> place_;
  NodeSet unvisited_;
  NodeSet settled_;  // in the clique, or in a set whose components were given out
};

class OrientationCounter {
 public:
  OrientationCounter(const UndirectedGraph& graph, const CancellationToken& cancellation)
      : graph_(graph), cancellation_(cancellation), factorials_{1} {}

  // Of the subgraph over a connected set.
  Result<Count> count(const NodeSet& within) {
    if (within.size() == 1) return Count(1);
    auto key = within.to_vector();
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    CAUSAL_GYM_CHECKED(cancellation_.check());
    const auto tree = clique_tree(graph_, within);
    if (!tree.chordal)
      return fail(ErrorCode::invalid_argument, "the graph to be oriented is not chordal");
    Count sum = 0;
    for (std::size_t i = 0; i < tree.cliques.size(); ++i) {
      CAUSAL_GYM_CHECKED(cancellation_.check());
      const auto& clique = tree.cliques[i].nodes;
      Count product = permutations(clique.size(), claimed_prefixes(tree, i));
      for (const auto& part : LeadingClique(graph_, within, clique).subproblems()) {
        CAUSAL_GYM_TRY(ways, count(part));
        product *= ways;
      }
      sum += product;
    }
    known_.emplace(std::move(key), sum);
    return sum;
  }

 private:
  const Count& factorial(std::size_t n) {
    while (factorials_.size() <= n) factorials_.push_back(factorials_.back() * factorials_.size());
    return factorials_[n];
  }

  // Sizes of the separators on the way from the root that lie within the clique, increasing: an
  // orientation in which one of them comes first is counted at a clique nearer to the root.
  static std::vector<std::size_t> claimed_prefixes(const CliqueTree& tree, std::size_t clique) {
    std::vector<std::size_t> sizes;
    const auto& nodes = tree.cliques[clique].nodes;
    for (auto i = clique; i != 0; i = tree.cliques[i].parent) {
      const auto& separator = tree.cliques[i].separator;
      if (std::includes(nodes.begin(), nodes.end(), separator.begin(), separator.end()))
        sizes.push_back(separator.size());
    }
    std::sort(sizes.begin(), sizes.end());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    return sizes;
  }

  // Permutations of `size` nodes that begin with none of a chain of sets of these sizes.
  Count permutations(std::size_t size, std::vector<std::size_t> prefixes) {
    prefixes.push_back(size);
    std::vector<Count> without_shorter;
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      Count ways = factorial(prefixes[i]);
      for (std::size_t j = 0; j < i; ++j)
        ways -= factorial(prefixes[i] - prefixes[j]) * without_shorter[j];
      without_shorter.push_back(std::move(ways));
    }
    return without_shorter.back();
  }

  const UndirectedGraph& graph_;
  const CancellationToken& cancellation_;
  std::vector<Count> factorials_;
  std::map<std::vector<NodeId>, Count> known_;
};

}  // namespace

Result<ClassSize> count_moral_orientations(const UndirectedGraph& graph,
                                           const CancellationToken& cancellation) {
  OrientationCounter counter(graph, cancellation);
  Count product = 1;
  for (const auto& component : connected_components(graph, NodeSet::first(graph.node_count()))) {
    CAUSAL_GYM_TRY(ways, counter.count(component));
    product *= ways;
  }
  return ClassSize{product.str(), product.convert_to<double>()};
}

Result<ClassSize> equivalence_class_size(const Graph& dag, const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(pattern, cpdag(dag));
  return count_moral_orientations(pattern.undirected, cancellation);
}

bool is_chordal(const UndirectedGraph& graph) {
  for (const auto& component : connected_components(graph, NodeSet::first(graph.node_count())))
    if (!clique_tree(graph, component).chordal) return false;
  return true;
}

}  // namespace causal_gym
