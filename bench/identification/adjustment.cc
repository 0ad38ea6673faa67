// The first ten minimal adjustment sets of sparse graphs, against the plain road that writes each
// clique of the moral graph out.
#include "engine/identify/adjustment.h"
#include "bench/comparison.h"
#include "bench/identification/plain_separators.h"
#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/graph/random_graph.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::size_t listed_sets = 10;
constexpr int compared_pairs = 40;
constexpr std::size_t small_nodes = 14;

SetListing plain_listing(const Graph& graph, NodeId x, NodeId y, std::size_t limit) {
  const auto problem = adjustment_problem(graph, {x}, {y}, {}).value();
  return plain::list_by_cliques(without_edges(graph, problem->effect), {x}, {y}, problem->bounds,
                                limit);
}

SetListing own_listing(const Graph& graph, NodeId x, NodeId y, std::size_t limit) {
  return minimal_adjustment_sets(graph, {x}, {y}, {{}, {}, limit, {}}).value();
}

// Whole listings of small graphs are the same.
void check_small_graphs(Rng& rng) {
  for (int i = 0; i < compared_pairs; ++i) {
    const auto graph = random_admg(small_nodes, 0.2, 0.05, rng);
    const NodeId x = graph.topological_order()[4];
    const NodeId y = graph.topological_order()[9];
    constexpr std::size_t all = 100'000;
    CHECK(own_listing(graph, x, y, all).sets == plain_listing(graph, x, y, all).sets);
  }
}

// The first pair of nodes, far apart in the order, with as many sets as are listed.
std::pair<NodeId, NodeId> pair_with_sets(const Graph& graph) {
  const auto order = graph.topological_order();
  for (std::size_t i = order.size() / 3; i < order.size(); ++i)
    for (std::size_t k = std::min(2 * i, order.size() - 1); k > i; --k)
      if (own_listing(graph, order[i], order[k], listed_sets).sets.size() == listed_sets)
        return {order[i], order[k]};
  CHECK(false);
  return {};
}

Comparison first_sets(std::size_t nodes, double degree, double most_ratio) {
  Rng rng(seed, stream_of("bench/identification"));
  check_small_graphs(rng);
  const auto graph = random_dag(nodes, degree / static_cast<double>(nodes - 1), rng);
  const auto [x, y] = pair_with_sets(graph);
  const auto listing = own_listing(graph, x, y, listed_sets);
  for (const auto& set : listing.sets) {
    CHECK(check_adjustment(graph, {x}, {y}, set)->valid);
    CHECK(find_adjustment_set(graph, {x}, {y}, {}, graph.all_nodes() - set).value() == set);
  }
  return {"first " + std::to_string(listed_sets) + " of " + std::to_string(nodes) + " nodes",
          [=, x = x, y = y] {
            return static_cast<double>(own_listing(graph, x, y, listed_sets).sets.size());
          },
          [=, x = x, y = y] {
            return static_cast<double>(plain_listing(graph, x, y, listed_sets).sets.size());
          },
          most_ratio};
}

}  // namespace
}  // namespace causal_gym

int main(int argc, char** argv) {
  using causal_gym::first_sets;
  return causal_gym::run_comparisons(
      argc, argv, {first_sets(30, 3, 1.5), first_sets(300, 6, 0.5), first_sets(1000, 10, 0.1)});
}
