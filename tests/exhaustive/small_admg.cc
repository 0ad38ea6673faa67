#include "tests/exhaustive/small_admg.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

constexpr std::size_t latent_states = 3;
constexpr double tolerance = 1e-9;

std::size_t power(std::size_t base, std::size_t exponent) {
  std::size_t result = 1;
  while (exponent-- > 0) result *= base;
  return result;
}

std::vector<Edge> ordered_pairs(std::size_t node_count) {
  std::vector<Edge> pairs;
  for (NodeId to = 1; static_cast<std::size_t>(to) < node_count; ++to)
    for (NodeId from = 0; from < to; ++from) pairs.push_back({from, to});
  return pairs;
}

std::vector<Edge> chosen(const std::vector<Edge>& pairs, std::size_t mask) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if ((mask >> i & 1) != 0) edges.push_back(pairs[i]);
  return edges;
}

std::vector<double> random_distribution(std::size_t size, Rng& rng) {
  std::vector<double> p(size);
  double total = 0;
  for (auto& value : p) total += value = 0.1 + rng.uniform();
  for (auto& value : p) value /= total;
  return p;
}

// The same for one model.
bool equals_truth(const ExpressionPtr& estimand, const SmallModel& model, Evaluator& evaluator,
                  NodeId x, NodeId y, const std::vector<NodeId>& given) {
  Assignment at{{x, y}, {}};
  at.variables.insert(at.variables.end(), given.begin(), given.end());
  const auto asked = at.variables.size();
  for (const auto v : free_variables(estimand))
    if (std::find(at.variables.begin(), at.variables.end(), v) == at.variables.end())
      at.variables.push_back(v);
  for (std::int32_t state = 0; state < 1 << at.variables.size(); ++state) {
    at.states.clear();
    for (std::size_t i = 0; i < at.variables.size(); ++i) at.states.push_back(state >> i & 1);
    const auto end = at.states.begin() + static_cast<std::ptrdiff_t>(asked);
    const Assignment condition{given, {at.states.begin() + 2, end}};
    const Assignment events{
        {at.variables.begin(), at.variables.begin() + (end - at.states.begin())},
        {at.states.begin(), end}};
    double truth = model.interventional(x, at.states[0], events);
    if (!given.empty()) truth /= model.interventional(x, at.states[0], condition);
    const auto value = evaluator.evaluate(estimand, at);
    if (!value || std::abs(*value - truth) > tolerance) return false;
  }
  return true;
}

}  // namespace

std::vector<Graph> all_ordered_admgs(std::size_t node_count) {
  std::vector<Node> nodes(node_count);
  for (std::size_t v = 0; v < node_count; ++v) nodes[v].name = "v" + std::to_string(v);
  const auto pairs = ordered_pairs(node_count);
  const std::size_t masks = std::size_t{1} << pairs.size();
  std::vector<Graph> graphs;
  for (std::size_t directed = 0; directed < masks; ++directed)
    for (std::size_t bidirected = 0; bidirected < masks; ++bidirected)
      graphs.push_back(*Graph::create(nodes, chosen(pairs, directed), chosen(pairs, bidirected)));
  return graphs;
}

std::vector<NodeSet> subsets(const NodeSet& set) {
  std::vector<NodeSet> result{NodeSet{}};
  for (const NodeId v : set) {
    const auto size = result.size();
    for (std::size_t i = 0; i < size; ++i) {
      auto larger = result[i];
      larger.insert(v);
      result.push_back(std::move(larger));
    }
  }
  return result;
}

std::vector<NodeSet> minimal_of(const std::vector<NodeSet>& sets) {
  std::vector<NodeSet> minimal;
  for (const auto& set : sets)
    if (std::none_of(sets.begin(), sets.end(),
                     [&](const NodeSet& other) { return other != set && other.is_subset_of(set); }))
      minimal.push_back(set);
  return minimal;
}

SmallModel::SmallModel(const Graph& graph, Rng& rng)
    : graph_(graph), latents_of_(graph.node_count()), tables_(graph.node_count()) {
  const auto n = graph.node_count();
  const auto edges = graph.bidirected_edges();
  std::vector<std::vector<double>> latents;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    latents.push_back(random_distribution(latent_states, rng));
    latents_of_[static_cast<std::size_t>(edges[e].from)].push_back(e);
    latents_of_[static_cast<std::size_t>(edges[e].to)].push_back(e);
  }
  for (std::size_t v = 0; v < n; ++v) {
    const auto parents = graph.parents(static_cast<NodeId>(v)).size();
    tables_[v].resize(power(2, parents) * power(latent_states, latents_of_[v].size()));
    for (auto& p : tables_[v]) p = 0.05 + 0.9 * rng.uniform();
  }
  joint_.assign(power(2, n), 0);
  without_.assign(n, joint_);
  for (std::size_t u = 0; u < power(latent_states, edges.size()); ++u) {
    double weight = 1;
    for (std::size_t e = 0, rest = u; e < edges.size(); ++e, rest /= latent_states)
      weight *= latents[e][rest % latent_states];
    for (std::size_t w = 0; w < joint_.size(); ++w) {
      std::vector<double> factors(n);
      for (std::size_t v = 0; v < n; ++v) {
        const double p = tables_[v][row(static_cast<NodeId>(v), w, u)];
        factors[v] = (w >> (n - 1 - v) & 1) != 0 ? p : 1 - p;
      }
      for (std::size_t x = 0; x <= n; ++x) {
        double mass = weight;
        for (std::size_t v = 0; v < n; ++v)
          if (v != x) mass *= factors[v];
        (x == n ? joint_ : without_[x])[w] += mass;
      }
    }
  }
}

std::size_t SmallModel::row(NodeId v, std::size_t nodes, std::size_t latents) const {
  std::size_t index = 0;
  for (const NodeId parent : graph_.parents(v))
    index = 2 * index + (nodes >> (graph_.node_count() - 1 - static_cast<std::size_t>(parent)) & 1);
  for (const auto e : latents_of_[static_cast<std::size_t>(v)])
    index = latent_states * index + latents / power(latent_states, e) % latent_states;
  return index;
}

JointDistribution SmallModel::joint() const {
  return {graph_.all_nodes().to_vector(), std::vector<std::size_t>(graph_.node_count(), 2), joint_};
}

double SmallModel::interventional(NodeId x, std::int32_t state, const Assignment& events) const {
  const auto bit = [&](std::size_t w, NodeId v) {
    return static_cast<std::int32_t>(w >> (graph_.node_count() - 1 - static_cast<std::size_t>(v)) &
                                     1);
  };
  double total = 0;
  for (std::size_t w = 0; w < joint_.size(); ++w) {
    bool matches = bit(w, x) == state;
    for (std::size_t i = 0; i < events.variables.size(); ++i)
      matches = matches && bit(w, events.variables[i]) == events.states[i];
    if (matches) total += without_[static_cast<std::size_t>(x)][w];
  }
  return total;
}

std::vector<SmallModel> small_models(const Graph& graph, std::uint64_t seed, std::size_t count) {
  Rng rng(seed, stream_of("small models"));
  std::vector<SmallModel> models;
  for (std::size_t i = 0; i < count; ++i) models.emplace_back(graph, rng);
  return models;
}

Worlds::Worlds(const Graph& graph, std::uint64_t seed) : models_(small_models(graph, seed, 3)) {
  for (const auto& model : models_) evaluators_.push_back(*Evaluator::create(model.joint()));
}

bool Worlds::all_equal(const ExpressionPtr& estimand, NodeId x, NodeId y,
                       const std::vector<NodeId>& given) {
  for (std::size_t i = 0; i < models_.size(); ++i)
    if (!equals_truth(estimand, models_[i], evaluators_[i], x, y, given)) return false;
  return true;
}

void for_each_pair(std::size_t node_count,
                   const std::function<void(const Graph&, std::size_t, NodeId, NodeId)>& visit) {
  const auto graphs = all_ordered_admgs(node_count);
  for (std::size_t g = 0; g < graphs.size(); ++g)
    for (const NodeId x : graphs[g].all_nodes())
      for (const NodeId y : graphs[g].all_nodes()) {
        if (x == y) continue;
        SCOPED_TRACE(describe(graphs[g]) + " x v" + std::to_string(x) + " y v" + std::to_string(y));
        visit(graphs[g], g, x, y);
        if (testing::Test::HasFailure()) return;
      }
}

std::string describe(const Graph& graph) {
  std::string text;
  for (const auto& [from, to] : graph.directed_edges())
    text += graph.name(from) + " -> " + graph.name(to) + "; ";
  for (const auto& [from, to] : graph.bidirected_edges())
    text += graph.name(from) + " <-> " + graph.name(to) + "; ";
  return text;
}

}  // namespace causal_gym
