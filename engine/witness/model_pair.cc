#include "engine/witness/model_pair.h"

namespace causal_gym {
namespace {

class PairBuilder {
 public:
  PairBuilder(const HedgeStage& stage, const PairDraw& draw, Rng rng, const Limits& limits)
      : stage_(stage), draw_(draw), rng_(rng), limits_(limits) {}

  Result<std::pair<Model, Model>> build() {
    std::vector<Variable> variables;
    for (NodeId v = 0; static_cast<std::size_t>(v) < stage_.graph.node_count(); ++v)
      variables.push_back(variable(v));
    std::vector<Mechanism> first;
    std::vector<Mechanism> second;
    for (NodeId v = 0; static_cast<std::size_t>(v) < variables.size(); ++v) {
      CAUSAL_GYM_TRY(rows, row_count(v));
      // One sequence of numbers for both models: what is not the hedge's parity is shared.
      const Rng numbers(rng_.next_bits(), stream_of("shared mechanism"));
      first.emplace_back(mechanism(v, rows, false, numbers));
      second.emplace_back(mechanism(v, rows, true, numbers));
    }
    CAUSAL_GYM_TRY(a, Model::create("first", stage_.graph, variables, std::move(first), limits_));
    CAUSAL_GYM_TRY(b, Model::create("second", stage_.graph, variables, std::move(second), limits_));
    return std::pair(std::move(a), std::move(b));
  }

 private:
  [[nodiscard]] bool is_wide(NodeId v) const {
    return draw_.wide && (stage_.outer.contains(v) || stage_.coins.contains(v));
  }
  [[nodiscard]] std::size_t states(NodeId v) const { return is_wide(v) ? 4 : 2; }
  // The bit by which v takes part in the hedge, of a state 2 * bit + other.
  [[nodiscard]] std::size_t bit(NodeId v, std::size_t state) const {
    return is_wide(v) ? state / 2 : state;
  }

  [[nodiscard]] Variable variable(NodeId v) const {
    const auto& name = stage_.graph.name(v);
    if (!is_wide(v)) return binary_variable(name, "0", "1");
    return make_variable(name, VariableType::categorical, {"00", "01", "10", "11"});
  }

  [[nodiscard]] Result<std::size_t> row_count(NodeId v) const {
    std::vector<std::size_t> cardinalities;
    for (const NodeId parent : stage_.graph.parents(v)) cardinalities.push_back(states(parent));
    const auto rows = joint_state_count(cardinalities, limits_.mechanism_cells);
    CAUSAL_GYM_CHECKED(check_limit("rows of the mechanism of '" + stage_.graph.name(v) + "'", rows,
                                   limits_.mechanism_cells / states(v)));
    return rows;
  }

  struct RowRead {
    std::size_t hedge_parity = 0;   // of the bits and coins that the forest leads to v
    std::size_t shared_parity = 0;  // of some of the rest, but of none of the forest's coins
    std::size_t key = 0;            // the row without the forest's coins
  };

  // P(true) of what is shared: near the parity of what is read, so that it passes differences on;
  // how near is drawn for each row.
  [[nodiscard]] double shared(std::size_t parity, std::size_t key, const Rng& numbers) const {
    const double least = draw_.along_conduits ? 0.4 : 0.1;
    const double strength = least + (0.49 - least) * numbers.fork(2 * key).uniform();
    return parity % 2 == 1 ? 0.5 + strength : 0.5 - strength;
  }
  // How often a root flips, for each row: what else it reads thereby tells of its parity.
  [[nodiscard]] double flips(const RowRead& read, const Rng& numbers) const {
    const double most = !draw_.along_conduits ? 0.45 : read.shared_parity % 2 == 1 ? 0.45 : 0.1;
    const double least = draw_.along_conduits ? most - 0.05 : 0.05;
    return least + (most - least) * numbers.fork(2 * read.key + 1).uniform();
  }

  TableMechanism mechanism(NodeId v, std::size_t rows, bool inner_is_deaf, const Rng& numbers) {
    const auto parents = stage_.graph.parents(v);
    TableMechanism table{{parents.begin(), parents.end()}, {}, Coupling::undeclared};
    table.probabilities.reserve(rows * states(v));
    for (std::size_t row = 0; row < rows; ++row) {
      const auto read = read_row(v, row, inner_is_deaf, numbers);
      if (stage_.is_latent(v)) {
        table.probabilities.assign(states(v), 1.0 / static_cast<double>(states(v)));
      } else if (!stage_.outer.contains(v)) {
        const double p = shared(read.shared_parity, read.key, numbers);
        table.probabilities.insert(table.probabilities.end(), {1 - p, p});
      } else {
        append_hedge_row(v, read, numbers, table.probabilities);
      }
    }
    return table;
  }

  [[nodiscard]] RowRead read_row(NodeId v, std::size_t row, bool inner_is_deaf,
                                 const Rng& numbers) const {
    auto counted = numbers.fork(stream_of("what counts"));
    const auto counts = [&](NodeId parent) {
      return draw_.along_conduits ? stage_.conduits.contains({parent, v}) : counted.below(4) != 0;
    };
    const auto parents = stage_.graph.parents(v);
    RowRead read;
    std::size_t place = 1;
    for (std::size_t i = parents.size(); i-- > 0;) {  // the last-listed runs fastest
      const NodeId parent = parents[i];
      const auto state = row % states(parent);
      row /= states(parent);
      const bool heard = !inner_is_deaf || !stage_.inner.contains(v) ||
                         stage_.inner.contains(parent) || stage_.inner_coins.contains(parent);
      if (stage_.in_forest(parent, v) && heard) read.hedge_parity += bit(parent, state);
      const bool is_coin = stage_.coins.contains(parent);
      // Along conduits, the bit of a wide node that is no root is of no use to the outcome.
      const bool own_bit =
          !draw_.along_conduits || !is_wide(parent) || stage_.roots.contains(parent);
      if (!is_coin && own_bit && counts(parent)) read.shared_parity += bit(parent, state);
      if (is_wide(parent) && counts(parent)) read.shared_parity += state % 2;
      // The coin's first side is for the hedge alone.
      const auto sides = is_coin ? states(parent) / 2 : states(parent);
      read.key += place * (state % sides);
      place *= sides;
    }
    return read;
  }

  void append_hedge_row(NodeId v, const RowRead& read, const Rng& numbers,
                        std::vector<double>& probabilities) const {
    const double flipped = stage_.roots.contains(v) ? flips(read, numbers) : 0;
    const double ones = read.hedge_parity % 2 == 1 ? 1 - flipped : flipped;
    if (!draw_.wide) {
      probabilities.insert(probabilities.end(), {1 - ones, ones});
      return;
    }
    for (const std::size_t own : {0U, 1U}) {
      const double mass = own == 1 ? ones : 1 - ones;
      const auto heard = draw_.along_conduits ? 0 : own;
      const double p = shared(read.shared_parity + heard, 2 * read.key + own,
                              numbers.fork(static_cast<std::uint64_t>(v)));
      probabilities.insert(probabilities.end(), {mass * (1 - p), mass * p});
    }
  }

  const HedgeStage& stage_;
  PairDraw draw_;
  Rng rng_;
  const Limits& limits_;
};

}  // namespace

Result<std::pair<Model, Model>> draw_model_pair(const HedgeStage& stage, const PairDraw& draw,
                                                Rng rng, const Limits& limits) {
  return PairBuilder(stage, draw, rng, limits).build();
}

}  // namespace causal_gym
