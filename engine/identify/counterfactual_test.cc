// Counterfactual events, networks, ancestors and separation by known examples; what ctf-ID
// shows of its answers; witnesses that are none.
#include <gmock/gmock.h>

#include "engine/expression/print.h"
#include "engine/expression/rename.h"
#include "engine/identify/counterfactual_ancestors.h"
#include "engine/identify/counterfactual_separation.h"
#include "engine/identify/identify_counterfactual.h"
#include "engine/identify/test_sets.h"

namespace causal_gym {
namespace {

using test::causal_graph;
using testing::ElementsAre;

// "y[x=x']" and "y[x, m[x=x']]=y'", spaces as shown; a name without a value is its own.
class Reader {
 public:
  explicit Reader(std::string_view graph_text)
      : graph(causal_graph(graph_text)), symbols(graph), rows(admg_rows(graph).value()) {
    for (std::size_t v = 0; v < graph.node_count(); ++v)
      primed_.push_back(symbols.add(static_cast<NodeId>(v)));
  }
  CounterfactualEvent event(std::string_view text) {
    rest_ = text;
    CounterfactualEvent result{read_term(), 0};
    result.value = read_value(result.term.variable);
    EXPECT_EQ(rest_, "");
    return result;
  }
  CounterfactualTerm term(std::string_view text) { return event(text).term; }
  std::vector<CounterfactualTerm> terms(const std::vector<std::string_view>& texts) {
    std::vector<CounterfactualTerm> result;
    for (const auto text : texts) result.push_back(term(text));
    return result;
  }
  CounterfactualQuestion question(const std::vector<std::string_view>& events,
                                  const std::vector<std::string_view>& conditions = {}) {
    CounterfactualQuestion result;
    for (const auto text : events) result.events.push_back(event(text));
    for (const auto text : conditions) result.conditions.push_back(event(text));
    return result;
  }
  [[nodiscard]] CounterfactualIdentification identify(
      const CounterfactualQuestion& asked,
      AvailableData available = AvailableData::observational) const {
    return identify_counterfactual(graph, symbols, asked, available).value();
  }
  [[nodiscard]] std::string text(const CounterfactualIdentification& answer) const {
    return answer.estimand ? expression_text(answer.estimand, answer.symbols.names())
                           : answer.reason;
  }

  Graph graph;
  ValueSymbols symbols;
  AdmgRows rows;

 private:
  bool take(std::string_view token) {
    if (rest_.substr(0, token.size()) != token) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  ExpressionVariable read_value(NodeId v) {
    if (!take("=")) return v;
    EXPECT_TRUE(take(graph.name(v)));
    return take("'") ? primed_[static_cast<std::size_t>(v)] : v;
  }
  CounterfactualTerm read_term() {
    const auto end = std::min(rest_.find_first_of("[]=,"), rest_.size());
    CounterfactualTerm result{graph.require(rest_.substr(0, end)).value(), {}};
    rest_.remove_prefix(end);
    if (!take("[")) return result;
    while (!take("]")) {
      auto inner = read_term();
      const NodeId v = inner.variable;
      if (inner.subscript.empty()) {
        result.subscript.push_back({v, read_value(v), nullptr});
      } else {
        result.subscript.push_back(
            {v, -1, std::make_shared<const CounterfactualTerm>(std::move(inner))});
      }
      take(", ");
    }
    return result;
  }

  std::vector<ExpressionVariable> primed_;
  std::string_view rest_;
};

TEST(CounterfactualEvent, IsWrittenAsItIsRead) {
  Reader read("x -> m -> y; x -> y");
  EXPECT_EQ(counterfactual_text(read.graph, read.symbols, read.event("y[x, m[x=x']]=y'")),
            "y[x=x, m[x=x']]=y'");
}

TEST(CounterfactualEvent, NamesWhatIsWrongWithIt) {
  Reader read("x -> m -> y; u -> y; u [latent]");
  const auto message = [&](const CounterfactualEvent& event) {
    const auto status = check_event(read.graph, read.symbols, event);
    return status ? "" : status.error().message;
  };
  EXPECT_EQ(message(read.event("y[x=x']")), "");
  EXPECT_EQ(message(read.event("u")), "'u' is latent and cannot be in the counterfactual event");
  EXPECT_EQ(message({{9, {}}, 9}),
            "the counterfactual event holds a node that is not in the graph");
  EXPECT_EQ(message({{2, {}}, 0}), "'x' is no value of 'y'");
  EXPECT_EQ(message({{2, {}}, 99}), "the value of 'y' is no symbol that is known");
  EXPECT_EQ(message(read.event("y[x, x=x']")), "'x' is set twice in one world");
  auto nested = read.event("y[m[x]]");
  nested.term.subscript[0].variable = 0;
  EXPECT_EQ(message(nested), "'x' cannot be set to a counterfactual of 'm'");
  Limits limits;
  limits.query_depth = 1;
  EXPECT_EQ(check_event(read.graph, read.symbols, read.event("y[m[m[x]]]"), limits).error().code,
            ErrorCode::limit_exceeded);
}

TEST(ValueSymbols, TakeAsManyPrimesAsNoNodeHas) {
  const auto graph = causal_graph("x -> x' -> y");
  ValueSymbols symbols(graph);
  EXPECT_EQ(symbols.names()[static_cast<std::size_t>(symbols.add(0))], "x''");
  EXPECT_EQ(symbols.names()[static_cast<std::size_t>(symbols.add(0))], "x'''");
}

TEST(RenameFree, LeavesWhatSumsBind) {
  const auto p = probability({1}, {0});
  const auto expression = product({p, sum({0}, product({p, probability({0})}))});
  const std::vector<std::string> names{"a", "b", "c"};
  EXPECT_EQ(expression_text(rename_free(expression, {{0, 2}}), names),
            "P(b | c) sum_{a} P(b | a) P(a)");
  EXPECT_EQ(expression_text(rename_free(expression, {{1, 2}}), names),
            "P(c | a) sum_{a'} P(c | a') P(a')");
}

std::vector<std::string> ancestor_texts(Reader& read, std::string_view term) {
  std::vector<std::string> result;
  const auto found = counterfactual_ancestors(read.rows, read.term(term)).value();
  for (const auto& one : found)
    result.push_back(counterfactual_text(read.graph, read.symbols, one));
  return result;
}

TEST(CounterfactualAncestors, StopAtWhatIsSetAndKeepOnlySettingsThatMatter) {
  Reader read("x -> z -> y; x -> w -> y; x <-> y");
  EXPECT_THAT(ancestor_texts(read, "y[x]"), ElementsAre("z[x=x]", "w[x=x]", "y[x=x]"));
  EXPECT_THAT(ancestor_texts(read, "y[x, z]"), ElementsAre("w[x=x]", "y[x=x, z=z]"));
  EXPECT_THAT(ancestor_texts(read, "y[z]"), ElementsAre("x", "w", "y[z=z]"));
  EXPECT_THAT(ancestor_texts(read, "y"), ElementsAre("x", "z", "w", "y"));
  EXPECT_THAT(ancestor_texts(read, "y[x, z, w]"), ElementsAre("y[z=z, w=w]"));
  EXPECT_THAT(ancestor_texts(read, "x[y]"), ElementsAre("x"));
  EXPECT_THAT(ancestor_texts(read, "y[y, x]"), ElementsAre("y[y=y]"));
  EXPECT_FALSE(counterfactual_ancestors(read.rows, read.term("y[z[x]]")));
  EXPECT_EQ(counterfactual_text(
                read.graph, read.symbols,
                without_irrelevant_settings(read.rows, read.term("y[x, z, w=w']")).value()),
            "y[z=z, w=w']");
}

std::string separation_text(Reader& read, const std::vector<std::string_view>& x,
                            const std::vector<std::string_view>& y,
                            const std::vector<std::string_view>& z = {}) {
  const auto answer = counterfactual_separated(read.graph, read.symbols, read.terms(x),
                                               read.terms(y), read.terms(z))
                          .value();
  EXPECT_EQ(answer.separated, !answer.open_path.has_value());
  return answer.separated ? "separated" : path_text(answer.network, *answer.open_path);
}

TEST(CounterfactualSeparation, SeesIgnorabilityGivenAConfounder) {
  Reader read("z -> x; z -> y; x -> y");
  EXPECT_EQ(separation_text(read, {"y[x]"}, {"x"}), "\"y[x=x]\" <- z -> x");
  EXPECT_EQ(separation_text(read, {"y[x]"}, {"x"}, {"z"}), "separated");
  EXPECT_EQ(separation_text(read, {"y[x]"}, {"y[x=x']"}, {"z"}), "\"y[x=x]\" <-> \"y[x=x']\"");
}

// What mediation needs: the outcome's and the mediator's noise apart.
TEST(CounterfactualSeparation, SeesCrossWorldIndependence) {
  Reader mediation("x -> m -> y; x -> y");
  EXPECT_EQ(separation_text(mediation, {"y[x, m]"}, {"m[x=x']"}), "separated");
  EXPECT_EQ(separation_text(mediation, {"y[x, m]"}, {"x"}), "separated");
  Reader confounded("x -> m -> y; x -> y; m <-> y");
  EXPECT_EQ(separation_text(confounded, {"y[x, m]"}, {"m[x=x']"}),
            "\"y[x=x, m=m]\" <-> \"m[x=x']\"");
}

TEST(CounterfactualSeparation, TakesEqualVariablesAsOne) {
  Reader read("x -> y; w");
  EXPECT_EQ(separation_text(read, {"y[w]"}, {"y"}), "y");
  EXPECT_EQ(separation_text(read, {"y[w]"}, {"y"}, {"y[w=w']"}), "separated");
  EXPECT_EQ(separation_text(read, {"y[y]"}, {"y"}), "separated");
  EXPECT_EQ(counterfactual_separated(read.graph, read.symbols, {}, {}, {}).error().code,
            ErrorCode::invalid_argument);
}

// Consistency makes both events the actual world's.
TEST(IdentifyCounterfactual, MergesWhatConsistencyMakesEqual) {
  Reader read("x -> y; x <-> y");
  EXPECT_EQ(read.text(read.identify(read.question({"y[x]"}, {"x"}))), "P(y | x)");
  EXPECT_EQ(read.text(read.identify(read.question({"y[x]", "x", "y"}))), "P(x) P(y | x)");
  EXPECT_EQ(read.text(read.identify(read.question({"y"}, {"x", "y[x]"}))), "1");
}

TEST(IdentifyCounterfactual, SumsOverNestedCounterfactuals) {
  Reader read("x -> m -> y; x -> y");
  const auto answer = read.identify(read.question({"y[x, m[x=x']]"}));
  EXPECT_EQ(read.text(answer), "sum_{m} P(m | x') P(y | x, m)");
  EXPECT_EQ(answer.factors.size(), 2U);
  EXPECT_EQ(answer.positive.size(), 2U);
  EXPECT_TRUE(answer.free.empty());
  Reader apart("x -> m -> y; x -> y; m <-> y");
  EXPECT_EQ(apart.identify(apart.question({"y[x, m[x=x']]"})).verdict,
            CounterfactualVerdict::not_identifiable);
}

TEST(IdentifyCounterfactual, TakesLatentVariablesForTheEdgesTheyMake) {
  Reader read("u -> x; u -> y; x -> w; w -> y; u [latent]");
  EXPECT_EQ(read.text(read.identify(read.question({"y[x]"}, {"x=x'"}))),
            "sum_{w} P(w | x) P(y | w, x')");
  EXPECT_EQ(read.text(read.identify(read.question({"y[w]", "w=w'"}))),
            "sum_{x} P(x) P(w' | x) P(y | x, w)");
  Reader bow("u -> x; u -> y; x -> y; u [latent]");
  const auto hedge = bow.identify(bow.question({"y[x]"}));
  EXPECT_EQ(hedge.verdict, CounterfactualVerdict::not_identifiable);
  EXPECT_TRUE(check_witness(bow.graph, *hedge.witness));
}

TEST(IdentifyCounterfactual, ReportsFreeSymbolsOfTheNapkin) {
  Reader read("w1 -> w2 -> x -> y; w1 <-> x; w1 <-> y");
  const auto answer = read.identify(read.question({"y[x]"}));
  EXPECT_EQ(answer.verdict, CounterfactualVerdict::identifiable);
  EXPECT_EQ(answer.free, test::named(read.graph, "w2"));
}

TEST(IdentifyCounterfactual, UsesExperimentsWhenItMay) {
  Reader read("x -> m -> y; x <-> m; m <-> y");
  const auto question = read.question({"y[m=m']"}, {"x"});
  EXPECT_EQ(read.text(read.identify(question, AvailableData::experimental)), "P(y | do(m'))");
  EXPECT_EQ(read.text(read.identify(read.question({"y[x]"}), AvailableData::experimental)),
            "P(y | do(x))");
}

TEST(IdentifyCounterfactual, GivesUpAtItsLimitAndStopsWhenCancelled) {
  Reader read("x -> m -> y; x <-> y");
  const auto question = read.question({"y[x]"}, {"x=x'"});
  Limits limits;
  limits.identification_links = 1;
  const auto answer =
      identify_counterfactual(read.graph, read.symbols, question, {}, limits).value();
  EXPECT_EQ(answer.verdict, CounterfactualVerdict::unknown);
  EXPECT_NE(answer.limit, "");
  CancellationSource source;
  source.cancel();
  EXPECT_EQ(identify_counterfactual(read.graph, read.symbols, question, {}, {}, source.token())
                .error()
                .code,
            ErrorCode::cancelled);
  EXPECT_EQ(identify_counterfactual(read.graph, read.symbols, {}).error().code,
            ErrorCode::invalid_argument);
}

TEST(CheckWitness, NamesThePartThatIsWrong) {
  Reader read("x -> y; x <-> y; z -> y");
  const auto conflict = *read.identify(read.question({"y[x]", "x=x'"})).witness;
  ASSERT_TRUE(conflict.conflict);
  ASSERT_TRUE(check_witness(read.graph, conflict));
  const auto message = [&](const CtfFactorWitness& wrong) {
    return check_witness(read.graph, wrong).error().message;
  };
  auto wrong = conflict;
  wrong.factor.members.clear();
  EXPECT_EQ(message(wrong), "this is no witness: the factor is empty");
  wrong = conflict;
  wrong.factor.members.push_back({2, 2, {}});
  EXPECT_EQ(message(wrong), "this is no witness: its variables are not one district");
  wrong = conflict;
  wrong.factor.members[1].held.pop_back();
  EXPECT_EQ(message(wrong), "this is no witness: a member does not hold its parents");
  wrong = conflict;
  wrong.conflict->second = 2;
  EXPECT_EQ(message(wrong),
            "this is no witness: a value of the conflict does not stand in the factor");
  wrong = conflict;
  wrong.conflict->second = wrong.conflict->first;
  EXPECT_EQ(message(wrong), "this is no witness: the variable has one value in one world");
  wrong = conflict;
  wrong.conflict.reset();
  EXPECT_EQ(message(wrong), "this is no witness: there is neither a conflict nor a hedge");
  const auto hedged = *read.identify(read.question({"y[x]"})).witness;
  ASSERT_TRUE(hedged.hedge);
  ASSERT_TRUE(check_witness(read.graph, hedged));
  wrong = hedged;
  wrong.hedge->inner = {0};
  EXPECT_EQ(message(wrong), "this is no witness: the hedge is that of another effect");
}

TEST(IdentifyCounterfactual, AnswersOnAThousandNodesInThreeWorlds) {
  std::string text;
  for (int i = 0; i < 999; ++i)
    text += "v" + std::to_string(i) + " -> v" + std::to_string(i + 1) + ";";
  Reader read(text);
  const auto question = read.question({"v999[v0]", "v500[v0=v0']"}, {"v0"});
  const auto answer = read.identify(question);
  EXPECT_EQ(answer.verdict, CounterfactualVerdict::not_identifiable);
  EXPECT_TRUE(check_witness(read.graph, *answer.witness));
  EXPECT_EQ(read.identify(read.question({"v999[v500]"}, {"v0"})).verdict,
            CounterfactualVerdict::identifiable);
}

}  // namespace
}  // namespace causal_gym
