#include "apps/server/gate.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/http_status.h"
#include "apps/server/html.h"
#include "apps/server/mcp_routes.h"
#include "apps/server/page_response.h"
#include "apps/server/reference_routes.h"
#include "apps/server/request_time.h"
#include "apps/server/visible_runs.h"
#include "platform/auth/api_key.h"
#include "platform/auth/browser.h"
#include "platform/http/content_coding.h"
#include "platform/http/entity_tag.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_next = 1'024;

bool changes_something(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD";
}

bool is_health(const ServerRoute& route) {
  return route.pattern.starts_with("/health") || route.pattern == "/live" ||
         route.pattern == "/ready";
}

// Of a browser, and not of a program.
bool is_page(const ServerRoute& route) {
  constexpr std::string_view programs[] = {"/api/", "/v1/", "/mcp"};
  return !is_health(route) &&
         std::none_of(std::begin(programs), std::end(programs),
                      [&](auto prefix) { return route.pattern.starts_with(prefix); });
}

HttpResponse refusal(const ServerRoute& route, int status, const Error& error) {
  return is_page(route) ? page_of_error(status, error) : error_response(status, error);
}

HttpResponse too_many(const ServerRoute& route, std::chrono::nanoseconds wait) {
  auto response =
      refusal(route, 429,
              {ErrorCode::limit_exceeded, "too many requests", "", "wait, and ask more slowly"});
  response.headers.emplace_back("Retry-After", retry_after(wait));
  return response;
}

// Where one comes to again after signing in: the page with its query, each part of which is escaped
// anew; without it where both are too long.
std::string asked_page(const HttpRequest& request) {
  std::string page = request.path;
  for (const auto& [name, value] : request.query) {
    page += page.size() == request.path.size() ? '?' : '&';
    page.append(url_escape(name)).append("=").append(url_escape(value));
  }
  return safe_next(page.size() <= longest_next ? page : request.path);
}

// A program is told how to come in; a browser is brought to the door.
HttpResponse sign_in_first(const ServerRoute& route, const HttpRequest& request,
                           const Error& error) {
  if (is_page(route)) {
    const auto next = changes_something(request) ? std::string("/") : asked_page(request);
    return {.status = 303,
            .content_type = "text/plain; charset=utf-8",
            .headers = {{"Location", "/sign-in?next=" + url_escape(next)}},
            .body = "sign in first\n"};
  }
  auto response = error_response(401, error);
  const bool was_given = request.header("Authorization") || request.header("X-Api-Key");
  response.headers.emplace_back(
      "WWW-Authenticate",
      std::string("Bearer realm=\"causal-gym\"") + (was_given ? ", error=\"invalid_token\"" : ""));
  return response;
}

// As sign_in_first, for who has signed in and is not done with it.
HttpResponse finish_first(const ServerRoute& route, Due due) {
  if (is_page(route)) return see_other("/account");
  if (due == Due::add_second_factor)
    return error_response(
        403, {ErrorCode::unauthorized, "a second factor is required: add it before anything else",
              "second_factor", "POST /api/v1/auth/second-factor"});
  return error_response(403, {ErrorCode::unauthorized,
                              "your password was set by an admin: change it before anything else",
                              "password", "POST /api/v1/auth/password"});
}

std::optional<std::string> bearer_of(const HttpRequest& request) {
  const auto header = request.header("Authorization");
  if (!header) return std::nullopt;
  constexpr std::string_view scheme = "bearer ";
  if (header->size() <= scheme.size()) return "";
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if (((*header)[i] | 0x20) != (scheme[i] | 0x20)) return "";
  return std::string(header->substr(scheme.size()));
}

// Does the cookie's request carry the token of our own form?
bool has_form_token(const HttpRequest& request) {
  const auto cookie = cookie_of(request, CookieKind::session).value_or("");
  if (const auto header = request.header("X-CSRF-Token")) return is_form_token(*header, cookie);
  const auto type = request.header("Content-Type").value_or("");
  if (!type.starts_with("application/x-www-form-urlencoded")) return false;
  const auto fields = form_fields(request.body);
  return fields && is_form_token(field_of(*fields, "csrf"), cookie);
}

bool is_local_name(std::string_view host) {
  if (host.starts_with('[')) return host.starts_with("[::1]");
  const auto name = host.substr(0, host.find(':'));
  return name == "localhost" || is_loopback_address(name);
}

// All of its fields in their order: there are proxies that leave what came, and add one below.
std::string forwarded_for(const HttpRequest& request) {
  std::string list;
  for (const auto& [name, value] : request.headers)
    if (same_header_name(name, "X-Forwarded-For"))
      list.append(list.empty() ? "" : ",").append(value);
  return list;
}

// With what the log tells of it.
HttpResponse named(HttpResponse response, const ServerRoute& route, const std::string& caller) {
  response.caller = caller;
  response.route = route.pattern;
  return response;
}

tl::unexpected<HttpResponse> forbid(std::string message, std::string where, std::string next) {
  return tl::unexpected(error_response(
      403, {ErrorCode::unauthorized, std::move(message), std::move(where), std::move(next)}));
}

}  // namespace

// Everyone who reaches a server with access off may do everything; what must be kept out is what
// reaches it without its user's will: pages of other sites, by name or by rebinding a name.
tl::expected<Caller, HttpResponse> Gate::admit_to_open(const HttpRequest& request) const {
  const bool is_local = is_loopback_address(options_.listening);
  if (options_.open_by_default &&
      (request.header("X-Forwarded-For") || request.header("Forwarded")))
    return forbid("access is off, and this came through a proxy", "auth.access",
                  "set auth.access to on, or to off if everyone may do everything");
  const auto host = request.header("Host");
  if (is_local && host && !is_local_name(*host))
    return forbid("this server is not '" + std::string(*host) + "'", "Host", "");
  if (const auto origin = request.header("Origin");
      origin && changes_something(request) && !options_.cors.allows(*origin) &&
      !is_allowed_origin(*origin, host.value_or(""), options_.listening))
    return forbid("pages of '" + std::string(*origin) + "' may not use this", "Origin", "");
  return Caller{CallerKind::everyone, {}, {}, Role::admin, {}, {}};
}

Result<Caller> Gate::caller_of(const HttpRequest& request) const {
  const auto of_text = [this](std::string_view text) {
    return is_api_key(text) ? accounts_->caller_of_key(text)
                            : accounts_->caller_of_access_token(text);
  };
  if (const auto bearer = bearer_of(request)) return of_text(*bearer);
  if (const auto key = request.header("X-Api-Key")) return of_text(*key);
  if (const auto cookie = cookie_of(request, CookieKind::session)) {
    auto caller = accounts_->caller_of_cookie(*cookie);
    if (caller || caller.error().code != ErrorCode::unauthorized) return caller;
  }
  return Caller{};
}

// Whoever it is; who has sent too much from one place, or something that is no longer valid, is
// refused before that is known.
tl::expected<Caller, HttpResponse> Gate::tell_apart(const ServerRoute& route,
                                                    const HttpRequest& request,
                                                    const Origin& origin) const {
  if (accounts_ == nullptr) return admit_to_open(request);
  if (is_health(route)) return Caller{};
  if (const auto wait =
          rates_.take("address " + address_group(origin.address), options_.per_address);
      wait.count() > 0)
    return tl::unexpected(too_many(route, wait));
  auto caller = caller_of(request);
  if (caller) return *std::move(caller);
  if (caller.error().code != ErrorCode::unauthorized)
    return tl::unexpected(refusal(route, http_status(caller.error().code), caller.error()));
  if (route.permission != Permission::see_public)
    return tl::unexpected(sign_in_first(route, request, caller.error()));
  return Caller{};
}

std::optional<HttpResponse> Gate::refuse(const ServerRoute& route, const HttpRequest& request,
                                         const Caller& caller) const {
  if (accounts_ == nullptr || is_health(route)) return std::nullopt;
  if (caller.kind != CallerKind::nobody)
    if (const auto wait = rates_.take("user " + caller.user, options_.per_user); wait.count() > 0)
      return too_many(route, wait);
  const bool by_cookie = caller.kind == CallerKind::person && !request.header("Authorization") &&
                         !request.header("X-Api-Key");
  if (by_cookie && changes_something(request) && route.permission != Permission::see_public &&
      (is_cross_site(request) || !has_form_token(request)))
    return refusal(route, 403,
                   {ErrorCode::unauthorized, "this did not come from a page of ours", "csrf",
                    "load the page again, and send its form"});
  switch (may(caller, route.permission)) {
    case Decision::allowed: return std::nullopt;
    case Decision::sign_in_first:
      return sign_in_first(route, request,
                           {ErrorCode::unauthorized, "sign in, or send an API key", "Authorization",
                            "POST /api/v1/auth/sign-in"});
    case Decision::finish_first: return finish_first(route, caller.due);
    case Decision::forbidden:
    case Decision::hidden: break;
  }
  return refusal(
      route, 403,
      {ErrorCode::unauthorized,
       "'" + caller.name + "' may not " + std::string(permission_name(route.permission)) +
           (caller.kind == CallerKind::key ? " with this key" : ""),
       "", ""});
}

HttpResponse Gate::answer(const ServerRoute& route, const HttpRequest& request,
                          const NamedTexts& path, const CancellationToken& cancellation) const {
  const Origin origin = {client_address(request.remote, forwarded_for(request), options_.proxies),
                         request.request_id, request.trace.trace_id,
                         client_name(request.header("User-Agent").value_or(""))};
  const auto caller = tell_apart(route, request, origin);
  if (!caller) return named(caller.error(), route, "");
  if (auto refused = refuse(route, request, *caller)) return named(*refused, route, caller->name);
  VisibleRuns runs(runs_, accounts_ == nullptr ? nullptr : &accounts_->store(), *caller);
  auto response = named(route.handler({request, path, cancellation, *caller, origin, runs}), route,
                        caller->name);
  if (cancellation.cancelled() && is_out_of_time(request, response)) {
    const auto error = out_of_time(options_.request_seconds);
    response = is_page(route) ? page_of_error(response.status, error)
                              : with_error(std::move(response), error);
  }
  // What is one caller's is kept by no cache on the way.
  const bool says = std::any_of(
      response.headers.begin(), response.headers.end(),
      [](const auto& header) { return same_header_name(header.first, "Cache-Control"); });
  if (!says && accounts_ != nullptr && route.permission != Permission::see_public)
    response.headers.emplace_back("Cache-Control", "no-store");
  return named(std::move(response), route, caller->name);
}

std::vector<Route> Gate::guarded(std::vector<ServerRoute> routes) const {
  std::vector<Route> guarded;
  guarded.reserve(routes.size());
  for (auto& route : routes) {
    const auto shared = std::make_shared<const ServerRoute>(std::move(route));
    guarded.push_back({shared->method, shared->pattern,
                       [this, shared](const HttpRequest& request, const NamedTexts& path,
                                      const CancellationToken& cancellation) {
                         return answer(*shared, request, path, cancellation);
                       },
                       shared->query});
  }
  return guarded;
}

HttpHandler Gate::handler(std::vector<ServerRoute> routes) const {
  const auto table = guarded(std::move(routes));
  auto answers =
      with_cors(options_.cors, {"/api/", "/v1/", "/mcp"}, table, with_wire_errors(Router(table)));
  return [handler = with_entity_tags(with_gzip(std::move(answers)))](
             const HttpRequest& request, const CancellationToken& cancellation) {
    auto response = handler(request, cancellation);
    add_security_headers(response, came_over_tls(request));
    return response;
  };
}

std::string safe_next(std::string_view path) {
  const bool plain = std::all_of(path.begin(), path.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '\\' && c != '"' && c != '<' && c != '>';
  });
  if (!plain || path.empty() || path.size() > longest_next || path[0] != '/' ||
      path.substr(0, 2) == "//")
    return "/";
  return std::string(path);
}

}  // namespace causal_gym
