#include "engine/identify/check_algebra.h"

#include <map>
#include <optional>
#include <unordered_map>

#include "engine/base/rng.h"

namespace causal_gym {
namespace {

using Number = std::uint64_t;  // below `prime`
constexpr Number prime = (Number{1} << 61) - 1;

Number add(Number a, Number b) {
  const auto total = a + b;
  return total >= prime ? total - prime : total;
}

Number multiply(Number a, Number b) {
  // Halves of 32 bits, so that nothing wider than 64 bits is needed: 2^61 = 1 and 2^64 = 8.
  const auto a1 = a >> 32;
  const auto a0 = a & 0xffffffffU;
  const auto b1 = b >> 32;
  const auto b0 = b & 0xffffffffU;
  const auto middle = a1 * b0 + a0 * b1;  // below 2^62
  const auto low = a0 * b0;
  // a b = a1 b1 2^64 + middle 2^32 + low; middle 2^32 = (middle >> 29) 2^61 + (middle mod 2^29)
  // 2^32
  auto total = a1 * b1 * 8 + (middle >> 29) + ((middle & ((Number{1} << 29) - 1)) << 32);
  total = (total & prime) + (total >> 61);
  total += (low & prime) + (low >> 61);
  total = (total & prime) + (total >> 61);
  return total >= prime ? total - prime : total;
}

Number inverse(Number a) {  // Fermat: a^(p - 2)
  Number result = 1;
  for (Number exponent = prime - 2; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = multiply(result, a);
    a = multiply(a, a);
  }
  return result;
}

// States by node; all variables that either side names.
struct Space {
  std::vector<std::size_t> states_of;  // number of states, by node id

  [[nodiscard]] std::size_t cells(const NodeSet& set, std::size_t most) const {
    std::size_t result = 1;
    for (const NodeId v : set) {
      result *= states_of[static_cast<std::size_t>(v)];
      if (result > most) return most + 1;
    }
    return result;
  }
  [[nodiscard]] std::size_t cell(const NodeSet& set, const std::vector<std::size_t>& at) const {
    std::size_t index = 0;
    for (const NodeId v : set)
      index = index * states_of[static_cast<std::size_t>(v)] + at[static_cast<std::size_t>(v)];
    return index;
  }
  // The next joint state of the set; false after the last, which the first follows.
  bool advance(const NodeSet& set, std::vector<std::size_t>& at) const {
    for (const NodeId v : set) {
      auto& state = at[static_cast<std::size_t>(v)];
      if (++state < states_of[static_cast<std::size_t>(v)]) return true;
      state = 0;
    }
    return false;
  }
};

struct WorldKey {
  std::int32_t population = 0;
  std::vector<NodeId> done;
  friend auto operator<=>(const WorldKey&, const WorldKey&) = default;
};

WorldKey world_of(const Form& form) { return {form.population, form.done.to_vector()}; }

void collect(const FormPtr& form, std::map<WorldKey, NodeSet>& worlds, NodeSet& all) {
  all |= form->over;
  if (form->kind == Form::Kind::probability) {
    worlds[world_of(*form)] |= form->of | form->given | form->done;
    all |= form->of | form->given | form->done;
  }
  for (const auto& part : form->parts) collect(part, worlds, all);
}

// One world: P(variables | do(done)) for each state of what is done.
class World {
 public:
  World(const Space& space, NodeSet variables, const NodeSet& done, Rng& rng)
      : space_(space), variables_(std::move(variables)) {
    table_.resize(space.cells(variables_, SIZE_MAX - 1));
    for (auto& value : table_) value = rng.below(prime - 1) + 1;
    auto totals = marginal(done);
    for (auto& total : totals) total = inverse(total);
    std::vector<std::size_t> at(space.states_of.size(), 0);
    do {
      auto& value = table_[space.cell(variables_, at)];
      value = multiply(value, totals[space.cell(done, at)]);
    } while (space.advance(variables_, at));
  }

  // P(set | do(done)), where `set` holds what is done.
  Number value(const NodeSet& set, const std::vector<std::size_t>& at, std::size_t& additions) {
    auto& cells = marginals_[set.to_vector()];
    if (cells.empty()) {
      cells = marginal(set);
      additions += table_.size();
    }
    return cells[space_.cell(set, at)];
  }

 private:
  [[nodiscard]] std::vector<Number> marginal(const NodeSet& set) const {
    std::vector<Number> cells(space_.cells(set, SIZE_MAX - 1), 0);
    std::vector<std::size_t> at(space_.states_of.size(), 0);
    do {
      auto& cell = cells[space_.cell(set, at)];
      cell = add(cell, table_[space_.cell(variables_, at)]);
    } while (space_.advance(variables_, at));
    return cells;
  }

  const Space& space_;
  NodeSet variables_;
  std::vector<Number> table_;
  std::map<std::vector<NodeId>, std::vector<Number>> marginals_;
};

// Values of forms in random worlds, each part remembered by the states of its free variables.
class Evaluation {
 public:
  Evaluation(const Space& space, const std::map<WorldKey, NodeSet>& worlds,
             const EquationLimits& limits, Rng& rng)
      : space_(space), limits_(limits), at_(space.states_of.size(), 0) {
    for (const auto& [key, variables] : worlds)
      worlds_.try_emplace(key, space, variables, NodeSet(std::span(key.done)), rng);
  }

  Number value(const FormPtr& form) {
    if (form->kind == Form::Kind::one) return 1;
    auto& known = remembered(form);
    if (over_limit_ || undefined_) return 0;
    const auto index = space_.cell(known.free, at_);
    if (!known.values[index]) {
      const auto computed = compute(*form);
      known.values[index] = computed;
    }
    return *known.values[index];
  }
  [[nodiscard]] bool over_limit() const { return over_limit_; }
  [[nodiscard]] bool undefined() const { return undefined_; }

 private:
  struct Remembered {
    NodeSet free;
    std::vector<std::optional<Number>> values;
  };

  NodeSet free_of(const FormPtr& form) {
    if (form->kind == Form::Kind::one) return {};
    return remembered(form).free;
  }

  Remembered& remembered(const FormPtr& form) {
    const auto [found, added] = remembered_.try_emplace(form->key);
    auto& known = found->second;  // stays where it is when others are added
    if (!added) return known;
    NodeSet free = form->of | form->given | form->done;
    for (const auto& part : form->parts) free |= free_of(part);
    known.free = free - form->over;
    const auto cells = space_.cells(known.free, limits_.cells);
    if (cells > limits_.cells) {
      over_limit_ = true;
    } else {
      known.values.resize(cells);
    }
    return known;
  }

  Number compute(const Form& form) {
    if (++additions_ > limits_.additions) over_limit_ = true;
    switch (form.kind) {
      case Form::Kind::one: return 1;
      case Form::Kind::probability: {
        auto& world = worlds_.at(world_of(form));
        const auto above = world.value(form.of | form.given | form.done, at_, additions_);
        return divided(above, world.value(form.given | form.done, at_, additions_));
      }
      case Form::Kind::sum: return sum_value(form);
      case Form::Kind::product: {
        Number result = 1;
        for (const auto& part : form.parts) result = multiply(result, value(part));
        return result;
      }
      case Form::Kind::fraction: {
        const auto above = value(form.parts[0]);
        return divided(above, value(form.parts[1]));
      }
    }
    return 0;
  }

  Number sum_value(const Form& form) {
    std::vector<std::size_t> outer;
    for (const NodeId v : form.over)
      outer.push_back(std::exchange(at_[static_cast<std::size_t>(v)], 0));
    Number total = 0;
    do {
      total = add(total, value(form.parts[0]));
      if (++additions_ > limits_.additions) over_limit_ = true;
    } while (!over_limit_ && space_.advance(form.over, at_));
    std::size_t i = 0;
    for (const NodeId v : form.over) at_[static_cast<std::size_t>(v)] = outer[i++];
    return total;
  }

  Number divided(Number above, Number below) {
    if (below == 0) undefined_ = true;
    return below == 1 ? above : multiply(above, inverse(below));
  }

  const Space& space_;
  const EquationLimits& limits_;
  std::vector<std::size_t> at_;  // the current state of each node
  std::map<WorldKey, World> worlds_;
  std::unordered_map<std::string, Remembered> remembered_;
  std::size_t additions_ = 0;
  bool over_limit_ = false;
  bool undefined_ = false;
};

// Two states each, but three for one of them.
Space space_of(const NodeSet& all, std::optional<NodeId> with_three) {
  Space space;
  for (const NodeId v : all) {
    space.states_of.resize(static_cast<std::size_t>(v) + 1, 1);
    space.states_of.back() = with_three == v ? 3 : 2;
  }
  return space;
}

EquationVerdict check_round(const FormPtr& left, const FormPtr& right, const Space& space,
                            const std::map<WorldKey, NodeSet>& worlds, const EquationLimits& limits,
                            Rng& rng) {
  for (const auto& [key, variables] : worlds)
    if (space.cells(variables, limits.cells) > limits.cells) return EquationVerdict::too_large;
  Evaluation evaluation(space, worlds, limits, rng);
  const auto a = evaluation.value(left);
  const auto b = evaluation.value(right);
  if (evaluation.over_limit()) return EquationVerdict::too_large;
  return a == b && !evaluation.undefined() ? EquationVerdict::holds : EquationVerdict::fails;
}

}  // namespace

EquationVerdict check_equation(const FormPtr& left, const FormPtr& right,
                               const EquationLimits& limits) {
  if (left->key == right->key) return EquationVerdict::holds;
  std::map<WorldKey, NodeSet> worlds;
  NodeSet all;
  collect(left, worlds, all);
  collect(right, worlds, all);
  Rng rng(stream_of(left->key), stream_of(right->key));
  auto verdict = check_round(left, right, space_of(all, std::nullopt), worlds, limits, rng);
  for (const NodeId v : all) {
    if (verdict != EquationVerdict::holds) return verdict;
    verdict = check_round(left, right, space_of(all, v), worlds, limits, rng);
  }
  return verdict;
}

}  // namespace causal_gym
