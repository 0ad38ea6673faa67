#include "engine/infer/factor_operations.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

constexpr std::size_t cells_between_polls = std::size_t{1} << 16;

// Distance between neighbouring states of each variable of the factor.
std::vector<std::size_t> strides_of(const Factor& factor) {
  std::vector<std::size_t> strides(factor.variables.size());
  std::size_t stride = 1;
  for (std::size_t i = strides.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= factor.cardinalities[i];
  }
  return strides;
}

std::size_t stride_along(const Factor& factor, const std::vector<std::size_t>& strides,
                         VariableId variable) {
  const auto at = std::find(factor.variables.begin(), factor.variables.end(), variable);
  return at == factor.variables.end() ? 0 : strides[at - factor.variables.begin()];
}

// A walk over the cells of a table, last axis fastest, with the offset of each input kept up to
// date. When axis i steps forward all later axes fall back to their first state; jump[i][k] is what
// that adds to the offset of input k (modulo 2^64).
struct Walk {
  std::vector<std::size_t> cardinalities;
  std::vector<std::size_t> index;
  std::vector<std::size_t> offsets;
  std::vector<std::size_t> jump;  // axes * inputs

  Walk(std::span<const Axis> axes, std::size_t inputs)
      : index(axes.size(), 0), offsets(inputs, 0), jump(axes.size() * inputs, 0) {
    for (const auto& axis : axes) cardinalities.push_back(axis.cardinality);
  }

  void set_strides(std::size_t input, std::span<const std::size_t> strides) {
    std::size_t back = 0;
    for (std::size_t i = strides.size(); i-- > 0;) {
      jump[i * offsets.size() + input] = strides[i] - back;
      back += strides[i] * (cardinalities[i] - 1);
    }
  }

  void advance() {
    for (std::size_t i = cardinalities.size(); i-- > 0;) {
      if (++index[i] == cardinalities[i]) {
        index[i] = 0;
        continue;
      }
      const auto* step = jump.data() + i * offsets.size();
      for (std::size_t k = 0; k < offsets.size(); ++k) offsets[k] += step[k];
      return;
    }
  }
};

struct Inputs {
  std::vector<const double*> cells;
  std::vector<std::size_t> summed_strides;
  std::size_t summed_states = 1;
};

// One run of cells. `fixed` is the number of inputs when the compiler may unroll over them, else 0.
template <std::size_t fixed>
void fill_run(std::span<double> out, const Inputs& inputs, Walk& walk) {
  const std::size_t count = fixed != 0 ? fixed : inputs.cells.size();
  for (double& cell : out) {
    double total = 0;
    for (std::size_t s = 0; s < inputs.summed_states; ++s) {
      double term = 1;
      for (std::size_t k = 0; k < count; ++k)
        term *= inputs.cells[k][walk.offsets[k] + s * inputs.summed_strides[k]];
      total += term;
    }
    cell = total;
    walk.advance();
  }
}

void fill(std::span<double> out, const Inputs& inputs, Walk& walk) {
  switch (inputs.cells.size()) {
    case 1: return fill_run<1>(out, inputs, walk);
    case 2: return fill_run<2>(out, inputs, walk);
    case 3: return fill_run<3>(out, inputs, walk);
    case 4: return fill_run<4>(out, inputs, walk);
    default: return fill_run<0>(out, inputs, walk);
  }
}

}  // namespace

std::size_t saturating_product(std::size_t a, std::size_t b) {
  constexpr auto largest = std::numeric_limits<std::size_t>::max();
  return a != 0 && b > largest / a ? largest : a * b;
}

std::size_t cell_count(std::span<const std::size_t> cardinalities) {
  std::size_t cells = 1;
  for (const std::size_t cardinality : cardinalities)
    cells = saturating_product(cells, cardinality);
  return cells;
}

Factor restricted(const Factor& factor, std::span<const std::vector<State>> kept) {
  const auto strides = strides_of(factor);
  Factor result;
  std::vector<std::vector<std::size_t>> offsets;  // of each state that stays, for each axis
  std::size_t base = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const auto& states = kept[factor.variables[i]];
    if (states.size() == 1) {
      base += static_cast<std::size_t>(states[0]) * strides[i];
      continue;
    }
    auto& axis = offsets.emplace_back();
    const std::size_t count = states.empty() ? factor.cardinalities[i] : states.size();
    for (std::size_t s = 0; s < count; ++s)
      axis.push_back((states.empty() ? s : static_cast<std::size_t>(states[s])) * strides[i]);
    result.variables.push_back(factor.variables[i]);
    result.cardinalities.push_back(count);
  }
  result.values.resize(cell_count(result.cardinalities));
  std::vector<std::size_t> index(offsets.size(), 0);
  for (double& value : result.values) {
    std::size_t offset = base;
    for (std::size_t i = 0; i < index.size(); ++i) offset += offsets[i][index[i]];
    value = factor.values[offset];
    for (std::size_t i = index.size(); i-- > 0 && ++index[i] == offsets[i].size();) index[i] = 0;
  }
  return result;
}

Result<Factor> sum_product(std::span<const Factor* const> factors, std::span<const Axis> out,
                           std::optional<Axis> summed, const CancellationToken& cancellation) {
  Factor result;
  for (const auto& axis : out) {
    result.variables.push_back(axis.variable);
    result.cardinalities.push_back(axis.cardinality);
  }
  Inputs inputs;
  if (summed) inputs.summed_states = summed->cardinality;
  Walk walk(out, factors.size());
  for (std::size_t k = 0; k < factors.size(); ++k) {
    const auto strides = strides_of(*factors[k]);
    std::vector<std::size_t> along;
    for (const auto& axis : out) along.push_back(stride_along(*factors[k], strides, axis.variable));
    walk.set_strides(k, along);
    inputs.cells.push_back(factors[k]->values.data());
    inputs.summed_strides.push_back(summed ? stride_along(*factors[k], strides, summed->variable)
                                           : 0);
  }
  result.values.resize(cell_count(result.cardinalities));
  const std::span<double> cells(result.values);
  for (std::size_t begin = 0; begin < cells.size(); begin += cells_between_polls) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    fill(cells.subspan(begin, std::min(cells_between_polls, cells.size() - begin)), inputs, walk);
  }
  return result;
}

}  // namespace causal_gym
