// Pages, health and metrics: routes whose answers are made by pure functions elsewhere.
#include "api/http_status.h"
#include "api/json_text.h"
#include "apps/server/mcp_routes.h"
#include "apps/server/pages.h"
#include "apps/server/reference_routes.h"
#include "apps/server/routes.h"
#include "gym/environments/registry.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

constexpr std::size_t runs_on_the_home_page = 20;

// Nothing is loaded from elsewhere, and no script runs.
HttpResponse page(int status, std::string html) {
  return {status,
          "text/html; charset=utf-8",
          {{"Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
            "base-uri 'none'; "
            "frame-ancestors 'none'"},
           {"Referrer-Policy", "no-referrer"}},
          std::move(html)};
}

HttpResponse page_of(const Error& error) {
  const int status = http_status(error.code);
  return page(status, error_page(status, error));
}

HttpResponse home(ServerParts& parts) {
  const auto runs = parts.store.list_runs(runs_on_the_home_page, std::nullopt);
  if (!runs) return page_of(runs.error());
  return page(200, home_page(all_environments(), *runs));
}

HttpResponse environment(const HttpRequest& request, const std::string& id) {
  const auto found = find_environment(id);
  if (!found) {
    auto error = found.error();
    error.code = ErrorCode::not_found;
    return page_of(error);
  }
  const auto html = environment_page(**found, std::string(request.parameter("do").value_or("")));
  return html ? page(200, *html) : page_of(html.error());
}

HttpResponse run(ServerParts& parts, const std::string& id) {
  const auto stored = parts.store.load_run(id);
  return stored ? page(200, run_page(*stored)) : page_of(stored.error());
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

}  // namespace

std::vector<Route> page_routes(ServerParts& parts) {
  using Names = std::vector<std::string>;
  return {
      {"GET", "/",
       [&parts](const HttpRequest&, const NamedTexts&, CancellationToken) { return home(parts); },
       Names{}},
      {"GET", "/environments/{id}",
       [](const HttpRequest& request, const NamedTexts& path, CancellationToken) {
         return environment(request, path[0].second);
       },
       Names{"do"}},
      {"GET", "/runs/{id}",
       [&parts](const HttpRequest&, const NamedTexts& path, CancellationToken) {
         return run(parts, path[0].second);
       },
       Names{}}};
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

std::vector<Route> metrics_routes(const Metrics& metrics) {
  return {get("/metrics", [&metrics](const HttpRequest&, const NamedTexts&, CancellationToken) {
    return HttpResponse{200, std::string(metrics_content_type), {}, metrics.text()};
  })};
}

std::vector<Route> all_routes(ServerParts& parts) {
  auto routes = page_routes(parts);
  for (auto* more : {&api_routes, &mcp_routes, &health_routes})
    for (auto& route : (*more)(parts)) routes.push_back(std::move(route));
  for (auto& route : reference_routes(parts.clock)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace causal_gym
