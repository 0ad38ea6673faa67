#include "tests/exhaustive/functional_model.h"

#include <algorithm>
#include <cmath>

namespace causal_gym {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

// Counts up in mixed radix, the last fastest; false after the last.
bool advance(std::vector<std::size_t>& digits, const std::vector<std::size_t>& radix) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (++digits[i] < radix[i]) return true;
    digits[i] = 0;
  }
  return false;
}

// What is left of the row when the span of the orthonormal basis is taken away, twice for accuracy.
std::vector<double> remainder(std::vector<double> row,
                              const std::vector<std::vector<double>>& basis) {
  for (int pass = 0; pass < 2; ++pass)
    for (const auto& direction : basis) {
      const double along = dot(row, direction);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] -= along * direction[i];
    }
  return row;
}

}  // namespace

FunctionalModel::FunctionalModel(const Graph& graph, std::vector<std::int32_t> states,
                                 std::size_t functions, Rng& rng)
    : graph_(graph), states_(std::move(states)), latents_of_(graph.node_count()) {
  for (const auto count : states_)
    latent_states_ = std::max(latent_states_, static_cast<std::size_t>(count) + 1);
  for (std::size_t i = 0; i < graph.bidirected_edges().size(); ++i) {
    const auto& [a, b] = graph.bidirected_edges()[i];
    latents_of_[static_cast<std::size_t>(a)].push_back(i);
    latents_of_[static_cast<std::size_t>(b)].push_back(i);
  }
  draw_functions(functions, rng);
  draw_parameters(rng);
  enumerate_worlds();
}

void FunctionalModel::draw_functions(std::size_t limit, Rng& rng) {
  for (std::size_t v = 0; v < states_.size(); ++v) {
    std::size_t rows = 1;
    for (const NodeId parent : graph_.parents(static_cast<NodeId>(v)))
      rows *= static_cast<std::size_t>(states_[static_cast<std::size_t>(parent)]);
    const auto cardinality = static_cast<std::size_t>(states_[v]);
    const double all = std::pow(cardinality, rows);
    std::vector<Function> functions;
    if (all <= static_cast<double>(limit)) {
      std::vector<std::size_t> digits(rows, 0);
      do {
        functions.emplace_back(digits.begin(), digits.end());
      } while (advance(digits, std::vector<std::size_t>(rows, cardinality)));
    } else {
      for (std::size_t s = 0; s < cardinality; ++s)
        functions.emplace_back(rows, static_cast<std::int32_t>(s));
      while (functions.size() < limit) {
        auto& function = functions.emplace_back(rows);
        for (auto& state : function) state = static_cast<std::int32_t>(rng.below(cardinality));
      }
    }
    functions_.push_back(std::move(functions));
  }
}

void FunctionalModel::draw_parameters(Rng& rng) {
  const auto add = [&](std::size_t count) {
    double total = 0;
    std::vector<std::size_t> ids;
    for (std::size_t i = 0; i < count; ++i) {
      ids.push_back(parameters_.size());
      total += parameters_.emplace_back(0.2 + rng.uniform());
    }
    for (const auto id : ids) parameters_[id] /= total;
    normalised_.push_back(std::move(ids));
  };
  for (std::size_t v = 0; v < states_.size(); ++v) {
    offset_.push_back(parameters_.size());
    std::size_t contexts = 1;
    for (std::size_t i = 0; i < latents_of_[v].size(); ++i) contexts *= latent_states_;
    for (std::size_t i = 0; i < contexts; ++i) add(functions_[v].size());
  }
  for (std::size_t i = 0; i < graph_.bidirected_edges().size(); ++i) {
    offset_.push_back(parameters_.size());
    add(latent_states_);
  }
}

void FunctionalModel::enumerate_worlds() {
  const auto n = states_.size();
  std::vector<std::size_t> radix;
  for (const auto& functions : functions_) radix.push_back(functions.size());
  radix.resize(n + graph_.bidirected_edges().size(), latent_states_);
  std::vector<std::size_t> digits(radix.size(), 0);
  do {
    World world;
    world.functions.assign(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(n));
    world.weight = 1;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      std::size_t context = 0;
      if (i < n)
        for (const auto latent : latents_of_[i])
          context = context * latent_states_ + digits[n + latent];
      const auto id = offset_[i] + context * radix[i] + digits[i];
      world.parameters.push_back(id);
      world.weight *= parameters_[id];
    }
    worlds_.push_back(std::move(world));
  } while (advance(digits, radix));
}

std::int32_t FunctionalModel::state(const World& world, const CounterfactualTerm& term,
                                    const SymbolStates& states) const {
  for (const auto& [variable, value, nested] : term.subscript) {
    if (variable != term.variable) continue;
    return nested ? state(world, *nested, states) : states.at(value);
  }
  std::size_t row = 0;
  for (const NodeId parent : graph_.parents(term.variable)) {
    row *= static_cast<std::size_t>(states_[static_cast<std::size_t>(parent)]);
    row += static_cast<std::size_t>(state(world, {parent, term.subscript}, states));
  }
  const auto v = static_cast<std::size_t>(term.variable);
  return functions_[v][world.functions[v]][row];
}

FunctionalModel::Value FunctionalModel::value(const std::vector<CounterfactualEvent>& events,
                                              const SymbolStates& states) const {
  Value result{0, std::vector<double>(parameters_.size(), 0)};
  for (const auto& world : worlds_) {
    const bool happens = std::all_of(events.begin(), events.end(), [&](const auto& event) {
      return state(world, event.term, states) == states.at(event.value);
    });
    if (!happens) continue;
    result.probability += world.weight;
    for (const auto id : world.parameters) result.gradient[id] += world.weight / parameters_[id];
  }
  return result;
}

std::vector<std::int32_t> FunctionalModel::outcome(const World& world,
                                                   const std::vector<std::int32_t>& set) const {
  auto result = set;
  for (const NodeId v : graph_.topological_order()) {
    const auto i = static_cast<std::size_t>(v);
    if (set[i] >= 0) continue;
    std::size_t row = 0;
    for (const NodeId parent : graph_.parents(v)) {
      const auto p = static_cast<std::size_t>(parent);
      row = row * static_cast<std::size_t>(states_[p]) + static_cast<std::size_t>(result[p]);
    }
    result[i] = functions_[i][world.functions[i]][row];
  }
  return result;
}

std::size_t FunctionalModel::cell(const std::vector<std::int32_t>& outcome) const {
  std::size_t index = 0;
  for (std::size_t v = 0; v < states_.size(); ++v)
    index = index * static_cast<std::size_t>(states_[v]) + static_cast<std::size_t>(outcome[v]);
  return index;
}

const std::vector<double>& FunctionalModel::joint(const std::vector<std::int32_t>& set) {
  auto& cells = joints_[set];
  if (!cells.empty()) return cells;
  std::size_t size = 1;
  for (const auto cardinality : states_) size *= static_cast<std::size_t>(cardinality);
  cells.resize(size);
  for (const auto& world : worlds_) cells[cell(outcome(world, set))] += world.weight;
  return cells;
}

double FunctionalModel::marginal(const std::vector<std::int32_t>& set,
                                 const std::vector<std::int32_t>& seen) {
  const auto& cells = joint(set);
  std::vector<std::size_t> radix(states_.begin(), states_.end());
  std::vector<std::size_t> digits(radix.size(), 0);
  double total = 0;
  std::size_t index = 0;
  do {
    bool fits = true;
    for (std::size_t v = 0; v < digits.size(); ++v)
      fits = fits && (seen[v] < 0 || static_cast<std::size_t>(seen[v]) == digits[v]);
    if (fits) total += cells[index];
    ++index;
  } while (advance(digits, radix));
  return total;
}

double FunctionalModel::term_value(const ProbabilityTerm& term, const std::vector<NodeId>& base,
                                   const SymbolStates& states) {
  const auto place = [&](const std::vector<ExpressionVariable>& symbols,
                         std::vector<std::int32_t>& into) {
    for (const auto symbol : symbols)
      into[static_cast<std::size_t>(base[static_cast<std::size_t>(symbol)])] = states.at(symbol);
  };
  std::vector<std::int32_t> set(states_.size(), -1);
  place(term.intervened, set);
  auto given = std::vector<std::int32_t>(states_.size(), -1);
  place(term.given, given);
  auto seen = given;
  place(term.variables, seen);
  return marginal(set, seen) / marginal(set, given);
}

double FunctionalModel::value(const ExpressionPtr& expression, const std::vector<NodeId>& base,
                              SymbolStates states) {
  if (const auto* term = std::get_if<ProbabilityTerm>(&expression->term()))
    return term_value(*term, base, states);
  if (const auto* fraction = std::get_if<FractionTerm>(&expression->term()))
    return value(fraction->numerator, base, states) / value(fraction->denominator, base, states);
  if (const auto* product = std::get_if<ProductTerm>(&expression->term())) {
    double result = 1;
    for (const auto& factor : product->factors) result *= value(factor, base, states);
    return result;
  }
  const auto* sum = std::get_if<SumTerm>(&expression->term());
  if (sum == nullptr) return 1;
  std::vector<std::size_t> radix;
  for (const auto symbol : sum->over)
    radix.push_back(static_cast<std::size_t>(
        states_[static_cast<std::size_t>(base[static_cast<std::size_t>(symbol)])]));
  std::vector<std::size_t> digits(radix.size(), 0);
  double total = 0;
  do {
    for (std::size_t i = 0; i < digits.size(); ++i)
      states[sum->over[i]] = static_cast<std::int32_t>(digits[i]);
    total += value(sum->expression, base, states);
  } while (advance(digits, radix));
  return total;
}

void FunctionalModel::span_with(std::vector<double> row,
                                std::vector<std::vector<double>>& basis) const {
  const double before = std::sqrt(dot(row, row));
  row = remainder(std::move(row), basis);
  const double left = std::sqrt(dot(row, row));
  if (left <= 1e-9 * before || left == 0) return;
  for (auto& number : row) number /= left;
  basis.push_back(std::move(row));
}

void FunctionalModel::span_with_data(const std::vector<std::int32_t>& set,
                                     std::vector<std::vector<double>>& basis) const {
  std::map<std::size_t, std::vector<double>> rows;
  for (const auto& world : worlds_) {
    auto& row = rows[cell(outcome(world, set))];
    row.resize(parameters_.size());
    for (const auto id : world.parameters) row[id] += world.weight / parameters_[id];
  }
  for (auto& [index, row] : rows) span_with(std::move(row), basis);
}

bool FunctionalModel::determined(const std::vector<double>& gradient, bool experimental) {
  auto& basis = basis_[experimental ? 1 : 0];
  if (basis.empty()) {
    for (const auto& ids : normalised_) {
      std::vector<double> row(parameters_.size(), 0);
      for (const auto id : ids) row[id] = 1;
      span_with(std::move(row), basis);
    }
    std::vector<std::size_t> radix;
    for (const auto cardinality : states_) radix.push_back(static_cast<std::size_t>(cardinality));
    for (auto& size : radix) size += 1;  // not set, or set to one of the states
    std::vector<std::size_t> digits(radix.size(), 0);
    do {
      std::vector<std::int32_t> set;
      for (const auto digit : digits) set.push_back(static_cast<std::int32_t>(digit) - 1);
      span_with_data(set, basis);
    } while (experimental && advance(digits, radix));
  }
  const auto left = remainder(gradient, basis);
  return dot(left, left) <= 1e-16 * dot(gradient, gradient);
}

}  // namespace causal_gym
