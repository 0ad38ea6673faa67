// Queries resolved against a model: values as sets of states, effects as terms, every error.
#include "engine/query/check.h"

#include "engine/model/build.h"
#include "engine/query/check_values.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

// x, y, m binary; c categorical a, b, c; o ordinal without numbers; n ordinal with numbers 0, 10,
// 20; k a count 1..4; w binary with the states yes, no in this order.
Model model() {
  auto built = ModelBuilder("test", "x; y; m; c; o; n; k; w")
                   .categorical("c", {"a", "b", "c"})
                   .ordinal("o", {"low", "mid", "high"})
                   .ordinal("n", {"none", "some", "much"}, {0, 10, 20})
                   .count("k", 1, 4)
                   .binary("w", "yes", "no")
                   .table("x", {}, {0.5, 0.5})
                   .table("y", {}, {0.5, 0.5})
                   .table("m", {}, {0.5, 0.5})
                   .table("c", {}, {0.2, 0.3, 0.5})
                   .table("o", {}, {0.2, 0.3, 0.5})
                   .table("n", {}, {0.2, 0.3, 0.5})
                   .table("k", {}, {0.25, 0.25, 0.25, 0.25})
                   .table("w", {}, {0.5, 0.5})
                   .build();
  EXPECT_TRUE(built.has_value()) << error_text(built.error());
  return *built;
}

constexpr VariableId X = 0, Y = 1, M = 2, C = 3, N = 5;

Result<CheckedQuery> checked(std::string_view text, const Limits& limits = {}) {
  const auto query = parse_query(text);
  EXPECT_TRUE(query.has_value()) << error_text(query.error());
  return check_query(*query, model(), limits);
}

CheckedTerm term(std::string_view text) {
  const auto query = checked(text);
  EXPECT_TRUE(query.has_value()) << text << ": " << error_text(query.error());
  return query ? std::get<CheckedTerm>(query->node) : CheckedTerm{};
}

// "011": the states an event of this text allows, or "*" when it asks for each.
std::string states(std::string_view event) {
  const auto one = term("P(" + std::string(event) + ")").events.at(0);
  if (one.each_state) return "*";
  std::string text;
  for (const bool allowed : one.allowed) text += allowed ? '1' : '0';
  return text;
}

Error error_of(std::string_view text, const Limits& limits = {}) {
  const auto query = checked(text, limits);
  EXPECT_FALSE(query.has_value()) << text;
  return query ? Error{} : query.error();
}

CheckedEvent is(VariableId v, State state, std::vector<SetIntervention> world = {}) {
  std::vector<bool> allowed(model().state_count(v), false);
  allowed[static_cast<std::size_t>(state)] = true;
  return {v, std::move(world), allowed, false};
}

CheckedEvent any(VariableId v, std::vector<SetIntervention> world = {}) {
  return {v, std::move(world), std::vector<bool>(model().state_count(v), true), false};
}

TEST(CheckEvent, values_become_sets_of_states) {
  const std::pair<const char*, const char*> expected[] = {
      {"y", "01"},          {"y=1", "01"},
      {"y=off", "10"},      {"y=*", "*"},
      {"y != true", "10"},  {"y < 1", "10"},
      {"y >= 1", "01"},     {"c", "*"},
      {"c=b", "010"},       {"c=2", "001"},
      {"c != b", "101"},    {"c in {a, c}", "101"},
      {"o < high", "110"},  {"o <= 1", "110"},
      {"o > low", "011"},   {"n < 10", "100"},
      {"n <= 10", "110"},   {"n > -1", "111"},
      {"n >= some", "011"}, {"n > 1e1", "001"},
      {"n=2", "001"},       {"k", "*"},
      {"k < 3", "1100"},    {"k=3", "0010"},
      {"k >= 2.5", "0011"}, {"w=yes", "10"},
      {"w=*", "*"},         {"c in {a, a}", "100"},
      {"k=\"1\"", "1000"},  {"w in {yes, no}", "11"}};
  for (const auto& [event, allowed] : expected) EXPECT_EQ(states(event), allowed) << event;
}

TEST(CheckTerm, worlds_and_interventions_are_sorted_by_variable) {
  const auto counterfactual = term("P(y[m=0, x=1] | x=0)");
  EXPECT_EQ(counterfactual.events, (std::vector{is(Y, 1, {{X, 1}, {M, 0}})}));
  EXPECT_EQ(counterfactual.conditions, (std::vector{is(X, 0)}));
  EXPECT_TRUE(counterfactual.counterfactual());
  const auto interventional = term("P(y | do(m=0), c=a, do(x=1))");
  EXPECT_EQ(interventional.interventions, (std::vector<SetIntervention>{{X, 1}, {M, 0}}));
  EXPECT_TRUE(interventional.causal());
  EXPECT_FALSE(interventional.counterfactual());
  EXPECT_FALSE(term("P(y | x)").causal());
  EXPECT_TRUE(term("P(y | c=*)").table());
  EXPECT_EQ(term("P(x=0 | do(x=1))").events, (std::vector{is(X, 0)})) << "a contradiction is asked";
  EXPECT_EQ(term("E[n[x=1]]").expectation_of, any(N, {{X, 1}}));
}

CheckedTerm mean(std::vector<SetIntervention> interventions, std::vector<SetIntervention> world,
                 std::vector<CheckedEvent> conditions, std::vector<CheckedEvent> events = {}) {
  return {std::move(events), std::move(conditions), std::move(interventions),
          any(Y, std::move(world))};
}

// The terms of a sum or difference in order, with their signs.
void flatten(const CheckedQuery& query, int sign, std::vector<std::pair<int, CheckedTerm>>& terms) {
  if (const auto* one = std::get_if<CheckedTerm>(&query.node)) {
    terms.emplace_back(sign, *one);
    return;
  }
  const auto& node = std::get<CheckedArithmetic>(query.node);
  flatten(*node.left, sign, terms);
  flatten(*node.right, node.operation == Operator::subtract ? -sign : sign, terms);
}

std::vector<std::pair<int, CheckedTerm>> terms(std::string_view text) {
  std::vector<std::pair<int, CheckedTerm>> found;
  const auto query = checked(text);
  EXPECT_TRUE(query.has_value()) << text << ": " << error_text(query.error());
  if (query) flatten(*query, 1, found);
  EXPECT_TRUE(query && is_causal(*query)) << text;
  return found;
}

using Terms = std::vector<std::pair<int, CheckedTerm>>;

TEST(CheckEffect, total_and_conditional_effects_contrast_two_means) {
  const Terms ate = {{1, mean({{X, 1}}, {}, {})}, {-1, mean({{X, 0}}, {}, {})}};
  EXPECT_EQ(terms("ATE(x -> y)"), ate);
  EXPECT_EQ(terms("TE(x -> y)"), ate);
  EXPECT_EQ(terms("ATE(x: 1, 0 -> y)"),
            (Terms{{1, mean({{X, 0}}, {}, {})}, {-1, mean({{X, 1}}, {}, {})}}));
  EXPECT_EQ(terms("ATE(c: a, c -> y)"),
            (Terms{{1, mean({{C, 2}}, {}, {})}, {-1, mean({{C, 0}}, {}, {})}}));
  EXPECT_EQ(terms("ATT(x -> y)"),
            (Terms{{1, mean({}, {{X, 1}}, {is(X, 1)})}, {-1, mean({}, {{X, 0}}, {is(X, 1)})}}));
  EXPECT_EQ(terms("ATU(x -> y)"),
            (Terms{{1, mean({}, {{X, 1}}, {is(X, 0)})}, {-1, mean({}, {{X, 0}}, {is(X, 0)})}}));
  EXPECT_EQ(terms("CDE(x -> y; m=1)"),
            (Terms{{1, mean({{X, 1}, {M, 1}}, {}, {})}, {-1, mean({{X, 0}, {M, 1}}, {}, {})}}));
}

TEST(CheckEffect, natural_effects_sum_over_the_mediators_states) {
  const auto nested = [](State x, State m, State mediator_x) {
    return mean({}, {{X, x}, {M, m}}, {}, {is(M, m, {{X, mediator_x}})});
  };
  EXPECT_EQ(terms("NDE(x -> m -> y)"),
            (Terms{{1, nested(1, 0, 0)}, {1, nested(1, 1, 0)}, {-1, mean({}, {{X, 0}}, {})}}));
  EXPECT_EQ(terms("NIE(x -> m -> y)"),
            (Terms{{1, nested(0, 0, 1)}, {1, nested(0, 1, 1)}, {-1, mean({}, {{X, 0}}, {})}}));
  EXPECT_EQ(terms("NDE(x -> {m, c} -> y)").size(), 7U);
}

TEST(CheckEffect, probabilities_of_causation_are_pearls_terms) {
  EXPECT_EQ(term("PN(x -> y)"),
            (CheckedTerm{{is(Y, 0, {{X, 0}})}, {is(X, 1), is(Y, 1)}, {}, std::nullopt}));
  EXPECT_EQ(term("PS(x -> y)"),
            (CheckedTerm{{is(Y, 1, {{X, 1}})}, {is(X, 0), is(Y, 0)}, {}, std::nullopt}));
  EXPECT_EQ(term("PNS(x -> y)"),
            (CheckedTerm{{is(Y, 1, {{X, 1}}), is(Y, 0, {{X, 0}})}, {}, {}, std::nullopt}));
}

TEST(CheckQuery, every_error_names_its_culprit) {
  struct Complaint {
    const char* text;
    ErrorCode code;
    const char* message;
  };
  const auto invalid = ErrorCode::invalid_argument;
  const auto unknown = ErrorCode::unknown_name;
  const Complaint complaints[] = {
      {"P(q)", unknown, "'q'"},
      {"P(y=maybe)", unknown, "maybe"},
      {"P(y | do(x=3))", unknown, "3"},
      {"P(y | do(x))", invalid, "gives 'x' no value"},
      {"P(y[x])", invalid, "gives 'x' no value"},
      {"P(y | do(x=1, x=1))", invalid, "sets 'x' twice"},
      {"P(y[x=1, x=0])", invalid, "sets 'x' twice"},
      {"P(w)", invalid, "'w'"},
      {"P(c < b)", invalid, "no order"},
      {"P(n < plenty)", unknown, "plenty"},
      {"E[c]", invalid, "needs a number for each state"},
      {"E[o]", invalid, "needs a number for each state"},
      {"E[y | c]", invalid, "answers one number"},
      {"P(y=*) + 1", invalid, "table cannot stand in arithmetic"},
      {"-P(y | c=*)", invalid, "table cannot stand in arithmetic"},
      {"P(c, c=*)", invalid, "asked for twice"},
      {"ATE(x -> x)", invalid, "both treatment and outcome"},
      {"ATE(c -> y)", invalid, "has 3 states and needs a contrast"},
      {"ATE(c: a, a -> y)", invalid, "one state of the treatment twice"},
      {"ATE(w -> y)", invalid, "'w'"},
      {"ATE(x -> c)", invalid, "needs a number for each state"},
      {"CDE(x -> y; x=1)", invalid, "'x' is held"},
      {"CDE(x -> y; m)", invalid, "gives 'm' no value"},
      {"NDE(x -> x -> y)", invalid, "mediator 'x' is the treatment or the outcome"},
      {"NIE(x -> {m, m} -> y)", invalid, "mediator 'm' is named twice"},
      {"PN(x -> n)", invalid, "outcome 'n' is not binary"},
  };
  for (const auto& complaint : complaints) {
    SCOPED_TRACE(complaint.text);
    const auto error = error_of(complaint.text);
    EXPECT_EQ(error.code, complaint.code);
    EXPECT_THAT(error.message, HasSubstr(complaint.message));
  }
}

TEST(CheckQuery, trees_that_no_text_gives_are_refused) {
  const auto code = [](Query query) {
    const auto result = check_query(query, model());
    EXPECT_FALSE(result.has_value());
    return result ? ErrorCode::parse_error : result.error().code;
  };
  const auto invalid = ErrorCode::invalid_argument;
  EXPECT_EQ(code({NumberQuery{std::numeric_limits<double>::quiet_NaN()}}), invalid);
  EXPECT_EQ(code({ProbabilityQuery{}}), invalid);
  EXPECT_EQ(code({ProbabilityQuery{{{{"y", {}}, Relation::equal, {}}}, {}, {}}}), invalid);
  EXPECT_EQ(code({ProbabilityQuery{{{{"y", {{"x", "1"}}}, Relation::bare, {}}}, {}, {{"m", "1"}}}}),
            invalid);
  EXPECT_EQ(code({EffectQuery{EffectKind::NDE, "x", {}, {}, "y", {}}}), invalid);
  EXPECT_EQ(code({EffectQuery{EffectKind::CDE, "x", {}, {}, "y", {}}}), invalid);
  EXPECT_EQ(code({EffectQuery{EffectKind::ATE, "x", {}, {"m"}, "y", {}}}), invalid);
  EXPECT_EQ(code({EffectQuery{EffectKind::ATE, "x", {}, {}, "y", {{"m", "1"}}}}), invalid);
}

TEST(CheckQuery, each_limit_holds_at_its_edge) {
  Limits limits;
  limits.answer_rows = 6;
  EXPECT_TRUE(checked("P(c=* | y=*)", limits).has_value());
  EXPECT_EQ(error_of("P(c=*, n=*)", limits).code, ErrorCode::limit_exceeded);
  limits.query_terms = 4;
  EXPECT_TRUE(checked("NDE(x -> k -> y)", limits).has_value());
  EXPECT_EQ(error_of("NDE(x -> {m, c} -> y)", limits).code, ErrorCode::limit_exceeded);
}

TEST(CheckQuery, negation_and_numbers_become_arithmetic) {
  const auto query = checked("-2 * P(y)");
  ASSERT_TRUE(query.has_value());
  const auto& product = std::get<CheckedArithmetic>(query->node);
  const auto& negation = std::get<CheckedArithmetic>(product.left->node);
  EXPECT_EQ(std::get<double>(negation.left->node), 0);
  EXPECT_EQ(std::get<double>(negation.right->node), 2);
  EXPECT_FALSE(is_causal(*query));
}

TEST(CheckValues, LooksEachWrittenValueUpAndMissesNone) {
  const auto error = [](std::string_view text) {
    const auto status = check_values(*parse_query(text), model());
    return status ? std::string() : error_text(status.error());
  };
  for (const auto* fine : {"P(y | do(x))", "P(c=a, w=yes | do(x=1), o)", "E[n | c != b]",
                           "P(k > 2)", "P(o >= mid)", "ATE(c: a, b -> y)", "CDE(x -> y; m=1)",
                           "1 - P(y[x=1] | c in {a, b})", "P(elsewhere=whatever)"})
    EXPECT_EQ(error(fine), "") << fine;
  for (const auto* wrong : {"P(c=d)", "P(y | c=d)", "P(y | do(c=d))", "P(y[c=d])", "E[n[c=d]]",
                            "E[n | c != d]", "E[n | do(c=d)]", "P(c in {a, d})",
                            "ATE(c: a, d -> y)", "CDE(x -> y; c=d)", "1 - P(c=d)", "P(y) / P(c=d)"})
    EXPECT_THAT(error(wrong), HasSubstr("'d'")) << wrong;
  EXPECT_THAT(error("P(c > a)"), HasSubstr("no order"));
}

}  // namespace
}  // namespace causal_gym
