#include "engine/identify/direct_source.h"

namespace causal_gym {
namespace {

// Rule 3's W: the part of z that is no ancestor of the conditions when x is cut off.
NodeSet not_above(const AdmgRows& rows, const NodeSet& x, const NodeSet& z,
                  const NodeSet& conditions) {
  NodeSet above = conditions;
  for (bool grown = true; grown;) {
    NodeSet next = above;
    for (const NodeId v : above - x) next |= rows.parents[static_cast<std::size_t>(v)];
    grown = next != above;
    above = std::move(next);
  }
  return z - above;
}

// Adds a node that has an edge to each node of `children`, as selection nodes have; its id.
NodeId add_root(AdmgRows& rows, const NodeSet& children) {
  const auto root = static_cast<NodeId>(rows.parents.size());
  rows.nodes.insert(root);
  rows.parents.emplace_back();
  rows.spouses.emplace_back();
  rows.children.push_back(children);
  for (const NodeId v : children) rows.parents[static_cast<std::size_t>(v)].insert(root);
  rows.order.insert(rows.order.begin(), root);
  return root;
}

}  // namespace

ExpressionPtr direct_term(const AdmgRows& rows, const SourceView& source,
                          const EffectTarget& target) {
  const auto& [x, y, z] = target;
  const auto& set = source.kernel.intervened;
  const auto seen = (x | z) - set;
  const auto conditions = seen | source.kernel.given;
  if (!y.is_subset_of(source.measured) || !conditions.is_subset_of(source.held)) return nullptr;
  // P(y | do(x), z) = P(y | do(x, part of z), rest of z).
  const auto z_set = z & set;
  const auto z_seen = z - set;
  if (!separated({rows, rows.nodes, x, z_set}, z_set, y, x | z_seen)) return nullptr;
  // .. = P(y | do(x, set), rest of z).
  const auto more = set - x - z;
  const auto cut = x | z_set;
  if (!separated({rows, rows.nodes, cut | not_above(rows, cut, more, z_seen)}, more, y,
                 cut | z_seen))
    return nullptr;
  // .. = P(y | do(set), rest of x, rest of z).
  const auto x_seen = x - set;
  if (!separated({rows, rows.nodes, set, x_seen}, x_seen, y, set | z_seen)) return nullptr;
  // .. = P(y | do(set), conditions), and the same in the source's population.
  const auto added = source.kernel.given - seen;
  if (!separated({rows, rows.nodes, set}, added, y, set | seen)) return nullptr;
  if (!source.differs.empty()) {
    auto diagram = rows;
    const NodeId root = add_root(diagram, source.differs);
    if (!separated({diagram, diagram.nodes, set}, {root}, y, set | conditions)) return nullptr;
  }
  return probability(y.to_vector(), conditions.to_vector(), set.to_vector(),
                     source.kernel.population);
}

}  // namespace causal_gym
