// HTTP requests to providers, thousands at a time on one thread, with limits of size and time.
//
// Source: libcurl's multi interface. Its sockets are watched by epoll (curl_multi_socket_action),
// as curl_multi_poll looks at every transfer each time that one has news. HTTP/2 where TLS offers
// it; certificates are verified; proxies are those of the environment; redirects are not followed;
// only http and https. The key's header is added here and nowhere else, and stands in no message.
// Cost: about 30 us of processor time for a small request on a kept connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "platform/llm/secret.h"
#include "platform/llm/wire.h"

namespace causal_gym {

struct TransferLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds first_byte{300'000};  // since the beginning; models think before it
  std::chrono::milliseconds total{600'000};
  std::size_t request_bytes = 64 << 20;
  std::size_t header_bytes = 64 << 10;
  std::size_t body_bytes = 16 << 20;
};

// finished: a whole response came, of any status. bad_request: nothing could be sent (an address
// that is not http(s), a header with a line break, a body over its limit). connection: no response
// began. untrusted: the server's certificate is not valid. interrupted: the response broke off.
// malformed: what came is not HTTP.
enum class TransferEnd {
  finished,
  bad_request,
  connection,
  untrusted,
  timeout,
  interrupted,
  malformed,
  too_large,
  cancelled,
};

struct TransferResult {
  TransferEnd end = TransferEnd::finished;
  WireResponse response;  // what came of it, whatever the end
  std::string message;    // why it did not finish
  bool sent = false;      // the request may have reached the server
  double seconds = 0;
};

struct TransferCallbacks {
  // Each piece of the body of a response with status 200, as it comes; may be empty. True: the
  // stream has said all, and its end is not waited for longer than a second.
  std::function<bool(std::string_view)> on_piece;
  // Exactly once for each transfer, whatever happens.
  std::function<void(TransferResult)> on_done;
};

struct TransferOptions {
  std::size_t most_in_flight = 8'192;  // more wait for their turn; also capped by open files
  std::string ca_file = {};            // PEM of trusted authorities; empty: the system's
};

// Callbacks run on its thread: they must be quick and not throw; they may call back into it.
class Transfers {
 public:
  // Raises the process's soft limit of open files towards what most_in_flight needs, and keeps its
  // memory, where keys are, private.
  // Errors: unavailable (libcurl or the system gives no handle).
  [[nodiscard]] static Result<std::unique_ptr<Transfers>> start(const TransferOptions& options);
  // Cancels what is under way, calls its callbacks and joins. Not from a callback.
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // All are safe from any thread.
  std::uint64_t submit(WireRequest request, Secret key, const TransferLimits& limits,
                       TransferCallbacks callbacks);
  // Ends it as cancelled, unless it has ended.
  void cancel(std::uint64_t id);
  // Runs on the thread, soon or after a delay. Not run when the destructor comes first.
  void run_soon(std::function<void()> task);
  void run_later(std::chrono::nanoseconds delay, std::function<void()> task);

 private:
  class Loop;
  explicit Transfers(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace causal_gym
