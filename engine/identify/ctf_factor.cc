#include "engine/identify/ctf_factor.h"

#include <algorithm>

#include "engine/expression/rename.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"
#include "engine/identify/effect_sets.h"

namespace causal_gym {
namespace {

NodeSet variables_of(const CtfFactor& factor) {
  NodeSet variables;
  for (const auto& member : factor.members) variables.insert(member.variable);
  return variables;
}

// The one value of each variable of a factor without conflict.
Renaming values_of(const CtfFactor& factor) {
  Renaming values;
  for (const auto& [variable, value, held] : factor.members) {
    values[variable] = value;
    for (const auto& [parent, symbol] : held) values[parent] = symbol;
  }
  return values;
}

KernelLink renamed(const KernelLink& link, const Renaming& values) {
  const auto symbol = [&](NodeId v) {
    const auto found = values.find(v);
    return found == values.end() ? v : found->second;
  };
  KernelLink result{symbol(link.variable), rename_free(link.expression, values), {}};
  for (const NodeId v : link.mentions) result.mentions.insert(symbol(v));
  return result;
}

// P(members | do(parents outside)) as one link.
KernelLink experimental_link(const CtfFactor& factor) {
  KernelLink link;
  std::vector<ExpressionVariable> variables;
  std::vector<ExpressionVariable> intervened;
  const auto inside = variables_of(factor);
  for (const auto& [variable, symbol] : values_of(factor)) {
    (inside.contains(variable) ? variables : intervened).push_back(symbol);
    link.mentions.insert(symbol);
  }
  link.variable = factor.members.back().value;
  link.expression = probability(std::move(variables), {}, std::move(intervened));
  return link;
}

tl::unexpected<Error> refused(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "this is no witness: " + what);
}

// Ids of the latent projection: those of the observed nodes, counted through.
std::vector<NodeId> projected_ids(const Graph& graph) {
  std::vector<NodeId> result(graph.node_count(), -1);
  NodeId next = 0;
  for (const NodeId v : graph.observed_nodes()) result[static_cast<std::size_t>(v)] = next++;
  return result;
}

// Is the set one district of its subgraph of the latent projection?
Status check_district(const Graph& projection, const std::vector<NodeId>& ids, const NodeSet& set) {
  NodeSet joined{*set.begin()};
  for (bool grown = true; grown;) {
    grown = false;
    for (const NodeId v : set - joined)
      for (const NodeId w : joined) {
        if (!projection.has_bidirected_edge(ids[static_cast<std::size_t>(v)],
                                            ids[static_cast<std::size_t>(w)]))
          continue;
        joined.insert(v);
        grown = true;
        break;
      }
  }
  if (joined != set) return refused("its variables are not one district");
  return {};
}

// Does each member hold exactly the parents of its variable?
Status check_held(const Graph& projection, const std::vector<NodeId>& ids,
                  const CtfFactor& factor) {
  for (const auto& member : factor.members) {
    NodeSet held;
    for (const auto& [parent, symbol] : member.held)
      held.insert(ids[static_cast<std::size_t>(parent)]);
    if (held != NodeSet(projection.parents(ids[static_cast<std::size_t>(member.variable)])))
      return refused("a member does not hold its parents");
  }
  return {};
}

// Does the symbol stand for the variable somewhere in the factor?
bool mentions(const CtfFactor& factor, NodeId variable, ExpressionVariable symbol) {
  return std::any_of(factor.members.begin(), factor.members.end(), [&](const auto& member) {
    if (member.variable == variable && member.value == symbol) return true;
    return std::find(member.held.begin(), member.held.end(), std::pair(variable, symbol)) !=
           member.held.end();
  });
}

Status check_conflict(const CtfFactor& factor, const ValueConflict& conflict) {
  if (!mentions(factor, conflict.variable, conflict.first) ||
      !mentions(factor, conflict.variable, conflict.second))
    return refused("a value of the conflict does not stand in the factor");
  const auto copies = std::count_if(
      factor.members.begin(), factor.members.end(),
      [&](const CtfFactorMember& member) { return member.variable == conflict.variable; });
  if (conflict.first == conflict.second && copies < 2)
    return refused("the variable has one value in one world");
  return {};
}

}  // namespace

std::optional<ValueConflict> value_conflict(const CtfFactor& factor) {
  Renaming values;
  for (const auto& member : factor.members)
    if (const auto [found, added] = values.emplace(member.variable, member.value); !added)
      return ValueConflict{member.variable, found->second, member.value};
  for (const auto& member : factor.members)
    for (const auto& [parent, symbol] : member.held)
      if (const auto [found, added] = values.emplace(parent, symbol);
          !added && found->second != symbol)
        return ValueConflict{parent, found->second, symbol};
  return std::nullopt;
}

Result<std::variant<IdentifiedCtfFactor, CtfFactorWitness>> identify_ctf_factor(
    const AdmgRows& rows, CtfFactor factor, AvailableData available, std::size_t& links_made,
    const Limits& limits) {
  if (auto conflict = value_conflict(factor))
    return CtfFactorWitness{std::move(factor), conflict, std::nullopt};
  if (available == AvailableData::experimental) {
    auto link = experimental_link(factor);
    return IdentifiedCtfFactor{std::move(factor), {}, {std::move(link)}};
  }
  const auto target = variables_of(factor);
  const auto within = ancestors(rows, target, rows.nodes);
  const auto around = district(rows, *target.begin(), within);
  links_made += around.size() * (1 + around.size() - target.size());
  CAUSAL_GYM_CHECKED(
      check_limit("links of c-factors to work through", links_made, limits.identification_links));
  auto found = identify_c_factor(rows, target, district_kernel(rows, within, around));
  if (const auto* failure = std::get_if<CFactorFailure>(&found)) {
    auto hedge = make_hedge(rows, failure->outer - target, target, failure->outer, target);
    return CtfFactorWitness{std::move(factor), std::nullopt, std::move(hedge)};
  }
  IdentifiedCtfFactor result{std::move(factor), std::move(std::get<CFactorDerivation>(found)), {}};
  const auto values = values_of(result.factor);
  for (const auto& link : result.derivation.kernel.links)
    result.links.push_back(renamed(link, values));
  return result;
}

std::string ctf_factor_text(const Graph& graph, const ValueSymbols& symbols,
                            const CtfFactor& factor) {
  std::string text;
  for (const auto& [variable, value, held] : factor.members) {
    CounterfactualEvent event{{variable, {}}, value};
    for (const auto& [parent, symbol] : held)
      event.term.subscript.push_back({parent, symbol, nullptr});
    text += (text.empty() ? "P(" : ", ") + counterfactual_text(graph, symbols, event);
  }
  return text + ")";
}

std::string witness_text(const Graph& graph, const ValueSymbols& symbols,
                         const CtfFactorWitness& witness) {
  const auto factor = ctf_factor_text(graph, symbols, witness.factor);
  if (witness.hedge)
    return factor + " cannot be had from observation: " + hedge_text(graph, *witness.hedge);
  const auto& [variable, first, second] = *witness.conflict;
  const auto name = [&](ExpressionVariable symbol) {
    return quoted_name(symbols.names()[static_cast<std::size_t>(symbol)]);
  };
  const auto shown = quoted_name(graph.name(variable));
  const auto what = first == second
                        ? shown + " in two worlds at once"
                        : shown + " at two values at once, " + name(first) + " and " + name(second);
  return factor + " speaks of " + what + ", tied together by latent causes: no data alone show it";
}

Status check_witness(const Graph& graph, const CtfFactorWitness& witness) {
  if (witness.factor.members.empty()) return refused("the factor is empty");
  const auto variables = variables_of(witness.factor);
  CAUSAL_GYM_CHECKED(check_observed(graph, variables, "ctf-factor"));
  for (const auto& member : witness.factor.members)
    for (const auto& [parent, symbol] : member.held)
      CAUSAL_GYM_CHECKED(check_observed(graph, {parent}, "ctf-factor"));
  CAUSAL_GYM_TRY(projection, latent_projection(graph));
  const auto ids = projected_ids(graph);
  CAUSAL_GYM_CHECKED(check_district(projection, ids, variables));
  CAUSAL_GYM_CHECKED(check_held(projection, ids, witness.factor));
  if (witness.conflict) return check_conflict(witness.factor, *witness.conflict);
  if (!witness.hedge) return refused("there is neither a conflict nor a hedge");
  if (value_conflict(witness.factor)) return refused("the factor with a hedge has a conflict");
  if (witness.hedge->inner != variables || witness.hedge->outcome != variables)
    return refused("the hedge is that of another effect");
  return check_hedge(graph, *witness.hedge);
}

}  // namespace causal_gym
