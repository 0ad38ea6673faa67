// An HTTP/1.1 server on the loopback for tests and benchmarks of the client: any bytes, at any
// pace, to any number of connections, from one thread of its own.
//
// Source: epoll(7). Cost: a few microseconds a request.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace causal_gym {

struct LoopbackRequest {
  std::string head;  // request line and headers, each ended by CR LF
  std::string body;
};

struct LoopbackPiece {
  std::chrono::milliseconds delay{0};  // after the piece before it
  std::string bytes;
};

struct LoopbackAnswer {
  std::vector<LoopbackPiece> pieces;
  bool close = false;  // the connection, after the last piece
};

// A whole answer; `headers` are lines that CR LF ends.
inline std::string answer_text(int status, std::string_view body, std::string_view headers = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
         std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline LoopbackAnswer whole_answer(int status, std::string_view body,
                                   std::string_view headers = {}) {
  return {{{std::chrono::milliseconds(0), answer_text(status, body, headers)}}};
}

class LoopbackServer {
 public:
  using Handler = std::function<LoopbackAnswer(const LoopbackRequest&)>;  // on the server's thread

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 4'096) != 0 ||
        getsockname(listener_, generic, &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    wakeup_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watch(listener_);
    watch(wakeup_);
    thread_ = std::thread([this] { run(); });
  }
  ~LoopbackServer() {
    stopping_ = true;
    eventfd_write(wakeup_, 1);
    thread_.join();
    for (const auto& [number, connection] : connections_) close(number);
    for (const int number : {listener_, epoll_, wakeup_}) close(number);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int at_once() const { return at_once_; }  // requests not yet answered
  [[nodiscard]] int most_at_once() const { return most_at_once_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    std::uint64_t serial = 0;  // numbers of sockets are used again
    std::string input;
  };

  void watch(int number) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = number;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, number, &event);
  }

  void run() {
    std::array<epoll_event, 256> events{};
    while (!stopping_) {
      const int count =
          epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
      for (int i = 0; i < count; ++i) {
        const int number = events[static_cast<std::size_t>(i)].data.fd;
        if (number == listener_)
          accept_all();
        else if (number != wakeup_)
          read(number);
      }
      while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
        const auto task = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        task();
      }
    }
  }

  [[nodiscard]] int wait_ms() const {
    if (timers_.empty()) return -1;
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
    return std::max(0, static_cast<int>(wait.count()));
  }

  void accept_all() {
    for (;;) {
      const int number = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (number < 0) return;
      const int yes = 1;
      setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      connections_[number] = {++last_serial_, {}};
      watch(number);
    }
  }

  void end(int number) {
    connections_.erase(number);
    close(number);
  }

  void read(int number) {
    auto& connection = connections_.at(number);
    std::array<char, 16'384> buffer{};
    const auto size = recv(number, buffer.data(), buffer.size(), 0);
    if (size <= 0) return end(number);
    connection.input.append(buffer.data(), static_cast<std::size_t>(size));
    take_request(number, connection);
  }

  void take_request(int number, Connection& connection) {
    const auto end_of_head = connection.input.find("\r\n\r\n");
    if (end_of_head == std::string::npos) return;
    LoopbackRequest request;
    request.head = connection.input.substr(0, end_of_head + 2);
    std::size_t length = 0;
    constexpr std::string_view name = "Content-Length: ";
    if (const auto at = request.head.find(name); at != std::string::npos)
      length = std::strtoul(request.head.c_str() + at + name.size(), nullptr, 10);
    if (connection.input.size() < end_of_head + 4 + length) return;
    request.body = connection.input.substr(end_of_head + 4, length);
    connection.input.erase(0, end_of_head + 4 + length);
    ++requests_;
    const int at_once = ++at_once_;
    most_at_once_ = std::max(most_at_once_.load(), at_once);
    answer(number, connection.serial, handler_(request), 0);
  }

  // Sends from piece `next` on; waits for the delays between them.
  void answer(int number, std::uint64_t serial, LoopbackAnswer whole, std::size_t next) {
    if (next == whole.pieces.size()) {
      --at_once_;
      if (whole.close && is_open(number, serial)) end(number);
      return;
    }
    const auto delay = whole.pieces[next].delay;
    auto send_it = [this, number, serial, next, whole = std::move(whole)]() mutable {
      if (is_open(number, serial)) send_all(number, whole.pieces[next].bytes);
      answer(number, serial, std::move(whole), next + 1);
    };
    if (delay.count() == 0)
      send_it();
    else
      timers_.emplace(Clock::now() + delay, std::move(send_it));
  }

  [[nodiscard]] bool is_open(int number, std::uint64_t serial) const {
    const auto place = connections_.find(number);
    return place != connections_.end() && place->second.serial == serial;
  }

  static void send_all(int number, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = send(number, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  const Handler handler_;
  int listener_ = -1;
  int epoll_ = -1;
  int wakeup_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::atomic<int> most_at_once_ = 0;
  std::atomic<int> at_once_ = 0;
  std::uint64_t last_serial_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  std::thread thread_;
};

}  // namespace causal_gym
