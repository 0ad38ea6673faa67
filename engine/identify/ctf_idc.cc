#include "engine/identify/ctf_idc.h"

#include <algorithm>

namespace causal_gym {
namespace {

// Identifies the groups; false when one of them is not identifiable, which is the answer.
Result<bool> identify_groups(CtfContext& context, const std::vector<NetworkGroup>& groups,
                             std::vector<ExpressionPtr>& parts, CtfIdAnswer& answer) {
  for (const auto& group : groups) {
    CAUSAL_GYM_TRY(found, identify_group(context, group));
    if (found.witness) {
      answer.witness = std::move(found.witness);
      return false;
    }
    parts.push_back(std::move(found.estimand));
    std::move(found.factors.begin(), found.factors.end(), std::back_inserter(answer.factors));
  }
  return true;
}

std::vector<NetworkGroup> without(const std::vector<NetworkGroup>& groups,
                                  const std::vector<NetworkGroup>& others) {
  std::vector<NetworkGroup> result;
  for (const auto& group : groups)
    if (std::find(others.begin(), others.end(), group) == others.end()) result.push_back(group);
  return result;
}

}  // namespace

Result<CtfIdAnswer> identify_by_ctf_idc(const AdmgRows& rows,
                                        const CounterfactualQuestion& question,
                                        ValueSymbols symbols, AvailableData available,
                                        const Limits& limits,
                                        const CancellationToken& cancellation) {
  CtfIdAnswer answer{CtfOutcome::not_identified, available, nullptr, std::move(symbols), {}, {}, 0};
  NetworkNodes nodes;
  CAUSAL_GYM_TRY(below,
                 counterfactual_network(rows, question.conditions, nodes, limits, cancellation));
  if (below.impossible) {
    answer.outcome = CtfOutcome::undefined;
    answer.impossible = *below.impossible;
    return answer;
  }
  auto all = question.events;
  all.insert(all.end(), question.conditions.begin(), question.conditions.end());
  CAUSAL_GYM_TRY(above, counterfactual_network(rows, all, nodes, limits, cancellation));
  if (above.impossible) {
    answer.outcome = CtfOutcome::zero;
    answer.impossible = *above.impossible;
    return answer;
  }
  SummedSymbols summed(answer.symbols, symbols_in(all));
  CtfContext context{rows, nodes, summed, available, limits, cancellation};
  const auto groups_above = network_groups(rows, nodes, above);
  const auto groups_below = network_groups(rows, nodes, below);
  std::vector<ExpressionPtr> numerator;
  std::vector<ExpressionPtr> denominator;
  CAUSAL_GYM_TRY(first,
                 identify_groups(context, without(groups_above, groups_below), numerator, answer));
  if (!first) return answer;
  CAUSAL_GYM_TRY(
      second, identify_groups(context, without(groups_below, groups_above), denominator, answer));
  if (!second) return answer;
  answer.outcome = CtfOutcome::identified;
  answer.estimand = fraction(product(std::move(numerator)), product(std::move(denominator)));
  return answer;
}

}  // namespace causal_gym
