// Asks a server on loopback the same at a fixed rate, on many connections, and says how long
// answers took: from the moment a request was due, sent or not, so that a server that stalls is not
// asked less while it does.
//
// usage: server_load PORT PATH BODY_FILE RATE SECONDS CONNECTIONS    An empty BODY_FILE: GET, else
// POST. Prints one line of JSON: requests, and of their times in microseconds the median, 99th
// percentile and greatest. Ends with 1 when an answer is not 200 or differs from the first one.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causal_gym {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t read_bytes = 64 << 10;
constexpr std::chrono::seconds patience{10};  // after the last request was due

struct Load {
  std::uint16_t port = 0;
  std::string request;
  double rate = 0;
  double seconds = 0;
  std::size_t connections = 0;
};

struct Client {
  int socket = -1;
  Clock::time_point due;
  std::string received;
};

std::optional<int> connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// The body, once the whole response has come; empty for one that is not 200.
std::optional<std::string_view> body_in(std::string_view response) {
  const auto end = response.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  if (!response.starts_with("HTTP/1.1 200 ")) return "";
  constexpr std::string_view field = "Content-Length: ";
  const auto at = response.find(field);
  if (at >= end) return "";
  const auto size = std::strtoul(response.data() + at + field.size(), nullptr, 10);
  const auto body = response.substr(end + 4);
  if (body.size() < size) return std::nullopt;
  return body;
}

class Driver {
 public:
  explicit Driver(Load load) : load_(std::move(load)), poll_(epoll_create1(0)) {}

  bool connect() {
    clients_.resize(load_.connections);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      const auto fd = connect_to(load_.port);
      if (!fd) return false;
      clients_[i].socket = *fd;
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (epoll_ctl(poll_, EPOLL_CTL_ADD, *fd, &event) != 0) return false;
      idle_.push_back(i);
    }
    return true;
  }

  bool run() {
    const auto begin = Clock::now();
    const auto requests = static_cast<std::size_t>(load_.rate * load_.seconds);
    const std::chrono::duration<double> between(1 / load_.rate);
    const auto due_of = [&](std::size_t i) {
      return begin + std::chrono::duration_cast<Clock::duration>(between * static_cast<double>(i));
    };
    const auto deadline = due_of(requests) + patience;
    for (std::size_t sent = 0; times_.size() < requests;) {
      auto now = Clock::now();
      if (now > deadline) return false;
      while (sent < requests && due_of(sent) <= now && !idle_.empty()) {
        if (!send_one(due_of(sent))) return false;
        ++sent;
        now = Clock::now();
      }
      const bool waits_for_time = sent < requests && !idle_.empty();
      if (!receive_until(waits_for_time ? due_of(sent) : deadline)) return false;
    }
    return true;
  }

  // Of the second half of the run: the first warms both sides up.
  void print() {
    times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2));
    std::sort(times_.begin(), times_.end());
    const auto at = [&](double share) {
      return times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
    };
    std::printf("{\"requests\": %zu, \"median\": %.1f, \"p99\": %.1f, \"most\": %.1f}\n",
                times_.size(), at(0.5), at(0.99), at(1));
  }

 private:
  bool send_one(Clock::time_point due) {
    const auto index = idle_.back();
    idle_.pop_back();
    auto& client = clients_[index];
    client.due = due;
    const auto size = static_cast<ssize_t>(load_.request.size());
    return send(client.socket, load_.request.data(), load_.request.size(), MSG_NOSIGNAL) == size;
  }

  bool receive_until(Clock::time_point moment) {
    const auto left = std::max(moment - Clock::now(), Clock::duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec time{
        seconds.count(),
        std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds).count()};
    epoll_event events[64];
    const int count = epoll_pwait2(poll_, events, 64, &time, nullptr);
    for (int i = 0; i < count; ++i)
      if (!receive(events[i].data.u64)) return false;
    return true;
  }

  bool receive(std::size_t index) {
    auto& client = clients_[index];
    buffer_.resize(read_bytes);
    const auto size = recv(client.socket, buffer_.data(), buffer_.size(), 0);
    if (size <= 0) return false;
    client.received.append(buffer_.data(), static_cast<std::size_t>(size));
    const auto body = body_in(client.received);
    if (!body) return true;
    if (!expected_) expected_ = *body;
    if (body->empty() || *body != *expected_) {
      std::fprintf(stderr, "a wrong answer:\n%s\n", client.received.c_str());
      return false;
    }
    times_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - client.due).count());
    client.received.clear();
    idle_.push_back(index);
    return true;
  }

  const Load load_;
  const int poll_;
  std::vector<Client> clients_;
  std::vector<std::size_t> idle_;
  std::vector<double> times_;
  std::string buffer_;
  std::optional<std::string> expected_;
};

std::string request_text(const std::string& path, const std::string& body_file) {
  if (body_file.empty()) return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::ifstream file(body_file);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace
}  // namespace causal_gym

int main(int argc, char** argv) {
  using namespace causal_gym;
  if (argc != 7) return 2;
  prctl(PR_SET_TIMERSLACK, 1);  // else a request is sent up to 50 us after it is due
  Driver driver({static_cast<std::uint16_t>(std::atoi(argv[1])), request_text(argv[2], argv[3]),
                 std::atof(argv[4]), std::atof(argv[5]),
                 static_cast<std::size_t>(std::atoi(argv[6]))});
  if (!driver.connect() || !driver.run()) return 1;
  driver.print();
  return 0;
}
