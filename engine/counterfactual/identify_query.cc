#include "engine/counterfactual/identify_query.h"

#include <algorithm>

#include "engine/counterfactual/assumed_answers.h"
#include "engine/graph/admg_rows.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

// The verdict of a sum by those of its parts.
CounterfactualVerdict verdict_of(const std::vector<IdentifiedPart>& parts) {
  const auto any = [&](CounterfactualVerdict verdict) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const IdentifiedPart& part) { return part.answer.verdict == verdict; });
  };
  for (const auto verdict :
       {CounterfactualVerdict::undefined, CounterfactualVerdict::not_identifiable,
        CounterfactualVerdict::unknown, CounterfactualVerdict::identifiable})
    if (any(verdict)) return verdict;
  return CounterfactualVerdict::zero;
}

// Are the two terms of a difference the same variable?
Result<bool> parts_cancel(const Graph& graph, const ReadQuestions& read, const Limits& limits,
                          const CancellationToken& cancellation) {
  if (read.parts.size() != 2 || read.parts[0].sign == read.parts[1].sign) return false;
  const auto run = [&]() -> Result<bool> {
    CAUSAL_GYM_TRY(rows, admg_rows(graph, limits));
    return same_probability(rows, read.parts[0].question, read.parts[1].question, limits,
                            cancellation);
  };
  auto same = run();
  // What a limit leaves open, identification will report.
  if (!same && same.error().code == ErrorCode::limit_exceeded) return false;
  return same;
}

// The variables that the answer speaks of, in parts that no latent cause joins: from observation,
// the districts of all that lead to them; from experiments, those of the factors alone.
Result<std::vector<NodeSet>> unjoined_parts(const Graph& graph, const QueryIdentification& result,
                                            AvailableData available, const Limits& limits) {
  std::vector<NodeSet> parts;
  NodeSet all;
  for (const auto& part : result.parts)
    for (const auto& factor : part.answer.factors) {
      NodeSet variables;
      for (const auto& member : factor.members) variables.insert(member.variable);
      all |= variables;
      if (std::find(parts.begin(), parts.end(), variables) == parts.end())
        parts.push_back(std::move(variables));
    }
  if (available == AvailableData::experimental) return parts;
  CAUSAL_GYM_TRY(rows, admg_rows(graph, limits));
  return districts(rows, ancestors(rows, all & rows.nodes, rows.nodes));
}

// What the formula rests on: that no latent cause joins its parts. When a part of the question
// holds a variable at two values together, only the graph can say so.
Status name_assumptions(const Graph& graph, AvailableData available, const Limits& limits,
                        QueryIdentification& result) {
  CAUSAL_GYM_TRY(parts, unjoined_parts(graph, result, available, limits));
  if (parts.size() < 2) return {};
  std::string sentence = "no latent cause joins any two of ";
  for (std::size_t i = 0; i < parts.size(); ++i)
    sentence += (i == 0 ? "" : ", ") + set_text(graph, parts[i]);
  const bool across =
      std::any_of(result.parts.begin(), result.parts.end(), [](const IdentifiedPart& part) {
        CtfFactor all;
        for (const auto& factor : part.answer.factors)
          all.members.insert(all.members.end(), factor.members.begin(), factor.members.end());
        return part.answer.factors.size() > 1 && value_conflict(all).has_value();
      });
  if (across) sentence += ", also across worlds, which no experiment can test";
  result.assumptions.push_back(std::move(sentence));
  return {};
}

void write_formula(QueryIdentification& result) {
  std::vector<SignedExpression> parts;
  for (const auto& part : result.parts)
    if (part.answer.estimand)
      parts.push_back({part.sign, part.answer.estimand, part.answer.symbols});
  result.text = signed_sum_text(parts, one(), result.expectation_of, result.symbols);
  result.latex = signed_sum_latex(parts, one(), result.expectation_of, result.symbols);
}

}  // namespace

Result<QueryIdentification> identify_counterfactual_query(const Graph& graph, const Query& query,
                                                          AvailableData available,
                                                          const Limits& limits,
                                                          const CancellationToken& cancellation) {
  CAUSAL_GYM_TRY(read, read_questions(graph, query, limits));
  QueryIdentification result{CounterfactualVerdict::unknown,
                             read.symbols,
                             read.meanings,
                             {},
                             read.expectation_of,
                             {},
                             {},
                             {},
                             {},
                             {}};
  CAUSAL_GYM_TRY(cancel, parts_cancel(graph, read, limits, cancellation));
  if (cancel) {
    result.verdict = CounterfactualVerdict::zero;
    result.text = result.latex = "0";
    result.reason = "both terms are the same variable of the graph, so that they cancel";
    return result;
  }
  for (const auto& [sign, question] : read.parts) {
    CAUSAL_GYM_TRY(answer, identify_counterfactual(graph, read.symbols, question, available, limits,
                                                   cancellation));
    result.parts.push_back({sign, question, std::move(answer)});
  }
  result.verdict = verdict_of(result.parts);
  for (const auto& part : result.parts)
    if (part.answer.verdict == result.verdict && result.reason.empty())
      result.reason = part.answer.reason;
  if (result.verdict == CounterfactualVerdict::identifiable ||
      result.verdict == CounterfactualVerdict::zero)
    write_formula(result);
  if (result.verdict == CounterfactualVerdict::identifiable)
    CAUSAL_GYM_CHECKED(name_assumptions(graph, available, limits, result));
  if (result.verdict == CounterfactualVerdict::not_identifiable) {
    CAUSAL_GYM_TRY(assumed, assumed_answers(graph, read, available, limits, cancellation));
    result.under_assumptions = std::move(assumed);
  }
  return result;
}

}  // namespace causal_gym
