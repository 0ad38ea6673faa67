#include "engine/identify/derivation_text.h"

#include <algorithm>

#include "engine/expression/print.h"
#include "engine/graph/text.h"

namespace causal_gym {
namespace {

constexpr std::size_t columns = 100;

std::string list(const Graph& graph, const NodeSet& set) {
  std::string text;
  for (const NodeId v : set) text += (text.empty() ? "" : ", ") + quoted_name(graph.name(v));
  return text;
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t width(std::string_view text) {  // characters of UTF-8
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

// Where to break a line that is too long: the last of the least nested spaces in its second half;
// its whole length when there is none.
std::size_t place_to_break(std::string_view text) {
  std::size_t best = text.size();
  int best_depth = 0;
  int depth = 0;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size() && column < columns; ++i) {
    column += begins_character(text[i]) ? 1 : 0;
    if (text[i] == '(' || text[i] == '{') ++depth;
    if (text[i] == ')' || text[i] == '}') --depth;
    if (text[i] != ' ' || column < columns / 2) continue;
    if (best < text.size() && depth > best_depth) continue;
    best = i;
    best_depth = depth;
  }
  return best;
}

std::string wrapped(std::string text) {
  std::string lines;
  while (width(text) > columns) {
    const auto at = place_to_break(text);
    if (at == text.size()) break;
    lines += text.substr(0, at) + "\n";
    text = std::string(8, ' ') + text.substr(at + 1);
  }
  return lines + text + "\n";
}

bool is_rule(DerivationStepKind kind) {
  return kind == DerivationStepKind::rule_1 || kind == DerivationStepKind::rule_2 ||
         kind == DerivationStepKind::rule_3;
}

std::string law_name(DerivationStepKind kind) {
  switch (kind) {
    case DerivationStepKind::rule_1: return "rule 1";
    case DerivationStepKind::rule_2: return "rule 2";
    case DerivationStepKind::rule_3: return "rule 3";
    case DerivationStepKind::total_probability: return "total probability";
    case DerivationStepKind::chain_rule: return "chain rule";
    case DerivationStepKind::conditional_probability:
      return "definition of conditional probability";
    case DerivationStepKind::algebra: return "algebra";
  }
  return "algebra";
}

// What a law sums over; empty for other steps.
std::vector<ExpressionVariable> summed_by(const DerivationStep& step) {
  if (step.kind != DerivationStepKind::total_probability) return {};
  for (const auto& side : {step.to, step.from})
    if (const auto* sum = std::get_if<SumTerm>(&side->term())) return sum->over;
  return {};
}

std::string reason_latex(const DerivationStep& step, const std::vector<std::string>& names) {
  const auto set = [&](const NodeSet& nodes) { return variables_latex(nodes.to_vector(), names); };
  std::string text = "\\text{" + law_name(step.kind);
  const auto summed = summed_by(step);
  if (!summed.empty()) return text + " over } " + variables_latex(summed, names);
  if (!step.separation) return text + "}";
  const auto& s = *step.separation;
  text += ": } " + set(s.left) + " \\perp " + set(s.right);
  if (!s.given.empty()) text += " \\mid " + set(s.given);
  text += " \\text{ in } G";
  if (s.no_incoming.empty() && s.no_outgoing.empty()) return text;
  text += "_{";
  if (!s.no_incoming.empty()) text += "\\overline{" + set(s.no_incoming) + "}";
  if (!s.no_outgoing.empty()) text += "\\underline{" + set(s.no_outgoing) + "}";
  return text + "}";
}

}  // namespace

std::string mutilated_graph_text(const Graph& graph, const SeparationStatement& statement) {
  const auto& [left, right, given, no_incoming, no_outgoing] = statement;
  if (no_incoming.empty() && no_outgoing.empty()) return "G";
  std::string text = "G without arrows";
  if (!no_incoming.empty()) text += " into " + list(graph, no_incoming);
  if (!no_incoming.empty() && !no_outgoing.empty()) text += " and";
  if (!no_outgoing.empty()) text += " out of " + list(graph, no_outgoing);
  return text;
}

std::string separation_text(const Graph& graph, const SeparationStatement& statement) {
  auto text = list(graph, statement.left) + " ⟂ " + list(graph, statement.right);
  if (!statement.given.empty()) text += " | " + list(graph, statement.given);
  return text + " in " + mutilated_graph_text(graph, statement);
}

std::string step_reason(const Graph& graph, const DerivationStep& step) {
  auto text = law_name(step.kind);
  const auto summed = summed_by(step);
  if (!summed.empty()) text += " over " + list(graph, NodeSet(std::span(summed)));
  if (step.separation) text += ": " + separation_text(graph, *step.separation);
  return text;
}

std::string derivation_text(const Graph& graph, const Derivation& derivation) {
  const auto names = graph.names();
  auto text = wrapped("  " + expression_text(derivation.goal, names));
  for (const auto& step : derivation.steps) {
    auto line = "= " + expression_text(step.whole, names);
    auto reason = step_reason(graph, step);
    if (width(line) + 3 + width(reason) <= columns) {
      text.append(line).append("   ").append(reason).append("\n");
      continue;
    }
    if (is_rule(step.kind))
      reason.insert(
          0, expression_text(step.from, names) + " = " + expression_text(step.to, names) + " by ");
    text.append(wrapped(std::move(line))).append(wrapped("      " + reason));
  }
  return text;
}

std::string derivation_latex(const Graph& graph, const Derivation& derivation) {
  const auto names = graph.names();
  std::string text = "\\begin{aligned}\n" + expression_latex(derivation.goal, names);
  for (const auto& step : derivation.steps) {
    text += "\n  &= " + expression_latex(step.whole, names) + " && " + reason_latex(step, names);
    text += &step == &derivation.steps.back() ? "" : " \\\\";
  }
  return text + "\n\\end{aligned}\n";
}

}  // namespace causal_gym
