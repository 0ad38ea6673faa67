#include "engine/graph/separation.h"

#include <algorithm>
#include <cstdint>

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

// What is known of a node during a search, as bits of one byte: a search over a million nodes keeps
// its marks in cache.
enum Mark : std::uint8_t {
  entered_by_tail = 1,
  entered_by_head = 2,
  left_forward = 4,   // all children were entered from here
  left_backward = 8,  // all parents and spouses were
  given = 16,
  opened = 32,  // an ancestor of a given node, or given: as a collider it lets a path through
  goal = 64,
};

// Breadth-first search over open walks. A state is a node together with the mark it was entered
// by, because that alone decides how a walk may go on. What a walk may enter next by forward edges
// does not depend on the state that it leaves by them, nor by the other edges; so each edge is
// looked at at most once from either end.
class Reachability {
 public:
  Reachability(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z)
      : graph_(graph), marks_(graph.node_count()) {
    open_ancestors(z);
    for (const NodeId v : y) marks_[index(v)] |= goal;
    for (const NodeId v : x) {
      // A walk that comes back to a source is never a shortest one.
      marks_[index(v)] |= entered_by_tail | entered_by_head;
      queue_.push_back({v, 0, Step::forward});
    }
    sources_ = queue_.size();
  }

  // Walks until a goal is entered, and says whether one was.
  bool run() {
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      const auto arrival = queue_[next];
      const auto mark = marks_[index(arrival.node)];
      const bool by_head = next >= sources_ && head_at_end(arrival.step);
      const bool forward = next < sources_ || (mark & given) == 0;
      const bool backward = by_head ? (mark & opened) != 0 : forward;
      if (leave(arrival.node, forward, backward, static_cast<std::uint32_t>(next))) return true;
    }
    return false;
  }

  // The sources and all nodes entered so far.
  [[nodiscard]] NodeSet entered() const {
    NodeSet nodes;
    for (const auto& arrival : queue_) nodes.insert(arrival.node);
    return nodes;
  }

  // The walk to the goal at which `run` stopped.
  //
  // It is simple. Were v on it twice, drop what lies between the two visits: the shorter walk is
  // open at v. If v is in z, both visits were at colliders, and so is the joined one. If v is not
  // in z, only a collider at v could close it, and v's first visit then began v -> ..., which
  // leads to a collider that z opens (it cannot lead back to v without one), so v is an ancestor
  // of z. But the search is breadth-first: no shorter open walk exists.
  [[nodiscard]] Path path() const {
    Path path;
    auto place = queue_.size() - 1;
    for (; place >= sources_; place = queue_[place].from) {
      path.nodes.push_back(queue_[place].node);
      path.steps.push_back(queue_[place].step);
    }
    path.nodes.push_back(queue_[place].node);
    std::reverse(path.nodes.begin(), path.nodes.end());
    std::reverse(path.steps.begin(), path.steps.end());
    return path;
  }

 private:
  struct Arrival {
    NodeId node;
    std::uint32_t from;  // place in the queue; there are at most two arrivals at each node
    Step step;
  };

  static std::size_t index(NodeId v) { return static_cast<std::size_t>(v); }

  void open_ancestors(const NodeSet& z) {
    auto frontier = z.to_vector();
    for (const NodeId v : frontier) marks_[index(v)] |= given | opened;
    while (!frontier.empty()) {
      const NodeId v = frontier.back();
      frontier.pop_back();
      for (const NodeId parent : graph_.parents(v)) {
        auto& mark = marks_[index(parent)];
        if ((mark & opened) != 0) continue;
        mark |= opened;
        frontier.push_back(parent);
      }
    }
  }

  // True when a goal was entered.
  bool leave(NodeId v, bool forward, bool backward, std::uint32_t from) {
    auto& mark = marks_[index(v)];
    if (forward && (mark & left_forward) == 0) {
      mark |= left_forward;
      if (enter(graph_.children(v), Step::forward, from)) return true;
    }
    if (backward && (mark & left_backward) == 0) {
      mark |= left_backward;
      return enter(graph_.parents(v), Step::backward, from) ||
             enter(graph_.spouses(v), Step::bidirected, from);
    }
    return false;
  }

  bool enter(std::span<const NodeId> row, Step step, std::uint32_t from) {
    const auto entered = head_at_end(step) ? entered_by_head : entered_by_tail;
    for (const NodeId w : row) {
      auto& mark = marks_[index(w)];
      if ((mark & entered) != 0) continue;
      mark |= entered;
      queue_.push_back({w, from, step});
      if ((mark & goal) != 0) return true;
    }
    return false;
  }

  const Graph& graph_;
  std::vector<std::uint8_t> marks_;
  std::vector<Arrival> queue_;
  std::size_t sources_ = 0;  // the first so many in the queue
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
  Reachability search(graph, x - z, y - z, z);
  if (!search.run()) return Separation{};
  return Separation{false, search.path()};
}

NodeSet connected_nodes(const Graph& graph, const NodeSet& x, const NodeSet& z) {
  Reachability search(graph, x - z, {}, z);
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
