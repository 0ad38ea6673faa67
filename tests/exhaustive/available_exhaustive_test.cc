// Identification from lists of distributions on every ADMG of three nodes and a sample of those of
// four: each estimand has the value that the models give, each "no" has a thicket and contradicts
// nothing that do-calculus derives. The counts say that gID and the search of all derivations agree
// on every query of whole distributions, and how far the incomplete answers for partial ones go.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/identify/gid.h"
#include "engine/identify/idc.h"
#include "tests/exhaustive/do_calculus.h"
#include "tests/exhaustive/domain_models.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

using Available = std::vector<AvailableDistribution>;

struct Tally {
  int identifiable = 0;
  int not_identifiable = 0;
  int unknown = 0;
  int derived = 0;  // by do-calculus, term by term
  friend bool operator==(const Tally&, const Tally&) = default;
};

void PrintTo(const Tally& tally, std::ostream* stream) {
  *stream << tally.identifiable << " identifiable, " << tally.not_identifiable << " not, "
          << tally.unknown << " unknown; do-calculus derives " << tally.derived;
}

// Every P(y | do(x), z) over the nodes.
std::vector<EffectTarget> all_targets(const NodeSet& nodes) {
  std::vector<EffectTarget> targets;
  for (const auto& y : subsets(nodes))
    for (const auto& x : subsets(nodes - y))
      for (const auto& z : subsets(nodes - y - x))
        if (!y.empty()) targets.push_back({x, y, z});
  return targets;
}

// One graph and one list of distributions, asked for many effects.
class Asked {
 public:
  Asked(const Graph& graph, const DoCalculus& calculus, Available available, std::uint64_t seed,
        std::size_t models)
      : graph_(graph),
        calculus_(calculus),
        available_(std::move(available)),
        derived_(calculus.derived(available_)),
        worlds_(graph, available_, seed, models) {}

  Verdict ask(const EffectTarget& target, Tally& tally) {
    const auto answer = identify_from(graph_, target, available_).value();
    const bool derived = derived_[calculus_.code(target)];
    tally.derived += derived ? 1 : 0;
    switch (answer.verdict) {
      case Verdict::identifiable:
        ++tally.identifiable;
        EXPECT_TRUE(worlds_.all_equal(answer.estimand, target)) << describe_all(target);
        break;
      case Verdict::not_identifiable:
        ++tally.not_identifiable;
        EXPECT_FALSE(derived) << describe_all(target);
        if (answer.thicket) check(*answer.thicket, target);
        break;
      case Verdict::unknown:
        ++tally.unknown;
        EXPECT_TRUE(answer.limit.empty());
        break;
    }
    return answer.verdict;
  }

  [[nodiscard]] std::string describe_all(const EffectTarget& target) const {
    auto text = describe(graph_) + "from ";
    for (const auto& one : available_) {
      text += available_text(graph_, one) + " ";
      for (const NodeId v : one.differs) text += "differs at " + graph_.name(v) + " ";
    }
    return text + "asked " +
           available_text(graph_, {target.treatment, target.outcome, target.given});
  }

 private:
  void check(const Thicket& thicket, const EffectTarget& target) const {
    // The proof holds even when everything is measured.
    auto more = available_;
    auto spoken = target.treatment | target.outcome | target.given;
    for (const auto& one : available_)
      spoken |= measured_nodes(graph_, one) | one.intervened | one.given | one.selected;
    for (auto& one : more) {
      one.observed = spoken - one.intervened;
      one.given = one.selected = {};
    }
    const auto status = check_thicket(graph_, more, thicket);
    EXPECT_TRUE(status) << describe_all(target) << error_text(status.error());
  }

  const Graph& graph_;
  const DoCalculus& calculus_;
  Available available_;
  std::vector<bool> derived_;
  DomainWorlds worlds_;
};

TEST(EveryAdmgWithExperiments, HasTheRightEstimandOrAThicket) {
  const auto graphs = all_ordered_admgs(3);
  const auto targets = all_targets(NodeSet::first(3));
  const auto experiments = subsets(NodeSet::first(3));
  Tally tally;
  for (std::size_t g = 0; g < graphs.size() && !testing::Test::HasFailure(); ++g) {
    const DoCalculus calculus(graphs[g]);
    // verdict[i * 8 + j][t]: from the experiments i and j.
    std::vector<std::vector<Verdict>> verdicts(64);
    for (std::size_t i = 0; i < 7; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        Available available{{.intervened = experiments[i]}};
        if (j != i) available.push_back({.intervened = experiments[j]});
        Asked asked(graphs[g], calculus, std::move(available), g, 3);
        for (const auto& target : targets) verdicts[i * 8 + j].push_back(asked.ask(target, tally));
      }
    const auto rows = admg_rows(graphs[g]).value();
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const auto& [x, y, z] = targets[t];
      const bool by_idc = identify_by_idc(rows, x, y, z)->estimand != nullptr;
      EXPECT_EQ(verdicts[0][t] == Verdict::identifiable, by_idc);
      for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < i; ++j)
          for (const auto one : {i, j})
            if (verdicts[one * 8 + one][t] == Verdict::identifiable) {
              EXPECT_EQ(verdicts[i * 8 + j][t], Verdict::identifiable);
            }
    }
  }
  EXPECT_EQ(tally, (Tally{35'259, 31'045, 0, 35'259}));
}

TEST(EveryAdmgWithPopulations, HasTheRightEstimandOrAThicket) {
  const auto graphs = all_ordered_admgs(3);
  const auto targets = all_targets(NodeSet::first(3));
  const auto sets = subsets(NodeSet::first(3));
  Rng rng(3, stream_of("transport"));
  Tally tally;
  for (std::size_t g = 0; g < graphs.size() && !testing::Test::HasFailure(); ++g) {
    const DoCalculus calculus(graphs[g]);
    for (const auto& differs : sets)
      for (std::size_t i = 0; i < 7; ++i)
        for (const bool target_seen : {false, true}) {
          if (rng.below(4) != 0) continue;
          Available available{{.intervened = sets[i], .population = 1, .differs = differs}};
          if (target_seen) available.emplace_back();
          Asked asked(graphs[g], calculus, std::move(available), g, 1);
          for (const auto& target : targets) asked.ask(target, tally);
        }
  }
  EXPECT_EQ(tally, (Tally{35'828, 31'549, 0, 35'828}));
}

NodeSet random_part(const NodeSet& of, std::uint64_t one_in, Rng& rng) {
  NodeSet part;
  for (const NodeId v : of)
    if (rng.below(one_in) == 0) part.insert(v);
  return part;
}

enum class Kind { whole, partial, selected };

// Up to three distributions of up to three populations.
Available random_available(const NodeSet& nodes, Kind kind, Rng& rng) {
  const std::vector<NodeSet> differs{{}, random_part(nodes, 3, rng), random_part(nodes, 3, rng)};
  NodeSet selected;
  if (kind == Kind::selected) selected.insert(static_cast<NodeId>(rng.below(nodes.size())));
  Available available;
  for (auto left = 1 + rng.below(3); left > 0; --left) {
    AvailableDistribution one;
    one.population = static_cast<std::int32_t>(rng.below(3));
    one.differs = differs[static_cast<std::size_t>(one.population)];
    one.intervened = random_part(nodes - selected, 3, rng);
    if (kind == Kind::selected) one.selected = rng.below(3) == 0 ? NodeSet{} : selected;
    if (kind == Kind::partial) one.given = random_part(nodes - one.intervened, 6, rng);
    auto measured = nodes - one.intervened - one.given - one.selected;
    if (kind != Kind::whole) measured -= random_part(measured, 4, rng);
    one.observed = measured;
    if (!measured.empty()) available.push_back(std::move(one));
  }
  return available;
}

Tally ask_at_random(Kind kind, int lists, std::uint64_t seed) {
  Rng rng(seed, stream_of("available distributions"));
  const auto graphs = all_ordered_admgs(4);
  const auto nodes = NodeSet::first(4);
  const auto targets = all_targets(nodes);
  Tally tally;
  for (int i = 0; i < lists && !testing::Test::HasFailure(); ++i) {
    const auto& graph = graphs[rng.below(graphs.size())];
    const DoCalculus calculus(graph);
    for (int j = 0; j < 4; ++j) {
      auto available = random_available(nodes, kind, rng);
      if (available.empty()) continue;
      NodeSet selected;
      for (const auto& one : available) selected |= one.selected;
      Asked asked(graph, calculus, std::move(available), rng.below(1'000'000), 1);
      for (const auto& target : targets)
        if (!selected.intersects(target.treatment | target.outcome | target.given) &&
            rng.below(4) == 0)
          asked.ask(target, tally);
    }
  }
  return tally;
}

TEST(SomeAdmgsOfFourNodes, HaveTheRightEstimandOrAThicketFromWholeDistributions) {
  EXPECT_EQ(ask_at_random(Kind::whole, 150, 11), (Tally{9'066, 17'019, 0, 9'066}));
}

TEST(SomeAdmgsOfFourNodes, HaveTheRightEstimandFromPartialDistributions) {
  EXPECT_EQ(ask_at_random(Kind::partial, 150, 12), (Tally{4'508, 17'111, 3'568, 4'661}));
}

TEST(SomeAdmgsOfFourNodes, HaveTheRightEstimandFromSelectedSamples) {
  EXPECT_EQ(ask_at_random(Kind::selected, 150, 13), (Tally{1'717, 6'299, 1'642, 1'719}));
}

struct SampleTally {
  int direct = 0;
  int with_sums = 0;
  int completed = 0;  // of these, those that take the law of pinned nodes from the census
};

// Every effect on three nodes in every sixth graph from what is known of a sample selected by the
// fourth, and of two of the three in a census when there is one.
SampleTally ask_samples(bool with_census) {
  const auto graphs = all_ordered_admgs(4);
  SampleTally tally;
  for (std::size_t g = 0; g < graphs.size() && !testing::Test::HasFailure(); g += 6)
    for (const NodeId s : graphs[g].all_nodes()) {
      const auto others = graphs[g].all_nodes() - NodeSet{s};
      std::vector<AvailableDistribution> available{{.selected = {s}}};
      if (with_census)
        available.push_back({.observed = others - NodeSet{others.to_vector()[g % 3]}});
      std::optional<DomainWorlds> worlds;
      for (const auto& target : all_targets(others)) {
        const auto answer = identify_from(graphs[g], target, available).value();
        if (answer.verdict != Verdict::identifiable) continue;
        if (!worlds) worlds.emplace(graphs[g], available, g, 1);
        EXPECT_TRUE(worlds->all_equal(answer.estimand, target))
            << describe(graphs[g]) << available_text(graphs[g], available[0]) << answer.reason;
        ++(answer.direct ? tally.direct : tally.with_sums);
        tally.completed += std::any_of(answer.c_factors.begin(), answer.c_factors.end(),
                                       [](const auto& one) { return !one.completed_by.empty(); });
      }
    }
  return tally;
}

TEST(EverySixthAdmgOfFourNodes, HasTheRightEstimandFromASelectedSample) {
  const auto tally = ask_samples(false);
  EXPECT_EQ(tally.direct, 12'900);
  EXPECT_EQ(tally.with_sums, 181);
  EXPECT_EQ(tally.completed, 0);
}

TEST(EverySixthAdmgOfFourNodes, HasTheRightEstimandFromASelectedSampleAndACensus) {
  const auto tally = ask_samples(true);
  EXPECT_EQ(tally.direct, 36'532);
  EXPECT_EQ(tally.with_sums, 1'644);
  EXPECT_EQ(tally.completed, 100);
}

}  // namespace
}  // namespace causal_gym
