#include "apps/server/quick_answers.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <utility>

#include "platform/auth/browser.h"
#include "platform/http/response_text.h"

namespace causal_gym {

namespace {

using Prepared = std::shared_ptr<const PreparedResponse>;

class QuickRoute {
 public:
  explicit QuickRoute(Route route) : route_(std::move(route)) {}

  [[nodiscard]] const std::string& path() const { return route_.pattern; }

  Prepared answer(const HttpRequest& request, const Clock& clock, std::chrono::nanoseconds kept) {
    const bool tls = came_over_tls(request);
    auto& own = answers_[tls ? 1 : 0];
    const std::lock_guard lock(mutex_);
    const auto now = clock.steady();
    if (own.prepared && now - own.made < kept) return own.prepared;
    auto response = route_.handler(request, {}, {});
    add_security_headers(response, tls);
    own = {std::make_shared<const PreparedResponse>(prepare_response(response)), now};
    return own.prepared;
  }

 private:
  struct Answer {
    Prepared prepared;
    std::chrono::nanoseconds made{0};
  };

  const Route route_;
  std::mutex mutex_;
  std::array<Answer, 2> answers_;  // in the clear and over TLS; guarded by the mutex
};

}  // namespace

QuickHandler quick_answers(std::vector<Route> routes, const Clock& clock,
                           std::chrono::nanoseconds kept) {
  std::vector<std::shared_ptr<QuickRoute>> table;
  table.reserve(routes.size());
  for (auto& route : routes) table.push_back(std::make_shared<QuickRoute>(std::move(route)));
  return [table = std::move(table), &clock, kept](const HttpRequest& request) -> Prepared {
    if (request.method != "GET" && request.method != "HEAD") return nullptr;
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& route) {
      return route->path() == request.path;
    });
    return found == table.end() ? nullptr : (*found)->answer(request, clock, kept);
  };
}

QuickHandler first_of(QuickHandler first, QuickHandler second) {
  if (!first) return second;
  if (!second) return first;
  return [first = std::move(first), second = std::move(second)](const HttpRequest& request) {
    auto answer = first(request);
    return answer ? answer : second(request);
  };
}

}  // namespace causal_gym
