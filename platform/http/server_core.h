// What the threads of one server have in common: its options, its handler and the threads that run
// it, and what is counted over all connections. Part of HttpServer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/http/server_options.h"
#include "platform/http/worker_pool.h"

namespace causal_gym {

// Outlives them.
struct ServerCore {
  ServerCore(ServerOptions server_options, HttpHandler server_handler);

  // The threads that are to answer it.
  [[nodiscard]] WorkerPool& pool_for(const HttpRequest& request);
  // So many hexadecimal digits, up to 32, that this server makes once. Safe from any thread.
  [[nodiscard]] std::string make_id(std::size_t digits);

  const ServerOptions options;
  const HttpHandler handler;
  WorkerPool workers;
  const std::unique_ptr<WorkerPool> side_lane;  // null: there is none
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> streams = 0;
  std::atomic<std::size_t> unsent_bytes = 0;
  std::atomic<std::size_t> received_bytes = 0;
  const std::uint64_t id_seed;
  std::atomic<std::uint64_t> id_count = 0;
};

}  // namespace causal_gym
