// ID and IDC on every ADMG of two to four nodes: how many effects are identifiable, the value of
// every estimand before and after simplification, and a hedge for every "no".
#include <gtest/gtest.h>

#include "engine/expression/simplify.h"
#include "engine/identify/idc.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

struct Count {
  int identifiable = 0;
  int asked = 0;
  friend bool operator==(const Count&, const Count&) = default;
};

void PrintTo(const Count& count, std::ostream* stream) {
  *stream << count.identifiable << "/" << count.asked;
}

// Everything asked with `conditions` nodes given, each answer checked.
Count check_all(std::size_t nodes, std::size_t conditions) {
  Count count;
  std::optional<Worlds> worlds;
  std::optional<AdmgRows> rows;
  std::size_t worlds_of = 0;
  for_each_pair(nodes, [&](const Graph& graph, std::size_t g, NodeId x, NodeId y) {
    if (!worlds || worlds_of != g) {
      worlds.emplace(graph, g);
      rows = admg_rows(graph).value();
      worlds_of = g;
    }
    for (const auto& given : subsets(graph.all_nodes() - NodeSet{x, y})) {
      if (given.size() != conditions) continue;
      ++count.asked;
      const auto answer = identify_by_idc(*rows, {x}, {y}, given).value();
      ASSERT_EQ(answer.estimand == nullptr, answer.joint.hedge.has_value());
      if (!answer.estimand) {
        ASSERT_TRUE(check_hedge(graph, *answer.joint.hedge))
            << hedge_text(graph, *answer.joint.hedge);
        continue;
      }
      ++count.identifiable;
      ASSERT_TRUE(worlds->all_equal(answer.estimand, x, y, given.to_vector())) << given.size();
      const auto shorter = simplify(answer.estimand);
      ASSERT_TRUE(shorter.complete);
      ASSERT_LE(shorter.expression->written_size(), answer.estimand->written_size());
      ASSERT_TRUE(worlds->all_equal(shorter.expression, x, y, given.to_vector())) << given.size();
    }
  });
  return count;
}

TEST(EveryAdmg, HasAsManyIdentifiableEffectsAsPublishedEachWithTheRightEstimand) {
  EXPECT_EQ(check_all(2, 0), (Count{7, 8}));
  EXPECT_EQ(check_all(3, 0), (Count{325, 384}));
  EXPECT_EQ(check_all(4, 0), (Count{40'049, 49'152}));
}

TEST(EveryAdmg, HasAsManyIdentifiableConditionalEffectsAsPublishedEachWithTheRightEstimand) {
  EXPECT_EQ(check_all(3, 1), (Count{292, 384}));
  EXPECT_EQ(check_all(4, 1), (Count{69'206, 98'304}));
}

TEST(EveryAdmg, GivenAllOthersHasTheRightEstimandOrAHedge) {
  const auto count = check_all(4, 2);
  EXPECT_EQ(count.asked, 49'152);
  EXPECT_GT(count.identifiable, 0);
}

}  // namespace
}  // namespace causal_gym
