#include "platform/http/router.h"

#include <algorithm>

#include "engine/base/spelling.h"
#include "platform/http/error_response.h"

namespace causal_gym {
namespace {

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);  // the slash
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool is_placeholder(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool match_path(std::string_view pattern, std::string_view path, NamedTexts& parameters) {
  while (!pattern.empty() && !path.empty() && path.front() == '/') {
    const std::string_view expected = take_segment(pattern);
    const Result<std::string> given = percent_decoded(take_segment(path), false);
    if (!given) return false;
    if (is_placeholder(expected)) {
      if (given->empty()) return false;
      parameters.emplace_back(expected.substr(1, expected.size() - 2), *given);
    } else if (*given != expected) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

bool answers(const Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

void allow(std::vector<std::string>& allowed, const std::string& method) {
  if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) allowed.push_back(method);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

HttpResponse unknown_parameter(const std::string& name, const std::vector<std::string>& known) {
  auto suggestion = spelling_suggestion(name, known);
  if (suggestion.empty())
    suggestion = known.empty() ? "it takes none" : "it takes " + joined(known);
  return error_response(400, {.code = ErrorCode::unknown_name,
                              .message = "no query parameter '" + name + "' here",
                              .where = name,
                              .suggestion = suggestion});
}

}  // namespace

RouteMatch match_route(std::span<const Route> routes, std::string_view method,
                       std::string_view path) {
  RouteMatch match;
  for (const Route& route : routes) {
    NamedTexts parameters;
    if (!match_path(route.pattern, path, parameters)) continue;
    if (answers(route, method)) {
      match.route = &route;
      match.path_parameters = std::move(parameters);
      return match;
    }
    allow(match.allowed, route.method);
    if (route.method == "GET") allow(match.allowed, "HEAD");
  }
  return match;
}

HttpResponse Router::operator()(const HttpRequest& request, CancellationToken cancellation) const {
  const RouteMatch match = match_route(routes_, request.method, request.path);
  if (match.route != nullptr) {
    if (const auto& known = match.route->query)
      for (const auto& [name, value] : request.query)
        if (std::find(known->begin(), known->end(), name) == known->end())
          return unknown_parameter(name, *known);
    return match.route->handler(request, match.path_parameters, std::move(cancellation));
  }
  if (match.allowed.empty())
    return error_response(404, {.code = ErrorCode::not_found,
                                .message = "no resource at '" + request.path + "'",
                                .where = "path",
                                .suggestion = ""});
  const std::string allowed = joined(match.allowed);
  HttpResponse response = error_response(
      405, {.code = ErrorCode::invalid_argument,
            .message = "method " + request.method + " is not allowed at '" + request.path + "'",
            .where = "method",
            .suggestion = "use " + allowed});
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace causal_gym
