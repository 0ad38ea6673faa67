// Recursive descent over the tokens of one term: P(...), E[...], or an effect.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/query/query.h"
#include "engine/query/token.h"

namespace causal_gym {

// Where the parser stands in the tokens; the last token is of kind `end` and is never passed.
class QueryCursor {
 public:
  explicit QueryCursor(std::vector<QueryToken> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const QueryToken& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool at_symbol(std::string_view symbol, std::size_t ahead = 0) const {
    return peek(ahead).kind == QueryTokenKind::symbol && peek(ahead).text == symbol;
  }
  [[nodiscard]] bool at_word(std::string_view word) const {
    return peek().kind == QueryTokenKind::word && peek().text == word;
  }
  QueryToken take() {
    auto token = peek();
    if (token.kind != QueryTokenKind::end) ++position_;
    return token;
  }
  bool accept(std::string_view symbol) {
    if (!at_symbol(symbol)) return false;
    ++position_;
    return true;
  }
  // Ok past the symbol, or "expected <what> but found ...".
  [[nodiscard]] Status expect(std::string_view symbol, std::string_view what);
  // parse_error at the token that stands here.
  [[nodiscard]] tl::unexpected<Error> expected(std::string_view what,
                                               std::string suggestion = {}) const;

 private:
  std::vector<QueryToken> tokens_;
  std::size_t position_ = 0;
};

// The term that starts here: the cursor stands on its name, and a bracket follows.
// Errors: parse_error.
[[nodiscard]] Result<Query> parse_term(QueryCursor& cursor);

}  // namespace causal_gym
