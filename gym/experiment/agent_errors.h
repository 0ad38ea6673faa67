// Why the agents of a run did not reply, or stated no number, so that a count of errors or of
// unparseable replies says what to do about it.
//
// Cost: linear in the events.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "gym/experiment/run_store.h"

namespace causal_gym {

struct ReasonCount {
  std::int64_t count = 0;
  std::string commonest;  // the reason, on one line and no longer than a person reads
  std::int64_t times = 0;
};

using ReasonsByAgent = std::map<std::string, ReasonCount>;

// The messages of errors, by agent, of those that have any; of finished episodes, or of all that
// began.
[[nodiscard]] ReasonsByAgent agent_errors(std::span<const EpisodeRecord> episodes,
                                          bool finished_alone);
// The same of the replies in which no belief is read; those whose reason was not kept count in
// none.
[[nodiscard]] ReasonsByAgent unparseable_replies(std::span<const EpisodeRecord> episodes,
                                                 bool finished_alone);

// "16 errors, the commonest: too_large (HTTP 400): too long, 12 times"; "1 error: ...".
[[nodiscard]] std::string agent_errors_text(const ReasonCount& errors);
// "3 unparseable, the commonest: it names several numbers, 2 times"; "1 unparseable: ...".
[[nodiscard]] std::string unparseable_text(const ReasonCount& replies);

}  // namespace causal_gym
