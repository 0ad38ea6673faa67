// Derivations of what the c-factor machine finds (c_factor.h, id.h, idc.h), as do-calculus.
//
// With T the district in hand, a link of its chain stands for P(v | earlier of T, do(parents of T
// outside it)): the same as with all other nodes done, by rule 3. The effect is a sum over a
// product of such terms (total probability, chain rule, rule 2 for what is seen outside the
// district, rule 3). From the district T' around it in the ancestral part A of T, a term follows
// by rules 2 and 3 from P(v | earlier of A, do(..)), which is a ratio of sums over T - A of chains
// over T. At the district in P(v) itself, rules 2, 3 and 1 lead to P(v | pillow). A term whose link
// is already of this form is tried at once. Source: Tian & Pearl 2002; Huang & Valtorta 2006 (the
// machine); Shpitser & Pearl 2006, theorem 7 (do-calculus suffices). Cost: each link is worked out
// once for each district around it.
#pragma once

#include "engine/identify/idc.h"
#include "engine/identify/proof.h"

namespace causal_gym {

// Leads the proof from P(y | do(x), z), its goal, to the product of links that `answer` sums.
// Errors: not_determined (a search of rules found none), cancelled.
[[nodiscard]] Status derive_general(const AdmgRows& rows, const CausalTerm& goal,
                                    const IdcAnswer& answer, Proof& proof,
                                    const CancellationToken& cancellation = {});

}  // namespace causal_gym
