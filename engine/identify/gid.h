// Can P(y | do(x), given) be had from a list of available distributions: observation, experiments
// on other variables, other populations, selected samples?
//
// The effect is a sum over a product of c-factors; each is sought in every distribution
// (source_view.h), and the shortest is taken. Rule 2 first sets the conditions that it can. With
// experiments this is gID (of which zID and ID are cases), with populations it is transport and
// mz-transport, with both gTR.
//
// Complete when every distribution measures all that any of them speaks of, given nothing: "no"
// then comes with a thicket. Otherwise the query is also asked of graphs in which unmeasured nodes
// are latent; what is found is right, and "no" is said only when it would be "no" with everything
// measured; else the verdict is `unknown`, for lack of a complete method.
// Source: Bareinboim & Pearl 2012 (zID) and 2014 (mz-transport); Lee, Correa & Bareinboim 2019
// (gID) and 2020 (gTR); Kivva et al. 2022 (gID's proof) and 2023 (conditional gID is complete);
// Lee & Bareinboim 2020 (partial measurement); Bareinboim & Tian 2015 and Correa, Tian &
// Bareinboim 2018 (selection).
// Cost: sources * districts c-factors, for each projection tried.
#pragma once

#include "engine/identify/identify.h"
#include "engine/identify/thicket.h"

namespace causal_gym {

struct FactorSource {  // a c-factor of the estimand and how it was had
  NodeSet c_factor;
  std::size_t source = 0;                 // in the list of available distributions
  NodeSet base;                           // the district there that it is a part of
  std::vector<CFactorStep> steps;         // of Identify
  std::vector<std::size_t> completed_by;  // sources of the law of what that one is known given
};

struct GeneralIdentification {
  Verdict verdict = Verdict::unknown;
  // Over terms with do() and populations, as the list gives them; null unless identifiable.
  ExpressionPtr estimand;
  std::string reason;                   // one sentence for people
  NodeSet set_instead;                  // conditions that rule 2 turns into interventions
  std::optional<std::size_t> direct;    // the one distribution of which the effect is a term
  std::vector<FactorSource> c_factors;  // empty when direct
  NodeSet hidden;  // nodes that were treated as latent, because not all distributions measure them
  NodeSet free;    // as in Identification
  std::vector<ExpressionPtr> positive;  // likewise
  std::optional<Thicket> thicket;  // when not identifiable, unless no distribution speaks of a node
  std::string limit;               // when unknown: the limit that ended the search, if one did
};

// populations[i] names population i in sentences. Errors: invalid_argument (target, list; a node
// asked about that a sample is selected by), cancelled.
[[nodiscard]] Result<GeneralIdentification> identify_from(
    const Graph& graph, const EffectTarget& target,
    std::span<const AvailableDistribution> available, const CancellationToken& cancellation = {},
    const Limits& limits = {}, std::span<const std::string> populations = {});

}  // namespace causal_gym
