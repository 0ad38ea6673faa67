#include "engine/graph/paths.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "engine/base/check.h"
#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

constexpr std::size_t unreachable = std::numeric_limits<std::size_t>::max();

struct Neighbour {
  NodeId node = 0;
  Step step = Step::forward;
};

// Depth-first search under a bound on length that grows from one round to the next (iterative
// deepening, Korf 1985), pruned by each node's distance to y: paths come out shortest first, and
// the first round walks straight to y.
class PathSearch {
 public:
  PathSearch(const Graph& graph, NodeId x, NodeId y, const Limits& limits,
             const CancellationToken& cancellation)
      : x_(x), y_(y), limits_(limits), cancellation_(cancellation) {
    list_neighbours(graph);
    measure_distances();
  }

  // Sets `complete` to false when a limit stopped the search.
  Result<std::vector<Path>> run(bool& complete) {
    for (bound_ = distance_[at(x_)]; bound_ != unreachable; bound_ = next_bound_) {
      next_bound_ = unreachable;
      CAUSAL_GYM_CHECKED(search_round());
      if (stopped_) break;
    }
    // Within a length the search goes by node and edge in turn; parallel edges would interleave.
    std::sort(found_.begin(), found_.end(), [](const Path& a, const Path& b) {
      if (a.nodes.size() != b.nodes.size()) return a.nodes.size() < b.nodes.size();
      return std::tie(a.nodes, a.steps) < std::tie(b.nodes, b.steps);
    });
    complete = !stopped_;
    return std::move(found_);
  }

 private:
  static std::size_t at(NodeId v) { return static_cast<std::size_t>(v); }

  void list_neighbours(const Graph& graph) {
    neighbours_.resize(graph.node_count());
    for (std::size_t i = 0; i < neighbours_.size(); ++i) {
      const auto v = static_cast<NodeId>(i);
      auto& row = neighbours_[i];
      for (const NodeId w : graph.children(v)) row.push_back({w, Step::forward});
      for (const NodeId w : graph.parents(v)) row.push_back({w, Step::backward});
      for (const NodeId w : graph.spouses(v)) row.push_back({w, Step::bidirected});
      std::sort(row.begin(), row.end(), [](const Neighbour& a, const Neighbour& b) {
        return std::pair(a.node, a.step) < std::pair(b.node, b.step);
      });
    }
  }

  void measure_distances() {
    distance_.assign(neighbours_.size(), unreachable);
    distance_[at(y_)] = 0;
    std::vector<NodeId> queue{y_};
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const NodeId v = queue[next];
      for (const auto& neighbour : neighbours_[at(v)]) {
        auto& distance = distance_[at(neighbour.node)];
        if (distance != unreachable) continue;
        distance = distance_[at(v)] + 1;
        queue.push_back(neighbour.node);
      }
    }
  }

  // All paths of exactly bound_ edges; next_bound_ becomes the least length that was cut off.
  Status search_round() {
    on_path_.assign(neighbours_.size(), false);
    path_ = {{x_}, {}};
    on_path_[at(x_)] = true;
    std::vector<std::size_t> cursors{0};
    while (!cursors.empty()) {
      const NodeId v = path_.nodes.back();
      if (v == y_ || cursors.back() == neighbours_[at(v)].size()) {
        if (v == y_ && !record()) return {};
        retreat();
        cursors.pop_back();
        continue;
      }
      if (++steps_ % 1024 == 0) CAUSAL_GYM_CHECKED(cancellation_.check());
      if (steps_ > limits_.path_search_steps) {
        stopped_ = true;
        return {};
      }
      const auto neighbour = neighbours_[at(v)][cursors.back()++];
      if (on_path_[at(neighbour.node)]) continue;
      const auto length = path_.steps.size() + 1 + distance_[at(neighbour.node)];
      if (length > bound_) {
        next_bound_ = std::min(next_bound_, length);
        continue;
      }
      path_.nodes.push_back(neighbour.node);
      path_.steps.push_back(neighbour.step);
      on_path_[at(neighbour.node)] = true;
      cursors.push_back(0);
    }
    return {};
  }

  void retreat() {
    on_path_[at(path_.nodes.back())] = false;
    path_.nodes.pop_back();
    if (!path_.steps.empty()) path_.steps.pop_back();
  }

  // Keeps the current path unless an earlier round did; false when there is no room for it.
  bool record() {
    if (path_.steps.size() < bound_) return true;
    if (found_.size() == limits_.listed_paths) {
      stopped_ = true;
      return false;
    }
    found_.push_back(path_);
    return true;
  }

  NodeId x_;
  NodeId y_;
  const Limits& limits_;
  const CancellationToken& cancellation_;
  std::vector<std::vector<Neighbour>> neighbours_;  // by node, then by kind of edge
  std::vector<std::size_t> distance_;               // to y, in edges of any kind
  std::size_t bound_ = 0;
  std::size_t next_bound_ = 0;
  std::vector<bool> on_path_;
  Path path_;
  std::vector<Path> found_;
  std::uint64_t steps_ = 0;
  bool stopped_ = false;
};

PathKind kind_of(const Path& path) {
  if (path.steps.front() != Step::forward) return PathKind::back_door;
  const bool directed = std::all_of(path.steps.begin(), path.steps.end(),
                                    [](Step step) { return step == Step::forward; });
  return directed ? PathKind::causal : PathKind::other;
}

// `opened`: z and its ancestors.
ListedPath judge(Path path, const NodeSet& z, const NodeSet& opened) {
  ListedPath listed;
  listed.kind = kind_of(path);
  for (std::size_t i = 1; i + 1 < path.nodes.size(); ++i) {
    const NodeId v = path.nodes[i];
    const bool collider = path.steps[i - 1] != Step::backward && path.steps[i] != Step::forward;
    if (collider ? !opened.contains(v) : z.contains(v)) listed.blocked_by.push_back(v);
  }
  listed.open = listed.blocked_by.empty();
  listed.path = std::move(path);
  return listed;
}

}  // namespace

std::string_view path_kind_name(PathKind kind) {
  switch (kind) {
    case PathKind::causal: return "causal";
    case PathKind::back_door: return "back_door";
    case PathKind::other: return "other";
  }
  CHECK(false);
}

Result<PathListing> list_paths(const Graph& graph, NodeId x, NodeId y, const NodeSet& z,
                               const Limits& limits, const CancellationToken& cancellation) {
  if (x == y)
    return fail(ErrorCode::invalid_argument,
                "a path joins two different nodes, but both ends are '" + graph.name(x) + "'");
  for (const NodeId end : {x, y})
    if (z.contains(end))
      return fail(ErrorCode::invalid_argument,
                  "the node '" + graph.name(end) + "' is an end of the path and also given");
  CAUSAL_GYM_CHECKED(cancellation.check());
  PathListing listing;
  PathSearch search(graph, x, y, limits, cancellation);
  CAUSAL_GYM_TRY(paths, search.run(listing.complete));
  const auto opened = ancestors(graph, z);
  for (auto& path : paths) listing.paths.push_back(judge(std::move(path), z, opened));
  return listing;
}

}  // namespace causal_gym
