// Every simple path between two nodes, with its kind and what blocks it.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/separation.h"

namespace causal_gym {

// causal: x -> ... -> y; back_door: begins with an arrow into x (x <- or x <->); other: leaves x
// and meets a collider.
enum class PathKind { causal, back_door, other };

[[nodiscard]] std::string_view path_kind_name(PathKind kind);

struct ListedPath {
  Path path;
  PathKind kind = PathKind::other;
  bool open = false;
  std::vector<NodeId>
      blocked_by;  // inner nodes that block it: conditioned non-colliders, colliders not opened
};

struct PathListing {
  std::vector<ListedPath> paths;  // shorter first, then by node order
  bool complete =
      true;  // false when limits.listed_paths or limits.path_search_steps stopped the search
};

// Paths between x and y, judged given z. Errors: invalid_argument (x = y, x or y in z), cancelled.
// Finding a first path costs O(n + m); the number of paths can be exponential, so the limits stop
// the search.
[[nodiscard]] Result<PathListing> list_paths(const Graph& graph, NodeId x, NodeId y,
                                             const NodeSet& z, const Limits& limits = {},
                                             const CancellationToken& cancellation = {});

}  // namespace causal_gym
