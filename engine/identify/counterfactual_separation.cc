#include "engine/identify/counterfactual_separation.h"

#include <limits>
#include <set>

#include "engine/identify/counterfactual_network.h"

namespace causal_gym {
namespace {

// "Y[X=x]": the variable and the settings that its node depends on.
std::string node_name(const Graph& graph, const ValueSymbols& symbols, const NetworkNodes& nodes,
                      NetworkNodeId id) {
  std::set<ExpressionVariable> held;
  std::set<NetworkNodeId> reached{id};
  std::vector<NetworkNodeId> frontier{id};
  for (std::size_t next = 0; next < frontier.size(); ++next) {
    for (const auto& source : nodes[frontier[next]].parents) {
      if (source.known()) {
        held.insert(source.symbol);
      } else if (reached.insert(source.node).second) {
        frontier.push_back(source.node);
      }
    }
  }
  CounterfactualTerm term{nodes[id].variable, {}};
  for (const auto symbol : held) term.subscript.push_back({symbols.base(symbol), symbol, nullptr});
  return counterfactual_text(graph, symbols, term);
}

// The network as a graph: node i is network.nodes[i]. Copies of one variable share its noise, and
// those of spouses a latent cause.
Result<Graph> network_graph(const Graph& graph, const ValueSymbols& symbols, const AdmgRows& rows,
                            const NetworkNodes& nodes, const CounterfactualNetwork& network,
                            const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("variables in all worlds", network.nodes.size(), limits.nodes));
  std::vector<Node> named(network.nodes.size());
  std::map<NetworkNodeId, NodeId> position;
  std::set<std::string> taken;
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const auto id = network.nodes[i];
    const auto self = static_cast<NodeId>(i);
    auto name = node_name(graph, symbols, nodes, id);
    while (!taken.insert(name).second) name += '*';
    named[i].name = std::move(name);
    position[id] = self;
    const std::set<ValueSource> parents(nodes[id].parents.begin(), nodes[id].parents.end());
    for (const auto& source : parents)
      if (!source.known()) directed.push_back({position.at(source.node), self});
    const auto v = nodes[id].variable;
    for (std::size_t j = 0; j < i; ++j) {
      const auto w = nodes[network.nodes[j]].variable;
      if (v == w || rows.spouses[static_cast<std::size_t>(v)].contains(w))
        bidirected.push_back({static_cast<NodeId>(j), self});
    }
    CAUSAL_GYM_CHECKED(check_limit("edges between the variables of all worlds",
                                   directed.size() + bidirected.size(), limits.edges));
  }
  auto roomy = limits;
  roomy.name_length = std::numeric_limits<std::size_t>::max();
  return Graph::create(std::move(named), std::move(directed), std::move(bidirected), roomy);
}

}  // namespace

Result<CounterfactualSeparation> counterfactual_separated(
    const Graph& graph, const ValueSymbols& symbols, const std::vector<CounterfactualTerm>& x,
    const std::vector<CounterfactualTerm>& y, const std::vector<CounterfactualTerm>& z,
    const Limits& limits, const CancellationToken& cancellation) {
  if (x.empty() || y.empty())
    return fail(ErrorCode::invalid_argument, "both sides of a separation need a variable");
  std::vector<CounterfactualTerm> all;
  for (const auto* terms : {&x, &y, &z})
    for (const auto& term : *terms) {
      CAUSAL_GYM_CHECKED(check_term(graph, symbols, term, limits));
      all.push_back(term);
    }
  CAUSAL_GYM_TRY(rows, admg_rows(graph, limits));
  NetworkNodes nodes;
  CAUSAL_GYM_TRY(network, counterfactual_network(rows, all, nodes, limits, cancellation));
  CAUSAL_GYM_TRY(worlds, network_graph(graph, symbols, rows, nodes, network, limits));
  std::map<NetworkNodeId, NodeId> position;
  for (const auto id : network.nodes) position.emplace(id, static_cast<NodeId>(position.size()));
  NodeSet sets[3];
  for (std::size_t i = 0; i < all.size(); ++i)
    if (const auto& source = network.asked[i]; !source.known())
      sets[i < x.size() ? 0 : i < x.size() + y.size() ? 1 : 2].insert(position.at(source.node));
  const auto both = (sets[0] & sets[1]) - sets[2];
  if (!both.empty())
    return CounterfactualSeparation{false, std::move(worlds), Path{{*both.begin()}, {}}};
  CAUSAL_GYM_TRY(found, separation(worlds, sets[0] - sets[2], sets[1] - sets[2], sets[2]));
  return CounterfactualSeparation{found.separated, std::move(worlds), std::move(found.open_path)};
}

}  // namespace causal_gym
