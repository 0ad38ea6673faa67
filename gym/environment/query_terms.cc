#include "gym/environment/query_terms.h"

namespace causal_gym {
namespace {

struct Mapper {
  const TermMap& map;

  std::optional<Query> operator()(const NumberQuery& number) const { return Query{number}; }
  std::optional<Query> operator()(const NegatedQuery& negated) const {
    auto operand = map_terms(*negated.operand, map);
    if (!operand) return std::nullopt;
    return Query{NegatedQuery{std::make_shared<const Query>(*std::move(operand))}};
  }
  std::optional<Query> operator()(const ArithmeticQuery& arithmetic) const {
    auto left = map_terms(*arithmetic.left, map);
    auto right = map_terms(*arithmetic.right, map);
    if (!left || !right) return std::nullopt;
    return Query{ArithmeticQuery{arithmetic.operation,
                                 std::make_shared<const Query>(*std::move(left)),
                                 std::make_shared<const Query>(*std::move(right))}};
  }
  std::optional<Query> operator()(const ProbabilityQuery& term) const {
    return map.probability(term);
  }
  std::optional<Query> operator()(const ExpectationQuery& term) const {
    return map.expectation(term);
  }
  std::optional<Query> operator()(const EffectQuery& term) const { return map.effect(term); }
};

}  // namespace

std::optional<Query> map_terms(const Query& query, const TermMap& map) {
  return std::visit(Mapper{map}, query.node);
}

}  // namespace causal_gym
