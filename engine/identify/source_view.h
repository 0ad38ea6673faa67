// An available distribution as the c-factor machine sees it, and the c-factors to be had from it.
//
// Its graph is the latent projection onto what it speaks of, with what it sets taken out. Q[C] of
// the target is Q[C] there when the nodes that C's law is made of are the same in both: no
// selection node points to them, and none of them is held on one side alone (do-calculus rule 3).
// A distribution known only given some nodes says nothing of the law of these and their ancestors
// (they are pinned), and everything of the others given them.
// Source: Lee, Correa & Bareinboim 2019, UAI, and 2020, AAAI; Lee & Bareinboim 2020, ICML
// (measured in part); Bareinboim & Tian 2015, AAAI (selection). Cost: that of c_factor.h.
#pragma once

#include <variant>

#include "engine/identify/available.h"
#include "engine/identify/c_factor.h"

namespace causal_gym {

struct SourceView {
  KernelSource kernel;  // population: the number that its terms carry
  NodeSet measured;
  NodeSet selected;
  NodeSet held;     // all it speaks of: measured, set, given, selected
  NodeSet differs;  // observed; a latent node that differs stands for the nodes it reaches
  AdmgRows rows;    // projected onto `held`; pinned nodes first in the order
};

[[nodiscard]] SourceView source_view(const Graph& graph, const AdmgRows& rows,
                                     const AvailableDistribution& available,
                                     std::int32_t population);

// Why a c-factor does not follow from a distribution.
enum class Refusal {
  intervened,   // `nodes` of it are set there
  differs,      // `nodes` of its mechanisms are others in that population
  unmeasured,   // `nodes` that its law depends on are not measured there
  conditioned,  // `nodes` are conditions there or lead to one, and it depends on their law
  tied,         // latent causes tie it to more nodes, `nodes`, that cannot be summed out
};

struct SourceRefusal {
  Refusal why = Refusal::tied;
  NodeSet nodes;
};

// Counts the links that the machine works through in one identification.
struct LinkBudget {
  std::size_t limit = 0;
  std::size_t made = 0;
};

struct SourcedCFactor {
  CFactorDerivation derivation;
  std::vector<std::size_t> completed_by;  // sources of the law of pinned nodes, where it was needed
};

// Q[target] from sources[index], where exactly the other nodes of `world` are held; these may be
// summed over. A pinned node that must be summed takes its law from another source, when the two
// share it (Correa, Tian & Bareinboim 2018: biased and unbiased data). `rows`: all observed nodes;
// target: a district of its own subgraph in the projection onto `world`. Errors: limit_exceeded
// (the budget).
[[nodiscard]] Result<std::variant<SourcedCFactor, SourceRefusal>> c_factor_from(
    const AdmgRows& rows, std::span<const SourceView> sources, std::size_t index,
    const NodeSet& target, const NodeSet& world, LinkBudget& budget);

}  // namespace causal_gym
