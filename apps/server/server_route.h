// A route of the server: what it takes, what one must be allowed to do to have it answered, and the
// handler, which is told who asks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/server/visible_runs.h"
#include "platform/auth/accounts.h"
#include "platform/http/router.h"

namespace causal_gym {

// One request that is allowed to be answered.
struct Call {
  const HttpRequest& request;
  const NamedTexts& path;  // the parameters of the pattern
  const CancellationToken& cancellation;
  const Caller& caller;
  const Origin& origin;
  VisibleRuns& runs;
};

using CallHandler = std::function<HttpResponse(const Call& call)>;

// Whether the handler hashes a password, which costs a tenth of a second and 64 MiB: then it runs
// in the server's side lane (hashing_lane.h).
enum class Hashing { never, always, of_new_password };

// There is no default for `permission`: a route without one does not compile.
struct ServerRoute {
  std::string method;
  std::string pattern;
  Permission permission;
  CallHandler handler;
  std::optional<std::vector<std::string>> query = {};  // as Route's
  Hashing hashing = Hashing::never;  // of_new_password: when its JSON sets "password"
};

}  // namespace causal_gym
