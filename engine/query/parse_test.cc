// The query language, read and printed: each form, each error with its column and hint.
#include "engine/query/query.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

// The text that a parsed query prints as, or its error as one line.
std::string reprinted(std::string_view text) {
  const auto query = parse_query(text);
  return query ? query_text(*query) : error_text(query.error());
}

Error error_of(std::string_view text, const Limits& limits = {}) {
  const auto query = parse_query(text, limits);
  EXPECT_FALSE(query.has_value()) << text;
  return query ? Error{} : query.error();
}

TEST(ParseQuery, canonical_texts_print_as_they_were_written) {
  for (const auto* text : {
           "P(y)",
           "P(y, z=1)",
           "P(y=* | c=*)",
           "P(y=1 | z != 2, w < 3, v <= -1.5, u > 1e-3, t >= 4)",
           "P(y in {a, b, \"c d\"} | do(x=1, w))",
           "P(y[x=1] | x=0, y[x=0, z=1] in {0})",
           "E[y]",
           "E[y[x=1] | x=0, z]",
           "E[\"blood pressure\" | age > 60, do(dose=high)]",
           "ATE(x -> y)",
           "ATT(x: low, high -> y)",
           "ATU(x: -1, 1 -> y)",
           "CDE(x -> y; m=1, n=2)",
           "CDE(x: a, b -> y; m=1)",
           "NDE(x -> m -> y)",
           "NIE(x: 0, 1 -> {m1, m2} -> y)",
           "TE(x -> y)",
           "PN(x -> y)",
           "PS(x -> y)",
           "PNS(x -> y)",
           "P(a) + P(b) * 2 - 0.5 / P(c)",
           "(P(a) + P(b)) * -(P(c) - 1)",
           "P(a) - (P(b) - P(c))",
           "P(a) / (P(b) * P(c))",
           "--P(a)",
           "1e+30 + 1e-07 + 0",
           "P(y=\"1\")",
       })
    EXPECT_EQ(reprinted(text), text);
}

TEST(ParseQuery, spaces_parentheses_and_several_dos_do_not_change_the_query) {
  EXPECT_EQ(reprinted("P(y|do(x=1),z,do(w=0))"), "P(y | z, do(x=1, w=0))");
  EXPECT_EQ(reprinted(" ( ( P( \"y\" = 1 ) ) ) "), "P(y=1)");
  EXPECT_EQ(reprinted("(P(a)*P(b))+P(c)"), "P(a) * P(b) + P(c)");
  EXPECT_EQ(reprinted("P(x<-1)"), "P(x < -1)");
  EXPECT_EQ(reprinted("NDE(x->{m}->y)"), "NDE(x -> m -> y)");
  EXPECT_EQ(reprinted("P(straße | do(größe=1))"), reprinted("P(\"straße\"|do(\"größe\"=1))"));
  EXPECT_EQ(reprinted("1-2-3"), "1 - 2 - 3");
  EXPECT_EQ(reprinted("1.50*.5"), "1.5 * 0.5");
}

TEST(ParseQuery, words_of_the_language_may_be_variables) {
  for (const auto* text : {"P(P, E=1 | do, do(do=1, in))", "P(in in {in, do} | ATE[P=E])",
                           "E[E | P]", "ATE(ATE -> NDE)", "NDE(P -> E -> do)", "P(x=in)"})
    EXPECT_EQ(reprinted(text), text);
  EXPECT_EQ(reprinted("P(\"do\" | \"in\" in {\"do\"})"), "P(do | in in {\"do\"})");
}

TEST(ParseQuery, the_tree_holds_what_was_written) {
  const auto query = parse_query("P(y[x=1]=a, w | z in {b, c}, do(v))");
  const ProbabilityQuery expected{
      {{{"y", {{"x", "1"}}}, Relation::equal, {"a"}}, {{"w", {}}, Relation::bare, {}}},
      {{{"z", {}}, Relation::in, {"b", "c"}}},
      {{"v", std::nullopt}}};
  EXPECT_THAT(error_of("P(y[x=1]=a, w | z in {b, c}, do(v))").where, HasSubstr("column 30"));
  EXPECT_FALSE(query.has_value());  // do() and a world in one term
  const auto apart = parse_query("P(w=a | z in {b, c}, do(v))");
  ASSERT_TRUE(apart.has_value());
  EXPECT_EQ(std::get<ProbabilityQuery>(apart->node).conditions, expected.conditions);
  EXPECT_EQ(std::get<ProbabilityQuery>(apart->node).interventions, expected.interventions);
}

TEST(ParseQuery, subtraction_and_division_group_to_the_left) {
  const auto query = parse_query("1 - 2 - 3");
  ASSERT_TRUE(query.has_value());
  const auto& outer = std::get<ArithmeticQuery>(query->node);
  EXPECT_EQ(std::get<NumberQuery>(outer.right->node).value, 3);
  EXPECT_EQ(query_text(*outer.left), "1 - 2");
}

TEST(ParseQuery, mixing_do_and_worlds_shows_the_term_written_counterfactually) {
  const auto error = error_of("P(y[z=0] | w=1, do(x=1))");
  EXPECT_EQ(error.code, ErrorCode::parse_error);
  EXPECT_EQ(error.where, "column 17");
  EXPECT_THAT(error.suggestion, HasSubstr("P(y[z=0, x=1] | w[x=1]=1)"));
  EXPECT_THAT(error_of("E[y[x=0] | do(x=1)]").suggestion, HasSubstr("E[y[x=0]]"));
  EXPECT_THAT(error_of("E[y | w[x=0], do(x=1)]").suggestion, HasSubstr("E[y[x=1] | w[x=0]]"));
}

struct Complaint {
  const char* text;
  const char* where;
  const char* message;
  const char* suggestion;
};

TEST(ParseQuery, errors_name_column_expectation_and_nearest_spelling) {
  const Complaint complaints[] = {
      {"", "column 1", "expected a number, '(', P(...)", ""},
      {"P(y", "column 4", "expected a relation, ',', '|' or ')' but found the end", ""},
      {"P(y))", "column 5", "expected '+', '-', '*', '/' or the end but found ')'", ""},
      {"P()", "column 3", "expected a variable's name but found ')'", ""},
      {"P(y | )", "column 7", "expected a variable's name", ""},
      {"P(y | do())", "column 10", "expected a variable's name", ""},
      {"P(y | do(x=))", "column 12", "expected a value", ""},
      {"P(y, do(x=1))", "column 6", "expected an event", "P(y | do(x))"},
      {"P[y]", "column 2", "expected '(' after P", ""},
      {"E(y)", "column 2", "expected '[' after E", ""},
      {"E[y=1]", "column 4", "expected '|' or ']'", "P(Y=...)"},
      {"P(y=)", "column 5", "expected a value", ""},
      {"P(y=-a)", "column 6", "expected a number", ""},
      {"P(y in a)", "column 8", "expected '{'", ""},
      {"P(y in {})", "column 9", "expected a value", ""},
      {"P(y[])", "column 5", "expected a variable's name", ""},
      {"ATTE(x -> y)", "column 1", "expected a number", "did you mean 'ATE'?"},
      {"p(y)", "column 1", "expected a number", "did you mean 'P'?"},
      {"ATE(x)", "column 6", "expected '->' or ':'", ""},
      {"ATE(x: a -> y)", "column 10", "expected ',' and the second value", ""},
      {"ATE(x -> m -> y)", "column 12", "expected ')'", "only NDE and NIE"},
      {"NDE(x -> y)", "column 11", "expected '->' and the outcome", ""},
      {"NDE(x -> {} -> y)", "column 11", "expected a variable's name", ""},
      {"CDE(x -> y)", "column 11", "expected ';'", ""},
      {"P(y) +", "column 7", "expected a number", ""},
      {"P(größe = )", "column 11", "expected a value", ""},
      {"P(\"y)", "column 3", "a quoted name is not closed", "close it"},
      {"P(\"\")", "column 3", "a quoted name is empty", ""},
      {"P(\"a\\n\")", "column 3", "unknown escape", ""},
      {"P(y ≤ 3)", "column 5", "unexpected character '≤'", ""},
      {"P(y\x80)", "column 4", "not UTF-8", ""},
      {"1e999", "column 1", "within the range of a double", ""},
      {"\"P\"(y)", "column 1", "expected a number, '('", ""},
  };
  for (const auto& complaint : complaints) {
    SCOPED_TRACE(complaint.text);
    const auto error = error_of(complaint.text);
    EXPECT_EQ(error.code, ErrorCode::parse_error);
    EXPECT_EQ(error.where, complaint.where);
    EXPECT_THAT(error.message, HasSubstr(complaint.message));
    EXPECT_THAT(error.suggestion, HasSubstr(complaint.suggestion));
  }
}

TEST(ParseQuery, each_limit_holds_at_its_edge) {
  Limits limits;
  limits.query_depth = 3;
  EXPECT_TRUE(parse_query("(-(1))", limits).has_value());
  EXPECT_EQ(error_of("(-((1)))", limits).code, ErrorCode::limit_exceeded);
  EXPECT_TRUE(parse_query("(1) + (1) + (1) + (1)", limits).has_value()) << "depth is not a count";
  limits = {};
  limits.query_terms = 3;
  EXPECT_TRUE(parse_query("1 + P(a) * E[b]", limits).has_value());
  EXPECT_EQ(error_of("1 + P(a) * E[b] + 1", limits).code, ErrorCode::limit_exceeded);
  limits = {};
  limits.query_text_bytes = 4;
  EXPECT_TRUE(parse_query("P(y)", limits).has_value());
  EXPECT_EQ(error_of("P(yy)", limits).code, ErrorCode::limit_exceeded);
}

TEST(ParseQuery, a_deep_text_is_refused_not_followed) {
  EXPECT_EQ(error_of(std::string(4096, '(')).code, ErrorCode::limit_exceeded);
  EXPECT_EQ(error_of(std::string(4096, '-')).code, ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace causal_gym
