// The gate: every request passes it, and is told apart, counted and decided about before a handler
// sees it.
//
// With access off, everyone may do everything, but no page of another site may, and nothing that
// came through a proxy unless that was meant. With access on, a request is whose its API key,
// access token or session cookie says; a cookie counts for a change only with the token of our own
// form. Refusals of what may not be known of are those of what there is not. Cost: two or three
// look-ups of accounts for each request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/server/server_route.h"
#include "platform/auth/client_address.h"
#include "platform/http/cors.h"

namespace causal_gym {

struct GateOptions {
  std::string listening = "127.0.0.1";  // the server's own address
  bool open_by_default = false;         // access is off because nobody said anything
  AddressList proxies;                  // whose X-Forwarded-For counts
  Bucket per_address{200, 50};
  Bucket per_user{200, 50};
  CorsPolicy cors;             // pages of other sites that may use the API
  double request_seconds = 0;  // the server's time for one request, which its error names
};

// What it is given outlives it, and it outlives its routes. Without accounts, access is off. Safe
// from any thread.
class Gate {
 public:
  Gate(GateOptions options, Accounts* accounts, RateState& rates, RunReader& runs)
      : options_(std::move(options)), accounts_(accounts), rates_(rates), runs_(runs) {}

  // Answers the routes, each behind the gate, with security headers, what CORS says, entity tags
  // and gzip for who takes it.
  [[nodiscard]] HttpHandler handler(std::vector<ServerRoute> routes) const;
  // The routes, each behind the gate.
  [[nodiscard]] std::vector<Route> guarded(std::vector<ServerRoute> routes) const;

 private:
  [[nodiscard]] HttpResponse answer(const ServerRoute& route, const HttpRequest& request,
                                    const NamedTexts& path,
                                    const CancellationToken& cancellation) const;
  [[nodiscard]] tl::expected<Caller, HttpResponse> tell_apart(const ServerRoute& route,
                                                              const HttpRequest& request,
                                                              const Origin& origin) const;
  // Nothing: the caller may go on to the route.
  [[nodiscard]] std::optional<HttpResponse> refuse(const ServerRoute& route,
                                                   const HttpRequest& request,
                                                   const Caller& caller) const;
  [[nodiscard]] tl::expected<Caller, HttpResponse> admit_to_open(const HttpRequest& request) const;
  [[nodiscard]] Result<Caller> caller_of(const HttpRequest& request) const;

  GateOptions options_;
  Accounts* accounts_;
  RateState& rates_;
  RunReader& runs_;
};

// Where one goes after signing in: a path of this server, or "/".
[[nodiscard]] std::string safe_next(std::string_view path);

}  // namespace causal_gym
