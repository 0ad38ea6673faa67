#include "engine/identify/counterfactual_network.h"

#include <algorithm>
#include <set>

namespace causal_gym {
namespace {

class NetworkBuilder {
 public:
  NetworkBuilder(const AdmgRows& rows, NetworkNodes& nodes, const Limits& limits,
                 const CancellationToken& cancellation)
      : rows_(rows), nodes_(nodes), limits_(limits), cancellation_(cancellation) {
    rank_.resize(rows.parents.size());
    for (std::size_t i = 0; i < rows.order.size(); ++i)
      rank_[static_cast<std::size_t>(rows.order[i])] = i;
  }

  [[nodiscard]] std::size_t rank(NodeId v) const { return rank_[static_cast<std::size_t>(v)]; }

  Result<ValueSource> resolve(const CounterfactualTerm& term) {
    return resolve(term.variable, world_of(term));
  }

  // Gives what the term is about this value. False: it has another.
  bool observe(const ValueSource& source, ExpressionVariable value) {
    if (source.known()) return source.symbol == value;
    return network_.values.try_emplace(source.node, value).first->second == value;
  }

  CounterfactualNetwork take(std::vector<ValueSource> asked) {
    network_.asked = std::move(asked);
    std::stable_sort(network_.nodes.begin(), network_.nodes.end(), [&](auto a, auto b) {
      return rank(nodes_[a].variable) < rank(nodes_[b].variable);
    });
    return std::move(network_);
  }

 private:
  using WorldKey = std::vector<std::tuple<NodeId, ExpressionVariable, const CounterfactualTerm*>>;
  struct World {
    std::map<NodeId, const CounterfactualSetting*> set;
    std::map<NodeId, ValueSource> resolved;
  };

  World& world_of(const CounterfactualTerm& term) {
    WorldKey key;
    for (const auto& setting : term.subscript)
      key.emplace_back(setting.variable, setting.nested ? -1 : setting.value, setting.nested.get());
    std::sort(key.begin(), key.end());
    const auto [found, added] = worlds_.try_emplace(std::move(key));
    if (added)
      for (const auto& setting : term.subscript) found->second.set[setting.variable] = &setting;
    return found->second;
  }

  Result<ValueSource> resolve(NodeId v, World& world) {
    if (const auto set = world.set.find(v); set != world.set.end()) {
      if (set->second->nested) return resolve(*set->second->nested);
      return ValueSource{-1, set->second->value};
    }
    if (const auto at = world.resolved.find(v); at != world.resolved.end()) return at->second;
    CAUSAL_GYM_CHECKED(cancellation_.check());
    NetworkNode node{v, {}};
    for (const NodeId parent : rows_.parents[static_cast<std::size_t>(v)]) {
      CAUSAL_GYM_TRY(source, resolve(parent, world));
      // Consistency: a parent that is known to be x leaves the node as it is under do(x).
      if (const auto known = network_.values.find(source.node); known != network_.values.end())
        source = {-1, known->second};
      node.parents.push_back(source);
    }
    const auto id = nodes_.intern(std::move(node));
    if (met_.insert(id).second) network_.nodes.push_back(id);
    CAUSAL_GYM_CHECKED(check_limit("variables in all worlds of a counterfactual",
                                   network_.nodes.size(), limits_.identification_links));
    return world.resolved[v] = {id, -1};
  }

  const AdmgRows& rows_;
  NetworkNodes& nodes_;
  const Limits& limits_;
  const CancellationToken& cancellation_;
  std::vector<std::size_t> rank_;
  std::map<WorldKey, World> worlds_;
  std::set<NetworkNodeId> met_;
  CounterfactualNetwork network_;
};

}  // namespace

NetworkNodeId NetworkNodes::intern(NetworkNode node) {
  const auto [found, added] =
      ids_.try_emplace(std::move(node), static_cast<NetworkNodeId>(nodes_.size()));
  if (added) nodes_.push_back(found->first);
  return found->second;
}

Result<CounterfactualNetwork> counterfactual_network(const AdmgRows& rows,
                                                     std::span<const CounterfactualEvent> events,
                                                     NetworkNodes& nodes, const Limits& limits,
                                                     const CancellationToken& cancellation) {
  NetworkBuilder builder(rows, nodes, limits, cancellation);
  // Parents before children: a value must be known before its node becomes a parent.
  std::vector<std::size_t> order(events.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return builder.rank(events[a].term.variable) < builder.rank(events[b].term.variable);
  });
  std::vector<ValueSource> asked(events.size());
  for (const auto i : order) {
    CAUSAL_GYM_TRY(source, builder.resolve(events[i].term));
    asked[i] = source;
    if (builder.observe(source, events[i].value)) continue;
    CounterfactualNetwork impossible;
    impossible.impossible = i;
    return impossible;
  }
  return builder.take(std::move(asked));
}

Result<CounterfactualNetwork> counterfactual_network(const AdmgRows& rows,
                                                     std::span<const CounterfactualTerm> terms,
                                                     NetworkNodes& nodes, const Limits& limits,
                                                     const CancellationToken& cancellation) {
  NetworkBuilder builder(rows, nodes, limits, cancellation);
  std::vector<ValueSource> asked;
  for (const auto& term : terms) {
    CAUSAL_GYM_TRY(source, builder.resolve(term));
    asked.push_back(source);
  }
  return builder.take(std::move(asked));
}

}  // namespace causal_gym
