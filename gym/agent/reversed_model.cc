#include "gym/agent/reversed_model.h"

#include "engine/infer/elimination.h"

namespace causal_gym {

namespace {

// P(v | given) from the joint; rows over `given`, first-listed slowest.
Result<Mechanism> refitted(const Model& model, VariableId v, const std::vector<VariableId>& given) {
  auto targets = given;
  targets.push_back(v);
  CAUSAL_GYM_TRY(joint, joint_mass(model, targets, {}));
  const std::size_t states = model.state_count(v);
  for (std::size_t row = 0; row < joint.values.size(); row += states) {
    double total = 0;
    for (std::size_t s = 0; s < states; ++s) total += joint.values[row + s];
    for (std::size_t s = 0; s < states; ++s)
      joint.values[row + s] =
          total > 0 ? joint.values[row + s] / total : 1.0 / static_cast<double>(states);
  }
  return TableMechanism{given, std::move(joint.values), Coupling::undeclared};
}

}  // namespace

Result<Model> reversed_model(const Model& model) {
  const auto& graph = model.graph();
  std::vector<Edge> edges;
  for (const auto& edge : graph.directed_edges()) edges.push_back({edge.to, edge.from});
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  CAUSAL_GYM_TRY(reversed, Graph::create(std::move(nodes), std::move(edges), {}));
  std::vector<Mechanism> mechanisms;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    const auto children = graph.children(v);
    CAUSAL_GYM_TRY(mechanism, refitted(model, v, {children.begin(), children.end()}));
    mechanisms.push_back(std::move(mechanism));
  }
  std::vector<Variable> variables(model.variables().begin(), model.variables().end());
  return Model::create(model.name(), std::move(reversed), std::move(variables),
                       std::move(mechanisms));
}

}  // namespace causal_gym
