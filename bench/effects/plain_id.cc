#include "bench/effects/plain_id.h"

#include "engine/graph/relations.h"
#include "engine/graph/surgery.h"

namespace causal_gym::plain {
namespace {

NodeSet ids(const Graph& graph, const std::vector<std::string>& names) {
  NodeSet set;
  for (const auto& name : names)
    if (const auto v = graph.find(name)) set.insert(*v);
  return set;
}

std::vector<std::string> names(const Graph& graph, const NodeSet& set) {
  std::vector<std::string> result;
  for (const NodeId v : set) result.push_back(graph.name(v));
  return result;
}

}  // namespace

bool identifiable(const Graph& graph, const std::vector<std::string>& x_names,
                  const std::vector<std::string>& y_names) {
  const auto all = graph.all_nodes();
  auto x = ids(graph, x_names);
  const auto y = ids(graph, y_names);
  if (x.empty()) return true;                                // line 1
  if (const auto above = ancestors(graph, y); above != all)  // line 2
    return identifiable(induced_subgraph(graph, above), x_names, y_names);
  const auto unneeded = all - x - ancestors(cut_incoming(graph, x), y);  // line 3
  if (!unneeded.empty()) return identifiable(graph, names(graph, x | unneeded), y_names);
  const auto parts = districts(graph, all - x);
  if (parts.size() > 1) {  // line 4
    for (const auto& part : parts)
      if (!identifiable(graph, names(graph, all - part), names(graph, part))) return false;
    return true;
  }
  const auto wholes = districts(graph);
  if (wholes.size() == 1) return false;  // line 5
  for (const auto& whole : wholes) {
    if (whole == parts[0]) return true;  // line 6
    if (!parts[0].is_subset_of(whole)) continue;
    return identifiable(induced_subgraph(graph, whole), names(graph, x & whole),
                        y_names);  // line 7
  }
  return false;
}

}  // namespace causal_gym::plain
