#include "apps/cli/line_input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace causal_gym {

namespace {

constexpr int poll_interval_ms = 50;
constexpr std::size_t buffer_bytes = 1 << 16;

tl::unexpected<Error> cannot_read(const std::string& name, int reason) {
  const auto code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
  return fail(code, "cannot read " + name + ": " + std::strerror(reason));
}

}  // namespace

Result<LineInput> LineInput::open(const std::string& path, std::size_t limit_bytes,
                                  CancellationToken cancellation) {
  if (path == "-")
    return LineInput(STDIN_FILENO, "standard input", limit_bytes, std::move(cancellation));
  const std::string name = "'" + path + "'";
  // Without O_NONBLOCK a pipe with no writer yet would be waited for here, out of reach of
  // cancellation.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return cannot_read(name, errno);
  return LineInput(descriptor, name, limit_bytes, std::move(cancellation));
}

LineInput::LineInput(int descriptor, std::string name, std::size_t limit_bytes,
                     CancellationToken cancellation)
    : descriptor_(descriptor),
      name_(std::move(name)),
      limit_bytes_(limit_bytes),
      cancellation_(std::move(cancellation)) {}

LineInput::LineInput(LineInput&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      name_(std::move(other.name_)),
      limit_bytes_(other.limit_bytes_),
      cancellation_(std::move(other.cancellation_)),
      buffer_(std::move(other.buffer_)),
      used_(other.used_),
      ended_(other.ended_) {}

LineInput::~LineInput() {
  if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

// More bytes, or the end.
Status LineInput::fill() {
  for (;;) {
    CAUSAL_GYM_CHECKED(cancellation_.check());
    pollfd waiting = {descriptor_, POLLIN, 0};
    const int ready = poll(&waiting, 1, poll_interval_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    buffer_.resize(buffer_bytes);
    used_ = 0;
    const auto count = read(descriptor_, buffer_.data(), buffer_.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return cannot_read(name_, errno);
    buffer_.resize(static_cast<std::size_t>(count));
    ended_ = count == 0;
    return {};
  }
}

Result<std::optional<std::string>> LineInput::next() {
  std::string line;
  for (;;) {
    if (used_ == buffer_.size() && !ended_) CAUSAL_GYM_CHECKED(fill());
    const auto end = std::min(buffer_.find('\n', used_), buffer_.size());
    const auto room = limit_bytes_ + 1 - std::min(line.size(), limit_bytes_ + 1);
    line.append(buffer_, used_, std::min(end - used_, room));
    used_ = end;
    const bool line_ended = end < buffer_.size();
    if (!line_ended && !ended_) continue;
    if (line_ended) ++used_;
    if (line.find_first_not_of(" \t\r") != std::string::npos) return line;
    if (!line_ended) return std::nullopt;
    line.clear();
  }
}

}  // namespace causal_gym
