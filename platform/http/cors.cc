#include "platform/http/cors.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace causal_gym {

namespace {

constexpr const char* preflight_seconds = "600";
// What clients of the API send beyond the fields that need no leave.
constexpr const char* request_fields =
    "Authorization, Content-Type, X-Api-Key, X-Request-Id, traceparent, tracestate, Last-Event-ID, "
    "Idempotency-Key, If-None-Match, Mcp-Session-Id, MCP-Protocol-Version, anthropic-version";
// What a page may read beyond the fields that need no leave.
constexpr const char* response_fields =
    "Content-Disposition, ETag, Idempotent-Replayed, Location, Mcp-Session-Id, Request-Id, "
    "Retry-After, traceresponse, WWW-Authenticate, X-Request-Id";

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '[' ||
         c == ']' || c == ':';
}

// As a browser writes one: lower case, no path, no port that the scheme has anyway.
bool is_origin(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return false;
  const auto host = text.substr(tls ? 8 : 7);
  return !host.empty() && std::all_of(host.begin(), host.end(), is_host_character) &&
         !host.starts_with(':') && !host.ends_with(':') && !host.ends_with(tls ? ":443" : ":80");
}

void say_who_may_read(const CorsPolicy& policy, std::string_view origin, HttpResponse& response) {
  if (!policy.allows_all()) response.headers.emplace_back("Vary", "Origin");
  if (origin.empty() || !policy.allows(origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin",
                                policy.allows_all() ? "*" : std::string(origin));
}

HttpResponse preflight(const std::vector<std::string>& methods) {
  std::string list;
  for (const auto& method : methods) list.append(list.empty() ? "" : ", ").append(method);
  return {.status = 204,
          .headers = {{"Access-Control-Allow-Methods", list},
                      {"Access-Control-Allow-Headers", request_fields},
                      {"Access-Control-Max-Age", preflight_seconds}}};
}

}  // namespace

Result<CorsPolicy> CorsPolicy::read(std::span<const std::string> origins) {
  CorsPolicy policy;
  for (const auto& origin : origins) {
    if (origin == "*" && origins.size() == 1) {
      policy.allows_all_ = true;
    } else if (is_origin(origin)) {
      policy.origins_.push_back(origin);
    } else {
      return fail(ErrorCode::invalid_argument,
                  origin == "*" ? "'*' stands beside other origins"
                                : "'" + origin + "' is no origin as browsers write it",
                  "server.cors_origins",
                  "write https://host or https://host:port in lower case, without a path");
    }
  }
  return policy;
}

bool CorsPolicy::allows(std::string_view origin) const {
  return allows_all_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

HttpHandler with_cors(CorsPolicy policy, std::vector<std::string> prefixes,
                      std::vector<Route> routes, HttpHandler handler) {
  if (!policy.is_on()) return handler;
  struct Parts {
    CorsPolicy policy;
    std::vector<std::string> prefixes;
    std::vector<Route> routes;
    HttpHandler handler;
  };
  const auto parts = std::make_shared<const Parts>(
      Parts{std::move(policy), std::move(prefixes), std::move(routes), std::move(handler)});
  return [parts](const HttpRequest& request, const CancellationToken& cancellation) {
    const bool is_open =
        std::any_of(parts->prefixes.begin(), parts->prefixes.end(),
                    [&](const auto& prefix) { return request.path.starts_with(prefix); });
    if (!is_open) return parts->handler(request, cancellation);
    const auto origin = request.header("Origin").value_or("");
    const bool asks_first = request.method == "OPTIONS" && parts->policy.allows(origin) &&
                            !origin.empty() && request.header("Access-Control-Request-Method");
    if (asks_first) {
      const auto match = match_route(parts->routes, request.method, request.path);
      if (!match.allowed.empty()) {
        auto response = preflight(match.allowed);
        say_who_may_read(parts->policy, origin, response);
        return response;
      }
    }
    auto response = parts->handler(request, cancellation);
    say_who_may_read(parts->policy, origin, response);
    if (!origin.empty() && parts->policy.allows(origin))
      response.headers.emplace_back("Access-Control-Expose-Headers", response_fields);
    return response;
  };
}

}  // namespace causal_gym
