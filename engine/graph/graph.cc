#include "engine/graph/graph.h"

#include <algorithm>
#include <queue>
#include <unordered_map>

#include "engine/base/spelling.h"
#include "engine/graph/node_name.h"

namespace causal_gym {
namespace {

// Neighbour lists of all nodes, one after the other.
struct Rows {
  std::vector<std::size_t> begin;  // n + 1
  std::vector<NodeId> items;

  [[nodiscard]] std::span<const NodeId> row(NodeId v) const {
    const auto i = static_cast<std::size_t>(v);
    return std::span(items).subspan(begin[i], begin[i + 1] - begin[i]);
  }
  friend bool operator==(const Rows&, const Rows&) = default;
};

// Row a holds b for each pair (a, b), increasing.
Rows make_rows(std::size_t node_count, std::span<const Edge> pairs) {
  Rows rows;
  rows.begin.assign(node_count + 1, 0);
  for (const auto& [a, b] : pairs) ++rows.begin[static_cast<std::size_t>(a) + 1];
  for (std::size_t i = 0; i < node_count; ++i) rows.begin[i + 1] += rows.begin[i];
  rows.items.resize(pairs.size());
  auto next = rows.begin;
  for (const auto& [a, b] : pairs) rows.items[next[static_cast<std::size_t>(a)]++] = b;
  for (std::size_t i = 0; i < node_count; ++i)
    std::sort(rows.items.begin() + static_cast<std::ptrdiff_t>(rows.begin[i]),
              rows.items.begin() + static_cast<std::ptrdiff_t>(rows.begin[i + 1]));
  return rows;
}

std::vector<Edge> reversed(std::span<const Edge> edges) {
  std::vector<Edge> result;
  result.reserve(edges.size());
  for (const auto& [from, to] : edges) result.push_back({to, from});
  return result;
}

// Ends in range, no self-loop, no repetition. `joint` is " -> " or " <-> ".
Status check_edges(std::span<const Node> nodes, std::vector<Edge> edges, std::string_view joint) {
  const auto in_range = [&](NodeId v) {
    return v >= 0 && static_cast<std::size_t>(v) < nodes.size();
  };
  const auto text = [&](const Edge& edge) {
    return "'" + nodes[static_cast<std::size_t>(edge.from)].name + std::string(joint) +
           nodes[static_cast<std::size_t>(edge.to)].name + "'";
  };
  for (const auto& edge : edges) {
    if (!in_range(edge.from) || !in_range(edge.to))
      return fail(ErrorCode::invalid_argument, "an edge joins nodes " + std::to_string(edge.from) +
                                                   " and " + std::to_string(edge.to) +
                                                   ", but there are " +
                                                   std::to_string(nodes.size()) + " nodes");
    if (edge.from == edge.to)
      return fail(ErrorCode::invalid_argument, "the edge " + text(edge) + " is a self-loop");
  }
  const auto key = [](const Edge& e) { return std::pair(e.from, e.to); };
  std::sort(edges.begin(), edges.end(),
            [&](const Edge& a, const Edge& b) { return key(a) < key(b); });
  const auto twin = std::adjacent_find(edges.begin(), edges.end());
  if (twin != edges.end())
    return fail(ErrorCode::invalid_argument, "the edge " + text(*twin) + " is listed twice");
  return {};
}

// Kahn 1962, smallest ready node first; nodes on or below a cycle are missing from the result.
std::vector<NodeId> sort_topologically(const Rows& parents, const Rows& children) {
  const auto n = parents.begin.size() - 1;
  std::vector<std::size_t> waiting_for(n);
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (std::size_t i = 0; i < n; ++i) {
    const auto v = static_cast<NodeId>(i);
    waiting_for[i] = parents.row(v).size();
    if (waiting_for[i] == 0) ready.push(v);
  }
  std::vector<NodeId> order;
  order.reserve(n);
  while (!ready.empty()) {
    const NodeId v = ready.top();
    ready.pop();
    order.push_back(v);
    for (const NodeId child : children.row(v))
      if (--waiting_for[static_cast<std::size_t>(child)] == 0) ready.push(child);
  }
  return order;
}

// A shortest cycle through one node that lies on a cycle, starting at its smallest node.
// Each node outside `order` has a parent outside `order`, so walking up must come round.
std::vector<NodeId> find_cycle(const Rows& parents, const Rows& children,
                               std::span<const NodeId> order) {
  const auto n = parents.begin.size() - 1;
  std::vector<bool> sorted(n, false);
  for (const NodeId v : order) sorted[static_cast<std::size_t>(v)] = true;
  NodeId v = 0;
  while (sorted[static_cast<std::size_t>(v)]) ++v;
  for (std::vector<bool> seen(n, false); !seen[static_cast<std::size_t>(v)];) {
    seen[static_cast<std::size_t>(v)] = true;
    v = *std::find_if(parents.row(v).begin(), parents.row(v).end(),
                      [&](NodeId p) { return !sorted[static_cast<std::size_t>(p)]; });
  }
  std::vector<NodeId> came_from(n, -1);
  std::queue<NodeId> frontier({v});
  while (came_from[static_cast<std::size_t>(v)] < 0) {
    const NodeId u = frontier.front();
    frontier.pop();
    for (const NodeId child : children.row(u)) {
      auto& from = came_from[static_cast<std::size_t>(child)];
      if (from >= 0) continue;
      from = u;
      frontier.push(child);
    }
  }
  std::vector<NodeId> cycle{v};
  for (NodeId u = came_from[static_cast<std::size_t>(v)]; u != v;
       u = came_from[static_cast<std::size_t>(u)])
    cycle.push_back(u);
  std::reverse(cycle.begin(), cycle.end());
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
  return cycle;
}

}  // namespace

struct Graph::Data {
  std::vector<Node> nodes;
  std::vector<Edge> directed;
  std::vector<Edge> bidirected;
  std::unordered_map<std::string_view, NodeId> ids;  // keys point into nodes
  Rows parents;
  Rows children;
  Rows spouses;
  std::vector<NodeId> order;
};

Graph::Graph() : Graph(*create({}, {}, {})) {}

Graph::Graph(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Result<Graph> Graph::create(std::vector<Node> nodes, std::vector<Edge> directed,
                            std::vector<Edge> bidirected, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("nodes", nodes.size(), limits.nodes));
  CAUSAL_GYM_CHECKED(check_limit("edges", directed.size() + bidirected.size(), limits.edges));
  auto data = std::make_shared<Data>();
  data->nodes = std::move(nodes);
  for (const auto& node : data->nodes) {
    CAUSAL_GYM_CHECKED(check_node_name(node.name, limits));
    if (!data->ids.emplace(node.name, static_cast<NodeId>(data->ids.size())).second)
      return fail(ErrorCode::invalid_argument, "the node '" + node.name + "' is listed twice");
  }
  for (auto& edge : bidirected)
    if (edge.from > edge.to) std::swap(edge.from, edge.to);
  CAUSAL_GYM_CHECKED(check_edges(data->nodes, directed, " -> "));
  CAUSAL_GYM_CHECKED(check_edges(data->nodes, bidirected, " <-> "));

  const auto n = data->nodes.size();
  auto both_ways = reversed(bidirected);
  both_ways.insert(both_ways.end(), bidirected.begin(), bidirected.end());
  data->parents = make_rows(n, reversed(directed));
  data->children = make_rows(n, directed);
  data->spouses = make_rows(n, both_ways);
  data->directed = std::move(directed);
  data->bidirected = std::move(bidirected);
  data->order = sort_topologically(data->parents, data->children);
  if (data->order.size() < n) {
    const auto cycle = find_cycle(data->parents, data->children, data->order);
    std::string text;
    for (const NodeId v : cycle) text += data->nodes[static_cast<std::size_t>(v)].name + " -> ";
    text += data->nodes[static_cast<std::size_t>(cycle.front())].name;
    return fail(ErrorCode::cyclic_graph, "the directed edges form a cycle: " + text);
  }
  return Graph(std::move(data));
}

std::size_t Graph::node_count() const { return data_->nodes.size(); }
std::span<const Node> Graph::nodes() const { return data_->nodes; }
const std::string& Graph::name(NodeId v) const {
  return data_->nodes[static_cast<std::size_t>(v)].name;
}
bool Graph::is_latent(NodeId v) const { return data_->nodes[static_cast<std::size_t>(v)].latent; }

std::optional<NodeId> Graph::find(std::string_view name) const {
  const auto found = data_->ids.find(name);
  if (found == data_->ids.end()) return std::nullopt;
  return found->second;
}

Result<NodeId> Graph::require(std::string_view name) const {
  if (const auto id = find(name)) return *id;
  const auto all = names();
  auto suggestion = spelling_suggestion(name, all);
  constexpr std::size_t most_listed = 12;
  if (suggestion.empty() && all.size() <= most_listed)
    for (const auto& one : all) suggestion += (suggestion.empty() ? "the nodes are " : ", ") + one;
  return fail(ErrorCode::unknown_name, "no node '" + std::string(name) + "' in the graph", {},
              suggestion);
}

std::span<const Edge> Graph::directed_edges() const { return data_->directed; }
std::span<const Edge> Graph::bidirected_edges() const { return data_->bidirected; }
std::span<const NodeId> Graph::parents(NodeId v) const { return data_->parents.row(v); }
std::span<const NodeId> Graph::children(NodeId v) const { return data_->children.row(v); }
std::span<const NodeId> Graph::spouses(NodeId v) const { return data_->spouses.row(v); }

bool Graph::has_edge(NodeId from, NodeId to) const {
  const auto row = children(from);
  return std::binary_search(row.begin(), row.end(), to);
}

bool Graph::has_bidirected_edge(NodeId a, NodeId b) const {
  const auto row = spouses(a);
  return std::binary_search(row.begin(), row.end(), b);
}

std::vector<std::string> Graph::names() const {
  std::vector<std::string> names;
  names.reserve(node_count());
  for (const auto& node : nodes()) names.push_back(node.name);
  return names;
}

NodeSet Graph::all_nodes() const { return NodeSet::first(node_count()); }
NodeSet Graph::observed_nodes() const { return all_nodes() - latent_nodes(); }

NodeSet Graph::latent_nodes() const {
  NodeSet latent;
  for (std::size_t i = 0; i < node_count(); ++i)
    if (data_->nodes[i].latent) latent.insert(static_cast<NodeId>(i));
  return latent;
}

std::span<const NodeId> Graph::topological_order() const { return data_->order; }

bool operator==(const Graph& a, const Graph& b) {
  return a.data_ == b.data_ ||
         (a.data_->nodes == b.data_->nodes && a.data_->children == b.data_->children &&
          a.data_->spouses == b.data_->spouses);
}

}  // namespace causal_gym
