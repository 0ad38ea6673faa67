#include "engine/linear/wright.h"

#include <algorithm>

#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

using NodePath = std::vector<NodeId>;

Status check_node(const Graph& graph, NodeId v) {
  if (v >= 0 && static_cast<std::size_t>(v) < graph.node_count()) return {};
  return fail(ErrorCode::invalid_argument, "a path to or from a node that is not in the graph");
}

// Counts the work of one search and says when to stop.
class Budget {
 public:
  Budget(const Limits& limits, const CancellationToken& cancellation)
      : limits_(limits), cancellation_(cancellation) {}

  // Another step of the search; false when there is none left.
  Result<bool> step() {
    if (++steps_ % 1024 == 0) CAUSAL_GYM_CHECKED(cancellation_.check());
    return steps_ <= limits_.path_search_steps;
  }
  [[nodiscard]] bool is_full(std::size_t listed) const { return listed >= limits_.listed_paths; }

 private:
  const Limits& limits_;
  const CancellationToken& cancellation_;
  std::uint64_t steps_ = 0;
};

// Every directed path that ends in `end` and begins in `starts`, by walking up from its end.
class UpwardSearch {
 public:
  UpwardSearch(const Graph& graph, const NodeSet& starts, std::size_t most, Budget& budget)
      : graph_(graph),
        starts_(starts),
        useful_(descendants(graph, starts)),
        most_(most),
        budget_(budget) {}

  // False in `complete` when `most` paths or the budget stopped it.
  Result<DirectedPathListing> run(NodeId end) {
    DirectedPathListing listing;
    if (!useful_.contains(end)) return listing;
    std::vector<NodePath> frontier{{end}};  // reversed
    for (std::size_t next = 0; next < frontier.size(); ++next) {
      const NodePath path = frontier[next];
      CAUSAL_GYM_TRY(goes_on, budget_.step());
      if (!goes_on || listing.paths.size() > most_ || frontier.size() > max_frontier) {
        listing.complete = false;
        break;
      }
      if (starts_.contains(path.back())) listing.paths.emplace_back(path.rbegin(), path.rend());
      for (const NodeId parent : graph_.parents(path.back())) {
        if (!useful_.contains(parent)) continue;
        frontier.push_back(path);
        frontier.back().push_back(parent);
      }
    }
    return listing;
  }

 private:
  static constexpr std::size_t max_frontier = 1 << 18;  // paths in memory at once

  const Graph& graph_;
  const NodeSet& starts_;
  NodeSet useful_;
  std::size_t most_;
  Budget& budget_;
};

bool is_simple(const Trek& trek) {
  for (std::size_t i = trek.has_top_node() ? 1 : 0; i < trek.left.size(); ++i)
    if (std::find(trek.right.begin(), trek.right.end(), trek.left[i]) != trek.right.end())
      return false;
  return true;
}

void cut_to_limit(auto& list, bool& complete, std::size_t limit) {
  if (list.size() <= limit) return;
  list.resize(limit);
  complete = false;
}

Error too_many(const LinearModel& model, NodeId a, NodeId b) {
  return {ErrorCode::limit_exceeded,
          "too many paths between '" + model.graph().name(a) + "' and '" + model.graph().name(b) +
              "' to sum over",
          {},
          "the implied covariances need no paths"};
}

double product_of_sides(const LinearModel& model, const Trek& trek) {
  return path_product(model, trek.left) * path_product(model, trek.right);
}

}  // namespace

Result<DirectedPathListing> list_directed_paths(const Graph& graph, NodeId x, NodeId y,
                                                const Limits& limits,
                                                const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_node(graph, x));
  CAUSAL_GYM_CHECKED(check_node(graph, y));
  Budget budget(limits, cancellation);
  const NodeSet starts{x};
  CAUSAL_GYM_TRY(listing, UpwardSearch(graph, starts, limits.listed_paths, budget).run(y));
  std::sort(listing.paths.begin(), listing.paths.end(), [](const NodePath& a, const NodePath& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  cut_to_limit(listing.paths, listing.complete, limits.listed_paths);
  return listing;
}

Result<TrekListing> list_treks(const Graph& graph, NodeId a, NodeId b, TrekKind kind,
                               const Limits& limits, const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_node(graph, a));
  CAUSAL_GYM_CHECKED(check_node(graph, b));
  Budget budget(limits, cancellation);
  const auto everywhere = graph.all_nodes();
  const auto most = static_cast<std::size_t>(limits.path_search_steps);
  CAUSAL_GYM_TRY(left, UpwardSearch(graph, everywhere, most, budget).run(a));
  CAUSAL_GYM_TRY(right, UpwardSearch(graph, everywhere, most, budget).run(b));
  TrekListing listing;
  listing.complete = left.complete && right.complete;
  for (const auto& down_to_a : left.paths) {
    for (const auto& down_to_b : right.paths) {
      CAUSAL_GYM_TRY(goes_on, budget.step());
      if (!goes_on || budget.is_full(listing.treks.size())) {
        listing.complete = false;
        break;
      }
      const NodeId top = down_to_a.front();
      if (top != down_to_b.front() && !graph.has_bidirected_edge(top, down_to_b.front())) continue;
      Trek trek{down_to_a, down_to_b};
      if (kind == TrekKind::simple && !is_simple(trek)) continue;
      listing.treks.push_back(std::move(trek));
    }
  }
  std::sort(listing.treks.begin(), listing.treks.end(), [](const Trek& s, const Trek& t) {
    const auto length_s = s.left.size() + s.right.size();
    const auto length_t = t.left.size() + t.right.size();
    if (length_s != length_t) return length_s < length_t;
    return s.left != t.left ? s.left < t.left : s.right < t.right;
  });
  return listing;
}

double path_product(const LinearModel& model, const std::vector<NodeId>& path) {
  double product = 1;
  for (std::size_t i = 1; i < path.size(); ++i)
    product *= model.coefficients()(path[i - 1], path[i]);
  return product;
}

Result<double> total_effect_by_paths(const LinearModel& model, NodeId x, NodeId y,
                                     const Limits& limits, const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(listing, list_directed_paths(model.graph(), x, y, limits, cancellation));
  if (!listing.complete) return fail(too_many(model, x, y));
  double sum = 0;
  for (const auto& path : listing.paths) sum += path_product(model, path);
  return sum;
}

Result<double> covariance_by_treks(const LinearModel& model, NodeId a, NodeId b,
                                   const Limits& limits, const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(listing, list_treks(model.graph(), a, b, TrekKind::all, limits, cancellation));
  if (!listing.complete) return fail(too_many(model, a, b));
  double sum = 0;
  for (const auto& trek : listing.treks)
    sum += product_of_sides(model, trek) * model.noise()(trek.left.front(), trek.right.front());
  return sum;
}

Result<double> covariance_by_wright(const LinearModel& model, NodeId a, NodeId b,
                                    const std::vector<double>& variances, const Limits& limits,
                                    const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(listing, list_treks(model.graph(), a, b, TrekKind::simple, limits, cancellation));
  if (a == b || variances.size() != model.variable_count())
    return fail(ErrorCode::invalid_argument,
                a == b ? "Wright's rule is for two variables, not for '" + model.graph().name(a) +
                             "' and itself"
                       : "Wright's rule needs one variance for each variable");
  if (!listing.complete) return fail(too_many(model, a, b));
  double sum = 0;
  for (const auto& trek : listing.treks) {
    const NodeId top = trek.left.front();
    sum += product_of_sides(model, trek) * (trek.has_top_node()
                                                ? variances[static_cast<std::size_t>(top)]
                                                : model.noise()(top, trek.right.front()));
  }
  return sum;
}

}  // namespace causal_gym
