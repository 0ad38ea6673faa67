// Lines in, lines out, in order, worked on by several threads with a bounded number in flight.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/cancellation.h"
#include "engine/base/result.h"

namespace causal_gym {

// The next line, or none at the end.
using LineSource = std::function<Result<std::optional<std::string>>()>;
using LineWork = std::function<std::string(const std::string&)>;  // called from several threads
using LineSink = std::function<bool(const std::string&)>;  // false: the reader has gone, stop

// Each answer is handed to the sink as soon as it and all before it are done, so that a program at
// the other end may wait for an answer before it writes the next line. At most 16 * jobs lines are
// in flight. Source and sink are each called from one thread at a time. Cancellation stops reading;
// what is in flight is finished. Errors: the source's, once what it gave before is answered.
[[nodiscard]] Status process_lines(std::size_t jobs, const LineSource& source, const LineWork& work,
                                   const LineSink& sink, const CancellationToken& cancellation);

}  // namespace causal_gym
