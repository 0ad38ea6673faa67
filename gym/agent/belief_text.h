// A belief read from a model's words: stated, refused or unparseable, never guessed.
//
// The grammar takes a reply whose every number says the same thing, or whose last line says it
// after "answer", "belief", "probability" or "P(...) =": a decimal, a percentage ("40%", "40
// percent"), a fraction ("2/5"), "1 in 4", scientific notation, a decimal comma ("0,4"), "zero",
// "one", "certain", "impossible" standing alone. A range, several different numbers, a correction
// ("not 0.2 but 0.9" states 0.9; two corrections do not), a number that is cut off, or one in a
// numbered list is unparseable, with the reason. Cost: linear in the text.
#pragma once

#include "gym/agent/agent.h"

namespace causal_gym {

struct BeliefReading {
  Reply reply;
  std::string reason;  // how it was read, or why it was not: one clause
};

// `range`: of the question; a percentage is a hundredth also outside [0, 1].
[[nodiscard]] BeliefReading read_belief_text(std::string_view text, const BeliefRange& range);

}  // namespace causal_gym
