// Inference on the twenty public networks: marginals by two roads, posteriors against weighted
// samples, and the networks too large for exact tables refused in time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "engine/graph/relations.h"
#include "engine/infer/elimination.h"
#include "engine/infer/intervene.h"
#include "engine/model/bif.h"
#include "engine/model/factor.h"

namespace causal_gym {
namespace {

class InferenceOracle : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const char* const directory = std::getenv("CAUSAL_GYM_NETWORKS");
    if (directory == nullptr) GTEST_SKIP() << "CAUSAL_GYM_NETWORKS is not set";
    std::ifstream file(std::string(directory) + "/" + GetParam() + ".bif", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Limits limits;
    limits.nodes = 2'000;  // munin has 1,041
    auto model = parse_bif(text, limits);
    ASSERT_TRUE(model) << error_text(model.error());
    model_ = *std::move(model);
  }

  [[nodiscard]] VariableId count() const {
    return static_cast<VariableId>(model_.variable_count());
  }

  Model model_;
};

// A second, plain elimination: tables as maps from joint states, variables summed out from the last
// to the first in topological order reversed, all ancestors in play, evidence as an indicator.
class PlainElimination {
 public:
  using Assignment = std::map<VariableId, State>;
  using Table = std::map<Assignment, double>;

  PlainElimination(const Model& model, const Assignment& evidence)
      : model_(model), evidence_(evidence) {}

  // P(target, evidence), not normalised; empty when a table passes the limit.
  [[nodiscard]] std::vector<double> mass(VariableId target, std::size_t limit) const {
    NodeSet asked{target};
    for (const auto& [v, state] : evidence_) asked.insert(v);
    const auto needed = ancestors(model_.graph(), asked);
    std::vector<Table> tables;
    for (const auto v : needed) tables.push_back(mechanism(v));
    const auto order = model_.graph().topological_order();
    for (auto at = order.rbegin(); at != order.rend(); ++at) {
      if (*at == target || !needed.contains(*at)) continue;
      Table product{{{}, 1.0}};
      std::vector<Table> others;
      for (auto& table : tables) {
        if (!speaks_of(table, *at)) {
          others.push_back(std::move(table));
          continue;
        }
        product = multiply(product, table);
        if (product.size() > limit) return {};
      }
      others.push_back(sum_out(product, *at));
      tables = std::move(others);
    }
    Table rest{{{}, 1.0}};
    for (const auto& table : tables) rest = multiply(rest, table);
    std::vector<double> result(model_.state_count(target), 0.0);
    for (const auto& [assignment, value] : rest)
      result[static_cast<std::size_t>(assignment.at(target))] += value;
    return result;
  }

 private:
  [[nodiscard]] Table mechanism(VariableId v) const {
    const auto given = mechanism_parents(model_.mechanism(v));
    Table table;
    std::vector<State> parents(given.size(), 0);
    while (true) {
      for (State s = 0; static_cast<std::size_t>(s) < model_.state_count(v); ++s) {
        Assignment assignment{{v, s}};
        for (std::size_t j = 0; j < given.size(); ++j) assignment[given[j]] = parents[j];
        if (agrees(assignment)) table[assignment] = mechanism_probability(model_, v, s, parents);
      }
      std::size_t j = given.size();
      while (j > 0 &&
             static_cast<std::size_t>(++parents[j - 1]) == model_.state_count(given[j - 1]))
        parents[--j] = 0;
      if (j == 0) return table;
    }
  }
  [[nodiscard]] bool agrees(const Assignment& assignment) const {
    for (const auto& [v, state] : evidence_) {
      const auto at = assignment.find(v);
      if (at != assignment.end() && at->second != state) return false;
    }
    return true;
  }
  static bool speaks_of(const Table& table, VariableId v) {
    return !table.empty() && table.begin()->first.count(v) > 0;
  }
  static Table multiply(const Table& a, const Table& b) {
    Table result;
    for (const auto& [left, p] : a)
      for (const auto& [right, q] : b) {
        auto joined = left;
        bool fits = true;
        for (const auto& [v, state] : right)
          fits = fits && joined.try_emplace(v, state).first->second == state;
        if (fits) result[joined] = p * q;
      }
    return result;
  }
  static Table sum_out(const Table& table, VariableId v) {
    Table result;
    for (const auto& [assignment, value] : table) {
      auto rest = assignment;
      rest.erase(v);
      result[rest] += value;
    }
    return result;
  }

  const Model& model_;
  Assignment evidence_;
};

// Evidence that can happen: what some variables are in a world drawn from the model.
std::map<VariableId, State> drawn_evidence(const Model& model, std::size_t how_many, Rng& rng) {
  const auto world = draw_world(model, rng);
  std::map<VariableId, State> evidence;
  while (evidence.size() < how_many) {
    const auto v = static_cast<VariableId>(rng.below(model.variable_count()));
    evidence[v] = world[v];
  }
  return evidence;
}

std::vector<Evidence> as_evidence(const Model& model, const std::map<VariableId, State>& states) {
  std::vector<Evidence> evidence;
  for (const auto& [v, state] : states) evidence.push_back(observed_state(model, v, state));
  return evidence;
}

class SmallInferenceOracle : public InferenceOracle {};

TEST_P(SmallInferenceOracle, AgreesWithAPlainEliminationInAnotherOrder) {
  Rng rng(1, stream_of(GetParam()));
  int compared = 0;
  for (int trial = 0; trial < 6; ++trial) {
    const auto states = drawn_evidence(model_, 2, rng);
    const auto evidence = as_evidence(model_, states);
    const PlainElimination plain(model_, states);
    for (VariableId v = 0; v < count(); ++v) {
      if (rng.below(model_.variable_count()) >= 6) continue;
      SCOPED_TRACE(model_.variable(v).name);
      const auto expected = plain.mass(v, 500);
      if (expected.empty()) continue;
      const VariableId targets[] = {v};
      const auto actual = joint_mass(model_, targets, evidence);
      ASSERT_TRUE(actual) << error_text(actual.error());
      for (std::size_t s = 0; s < expected.size(); ++s)
        EXPECT_NEAR(actual->values[s], expected[s], 1e-12 * expected[s]);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Networks, SmallInferenceOracle,
                         testing::Values("alarm", "asia", "cancer", "child", "earthquake",
                                         "insurance", "sachs", "survey", "win95pts"),
                         [](const auto& test) { return std::string(test.param); });

class MiddleInferenceOracle : public InferenceOracle {};

TEST_P(MiddleInferenceOracle, EveryMarginalAgreesWithDrawnWorlds) {
  constexpr int draws = 10'000;
  Rng rng(2, stream_of(GetParam()));
  std::vector<std::vector<int>> counts(model_.variable_count());
  for (VariableId v = 0; v < count(); ++v) counts[v].resize(model_.state_count(v));
  for (int i = 0; i < draws; ++i) {
    const auto world = draw_world(model_, rng);
    for (VariableId v = 0; v < count(); ++v) ++counts[v][world[v]];
  }
  for (VariableId v = 0; v < count(); ++v) {
    SCOPED_TRACE(model_.variable(v).name);
    const VariableId targets[] = {v};
    const auto marginal = posterior(model_, targets, {});
    ASSERT_TRUE(marginal) << error_text(marginal.error());
    for (std::size_t s = 0; s < counts[v].size(); ++s) {
      const double p = marginal->values[s];
      const double error = std::sqrt(std::max(p * (1 - p), 1.0 / draws) / draws);
      EXPECT_NEAR(static_cast<double>(counts[v][s]) / draws, p, 5 * error) << "state " << s;
    }
  }
}

// P(v | e) of every v is the same whether e is told at once, or told to v through Bayes' theorem
// with the roles of target and evidence exchanged: P(v | e) P(e) = P(e | v) P(v).
TEST_P(MiddleInferenceOracle, PosteriorsKeepBayesTheoremBothWays) {
  Rng rng(3, stream_of(GetParam()));
  for (int trial = 0; trial < 3; ++trial) {
    const auto states = drawn_evidence(model_, 3, rng);
    const auto evidence = as_evidence(model_, states);
    const auto mass = joint_mass(model_, {}, evidence);
    ASSERT_TRUE(mass) << error_text(mass.error());
    for (VariableId v = 0; v < count(); ++v) {
      SCOPED_TRACE(model_.variable(v).name);
      const VariableId targets[] = {v};
      const auto after = posterior(model_, targets, evidence);
      ASSERT_TRUE(after) << error_text(after.error());
      const auto s = static_cast<State>(
          std::max_element(after->values.begin(), after->values.end()) - after->values.begin());
      const Evidence seen[] = {observed_state(model_, v, s)};
      const auto likelihood = conditional_mass(model_, {}, evidence, seen);
      const auto prior = posterior(model_, targets, {});
      ASSERT_TRUE(likelihood && prior);
      const double expected = likelihood->values[0] * prior->values[s] / mass->values[0];
      EXPECT_NEAR(after->values[s], expected, 1e-10);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, MiddleInferenceOracle,
                         testing::Values("alarm", "andes", "child", "hailfinder", "hepar2",
                                         "insurance", "pathfinder", "water", "win95pts"),
                         [](const auto& test) { return std::string(test.param); });

class LargeInferenceOracle : public InferenceOracle {};

// The worst that can be asked of these: every variable is needed (no leaf may take its first state,
// which cuts nothing apart where there are more than two), and several targets at once.
TEST_P(LargeInferenceOracle, AnswersOrRefusesWithinTheLimit) {
  Rng rng(4, stream_of(GetParam()));
  for (std::size_t trial = 0; trial < 8; ++trial) {
    SCOPED_TRACE(trial);
    NodeSet targets;
    while (targets.size() < 1 + trial / 2)
      targets.insert(static_cast<VariableId>(rng.below(model_.variable_count())));
    auto evidence = as_evidence(model_, drawn_evidence(model_, 2 * trial, rng));
    if (trial % 2 == 0) evidence.clear();
    for (VariableId v = 0; v < count() && trial % 2 == 0; ++v) {
      if (!model_.graph().children(v).empty() || model_.state_count(v) < 3) continue;
      evidence.push_back({v, std::vector<bool>(model_.state_count(v), true)});
      evidence.back().allowed[0] = false;
    }
    const auto after = posterior(model_, targets.to_vector(), evidence);
    if (!after) {
      EXPECT_EQ(after.error().code, ErrorCode::limit_exceeded) << error_text(after.error());
      EXPECT_NE(after.error().message.find("is over the limit of"), std::string::npos);
      continue;
    }
    double sum = 0;
    for (const double p : after->values) {
      EXPECT_TRUE(p >= 0 && p <= 1 + 1e-12) << p;
      sum += p;
    }
    EXPECT_NEAR(sum, 1, 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, LargeInferenceOracle,
                         testing::Values("barley", "diabetes", "link", "mildew", "munin", "pigs"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace causal_gym
