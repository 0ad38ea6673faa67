// One thread that accepts, reads and writes HTTP connections with its own event loop and its own
// listening socket; handlers run on the worker pool. Part of HttpServer.
//
// Each connection is one coroutine. Deadlines are looked at by one coarse sweep of all connections,
// which also notices peers that have gone while their request is handled.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "platform/http/listening_socket.h"
#include "platform/http/server_options.h"
#include "platform/http/worker_pool.h"

namespace causal_gym {

// What the threads of one server have in common; outlives them.
struct ServerCore {
  ServerCore(ServerOptions server_options, HttpHandler server_handler);

  // So many hexadecimal digits, up to 32, that this server makes once. Safe from any thread.
  [[nodiscard]] std::string make_id(std::size_t digits);

  const ServerOptions options;
  const HttpHandler handler;
  WorkerPool workers;
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> streams = 0;
  std::atomic<std::size_t> unsent_bytes = 0;
  std::atomic<std::size_t> received_bytes = 0;
  const std::uint64_t id_seed;
  std::atomic<std::uint64_t> id_count = 0;
};

class IoThread {
 public:
  // Starts to serve at once.
  IoThread(FileDescriptor listener, bool is_ipv6, ServerCore& core);
  // Needs begin_drain() to have been called; joins.
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  // All three are safe from any other thread.
  void begin_drain();  // accepts no more, closes idle connections, finishes the others
  void close_all();    // cancels the tokens of running handlers and closes every connection
  // True when every connection has ended.
  [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point deadline);

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace causal_gym
