// Derivations for people: plain text for terminals, and LaTeX.
#pragma once

#include <string>

#include "engine/identify/derivation.h"

namespace causal_gym {

// "G without arrows into x and out of z"; "G" when nothing is cut.
[[nodiscard]] std::string mutilated_graph_text(const Graph& graph,
                                               const SeparationStatement& statement);
// "y ⟂ x | z in G without arrows out of x"
[[nodiscard]] std::string separation_text(const Graph& graph, const SeparationStatement& statement);

// Why the step is right: "rule 2: y ⟂ x | z in G without arrows out of x", "total probability over
// z", "chain rule", ...
[[nodiscard]] std::string step_reason(const Graph& graph, const DerivationStep& step);

// The goal, then one block for each step: "= <whole>   <reason>". A reason that does not fit on the
// line stands on the next one, after the part that changes: "P(y | do(x), z) = P(y | x, z) by rule
// 2: ..". Lines over 100 characters are broken, where nesting is least.
[[nodiscard]] std::string derivation_text(const Graph& graph, const Derivation& derivation);

// An `aligned` block, one row for each step: expression && reason.
[[nodiscard]] std::string derivation_latex(const Graph& graph, const Derivation& derivation);

}  // namespace causal_gym
