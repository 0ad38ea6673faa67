// The operations over HTTP: POST /api/v1/{operation}, and GET forms of what can be looked up.
#include <sstream>

#include "api/error_json.h"
#include "api/http_status.h"
#include "api/json_text.h"
#include "api/operations.h"
#include "api/run_json.h"
#include "api/run_query_json.h"
#include "apps/server/gate.h"
#include "apps/server/model_launch.h"
#include "apps/server/openapi.h"
#include "apps/server/routes.h"
#include "apps/server/runs_page.h"
#include "platform/http/error_response.h"
#include "platform/http/response_text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::size_t longest_quick_request = 64 << 10;
constexpr std::size_t longest_quick_answer = 16 << 10;  // which may have to be compressed

OperationContext context_of(const Call& call) {
  OperationContext context;
  context.cancellation = call.cancellation;
  context.runs = &call.runs;
  return context;
}

HttpResponse json_response(int status, const json& body) {
  return {status, "application/json", {}, json_line(body) + "\n"};
}

// Counts the operation and turns its answer, a line of JSON, into a response.
template <class Work>
HttpResponse counted(ServerParts& parts, std::string_view operation, const Work& work) {
  const Stopwatch stopwatch(parts.clock);
  const std::string answer = work();
  const auto error =
      is_error_answer(answer) ? error_of(json::parse(answer)) : std::optional<Error>();
  parts.metrics.count_inference(operation, error ? std::optional(error->code) : std::nullopt,
                                stopwatch.elapsed());
  return {error ? http_status(error->code) : 200, "application/json", {}, answer + "\n"};
}

HttpResponse answer_operation(ServerParts& parts, const Call& call) {
  const auto& operation = call.path[0].second;
  if (const auto known = find_operation(operation); !known) {
    auto error = known.error();
    error.code = ErrorCode::not_found;
    return error_response(http_status(error.code), error);
  }
  return counted(parts, operation, [&] {
    return parts.answers.answer(operation, call.request.body, call.cancellation, [&] {
      return handle_request_text(call.request.body, context_of(call), operation);
    });
  });
}

// What is kept is answered on the thread that reads; 404 for what is not there to be had at once.
HttpResponse answer_kept(ServerParts& parts, const Call& call) {
  const auto& operation = call.path[0].second;
  auto kept = parts.answers.kept(operation, call.request.body);
  if (!kept || kept->size() > longest_quick_answer) return {.status = 404};
  return counted(parts, operation, [&] { return *std::move(kept); });
}

// GET /api/v1/environments, /runs and one of each: the operation with the path and query as its
// fields.
HttpResponse look_up(ServerParts& parts, const Call& call, const json& request) {
  const auto operation = request.at("operation").get<std::string>();
  return counted(parts, operation,
                 [&] { return json_line(run_operation(request, context_of(call))); });
}

HttpResponse list_runs(ServerParts& parts, const Call& call) {
  json body = run_query_of(call.request);
  body["operation"] = "runs";
  return look_up(parts, call, body);
}

HttpResponse export_of_run(const Call& call) {
  const auto format = find_export_format(call.request.parameter("format").value_or("json"));
  if (!format) return error_response(http_status(format.error().code), format.error());
  const auto run = call.runs.load_run(call.path[0].second);
  if (!run) return error_response(http_status(run.error().code), run.error());
  static constexpr const char* types[] = {"application/json", "text/csv; charset=utf-8",
                                          "text/markdown; charset=utf-8"};
  static constexpr const char* endings[] = {"json", "csv", "md"};
  const auto which = static_cast<std::size_t>(*format);
  return {200,
          types[which],
          {{"Content-Disposition",
            "attachment; filename=\"run-" + run->summary.id + "." + endings[which] + "\""}},
          export_run(*run, *format)};
}

// Server-sent events from the place of Last-Event-ID on, until the run is over.
HttpResponse events_of_run(ServerParts& parts, const Call& call) {
  const auto& id = call.path[0].second;
  const auto refuse = [](const Error& error) {
    return error_response(http_status(error.code), error);
  };
  if (const auto visible = call.runs.check_visible(id); !visible) return refuse(visible.error());
  const auto now = parts.watch.progress(id);
  if (!now) return refuse(now.error());
  const auto last = call.request.header("Last-Event-ID");
  const auto from = last ? read_event_id(*last) : Result<EventPlace>(EventPlace());
  if (!from) return refuse(from.error());
  // A browser that lost nothing but the end of the connection is to ask no more.
  if (is_at_end(*from, *now)) return {.status = 204, .headers = {{"Cache-Control", "no-store"}}};
  auto stream = parts.rights.guarded(parts.watch.stream(id, *from, *now), call.caller, id);
  if (!stream) {
    auto response = error_response(429, stream.error());
    response.headers.emplace_back("Retry-After", "5");
    return response;
  }
  return {.content_type = "text/event-stream",
          .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
          .stream = *std::move(stream)};
}

HttpResponse refuse_launch(const Error& error) {
  // A key that was used for something else is a fault of the request, not of the moment.
  if (error.code == ErrorCode::conflict && error.where == "Idempotency-Key")
    return error_response(422, error);
  // Who asks is known: it is the model that is not to be had.
  if (error.code == ErrorCode::unauthorized) return error_response(403, error);
  return error_response(http_status(error.code), error);
}

HttpResponse launch_run(ServerParts& parts, const Call& call) {
  auto body = parse_json(call.request.body);
  json models;
  if (body && body->is_object() && body->contains("models")) {
    models = std::move((*body)["models"]);
    body->erase("models");
    if (models.is_null()) models = json::array();  // what is said is said
  }
  const auto spec = body ? read_spec(*body) : Result<ExperimentSpec>(fail(body.error()));
  const auto own = [&](const RunId& id) -> Status {
    return parts.accounts == nullptr ? Status()
                                     : parts.accounts->own_run(call.caller, id, call.origin);
  };
  if (!spec) return error_response(http_status(spec.error().code), spec.error());
  const auto key = call.request.header("Idempotency-Key");
  if (key && key->empty())
    return error_response(400, {ErrorCode::invalid_argument, "the key is empty", "Idempotency-Key",
                                "take a random UUID"});
  const auto options = launched_model_options(*spec, models, parts.config.models);
  if (!options) return refuse_launch(options.error());
  const LaunchRequest request{*spec, call.request.trace.trace_id, std::string(key.value_or("")),
                              call.caller.user, *options};
  const auto run = parts.launcher.launch(request, own);
  if (!run) return refuse_launch(run.error());
  auto response =
      json_response(202, {{"result", {{"id", run->id}, {"state", run_state_name(run->state)}}}});
  response.headers.emplace_back("Location", "/api/v1/runs/" + run->id);
  if (!run->is_new) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

constexpr std::size_t batch_lines_limit = 10'000;
constexpr std::size_t batch_answer_bytes_limit = 64 << 20;

// A batch over a limit is refused whole, so that no answer goes missing unnoticed.
Result<std::string> batch_answers(const std::string& body, const OperationContext& context) {
  std::istringstream lines(body);
  std::string line, answers;
  std::size_t count = 0;
  while (std::getline(lines, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    CAUSAL_GYM_CHECKED(check_limit("lines of a batch", ++count, batch_lines_limit));
    answers += handle_request_text(line, context) + "\n";
    CAUSAL_GYM_CHECKED(context.cancellation.check());
    CAUSAL_GYM_CHECKED(
        check_limit("bytes of a batch's answers", answers.size(), batch_answer_bytes_limit));
  }
  return answers;
}

HttpResponse answer_batch(const Call& call) {
  auto answers = batch_answers(call.request.body, context_of(call));
  if (!answers) return error_response(http_status(answers.error().code), answers.error());
  return {200, "application/x-ndjson", {}, *std::move(answers)};
}

// A path that no operation has, or the wrong method for one that there is.
HttpResponse refuse_operation(const Call& call) {
  const auto& request = call.request;
  if (const auto known = find_operation(call.path[0].second); !known) {
    auto error = known.error();
    error.code = ErrorCode::not_found;
    return error_response(404, error);
  }
  auto response =
      error_response(405, {ErrorCode::invalid_argument,
                           "method " + request.method + " is not allowed at '" + request.path + "'",
                           "method", "use POST"});
  response.headers.emplace_back("Allow", "POST");
  return response;
}

using Names = std::vector<std::string>;

std::vector<ServerRoute> run_routes(ServerParts& parts) {
  return {{"GET", "/api/v1/runs", Permission::see_runs,
           [&parts](const Call& call) { return list_runs(parts, call); },
           Names(std::begin(run_query_fields), std::end(run_query_fields))},
          {"GET", "/api/v1/runs/{id}", Permission::see_runs,
           [&parts](const Call& call) {
             json body = {{"operation", "runs"}, {"run", call.path[0].second}};
             if (call.request.parameter("events") == "true") body["events"] = true;
             return look_up(parts, call, body);
           },
           Names{"events"}},
          {"GET", "/api/v1/runs/{id}/export", Permission::see_runs, export_of_run, Names{"format"}},
          {"GET", "/api/v1/runs/{id}/events", Permission::see_runs,
           [&parts](const Call& call) { return events_of_run(parts, call); }, Names{}},
          {"POST", "/api/v1/experiments", Permission::launch_runs,
           [&parts](const Call& call) { return launch_run(parts, call); }, Names{}}};
}

std::vector<ServerRoute> environment_routes(ServerParts& parts) {
  return {{"GET", "/api/v1/openapi.yaml", Permission::see_public,
           [](const Call&) {
             return HttpResponse{200, "application/yaml", {}, std::string(openapi_document)};
           },
           Names{}},
          {"GET", "/api/v1/environments", Permission::compute,
           [&parts](const Call& call) {
             return look_up(parts, call, {{"operation", "environments"}});
           },
           Names{}},
          {"GET", "/api/v1/environments/{id}", Permission::compute,
           [&parts](const Call& call) {
             return look_up(parts, call,
                            {{"operation", "environments"}, {"environment", call.path[0].second}});
           },
           Names{}}};
}

// `runs` among them shows what the caller may see.
std::vector<ServerRoute> operation_routes(ServerParts& parts) {
  return {{"POST", "/api/v1/batch", Permission::compute, answer_batch, Names{}},
          {"POST", "/api/v1/{operation}", Permission::compute,
           [&parts](const Call& call) { return answer_operation(parts, call); }, Names{}},
          {"GET", "/api/v1/{operation}", Permission::compute, refuse_operation}};
}

}  // namespace

std::vector<ServerRoute> api_routes(ServerParts& parts) {
  auto routes = environment_routes(parts);
  for (auto* more : {&run_routes, &run_change_routes, &account_routes, &operation_routes})
    for (auto& route : (*more)(parts)) routes.push_back(std::move(route));
  return routes;
}

QuickHandler quick_operations(ServerParts& parts, const Gate& gate) {
  if (parts.accounts != nullptr) return {};
  std::vector<ServerRoute> routes = {
      {"POST", "/api/v1/{operation}", Permission::compute,
       [&parts](const Call& call) { return answer_kept(parts, call); }}};
  return [handler = gate.handler(std::move(routes))](
             const HttpRequest& request) -> std::shared_ptr<const PreparedResponse> {
    if (request.method != "POST" || request.body.size() > longest_quick_request) return nullptr;
    const auto response = handler(request, {});
    if (response.status != 200) return nullptr;
    return std::make_shared<const PreparedResponse>(prepare_response(response));
  };
}

}  // namespace causal_gym
