// Derivations of adjustment: P(y | do(x), z) = sum_w P(y | x, z, w) P(w | z).
//
// Where x has no effect on w, total probability over w, rule 2 and rule 3 do (Pearl 2009, section
// 3.3). The generalised criterion (Perkovic et al. 2018) also allows nodes in w that x changes, if
// they lead to the outcome through x alone. Of these, some set f is done as well, which rule 3 lets
// be when x is done; the effect is averaged over f with the weights that f has in P(v), and the
// others follow from f as they do when f is seen. Cost: the rules for each choice of f, at most
// 2^most_choices.
#pragma once

#include "engine/identify/proof.h"

namespace causal_gym {

// Nodes of w that descend from x and are tried in all combinations.
inline constexpr std::size_t most_choices = 8;

// The terms P(y | do(x), z) differ in y alone: one, or the two of a ratio; each step is made for
// all of them before the next. False when no way is found; steps may have been made then.
[[nodiscard]] bool derive_adjustment(const AdmgRows& rows, const std::vector<CausalTerm>& terms,
                                     const NodeSet& w, Proof& proof);

}  // namespace causal_gym
