// Is an effect one term of an available distribution, as it stands?
//
// Uses do-calculus alone: a condition of the query that is not measured may be dropped (rule 1),
// one may be set (rule 2), more may be set and some of it left alone (rule 3), what is set may be
// seen (rule 2), conditions and selection nodes may be added (rule 1). So P(y | x) is recovered
// from a sample selected by s when y and s are separated given x, and
// P(y | do(x)) is transported as it is when selection nodes are separated from y
// (S-admissibility with an empty set).
// Source: Pearl & Bareinboim 2011, AAAI (direct transportability); Bareinboim, Tian & Pearl 2014,
// AAAI (recoverability, theorem 1: complete for conditional probabilities). Cost: |x| + six
// separations.
#pragma once

#include "engine/identify/identify.h"
#include "engine/identify/source_view.h"

namespace causal_gym {

// P(outcome | do(treatment), given) as a term of the source, or null. `rows`: all observed nodes.
[[nodiscard]] ExpressionPtr direct_term(const AdmgRows& rows, const SourceView& source,
                                        const EffectTarget& target);

}  // namespace causal_gym
