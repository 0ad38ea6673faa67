// Verma constraints: what a graph with latent causes says of the data beyond conditional
// independencies.
//
// A c-factor depends on its nodes and their parents alone. Where its expression mentions more, its
// value must be the same whatever those further variables are: a functional constraint. All
// c-factors that follow from a district by summing out nodes without children in it are looked at.
// Source: Verma & Pearl 1990; Tian & Pearl 2002, UAI, "On the testable implications of causal
// models with hidden variables". Cost: one c-factor for each set of nodes looked at.
#pragma once

#include <vector>

#include "engine/base/cancellation.h"
#include "engine/identify/c_factor.h"

namespace causal_gym {

struct VermaConstraint {
  NodeId variable = 0;  // whose distribution the expression is, in the c-factor `of`
  NodeSet of;
  ExpressionPtr expression;  // simplified; over observed probabilities
  NodeSet independent_of;    // it mentions these, and has the same value for each of their states
};

struct VermaListing {
  std::vector<VermaConstraint> constraints;  // no two with the same expression
  bool complete = true;  // false when something was left out, or the search ended early
};

// `limit` bounds the c-factors that are looked at. Expressions of more than 500 symbols, and
// c-factors of districts of more than 60 nodes, which nobody could test, are left out.
[[nodiscard]] VermaListing verma_constraints(const AdmgRows& rows, std::size_t limit = 1'000,
                                             const CancellationToken& cancellation = {});

}  // namespace causal_gym
