#include "engine/graph/minimum_separator.h"

#include "engine/graph/flow_network.h"
#include "engine/graph/relations.h"
#include "engine/graph/separators.h"

namespace causal_gym {
namespace {

// Each node is the arc from 2 v to 2 v + 1; after them come the source, the sink and what else
// there is.
std::size_t way_in(NodeId v) { return 2 * static_cast<std::size_t>(v); }
std::size_t way_out(NodeId v) { return way_in(v) + 1; }

struct Poles {
  std::size_t source;
  std::size_t sink;
};

Poles add_poles(FlowNetwork& network, const Graph& graph, const NodeSet& x, const NodeSet& y) {
  const Poles poles{2 * graph.node_count(), 2 * graph.node_count() + 1};
  for (const NodeId v : x) network.add_arc(poles.source, way_out(v), FlowNetwork::infinite);
  for (const NodeId v : y) network.add_arc(way_in(v), poles.sink, FlowNetwork::infinite);
  return poles;
}

NodeSet cut_nodes(const FlowNetwork& network, const NodeSet& candidates) {
  NodeSet cut;
  for (const NodeId v : candidates)
    if (network.on_source_side(way_in(v)) && !network.on_source_side(way_out(v))) cut.insert(v);
  return cut;
}

Status check_weights(const Graph& graph, std::span<const double> weights) {
  if (weights.size() != graph.node_count())
    return fail(ErrorCode::invalid_argument, "there are " + std::to_string(weights.size()) +
                                                 " weights for " +
                                                 std::to_string(graph.node_count()) + " nodes");
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!(weights[i] >= 0))
      return fail(
          ErrorCode::invalid_argument,
          "the weight of '" + graph.name(static_cast<NodeId>(i)) + "' is not a number >= 0");
  return {};
}

}  // namespace

Result<std::optional<WeightedSeparator>> minimum_separator(const Graph& graph, const NodeSet& x,
                                                           const NodeSet& y, const NodeSet& must,
                                                           const NodeSet& may,
                                                           std::span<const double> weights,
                                                           const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_weights(graph, weights));
  // Whether any set separates is known in linear time; so are the errors.
  CAUSAL_GYM_TRY(some, nearest_separator(graph, x, y, must, may));
  if (!some) return std::nullopt;
  const auto ancestral = ancestors(graph, x | y | must);
  const auto cliques = districts(graph, ancestral);
  FlowNetwork network(2 * graph.node_count() + 2 + cliques.size());
  const auto poles = add_poles(network, graph, x, y);
  const auto candidates = (may & ancestral) - x - y - must;
  for (const NodeId v : ancestral - x - y - must)
    network.add_arc(
        way_in(v), way_out(v),
        candidates.contains(v) ? weights[static_cast<std::size_t>(v)] : FlowNetwork::infinite);
  for (std::size_t i = 0; i < cliques.size(); ++i)
    for (const NodeId v : (cliques[i] | parents(graph, cliques[i])) - must) {
      const auto hub = poles.sink + 1 + i;
      network.add_arc(way_out(v), hub, FlowNetwork::infinite);
      network.add_arc(hub, way_in(v), FlowNetwork::infinite);
    }
  CAUSAL_GYM_TRY(flow, network.maximise(poles.source, poles.sink, cancellation));
  if (flow == FlowNetwork::infinite) return std::nullopt;
  // Members of weight zero can be needless.
  CAUSAL_GYM_TRY(minimal, minimal_separator(graph, x, y, must, cut_nodes(network, candidates)));
  WeightedSeparator result{*minimal, 0};
  for (const NodeId v : *minimal - must) result.weight += weights[static_cast<std::size_t>(v)];
  return result;
}

Result<std::optional<NodeSet>> minimum_directed_cut(const Graph& graph, const NodeSet& x,
                                                    const NodeSet& y,
                                                    const CancellationToken& cancellation) {
  if (const auto both = x & y; !both.empty())
    return fail(ErrorCode::invalid_argument,
                "the node '" + graph.name(*both.begin()) + "' is on both sides of a cut");
  FlowNetwork network(2 * graph.node_count() + 2);
  const auto poles = add_poles(network, graph, x, y);
  const auto inner = graph.all_nodes() - x - y;
  for (const NodeId v : inner) network.add_arc(way_in(v), way_out(v), 1);
  for (const auto& [from, to] : graph.directed_edges())
    network.add_arc(way_out(from), way_in(to), FlowNetwork::infinite);
  CAUSAL_GYM_TRY(flow, network.maximise(poles.source, poles.sink, cancellation));
  if (flow == FlowNetwork::infinite) return std::nullopt;
  return cut_nodes(network, inner);
}

}  // namespace causal_gym
