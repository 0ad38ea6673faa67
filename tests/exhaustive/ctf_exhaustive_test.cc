// ctf-ID and ctf-IDC on every ADMG of two and three nodes and on random larger ones: random
// questions over several worlds. What is identified has the value that enumeration of response
// functions gives; what is not moves while everything available stays as it is.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/expression/alias.h"
#include "engine/expression/print.h"
#include "engine/expression/simplify.h"
#include "engine/graph/random_graph.h"
#include "engine/identify/ctf_idc.h"
#include "engine/identify/idc.h"
#include "tests/exhaustive/random_counterfactuals.h"
#include "tests/exhaustive/small_admg.h"

namespace causal_gym {
namespace {

std::string describe(const Setting& setting, const CounterfactualQuestion& question) {
  auto text = describe(setting.graph) + ": ";
  for (const auto& event : question.events)
    text += counterfactual_text(setting.graph, setting.symbols, event) + ", ";
  text += "| ";
  for (const auto& event : question.conditions)
    text += counterfactual_text(setting.graph, setting.symbols, event) + ", ";
  return text;
}

FunctionalModel::Value truth(const FunctionalModel& model, const Setting& setting,
                             const CounterfactualQuestion& question) {
  auto all = question.events;
  all.insert(all.end(), question.conditions.begin(), question.conditions.end());
  auto above = model.value(all, setting.states);
  if (question.conditions.empty()) return above;
  const auto below = model.value(question.conditions, setting.states);
  above.probability /= below.probability;
  for (std::size_t i = 0; i < above.gradient.size(); ++i)
    above.gradient[i] =
        (above.gradient[i] - above.probability * below.gradient[i]) / below.probability;
  return above;
}

struct Counts {
  int identified = 0;
  int zero = 0;
  int undefined = 0;
  int refused = 0;
  int settled_by_two_states = 0;  // of those refused
  friend bool operator==(const Counts&, const Counts&) = default;
};

void PrintTo(const Counts& counts, std::ostream* stream) {
  *stream << "{" << counts.identified << ", " << counts.zero << ", " << counts.undefined << ", "
          << counts.refused << ", " << counts.settled_by_two_states << "}";
}

// Asks questions of one graph and counts the answers, each checked.
class Examiner {
 public:
  // `both_ways`: the models are rich enough to show that what is refused cannot be had.
  Examiner(const Graph& graph, Rng& rng, bool both_ways)
      : both_ways_(both_ways),
        setting_(graph),
        model_(graph, std::vector<std::int32_t>(graph.node_count(), 2), both_ways ? 16 : 4, rng) {}

  void examine(const CounterfactualQuestion& question, AvailableData available, Counts& counts) {
    SCOPED_TRACE(describe(setting_, question));
    const auto answer =
        identify_by_ctf_idc(setting_.rows, question, setting_.symbols, available).value();
    const auto right = truth(model_, setting_, question);
    // Few response functions may leave a condition without probability that others would give it.
    if (!both_ways_ && std::isnan(right.probability) && answer.outcome != CtfOutcome::undefined)
      return;
    switch (answer.outcome) {
      case CtfOutcome::undefined:
        ++counts.undefined;
        EXPECT_TRUE(std::isnan(right.probability));
        return;
      case CtfOutcome::zero:
        ++counts.zero;
        EXPECT_EQ(right.probability, 0);
        return;
      case CtfOutcome::identified:
        ++counts.identified;
        check_estimand(answer, right.probability);
        return;
      case CtfOutcome::not_identified:
        ++counts.refused;
        EXPECT_TRUE(check_witness(setting_.graph, *answer.witness));
        check_refusal(question, right, available == AvailableData::experimental, counts);
    }
  }
  [[nodiscard]] const Setting& setting() const { return setting_; }

 private:
  void check_estimand(const CtfIdAnswer& answer, double right) {
    const auto simple = simplify(answer.estimand).expression;
    auto states = setting_.states;
    for (const std::int32_t other : {0, 1}) {
      for (auto s = states.size(); s < answer.symbols.size(); ++s)
        states[static_cast<ExpressionVariable>(s)] = other;
      for (const auto& expression : {answer.estimand, simple})
        EXPECT_NEAR(model_.value(expression, answer.symbols.bases(), states), right, 1e-9)
            << expression_text(expression, answer.symbols.names());
    }
    check_by_evaluator(answer, simple, states, right);
  }

  // The evaluator over P(v) alone, with a further name for each further symbol.
  void check_by_evaluator(const CtfIdAnswer& answer, const ExpressionPtr& estimand,
                          const SymbolStates& states, double right) {
    if (answer.available != AvailableData::observational) return;
    const auto n = setting_.graph.node_count();
    JointDistribution joint{{}, std::vector<std::size_t>(n, 2), {}};
    for (std::size_t v = 0; v < n; ++v) joint.variables.push_back(static_cast<NodeId>(v));
    joint.probabilities = model_.joint(std::vector<std::int32_t>(n, -1));
    const auto aliases = aliases_in(estimand, answer.symbols.bases());
    Assignment assignment;
    for (const auto& [symbol, state] : states) {
      assignment.variables.push_back(symbol);
      assignment.states.push_back(state);
    }
    auto evaluator = Evaluator::create(with_aliases(std::move(joint), aliases).value()).value();
    EXPECT_NEAR(evaluator.evaluate(estimand, assignment).value(), right, 1e-9);
  }

  // With two states, what is not x is x', and more can be had than by algorithms that know nothing
  // of states; with three it cannot.
  void check_refusal(const CounterfactualQuestion& question, const FunctionalModel::Value& right,
                     bool experimental, Counts& counts) {
    if (!both_ways_ || !model_.determined(right.gradient, experimental)) return;
    ++counts.settled_by_two_states;
    if (!larger_) {
      Rng rng(1, stream_of("three states"));
      const std::vector<std::int32_t> three(setting_.graph.node_count(), 3);
      larger_.emplace(setting_.graph, three, 27, rng);
    }
    EXPECT_FALSE(larger_->determined(truth(*larger_, setting_, question).gradient, experimental));
  }

  bool both_ways_;
  Setting setting_;
  FunctionalModel model_;
  std::optional<FunctionalModel> larger_;
};

void examine_random_questions(const Graph& graph, std::uint64_t seed, int questions, bool both_ways,
                              Counts& counts) {
  SCOPED_TRACE(seed);
  Rng rng(seed, stream_of("counterfactual questions"));
  Examiner examiner(graph, rng, both_ways);
  for (int i = 0; i < questions; ++i) {
    CounterfactualQuestion question;
    question.events = random_events(examiner.setting(), 1 + rng.below(3), rng);
    question.conditions = random_events(examiner.setting(), rng.below(3), rng);
    for (const auto available : {AvailableData::observational, AvailableData::experimental})
      examiner.examine(question, available, counts);
  }
}

TEST(EveryAdmg, AnswersCounterfactualQuestionsAsResponseFunctionsDo) {
  Counts counts;
  for (const std::size_t nodes : {2, 3}) {
    const auto graphs = all_ordered_admgs(nodes);
    for (std::size_t g = 0; g < graphs.size(); ++g)
      examine_random_questions(graphs[g], 1'000 * nodes + g, 60, true, counts);
  }
  EXPECT_EQ(counts, (Counts{3957, 2748, 730, 725, 49}));
}

TEST(RandomAdmg, OfFourToSixNodesAnswersCounterfactualQuestionsAsResponseFunctionsDo) {
  Counts counts;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Rng rng(seed, stream_of("graphs of counterfactual questions"));
    const auto nodes = 4 + rng.below(3);
    const auto graph = random_admg(nodes, 0.5, 0.8 / static_cast<double>(nodes), rng);
    if (graph.bidirected_edges().size() > 3) continue;
    examine_random_questions(graph, seed, 30, false, counts);
  }
  EXPECT_EQ(counts, (Counts{1659, 690, 206, 559, 0}));
}

// A question about one world is a conditional effect, which IDC decides by another road.
TEST(EveryAdmg, GivesQuestionsAboutOneWorldTheVerdictOfIdc) {
  int asked = 0;
  for (const std::size_t nodes : {2, 3}) {
    for (const auto& graph : all_ordered_admgs(nodes)) {
      const Setting setting(graph);
      for (const auto& x : subsets(graph.all_nodes()))
        for (const auto& y : subsets(graph.all_nodes() - x))
          for (const auto& z : subsets(graph.all_nodes() - x - y)) {
            if (y.empty()) continue;
            std::vector<CounterfactualSetting> world;
            for (const NodeId v : x) world.push_back({v, v, nullptr});
            CounterfactualQuestion question;
            for (const NodeId v : y) question.events.push_back({{v, world}, v});
            for (const NodeId v : z) question.conditions.push_back({{v, world}, v});
            const auto effect = identify_by_idc(setting.rows, x, y, z).value();
            const auto answer = [&](AvailableData available) {
              return identify_by_ctf_idc(setting.rows, question, setting.symbols, available)
                  .value()
                  .outcome;
            };
            ASSERT_EQ(answer(AvailableData::observational) == CtfOutcome::identified,
                      effect.estimand != nullptr)
                << describe(setting, question);
            ASSERT_EQ(answer(AvailableData::experimental), CtfOutcome::identified);
            ++asked;
          }
    }
  }
  EXPECT_EQ(asked, 4 * 7 + 64 * 37);
}

}  // namespace
}  // namespace causal_gym
