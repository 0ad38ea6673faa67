#include "engine/identify/identify_counterfactual.h"

#include <algorithm>

#include "engine/expression/simplify.h"
#include "engine/identify/identify.h"

namespace causal_gym {
namespace {

std::string identifiable_reason(const CtfIdAnswer& answer) {
  const auto count = answer.factors.size();
  const std::string parts = count == 1 ? "one ctf-factor, which has"
                                       : std::to_string(count) + " ctf-factors, each of which has";
  return "the question comes down to " + parts +
         (answer.available == AvailableData::experimental
              ? " one value for every variable: an experiment shows it"
              : " one value for every variable and follows from what is observed");
}

CounterfactualEvent culprit_of(const CounterfactualQuestion& question, const CtfIdAnswer& answer) {
  if (answer.outcome == CtfOutcome::undefined) return question.conditions[answer.impossible];
  const auto events = question.events.size();
  return answer.impossible < events ? question.events[answer.impossible]
                                    : question.conditions[answer.impossible - events];
}

void explain(const Graph& graph, const CounterfactualQuestion& question, const CtfIdAnswer& answer,
             CounterfactualIdentification& result) {
  if (answer.outcome == CtfOutcome::identified) {
    result.verdict = CounterfactualVerdict::identifiable;
    result.estimand = simplify(answer.estimand).expression;
    result.positive = positivity_requirements(result.estimand);
    for (const auto symbol : free_variables(result.estimand)) result.free.insert(symbol);
    result.free -= symbols_in(question.events) | symbols_in(question.conditions);
    for (const auto& factor : answer.factors) result.factors.push_back(factor.factor);
    result.reason = result.factors.empty() ? "the conditions say all that is asked"
                                           : identifiable_reason(answer);
    return;
  }
  if (answer.outcome == CtfOutcome::not_identified) {
    result.verdict = CounterfactualVerdict::not_identifiable;
    result.witness = answer.witness;
    result.reason = witness_text(graph, answer.symbols, *answer.witness);
    return;
  }
  result.culprit = culprit_of(question, answer);
  const bool undefined = answer.outcome == CtfOutcome::undefined;
  result.verdict = undefined ? CounterfactualVerdict::undefined : CounterfactualVerdict::zero;
  result.reason =
      std::string(undefined ? "the conditions" : "the events") +
      " cannot happen together: " + counterfactual_text(graph, answer.symbols, *result.culprit) +
      " contradicts the others or its own world";
}

Status check_question(const Graph& graph, const ValueSymbols& symbols,
                      const CounterfactualQuestion& question, const Limits& limits) {
  if (question.events.empty())
    return fail(ErrorCode::invalid_argument, "the question has no event");
  for (const auto* events : {&question.events, &question.conditions})
    for (const auto& event : *events)
      CAUSAL_GYM_CHECKED(check_event(graph, symbols, event, limits));
  return {};
}

// The groups of a question above and below its bar, in one order.
Result<std::vector<NetworkGroup>> groups_of(const AdmgRows& rows,
                                            std::vector<CounterfactualEvent> events,
                                            NetworkNodes& nodes, const Limits& limits,
                                            const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(network, counterfactual_network(rows, events, nodes, limits, cancellation));
  // What cannot happen is equal to nothing here: a group of no node.
  if (network.impossible) return std::vector<NetworkGroup>{{{}, {-2}}};
  auto groups = network_groups(rows, nodes, network);
  std::sort(groups.begin(), groups.end());
  return groups;
}

std::vector<CounterfactualEvent> joined(const CounterfactualQuestion& question) {
  auto all = question.events;
  all.insert(all.end(), question.conditions.begin(), question.conditions.end());
  return all;
}

}  // namespace

Result<CounterfactualIdentification> identify_counterfactual(
    const Graph& graph, const ValueSymbols& symbols, const CounterfactualQuestion& question,
    AvailableData available, const Limits& limits, const CancellationToken& cancellation) {
  CAUSAL_GYM_CHECKED(check_question(graph, symbols, question, limits));
  CounterfactualIdentification result{
      CounterfactualVerdict::unknown, available, nullptr, symbols, {}, {}, {}, {}, {}, {}, {}};
  const auto run = [&]() -> Result<CtfIdAnswer> {
    CAUSAL_GYM_TRY(rows, admg_rows(graph, limits));
    return identify_by_ctf_idc(rows, question, symbols, available, limits, cancellation);
  };
  const auto answer = run();
  if (answer) {
    result.symbols = answer->symbols;
    explain(graph, question, *answer, result);
    return result;
  }
  if (answer.error().code != ErrorCode::limit_exceeded) return fail(answer.error());
  result.limit = answer.error().message;
  result.reason = "gave up: " + result.limit;
  return result;
}

std::string counterfactual_text(const Graph& graph, const ValueSymbols& symbols,
                                const CounterfactualQuestion& question) {
  const auto list = [&](const std::vector<CounterfactualEvent>& events) {
    std::string text;
    for (const auto& event : events)
      text += (text.empty() ? "" : ", ") + counterfactual_text(graph, symbols, event);
    return text;
  };
  const auto given = question.conditions.empty() ? "" : " | " + list(question.conditions);
  return "P(" + list(question.events) + given + ")";
}

Result<bool> same_probability(const AdmgRows& rows, const CounterfactualQuestion& a,
                              const CounterfactualQuestion& b, const Limits& limits,
                              const CancellationToken& cancellation) {
  NetworkNodes nodes;
  CAUSAL_GYM_TRY(above_a, groups_of(rows, joined(a), nodes, limits, cancellation));
  CAUSAL_GYM_TRY(above_b, groups_of(rows, joined(b), nodes, limits, cancellation));
  if (above_a != above_b) return false;
  CAUSAL_GYM_TRY(below_a, groups_of(rows, a.conditions, nodes, limits, cancellation));
  CAUSAL_GYM_TRY(below_b, groups_of(rows, b.conditions, nodes, limits, cancellation));
  return below_a == below_b;
}

}  // namespace causal_gym
