#include "engine/linear/global_identification.h"

#include "engine/graph/relations.h"
#include "engine/linear/half_trek.h"

namespace causal_gym {
namespace {

// The members of `within` that reach v by directed edges inside it.
NodeSet ancestors_within(const Graph& graph, NodeId v, const NodeSet& within) {
  NodeSet reached{v};
  std::vector<NodeId> stack{v};
  while (!stack.empty()) {
    const NodeId w = stack.back();
    stack.pop_back();
    for (const NodeId parent : graph.parents(w))
      if (within.contains(parent) && !reached.contains(parent)) {
        reached.insert(parent);
        stack.push_back(parent);
      }
  }
  return reached;
}

NodeSet district_within(const Graph& graph, NodeId v, const NodeSet& within) {
  for (auto& district : districts(graph, within))
    if (district.contains(v)) return std::move(district);
  return {};
}

}  // namespace

Result<GlobalIdentification> global_identification(const Graph& graph, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_mixed_graph(graph, limits));
  for (NodeId v = 0; static_cast<std::size_t>(v) < graph.node_count(); ++v) {
    auto set = graph.all_nodes();
    for (std::size_t size = 0; size != set.size();) {
      size = set.size();
      set = ancestors_within(graph, v, district_within(graph, v, set));
    }
    if (set.size() > 1) return GlobalIdentification{false, v, std::move(set)};
  }
  return GlobalIdentification{};
}

}  // namespace causal_gym
