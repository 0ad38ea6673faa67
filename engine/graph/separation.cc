#include "engine/graph/separation.h"

#include <algorithm>
#include <array>

#include "engine/graph/relations.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

// Has the edge an arrowhead at the node it leaves (enters)?
bool head_at_start(Step step) { return step != Step::forward; }
bool head_at_end(Step step) { return step != Step::backward; }

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

// Breadth-first search over open walks. A state is a node together with the mark it was entered
// by, because that alone decides how a walk may go on; so each edge is looked at at most twice.
class Reachability {
 public:
  Reachability(const Graph& graph, const NodeSet& x, const NodeSet& z)
      : graph_(graph), gate_(graph, z), arrivals_(2 * graph.node_count()) {
    for (const NodeId v : x) {
      sources_.insert(v);
      leave(v, std::nullopt);
    }
  }

  // Walks until a node of `goals` is entered; none when no open walk leads there.
  std::optional<NodeId> run(const NodeSet& goals) {
    for (; next_ < queue_.size(); ++next_) {
      const auto state = queue_[next_];
      const auto v = static_cast<NodeId>(state / 2);
      if (goals.contains(v)) return v;
      leave(v, state);
    }
    return std::nullopt;
  }

  // All nodes entered so far.
  [[nodiscard]] NodeSet entered() const {
    NodeSet nodes;
    for (const auto state : queue_) nodes.insert(static_cast<NodeId>(state / 2));
    return nodes;
  }

  // The walk that entered the state which `run` stopped at.
  //
  // It is simple. Were v on it twice, drop what lies between the two visits: the shorter walk is
  // open at v. If v is in z, both visits were at colliders, and so is the joined one. If v is not
  // in z, only a collider at v could close it, and v's first visit then began v -> ..., which
  // leads to a collider that z opens (it cannot lead back to v without one), so v is an ancestor
  // of z. But the search is breadth-first: no shorter open walk exists.
  [[nodiscard]] Path path() const {
    Path path;
    std::optional<std::size_t> state = queue_[next_];
    path.nodes.push_back(static_cast<NodeId>(*state / 2));
    while (state) {
      const auto& arrival = arrivals_[*state];
      path.nodes.push_back(arrival.from);
      path.steps.push_back(arrival.step);
      state = arrival.state;
    }
    std::reverse(path.nodes.begin(), path.nodes.end());
    std::reverse(path.steps.begin(), path.steps.end());
    return path;
  }

 private:
  struct Arrival {
    bool visited = false;
    NodeId from = 0;
    std::optional<std::size_t> state;  // of `from`; none at a source
    Step step = Step::forward;
  };

  void leave(NodeId v, std::optional<std::size_t> state) {
    const auto may_leave = [&](Step step) {
      return !state || gate_.passes(v, *state % 2 == 1, head_at_start(step));
    };
    const auto take = [&](std::span<const NodeId> row, Step step) {
      if (!may_leave(step)) return;
      for (const NodeId w : row) enter(w, {true, v, state, step});
    };
    take(graph_.children(v), Step::forward);
    take(graph_.parents(v), Step::backward);
    take(graph_.spouses(v), Step::bidirected);
  }

  void enter(NodeId w, const Arrival& arrival) {
    // A walk that comes back to a source is never a shortest one.
    if (sources_.contains(w)) return;
    const auto state = 2 * static_cast<std::size_t>(w) + (head_at_end(arrival.step) ? 1 : 0);
    if (arrivals_[state].visited) return;
    arrivals_[state] = arrival;
    queue_.push_back(state);
  }

  const Graph& graph_;
  Gate gate_;
  std::vector<Arrival> arrivals_;  // of state 2 v + (entered by an arrowhead)
  NodeSet sources_;
  std::vector<std::size_t> queue_;
  std::size_t next_ = 0;
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
  Reachability search(graph, x - z, z);
  if (!search.run(y - z)) return Separation{};
  return Separation{false, search.path()};
}

NodeSet connected_nodes(const Graph& graph, const NodeSet& x, const NodeSet& z) {
  Reachability search(graph, x - z, z);
  search.run({});
  return (search.entered() | x) - z;
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
