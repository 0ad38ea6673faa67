// The operations over HTTP: POST /api/v1/{operation}, and GET forms of what can be looked up.
#include <sstream>

#include "api/error_json.h"
#include "api/http_status.h"
#include "api/json_text.h"
#include "api/operations.h"
#include "api/run_json.h"
#include "apps/server/openapi.h"
#include "apps/server/routes.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

using nlohmann::json;

OperationContext context_of(ServerParts& parts, CancellationToken cancellation) {
  OperationContext context;
  context.cancellation = std::move(cancellation);
  context.runs = &parts.store;
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

HttpResponse answer_operation(ServerParts& parts, const HttpRequest& request,
                              const std::string& operation, CancellationToken cancellation) {
  if (const auto known = find_operation(operation); !known) {
    auto error = known.error();
    error.code = ErrorCode::not_found;
    return error_response(http_status(error.code), error);
  }
  return counted(parts, operation, [&] {
    return parts.answers.answer(operation, request.body, cancellation, [&] {
      return handle_request_text(request.body, context_of(parts, cancellation), operation);
    });
  });
}

// GET /api/v1/environments, /runs and one of each: the operation with the path and query as its
// fields.
HttpResponse look_up(ServerParts& parts, json request, CancellationToken cancellation) {
  const auto operation = request.at("operation").get<std::string>();
  return counted(parts, operation, [&] {
    return json_line(run_operation(request, context_of(parts, cancellation)));
  });
}

HttpResponse list_runs(ServerParts& parts, const HttpRequest& request,
                       CancellationToken cancellation) {
  json body = {{"operation", "runs"}};
  if (const auto cursor = request.parameter("cursor")) body["cursor"] = *cursor;
  if (const auto limit = request.parameter("limit")) {
    const auto number = json::parse(*limit, nullptr, /*allow_exceptions=*/false);
    body["limit"] = number.is_number() ? number : json(*limit);
  }
  return look_up(parts, std::move(body), std::move(cancellation));
}

HttpResponse export_of_run(ServerParts& parts, const HttpRequest& request, const std::string& id) {
  const auto format = find_export_format(request.parameter("format").value_or("json"));
  if (!format) return error_response(http_status(format.error().code), format.error());
  const auto run = parts.store.load_run(id);
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

HttpResponse launch_run(ServerParts& parts, const HttpRequest& request) {
  const auto body = parse_json(request.body);
  const auto spec = body ? read_spec(*body) : Result<ExperimentSpec>(fail(body.error()));
  const auto id = spec ? parts.launcher.launch(*spec, request.trace.trace_id)
                       : Result<RunId>(fail(spec.error()));
  if (!id) return error_response(http_status(id.error().code), id.error());
  auto response =
      json_response(202, {{"result", {{"id", *id}, {"state", run_state_name(RunState::running)}}}});
  response.headers.emplace_back("Location", "/api/v1/runs/" + *id);
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
    CAUSAL_GYM_CHECKED(context.cancellation.check());
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    CAUSAL_GYM_CHECKED(check_limit("lines of a batch", ++count, batch_lines_limit));
    answers += handle_request_text(line, context) + "\n";
    CAUSAL_GYM_CHECKED(
        check_limit("bytes of a batch's answers", answers.size(), batch_answer_bytes_limit));
  }
  return answers;
}

HttpResponse answer_batch(ServerParts& parts, const HttpRequest& request,
                          const CancellationToken& cancellation) {
  auto answers = batch_answers(request.body, context_of(parts, cancellation));
  if (!answers) return error_response(http_status(answers.error().code), answers.error());
  return {200, "application/x-ndjson", {}, *std::move(answers)};
}

// A path that no operation has, or the wrong method for one that there is.
HttpResponse refuse_operation(const HttpRequest& request, const std::string& name) {
  if (const auto known = find_operation(name); !known) {
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

std::vector<Route> run_routes(ServerParts& parts) {
  using Parameters = NamedTexts;
  using Names = std::vector<std::string>;
  return {{"GET", "/api/v1/runs",
           [&parts](const HttpRequest& request, const Parameters&, CancellationToken token) {
             return list_runs(parts, request, std::move(token));
           },
           Names{"cursor", "limit"}},
          {"GET", "/api/v1/runs/{id}",
           [&parts](const HttpRequest& request, const Parameters& path, CancellationToken token) {
             json body = {{"operation", "runs"}, {"run", path[0].second}};
             if (request.parameter("events") == "true") body["events"] = true;
             return look_up(parts, std::move(body), std::move(token));
           },
           Names{"events"}},
          {"GET", "/api/v1/runs/{id}/export",
           [&parts](const HttpRequest& request, const Parameters& path, CancellationToken) {
             return export_of_run(parts, request, path[0].second);
           },
           Names{"format"}},
          {"POST", "/api/v1/experiments",
           [&parts](const HttpRequest& request, const Parameters&, CancellationToken) {
             return launch_run(parts, request);
           },
           Names{}}};
}

std::vector<Route> environment_routes(ServerParts& parts) {
  using Parameters = NamedTexts;
  using Names = std::vector<std::string>;
  return {{"GET", "/api/v1/openapi.yaml",
           [](const HttpRequest&, const Parameters&, CancellationToken) {
             return HttpResponse{200, "application/yaml", {}, std::string(openapi_document)};
           },
           Names{}},
          {"GET", "/api/v1/environments",
           [&parts](const HttpRequest&, const Parameters&, CancellationToken token) {
             return look_up(parts, {{"operation", "environments"}}, std::move(token));
           },
           Names{}},
          {"GET", "/api/v1/environments/{id}",
           [&parts](const HttpRequest&, const Parameters& path, CancellationToken token) {
             return look_up(parts, {{"operation", "environments"}, {"environment", path[0].second}},
                            std::move(token));
           },
           Names{}}};
}

std::vector<Route> operation_routes(ServerParts& parts) {
  using Parameters = NamedTexts;
  using Names = std::vector<std::string>;
  return {{"POST", "/api/v1/batch",
           [&parts](const HttpRequest& request, const Parameters&, CancellationToken token) {
             return answer_batch(parts, request, token);
           },
           Names{}},
          {"POST", "/api/v1/{operation}",
           [&parts](const HttpRequest& request, const Parameters& path, CancellationToken token) {
             return answer_operation(parts, request, path[0].second, std::move(token));
           },
           Names{}},
          {"GET", "/api/v1/{operation}",
           [](const HttpRequest& request, const Parameters& path, CancellationToken) {
             return refuse_operation(request, path[0].second);
           }}};
}

}  // namespace

std::vector<Route> api_routes(ServerParts& parts) {
  auto routes = environment_routes(parts);
  for (auto* more : {&run_routes, &operation_routes})
    for (auto& route : (*more)(parts)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace causal_gym
