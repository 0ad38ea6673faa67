// Effects of every rung identified from graphs: their texts, and their values in random models
// against twin networks, which know the noise.
#include "engine/counterfactual/identify_query.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/counterfactual/twin_network.h"
#include "engine/expression/alias.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/text.h"
#include "engine/infer/enumeration.h"
#include "engine/model/random_model.h"

namespace causal_gym {
namespace {

QueryIdentification identified(const Graph& graph, std::string_view query,
                               AvailableData available = AvailableData::observational) {
  auto result = identify_counterfactual_query(graph, parse_query(query).value(), available);
  EXPECT_TRUE(result) << error_text(result.error());
  return *std::move(result);
}

QueryIdentification identified(std::string_view graph, std::string_view query,
                               AvailableData available = AvailableData::observational) {
  return identified(parse_graph(graph).value(), query, available);
}

TEST(IdentifyQuery, WritesEffectsWithPrimesForTheOtherValue) {
  EXPECT_EQ(identified("x -> y", "ATE(x -> y)").text, "sum_{y} y (P(y | x) - P(y | x'))");
  EXPECT_EQ(identified("x -> y", "ATE(x -> y)").latex,
            "\\sum_{y} y \\left(P(y \\mid x) - P(y \\mid \\mathit{x'})\\right)");
  EXPECT_EQ(identified("z -> x; z -> y; x -> y", "ATT(x -> y)").text,
            "sum_{y} y (P(y | x) - (sum_{z} P(z | x) P(y | z, x')))");
  EXPECT_EQ(identified("x -> m -> y; x -> y", "NDE(x -> m -> y)").text,
            "sum_{y} y ((sum_{m} P(m | x') P(y | x, m)) - P(y | x'))");
  EXPECT_EQ(identified("x -> m -> y; x -> y", "CDE(x -> y; m=1)").text,
            "sum_{y} y (P(y | x, m) - P(y | m, x'))");
  EXPECT_EQ(identified("x -> m -> y; x <-> y", "P(y[x=0]=1 | x=1)").text,
            "sum_{m} P(m | x) P(y | m, x')");
}

TEST(IdentifyQuery, SaysWhatEachSymbolMeans) {
  const auto answer = identified("x -> y", "P(y[x=0]=1 | x=1)");
  ASSERT_EQ(answer.meanings.size(), 3U);
  EXPECT_EQ(answer.symbols.names()[answer.meanings[0].symbol], "x");
  EXPECT_EQ(answer.meanings[0].text, "0");
  EXPECT_EQ(answer.symbols.names()[answer.meanings[2].symbol], "x'");
  EXPECT_EQ(answer.meanings[2].text, "1");
  EXPECT_EQ(answer.text, "P(y | x)");
}

TEST(IdentifyQuery, UsesExperimentsWhereTheyAreGiven) {
  const auto* graph = "x -> y; x <-> y";
  EXPECT_EQ(identified(graph, "ATE(x -> y)").verdict, CounterfactualVerdict::not_identifiable);
  EXPECT_EQ(identified(graph, "ATE(x -> y)", AvailableData::experimental).text,
            "sum_{y} y (P(y | do(x)) - P(y | do(x')))");
  EXPECT_EQ(identified(graph, "P(y[x] | x=0)", AvailableData::experimental).verdict,
            CounterfactualVerdict::not_identifiable);
}

TEST(IdentifyQuery, CancelsTermsThatAreTheSameVariable) {
  // The direct effect of what works through m alone, and any effect of what is no cause.
  const auto direct = identified("x -> m -> y; m <-> y; x <-> y", "NDE(x -> m -> y)");
  EXPECT_EQ(direct.verdict, CounterfactualVerdict::zero);
  EXPECT_EQ(direct.text, "0");
  EXPECT_EQ(identified("y -> x; x <-> y", "ATT(x -> y)").verdict, CounterfactualVerdict::zero);
}

TEST(IdentifyQuery, AnswersImpossibleEventsWithZeroAndImpossibleConditionsWithUndefined) {
  const auto zero = identified("x -> y", "P(y[x=1]=0 | x=1, y=1)");
  EXPECT_EQ(zero.verdict, CounterfactualVerdict::zero);
  EXPECT_EQ(zero.text, "0");
  const auto undefined = identified("x -> y", "P(y | y[x=1]=0, x=1, y=1)");
  EXPECT_EQ(undefined.verdict, CounterfactualVerdict::undefined);
  EXPECT_EQ(undefined.text, "");
  EXPECT_EQ(undefined.reason,
            "the conditions cannot happen together: y=y'' contradicts the others or its own world");
}

TEST(IdentifyQuery, ShowsTheFactorThatForbids) {
  const auto answer = identified("x -> y", "PNS(x -> y)");
  EXPECT_EQ(answer.verdict, CounterfactualVerdict::not_identifiable);
  EXPECT_EQ(answer.reason,
            "P(y[x=x]=y, y[x=x']=y') speaks of y at two values at once, y and y', tied together by "
            "latent causes: no data alone show it");
}

TEST(IdentifyQuery, NamesWhatTheFormulaRestsOn) {
  using Sentences = std::vector<std::string>;
  EXPECT_EQ(identified("x -> m -> y; x -> y", "NDE(x -> m -> y)").assumptions,
            (Sentences{"no latent cause joins any two of x, m, y, also across worlds, which no "
                       "experiment can test"}));
  EXPECT_EQ(identified("z -> x; z -> y; x -> y", "ATE(x -> y)").assumptions,
            Sentences{"no latent cause joins any two of z, x, y"});
  EXPECT_EQ(identified("x -> y", "ATE(x -> y)").assumptions,
            Sentences{"no latent cause joins any two of x, y"});
}

TEST(IdentifyQuery, NamesTheAssumptionsThatWouldIdentify) {
  const auto pn = identified("x -> y", "PN(x -> y)");
  ASSERT_EQ(pn.under_assumptions.size(), 1U);
  EXPECT_EQ(pn.under_assumptions[0].text, "(P(y) - P(y | x')) / P(x, y)");
  EXPECT_EQ(pn.under_assumptions[0].latex, "\\frac{P(y) - P(y \\mid \\mathit{x'})}{P(x, y)}");
  EXPECT_EQ(pn.under_assumptions[0].assumptions,
            (std::vector<std::string>{"x has two states, x and x'", "y has two states",
                                      "y is monotone in x: whoever has y[x=x']=y has y[x=x]=y"}));
  const auto bow = identified("x -> y; x <-> y", "PNS(x -> y)");
  ASSERT_EQ(bow.under_assumptions.size(), 1U);
  EXPECT_EQ(bow.under_assumptions[0].text, "P(y | x) - P(y | x')");
  EXPECT_EQ(bow.under_assumptions[0].assumptions.back(),
            "x is exogenous: independent of y[x=x] and y[x=x']");
  const auto att = identified("x -> y; x <-> y", "ATT(x -> y)", AvailableData::experimental);
  EXPECT_EQ(att.verdict, CounterfactualVerdict::not_identifiable);
  ASSERT_EQ(att.under_assumptions.size(), 1U);
  EXPECT_EQ(att.under_assumptions[0].text, "sum_{y} y (P(y) - P(y | do(x'))) / P(x)");
}

TEST(IdentifyQuery, NamesWhatIsWrong) {
  const auto graph = parse_graph("x -> m -> y; u -> y; u [latent]").value();
  const auto error = [&](std::string_view query) {
    const auto result = identify_counterfactual_query(graph, parse_query(query).value());
    return result
               ? "none"
               : std::string(error_code_name(result.error().code)) + ": " + result.error().message;
  };
  EXPECT_EQ(error("ATE(z -> y)").substr(0, 12), "unknown_name");
  EXPECT_EQ(error("P(y[u=1])"),
            "invalid_argument: 'u' is latent and cannot be in the subscript of a counterfactual");
  EXPECT_EQ(error("ATE(x -> x)"), "invalid_argument: 'x' is both the treatment and the outcome");
  EXPECT_EQ(error("NDE(x -> x -> y)"),
            "invalid_argument: the mediator 'x' is the treatment or the outcome");
  EXPECT_EQ(error("ATE(x: 1, 1 -> y)"), "invalid_argument: a contrast needs two different states");
  EXPECT_EQ(error("CDE(x -> y; x=1)"), "invalid_argument: 'x' is set twice in one world");
  EXPECT_EQ(error("P(y) + P(x)"), "invalid_argument: a sum of terms is not identified as a whole");
  EXPECT_EQ(error("P(y[x=1] in {1, 2} | y=1)"),
            "invalid_argument: 'y' has a set of states in one event and another value elsewhere");
}

// A model whose tables have these couplings; with `rising`, each row of y that has x true gives it
// more than the row that has x false.
Model coupled(const Graph& graph, Rng& rng, Coupling coupling, bool rising) {
  const auto drawn = random_model(graph, rng, {2, 2, true, false});
  auto mechanisms = std::vector<Mechanism>(drawn.mechanisms().begin(), drawn.mechanisms().end());
  for (auto& mechanism : mechanisms) std::get<TableMechanism>(mechanism).coupling = coupling;
  if (rising) {
    auto& table = std::get<TableMechanism>(mechanisms[drawn.require("y").value()]);
    const auto x = drawn.require("x").value();
    const auto at = std::find(table.given.begin(), table.given.end(), x) - table.given.begin();
    const auto stride = std::size_t{2} << (table.given.size() - 1 - static_cast<std::size_t>(at));
    auto& cells = table.probabilities;
    for (std::size_t i = 0; i < cells.size(); i += 2)
      if ((i / stride) % 2 == 0 && cells[i + 1] > cells[i + stride + 1]) {
        std::swap(cells[i], cells[i + stride]);
        std::swap(cells[i + 1], cells[i + stride + 1]);
      }
  }
  const std::vector<Variable> variables(drawn.variables().begin(), drawn.variables().end());
  return Model::create("coupled", drawn.graph(), variables, mechanisms).value();
}

double truth(const Model& model, const CheckedQuery& query) {
  if (const auto* number = std::get_if<double>(&query.node)) return *number;
  if (const auto* arithmetic = std::get_if<CheckedArithmetic>(&query.node)) {
    const double left = truth(model, *arithmetic->left);
    const double right = truth(model, *arithmetic->right);
    return arithmetic->operation == Operator::add        ? left + right
           : arithmetic->operation == Operator::subtract ? left - right
           : arithmetic->operation == Operator::multiply ? left * right
                                                         : left / right;
  }
  auto term = std::get<CheckedTerm>(query.node);
  for (auto* events : {&term.events, &term.conditions})
    for (auto& event : *events)
      event.world.insert(event.world.end(), term.interventions.begin(), term.interventions.end());
  if (term.expectation_of)
    term.expectation_of->world.insert(term.expectation_of->world.end(), term.interventions.begin(),
                                      term.interventions.end());
  term.interventions.clear();
  return evaluate_counterfactual(model, term).value().values[0];
}

// The value of signed parts in the observed joint of a model, with x, y true and x', y' false.
double value(const Model& model, const Graph& graph, const std::vector<SignedExpression>& parts,
             const ExpressionPtr& denominator,
             const std::optional<ExpressionVariable>& expectation_of, const ValueSymbols& own) {
  const auto observed = graph.observed_nodes().to_vector();
  auto factor = enumerate_joint_mass(model, observed, {}).value();
  const JointDistribution joint{std::move(factor.variables), std::move(factor.cardinalities),
                                std::move(factor.values)};
  const auto evaluated = [&](const ExpressionPtr& expression, const ValueSymbols& symbols) {
    const auto aliases = aliases_in(expression, symbols.bases());
    Assignment assignment;
    for (std::size_t s = 0; s < symbols.size(); ++s) {
      const auto symbol = static_cast<ExpressionVariable>(s);
      assignment.variables.push_back(symbol);
      assignment.states.push_back(symbols.base(symbol) == symbol ? 1 : 0);
    }
    auto evaluator = Evaluator::create(with_aliases(joint, aliases).value()).value();
    return evaluator.evaluate(expression, assignment).value();
  };
  // E of a binary outcome is the probability of its second state.
  EXPECT_LT(expectation_of.value_or(0), static_cast<int>(graph.node_count()));
  double total = 0;
  for (const auto& [sign, expression, symbols] : parts)
    total += sign * evaluated(expression, symbols);
  return total / evaluated(denominator, own);
}

const char* const effect_queries[] = {"ATE(x -> y)", "ATT(x -> y)",      "ATU(x -> y)",
                                      "TE(x -> y)",  "NDE(x -> m -> y)", "NIE(x -> m -> y)",
                                      "PN(x -> y)",  "PS(x -> y)",       "PNS(x -> y)"};

TEST(IdentifyQuery, HasTheValueOfTheTwinNetworkWhateverTheCoupling) {
  int identifiable = 0;
  int zero = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("identify_query_test"));
    const auto drawn = random_admg(4, 0.7, 0.15, rng);
    std::vector<Node> nodes(4);
    const char* const names[] = {"z", "x", "m", "y"};
    for (std::size_t i = 0; i < 4; ++i) nodes[i].name = names[(i + seed) % 4];
    const std::vector<Edge> directed(drawn.directed_edges().begin(), drawn.directed_edges().end());
    const std::vector<Edge> both(drawn.bidirected_edges().begin(), drawn.bidirected_edges().end());
    const auto graph = Graph::create(nodes, directed, both).value();
    const auto model =
        coupled(graph, rng, seed % 2 == 0 ? Coupling::monotone : Coupling::independent, false);
    for (const auto* text : effect_queries) {
      SCOPED_TRACE(text);
      const auto answer = identified(graph, text);
      if (answer.verdict == CounterfactualVerdict::not_identifiable) continue;
      const auto right = truth(model, check_query(parse_query(text).value(), model).value());
      if (answer.verdict == CounterfactualVerdict::zero) {
        EXPECT_NEAR(right, 0, 1e-12);
        ++zero;
        continue;
      }
      std::vector<SignedExpression> parts;
      for (const auto& part : answer.parts)
        if (part.answer.estimand)
          parts.push_back({part.sign, part.answer.estimand, part.answer.symbols});
      EXPECT_NEAR(value(model, graph, parts, one(), answer.expectation_of, answer.symbols), right,
                  1e-9)
          << answer.text;
      ++identifiable;
    }
  }
  EXPECT_EQ(identifiable, 570);
  EXPECT_EQ(zero, 2'318);
}

TEST(IdentifyQuery, HasTheAssumedFormulasOfMonotoneModels) {
  const auto graph = parse_graph("z -> x; z -> y; x -> y; z <-> y").value();
  int formulas = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed, stream_of("monotone models"));
    const auto model = coupled(graph, rng, Coupling::monotone, true);
    for (const auto* text : {"PN(x -> y)", "PS(x -> y)", "PNS(x -> y)"}) {
      SCOPED_TRACE(text);
      const auto answer = identified(graph, text);
      ASSERT_EQ(answer.under_assumptions.size(), 1U);
      const auto& assumed = answer.under_assumptions[0];
      EXPECT_NEAR(value(model, graph, assumed.parts, assumed.denominator, answer.expectation_of,
                        answer.symbols),
                  truth(model, check_query(parse_query(text).value(), model).value()), 1e-9)
          << assumed.text;
      ++formulas;
    }
  }
  EXPECT_EQ(formulas, 150);
}

}  // namespace
}  // namespace causal_gym
