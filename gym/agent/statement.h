// What a reply states: each number that something leads to which says that it is the answer.
//
// A label leads to one ("Answer: 0.4", "\boxed{0.4}"), the asked query itself ("P(rain) = 0.4"), a
// noun phrase about what was asked ("the probability of rain is 0.4", "a 40% chance of rain"), the
// model speaking for itself ("I'd say 0.4"), or "it is". The lead begins its clause; between it and
// the number stands only what links them, and what precedes and follows must not change what is
// said. Cost: linear in the text.
#pragma once

#include <cstddef>
#include <vector>

#include "gym/agent/number_phrase.h"
#include "gym/agent/reply_token.h"

namespace causal_gym {

enum class LeadKind { label, phrase, pronoun };

struct Statement {
  LeadKind kind = LeadKind::phrase;
  std::size_t begin = 0;  // the lead's first token
  StatedNumber number;
};

struct Statements {
  std::vector<Statement> found;        // in the order of the text
  std::vector<Statement> asides;       // labelled too, but after words that say who knows what
  bool has_label_without_one = false;  // a label leads to something else that names a number
};

[[nodiscard]] Statements find_statements(const ReplyTokens& tokens, const AskedQuery& asked);

}  // namespace causal_gym
