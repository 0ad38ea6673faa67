#include "tests/exhaustive/domain_models.h"

#include <algorithm>
#include <cmath>

namespace causal_gym {
namespace {

constexpr std::size_t latent_states = 3;
constexpr double tolerance = 1e-9;

std::size_t power(std::size_t base, std::size_t exponent) {
  std::size_t result = 1;
  while (exponent-- > 0) result *= base;
  return result;
}

std::vector<double> random_distribution(std::size_t size, Rng& rng) {
  std::vector<double> p(size);
  double total = 0;
  for (auto& value : p) total += value = 0.1 + rng.uniform();
  for (auto& value : p) value /= total;
  return p;
}

std::size_t bit(std::size_t cell, std::size_t count, std::size_t position) {
  return cell >> (count - 1 - position) & 1;
}

// The mass of all cells of a binary joint that agree with the assignment.
double mass(const JointDistribution& joint, const Assignment& at, const NodeSet& of) {
  double total = 0;
  for (std::size_t cell = 0; cell < joint.probabilities.size(); ++cell) {
    bool agrees = true;
    for (std::size_t i = 0; i < at.variables.size(); ++i)
      if (of.contains(at.variables[i]))
        agrees = agrees && static_cast<std::int32_t>(
                               bit(cell, joint.variables.size(),
                                   static_cast<std::size_t>(at.variables[i]))) == at.states[i];
    if (agrees) total += joint.probabilities[cell];
  }
  return total;
}

}  // namespace

DomainModel::DomainModel(const Graph& graph, std::span<const NodeSet> differs, Rng& rng)
    : graph_(graph), latents_of_(graph.node_count()) {
  const auto edges = graph.bidirected_edges();
  for (std::size_t e = 0; e < edges.size(); ++e) {
    latents_.push_back(random_distribution(latent_states, rng));
    latents_of_[static_cast<std::size_t>(edges[e].from)].push_back(e);
    latents_of_[static_cast<std::size_t>(edges[e].to)].push_back(e);
  }
  for (std::size_t population = 0; population < differs.size(); ++population) {
    tables_.push_back(population == 0 ? std::vector<std::vector<double>>(graph.node_count())
                                      : tables_.front());
    for (const NodeId v : population == 0 ? graph.all_nodes() : differs[population]) {
      auto& table = tables_.back()[static_cast<std::size_t>(v)];
      table.resize(power(2, graph.parents(v).size()) *
                   power(latent_states, latents_of_[static_cast<std::size_t>(v)].size()));
      for (auto& p : table) p = 0.05 + 0.9 * rng.uniform();
    }
  }
}

std::size_t DomainModel::row(NodeId v, std::size_t nodes, std::size_t latents) const {
  std::size_t index = 0;
  for (const NodeId parent : graph_.parents(v))
    index = 2 * index + bit(nodes, graph_.node_count(), static_cast<std::size_t>(parent));
  for (const auto e : latents_of_[static_cast<std::size_t>(v)])
    index = latent_states * index + latents / power(latent_states, e) % latent_states;
  return index;
}

double DomainModel::factor(const std::vector<double>& table, NodeId v, std::size_t nodes,
                           std::size_t latents) const {
  const double p = table[row(v, nodes, latents)];
  return bit(nodes, graph_.node_count(), static_cast<std::size_t>(v)) != 0 ? p : 1 - p;
}

JointDistribution DomainModel::joint(std::int32_t population, const NodeSet& set) const {
  const auto n = graph_.node_count();
  const auto& tables = tables_[static_cast<std::size_t>(population)];
  std::vector<double> cells(power(2, n), 0);
  for (std::size_t u = 0; u < power(latent_states, latents_.size()); ++u) {
    double weight = 1;
    for (std::size_t e = 0, rest = u; e < latents_.size(); ++e, rest /= latent_states)
      weight *= latents_[e][rest % latent_states];
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      double product = weight;
      for (const NodeId v : graph_.all_nodes())
        product *= set.contains(v) ? 0.5 : factor(tables[static_cast<std::size_t>(v)], v, cell, u);
      cells[cell] += product;
    }
  }
  return {graph_.all_nodes().to_vector(), std::vector<std::size_t>(n, 2), std::move(cells)};
}

SourceDistribution DomainModel::shown(const AvailableDistribution& available, Rng& rng) const {
  const auto whole = joint(available.population, available.intervened);
  const auto conditions = available.given | available.selected;
  const auto scaled = (available.intervened | conditions).to_vector();
  std::vector<double> scale(power(2, scaled.size()));
  for (auto& value : scale) value = scaled.empty() ? 1 : 0.2 + rng.uniform();
  SourceDistribution shown{
      available.population, available.intervened.to_vector(), conditions.to_vector(), {}};
  const auto kept = measured_nodes(graph_, available) | available.intervened | conditions;
  shown.joint.variables = kept.to_vector();
  shown.joint.cardinalities.assign(kept.size(), 2);
  shown.joint.probabilities.assign(power(2, kept.size()), 0);
  for (std::size_t cell = 0; cell < whole.probabilities.size(); ++cell) {
    const auto state = [&](NodeId v) {
      return bit(cell, graph_.node_count(), static_cast<std::size_t>(v));
    };
    bool selected = true;
    for (const NodeId v : available.selected) selected = selected && state(v) == 1;
    if (!selected) continue;
    std::size_t index = 0;
    for (const NodeId v : kept) index = 2 * index + state(v);
    std::size_t scale_index = 0;
    for (const NodeId v : scaled) scale_index = 2 * scale_index + state(v);
    shown.joint.probabilities[index] += whole.probabilities[cell] * scale[scale_index];
  }
  return shown;
}

DomainWorlds::DomainWorlds(const Graph& graph, std::span<const AvailableDistribution> available,
                           std::uint64_t seed, std::size_t count) {
  std::vector<NodeSet> differs(1);
  for (const auto& one : available) {
    const auto population = static_cast<std::size_t>(one.population);
    if (differs.size() <= population) differs.resize(population + 1);
    differs[population] = one.differs;
    selected_ |= one.selected;
  }
  Rng rng(seed, stream_of("domain models"));
  for (std::size_t i = 0; i < count; ++i) {
    models_.emplace_back(graph, differs, rng);
    std::vector<SourceDistribution> sources;
    for (const auto& one : available) sources.push_back(models_.back().shown(one, rng));
    evaluators_.push_back(*Evaluator::create(std::move(sources)));
  }
}

template <class Check>
bool DomainWorlds::in_every_state(const std::vector<ExpressionVariable>& variables,
                                  const Check& check) {
  Assignment at{variables, {}};
  for (std::size_t state = 0; state < power(2, variables.size()); ++state) {
    at.states.clear();
    bool possible = true;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      at.states.push_back(static_cast<std::int32_t>(state >> i & 1));
      possible = possible && (at.states.back() == 1 || !selected_.contains(variables[i]));
    }
    for (std::size_t m = 0; possible && m < models_.size(); ++m)
      if (!check(m, at)) return false;
  }
  return true;
}

bool DomainWorlds::all_equal(const ExpressionPtr& estimand, const EffectTarget& target) {
  const auto& [x, y, z] = target;
  std::vector<JointDistribution> truths;
  for (const auto& model : models_) truths.push_back(model.joint(0, x));
  const auto variables = x | y | z | NodeSet(free_variables(estimand));
  return in_every_state(variables.to_vector(), [&](std::size_t m, const Assignment& at) {
    const auto value = evaluators_[m].evaluate(estimand, at);
    const double truth = mass(truths[m], at, x | y | z) / mass(truths[m], at, x | z);
    return value && std::abs(*value - truth) <= tolerance;
  });
}

bool DomainWorlds::same_value(const ExpressionPtr& a, const ExpressionPtr& b) {
  const auto variables = NodeSet(free_variables(a)) | NodeSet(free_variables(b));
  return in_every_state(variables.to_vector(), [&](std::size_t m, const Assignment& at) {
    const auto first = evaluators_[m].evaluate(a, at);
    const auto second = evaluators_[m].evaluate(b, at);
    return first && second && std::abs(*first - *second) <= tolerance;
  });
}

}  // namespace causal_gym
