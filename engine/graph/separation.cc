#include "engine/graph/separation.h"

#include "engine/graph/open_walks.h"
#include "engine/graph/relations.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

// May a path run through v, given the marks of its two edges at v?
class Gate {
 public:
  Gate(const Graph& graph, const NodeSet& z) : z_(z), opened_(ancestors(graph, z)) {}

  [[nodiscard]] bool passes(NodeId v, bool head_in, bool head_out) const {
    return head_in && head_out ? opened_.contains(v) : !z_.contains(v);
  }

 private:
  const NodeSet& z_;
  NodeSet opened_;  // colliders that z opens: z and its ancestors
};

bool has_step(const Graph& graph, NodeId a, Step step, NodeId b) {
  switch (step) {
    case Step::forward: return graph.has_edge(a, b);
    case Step::backward: return graph.has_edge(b, a);
    case Step::bidirected: return graph.has_bidirected_edge(a, b);
  }
  return false;
}

}  // namespace

std::string path_text(const Graph& graph, const Path& path) {
  std::string text = quoted_name(graph.name(path.nodes.front()));
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    text += path.steps[i] == Step::forward    ? " -> "
            : path.steps[i] == Step::backward ? " <- "
                                              : " <-> ";
    text += quoted_name(graph.name(path.nodes[i + 1]));
  }
  return text;
}

Result<Separation> separation(const Graph& graph, const NodeSet& x, const NodeSet& y,
                              const NodeSet& z) {
  if (const auto both = x & y; !both.empty())
    return fail(ErrorCode::invalid_argument,
                "the node '" + graph.name(*both.begin()) + "' is on both sides of a separation");
  OpenWalkSearch search(graph, x - z, y - z, z);
  if (!search.run()) return Separation{};
  return Separation{false, search.path()};
}

NodeSet connected_nodes(const Graph& graph, const NodeSet& x, const NodeSet& z) {
  OpenWalkSearch search(graph, x - z, {}, z);
  search.run();
  return search.entered() - z;
}

bool is_open(const Graph& graph, const Path& path, const NodeSet& z) {
  const Gate gate(graph, z);
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    if (!has_step(graph, path.nodes[i], path.steps[i], path.nodes[i + 1])) return false;
    if (i > 0 &&
        !gate.passes(path.nodes[i], head_at_end(path.steps[i - 1]), head_at_start(path.steps[i])))
      return false;
  }
  return true;
}

}  // namespace causal_gym
