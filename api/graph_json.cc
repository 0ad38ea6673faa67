#include "api/graph_json.h"

#include <unordered_map>

#include "api/json_fields.h"
#include "engine/base/spelling.h"
#include "engine/graph/text_format.h"

namespace causal_gym {

namespace {

using nlohmann::json;

const std::vector<std::string> keys = {"nodes", "directed", "bidirected", "latent"};

// Nodes by name, in order of first mention.
class NodeNames {
 public:
  explicit NodeNames(bool closed = false) : closed_(closed) {}

  void add(const std::string& name) {
    ids_.emplace(name, static_cast<NodeId>(nodes.size()));
    nodes.push_back({.name = name, .position = std::nullopt});
  }

  Result<NodeId> find(const std::string& name, const std::string& path) {
    if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    if (closed_) {
      std::vector<std::string> known;
      for (const auto& node : nodes) known.push_back(node.name);
      return fail(ErrorCode::unknown_name, "'" + name + "' is not among the nodes", path,
                  spelling_suggestion(name, known));
    }
    add(name);
    return static_cast<NodeId>(nodes.size() - 1);
  }

  std::vector<Node> nodes;

 private:
  bool closed_;
  std::unordered_map<std::string, NodeId> ids_;
};

Result<std::vector<Edge>> read_edges(const json& graph, const std::string& key,
                                     std::string_view path, NodeNames& names) {
  std::vector<Edge> edges;
  if (!graph.contains(key)) return edges;
  const auto& list = graph[key];
  const auto list_path = joined_path(path, key);
  if (!list.is_array())
    return fail(ErrorCode::invalid_argument, "expected a list of pairs of names", list_path);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto edge_path = list_path + "[" + std::to_string(i) + "]";
    CAUSAL_GYM_TRY(ends, read_texts(list[i], edge_path));
    if (ends.size() != 2)
      return fail(ErrorCode::invalid_argument, "an edge is a pair of names", edge_path);
    CAUSAL_GYM_TRY(from, names.find(ends[0], edge_path));
    CAUSAL_GYM_TRY(to, names.find(ends[1], edge_path));
    edges.push_back({from, to});
  }
  return edges;
}

Result<Graph> read_listed(const json& value, std::string_view path, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_object(value, keys, path));
  NodeNames names(value.contains("nodes"));
  if (value.contains("nodes")) {
    CAUSAL_GYM_TRY(nodes, read_texts(value["nodes"], joined_path(path, "nodes")));
    for (const auto& name : nodes) names.add(name);
  }
  CAUSAL_GYM_TRY(directed, read_edges(value, "directed", path, names));
  CAUSAL_GYM_TRY(bidirected, read_edges(value, "bidirected", path, names));
  if (value.contains("latent")) {
    const auto latent_path = joined_path(path, "latent");
    CAUSAL_GYM_TRY(latent, read_texts(value["latent"], latent_path));
    for (const auto& name : latent) {
      CAUSAL_GYM_TRY(v, names.find(name, latent_path));
      names.nodes[static_cast<std::size_t>(v)].latent = true;
    }
  }
  return Graph::create(std::move(names.nodes), std::move(directed), std::move(bidirected), limits);
}

Result<Graph> read_adjacency(const json& value, std::string_view path, const Limits& limits) {
  NodeNames names;
  std::vector<Edge> edges;
  for (const auto& [name, unused] : value.items()) names.add(name);
  for (const auto& [name, parents] : value.items()) {
    const auto node_path = joined_path(path, name);
    CAUSAL_GYM_TRY(child, names.find(name, node_path));
    CAUSAL_GYM_TRY(parent_names, read_texts(parents, node_path));
    for (const auto& parent_name : parent_names) {
      CAUSAL_GYM_TRY(parent, names.find(parent_name, node_path));
      edges.push_back({parent, child});
    }
  }
  return Graph::create(std::move(names.nodes), std::move(edges), {}, limits);
}

bool is_listed(const json& value) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const std::string& key) { return value.contains(key); });
}

Result<Graph> read(const json& value, std::string_view path, const Limits& limits) {
  if (const auto* text = value.get_ptr<const std::string*>())
    return read_graph_text(*text, GraphFormat::any, limits);
  if (!value.is_object())
    return fail(ErrorCode::invalid_argument,
                std::string("a graph is a text or an object, but found ") + value.type_name());
  return is_listed(value) ? read_listed(value, path, limits) : read_adjacency(value, path, limits);
}

}  // namespace

Result<Graph> read_graph_json(const json& value, std::string_view path, const Limits& limits) {
  auto graph = read(value, path, limits);
  if (graph) return graph;
  const bool placed = !path.empty() && graph.error().where.starts_with(path);
  return fail(placed ? graph.error() : error_at(graph.error(), path));
}

json graph_json(const Graph& graph) {
  json value = {{"nodes", json::array()},
                {"directed", json::array()},
                {"bidirected", json::array()},
                {"latent", json::array()}};
  for (const auto& node : graph.nodes()) {
    value["nodes"].push_back(node.name);
    if (node.latent) value["latent"].push_back(node.name);
  }
  const auto pair = [&](const Edge& edge) {
    return json::array({graph.name(edge.from), graph.name(edge.to)});
  };
  for (const auto& edge : graph.directed_edges()) value["directed"].push_back(pair(edge));
  for (const auto& edge : graph.bidirected_edges()) value["bidirected"].push_back(pair(edge));
  return value;
}

Result<json> adjacency_json(const Graph& graph) {
  if (!graph.bidirected_edges().empty() || !graph.latent_nodes().empty())
    return fail(ErrorCode::invalid_argument,
                "an adjacency holds neither bidirected edges nor latent nodes");
  json value = json::object();
  for (NodeId v = 0; v < static_cast<NodeId>(graph.node_count()); ++v) {
    if (std::find(keys.begin(), keys.end(), graph.name(v)) != keys.end())
      return fail(ErrorCode::invalid_argument,
                  "a node called '" + graph.name(v) + "' cannot stand in an adjacency");
    auto& parents = value[graph.name(v)] = json::array();
    for (const auto parent : graph.parents(v)) parents.push_back(graph.name(parent));
  }
  return value;
}

}  // namespace causal_gym
