// What the server answers by itself, and its calls of handlers, whose
// exceptions end in a 500. Part of HttpServer. Cost: none beyond the handler's.
#pragma once

#include <memory>
#include <string>

#include "platform/http/server_options.h"

namespace causal_gym {

// 503, to be tried again.
[[nodiscard]] HttpResponse busy_response(std::string message, std::string where = "");
// 408.
[[nodiscard]] HttpResponse timeout_response();

[[nodiscard]] HttpResponse run_handler(const HttpHandler& handler, const HttpRequest& request,
                                       CancellationToken cancellation);
// Null: the handler is to answer.
[[nodiscard]] std::shared_ptr<const PreparedResponse> quick_answer(const QuickHandler& handler,
                                                                   const HttpRequest& request);

}  // namespace causal_gym
