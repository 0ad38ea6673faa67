#include "engine/identify/gid.h"

#include <algorithm>
#include <set>

#include "engine/expression/populations.h"
#include "engine/expression/simplify.h"
#include "engine/identify/direct_source.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/idc.h"

namespace causal_gym {
namespace {

// The query in one world: a set of nodes, the others latent.
struct Attempt {
  AdmgRows rows;
  NodeSet summed;
  std::vector<CFactorDerivation> c_factors;
  std::vector<FactorSource> sources;  // of the c-factors
  std::optional<Thicket> failed;      // at the first c-factor that no source gives
};

std::size_t written_size(const Kernel& kernel) {
  std::size_t size = 0;
  for (const auto& link : kernel.links) size += link.expression->written_size();
  return size;
}

NodeSet spoken_of(std::span<const SourceView> sources) {
  NodeSet spoken;
  for (const auto& source : sources) spoken |= source.held - source.selected;
  return spoken;
}

class Search {
 public:
  Search(const AdmgRows& rows, const EffectTarget& target, const Limits& limits,
         const CancellationToken& cancellation)
      : rows_(rows),
        target_(target),
        limits_(limits),
        cancellation_(cancellation),
        budget_{limits.identification_links, 0},
        set_instead_(set_instead_of_seen(rows, target.treatment, target.outcome, target.given)) {}

  [[nodiscard]] const NodeSet& set_instead() const { return set_instead_; }

  Result<Attempt> attempt(std::span<const SourceView> sources, const NodeSet& world) {
    return attempt_in(sources, world, projected_onto(rows_, world));
  }

  // The first world in which every c-factor is had; unmeasured nodes are left out of it, as few as
  // possible. Without one, the attempt with all nodes. A c-factor that fails fails in every smaller
  // world that keeps its nodes, their parents and what a sample is selected by, so that one of
  // these is left out next.
  Result<Attempt> attempt_worlds(std::span<const SourceView> sources, const NodeSet& world) {
    CAUSAL_GYM_TRY(first, attempt(sources, world));
    if (!first.failed) return first;
    const auto asked = target_.treatment | target_.outcome | target_.given;
    std::vector<NodeSet> hidden{NodeSet{}};  // from `world`, in the order of trying
    std::set<std::vector<NodeId>> known;
    const auto add_larger = [&](const NodeSet& tried, const Attempt& failed) {
      auto next = failed.failed->c_factor;
      for (const NodeId v : failed.failed->c_factor)
        next |= failed.rows.parents[static_cast<std::size_t>(v)];
      for (const auto& refusal : failed.failed->refusals)
        if (refusal.why == Refusal::conditioned) next |= refusal.nodes;
      for (const NodeId v : next - asked)
        if (auto more = tried | NodeSet{v};
            hidden.size() < limits_.identification_projections + 2 &&
            known.insert(more.to_vector()).second)
          hidden.push_back(std::move(more));
    };
    add_larger({}, first);
    for (std::size_t i = 1; i < hidden.size(); ++i) {
      CAUSAL_GYM_CHECKED(check_limit("projections tried", i, limits_.identification_projections));
      const auto tried = hidden[i];
      const auto smaller = world - tried;
      CAUSAL_GYM_TRY(next, attempt_in(sources, smaller, projected_onto(first.rows, smaller)));
      if (!next.failed) return next;
      add_larger(tried, next);
    }
    return first;
  }

  [[nodiscard]] ExpressionPtr estimand(const Attempt& attempt) const {
    auto links = links_in_order(attempt.rows, attempt.c_factors);
    if (target_.given.is_subset_of(set_instead_))
      return chain_sum(attempt.summed, std::move(links));
    return conditional_sum(attempt.summed, target_.outcome, links);
  }

 private:
  Result<Attempt> attempt_in(std::span<const SourceView> sources, const NodeSet& world,
                             AdmgRows rows) {
    Attempt attempt{std::move(rows), {}, {}, {}, {}};
    const auto x = target_.treatment | set_instead_;
    const auto y = target_.outcome | (target_.given - set_instead_);
    const auto relevant = ancestors(attempt.rows, y, world - x);
    attempt.summed = relevant - y;
    for (const auto& c_factor : districts(attempt.rows, relevant)) {
      CAUSAL_GYM_TRY(refusals, add_shortest(sources, relevant | x, c_factor, attempt));
      if (refusals.size() < sources.size()) continue;
      attempt.failed = Thicket{x, y, c_factor, std::move(refusals)};
      return attempt;
    }
    return attempt;
  }

  // Adds the c-factor from the source that writes it shortest, the earlier of equals; returns the
  // refusals of those that do not give it.
  Result<std::vector<SourceRefusal>> add_shortest(std::span<const SourceView> sources,
                                                  const NodeSet& world, const NodeSet& c_factor,
                                                  Attempt& attempt) {
    std::vector<SourceRefusal> refusals;
    std::optional<SourcedCFactor> best;
    std::size_t from = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      CAUSAL_GYM_CHECKED(cancellation_.check());
      CAUSAL_GYM_TRY(found, c_factor_from(rows_, sources, i, c_factor, world, budget_));
      if (auto* refusal = std::get_if<SourceRefusal>(&found)) {
        refusals.push_back(std::move(*refusal));
        continue;
      }
      auto& had = std::get<SourcedCFactor>(found);
      if (best && written_size(best->derivation.kernel) <= written_size(had.derivation.kernel))
        continue;
      best = std::move(had);
      from = i;
    }
    if (best) {
      const auto& derivation = best->derivation;
      attempt.sources.push_back(
          {c_factor, from, derivation.base, derivation.steps, best->completed_by});
      attempt.c_factors.push_back(std::move(best->derivation));
    }
    return refusals;
  }

  const AdmgRows& rows_;
  const EffectTarget& target_;
  const Limits& limits_;
  const CancellationToken& cancellation_;
  LinkBudget budget_;
  NodeSet set_instead_;
};

class Identifier {
 public:
  Identifier(const Graph& graph, const AdmgRows& rows, const EffectTarget& target,
             std::span<const AvailableDistribution> available,
             std::span<const std::string> populations)
      : graph_(graph),
        rows_(rows),
        target_(target),
        available_(available),
        populations_(populations) {
    // Each term carries the number of its distribution, so that no law of probability joins terms
    // of two, until the expression is done.
    for (std::size_t i = 0; i < available.size(); ++i)
      sources_.push_back(source_view(graph, rows, available[i], static_cast<std::int32_t>(i)));
  }

  Result<GeneralIdentification> run(const Limits& limits, const CancellationToken& cancellation) {
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (auto term = direct_term(rows_, sources_[i], target_)) return direct(i, std::move(term));
    Search search(rows_, target_, limits, cancellation);
    const auto world = spoken_of(sources_) | target_.treatment | target_.outcome | target_.given;
    const bool complete = std::all_of(sources_.begin(), sources_.end(), [&](const SourceView& one) {
      return one.kernel.given.empty() && one.held == world;
    });
    if (!complete) {
      if (const auto nowhere = never_spoken_of(); !nowhere.empty()) return never_measured(nowhere);
      auto everything = world;
      for (const auto& source : sources_) everything |= source.selected;
      CAUSAL_GYM_TRY(more, search.attempt(with_everything_measured(everything), everything));
      if (more.failed)
        return refuted(search, *more.failed, "even if every distribution measured all others do, ");
    }
    CAUSAL_GYM_TRY(attempt, complete ? search.attempt(sources_, world)
                                     : search.attempt_worlds(sources_, world));
    if (!attempt.failed) return found(search, attempt, world);
    return complete ? refuted(search, *attempt.failed, "") : undecided(search, *attempt.failed);
  }

 private:
  GeneralIdentification direct(std::size_t source, ExpressionPtr term) const {
    auto result = identified(std::move(term));
    result.direct = source;
    result.reason = "it is what " + available_name(source) + " shows, as it stands";
    return result;
  }

  GeneralIdentification found(const Search& search, Attempt& attempt, const NodeSet& world) const {
    auto result = identified(search.estimand(attempt));
    result.c_factors = std::move(attempt.sources);
    result.hidden = world - attempt.rows.nodes;
    result.set_instead = search.set_instead();
    result.reason = "the effect is a sum over ";
    result.reason += attempt.summed.empty() ? "nothing" : set_text(graph_, attempt.summed);
    result.reason += " of c-factors:";
    for (const auto& one : result.c_factors)
      result.reason += (&one == &result.c_factors.front() ? " " : "; ") +
                       set_text(graph_, one.c_factor) + " from " + sources_text(one);
    if (!result.set_instead.empty())
      result.reason +=
          "; seeing " + set_text(graph_, result.set_instead) + " is setting it (rule 2)";
    return result;
  }

  [[nodiscard]] GeneralIdentification identified(ExpressionPtr estimand) const {
    std::vector<std::int32_t> number_of;
    for (const auto& one : available_) number_of.push_back(one.population);
    GeneralIdentification result;
    result.verdict = Verdict::identifiable;
    result.estimand = renumber_populations(simplify(estimand).expression, number_of);
    result.free = NodeSet(free_variables(result.estimand)) - target_.treatment - target_.outcome -
                  target_.given;
    result.positive = positivity_requirements(result.estimand);
    return result;
  }

  // Nodes asked about that no distribution speaks of, and on which the effect depends. Their states
  // may be renamed in any model without a trace in the distributions, and the effect is another.
  [[nodiscard]] NodeSet never_spoken_of() const {
    const auto& [x, y, z] = target_;
    const auto spoken = spoken_of(sources_);
    NodeSet nodes = y - spoken;
    for (const NodeId v : (x | z) - spoken)
      if (!separated({rows_, rows_.nodes, x}, {v}, y, (x | z) - NodeSet{v})) nodes.insert(v);
    return nodes;
  }

  [[nodiscard]] GeneralIdentification never_measured(const NodeSet& nodes) const {
    GeneralIdentification result;
    result.verdict = Verdict::not_identifiable;
    result.reason =
        "the effect depends on " + set_text(graph_, nodes) + ", of which no distribution speaks";
    return result;
  }

  GeneralIdentification refuted(const Search& search, Thicket& thicket, const char* even) const {
    GeneralIdentification result;
    result.verdict = Verdict::not_identifiable;
    result.reason = even + failure_text(thicket);
    result.set_instead = search.set_instead();
    result.thicket = std::move(thicket);
    return result;
  }

  GeneralIdentification undecided(const Search& search, const Thicket& failed) const {
    GeneralIdentification result;
    result.reason =
        "no estimand was found, and for distributions that measure a part of the "
        "variables no method is known to be complete: " +
        failure_text(failed);
    result.set_instead = search.set_instead();
    return result;
  }

  [[nodiscard]] std::string failure_text(const Thicket& thicket) const {
    auto text = "the c-factor of " + set_text(graph_, thicket.c_factor) + " is needed, and ";
    for (std::size_t i = 0; i < thicket.refusals.size(); ++i)
      text += (i == 0 ? "" : "; ") +
              refusal_text(graph_, available_[i], thicket.refusals[i], populations_);
    return text;
  }

  [[nodiscard]] std::string sources_text(const FactorSource& one) const {
    auto text = available_name(one.source);
    for (const auto other : one.completed_by) text += " with " + available_name(other);
    return text;
  }

  [[nodiscard]] std::string available_name(std::size_t source) const {
    return available_text(graph_, available_[source], populations_);
  }

  [[nodiscard]] std::vector<SourceView> with_everything_measured(const NodeSet& world) const {
    std::vector<SourceView> sources;
    for (std::size_t i = 0; i < available_.size(); ++i) {
      auto more = available_[i];
      more.observed = world - more.intervened;
      more.given = more.selected = {};
      sources.push_back(source_view(graph_, rows_, more, static_cast<std::int32_t>(i)));
    }
    return sources;
  }

  const Graph& graph_;
  const AdmgRows& rows_;
  const EffectTarget& target_;
  std::span<const AvailableDistribution> available_;
  std::span<const std::string> populations_;
  std::vector<SourceView> sources_;
};

Status check_selection(const Graph& graph, const EffectTarget& target,
                       std::span<const AvailableDistribution> available) {
  for (const auto& one : available) {
    CAUSAL_GYM_CHECKED(
        check_disjoint(graph, target.treatment, "treatment", one.selected, "selection"));
    CAUSAL_GYM_CHECKED(check_disjoint(graph, target.outcome, "outcome", one.selected, "selection"));
    CAUSAL_GYM_CHECKED(check_disjoint(graph, target.given, "condition", one.selected, "selection"));
  }
  return {};
}

Result<GeneralIdentification> or_gave_up(Result<GeneralIdentification> result) {
  if (result || result.error().code != ErrorCode::limit_exceeded) return result;
  GeneralIdentification gave_up;
  gave_up.limit = result.error().message;
  gave_up.reason = "the search for an estimand was ended: " + gave_up.limit;
  return gave_up;
}

}  // namespace

Result<GeneralIdentification> identify_from(const Graph& graph, const EffectTarget& target,
                                            std::span<const AvailableDistribution> available,
                                            const CancellationToken& cancellation,
                                            const Limits& limits,
                                            std::span<const std::string> populations) {
  CAUSAL_GYM_CHECKED(check_target(graph, target));
  CAUSAL_GYM_CHECKED(check_available(graph, available, limits));
  CAUSAL_GYM_CHECKED(check_selection(graph, target, available));
  auto rows = admg_rows(graph, limits);
  if (!rows) return or_gave_up(fail(std::move(rows).error()));
  return or_gave_up(
      Identifier(graph, *rows, target, available, populations).run(limits, cancellation));
}

}  // namespace causal_gym
