// What an HTTP server is started with: where it listens, how much it takes, and how long it waits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/cancellation.h"
#include "platform/http/http_message.h"

namespace causal_gym {

// Runs on a worker thread, many at once. The token is cancelled when the client has closed its side
// of the connection, when the time to handle a request is over, and when the server can wait no
// longer; the handler should then return soon.
// An exception becomes a 500 that does not show it.
using HttpHandler = std::function<HttpResponse(const HttpRequest&, CancellationToken)>;

// Answers what takes no time, such as the server's health, on the thread that reads, also when
// every worker is busy; null: the handler does. Must be quick and thread-safe.
using QuickHandler = std::function<std::shared_ptr<const PreparedResponse>(const HttpRequest&)>;

// Requests whose handlers take long, or much memory, may have threads of their own, so that they
// hold nothing up but one another.
struct SideLane {
  // Which they are; empty: none. On the thread that reads: must be quick, thread-safe, not throw.
  std::function<bool(const HttpRequest&)> takes = {};
  std::size_t threads = 2;
  std::size_t waiting = 16;  // for one of these; beyond: 503 with Retry-After
};

struct HttpLimits {
  std::size_t body_bytes = 16 << 20;    // beyond: 413
  std::size_t header_bytes = 16 << 10;  // request line and headers; beyond: 431
  std::size_t target_bytes = 8 << 10;   // beyond: 414
  std::size_t header_fields = 100;      // beyond: 431
  std::size_t connections = 1'024;      // beyond: 503 and closed
  std::size_t waiting_requests = 256;   // for a worker; beyond: 503 with Retry-After
  std::size_t streams = 512;            // open at once; beyond: 503 with Retry-After
  // Of answers that wait to be sent; beyond, those who have been reading for longest are cut off.
  std::size_t unsent_bytes = 256 << 20;
  // Of requests that are read or answered; beyond, one of more than 64 KiB is answered 503.
  std::size_t received_bytes = 256 << 20;
};

// A deadline is noticed within a quarter of the shortest of these, at most 250 ms late.
struct HttpTimeouts {
  std::chrono::milliseconds idle{60'000};   // between requests; then the connection is closed
  std::chrono::milliseconds read{30'000};   // first to last byte of one request; beyond: 408
  std::chrono::milliseconds write{30'000};  // of one response, until it is received; then cut off
  std::chrono::milliseconds handle{0};      // then the handler's token is cancelled; 0: never
  std::chrono::milliseconds heartbeat{15'000};  // of a stream that has nothing to say
  std::chrono::milliseconds stream{600'000};    // of one stream; then it is ended
};

// One finished exchange, for logs and metrics; its texts live as long as the call that tells of it.
struct HttpExchange {
  std::string_view method;  // empty when the request line could not be read
  std::string_view path;
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view remote;
  std::string_view caller = {};  // as the response says
  std::string_view route = {};   // as the response says
  int status = 0;
  std::size_t request_body_bytes = 0;
  std::size_t response_body_bytes = 0;
  std::chrono::nanoseconds duration{0};  // from the request's last byte to the response's first
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address, not a name
  std::uint16_t port = 0;             // 0: any free port
  std::size_t threads = 1;            // that read and write
  std::size_t workers = 2;            // that run the handler, beside those of side_lane
  bool share_port = false;            // allow other servers of this user on the port (SO_REUSEPORT)
  HttpLimits limits;
  HttpTimeouts timeouts;
  QuickHandler quick_handler;  // may be empty
  SideLane side_lane;
  // Called after each response on the thread that wrote it: must be quick, thread-safe, not throw.
  // What it adds to `lines` is given to write_lines soon, together with that of other exchanges.
  std::function<void(const HttpExchange&, std::string& lines)> observer;
  std::function<void(std::string_view lines)> write_lines;
};

}  // namespace causal_gym
