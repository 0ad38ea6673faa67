#include "engine/counterfactual/assumed_answers.h"

#include "engine/graph/text.h"

namespace causal_gym {
namespace {

class Assumer {
 public:
  Assumer(const Graph& graph, const ReadQuestions& read, AvailableData available,
          const Limits& limits, const CancellationToken& cancellation)
      : graph_(graph),
        read_(read),
        effect_(*read.effect),
        available_(available),
        limits_(limits),
        cancellation_(cancellation) {}

  Result<std::vector<AssumedAnswer>> run() {
    const auto y = effect_.outcome_state;
    const auto total = seen(probability({y}));
    switch (effect_.kind) {
      case EffectKind::ATT: {
        CAUSAL_GYM_TRY(untreated, under(effect_.untreated));
        return answer({total, negated(untreated)}, probability({effect_.treated}));
      }
      case EffectKind::ATU: {
        CAUSAL_GYM_TRY(treated, under(effect_.treated));
        return answer({treated, negated(total)}, probability({effect_.untreated}));
      }
      case EffectKind::PN: {
        CAUSAL_GYM_TRY(untreated, under(effect_.untreated));
        return answer({total, negated(untreated)}, probability({effect_.treated, y}));
      }
      case EffectKind::PS: {
        CAUSAL_GYM_TRY(treated, under(effect_.treated));
        // The condition of PS is X = x', Y = y'.
        const auto other = read_.parts[0].question.conditions[1].value;
        return answer({treated, negated(total)}, probability({effect_.untreated, other}));
      }
      case EffectKind::PNS: {
        CAUSAL_GYM_TRY(treated, under(effect_.treated));
        CAUSAL_GYM_TRY(untreated, under(effect_.untreated));
        return answer({treated, negated(untreated)}, one());
      }
      default: return std::vector<AssumedAnswer>{};
    }
  }

 private:
  [[nodiscard]] SignedExpression seen(ExpressionPtr expression) const {
    return {1, std::move(expression), read_.symbols};
  }
  static SignedExpression negated(SignedExpression part) {
    part.sign = -part.sign;
    return part;
  }

  // P(y[x]): identified, or P(y | x) by exogeneity.
  Result<SignedExpression> under(ExpressionVariable x) {
    const auto y = effect_.outcome_state;
    const CounterfactualSetting set{effect_.treatment, x, nullptr};
    const CounterfactualQuestion question{{{{effect_.outcome, {set}}, y}}, {}};
    CAUSAL_GYM_TRY(found, identify_counterfactual(graph_, read_.symbols, question, available_,
                                                  limits_, cancellation_));
    if (found.verdict == CounterfactualVerdict::identifiable)
      return SignedExpression{1, found.estimand, found.symbols};
    gave_up_ = gave_up_ || found.verdict == CounterfactualVerdict::unknown;
    exogenous_ = true;
    return seen(probability({y}, {x}));
  }

  [[nodiscard]] std::string name(ExpressionVariable symbol) const {
    return quoted_name(read_.symbols.names()[static_cast<std::size_t>(symbol)]);
  }
  [[nodiscard]] std::string outcome_under(ExpressionVariable x) const {
    const CounterfactualSetting set{effect_.treatment, x, nullptr};
    return counterfactual_text(graph_, read_.symbols, CounterfactualTerm{effect_.outcome, {set}});
  }

  [[nodiscard]] std::vector<std::string> assumptions() const {
    const auto x = quoted_name(graph_.name(effect_.treatment));
    const auto y = quoted_name(graph_.name(effect_.outcome));
    std::vector<std::string> result;
    if (effect_.kind != EffectKind::PNS)
      result.push_back(x + " has two states, " + name(effect_.treated) + " and " +
                       name(effect_.untreated));
    if (!read_.expectation_of) {
      result.push_back(y + " has two states");
      result.push_back(y + " is monotone in " + x + ": whoever has " +
                       outcome_under(effect_.untreated) + "=" + name(effect_.outcome_state) +
                       " has " + outcome_under(effect_.treated) + "=" +
                       name(effect_.outcome_state));
    }
    if (exogenous_)
      result.push_back(x + " is exogenous: independent of " + outcome_under(effect_.treated) +
                       " and " + outcome_under(effect_.untreated));
    return result;
  }

  [[nodiscard]] std::vector<AssumedAnswer> answer(std::vector<SignedExpression> parts,
                                                  ExpressionPtr denominator) const {
    if (gave_up_) return {};
    AssumedAnswer result{assumptions(), std::move(parts), std::move(denominator), {}, {}};
    result.text =
        signed_sum_text(result.parts, result.denominator, read_.expectation_of, read_.symbols);
    result.latex =
        signed_sum_latex(result.parts, result.denominator, read_.expectation_of, read_.symbols);
    return {std::move(result)};
  }

  const Graph& graph_;
  const ReadQuestions& read_;
  const EffectSymbols& effect_;
  AvailableData available_;
  const Limits& limits_;
  const CancellationToken& cancellation_;
  bool exogenous_ = false;
  bool gave_up_ = false;
};

}  // namespace

Result<std::vector<AssumedAnswer>> assumed_answers(const Graph& graph, const ReadQuestions& read,
                                                   AvailableData available, const Limits& limits,
                                                   const CancellationToken& cancellation) {
  if (!read.effect) return std::vector<AssumedAnswer>{};
  return Assumer(graph, read, available, limits, cancellation).run();
}

}  // namespace causal_gym
