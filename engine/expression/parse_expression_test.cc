// Expressions from text: what is printed is read back, and what cannot be read says why and where.
#include "engine/expression/parse_expression.h"

#include <gtest/gtest.h>

#include "engine/base/rng.h"
#include "engine/expression/print.h"

namespace causal_gym {
namespace {

const std::vector<std::string> names = {"x", "y", "z", "blood pressure", "a_b", "é"};

// "parse_error (column 3): ..", or the expression printed again.
std::string read(std::string_view text) {
  const auto parsed = parse_expression(text, names);
  return parsed ? expression_text(*parsed, names) : error_text(parsed.error());
}

TEST(ParseExpression, ReadsWhatIsPrinted) {
  for (const auto* text :
       {"1", "P(y)", "P(y | do(x))", "P(x, y | do(z, a_b), é)", "P(y | x, z) P(z)",
        "sum_{z} P(y | x, z) P(z)", "P(x) sum_{z} P(z | x) sum_{x'} P(y | x', z) P(x')",
        "sum_{z} P(z) sum_{z'} P(y | z')", "P(x, y) / P(x)", "sum_{z} (P(x, y) / P(x))",
        "(sum_{z} P(y, z)) / (sum_{y', z} P(y', z))", "(P(x, y) / P(x)) P(z)",
        "(sum_{z} P(y | z)) P(x)", "(P(x) P(y)) / (P(z) / P(y))",
        "sum_{\"blood pressure\"} P(\"blood pressure\") sum_{\"blood pressure\"'} "
        "P(y | \"blood pressure\"')"})
    EXPECT_EQ(read(text), text);
}

TEST(ParseExpression, ReadsOtherWaysOfWriting) {
  EXPECT_EQ(read("  P( y|z,do( x ) )*P(z) "), "P(y | do(x), z) P(z)");
  EXPECT_EQ(read("P(y) P(z) / P(x)"), "(P(y) P(z)) / P(x)");
  EXPECT_EQ(read("((P(y)))"), "P(y)");
  // The sum hides the x outside, with primes or without.
  EXPECT_EQ(read("P(x) sum_{x} P(x)"), "P(x) sum_{x'} P(x')");
  EXPECT_EQ(read("P(x) sum_{x''} P(x'')"), "P(x) sum_{x'} P(x')");
}

TEST(ParseExpression, TakesAPrimedNameForAVariableOfThatNameFirst) {
  const std::vector<std::string> primed = {"x", "x'"};
  EXPECT_EQ(free_variables(*parse_expression("P(x')", primed)), std::vector{1});
  EXPECT_EQ(error_text(parse_expression("sum_{x''} P(x'')", primed).error()),
            "parse_error: 'x''' may stand for 'x'' or 'x' (column 6)");
}

TEST(ParseExpression, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(read(""), "parse_error: expected P(..), a sum or a bracket (column 1)");
  EXPECT_EQ(read("P(y"), "parse_error: expected ',', '|' or ')' (column 4)");
  EXPECT_EQ(read("P(y | x"), "parse_error: expected ',' or ')' (column 8)");
  EXPECT_EQ(read("P()"), "parse_error: expected a name (column 3)");
  EXPECT_EQ(read("P(y | do(x)"), "parse_error: expected ',' or ')' (column 12)");
  EXPECT_EQ(read("P(y | do(x"), "parse_error: expected ',' or ')' (column 11)");
  EXPECT_EQ(read("P(y) Q(x)"), "parse_error: expected the end of the expression (column 6)");
  EXPECT_EQ(read("(P(y)"), "parse_error: expected ')' (column 6)");
  EXPECT_EQ(read("P(\"y"), "parse_error: the quoted name is not closed (column 3)");
  EXPECT_EQ(read("sum_{x P(x)"), "parse_error: expected ',' or '}' (column 8)");
  EXPECT_EQ(read("P(y | y)"), "parse_error: 'y' stands twice in one P (column 7)");
  EXPECT_EQ(read("sum_{y, y} P(y)"), "parse_error: 'y' is summed over twice (column 9)");
  EXPECT_EQ(read("P(a_c)"), "unknown_name: no variable 'a_c' (column 3); did you mean 'a_b'?");
  EXPECT_EQ(read("P(y')"), "parse_error: 'y'' means nothing here (column 3)");
  EXPECT_EQ(read("sum_{y'} P(y)"),
            "parse_error: 'y' means nothing here: the sum around it is over 'y'' (column 12)");
}

TEST(ParseExpression, WantsBracketsWhereAFractionCouldBeMisread) {
  EXPECT_EQ(read("sum_{z} P(z) / P(y)"),
            "parse_error: put brackets around the fraction in a sum (column 14)");
  EXPECT_EQ(
      read("P(x) / P(y) P(z)"),
      "parse_error: put brackets around a fraction that is multiplied or divided (column 13)");
  EXPECT_EQ(
      read("P(x) / P(y) / P(z)"),
      "parse_error: put brackets around a fraction that is multiplied or divided (column 13)");
}

TEST(ParseExpression, StopsAtItsLimits) {
  EXPECT_EQ(parse_expression(std::string(longest_expression_text + 1, ' '), names).error().code,
            ErrorCode::limit_exceeded);
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "P(y)" + std::string(depth, ')');
  };
  EXPECT_TRUE(parse_expression(nested(deepest_expression_text - 1), names));
  EXPECT_EQ(parse_expression(nested(deepest_expression_text), names).error().code,
            ErrorCode::limit_exceeded);
  std::string sums;
  for (int i = 0; i < 200; ++i) sums += "sum_{z} ";
  EXPECT_EQ(parse_expression(sums + "P(z)", names).error().code, ErrorCode::limit_exceeded);
}

ExpressionPtr random_expression(Rng& rng, int depth) {
  const auto variable = [&] { return static_cast<ExpressionVariable>(rng.below(names.size())); };
  const auto kind = depth == 0 ? 0 : rng.below(4);
  if (kind == 1) return sum({variable(), variable()}, random_expression(rng, depth - 1));
  if (kind == 2)
    return product({random_expression(rng, depth - 1), random_expression(rng, depth - 1),
                    random_expression(rng, depth - 1)});
  if (kind == 3)
    return fraction(random_expression(rng, depth - 1), random_expression(rng, depth - 1));
  std::vector<ExpressionVariable> parts[3];
  for (std::size_t v = 0; v < names.size(); ++v)
    if (const auto part = rng.below(6); part < 3)
      parts[part].push_back(static_cast<ExpressionVariable>(v));
  return probability(parts[0], parts[1], parts[2]);
}

TEST(ParseExpression, ReadsRandomExpressionsBackAsTheyWere) {
  for (std::uint64_t seed = 0; seed < 3'000 && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("expressions"));
    const auto expression = random_expression(rng, 3);
    const auto text = expression_text(expression, names);
    const auto parsed = parse_expression(text, names);
    ASSERT_TRUE(parsed) << text << ": " << error_text(parsed.error());
    EXPECT_EQ(expression_text(*parsed, names), text);
    EXPECT_EQ(free_variables(*parsed), free_variables(expression)) << text;
  }
}

}  // namespace
}  // namespace causal_gym
