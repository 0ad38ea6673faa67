#include "engine/graph/separators.h"

#include "engine/graph/open_walks.h"
#include "engine/graph/relations.h"

namespace causal_gym {
namespace {

Status check_apart(const Graph& graph, const NodeSet& a, const NodeSet& b, std::string_view where) {
  const auto both = a & b;
  if (both.empty()) return {};
  return fail(ErrorCode::invalid_argument,
              "the node '" + graph.name(*both.begin()) + "' is " + std::string(where));
}

Status check_sides(const Graph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  CAUSAL_GYM_CHECKED(check_apart(graph, x, y, "on both sides of a separation"));
  return check_apart(graph, x | y, z, "both to be separated and in the separator");
}

// The members of z that walks from x meet first in the moral graph of the ancestral set; nullopt
// when they come to y past all of z.
std::optional<NodeSet> met_first(const Graph& graph, const NodeSet& ancestral, const NodeSet& x,
                                 const NodeSet& y, const NodeSet& z) {
  auto search = OpenWalkSearch::in_moral_graph(graph, ancestral, x, y, z);
  if (search.run()) return std::nullopt;
  return search.entered() & z;
}

}  // namespace

Result<std::optional<NodeSet>> nearest_separator(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const NodeSet& must,
                                                 const NodeSet& may) {
  CAUSAL_GYM_CHECKED(check_sides(graph, x, y, must));
  const auto ancestral = ancestors(graph, x | y | must);
  const auto widest = ((may & ancestral) - x - y) | must;
  const auto nearest = met_first(graph, ancestral, x, y, widest);
  if (!nearest) return std::nullopt;
  return *nearest | must;
}

Result<std::optional<NodeSet>> minimal_separator(const Graph& graph, const NodeSet& x,
                                                 const NodeSet& y, const NodeSet& must,
                                                 const NodeSet& may) {
  CAUSAL_GYM_TRY(nearest, nearest_separator(graph, x, y, must, may));
  if (!nearest) return std::nullopt;
  const auto minimal = met_first(graph, ancestors(graph, x | y | must), y, x, *nearest);
  return *minimal | must;
}

Result<bool> is_minimal_separator(const Graph& graph, const NodeSet& x, const NodeSet& y,
                                  const NodeSet& z, const NodeSet& must) {
  CAUSAL_GYM_CHECKED(check_sides(graph, x, y, z));
  const auto ancestral = ancestors(graph, x | y | must);
  if (!must.is_subset_of(z) || !z.is_subset_of(ancestral)) return false;
  const auto near_x = met_first(graph, ancestral, x, y, z);
  if (!near_x || !(z - must).is_subset_of(*near_x)) return false;
  return (z - must).is_subset_of(*met_first(graph, ancestral, y, x, z));
}

}  // namespace causal_gym
