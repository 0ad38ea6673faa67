// Adjustment and front-door on random DAGs with latent nodes and random ADMGs of five to nine
// nodes, for sets x and y: brute force over all sets, and values in random models by enumeration.
#include <gmock/gmock.h>

#include "engine/graph/paths.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"
#include "engine/graph/text.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/front_door.h"
#include "engine/identify/identify.h"
<<<<<<< HEAD
#include "tests/exhaustive/random_worlds.h"
=======
#include "engine/infer/enumeration.h"
#include "engine/infer/intervene.h"
#include "engine/model/random_model.h"
#include "tests/exhaustive/random_question.h"
>>>>>>> w-adjust
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

<<<<<<< HEAD
constexpr std::uint64_t trials = 2000;

Graph with_latent_nodes(const Graph& graph, double probability, Rng& rng) {
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (auto& node : nodes) node.latent = rng.uniform() < probability;
  return *Graph::create(nodes, {graph.directed_edges().begin(), graph.directed_edges().end()},
                        {graph.bidirected_edges().begin(), graph.bidirected_edges().end()});
}

// A random question: a graph with x and y, all observed; `rest` holds the other observed nodes.
struct Question {
  Graph graph;
  NodeSet x, y, rest;
};

// Nullopt when the graph has too few observed nodes.
std::optional<Question> random_question(Rng& rng) {
  const auto n = 5 + rng.below(5);
  const auto density = 0.2 + 0.3 * rng.uniform();
  const bool plain = rng.below(2) == 0;  // one treatment, one outcome, hardly a latent node
  auto graph = plain || rng.below(2) == 0
                   ? with_latent_nodes(random_dag(n, density, rng), plain ? 0.05 : 0.3, rng)
                   : random_admg(std::min<std::size_t>(n, 6), density, 0.2, rng);
  const auto observed = graph.observed_nodes();
  const auto x = random_subset(observed, plain ? 1 : 1 + rng.below(2), rng);
  const auto y = random_subset(observed - x, plain ? 1 : 1 + rng.below(2), rng);
  if (x.empty() || y.empty()) return std::nullopt;
  return Question{graph, x, y, observed - x - y};
}

template <class Visit>
void for_each_question(std::string_view stream, const Visit& visit,
                       std::uint64_t questions = trials) {
  std::size_t asked = 0;
  for (std::uint64_t seed = 0; seed < questions && !testing::Test::HasFailure(); ++seed) {
    Rng rng(seed, stream_of(stream));
    const auto question = random_question(rng);
    if (!question) continue;
    const auto& graph = question->graph;
    SCOPED_TRACE("seed " + std::to_string(seed) + ", x " + set_text(graph, question->x) + ", y " +
                 set_text(graph, question->y) + ", " + write_graph(graph));
    visit(*question, rng);
    ++asked;
  }
  EXPECT_GT(asked, questions / 2);
}

std::vector<NodeSet> minimal_of(const std::vector<NodeSet>& sets) {
  std::vector<NodeSet> minimal;
  for (const auto& set : sets)
    if (std::none_of(sets.begin(), sets.end(),
                     [&](const NodeSet& other) { return other != set && other.is_subset_of(set); }))
      minimal.push_back(set);
  return minimal;
=======
constexpr double tolerance = 1e-9;

// One random model of a question's graph, its observed joint, and truth by enumeration.
class World {
 public:
  World(const Graph& graph, Rng& rng)
      : observed_(graph.observed_nodes().to_vector()),
        model_(random_model(graph, rng, {2, 2, true, false})),
        evaluator_(*Evaluator::create(joint_of(model_))) {}

  // Does the estimand equal P(y | do(x), z) for this state of x and every state of y and z?
  bool agrees(const ExpressionPtr& estimand, const EffectTarget& target, Rng& rng) {
    const auto x = target.treatment.to_vector();
    Assignment at{x, {}};
    Regime regime;
    for (const auto v : x) {
      at.states.push_back(static_cast<std::int32_t>(rng.below(model_.state_count(v))));
      regime.emplace_back(SetIntervention{v, at.states.back()});
    }
    auto truth = *Evaluator::create(joint_of(*intervene(model_, regime)));
    const auto free = (target.outcome | target.given).to_vector();
    at.variables.insert(at.variables.end(), free.begin(), free.end());
    const auto asked = probability(target.outcome.to_vector(), target.given.to_vector());
    for (std::size_t state = 0; state < std::size_t{1} << free.size(); ++state) {
      at.states.resize(x.size());
      for (std::size_t i = 0; i < free.size(); ++i)
        at.states.push_back(static_cast<std::int32_t>(state >> i & 1));
      const auto value = evaluator_.evaluate(estimand, at);
      const auto expected = truth.evaluate(asked, at);
      if (!value || std::abs(*value - expected.value()) > tolerance) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] JointDistribution joint_of(const Model& model) const {
    auto factor = enumerate_joint_mass(model, observed_, {}).value();
    return {std::move(factor.variables), std::move(factor.cardinalities), std::move(factor.values)};
  }

  std::vector<NodeId> observed_;
  Model model_;
  Evaluator evaluator_;
};

bool agree_everywhere(std::vector<World>& worlds, const ExpressionPtr& estimand,
                      const EffectTarget& target, Rng& rng) {
  return std::all_of(worlds.begin(), worlds.end(),
                     [&](World& world) { return world.agrees(estimand, target, rng); });
}

std::vector<World> random_worlds(const Graph& graph, Rng& rng) {
  std::vector<World> worlds;
  for (int i = 0; i < 3; ++i) worlds.emplace_back(graph, rng);
  return worlds;
>>>>>>> w-adjust
}

TEST(RandomGraphs, AnAdjustmentSetIsValidExactlyWhenItsFormulaIsRight) {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  for_each_question("adjustment values", [&](const Question& q, Rng& rng) {
    auto worlds = random_worlds(q.graph, rng);
    for (int i = 0; i < 4; ++i) {
      const auto z = random_subset(q.rest, rng.below(q.rest.size() + 1), rng);
      const auto check = check_adjustment(q.graph, q.x, q.y, z).value();
      ++(check.valid ? valid : invalid);
      ASSERT_EQ(check.valid,
                agree_everywhere(worlds, adjustment_estimand(q.x, q.y, z), {q.x, q.y, {}}, rng))
          << set_text(q.graph, z) << ": " << check.reason;
      if (check.open_path) {
        EXPECT_TRUE(is_open(q.graph, *check.open_path, z));
        for (std::size_t k = 1; k < check.open_path->nodes.size(); ++k)
          EXPECT_FALSE(q.x.contains(check.open_path->nodes[k])) << "not proper";
      }
    }
  });
  EXPECT_GT(valid, 200U);
  EXPECT_GT(invalid, 200U);
}

TEST(RandomGraphs, TheMinimalAdjustmentSetsBetweenBoundsAreThoseOfBruteForce) {
  std::size_t listed = 0;
  for_each_question(
      "adjustment sets",
      [&](const Question& q, Rng& rng) {
        const auto must = random_subset(q.rest, rng.below(2), rng);
        const auto must_not = random_subset(q.rest - must, rng.below(2), rng);
        std::vector<NodeSet> valid;
        for (const auto& extra : subsets(q.rest - must - must_not))
          if (check_adjustment(q.graph, q.x, q.y, extra | must).value().valid)
            valid.push_back(extra | must);
        const auto minimal = minimal_of(valid);
        const auto listing =
            minimal_adjustment_sets(q.graph, q.x, q.y, {must, must_not, 1000}).value();
        EXPECT_TRUE(listing.complete);
        EXPECT_THAT(listing.sets, testing::UnorderedElementsAreArray(minimal));
        const auto found = find_adjustment_set(q.graph, q.x, q.y, must, must_not).value();
        EXPECT_EQ(found.has_value(), !valid.empty());
        if (found) {
          EXPECT_THAT(minimal, testing::Contains(*found));
        }
        listed += minimal.size();
        for (std::size_t limit = 0; limit <= minimal.size(); ++limit) {
          const auto cut =
              minimal_adjustment_sets(q.graph, q.x, q.y, {must, must_not, limit}).value();
          EXPECT_EQ(cut.sets.size(), limit);
          EXPECT_EQ(cut.complete, limit == minimal.size());
        }
      },
      4 * trials);
  EXPECT_GT(listed, 1'000U);
}

TEST(RandomGraphs, TheBackDoorCriterionIsWhatTheListOfPathsSays) {
  for_each_question("back-door", [](const Question& q, Rng& rng) {
    if (q.x.size() != 1 || q.y.size() != 1) return;
    const auto z = random_subset(q.rest, rng.below(3), rng);
    auto expected = !z.intersects(descendants(q.graph, q.x));
    const auto listing = list_paths(q.graph, *q.x.begin(), *q.y.begin(), z).value();
    ASSERT_TRUE(listing.complete);
    for (const auto& path : listing.paths)
      expected = expected && (path.kind != PathKind::back_door || !path.open);
    EXPECT_EQ(check_adjustment(q.graph, q.x, q.y, z).value().back_door, expected);
  });
}

TEST(RandomGraphs, TheFrontDoorSetFoundIsMinimalAndItsFormulaRight) {
  std::size_t found_sets = 0;
  for_each_question("front-door", [&](const Question& q, Rng& rng) {
    std::vector<NodeSet> valid;
    for (const auto& z : subsets(q.rest))
      if (check_front_door(q.graph, q.x, q.y, z).value().valid) valid.push_back(z);
    const auto found = find_front_door_set(q.graph, q.x, q.y).value();
    ASSERT_EQ(found.has_value(), !valid.empty());
    if (!found) return;
    EXPECT_THAT(minimal_of(valid), testing::Contains(*found));
    auto worlds = random_worlds(q.graph, rng);
    const auto& any = valid[rng.below(valid.size())];
    for (const auto& z : {*found, any})
      EXPECT_TRUE(agree_everywhere(worlds, front_door_estimand(q.x, q.y, z), {q.x, q.y, {}}, rng))
          << set_text(q.graph, z);
    found_sets += found->empty() ? 0 : 1;
  });
  EXPECT_GT(found_sets, 5U);
}

TEST(RandomGraphs, EveryEffectThatIsCalledIdentifiableHasTheRightEstimand) {
  std::map<std::string, int> count;
  for_each_question("identify", [&](const Question& q, Rng& rng) {
    const EffectTarget target{q.x, q.y, random_subset(q.rest, rng.below(3), rng)};
    const auto result = identify_effect(q.graph, target).value();
    ++count[std::string(strategy_name(result.strategy)) + (target.given.empty() ? "" : " given")];
    ASSERT_NE(result.verdict, Verdict::unknown);
    if (result.hedge) {
      EXPECT_TRUE(check_hedge(q.graph, *result.hedge)) << result.reason;
      return;
    }
    EXPECT_TRUE(result.set.is_subset_of(q.graph.observed_nodes()));
    auto worlds = random_worlds(q.graph, rng);
    EXPECT_TRUE(agree_everywhere(worlds, result.estimand, target, rng))
        << set_text(q.graph, target.given) << ": " << result.reason;
  });
  for (const auto* kind : {"none", "no_effect", "adjustment", "general", "none given",
                           "no_effect given", "adjustment given", "general given"})
    EXPECT_GT(count[kind], 5) << kind;
}

}  // namespace
}  // namespace causal_gym
