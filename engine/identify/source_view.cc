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

// The district of a source that holds the target, and what is below it.
struct Around {
  NodeSet within;
  NodeSet district;
};

Around around(const SourceView& source, const NodeSet& target) {
  auto within =
      ancestors(source.rows, target | source.kernel.given, source.held - source.kernel.intervened);
  auto nodes = district(source.rows, *target.begin(), within);
  return {std::move(within), std::move(nodes)};
}

Status charge(const Around& base, const NodeSet& target, LinkBudget& budget) {
  budget.made += base.district.size() * (1 + base.district.size() - target.size());
  return check_limit("links of c-factors to work through", budget.made, budget.limit);
}

// From the source alone.
Result<std::variant<CFactorDerivation, SourceRefusal>> alone(const AdmgRows& rows,
                                                             const SourceView& source,
                                                             const NodeSet& target,
                                                             const NodeSet& world,
                                                             LinkBudget& budget) {
  if (auto refusal = not_covered(source, target)) return *std::move(refusal);
  if (auto refusal = not_the_same(rows, source, target, world)) return *std::move(refusal);
  const auto base = around(source, target);
  CAUSAL_GYM_CHECKED(charge(base, target, budget));
  auto found = identify_c_factor(
      source.rows, target, district_kernel(source.rows, base.within, base.district, source.kernel),
      source.kernel.pinned);
  if (auto* failure = std::get_if<CFactorFailure>(&found))
    return SourceRefusal{Refusal::tied, std::move(failure->outer)};
  return std::get<CFactorDerivation>(std::move(found));
}

// The links of the pinned nodes of a district, each c-factor of theirs from the first other source
// that gives it where this one holds the rest; empty when one is not had.
Result<std::optional<SourcedCFactor>> pinned_links(const AdmgRows& rows,
                                                   std::span<const SourceView> sources,
                                                   std::size_t index, const Around& base,
                                                   LinkBudget& budget) {
  const auto& source = sources[index];
  SourcedCFactor pinned;
  for (const auto& part : districts(source.rows, source.kernel.pinned & base.within)) {
    if (!part.intersects(base.district)) continue;
    const auto law_of = ancestors(rows, part, rows.nodes - (source.held - part));
    if (part.intersects(source.selected) || law_of.intersects(source.differs)) return std::nullopt;
    bool had = false;
    for (std::size_t i = 0; i < sources.size() && !had; ++i) {
      if (i == index) continue;
      CAUSAL_GYM_TRY(found, alone(rows, sources[i], part, source.held, budget));
      auto* derivation = std::get_if<CFactorDerivation>(&found);
      if (derivation == nullptr) continue;
      had = true;
      pinned.completed_by.push_back(i);
      auto& links = pinned.derivation.kernel.links;
      std::move(derivation->kernel.links.begin(), derivation->kernel.links.end(),
                std::back_inserter(links));
    }
    if (!had) return std::nullopt;
  }
  return pinned;
}

// The kernel of the district with the links of its pinned nodes put in.
Kernel completed(const SourceView& source, const Around& base, std::vector<KernelLink> pinned) {
  auto kernel = district_kernel(source.rows, base.within, base.district, source.kernel);
  std::move(kernel.links.begin(), kernel.links.end(), std::back_inserter(pinned));
  kernel.links.clear();
  for (const NodeId v : source.rows.order)
    for (auto& link : pinned)
      if (link.variable == v) kernel.links.push_back(std::move(link));
  return kernel;
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

Result<std::variant<SourcedCFactor, SourceRefusal>> c_factor_from(
    const AdmgRows& rows, std::span<const SourceView> sources, std::size_t index,
    const NodeSet& target, const NodeSet& world, LinkBudget& budget) {
  const auto& source = sources[index];
  CAUSAL_GYM_TRY(found, alone(rows, source, target, world, budget));
  if (auto* derivation = std::get_if<CFactorDerivation>(&found))
    return SourcedCFactor{std::move(*derivation), {}};
  auto& refusal = std::get<SourceRefusal>(found);
  if (refusal.why != Refusal::tied || !refusal.nodes.intersects(source.kernel.pinned))
    return std::move(refusal);
  const auto base = around(source, target);
  CAUSAL_GYM_TRY(pinned, pinned_links(rows, sources, index, base, budget));
  if (!pinned) return std::move(refusal);
  CAUSAL_GYM_CHECKED(charge(base, target, budget));
  auto& links = pinned->derivation.kernel.links;
  auto with = identify_c_factor(source.rows, target, completed(source, base, std::move(links)));
  auto* derivation = std::get_if<CFactorDerivation>(&with);
  if (derivation == nullptr) return std::move(refusal);
  pinned->derivation = std::move(*derivation);
  return *std::move(pinned);
}

}  // namespace causal_gym
