// Every set between two bounds that a criterion accepts, when it is easy to say whether one exists.
//
// Candidates are decided one by one, and a branch is entered only when it holds a set, so that no
// work is in vain. Source: van der Zander, Liskiewicz & Textor 2019, Artificial Intelligence 270,
// section 5. Cost: at most 2 n questions from one set to the next, for n candidates.
#pragma once

#include <functional>

#include "engine/base/cancellation.h"
#include "engine/identify/minimal_separators.h"

namespace causal_gym {

// Is there an accepted set that holds `must` and nothing of `must_not`?
using SetExists = std::function<Result<bool>(const NodeSet& must, const NodeSet& must_not)>;

// All accepted sets that hold `must` and otherwise only candidates, at most `limit` of them,
// smaller first. Errors: those of `exists`.
[[nodiscard]] Result<SetListing> enumerate_sets(const NodeSet& must, const NodeSet& candidates,
                                                const SetExists& exists, std::size_t limit,
                                                const CancellationToken& cancellation = {});

}  // namespace causal_gym
