#include "platform/http/error_response.h"

#include <nlohmann/json.hpp>

namespace causal_gym {
namespace {

using Json = nlohmann::ordered_json;

std::string body_of(std::string_view code, const std::string& message, const std::string& where,
                    const std::string& suggestion) {
  const Json body = {
      {"error",
       {{"code", code}, {"message", message}, {"where", where}, {"suggestion", suggestion}}}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string error_body(const Error& error) {
  return body_of(error_code_name(error.code), error.message, error.where, error.suggestion);
}

HttpResponse error_response(int status, const Error& error) {
  return {.status = status, .body = error_body(error)};
}

HttpResponse internal_error_response() {
  return {.status = 500,
          .body = body_of("internal", "the server failed on this request", "",
                          "report it with the X-Request-Id of this answer")};
}

}  // namespace causal_gym
