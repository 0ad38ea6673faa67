// A table of routes, "GET /api/v1/runs/{id}" -> handler, as plain data, and its look-up.
// Cost: O(routes * segments); tables here have a few dozen rows.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/cancellation.h"
#include "platform/http/http_message.h"

namespace causal_gym {

using RouteHandler = std::function<HttpResponse(
    const HttpRequest& request, const NamedTexts& path_parameters, CancellationToken cancellation)>;

struct Route {
  std::string method;   // "GET" also answers HEAD
  std::string pattern;  // "/api/v1/runs/{id}": a segment in braces matches any one segment
  RouteHandler handler;
  // The query parameters it takes: another one is refused. Without, they are not looked at.
  std::optional<std::vector<std::string>> query = {};
};

struct RouteMatch {
  const Route* route = nullptr;      // null: no route has this path and method
  NamedTexts path_parameters;        // decoded
  std::vector<std::string> allowed;  // methods of the routes with this path; empty: 404
};

// The first route in order that matches the percent-encoded path and the method. An escaped slash
// is part of its segment; a trailing slash is significant.
[[nodiscard]] RouteMatch match_route(std::span<const Route> routes, std::string_view method,
                                     std::string_view path);

// Calls the matching handler; 400 for a query parameter that its route does not take; otherwise
// 404, or 405 with Allow. Copyable; usable as HttpHandler.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  [[nodiscard]] HttpResponse operator()(const HttpRequest& request,
                                        CancellationToken cancellation) const;
  [[nodiscard]] std::span<const Route> routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace causal_gym
