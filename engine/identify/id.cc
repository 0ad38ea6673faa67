#include "engine/identify/id.h"

namespace causal_gym {

std::vector<KernelLink> links_in_order(const AdmgRows& rows,
                                       const std::vector<CFactorDerivation>& c_factors) {
  std::vector<const KernelLink*> link_of(rows.parents.size(), nullptr);
  for (const auto& c_factor : c_factors)
    for (const auto& link : c_factor.kernel.links)
      link_of[static_cast<std::size_t>(link.variable)] = &link;
  std::vector<KernelLink> links;
  for (const NodeId v : rows.order)
    if (const auto* link = link_of[static_cast<std::size_t>(v)]) links.push_back(*link);
  return links;
}

Result<IdAnswer> identify_by_id(const AdmgRows& rows, const NodeSet& x, const NodeSet& y,
                                const Limits& limits, const CancellationToken& cancellation) {
  IdAnswer answer;
  answer.ancestral = ancestors(rows, y, rows.nodes);
  const auto relevant = ancestors(rows, y, answer.ancestral - x);
  answer.summed = relevant - y;
  std::size_t made = 0;
  for (const auto& target : districts(rows, relevant)) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    const auto around = district(rows, *target.begin(), answer.ancestral);
    made += around.size() * (1 + around.size() - target.size());
    CAUSAL_GYM_CHECKED(
        check_limit("links of c-factors to work through", made, limits.identification_links));
    auto found = identify_c_factor(rows, target, district_kernel(rows, answer.ancestral, around));
    if (const auto* failure = std::get_if<CFactorFailure>(&found)) {
      answer.hedge = make_hedge(rows, x, y, failure->outer, failure->inner);
      return answer;
    }
    answer.c_factors.push_back(std::move(std::get<CFactorDerivation>(found)));
  }
  answer.estimand = chain_sum(answer.summed, links_in_order(rows, answer.c_factors));
  return answer;
}

}  // namespace causal_gym
