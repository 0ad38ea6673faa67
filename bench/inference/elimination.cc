// Variable elimination against enumeration of the whole joint, on random models and on a chain.
#include <cmath>

#include "bench/comparison.h"
#include "engine/base/check.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/infer/elimination.h"
#include "engine/infer/enumeration.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t seed = 1;
constexpr double tolerance = 1e-12;

// P(last, first = its last state) by both roads, which must agree.
Comparison joint_of_ends(std::string name, const Model& model, double most_ratio) {
  const std::vector<VariableId> targets = {static_cast<VariableId>(model.variable_count() - 1)};
  const State last_state = static_cast<State>(model.state_count(0) - 1);
  const std::vector<Evidence> evidence = {observed_state(model, 0, last_state)};
  const auto road = joint_mass(model, targets, evidence);
  const auto plain = enumerate_joint_mass(model, targets, evidence);
  CHECK(road.has_value() && plain.has_value());
  CHECK(road->values.size() == plain->values.size());
  for (std::size_t i = 0; i < road->values.size(); ++i)
    CHECK(std::abs(road->values[i] - plain->values[i]) <= tolerance);
  return {std::move(name), [=] { return joint_mass(model, targets, evidence)->values[0]; },
          [=] { return enumerate_joint_mass(model, targets, evidence)->values[0]; }, most_ratio};
}

std::vector<Comparison> comparisons() {
  std::vector<Comparison> list;
  Rng rng(seed, stream_of("bench/inference"));
  RandomModelOptions binary;
  binary.max_states = 2;
  for (const std::size_t nodes : {5U, 10U, 15U}) {
    const auto model = random_model(random_dag(nodes, 0.3, rng), rng, binary);
    // At five nodes both do next to nothing; beyond, enumeration doubles with each node.
    const double most_ratio = nodes == 5 ? 10 : nodes == 10 ? 1 : 0.1;
    list.push_back(joint_of_ends("random of " + std::to_string(nodes), model, most_ratio));
  }
  std::string chain = "v0";
  for (int i = 1; i < 16; ++i) chain += " -> v" + std::to_string(i);
  const auto graph = parse_graph(chain);
  CHECK(graph.has_value());
  list.push_back(joint_of_ends("chain of 16", random_model(*graph, rng, binary), 0.02));
  return list;
}

}  // namespace
}  // namespace causal_gym

int main(int argc, char** argv) {
  return causal_gym::run_comparisons(argc, argv, causal_gym::comparisons());
}
