#include "engine/linear/mixed_component.h"

#include <algorithm>

#include "engine/graph/relations.h"
#include "engine/linear/dense_algebra.h"

namespace causal_gym {

NodeSet MixedComponent::to_component(const NodeSet& set) const {
  NodeSet result;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (set.contains(nodes[i])) result.insert(static_cast<NodeId>(i));
  return result;
}

NodeSet MixedComponent::to_whole(const NodeSet& set) const {
  NodeSet result;
  for (const NodeId v : set) result.insert(nodes[static_cast<std::size_t>(v)]);
  return result;
}

MixedComponent mixed_component(const Graph& graph, const NodeSet& district) {
  MixedComponent component;
  component.district = district;
  component.nodes = (district | parents(graph, district)).to_vector();
  std::vector<Node> nodes;
  std::vector<NodeId> position(graph.node_count(), 0);
  for (const NodeId v : component.nodes) {
    position[static_cast<std::size_t>(v)] = static_cast<NodeId>(nodes.size());
    nodes.push_back(graph.nodes()[static_cast<std::size_t>(v)]);
  }
  const auto moved = [&](Edge edge) -> Edge {
    return {position[static_cast<std::size_t>(edge.from)],
            position[static_cast<std::size_t>(edge.to)]};
  };
  std::vector<Edge> directed;
  for (const auto& edge : graph.directed_edges())
    if (district.contains(edge.to)) directed.push_back(moved(edge));
  std::vector<Edge> bidirected;
  for (const auto& edge : graph.bidirected_edges())
    if (district.contains(edge.from) && district.contains(edge.to))
      bidirected.push_back(moved(edge));
  // A part of a valid graph is within whatever limits that graph was within.
  Limits limits;
  limits.nodes = nodes.size();
  limits.edges = directed.size() + bidirected.size();
  for (const auto& node : nodes)
    limits.name_length = std::max(limits.name_length, node.name.size());
  component.graph =
      Graph::create(std::move(nodes), std::move(directed), std::move(bidirected), limits).value();
  return component;
}

std::vector<MixedComponent> tian_decomposition(const Graph& graph) {
  std::vector<MixedComponent> components;
  for (const auto& district : districts(graph))
    components.push_back(mixed_component(graph, district));
  return components;
}

Result<SquareMatrix> component_covariance(const Graph& graph, const MixedComponent& component,
                                          const SquareMatrix& covariance) {
  const auto ancestral = ancestors(graph, component.district);
  std::vector<NodeId> order;
  for (const NodeId v : graph.topological_order())
    if (ancestral.contains(v)) order.push_back(v);
  const auto size = static_cast<Eigen::Index>(order.size());
  Eigen::MatrixXd ordered(size, size);
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j < size; ++j)
      ordered(i, j) =
          covariance(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
  const Eigen::LLT<Eigen::MatrixXd> factor(ordered);
  if (factor.info() != Eigen::Success)
    return fail(ErrorCode::invalid_argument,
                "the covariance matrix is not positive definite over the ancestors of '" +
                    graph.name(*component.district.begin()) + "'");
  // covariance = L L'. Row v of L^-1, divided by its own entry, holds the regression of v on what
  // precedes it; the square of L's diagonal is the variance that remains.
  const Eigen::MatrixXd lower = factor.matrixL();
  const Eigen::MatrixXd inverse =
      lower.triangularView<Eigen::Lower>().solve(Eigen::MatrixXd::Identity(size, size));
  const auto n = component.nodes.size();
  std::vector<Eigen::Index> local_of(graph.node_count(), -1);
  for (std::size_t i = 0; i < n; ++i)
    local_of[static_cast<std::size_t>(component.nodes[i])] = static_cast<Eigen::Index>(i);
  const auto local = [&](Eigen::Index i) {
    return local_of[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
  };
  // Each node as a sum of independent residuals, in topological order.
  Eigen::MatrixXd loading = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(n), size);
  for (Eigen::Index i = 0; i < size; ++i) {
    const auto row = local(i);
    if (row < 0) continue;
    const bool inside = component.district.contains(order[static_cast<std::size_t>(i)]);
    loading(row, i) = inside ? lower(i, i) : 1;
    for (Eigen::Index j = 0; inside && j < i; ++j)
      if (local(j) >= 0) loading.row(row) -= inverse(i, j) / inverse(i, i) * loading.row(local(j));
  }
  SquareMatrix result(n);
  Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      result.data(), static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n)) =
      loading * loading.transpose();
  return result;
}

}  // namespace causal_gym
