// For tests only: sets of nodes by their names.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "engine/graph/graph.h"
#include "engine/graph/text.h"

namespace causal_gym::test {

inline Graph causal_graph(std::string_view text) { return parse_graph(text).value(); }

// "a b": the nodes a and b.
inline NodeSet named(const Graph& graph, const std::string& names) {
  std::istringstream stream(names);
  NodeSet set;
  for (std::string name; stream >> name;) set.insert(graph.require(name).value());
  return set;
}

inline std::vector<std::string> names_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const auto& node : graph.nodes()) names.push_back(node.name);
  return names;
}

}  // namespace causal_gym::test
