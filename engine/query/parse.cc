#include <charconv>
#include <cmath>

#include "engine/query/parse_term.h"

namespace causal_gym {

namespace {

class Parser {
 public:
  Parser(std::vector<QueryToken> tokens, const Limits& limits)
      : cursor_(std::move(tokens)), limits_(limits) {}

  Result<Query> run() {
    CAUSAL_GYM_TRY(query, sum());
    if (cursor_.peek().kind != QueryTokenKind::end)
      return cursor_.expected("'+', '-', '*', '/' or the end");
    return query;
  }

 private:
  Result<Query> sum() {
    CAUSAL_GYM_TRY(left, product());
    while (true) {
      const bool adds = cursor_.accept("+");
      if (!adds && !cursor_.accept("-")) return left;
      CAUSAL_GYM_TRY(right, product());
      left = joined(adds ? Operator::add : Operator::subtract, std::move(left), std::move(right));
    }
  }

  Result<Query> product() {
    CAUSAL_GYM_TRY(left, factor());
    while (true) {
      const bool multiplies = cursor_.accept("*");
      if (!multiplies && !cursor_.accept("/")) return left;
      CAUSAL_GYM_TRY(right, factor());
      left = joined(multiplies ? Operator::multiply : Operator::divide, std::move(left),
                    std::move(right));
    }
  }

  Result<Query> factor() {
    if (cursor_.at_symbol("-") || cursor_.at_symbol("(")) return nested();
    CAUSAL_GYM_CHECKED(check_limit("terms of the query", ++terms_, limits_.query_terms));
    const auto& token = cursor_.peek();
    if (token.kind == QueryTokenKind::signed_number ||
        (token.kind == QueryTokenKind::word && number_length(token.text) > 0))
      return number();
    return parse_term(cursor_);
  }

  Result<Query> nested() {
    CAUSAL_GYM_CHECKED(check_limit("depth of the query", ++depth_, limits_.query_depth));
    if (cursor_.accept("-")) {
      CAUSAL_GYM_TRY(operand, factor());
      --depth_;
      return Query{NegatedQuery{std::make_shared<const Query>(std::move(operand))}};
    }
    (void)cursor_.take();
    CAUSAL_GYM_TRY(inner, sum());
    CAUSAL_GYM_CHECKED(cursor_.expect(")", "')'"));
    --depth_;
    return inner;
  }

  Result<Query> number() {
    const auto& text = cursor_.peek().text;
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || !std::isfinite(value))
      return cursor_.expected("a number within the range of a double");
    (void)cursor_.take();
    return Query{NumberQuery{value}};
  }

  static Query joined(Operator operation, Query left, Query right) {
    return Query{ArithmeticQuery{operation, std::make_shared<const Query>(std::move(left)),
                                 std::make_shared<const Query>(std::move(right))}};
  }

  QueryCursor cursor_;
  const Limits& limits_;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
};

}  // namespace

Result<Query> parse_query(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of the query", text.size(), limits.query_text_bytes));
  CAUSAL_GYM_TRY(tokens, query_tokens(text));
  return Parser(std::move(tokens), limits).run();
}

}  // namespace causal_gym
