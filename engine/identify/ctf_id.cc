#include "engine/identify/ctf_id.h"

#include <algorithm>

namespace causal_gym {
namespace {

// Sets of positions that grow together.
class Partition {
 public:
  explicit Partition(std::size_t size) : parent_(size) {
    for (std::size_t i = 0; i < size; ++i) parent_[i] = i;
  }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

// The ctf-factors of a group: its nodes by district, parents before children.
std::vector<CtfFactor> factors_of(CtfContext& context, const NetworkGroup& group) {
  std::map<NetworkNodeId, ExpressionVariable> value_of;
  std::map<NodeId, std::vector<NetworkNodeId>> nodes_of;
  NodeSet variables;
  for (std::size_t i = 0; i < group.nodes.size(); ++i) {
    const auto id = group.nodes[i];
    const auto variable = context.nodes[id].variable;
    variables.insert(variable);
    nodes_of[variable].push_back(id);
    value_of[id] = group.values[i] >= 0 ? group.values[i] : context.summed.of(id, variable);
  }
  std::vector<CtfFactor> factors;
  for (const auto& one : districts(context.rows, variables)) {
    CtfFactor factor;
    for (const NodeId v : context.rows.order) {
      if (!one.contains(v)) continue;
      for (const auto id : nodes_of[v]) {
        CtfFactorMember member{v, value_of[id], {}};
        std::size_t next = 0;
        for (const NodeId parent : context.rows.parents[static_cast<std::size_t>(v)]) {
          const auto& source = context.nodes[id].parents[next++];
          member.held.emplace_back(parent,
                                   source.known() ? source.symbol : value_of.at(source.node));
        }
        factor.members.push_back(std::move(member));
      }
    }
    factors.push_back(std::move(factor));
  }
  return factors;
}

// The links in topological order of the variables of their symbols.
std::vector<KernelLink> ordered_links(const CtfContext& context,
                                      const std::vector<IdentifiedCtfFactor>& factors) {
  std::map<NodeId, const KernelLink*> link_of;
  for (const auto& factor : factors)
    for (std::size_t i = 0; i < factor.links.size(); ++i)
      link_of[factor.factor.members[i].variable] = &factor.links[i];
  std::vector<KernelLink> links;
  for (const NodeId v : context.rows.order)
    if (const auto found = link_of.find(v); found != link_of.end()) links.push_back(*found->second);
  return links;
}

ExpressionPtr product_of(const std::vector<IdentifiedCtfFactor>& factors) {
  std::vector<ExpressionPtr> expressions;
  for (const auto& factor : factors)
    for (const auto& link : factor.links) expressions.push_back(link.expression);
  return product(std::move(expressions));
}

void add_symbols(const CounterfactualTerm& term, NodeSet& symbols) {
  for (const auto& setting : term.subscript) {
    if (setting.nested) {
      add_symbols(*setting.nested, symbols);
    } else {
      symbols.insert(setting.value);
    }
  }
}

}  // namespace

std::vector<NetworkGroup> network_groups(const AdmgRows& rows, const NetworkNodes& nodes,
                                         const CounterfactualNetwork& network) {
  NodeSet variables;
  std::map<NetworkNodeId, std::size_t> position;
  for (const auto id : network.nodes) {
    variables.insert(nodes[id].variable);
    position.emplace(id, position.size());
  }
  Partition partition(network.nodes.size());
  std::vector<std::optional<std::size_t>> of_district(rows.parents.size());
  for (const auto& one : districts(rows, variables))
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
      if (!one.contains(nodes[network.nodes[i]].variable)) continue;
      auto& first = of_district[static_cast<std::size_t>(*one.begin())];
      partition.join(i, first.value_or(i));
      first = i;
    }
  for (std::size_t i = 0; i < network.nodes.size(); ++i)
    for (const auto& source : nodes[network.nodes[i]].parents)
      if (!source.known()) partition.join(i, position.at(source.node));
  std::map<std::size_t, NetworkGroup> groups;
  for (const auto& [id, i] : position) {
    auto& group = groups[partition.root(i)];
    const auto value = network.values.find(id);
    group.nodes.push_back(id);
    group.values.push_back(value == network.values.end() ? -1 : value->second);
  }
  std::vector<NetworkGroup> result;
  result.reserve(groups.size());
  for (auto& [root, group] : groups) result.push_back(std::move(group));
  return result;
}

ExpressionVariable SummedSymbols::of(NetworkNodeId node, NodeId variable) {
  const auto [found, added] = of_.try_emplace(node, variable);
  if (!added) return found->second;
  if (taken_.contains(variable)) found->second = symbols_.add(variable);
  taken_.insert(found->second);
  return found->second;
}

Result<IdentifiedGroup> identify_group(CtfContext& context, const NetworkGroup& group) {
  IdentifiedGroup result;
  for (auto& factor : factors_of(context, group)) {
    CAUSAL_GYM_CHECKED(context.cancellation.check());
    CAUSAL_GYM_TRY(found, identify_ctf_factor(context.rows, std::move(factor), context.available,
                                              context.links_made, context.limits));
    if (auto* witness = std::get_if<CtfFactorWitness>(&found)) {
      result.witness = std::move(*witness);
      return result;
    }
    result.factors.push_back(std::move(std::get<IdentifiedCtfFactor>(found)));
  }
  NodeSet over;
  for (std::size_t i = 0; i < group.nodes.size(); ++i)
    if (group.values[i] < 0)
      over.insert(context.summed.of(group.nodes[i], context.nodes[group.nodes[i]].variable));
  result.estimand = context.available == AvailableData::experimental
                        ? sum(over.to_vector(), product_of(result.factors))
                        : chain_sum(over, ordered_links(context, result.factors));
  return result;
}

NodeSet symbols_in(std::span<const CounterfactualEvent> events) {
  NodeSet symbols;
  for (const auto& event : events) {
    symbols.insert(event.value);
    add_symbols(event.term, symbols);
  }
  return symbols;
}

Result<CtfIdAnswer> identify_by_ctf_id(const AdmgRows& rows,
                                       std::span<const CounterfactualEvent> events,
                                       ValueSymbols symbols, AvailableData available,
                                       const Limits& limits,
                                       const CancellationToken& cancellation) {
  CtfIdAnswer answer{CtfOutcome::not_identified, available, nullptr, std::move(symbols), {}, {}, 0};
  NetworkNodes nodes;
  CAUSAL_GYM_TRY(network, counterfactual_network(rows, events, nodes, limits, cancellation));
  if (network.impossible) {
    answer.outcome = CtfOutcome::zero;
    answer.impossible = *network.impossible;
    return answer;
  }
  SummedSymbols summed(answer.symbols, symbols_in(events));
  CtfContext context{rows, nodes, summed, available, limits, cancellation};
  std::vector<ExpressionPtr> parts;
  for (const auto& group : network_groups(rows, nodes, network)) {
    CAUSAL_GYM_TRY(found, identify_group(context, group));
    if (found.witness) {
      answer.witness = std::move(found.witness);
      return answer;
    }
    parts.push_back(std::move(found.estimand));
    std::move(found.factors.begin(), found.factors.end(), std::back_inserter(answer.factors));
  }
  answer.outcome = CtfOutcome::identified;
  answer.estimand = product(std::move(parts));
  return answer;
}

}  // namespace causal_gym
