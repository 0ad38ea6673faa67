// The witness that an effect cannot be had from a list of distributions: a c-factor that is needed,
// and for each distribution what hides it there.
//
// The c-factor is a district of what leads to the outcome when the treatment is cut off. A
// distribution hides it by setting a node of it, by having another mechanism in it, or by a hedge:
// more nodes that latent causes tie to it, all of them its ancestors, none of them set. Two models
// then agree on every distribution and differ in the effect.
// Source: Lee, Correa & Bareinboim 2019, definition 4 and theorem 2 (thickets), and 2020 (with
// selection nodes); Kivva et al. 2022 (the proof, for positive models). Cost: O(n + m) a source.
#pragma once

#include <string>
#include <vector>

#include "engine/identify/source_view.h"

namespace causal_gym {

struct Thicket {
  NodeSet treatment;  // the effect that is forbidden: for a conditional one, with the conditions
  NodeSet outcome;    // that may be set among the treatment, and the others in the outcome
  NodeSet c_factor;
  std::vector<SourceRefusal> refusals;  // one for each distribution, none of them `unmeasured` or
                                        // `conditioned`; for `tied`, `nodes` is the outer forest
};

// Is this a thicket? Ok, or invalid_argument that says which part of the definition fails. Every
// distribution is taken to measure all that any of them speaks of. Reads nothing but the graph and
// the definition.
[[nodiscard]] Status check_thicket(const Graph& graph,
                                   std::span<const AvailableDistribution> available,
                                   const Thicket& thicket);

// "in P(v | do(z)), z is set": why one distribution does not give the c-factor.
[[nodiscard]] std::string refusal_text(const Graph& graph, const AvailableDistribution& available,
                                       const SourceRefusal& refusal,
                                       std::span<const std::string> populations = {});

}  // namespace causal_gym
