#include "platform/http/server_answers.h"

#include <utility>

#include "platform/http/error_response.h"
#include "platform/http/response_text.h"

namespace causal_gym {

HttpResponse busy_response(std::string message, std::string where) {
  HttpResponse response = error_response(
      503, {ErrorCode::unavailable, std::move(message), std::move(where), "try again in a second"});
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse timeout_response() {
  return error_response(408, {ErrorCode::cancelled, "the request did not arrive in time", "request",
                              "send the whole request without pauses"});
}

HttpResponse run_handler(const HttpHandler& handler, const HttpRequest& request,
                         CancellationToken cancellation) {
  try {
    return handler(request, std::move(cancellation));
  } catch (...) {
    return internal_error_response();
  }
}

std::shared_ptr<const PreparedResponse> quick_answer(const QuickHandler& handler,
                                                     const HttpRequest& request) {
  if (!handler) return nullptr;
  try {
    return handler(request);
  } catch (...) {
    return std::make_shared<const PreparedResponse>(prepare_response(internal_error_response()));
  }
}

}  // namespace causal_gym
