#include "engine/identify/set_enumeration.h"

#include <algorithm>

namespace causal_gym {

Result<SetListing> enumerate_sets(const NodeSet& must, const NodeSet& candidates,
                                  const SetExists& exists, std::size_t limit,
                                  const CancellationToken& cancellation) {
  struct Branch {
    NodeSet in;
    NodeSet out;
    std::size_t decided;  // how many candidates
  };
  const auto order = (candidates - must).to_vector();
  SetListing listing;
  std::vector<Branch> open;
  CAUSAL_GYM_TRY(any, exists(must, {}));
  if (any) open.push_back({must, {}, 0});
  while (!open.empty()) {
    if (listing.sets.size() >= limit || cancellation.cancelled()) {
      listing.complete = false;
      break;
    }
    const auto branch = std::move(open.back());
    open.pop_back();
    if (branch.decided == order.size()) {
      listing.sets.push_back(branch.in);
      continue;
    }
    const NodeSet v{order[branch.decided]};
    CAUSAL_GYM_TRY(with, exists(branch.in | v, branch.out));
    if (with) open.push_back({branch.in | v, branch.out, branch.decided + 1});
    CAUSAL_GYM_TRY(without, exists(branch.in, branch.out | v));
    if (without) open.push_back({branch.in, branch.out | v, branch.decided + 1});
  }
  std::sort(listing.sets.begin(), listing.sets.end(), smaller_set_first);
  return listing;
}

}  // namespace causal_gym
