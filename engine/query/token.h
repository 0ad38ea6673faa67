// The words of a query text.
//
// A word is what the graph syntax takes as a bare name (graph/node_name.h); an operator such as
// `do` or `in` is an ordinary word that the parser recognises by its place. Cost: O(length).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

enum class QueryTokenKind { word, quoted, signed_number, symbol, end };

struct QueryToken {
  QueryTokenKind kind = QueryTokenKind::end;
  std::string text;        // of a quoted name, what the quotes hold
  std::size_t column = 1;  // of its first character, counted in characters from 1
};

// The tokens, closed by one of kind `end`. signed_number is a number with a signed exponent, 1e-3.
// Errors: parse_error for a character that no query holds, bytes that are not UTF-8, an open quote,
// an unknown escape.
[[nodiscard]] Result<std::vector<QueryToken>> query_tokens(std::string_view text);

// How many characters of the text, from its start, are one decimal number: 12, .5, 1.5e-3; 0 when
// it starts with none. A number followed by a further word character is none.
[[nodiscard]] std::size_t number_length(std::string_view text);

// Is the whole text what a query writes as a value without quotes: a word, or a number with or
// without a minus sign?
[[nodiscard]] bool is_bare_value(std::string_view text);

// Is the text a bare value in double quotes, "1": exactly the state of that name?
[[nodiscard]] bool is_exact_value(std::string_view text);

}  // namespace causal_gym
