// Expressions as plain text and LaTeX: brackets, primes and names that need care.
#include "engine/expression/print.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

const std::vector<std::string> names = {"x", "y", "z", "blood pressure", "x'", "a_b", "é"};

std::string text(const ExpressionPtr& expression) { return expression_text(expression, names); }
std::string latex(const ExpressionPtr& expression) { return expression_latex(expression, names); }

TEST(ExpressionText, WritesAnAdjustmentFormula) {
  const auto formula = sum({2}, product({probability({1}, {0, 2}), probability({2})}));
  EXPECT_EQ(text(formula), "sum_{z} P(y | x, z) P(z)");
  EXPECT_EQ(latex(formula), "\\sum_{z} P(y \\mid x, z)\\, P(z)");
}

TEST(ExpressionText, PrimesABoundVariableThatIsAlsoFree) {
  const auto formula =
      sum({2}, product({probability({2}, {0}),
                        sum({0}, product({probability({1}, {0, 2}), probability({0})}))}));
  EXPECT_EQ(text(formula), "sum_{z} P(z | x) sum_{x''} P(y | x'', z) P(x'')");
}

TEST(ExpressionText, PrimesASumInsideASumOverTheSameVariable) {
  const auto formula = sum({2}, product({probability({2}), sum({2}, probability({1}, {2}))}));
  EXPECT_EQ(text(formula), "sum_{z} P(z) sum_{z'} P(y | z')");
}

TEST(ExpressionText, APrimedNameNeverMeetsAnotherVariablesName) {
  const auto formula =
      product({probability({0}), probability({4}), sum({0}, probability({1}, {0}))});
  EXPECT_EQ(text(formula), "P(x) P(x') sum_{x''} P(y | x'')");
  const auto both =
      product({probability({0}), probability({4}), sum({0, 4}, probability({1}, {0, 4}))});
  EXPECT_EQ(text(both), "P(x) P(x') sum_{x'', x'''} P(y | x'', x''')");
}

TEST(ExpressionText, ReusesPrimesOnceTheirScopeHasEnded) {
  const auto bound = sum({2}, probability({1}, {2}));
  EXPECT_EQ(text(product({probability({2}), bound, bound})),
            "P(z) (sum_{z'} P(y | z')) sum_{z'} P(y | z')");
}

TEST(ExpressionText, BracketsASumThatSomethingFollows) {
  const auto first = sum({2}, probability({1}, {2}));
  EXPECT_EQ(text(product({first, probability({0})})), "(sum_{z} P(y | z)) P(x)");
  EXPECT_EQ(text(product({product({probability({0}), first}), probability({3})})),
            "(P(x) sum_{z} P(y | z)) P(\"blood pressure\")");
  EXPECT_EQ(text(product({probability({0}), first})), "P(x) sum_{z} P(y | z)");
}

TEST(ExpressionText, BracketsFractions) {
  const auto ratio = fraction(probability({1, 0}), probability({0}));
  EXPECT_EQ(text(ratio), "P(x, y) / P(x)");
  EXPECT_EQ(latex(ratio), "\\frac{P(x, y)}{P(x)}");
  EXPECT_EQ(text(sum({2}, ratio)), "sum_{z} (P(x, y) / P(x))");
  EXPECT_EQ(text(product({ratio, probability({2})})), "(P(x, y) / P(x)) P(z)");
  EXPECT_EQ(text(fraction(one(), product({probability({0}), probability({1})}))),
            "1 / (P(x) P(y))");
  EXPECT_EQ(text(fraction(ratio, ratio)), "(P(x, y) / P(x)) / (P(x, y) / P(x))");
  EXPECT_EQ(text(fraction(sum({2}, probability({2})), probability({0}))), "(sum_{z} P(z)) / P(x)");
}

TEST(ExpressionText, WritesInterventions) {
  EXPECT_EQ(text(probability({1}, {2}, {0})), "P(y | do(x), z)");
  EXPECT_EQ(text(probability({1}, {}, {0, 2})), "P(y | do(x, z))");
  EXPECT_EQ(latex(probability({1}, {}, {0})), "P(y \\mid \\mathrm{do}(x))");
}

TEST(ExpressionText, QuotesAndEscapesNames) {
  EXPECT_EQ(text(probability({3}, {5})), "P(\"blood pressure\" | a_b)");
  EXPECT_EQ(latex(probability({3}, {5, 6})),
            "P(\\mathit{blood\\ pressure} \\mid \\mathit{a\\_b}, é)");
  const std::vector<std::string> odd = {"a\"b\\c", "50%{$&#^~"};
  EXPECT_EQ(expression_text(probability({0}), odd), "P(\"a\\\"b\\\\c\")");
  EXPECT_EQ(expression_latex(probability({1}), odd),
            "P(\\mathit{50\\%\\{\\$\\&\\#\\wedge{}\\sim{}})");
}

TEST(ExpressionText, OneIsOne) {
  EXPECT_EQ(text(one()), "1");
  EXPECT_EQ(latex(one()), "1");
}

TEST(ExpressionText, WritesPopulationsByNameOrNumber) {
  const std::vector<std::string> populations = {"", "trial", "", "old city"};
  const auto formula = product({probability({1}, {0}, {2}, 1), probability({0}),
                                probability({0}, {}, {}, 2), probability({2}, {}, {}, 3)});
  EXPECT_EQ(expression_text(formula, names, populations),
            "P^{trial}(y | do(z), x) P(x) P^{2}(x) P^{\"old city\"}(z)");
  EXPECT_EQ(expression_latex(formula, names, populations),
            "P^{\\mathit{trial}}(y \\mid \\mathrm{do}(z), x)\\, P(x)\\, P^{2}(x)\\, "
            "P^{\\mathit{old\\ city}}(z)");
  EXPECT_EQ(expression_text(probability({0}), names, std::vector<std::string>{"target"}),
            "P^{target}(x)");
}

}  // namespace
}  // namespace causal_gym
