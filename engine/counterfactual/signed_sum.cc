#include "engine/counterfactual/signed_sum.h"

#include "engine/expression/print.h"

namespace causal_gym {
namespace {

using Writer = std::string (*)(const ExpressionPtr&, std::span<const std::string>,
                               std::span<const std::string> populations);

// What two notations differ in.
struct SumNotation {
  Writer write;
  std::string_view sum;
  bool stacked_fractions;
};

constexpr SumNotation plain{expression_text, "sum_{", false};
constexpr SumNotation latex{expression_latex, "\\sum_{", true};

bool is_single(const ExpressionPtr& expression) {
  return std::holds_alternative<ProbabilityTerm>(expression->term()) ||
         std::holds_alternative<OneTerm>(expression->term());
}

std::string in_parentheses(const SumNotation& notation, const std::string& text) {
  return notation.stacked_fractions ? "\\left(" + text + "\\right)" : "(" + text + ")";
}

std::string written(const SumNotation& notation, const std::vector<SignedExpression>& parts,
                    const ExpressionPtr& denominator,
                    const std::optional<ExpressionVariable>& expectation_of,
                    const ValueSymbols& symbols) {
  std::string text;
  for (const auto& part : parts) {
    if (part.sign < 0) text += text.empty() ? "-" : " - ";
    if (part.sign > 0 && !text.empty()) text += " + ";
    auto one_part = notation.write(part.expression, part.symbols.names(), {});
    const bool stacked =
        notation.stacked_fractions && std::holds_alternative<FractionTerm>(part.expression->term());
    const bool closed = parts.size() > 1 && !is_single(part.expression) && !stacked;
    text += closed ? in_parentheses(notation, one_part) : one_part;
  }
  if (parts.empty()) return "0";
  bool closed = parts.size() == 1;
  if (!std::holds_alternative<OneTerm>(denominator->term())) {
    const auto below = notation.write(denominator, symbols.names(), {});
    if (notation.stacked_fractions) {
      text = "\\frac{" + text + "}{" + below + "}";
    } else {
      if (!closed || !is_single(parts[0].expression)) text = in_parentheses(notation, text);
      text += " / " + (is_single(denominator) ? below : in_parentheses(notation, below));
    }
    closed = true;
  }
  if (!expectation_of) return text;
  // P(y) written alone is the name y.
  auto name = notation.write(probability({*expectation_of}), symbols.names(), {});
  name = name.substr(2, name.size() - 3);
  return std::string(notation.sum) + name + "} " + name + " " +
         (closed ? text : in_parentheses(notation, text));
}

}  // namespace

std::string signed_sum_text(const std::vector<SignedExpression>& parts,
                            const ExpressionPtr& denominator,
                            const std::optional<ExpressionVariable>& expectation_of,
                            const ValueSymbols& symbols) {
  return written(plain, parts, denominator, expectation_of, symbols);
}

std::string signed_sum_latex(const std::vector<SignedExpression>& parts,
                             const ExpressionPtr& denominator,
                             const std::optional<ExpressionVariable>& expectation_of,
                             const ValueSymbols& symbols) {
  return written(latex, parts, denominator, expectation_of, symbols);
}

}  // namespace causal_gym
