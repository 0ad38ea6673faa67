#include "engine/counterfactual/shared_noise.h"

#include <algorithm>

#include "engine/infer/factor_operations.h"

namespace causal_gym {
namespace {

// An empty table over these variables, in this order; more axes are added as needed.
struct Shape {
  std::vector<VariableId> variables;
  std::vector<std::size_t> cardinalities;

  Shape& add(VariableId variable, std::size_t cardinality) {
    variables.push_back(variable);
    cardinalities.push_back(cardinality);
    return *this;
  }
  Shape& add(const std::vector<VariableId>& more, const std::vector<std::size_t>& sizes) {
    variables.insert(variables.end(), more.begin(), more.end());
    cardinalities.insert(cardinalities.end(), sizes.begin(), sizes.end());
    return *this;
  }
};

Result<Factor> empty_table(const Shape& shape, const Limits& limits) {
  const std::size_t cells = cell_count(shape.cardinalities);
  CAUSAL_GYM_CHECKED(check_limit("cells of a table of shared noise", cells, limits.factor_cells));
  Factor table{shape.variables, shape.cardinalities, {}};
  table.values.reserve(cells);
  return table;
}

// P(state <= s) for each s; exactly one from the last state that can happen.
std::vector<double> cumulative(std::span<const double> row) {
  std::vector<double> sums;
  double sum = 0;
  std::size_t last = 0;
  for (std::size_t s = 0; s < row.size(); ++s) {
    sums.push_back(std::min(sum += row[s], 1.0));
    if (row[s] > 0) last = s;
  }
  std::fill(sums.begin() + static_cast<std::ptrdiff_t>(last), sums.end(), 1.0);
  return sums;
}

// Where the unit interval is cut so that within each piece no seen row of the context changes
// state: the left ends of the pieces.
std::vector<double> pieces(const TableRows& rows, std::size_t context,
                           const std::vector<std::size_t>& cases) {
  std::vector<double> starts{0.0};
  for (const std::size_t row_case : cases)
    for (const double sum : cumulative(rows.row(context, row_case)))
      if (sum < 1) starts.push_back(sum);
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  return starts;
}

tl::unexpected<Error> coupling_open(const Variable& variable) {
  return fail(ErrorCode::not_determined,
              "the answer depends on how the states of '" + variable.name +
                  "' under different parents hang together, which its table leaves open",
              "mechanisms." + variable.name,
              R"(declare "coupling": "monotone" or "independent" for ')" + variable.name + "'");
}

}  // namespace

WorldTables::WorldTables(const ParallelWorlds& worlds, const InferenceOptions& options)
    : worlds_(worlds), options_(options), next_(worlds.copies().size()) {}

Status WorldTables::add_variable(std::span<const CopyId> copies) {
  CAUSAL_GYM_CHECKED(options_.cancellation.check());
  if (copies.empty()) return {};
  const auto& model = worlds_.model();
  const VariableId v = worlds_.copies()[copies[0]].variable;
  const auto& mechanism = model.mechanism(v);
  if (copies.size() == 1 || std::holds_alternative<DeterministicMechanism>(mechanism)) {
    for (const CopyId id : copies) CAUSAL_GYM_CHECKED(add_alone(id));
    return {};
  }
  if (const auto* noisy_or = std::get_if<NoisyOrMechanism>(&mechanism)) {
    add_noisy_or(*noisy_or, copies);
    return {};
  }
  CAUSAL_GYM_TRY(table, mechanism_factor(model, v, options_.limits));
  const TableRows rows(worlds_, copies, table);
  if (!rows.coupling_matters()) return add_independent(rows);
  switch (std::get<TableMechanism>(mechanism).coupling) {
    case Coupling::monotone: return add_monotone(rows);
    case Coupling::independent: return add_independent(rows);
    case Coupling::undeclared: break;
  }
  return coupling_open(model.variable(v));
}

Status WorldTables::add_alone(CopyId id) {
  const auto& copy = worlds_.copies()[id];
  CAUSAL_GYM_TRY(table, mechanism_factor(worlds_.model(), copy.variable, options_.limits));
  // Axis j stands for parent j here, whatever its id.
  std::vector<std::vector<State>> known(copy.parents.size() + 1);
  for (std::size_t j = 0; j < table.variables.size(); ++j) {
    table.variables[j] = static_cast<VariableId>(j);
    if (j < copy.parents.size() && copy.parents[j].known()) known[j] = {copy.parents[j].state};
  }
  auto result = restricted(table, known);
  for (auto& variable : result.variables) {
    const auto j = static_cast<std::size_t>(variable);
    variable = j < copy.parents.size() ? copy.parents[j].copy : id;
  }
  tables_.push_back(std::move(result));
  return {};
}

void WorldTables::add_noisy_or(const NoisyOrMechanism& noisy_or, std::span<const CopyId> copies) {
  const auto parent_of = [&](CopyId id, std::size_t j) { return worlds_.copies()[id].parents[j]; };
  // What fires alike in all worlds, step by step: `fired` is whether any of it has.
  VariableId fired = add_noise();
  tables_.push_back({{fired}, {2}, {1 - noisy_or.leak, noisy_or.leak}});
  std::vector<std::size_t> differing;
  for (std::size_t j = 0; j < noisy_or.given.size(); ++j) {
    const auto parent = parent_of(copies[0], j);
    if (std::any_of(copies.begin(), copies.end(),
                    [&](CopyId id) { return parent_of(id, j) != parent; })) {
      differing.push_back(j);
      continue;
    }
    if (parent.known() && parent.state == 0) continue;
    const VariableId next = add_noise();
    const double p = noisy_or.strengths[j];
    if (parent.known())
      tables_.push_back({{fired, next}, {2, 2}, {1 - p, p, 0, 1}});
    else
      tables_.push_back({{fired, parent.copy, next}, {2, 2, 2}, {1, 0, 1 - p, p, 0, 1, 0, 1}});
    fired = next;
  }
  std::vector<VariableId> triggers;
  for (const std::size_t j : differing) {
    triggers.push_back(add_noise());
    const double p = noisy_or.strengths[j];
    tables_.push_back({{triggers.back()}, {2}, {1 - p, p}});
  }
  for (const CopyId id : copies) {
    VariableId so_far = fired;
    for (std::size_t i = 0; i < differing.size(); ++i) {
      const auto parent = parent_of(id, differing[i]);
      if (parent.known() && parent.state == 0) continue;
      const VariableId next = add_noise();
      if (parent.known())
        tables_.push_back({{so_far, triggers[i], next}, {2, 2, 2}, {1, 0, 0, 1, 0, 1, 0, 1}});
      else
        tables_.push_back({{so_far, triggers[i], parent.copy, next},
                           {2, 2, 2, 2},
                           {1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}});
      so_far = next;
    }
    tables_.push_back({{so_far, id}, {2, 2}, {1, 0, 0, 1}});
  }
}

Status WorldTables::add_monotone(const TableRows& rows) {
  const auto cases = rows.seen_cases();
  std::vector<std::vector<double>> starts;
  std::size_t most = 1;
  for (std::size_t context = 0; context < rows.context_count(); ++context) {
    starts.push_back(pieces(rows, context, cases));
    most = std::max(most, starts.back().size());
  }
  const VariableId noise = add_noise();
  const Shape context_shape{rows.shared(), rows.shared_cardinalities()};
  CAUSAL_GYM_TRY(lengths, empty_table(Shape(context_shape).add(noise, most), options_.limits));
  for (const auto& cuts : starts)
    for (std::size_t i = 0; i < most; ++i)
      lengths.values.push_back(
          i >= cuts.size() ? 0 : (i + 1 < cuts.size() ? cuts[i + 1] : 1) - cuts[i]);
  tables_.push_back(std::move(lengths));
  for (const auto& seen : rows.copies()) {
    CAUSAL_GYM_TRY(table, empty_table(Shape(context_shape)
                                          .add(seen.parents, seen.cardinalities)
                                          .add(noise, most)
                                          .add(seen.copy, rows.state_count()),
                                      options_.limits));
    for (std::size_t context = 0; context < rows.context_count(); ++context)
      for (const std::size_t row_case : seen.cases) {
        const auto sums = cumulative(rows.row(context, row_case));
        for (std::size_t i = 0; i < most; ++i) {
          const double start = i < starts[context].size() ? starts[context][i] : 0;
          const auto state = std::upper_bound(sums.begin(), sums.end(), start) - sums.begin();
          for (std::size_t s = 0; s < sums.size(); ++s)
            table.values.push_back(static_cast<std::ptrdiff_t>(s) == state ? 1 : 0);
        }
      }
    tables_.push_back(std::move(table));
  }
  return {};
}

Status WorldTables::add_independent(const TableRows& rows) {
  const Shape context_shape{rows.shared(), rows.shared_cardinalities()};
  const std::size_t states = rows.state_count();
  // A row that one copy alone may see needs no noise of its own: the copy is drawn from it.
  for (const auto& seen : rows.copies()) {
    CAUSAL_GYM_TRY(
        table,
        empty_table(
            Shape(context_shape).add(seen.parents, seen.cardinalities).add(seen.copy, states),
            options_.limits));
    for (std::size_t context = 0; context < rows.context_count(); ++context)
      for (const std::size_t row_case : seen.cases)
        for (const double p : rows.row(context, row_case))
          table.values.push_back(rows.seers(row_case) > 1 ? 1 : p);
    tables_.push_back(std::move(table));
  }
  for (const std::size_t drawn : rows.seen_cases()) {
    if (rows.seers(drawn) == 1) continue;
    CAUSAL_GYM_CHECKED(options_.cancellation.check());
    const VariableId noise = add_noise();
    CAUSAL_GYM_TRY(draw, empty_table(Shape(context_shape).add(noise, states), options_.limits));
    for (std::size_t context = 0; context < rows.context_count(); ++context)
      for (const double p : rows.row(context, drawn)) draw.values.push_back(p);
    tables_.push_back(std::move(draw));
    for (const auto& seen : rows.copies()) {
      if (!std::binary_search(seen.cases.begin(), seen.cases.end(), drawn)) continue;
      CAUSAL_GYM_TRY(
          table,
          empty_table(
              Shape{seen.parents, seen.cardinalities}.add(noise, states).add(seen.copy, states),
              options_.limits));
      for (const std::size_t row_case : seen.cases)
        for (std::size_t cell = 0; cell < states * states; ++cell)
          table.values.push_back(row_case != drawn || cell / states == cell % states ? 1 : 0);
      tables_.push_back(std::move(table));
    }
  }
  return {};
}

}  // namespace causal_gym
