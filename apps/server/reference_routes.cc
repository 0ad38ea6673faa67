#include "apps/server/reference_routes.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "api/reference/chat_completions.h"
#include "api/reference/messages.h"
#include "api/reference/model_list.h"
#include "api/reference/responses.h"
#include "api/reference/wire_answer.h"

namespace causal_gym {

namespace {

// A stream is sent whole: there is nothing to wait for between its events.
HttpResponse response_of(WireAnswer answer, const HttpRequest& request) {
  HttpResponse response;
  response.status = answer.status;
  if (answer.is_stream) response.content_type = "text/event-stream; charset=utf-8";
  response.headers = {{"Request-Id", request.request_id}, {"Cache-Control", "no-store"}};
  response.body = std::move(answer.body);
  return response;
}

ModelListForm form_of(const HttpRequest& request) {
  return request.header("Anthropic-Version") ? ModelListForm::anthropic : ModelListForm::openai;
}

// An error in the server's own shape; nothing for any other body.
std::optional<Error> own_error(const HttpResponse& response) {
  if (response.status < 400) return std::nullopt;
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("error") || !body["error"].contains("suggestion"))
    return std::nullopt;
  const auto& error = body["error"];
  // Which of ours it is, the status says.
  return Error{ErrorCode::invalid_argument, error.value("message", ""), "",
               error.value("suggestion", "")};
}

bool speaks_anthropic(const HttpRequest& request) {
  return request.path.starts_with("/v1/messages") || request.header("Anthropic-Version");
}

std::int64_t seconds_now(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
}

}  // namespace

std::vector<ServerRoute> reference_routes(const Clock& clock) {
  constexpr auto permission = Permission::use_reference;
  static const Error no_version{ErrorCode::invalid_argument, "header is required",
                                "anthropic-version", "such as 2023-06-01"};
  const auto found = [](const HttpRequest& request, const std::string& id) {
    return response_of(find_reference_model(form_of(request), id, request.request_id), request);
  };
  return {{"POST", "/v1/chat/completions", permission,
           [&clock](const Call& call) {
             return response_of(answer_chat_completions(call.request.body, seconds_now(clock)),
                                call.request);
           }},
          {"POST", "/v1/responses", permission,
           [&clock](const Call& call) {
             return response_of(answer_responses(call.request.body, seconds_now(clock)),
                                call.request);
           }},
          {"POST", "/v1/messages", permission,
           [](const Call& call) {
             const auto& id = call.request.request_id;
             if (!call.request.header("Anthropic-Version"))
               return response_of(anthropic_error(no_version, 400, id), call.request);
             return response_of(answer_messages(call.request.body, id), call.request);
           }},
          {"GET", "/v1/models", permission,
           [](const Call& call) {
             return response_of(list_reference_models(form_of(call.request)), call.request);
           }},
          {"GET", "/v1/models/{id}", permission,  // the id's slash escaped, as the SDKs do
           [found](const Call& call) { return found(call.request, call.path[0].second); }},
          {"GET", "/v1/models/{owner}/{agent}", permission, [found](const Call& call) {
             return found(call.request, call.path[0].second + "/" + call.path[1].second);
           }}};
}

HttpHandler with_wire_errors(HttpHandler answers) {
  return [answers = std::move(answers)](const HttpRequest& request,
                                        const CancellationToken& cancellation) {
    auto response = answers(request, cancellation);
    if (!request.path.starts_with("/v1/")) return response;
    const auto error = own_error(response);
    if (!error) return response;
    auto answer = speaks_anthropic(request)
                      ? anthropic_error(*error, response.status, request.request_id)
                      : openai_error(*error, response.status);
    auto told = response_of(std::move(answer), request);
    for (auto& header : response.headers) told.headers.push_back(std::move(header));
    return told;
  };
}

}  // namespace causal_gym
