#include "platform/http/listening_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "platform/http/send_queue.h"

namespace causal_gym {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<SocketAddress> parse_address(const std::string& address, std::uint16_t port) {
  SocketAddress result;
  sockaddr_in v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.size = sizeof v4;
    return result;
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&result.storage, &v6, sizeof v6);
  result.size = sizeof v6;
  return result;
}

std::uint16_t bound_port(int socket) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (getsockname(socket, address.get(), &address.size) != 0) return 0;
  if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address.storage, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &address.storage, sizeof v4);
  return ntohs(v4.sin_port);
}

bool set_option(int socket, int option) {
  const int on = 1;
  return setsockopt(socket, SOL_SOCKET, option, &on, sizeof on) == 0;
}

// An empty descriptor on failure, with errno set.
FileDescriptor listening_socket(const SocketAddress& address, bool reuse_port) {
  FileDescriptor result(
      socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (result.get() < 0) return {};
  if (!set_option(result.get(), SO_REUSEADDR)) return {};
  if (reuse_port && !set_option(result.get(), SO_REUSEPORT)) return {};
  if (bind(result.get(), address.get(), address.size) != 0) return {};
  keep_send_queue_short(result.get());
  if (listen(result.get(), SOMAXCONN) != 0) return {};
  return result;
}

tl::unexpected<Error> cannot_listen(const std::string& endpoint, int error) {
  const bool taken = error == EADDRINUSE;
  return fail(ErrorCode::unavailable,
              "cannot listen on " + endpoint + ": " +
                  (taken ? "another program listens there"
                         : std::error_code(error, std::generic_category()).message()),
              endpoint,
              taken ? "stop that program, or choose another port" : "choose another address");
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) close(number_);
}

std::string endpoint_text(const std::string& address, std::uint16_t port) {
  const bool is_ipv6 = address.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Result<ListeningSockets> listen_on(const std::string& address, std::uint16_t port,
                                   std::size_t count, bool share_port) {
  const std::string endpoint = endpoint_text(address, port);
  const auto first_address = parse_address(address, port);
  if (!first_address)
    return fail(ErrorCode::invalid_argument, "'" + address + "' is not an IP address", "address",
                "127.0.0.1 for this machine only, 0.0.0.0 for all");
  ListeningSockets result;
  // The first socket is bound without SO_REUSEPORT, so that the kernel refuses a port in use, and
  // gets the option afterwards, so that the other threads' sockets may join it.
  FileDescriptor first = listening_socket(*first_address, share_port);
  if (first.get() < 0) return cannot_listen(endpoint, errno);
  result.port = bound_port(first.get());
  result.is_ipv6 = first_address->storage.ss_family == AF_INET6;
  const bool can_share = set_option(first.get(), SO_REUSEPORT);
  const int first_number = first.get();
  result.sockets.push_back(std::move(first));
  const auto shared_address = parse_address(address, result.port);
  while (result.sockets.size() < count) {
    FileDescriptor next;
    if (can_share) next = listening_socket(*shared_address, true);
    // A kernel that does not let it join: the threads accept from one queue.
    if (next.get() < 0) next = FileDescriptor(dup(first_number));
    if (next.get() < 0) return cannot_listen(endpoint, errno);
    result.sockets.push_back(std::move(next));
  }
  return result;
}

}  // namespace causal_gym
