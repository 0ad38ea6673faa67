#include "apps/server/hashing_lane.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace causal_gym {

namespace {

// More than any change of a user, however its texts are escaped.
constexpr std::size_t small_body_bytes = 4 << 10;

bool may_set_password(const std::string& body) {
  if (body.size() > small_body_bytes) return true;
  const auto change = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  return change.is_object() && change.contains("password");
}

}  // namespace

std::function<bool(const HttpRequest&)> hashing_requests(std::span<const ServerRoute> routes) {
  std::vector<Route> always, of_new_password;
  for (const auto& route : routes) {
    if (route.hashing == Hashing::always) always.push_back({route.method, route.pattern, {}});
    if (route.hashing == Hashing::of_new_password)
      of_new_password.push_back({route.method, route.pattern, {}});
  }
  return [always = std::move(always),
          of_new_password = std::move(of_new_password)](const HttpRequest& request) {
    const auto is_among = [&](const std::vector<Route>& table) {
      return match_route(table, request.method, request.path).route != nullptr;
    };
    return is_among(always) || (is_among(of_new_password) && may_set_password(request.body));
  };
}

}  // namespace causal_gym
