// A client of plain sockets for tests: sends any bytes, reads responses one at a time.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "platform/http/http_message.h"
#include "platform/http/listening_socket.h"

namespace causal_gym {

struct RawResponse {
  int status = 0;
  HttpRequest head;  // only its headers are used
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string(head.header(name).value_or(""));
  }
};

class RawClient {
 public:
  // With a window, the kernel receives no more than about that many bytes ahead of read().
  explicit RawClient(std::uint16_t port, int window_bytes = 0)
      : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    if (window_bytes > 0)
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &window_bytes, sizeof window_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void end_sending() { shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_ = FileDescriptor(); }

  // Is there something to read()?
  [[nodiscard]] bool has_input() {
    pollfd state{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    return !input_.empty() || poll(&state, 1, 0) == 1;
  }

  // The next response; nothing when the connection ended or 10 s passed first.
  std::optional<RawResponse> read(bool head_request = false) {
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return std::nullopt;
    RawResponse response = parse_head(input_.substr(0, end));
    input_.erase(0, end + 4);
    if (response.status == 100 || head_request) return response;
    const std::string length = response.header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (input_.size() < size)
      if (!receive()) return std::nullopt;
    response.body = input_.substr(0, size);
    input_.erase(0, size);
    return response;
  }

  // What comes up to `last` and with it, or up to the end of the connection, or for 10 s.
  std::string read_text(std::string_view last) {
    while (input_.find(last) == std::string::npos && receive()) {
    }
    const auto at = input_.find(last);
    const auto size = at == std::string::npos ? input_.size() : at + last.size();
    auto text = input_.substr(0, size);
    input_.erase(0, size);
    return text;
  }
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(input_, {});
  }

  // True when the server closes within 10 s and no byte is left.
  bool closed_by_server() {
    if (!input_.empty()) return false;
    while (receive()) return false;
    return ended_;
  }

 private:
  bool receive() {
    pollfd state{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (poll(&state, 1, 10'000) != 1) return false;
    char buffer[4096];
    const ssize_t size = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (size <= 0) {
      ended_ = true;
      return false;
    }
    input_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  static RawResponse parse_head(const std::string& text) {
    RawResponse response;
    response.status = std::stoi(text.substr(9, 3));
    std::size_t at = text.find("\r\n");
    while (at != std::string::npos) {
      const std::size_t next = text.find("\r\n", at + 2);
      const std::string line =
          text.substr(at + 2, next == std::string::npos ? next : next - at - 2);
      const std::size_t colon = line.find(": ");
      if (colon != std::string::npos)
        response.head.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
      at = next;
    }
    return response;
  }

  FileDescriptor socket_;
  bool connected_ = false;
  bool ended_ = false;
  std::string input_;
};

}  // namespace causal_gym
