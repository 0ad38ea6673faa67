#include "api/expression_json.h"

#include "engine/expression/print.h"

namespace causal_gym {

namespace {

using nlohmann::json;

struct TreeWriter {
  std::span<const std::string> names;

  [[nodiscard]] json list(const std::vector<ExpressionVariable>& variables) const {
    json texts = json::array();
    for (const auto v : variables) texts.push_back(names[static_cast<std::size_t>(v)]);
    return texts;
  }
  [[nodiscard]] json tree(const ExpressionPtr& expression) const {
    return std::visit(*this, expression->term());
  }

  json operator()(const ProbabilityTerm& term) const {
    json value = {{"op", "P"}, {"vars", list(term.variables)}, {"given", list(term.given)}};
    if (!term.intervened.empty()) value["do"] = list(term.intervened);
    return value;
  }
  json operator()(const SumTerm& term) const {
    return {{"op", "sum"}, {"over", list(term.over)}, {"expr", tree(term.expression)}};
  }
  json operator()(const ProductTerm& term) const {
    json arguments = json::array();
    for (const auto& factor : term.factors) arguments.push_back(tree(factor));
    return {{"op", "product"}, {"args", std::move(arguments)}};
  }
  json operator()(const FractionTerm& term) const {
    return {{"op", "fraction"}, {"num", tree(term.numerator)}, {"den", tree(term.denominator)}};
  }
  json operator()(const OneTerm&) const { return {{"op", "one"}}; }
};

}  // namespace

json expression_json(const ExpressionPtr& expression, std::span<const std::string> names) {
  return {{"text", expression_text(expression, names)},
          {"latex", expression_latex(expression, names)},
          {"tree", TreeWriter{names}.tree(expression)}};
}

}  // namespace causal_gym
