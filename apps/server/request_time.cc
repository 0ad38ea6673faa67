#include "apps/server/request_time.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "api/error_json.h"
#include "api/http_status.h"
#include "api/json_text.h"

namespace causal_gym {

bool is_out_of_time(const HttpRequest& request, const HttpResponse& response) {
  return response.status == http_status(ErrorCode::cancelled) &&
         std::chrono::steady_clock::now() >= request.deadline;
}

Error out_of_time(double request_seconds) {
  return {ErrorCode::cancelled,
          fmt::format("this was not computed within {} seconds, and is given up", request_seconds),
          "limits.request_seconds", "ask for less at once, or have the limit raised"};
}

HttpResponse with_error(HttpResponse response, const Error& error) {
  auto body = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const auto own = error_of(body);
  if (!own || own->code != error.code) return response;
  body.update(error_json(error));
  response.body = json_line(body) + "\n";
  return response;
}

}  // namespace causal_gym
