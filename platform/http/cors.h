// Which pages of other sites may use the API: CORS, off unless origins are named.
//
// Pages of a named origin read answers and send what needs a preflight. Never with credentials: a
// cookie of ours is not for them, they send an access token or an API key, and so "*" can be
// named, too. Source: the Fetch standard, section 3.2 (CORS protocol). Cost: linear in the origins.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "platform/http/router.h"
#include "platform/http/server_options.h"

namespace causal_gym {

class CorsPolicy {
 public:
  CorsPolicy() = default;  // nobody
  // "https://gym.example" or "http://localhost:5173", as browsers write them; or "*", alone: all.
  // Errors: invalid_argument, naming the entry.
  [[nodiscard]] static Result<CorsPolicy> read(std::span<const std::string> origins);

  [[nodiscard]] bool is_on() const { return allows_all_ || !origins_.empty(); }
  [[nodiscard]] bool allows_all() const { return allows_all_; }
  [[nodiscard]] bool allows(std::string_view origin) const;

 private:
  bool allows_all_ = false;
  std::vector<std::string> origins_;
};

// The handler, where paths that begin with one of `prefixes` are open to pages of the policy's
// origins: preflights of a route's path are answered with the methods it has, before any handler;
// other answers say who may read them. Unchanged when the policy is off.
[[nodiscard]] HttpHandler with_cors(CorsPolicy policy, std::vector<std::string> prefixes,
                                    std::vector<Route> routes, HttpHandler handler);

}  // namespace causal_gym
