#include "apps/server/reference_routes.h"

#include <chrono>

#include "api/reference/chat_completions.h"
#include "api/reference/messages.h"
#include "api/reference/model_list.h"
#include "api/reference/responses.h"

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

std::int64_t seconds_now(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
}

}  // namespace

std::vector<ServerRoute> reference_routes(const Clock& clock) {
  constexpr auto permission = Permission::use_reference;
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
             return response_of(answer_messages(call.request.body, call.request.request_id),
                                call.request);
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

}  // namespace causal_gym
