// Listening TCP sockets of one address and port, one for each thread that accepts.
// Source: socket(7), SO_REUSEPORT. Cost: a few system calls.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

// Owns a file descriptor; -1 owns nothing.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

struct ListeningSockets {
  std::vector<FileDescriptor> sockets;  // non-blocking, listening
  std::uint16_t port = 0;               // the one that was given, or the free one that was found
  bool is_ipv6 = false;
};

// Without share_port a port on which anyone listens is refused, other servers of ours included.
// Errors: invalid_argument (not an IP address); unavailable, naming address:port, with the reason.
[[nodiscard]] Result<ListeningSockets> listen_on(const std::string& address, std::uint16_t port,
                                                 std::size_t count, bool share_port);

// "127.0.0.1:8501", "[::1]:8501".
[[nodiscard]] std::string endpoint_text(const std::string& address, std::uint16_t port);

}  // namespace causal_gym
