// An HTTP/1.1 server: sockets, framing, limits, timeouts and graceful stop, around one handler that
// is a function from request to response.
//
// Source: RFC 9110 and 9112. Keep-alive and pipelining; chunked requests; no TLS (a proxy's job).
// What breaks the protocol or a limit is answered with 400, 408, 413, 414, 431, 501, 503 or 505
// and a JSON body {"error":{"code","message","where","suggestion"}}, and the connection is closed.
// Every answer carries Date, X-Content-Type-Options: nosniff, and X-Request-Id (the client's, when
// it is short and printable), and traceresponse: the request's trace (trace_context.h) with the
// span that it was here.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "engine/base/result.h"
#include "platform/http/server_options.h"

namespace causal_gym {

class HttpServer {
 public:
  // Serves when it returns. Errors: invalid_argument (not an IP address, no threads, a limit or
  // timeout of zero); unavailable (cannot listen, with "address:port" and the reason).
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(ServerOptions options,
                                                                 HttpHandler handler);
  // As stop(0).
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t open_connections() const;

  // Accepts no more, closes idle connections and lets requests that have begun finish until `drain`
  // has passed; then cancels their tokens, closes their connections and waits for their handlers.
  // True when all finished in time. Safe from any thread but a handler's; further calls do nothing.
  bool stop(std::chrono::milliseconds drain);

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace causal_gym
