// C-factors: Q[C] = P(c | do(v - c)), the law of the nodes C when all others are held, and how one
// follows from another.
//
// A c-factor is kept as a chain: for each node of C in topological order, its distribution given
// the earlier ones, everything outside C held. The product of the chain is the c-factor, its head
// sums out to one from the end, and the chain of a district is part of the chain around it; so most
// sums that the papers write never arise.
// Source: Tian & Pearl 2002, AAAI (c-factors, lemmas 3 and 4); Huang & Valtorta 2006, UAI
// (Identify, complete); Tian 2002 (pillows in the conditions). Cost: O(n^2) operations on sets for
// one c-factor, beside the size of its expression.
#pragma once

#include <variant>
#include <vector>

#include "engine/expression/expression.h"
#include "engine/graph/admg_rows.h"

namespace causal_gym {

// One link of a chain: the distribution of `variable`, an expression that sums to one over it.
struct KernelLink {
  NodeId variable = 0;
  ExpressionPtr expression;
  NodeSet mentions;  // the expression's free variables
};

struct Kernel {
  NodeSet of;
  std::vector<KernelLink> links;  // in topological order; one for each node of `of`
};

// Which distribution the P of a base kernel speaks of: P^population(. | do(intervened), given).
struct KernelSource {
  NodeSet intervened;
  std::int32_t population = 0;
  NodeSet given;  // stands among the conditions of every link
  NodeSet
      pinned;  // nodes that get no link: `given` and its ancestors, which come first in the order
};

// The chain of a district of the subgraph `within`, which must be closed under ancestors in the
// source's graph (its intervened nodes left out): P(v | pillow of v) for each node, where the
// pillow is what separates v from all other earlier nodes: its district among them, and the
// parents of that.
[[nodiscard]] Kernel district_kernel(const AdmgRows& rows, const NodeSet& within,
                                     const NodeSet& district, const KernelSource& source = {});

// The chain of `keep`, which is closed under ancestors within kernel.of; links are made for
// `wanted` alone, a part of `keep`.
[[nodiscard]] Kernel marginal_kernel(const Kernel& kernel, const NodeSet& keep,
                                     const NodeSet& wanted);

// One round of Identify: from Q[T], summing gives Q[ancestral], of which Q[district] is a factor.
struct CFactorStep {
  NodeSet ancestral;
  NodeSet district;
};

// Why Q[inner] does not follow from Q[outer]: both are districts of the subgraph over them, and
// every node of the outer is an ancestor of the inner in it. With them come the two forests that
// have the same roots (Shpitser & Pearl 2006): a hedge.
struct CFactorFailure {
  NodeSet outer;
  NodeSet inner;
};

struct CFactorDerivation {  // how Q[of] followed from a base kernel
  NodeSet base;             // the district of the base kernel
  std::vector<CFactorStep> steps;
  Kernel kernel;  // Q[of]
};

// Q[target] from the kernel of a district that holds it; target is itself one district in its own
// subgraph. Nodes of `pinned` cannot be summed: their law is not known, only that of the others
// given them (Bareinboim & Tian 2015); a c-factor with one of them is not reached.
[[nodiscard]] std::variant<CFactorDerivation, CFactorFailure> identify_c_factor(
    const AdmgRows& rows, const NodeSet& target, Kernel kernel, const NodeSet& pinned = {});

// sum over `over` of the product of the links: what is summed last and mentioned nowhere else falls
// away, what a sum does not reach stands outside it. The links are in topological order and hold
// `over`.
[[nodiscard]] ExpressionPtr chain_sum(const NodeSet& over, std::vector<KernelLink> links);

}  // namespace causal_gym
