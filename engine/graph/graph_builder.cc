#include "engine/graph/graph_builder.h"

#include "engine/graph/node_name.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

Status placed(Status status, std::string_view text, std::size_t offset) {
  if (!status) status.error().where = text_position(text, offset);
  return status;
}

}  // namespace

Result<NodeId> GraphBuilder::mention(std::string_view name, std::size_t offset) {
  const auto [entry, is_new] =
      ids_.try_emplace(std::string(name), static_cast<NodeId>(ids_.size()));
  if (!is_new) return entry->second;
  CAUSAL_GYM_CHECKED(placed(check_node_name(name, limits_), text_, offset));
  CAUSAL_GYM_CHECKED(placed(check_limit("nodes", ids_.size(), limits_.nodes), text_, offset));
  nodes_.emplace_back().name = name;
  return entry->second;
}

Status GraphBuilder::declare(NodeId v, std::size_t offset) {
  const auto [first, is_new] = declared_at_.try_emplace(v, offset);
  if (is_new) return {};
  return fail(ErrorCode::invalid_argument,
              "the node '" + node(v).name + "' is declared twice, first at " +
                  text_position(text_, first->second),
              text_position(text_, offset));
}

Status GraphBuilder::add(PlacedEdges& placed_edges, Edge edge, std::string_view joint,
                         std::size_t offset) {
  const auto text = [&] {
    return "'" + quoted_name(node(edge.from).name) + std::string(joint) +
           quoted_name(node(edge.to).name) + "'";
  };
  if (edge.from == edge.to)
    return fail(ErrorCode::invalid_argument, "the edge " + text() + " is a self-loop",
                text_position(text_, offset));
  const auto key =
      (static_cast<std::uint64_t>(edge.from) << 32) | static_cast<std::uint64_t>(edge.to);
  const auto [first, is_new] = placed_edges.index.try_emplace(key, placed_edges.edges.size());
  if (!is_new && merge_repeated_edges_) return {};
  if (!is_new)
    return fail(ErrorCode::invalid_argument,
                "the edge " + text() + " is listed twice, first at " +
                    text_position(text_, placed_edges.offsets[first->second]),
                text_position(text_, offset));
  placed_edges.edges.push_back(edge);
  placed_edges.offsets.push_back(offset);
  const auto count = directed_.edges.size() + bidirected_.edges.size();
  return placed(check_limit("edges", count, limits_.edges), text_, offset);
}

Status GraphBuilder::add_directed(NodeId from, NodeId to, std::size_t offset) {
  return add(directed_, {from, to}, " -> ", offset);
}

Status GraphBuilder::add_bidirected(NodeId a, NodeId b, std::size_t offset) {
  return add(bidirected_, {std::min(a, b), std::max(a, b)}, " <-> ", offset);
}

Result<Graph> GraphBuilder::finish() && {
  auto graph = Graph::create(nodes_, directed_.edges, bidirected_.edges, limits_);
  if (!graph && graph.error().code == ErrorCode::cyclic_graph) return fail(locate_cycle());
  return graph;
}

// Adding edges never removes a cycle, so the edge that closes the first one is found by bisection.
Error GraphBuilder::locate_cycle() const {
  const auto error_of_first = [&](std::size_t count) {
    std::vector<Edge> edges(directed_.edges.begin(),
                            directed_.edges.begin() + static_cast<std::ptrdiff_t>(count));
    auto graph = Graph::create(nodes_, std::move(edges), {}, limits_);
    return graph ? std::optional<Error>() : std::move(graph).error();
  };
  std::size_t acyclic = 0;
  std::size_t cyclic = directed_.edges.size();
  while (cyclic - acyclic > 1) {
    const auto middle = acyclic + (cyclic - acyclic) / 2;
    (error_of_first(middle) ? cyclic : acyclic) = middle;
  }
  auto error = *error_of_first(cyclic);
  error.where = text_position(text_, directed_.offsets[cyclic - 1]);
  return error;
}

}  // namespace causal_gym
