// Adjustment under selection with external data: the criterion against the value of its formula in
// random binary models, for every part of every set; finding against brute force.
#include <gtest/gtest.h>

#include "engine/graph/random_graph.h"
#include "engine/identify/selection_adjustment.h"
#include "tests/exhaustive/random_question.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

constexpr double tolerance = 1e-9;

ExpressionPtr estimand(const SelectionAdjustment& adjustment, NodeId x, NodeId y, NodeId s) {
  const auto& [set, external, selected] = adjustment;
  std::vector<ExpressionPtr> factors{
      probability({y}, (set | selected | NodeSet{x}).to_vector()),
      probability((set - external).to_vector(), (external | NodeSet{s}).to_vector())};
  if (set == external) factors.pop_back();
  if (!external.empty()) factors.push_back(probability(external.to_vector()));
  return sum(set.to_vector(), product(std::move(factors)));
}

class Worlds {
 public:
  Worlds(const Graph& graph, std::uint64_t seed) : models_(small_models(graph, seed, 2)) {
    for (const auto& model : models_) evaluators_.push_back(*Evaluator::create(model.joint()));
  }
  bool agree(const SelectionAdjustment& adjustment, NodeId x, NodeId y, NodeId s) {
    const auto formula = estimand(adjustment, x, y, s);
    for (std::size_t m = 0; m < models_.size(); ++m)
      for (const std::int32_t state : {0, 1}) {
        const auto value = evaluators_[m].evaluate(formula, {{x, y, s}, {state, 1, 1}});
        const double truth = models_[m].interventional(x, state, {{y}, {1}});
        if (std::abs(value.value() - truth) > tolerance) return false;
      }
    return true;
  }

 private:
  std::vector<SmallModel> models_;
  std::vector<Evaluator> evaluators_;
};

// Visits every set, every part of it, for one random graph with selection node s.
TEST(RandomGraphs, ASetWithExternalDataServesExactlyWhenItsFormulaIsRight) {
  std::map<std::pair<SelectionType, bool>, std::size_t> count;
  for (std::uint64_t seed = 0; seed < 1'500 && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("selection"));
    const auto graph = random_admg(5, 0.35, rng.below(2) == 0 ? 0 : 0.15, rng);
    const auto nodes = random_subset(graph.all_nodes(), 3, rng).to_vector();
    const NodeId x = nodes[0];
    const NodeId y = nodes[1];
    const NodeId s = nodes[2];
    SCOPED_TRACE("seed " + std::to_string(seed) + " " + write_graph(graph));
    Worlds worlds(graph, seed);
    for (const auto& set : subsets(graph.all_nodes() - NodeSet{x, y, s}))
      for (const auto& external : subsets(set)) {
        const SelectionAdjustment adjustment{set, external, {s}};
        const auto check = check_selection_adjustment(graph, {x}, {y}, adjustment).value();
        EXPECT_EQ(check.valid, worlds.agree(adjustment, x, y, s))
            << selection_estimand_text(graph, {x}, {y}, adjustment) << ": " << check.reason;
        ++count[{check.type, check.valid}];
      }
  }
  for (const auto type : {SelectionType::type_1, SelectionType::type_2, SelectionType::type_3})
    for (const bool valid : {true, false})
      EXPECT_GT((count[{type, valid}]), 50U) << static_cast<int>(type) << " " << valid;
}

TEST(RandomGraphs, ASetWithExternalDataIsFoundWheneverOneExists) {
  std::map<bool, std::size_t> count;
  for_each_question("selection found", [&](const Question& q, Rng& rng) {
    const auto selected = random_subset(q.rest, 1 + rng.below(2), rng);
    const auto rest = q.rest - selected;
    const auto measured = random_subset(rest, rng.below(rest.size() + 1), rng);
    const auto external = random_subset(rest, rng.below(rest.size() + 1), rng);
    if (selected.empty()) return;
    const auto valid = [&](const NodeSet& set, const NodeSet& part) {
      return check_selection_adjustment(q.graph, q.x, q.y, {set, part, selected}).value().valid;
    };
    bool any = false;
    for (const auto& set : subsets(measured | external))
      for (const auto& part : subsets(set & external)) any = any || valid(set, part);
    const auto found =
        find_selection_adjustment(q.graph, q.x, q.y, selected, measured, external).value();
    ASSERT_EQ(found.has_value(), any);
    ++count[any];
    if (!found) return;
    EXPECT_TRUE(valid(found->set, found->external));
    EXPECT_TRUE(found->set.is_subset_of(measured | external));
    EXPECT_TRUE(found->external.is_subset_of(external & found->set));
    for (const auto& smaller : subsets(found->set - found->external))
      EXPECT_TRUE(smaller == found->set - found->external ||
                  !valid(smaller | found->external, found->external));
  });
  EXPECT_GT(count[true], 100U);
  EXPECT_GT(count[false], 100U);
}

}  // namespace
}  // namespace causal_gym
