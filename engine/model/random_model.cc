#include "engine/model/random_model.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

// The graph with a latent root for each bidirected edge.
Graph with_latent_roots(const Graph& graph) {
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  std::vector<Edge> edges(graph.directed_edges().begin(), graph.directed_edges().end());
  for (const auto& [a, b] : graph.bidirected_edges()) {
    const auto root = static_cast<NodeId>(nodes.size());
    Node node;
    node.name = "u_" + graph.name(a) + "_" + graph.name(b);
    node.latent = true;
    nodes.push_back(std::move(node));
    edges.push_back({root, a});
    edges.push_back({root, b});
  }
  auto result = Graph::create(std::move(nodes), std::move(edges), {});
  CHECK(result.has_value());
  return *std::move(result);
}

Variable random_variable(const std::string& name, Rng& rng, const RandomModelOptions& options) {
  const auto states = options.min_states + rng.below(options.max_states - options.min_states + 1);
  if (states == 2) return binary_variable(name);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < states; ++i) names.push_back("s" + std::to_string(i));
  return make_variable(name, VariableType::categorical, std::move(names));
}

// Uniform on the simplex (exponential spacings), then mixed with the uniform distribution when it
// must be positive, or thinned when it need not be.
void append_random_row(std::vector<double>& numbers, std::size_t states, Rng& rng, bool positive) {
  constexpr double uniform_share = 0.1;
  std::vector<double> row(states);
  double sum = 0;
  const auto kept = rng.below(states);
  for (std::size_t i = 0; i < states; ++i) {
    row[i] = -std::log1p(-rng.uniform()) + 1e-12;
    if (!positive && i != kept && rng.below(3) == 0) row[i] = 0;
    sum += row[i];
  }
  const auto width = static_cast<double>(states);
  for (const double number : row)
    numbers.push_back(positive ? (1 - uniform_share) * number / sum + uniform_share / width
                               : number / sum);
}

class RandomMechanism {
 public:
  RandomMechanism(std::span<const Variable> variables, Rng& rng, const RandomModelOptions& options)
      : variables_(variables), rng_(rng), options_(options) {}

  Mechanism draw(VariableId v, std::vector<VariableId> given) {
    for (std::size_t i = given.size(); i > 1; --i) std::swap(given[i - 1], given[rng_.below(i)]);
    const auto kind = options_.all_kinds ? rng_.below(3) : 0;
    const bool all_binary = binary(v) && std::all_of(given.begin(), given.end(),
                                                     [&](VariableId p) { return binary(p); });
    if (kind == 1 && all_binary) return noisy_or(std::move(given));
    if (kind == 2 && !options_.positive && !given.empty())
      return deterministic(v, std::move(given));
    return table(v, std::move(given));
  }

 private:
  [[nodiscard]] std::size_t states(VariableId v) const {
    return variables_[static_cast<std::size_t>(v)].states.size();
  }
  [[nodiscard]] bool binary(VariableId v) const {
    return variables_[static_cast<std::size_t>(v)].type == VariableType::binary;
  }
  [[nodiscard]] std::size_t rows(std::span<const VariableId> given) const {
    std::vector<std::size_t> cardinalities;
    for (const VariableId parent : given) cardinalities.push_back(states(parent));
    const auto most = Limits().mechanism_cells;
    const auto count = joint_state_count(cardinalities, most);
    CHECK(count <= most);
    return count;
  }

  Mechanism table(VariableId v, std::vector<VariableId> given) {
    TableMechanism mechanism;
    const auto count = rows(given);
    for (std::size_t row = 0; row < count; ++row)
      append_random_row(mechanism.probabilities, states(v), rng_, options_.positive);
    mechanism.given = std::move(given);
    return mechanism;
  }

  Mechanism noisy_or(std::vector<VariableId> given) {
    const auto number = [&] { return 0.1 + 0.8 * rng_.uniform(); };
    NoisyOrMechanism mechanism;
    for (std::size_t i = 0; i < given.size(); ++i) mechanism.strengths.push_back(number());
    mechanism.leak = number();
    mechanism.given = std::move(given);
    return mechanism;
  }

  Mechanism deterministic(VariableId v, std::vector<VariableId> given) {
    DeterministicMechanism mechanism;
    mechanism.states.resize(rows(given));
    for (State& state : mechanism.states) state = static_cast<State>(rng_.below(states(v)));
    mechanism.given = std::move(given);
    return mechanism;
  }

  std::span<const Variable> variables_;
  Rng& rng_;
  const RandomModelOptions& options_;
};

}  // namespace

Model random_model(const Graph& graph, Rng& rng, const RandomModelOptions& options) {
  CHECK(options.min_states >= 1 && options.min_states <= options.max_states);
  const auto full = with_latent_roots(graph);
  std::vector<Variable> variables;
  for (const auto& node : full.nodes())
    variables.push_back(random_variable(node.name, rng, options));
  RandomMechanism random(variables, rng, options);
  std::vector<Mechanism> mechanisms;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto v = static_cast<VariableId>(i);
    const auto parents = full.parents(v);
    mechanisms.push_back(random.draw(v, {parents.begin(), parents.end()}));
  }
  auto model = Model::create("random", full, std::move(variables), std::move(mechanisms));
  CHECK(model.has_value());
  return *std::move(model);
}

}  // namespace causal_gym
