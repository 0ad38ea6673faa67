// The external ground-truth cases in $CAUSAL_GYM_CASES (its README says where each comes from).
#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/graph/graph.h"

namespace causal_gym {

// Null when CAUSAL_GYM_CASES is not set.
inline nlohmann::json read_cases(const std::string& file) {
  const char* folder = std::getenv("CAUSAL_GYM_CASES");
  if (folder == nullptr) return nullptr;
  std::ifstream stream(std::string(folder) + "/" + file);
  return nlohmann::json::parse(stream).at("cases");
}

// Does the graph hold only directed and bidirected edges?
inline bool is_admg(const nlohmann::json& graph) {
  const auto type = graph.value("type", "dag");
  for (const auto* kind : {"undirected", "circle"})
    if (graph.contains(kind) && !graph.at(kind).empty()) return false;
  return type == "dag" || type == "admg" || type == "digraph";
}

inline Result<Graph> graph_from_case(const nlohmann::json& json) {
  std::vector<Node> nodes;
  std::map<std::string, NodeId> ids;
  for (const auto& name : json.at("nodes")) {
    ids.emplace(name.get<std::string>(), static_cast<NodeId>(nodes.size()));
    nodes.emplace_back().name = name.get<std::string>();
  }
  for (const auto& name : json.at("latent"))
    nodes[static_cast<std::size_t>(ids.at(name.get<std::string>()))].latent = true;
  const auto edges = [&](const char* kind) {
    std::vector<Edge> result;
    for (const auto& edge : json.at(kind))
      result.push_back(
          {ids.at(edge.at(0).get<std::string>()), ids.at(edge.at(1).get<std::string>())});
    return result;
  };
  return Graph::create(std::move(nodes), edges("directed"), edges("bidirected"));
}

inline NodeSet nodes_from_case(const Graph& graph, const nlohmann::json& names) {
  NodeSet set;
  for (const auto& name : names) set.insert(graph.find(name.get<std::string>()).value());
  return set;
}

}  // namespace causal_gym

// The cases of a file, as `name`; the test skips when the folder is not given.
#define READ_CASES_OR_SKIP(name, file)              \
  const auto name = ::causal_gym::read_cases(file); \
  if (name.is_null()) GTEST_SKIP() << "CAUSAL_GYM_CASES is not set"
