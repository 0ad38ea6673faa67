// A belief read from a model's words: stated, refused or unparseable, never guessed.
//
// An allow-list: a number counts only where something says that it is the answer; whatever else
// names a number is unparseable, with the reason.
// - The whole reply is a number: a decimal, a percentage, a fraction, "1 in 4", scientific
//   notation, a decimal comma, number words ("three quarters", "fifty-fifty"), softened ("about"),
//   restated ("2/5 = 40%"), corrected ("not 0.2 but 0.9"), or what arithmetic comes to. So is a
//   first line that is one, when nothing after it names another number or takes it back.
// - A label leads to it: "answer", "belief", "estimate", "\boxed", their like in other languages.
//   Labels that agree beat every number elsewhere; labels that differ state nothing.
// - A phrase about what was asked leads to it: the query itself, literally ("P(rain) = 0.4"),
//   "the probability of rain is", "a 40% chance of rain", "I'd say". It counts when no number that
//   differs stands outside of the arithmetic that leads to it; "it is 0.4" when none stands
//   anywhere. The lead begins its clause and links to the number at once. What is denied or doubted
//   ("not", "unlikely to be", "would be", "example"), a function of a number ("the complement of",
//   "1 - P"), a range, a bound, another thing's number, and a number that is cut off or taken back
//   state nothing. Cost: linear in the text, times the logarithm of the numbers that arithmetic
//   uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gym/agent/agent.h"

namespace causal_gym {

struct BeliefReading {
  Reply reply;
  std::string reason;  // how it was read, or why it was not: one clause
};

[[nodiscard]] BeliefReading unparseable_reading(std::string_view said, const std::string& reason);

// `range`: of the question; a percentage is a hundredth also outside [0, 1]. `query`: its canonical
// text; without it no P(...) or E[...] leads to a number.
[[nodiscard]] BeliefReading read_belief_text(std::string_view text, const BeliefRange& range,
                                             std::string_view query = {});

// Why what follows a stated value, or a refusal when there is none, speaks against it; nothing when
// it does not.
[[nodiscard]] std::optional<std::string> objection_after(std::string_view rest,
                                                         std::optional<double> value,
                                                         const BeliefRange& range,
                                                         std::string_view query);

}  // namespace causal_gym
