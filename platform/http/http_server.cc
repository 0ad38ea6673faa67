#include "platform/http/http_server.h"

#include <mutex>
#include <vector>

#include "platform/http/io_thread.h"
#include "platform/http/listening_socket.h"

namespace causal_gym {
namespace {

Status check_options(const ServerOptions& options) {
  const auto require = [](bool holds, const std::string& name) -> Status {
    if (holds) return {};
    return fail(ErrorCode::invalid_argument, name + " must be at least 1", name);
  };
  const HttpLimits& limits = options.limits;
  CAUSAL_GYM_CHECKED(require(options.threads >= 1, "threads"));
  CAUSAL_GYM_CHECKED(require(options.workers >= 1, "workers"));
  CAUSAL_GYM_CHECKED(require(limits.header_bytes >= 1, "header_bytes"));
  CAUSAL_GYM_CHECKED(require(limits.target_bytes >= 1, "target_bytes"));
  CAUSAL_GYM_CHECKED(require(limits.connections >= 1, "connections"));
  CAUSAL_GYM_CHECKED(require(limits.waiting_requests >= 1, "waiting_requests"));
  CAUSAL_GYM_CHECKED(require(options.side_lane.threads >= 1, "threads of the side lane"));
  CAUSAL_GYM_CHECKED(require(options.side_lane.waiting >= 1, "places in the side lane"));
  CAUSAL_GYM_CHECKED(require(options.timeouts.heartbeat.count() >= 1, "heartbeat"));
  CAUSAL_GYM_CHECKED(require(options.timeouts.stream.count() >= 1, "time of a stream"));
  CAUSAL_GYM_CHECKED(require(options.timeouts.idle.count() >= 1, "idle timeout"));
  CAUSAL_GYM_CHECKED(require(options.timeouts.read.count() >= 1, "read timeout"));
  return require(options.timeouts.write.count() >= 1, "write timeout");
}

}  // namespace

struct HttpServer::Parts {
  Parts(ServerOptions options, HttpHandler handler, std::uint16_t bound_port)
      : core(std::move(options), std::move(handler)), port(bound_port) {}

  ServerCore core;
  std::vector<std::unique_ptr<IoThread>> threads;
  std::uint16_t port;
  std::mutex mutex;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options, HttpHandler handler) {
  CAUSAL_GYM_CHECKED(check_options(options));
  CAUSAL_GYM_TRY(listening,
                 listen_on(options.address, options.port, options.threads, options.share_port));
  auto parts = std::make_unique<Parts>(std::move(options), std::move(handler), listening.port);
  for (FileDescriptor& socket : listening.sockets)
    parts->threads.push_back(
        std::make_unique<IoThread>(std::move(socket), listening.is_ipv6, parts->core));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

std::uint16_t HttpServer::port() const { return parts_->port; }

std::size_t HttpServer::open_connections() const { return parts_->core.connections.load(); }

bool HttpServer::stop(std::chrono::milliseconds drain) {
  const std::lock_guard lock(parts_->mutex);
  const auto deadline = std::chrono::steady_clock::now() + drain;
  for (const auto& thread : parts_->threads) thread->begin_drain();
  bool in_time = true;
  for (const auto& thread : parts_->threads) in_time = thread->wait_until(deadline) && in_time;
  if (!in_time)
    for (const auto& thread : parts_->threads) thread->close_all();
  parts_->threads.clear();
  return in_time;
}

}  // namespace causal_gym
