#include "engine/infer/sum_out.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "engine/base/check.h"
#include "engine/infer/elimination_order.h"
#include "engine/infer/factor_operations.h"

namespace causal_gym {
namespace {

constexpr std::size_t live_tables = 4;  // limits.factor_cells bounds one table, this all of them
constexpr std::size_t unrolled_factors = 4;  // more are multiplied in pairs first
constexpr double small = 0x1p-64;            // a table below this is scaled up

// The tables, and which of them speak of each variable. Variables are numbered 0.. here.
class Tables {
 public:
  Tables(std::vector<Factor> factors, const CancellationToken& cancellation)
      : cancellation_(cancellation) {
    for (const auto& factor : factors)
      ids_.insert(ids_.end(), factor.variables.begin(), factor.variables.end());
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    cardinalities_.resize(ids_.size());
    tables_of_.resize(ids_.size());
    for (auto& factor : factors) add(std::move(factor));
  }

  [[nodiscard]] std::size_t index_of(VariableId id) const {
    const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
    CHECK(at != ids_.end() && *at == id);
    return static_cast<std::size_t>(at - ids_.begin());
  }

  [[nodiscard]] Result<EliminationPlan> plan(std::span<const VariableId> targets) const {
    std::vector<std::vector<std::size_t>> scopes;
    for (const auto& table : tables_) {
      auto& scope = scopes.emplace_back();
      for (const VariableId id : table->variables) scope.push_back(index_of(id));
    }
    std::vector<bool> kept(ids_.size(), false);
    for (const VariableId id : targets) kept[index_of(id)] = true;
    return plan_elimination(scopes, cardinalities_, kept, cancellation_);
  }

  [[nodiscard]] Status eliminate(std::size_t v) {
    std::vector<Factor> factors;
    for (const std::size_t table : tables_of_[v])
      if (tables_[table]) factors.push_back(take(table));
    std::vector<Axis> out;
    for (const auto& factor : factors)
      for (const VariableId id : factor.variables)
        if (id != ids_[v]) out.push_back(axis(id));
    std::sort(out.begin(), out.end(),
              [](const Axis& a, const Axis& b) { return a.variable < b.variable; });
    out.erase(std::unique(out.begin(), out.end()), out.end());
    CAUSAL_GYM_TRY(sum, multiply(std::move(factors), out, axis(ids_[v])));
    add(std::move(sum));
    return {};
  }

  [[nodiscard]] Result<ScaledFactor> product(std::span<const VariableId> targets) {
    std::vector<Factor> factors;
    for (std::size_t table = 0; table < tables_.size(); ++table)
      if (tables_[table]) factors.push_back(take(table));
    std::vector<Axis> out;
    for (const VariableId id : targets) out.push_back(axis(id));
    CAUSAL_GYM_TRY(factor, multiply(std::move(factors), out, std::nullopt));
    return ScaledFactor{std::move(factor), exponent_};
  }

 private:
  [[nodiscard]] Axis axis(VariableId id) const { return {id, cardinalities_[index_of(id)]}; }

  void add(Factor factor) {
    for (std::size_t i = 0; i < factor.variables.size(); ++i) {
      const std::size_t v = index_of(factor.variables[i]);
      cardinalities_[v] = factor.cardinalities[i];
      tables_of_[v].push_back(tables_.size());
    }
    tables_.emplace_back(std::move(factor));
  }

  Factor take(std::size_t table) {
    Factor factor = *std::move(tables_[table]);
    tables_[table].reset();
    return factor;
  }

  // Products of many probabilities leave the range of double long before they are zero.
  void rescale(Factor& factor) {
    const double largest =
        factor.values.empty() ? 0 : *std::max_element(factor.values.begin(), factor.values.end());
    if (largest == 0 || largest >= small) return;
    const int shift = std::ilogb(largest);
    for (double& value : factor.values) value = std::ldexp(value, -shift);
    exponent_ += shift;
  }

  // Two tables as one over both their variables, when that has at most `cells` cells.
  [[nodiscard]] Result<std::optional<Factor>> pair_product(const Factor& a, const Factor& b,
                                                           std::size_t cells) {
    std::vector<Axis> out;
    std::vector<std::size_t> sizes;
    for (const auto* factor : {&a, &b})
      for (const VariableId id : factor->variables) {
        const auto next = axis(id);
        if (std::find(out.begin(), out.end(), next) != out.end()) continue;
        out.push_back(next);
        sizes.push_back(next.cardinality);
      }
    if (cell_count(sizes) > cells) return std::nullopt;
    const Factor* const pair[] = {&a, &b};
    CAUSAL_GYM_TRY(factor, sum_product(pair, out, std::nullopt, cancellation_));
    rescale(factor);
    return std::optional<Factor>(std::move(factor));
  }

  [[nodiscard]] Result<Factor> multiply(std::vector<Factor> factors, std::span<const Axis> out,
                                        std::optional<Axis> summed) {
    std::vector<std::size_t> sizes;
    for (const auto& next : out) sizes.push_back(next.cardinality);
    if (summed && out.empty()) sizes.push_back(summed->cardinality);
    const std::size_t cells = cell_count(sizes);
    // Small tables first: a long product of them costs least and is rescaled on its way.
    const auto larger = [](const Factor& a, const Factor& b) {
      return a.values.size() > b.values.size();
    };
    std::stable_sort(factors.begin(), factors.end(), larger);
    while (factors.size() > unrolled_factors) {
      CAUSAL_GYM_TRY(pair, pair_product(factors.back(), factors[factors.size() - 2], cells));
      if (!pair) break;
      factors.resize(factors.size() - 2);
      const auto at = std::upper_bound(factors.begin(), factors.end(), *pair, larger);
      factors.insert(at, *std::move(pair));
    }
    std::vector<const Factor*> inputs;
    inputs.reserve(factors.size());
    for (const auto& factor : factors) inputs.push_back(&factor);
    CAUSAL_GYM_TRY(product, sum_product(inputs, out, summed, cancellation_));
    rescale(product);
    return product;
  }

  CancellationToken cancellation_;
  std::vector<VariableId> ids_;  // increasing
  std::vector<std::size_t> cardinalities_;
  std::vector<std::vector<std::size_t>> tables_of_;
  std::vector<std::optional<Factor>> tables_;
  long exponent_ = 0;
};

}  // namespace

Result<ScaledFactor> sum_out(std::vector<Factor> factors, std::span<const VariableId> targets,
                             const InferenceOptions& options) {
  Tables tables(std::move(factors), options.cancellation);
  CAUSAL_GYM_TRY(plan, tables.plan(targets));
  const std::size_t cells = options.limits.factor_cells;
  CAUSAL_GYM_CHECKED(
      check_limit("cells of a table that inference needs", plan.largest_table, cells));
  CAUSAL_GYM_CHECKED(check_limit("cells of all tables that inference needs at one time",
                                 plan.live_cells, saturating_product(cells, live_tables)));
  for (const std::size_t v : plan.order) CAUSAL_GYM_CHECKED(tables.eliminate(v));
  return tables.product(targets);
}

double total(const Factor& factor) {
  return std::accumulate(factor.values.begin(), factor.values.end(), 0.0);
}

Result<Factor> ratio(ScaledFactor numerator, const ScaledFactor& denominator) {
  auto& values = numerator.factor.values;
  const auto& divisors = denominator.factor.values;
  CHECK(!divisors.empty() && values.size() % divisors.size() == 0);
  if (!std::all_of(divisors.begin(), divisors.end(), [](double value) { return value > 0; }))
    return fail(ErrorCode::zero_probability, "the conditions have probability zero");
  const long exponent = numerator.exponent - denominator.exponent;
  const int shift = static_cast<int>(std::clamp(exponent, -100'000L, 100'000L));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::ldexp(values[i] / divisors[i % divisors.size()], shift);
  return std::move(numerator.factor);
}

Factor mean_over_first(const Factor& factor, std::span<const double> numbers) {
  CHECK(!factor.variables.empty() && factor.cardinalities[0] == numbers.size());
  Factor result{{factor.variables.begin() + 1, factor.variables.end()},
                {factor.cardinalities.begin() + 1, factor.cardinalities.end()},
                {}};
  const std::size_t cells = factor.values.size() / numbers.size();
  result.values.assign(cells, 0.0);
  for (std::size_t i = 0; i < factor.values.size(); ++i)
    result.values[i % cells] += numbers[i / cells] * factor.values[i];
  return result;
}

}  // namespace causal_gym
