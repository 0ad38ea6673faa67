// Pages, health and metrics: routes whose answers are made by pure functions elsewhere.
#include "api/http_status.h"
#include "api/json_text.h"
#include "api/run_query_json.h"
#include "apps/server/api_page.h"
#include "apps/server/mcp_routes.h"
#include "apps/server/openapi.h"
#include "apps/server/ops_page.h"
#include "apps/server/page_response.h"
#include "apps/server/pages.h"
#include "apps/server/reference_routes.h"
#include "apps/server/routes.h"
#include "apps/server/runs_page.h"
#include "gym/environments/registry.h"
#include "platform/auth/browser.h"
#include "platform/store/process_identity.h"

namespace causal_gym {

namespace {

constexpr std::size_t runs_on_the_home_page = 20;

HttpResponse page_of(const Error& error) { return page_of_error(http_status(error.code), error); }

HttpResponse home(ServerParts& parts, const Call& call) {
  const auto runs = call.runs.list_runs(runs_on_the_home_page, std::nullopt);
  if (!runs) return page_of(runs.error());
  const auto places = find_places(parts.store, *runs);
  if (!places) return page_of(places.error());
  return page_response(200, home_page(all_environments(), *runs, *places, visitor_of(call)));
}

HttpResponse runs(ServerParts& parts, const Call& call) {
  const auto fields = run_query_of(call.request);
  const auto query = read_run_query(fields);
  if (!query) return page_of(query.error());
  const auto listing = call.runs.find_runs(*query);
  if (!listing) return page_of(listing.error());
  const auto places = find_places(parts.store, *listing);
  if (!places) return page_of(places.error());
  return page_response(200, runs_page(*listing, *places, fields, visitor_of(call)));
}

HttpResponse environment(const Call& call) {
  const auto found = find_environment(call.path[0].second);
  if (!found) {
    auto error = found.error();
    error.code = ErrorCode::not_found;
    return page_of(error);
  }
  const auto html = environment_page(
      **found, std::string(call.request.parameter("do").value_or("")), visitor_of(call));
  return html ? page_response(200, *html) : page_of(html.error());
}

// The document is built in, so that its page is made once.
HttpResponse api_description(const Call& call) {
  static const auto body = api_page_body(openapi_document);
  if (!body) return page_of(body.error());
  return page_response(200, html_page("HTTP API", *body, visitor_of(call)));
}

// Where it is read, a server among several is known by its host and process.
std::string server_name() {
  static const auto identity = this_process();
  return identity.host + ", process " + std::to_string(identity.process);
}

HttpResponse ops(const ServerParts& parts, const Call& call) {
  const auto refresh = call.request.parameter("refresh").value_or("on");
  if (refresh != "on" && refresh != "off")
    return page_of({ErrorCode::invalid_argument, "no refresh '" + std::string(refresh) + "'",
                    "refresh", "it is on or off"});
  const auto samples = parts.history ? parts.history->samples() : std::vector<OpsSample>();
  const auto health = parts.health.health();
  const auto visitor = visitor_of(call);
  auto response = page_response(200, ops_page({samples, parts.clock.steady(), health, server_name(),
                                               refresh == "on", visitor}));
  response.headers.emplace_back("Cache-Control", "no-store");
  if (refresh == "on")
    response.headers.emplace_back("Refresh", std::to_string(ops_refresh_seconds));
  return response;
}

HttpResponse health_response(bool well, const nlohmann::json& body) {
  return {well ? 200 : 503,
          "application/json",
          {{"Cache-Control", "no-store"}},
          json_line(body) + "\n"};
}

Route get(std::string pattern, RouteHandler handler) {
  return {"GET", std::move(pattern), std::move(handler)};
}

// The gate's table has them too, so that there is one list of all routes.
ServerRoute for_everyone(Route route) {
  return {route.method, route.pattern, Permission::see_public,
          [handler = std::move(route.handler)](const Call& call) {
            return handler(call.request, call.path, call.cancellation);
          }};
}

}  // namespace

Visitor visitor_of(const Call& call) {
  Visitor visitor;
  visitor.operates = may(call.caller, Permission::administer) == Decision::allowed;
  if (call.caller.kind != CallerKind::person) return visitor;
  const auto cookie = cookie_of(call.request, CookieKind::session);
  visitor.name = call.caller.name;
  if (cookie) visitor.form_token = form_token(*cookie);
  return visitor;
}

std::vector<ServerRoute> page_routes(ServerParts& parts) {
  using Names = std::vector<std::string>;
  return {{"GET", "/", Permission::see_runs,
           [&parts](const Call& call) { return home(parts, call); }, Names{}},
          {"GET", "/environments/{id}", Permission::compute, environment, Names{"do"}},
          {"GET", "/runs", Permission::see_runs,
           [&parts](const Call& call) { return runs(parts, call); },
           Names(std::begin(run_query_fields), std::end(run_query_fields))},
          {"GET", "/ops", Permission::administer,
           [&parts](const Call& call) { return ops(parts, call); }, Names{"refresh"}},
          {"GET", "/docs", Permission::see_public, api_description, Names{}}};
}

std::vector<Route> health_routes(ServerParts& parts) {
  const RouteHandler live = [](const HttpRequest&, const NamedTexts&, CancellationToken) {
    return health_response(true, {{"status", "alive"}});
  };
  const RouteHandler ready = [&parts](const HttpRequest&, const NamedTexts&, CancellationToken) {
    const bool well = health_status(parts.health.health()) != "unhealthy";
    const char* status = parts.draining ? "draining" : well ? "ready" : "unhealthy";
    return health_response(well && !parts.draining, {{"status", status}});
  };
  return {get("/health",
              [&parts](const HttpRequest&, const NamedTexts&, CancellationToken) {
                const auto health = parts.health.health();
                return health_response(health_status(health) != "unhealthy", health_json(health));
              }),
          get("/live", live), get("/ready", ready), get("/health/live", live),
          get("/health/ready", ready)};
}

std::vector<Route> metrics_routes(const Metrics& metrics, std::function<void()> refresh) {
  return {get("/metrics", [&metrics, refresh = std::move(refresh)](
                              const HttpRequest&, const NamedTexts&, CancellationToken) {
    refresh();
    return HttpResponse{200, std::string(metrics_content_type), {}, metrics.text()};
  })};
}

std::vector<ServerRoute> all_routes(ServerParts& parts) {
  auto routes = page_routes(parts);
  for (auto* more : {&run_page_routes, &sign_in_routes, &api_routes, &mcp_routes})
    for (auto& route : (*more)(parts)) routes.push_back(std::move(route));
  for (auto& route : health_routes(parts)) routes.push_back(for_everyone(std::move(route)));
  for (auto& route : reference_routes(parts.clock)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace causal_gym
