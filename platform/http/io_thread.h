// One thread that accepts, reads and writes HTTP connections with its own event loop and its own
// listening socket; handlers run on the worker pool. Part of HttpServer.
//
// Each connection is one coroutine. Deadlines are looked at by one coarse sweep of all connections,
// which also notices peers that have gone while their request is handled.
#pragma once

#include <chrono>
#include <memory>

#include "platform/http/listening_socket.h"
#include "platform/http/server_core.h"

namespace causal_gym {

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
