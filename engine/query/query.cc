#include "engine/query/query.h"

#include <iterator>

#include "engine/base/check.h"
#include "engine/query/effect_names.h"

namespace causal_gym {

namespace {

bool same(const NumberQuery& a, const NumberQuery& b) { return a.value == b.value; }
bool same(const NegatedQuery& a, const NegatedQuery& b) { return *a.operand == *b.operand; }
bool same(const ArithmeticQuery& a, const ArithmeticQuery& b) {
  return a.operation == b.operation && *a.left == *b.left && *a.right == *b.right;
}
bool same(const ProbabilityQuery& a, const ProbabilityQuery& b) { return a == b; }
bool same(const ExpectationQuery& a, const ExpectationQuery& b) { return a == b; }
bool same(const EffectQuery& a, const EffectQuery& b) { return a == b; }

}  // namespace

std::string_view effect_kind_name(EffectKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  CHECK(index < std::size(effect_names));
  return effect_names[index];
}

bool operator==(const Query& a, const Query& b) {
  return std::visit(
      [&b](const auto& node) {
        const auto* other = std::get_if<std::decay_t<decltype(node)>>(&b.node);
        return other != nullptr && same(node, *other);
      },
      a.node);
}

}  // namespace causal_gym
