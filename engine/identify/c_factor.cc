#include "engine/identify/c_factor.h"

#include "engine/base/check.h"

namespace causal_gym {
namespace {

// Links that say nothing once `over` is summed: each is last of those left, and its own variable is
// summed and mentioned by no other. Returns what of `over` is left.
NodeSet drop_what_sums_to_one(NodeSet over, std::vector<KernelLink>& links) {
  NodeSet mentioned_later;
  std::vector<KernelLink> kept;
  for (std::size_t i = links.size(); i-- > 0;) {
    const auto v = links[i].variable;
    if (over.contains(v) && !mentioned_later.contains(v)) {
      over.erase(v);
      continue;
    }
    mentioned_later |= links[i].mentions;
    kept.push_back(std::move(links[i]));
  }
  links.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  return over;
}

ExpressionPtr product_of(const std::vector<KernelLink>& links) {
  std::vector<ExpressionPtr> factors;
  factors.reserve(links.size());
  for (const auto& link : links) factors.push_back(link.expression);
  return product(std::move(factors));
}

// What a link of the marginal is made of: the links that hang together with it through summed
// variables, and those variables. Links elsewhere are the same above and below the fraction.
struct Entangled {
  NodeSet summed;
  std::vector<KernelLink> links;  // without the link itself
};

Entangled entangled_with(const KernelLink& link, std::span<const KernelLink> earlier,
                         const NodeSet& summed) {
  NodeSet reached = link.mentions & summed;
  std::vector<bool> taken(earlier.size(), false);
  for (bool grown = !reached.empty(); grown;) {
    grown = false;
    for (std::size_t j = 0; j < earlier.size(); ++j) {
      if (taken[j] || !earlier[j].mentions.intersects(reached)) continue;
      taken[j] = grown = true;
      reached |= earlier[j].mentions & summed;
    }
  }
  Entangled result{std::move(reached), {}};
  for (std::size_t j = 0; j < earlier.size(); ++j)
    if (taken[j]) result.links.push_back(earlier[j]);
  return result;
}

// Among the variables of the links, those that are summed out before them.
KernelLink marginal_link(const KernelLink& link, std::span<const KernelLink> earlier,
                         const NodeSet& summed) {
  auto around = entangled_with(link, earlier, summed);
  if (around.summed.empty()) return link;
  auto below = chain_sum(around.summed, around.links);
  NodeSet mentions = link.mentions;
  for (const auto& other : around.links) mentions |= other.mentions;
  around.links.push_back(link);
  auto above = chain_sum(around.summed, std::move(around.links));
  return {link.variable, fraction(std::move(above), std::move(below)), mentions - around.summed};
}

}  // namespace

Kernel district_kernel(const AdmgRows& rows, const NodeSet& within, const NodeSet& district_nodes,
                       const KernelSource& source) {
  Kernel kernel{district_nodes, {}};
  NodeSet earlier;
  for (const NodeId v : rows.order) {
    if (!within.contains(v)) continue;
    earlier.insert(v);
    if (!district_nodes.contains(v) || source.pinned.contains(v)) continue;
    auto pillow = district(rows, v, earlier);
    for (const NodeId w : pillow.to_vector())
      pillow |= rows.parents[static_cast<std::size_t>(w)] & within;
    pillow |= source.given;
    auto mentions = pillow | source.intervened;
    pillow.erase(v);
    kernel.links.push_back(
        {v, probability({v}, pillow.to_vector(), source.intervened.to_vector(), source.population),
         std::move(mentions)});
  }
  return kernel;
}

Kernel marginal_kernel(const Kernel& kernel, const NodeSet& keep, const NodeSet& wanted) {
  Kernel result{wanted, {}};
  NodeSet summed;
  for (std::size_t i = 0; i < kernel.links.size(); ++i) {
    const auto& link = kernel.links[i];
    if (!keep.contains(link.variable)) {
      summed.insert(link.variable);
    } else if (wanted.contains(link.variable)) {
      result.links.push_back(marginal_link(link, std::span(kernel.links).first(i), summed));
    }
  }
  return result;
}

std::variant<CFactorDerivation, CFactorFailure> identify_c_factor(const AdmgRows& rows,
                                                                  const NodeSet& target,
                                                                  Kernel kernel,
                                                                  const NodeSet& pinned) {
  CFactorDerivation derivation{kernel.of, {}, {}};
  while (kernel.of != target) {
    const auto ancestral = ancestors(rows, target | (pinned & kernel.of), kernel.of);
    if (ancestral == kernel.of) return CFactorFailure{kernel.of, target};
    auto around = district(rows, *target.begin(), ancestral);
    kernel = marginal_kernel(kernel, ancestral, around);
    derivation.steps.push_back({ancestral, std::move(around)});
  }
  derivation.kernel = std::move(kernel);
  return derivation;
}

ExpressionPtr chain_sum(const NodeSet& over, std::vector<KernelLink> links) {
  auto left = drop_what_sums_to_one(over, links);
  std::vector<ExpressionPtr> factors;
  std::vector<KernelLink> inside;
  for (auto& link : links) {
    if (link.mentions.intersects(left)) {
      inside.push_back(std::move(link));
    } else {
      factors.push_back(std::move(link.expression));
    }
  }
  // Links that share no summed variable are summed apart.
  while (!inside.empty()) {
    const auto first = inside.front();
    auto rest = std::vector<KernelLink>(inside.begin() + 1, inside.end());
    auto group = entangled_with(first, rest, left);
    std::vector<KernelLink> members{first};
    members.insert(members.end(), group.links.begin(), group.links.end());
    std::erase_if(inside, [&](const KernelLink& link) {
      return std::any_of(members.begin(), members.end(), [&](const KernelLink& member) {
        return member.variable == link.variable;
      });
    });
    factors.push_back(sum(group.summed.to_vector(), product_of(members)));
  }
  return product(std::move(factors));
}

}  // namespace causal_gym
