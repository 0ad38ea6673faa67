#include "engine/identify/source_view.h"

#include <algorithm>

namespace causal_gym {
namespace {

// A latent node's own noise is in the law of exactly those observed nodes that it reaches through
// latent ones.
NodeSet observed_reach(const Graph& graph, const NodeSet& differs) {
  NodeSet reached = differs;
  auto open = differs.to_vector();
  while (!open.empty()) {
    const NodeId v = open.back();
    open.pop_back();
    if (!graph.is_latent(v)) continue;
    for (const NodeId child : graph.children(v)) {
      if (reached.contains(child)) continue;
      reached.insert(child);
      open.push_back(child);
    }
  }
  return reached & graph.observed_nodes();
}

// Nodes of the c-factor that the distribution has no law of.
std::optional<SourceRefusal> not_covered(const SourceView& source, const NodeSet& target) {
  if (target.intersects(source.kernel.intervened))
    return SourceRefusal{Refusal::intervened, target & source.kernel.intervened};
  if (!target.is_subset_of(source.held))
    return SourceRefusal{Refusal::unmeasured, target - source.held};
  if (target.intersects(source.kernel.pinned))
    return SourceRefusal{Refusal::conditioned, target & source.kernel.pinned};
  return std::nullopt;
}

// Why Q[target] is another function there than in the target population, if it is.
std::optional<SourceRefusal> not_the_same(const AdmgRows& rows, const SourceView& source,
                                          const NodeSet& target, const NodeSet& world) {
  // The nodes that are held on both sides; a selected node is held at one value alone.
  const auto held = (world & source.held) - target - source.selected;
  const auto law_of = ancestors(rows, target, rows.nodes - held);
  const auto on_one_side = law_of & ((world | source.held) - target);
  if (!on_one_side.empty()) return SourceRefusal{Refusal::unmeasured, on_one_side};
  if (law_of.intersects(source.differs))
    return SourceRefusal{Refusal::differs, law_of & source.differs};
  // A sum over the world's nodes would put a selected one in states of which nothing is known.
  if (world.intersects(source.selected))
    return SourceRefusal{Refusal::conditioned, world & source.selected};
  return std::nullopt;
}

}  // namespace

SourceView source_view(const Graph& graph, const AdmgRows& rows,
                       const AvailableDistribution& available, std::int32_t population) {
  SourceView source;
  source.measured = measured_nodes(graph, available);
  source.selected = available.selected;
  const auto given = available.given | available.selected;
  source.held = source.measured | given | available.intervened;
  source.differs = observed_reach(graph, available.differs);
  source.rows = projected_onto(rows, source.held);
  const auto pinned = ancestors(source.rows, given, source.held - available.intervened);
  std::stable_partition(source.rows.order.begin(), source.rows.order.end(),
                        [&](NodeId v) { return pinned.contains(v); });
  source.kernel = {available.intervened, population, given, pinned};
  return source;
}

Result<std::variant<CFactorDerivation, SourceRefusal>> c_factor_from(const AdmgRows& rows,
                                                                     const SourceView& source,
                                                                     const NodeSet& target,
                                                                     const NodeSet& world,
                                                                     LinkBudget& budget) {
  if (auto refusal = not_covered(source, target)) return *std::move(refusal);
  if (auto refusal = not_the_same(rows, source, target, world)) return *std::move(refusal);
  const auto& kernel = source.kernel;
  const auto within =
      ancestors(source.rows, target | kernel.given, source.held - kernel.intervened);
  const auto around = district(source.rows, *target.begin(), within);
  budget.made += around.size() * (1 + around.size() - target.size());
  CAUSAL_GYM_CHECKED(check_limit("links of c-factors to work through", budget.made, budget.limit));
  auto found = identify_c_factor(
      source.rows, target, district_kernel(source.rows, within, around, kernel), kernel.pinned);
  if (auto* failure = std::get_if<CFactorFailure>(&found))
    return SourceRefusal{Refusal::tied, std::move(failure->outer)};
  return std::get<CFactorDerivation>(std::move(found));
}

}  // namespace causal_gym
