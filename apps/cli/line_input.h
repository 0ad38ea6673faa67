// Lines of a file or of standard input, read so that an interruption ends the waiting.
//
// Source: poll(2), which returns on a timeout where a stream's read would go on after a signal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "engine/base/cancellation.h"
#include "engine/base/result.h"

namespace causal_gym {

// For one thread at a time.
class LineInput {
 public:
  // A path, or "-" for standard input. Of a line over the limit one byte more than the limit is
  // kept, so that it can be refused by its size without being held. Errors: not_found, unavailable,
  // each naming the input and the reason.
  [[nodiscard]] static Result<LineInput> open(const std::string& path, std::size_t limit_bytes,
                                              CancellationToken cancellation);
  LineInput(LineInput&& other) noexcept;
  LineInput& operator=(LineInput&&) = delete;
  ~LineInput();

  // The next line that holds something; none at the end. Errors: unavailable (it cannot be read,
  // such as a folder), cancelled (at most 50 ms after the token is).
  [[nodiscard]] Result<std::optional<std::string>> next();

 private:
  LineInput(int descriptor, std::string name, std::size_t limit_bytes,
            CancellationToken cancellation);
  [[nodiscard]] Status fill();

  int descriptor_;
  std::string name_;  // as messages call it
  std::size_t limit_bytes_;
  CancellationToken cancellation_;
  std::string buffer_;
  std::size_t used_ = 0;  // of the buffer
  bool ended_ = false;
};

}  // namespace causal_gym
