#include "engine/identify/counterfactual_event.h"

#include <algorithm>

#include "engine/graph/text.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

Status check_symbol(const Graph& graph, const ValueSymbols& symbols, NodeId variable,
                    ExpressionVariable symbol) {
  if (symbol < 0 || static_cast<std::size_t>(symbol) >= symbols.size())
    return fail(ErrorCode::invalid_argument,
                "the value of '" + graph.name(variable) + "' is no symbol that is known");
  if (symbols.base(symbol) == variable) return {};
  return fail(ErrorCode::invalid_argument, "'" + symbols.names()[static_cast<std::size_t>(symbol)] +
                                               "' is no value of '" + graph.name(variable) + "'");
}

Status check_term_at(const Graph& graph, const ValueSymbols& symbols,
                     const CounterfactualTerm& term, std::size_t depth, const Limits& limits) {
  CAUSAL_GYM_CHECKED(
      check_limit("counterfactuals nested in one another", depth, limits.query_depth));
  const auto role = depth == 0 ? "counterfactual event" : "nested counterfactual";
  CAUSAL_GYM_CHECKED(check_observed(graph, {term.variable}, role));
  NodeSet set;
  for (const auto& [variable, value, nested] : term.subscript) {
    CAUSAL_GYM_CHECKED(check_observed(graph, {variable}, "subscript of a counterfactual"));
    if (set.contains(variable))
      return fail(ErrorCode::invalid_argument,
                  "'" + graph.name(variable) + "' is set twice in one world");
    set.insert(variable);
    if (!nested) {
      CAUSAL_GYM_CHECKED(check_symbol(graph, symbols, variable, value));
      continue;
    }
    CAUSAL_GYM_CHECKED(check_term_at(graph, symbols, *nested, depth + 1, limits));
    if (nested->variable != variable)
      return fail(ErrorCode::invalid_argument, "'" + graph.name(variable) +
                                                   "' cannot be set to a counterfactual of '" +
                                                   graph.name(nested->variable) + "'");
  }
  return {};
}

}  // namespace

ValueSymbols::ValueSymbols(const Graph& graph) {
  for (std::size_t v = 0; v < graph.node_count(); ++v) {
    bases_.push_back(static_cast<NodeId>(v));
    names_.push_back(graph.name(static_cast<NodeId>(v)));
  }
}

ExpressionVariable ValueSymbols::add(NodeId base) {
  auto name = names_[static_cast<std::size_t>(base)];
  do {
    name += '\'';
  } while (std::find(names_.begin(), names_.end(), name) != names_.end());
  names_.push_back(std::move(name));
  bases_.push_back(base);
  return static_cast<ExpressionVariable>(bases_.size() - 1);
}

Status check_term(const Graph& graph, const ValueSymbols& symbols, const CounterfactualTerm& term,
                  const Limits& limits) {
  return check_term_at(graph, symbols, term, 0, limits);
}

Status check_event(const Graph& graph, const ValueSymbols& symbols,
                   const CounterfactualEvent& event, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_term(graph, symbols, event.term, limits));
  return check_symbol(graph, symbols, event.term.variable, event.value);
}

std::string counterfactual_text(const Graph& graph, const ValueSymbols& symbols,
                                const CounterfactualTerm& term) {
  auto text = quoted_name(graph.name(term.variable));
  for (const auto& [variable, value, nested] : term.subscript) {
    text += &variable == &term.subscript.front().variable ? "[" : ", ";
    text += nested ? counterfactual_text(graph, symbols, *nested)
                   : quoted_name(graph.name(variable)) + "=" +
                         quoted_name(symbols.names()[static_cast<std::size_t>(value)]);
  }
  return term.subscript.empty() ? text : text + "]";
}

std::string counterfactual_text(const Graph& graph, const ValueSymbols& symbols,
                                const CounterfactualEvent& event) {
  return counterfactual_text(graph, symbols, event.term) + "=" +
         quoted_name(symbols.names()[static_cast<std::size_t>(event.value)]);
}

}  // namespace causal_gym
