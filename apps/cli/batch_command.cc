// batch: one JSON request a line in, one JSON answer a line out, in order.
#include <algorithm>
#include <memory>

#include "api/operations.h"
#include "apps/cli/commands.h"
#include "apps/cli/line_input.h"
#include "apps/cli/model_argument.h"
#include "apps/cli/ordered_pool.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::size_t most_jobs = 64;

struct BatchArguments {
  std::string input = "-";
  std::string model;
  std::size_t jobs = 1;
};

// Does the operation that the request names take a model?
bool takes_model(const json& request) {
  const auto name = request.find("operation");
  if (name == request.end() || !name->is_string()) return false;
  const auto operation = find_operation(name->get<std::string>());
  if (!operation) return false;
  const auto fields = (*operation)->fields;
  return std::any_of(fields.begin(), fields.end(),
                     [](const FieldSpec& field) { return field.name == "model"; });
}

// The answer to a line; the default model is put in where an operation takes one and the line names
// neither model nor graph. What is wrong with the line itself is for the operation to say.
std::string answer_line(const std::string& line, const json& model,
                        const OperationContext& context) {
  if (model.is_null()) return handle_request_text(line, context);
  auto request = parse_json(line, context.json_limits);
  if (!request || !request->is_object() || request->contains("model") ||
      request->contains("graph") || !takes_model(*request))
    return handle_request_text(line, context);
  (*request)["model"] = model;
  return json_line(run_operation(*request, context));
}

Status run_batch(CommandContext& context, const BatchArguments& arguments) {
  json model;
  if (!arguments.model.empty()) {
    CAUSAL_GYM_TRY(given, model_argument(arguments.model));
    model = std::move(given);
  }
  auto& out = context.shell.out;
  OperationContext operations;
  operations.cancellation = context.shell.cancellation;
  CAUSAL_GYM_TRY(input, LineInput::open(arguments.input, operations.json_limits.bytes,
                                        context.shell.cancellation));
  CAUSAL_GYM_CHECKED(process_lines(
      arguments.jobs, [&input] { return input.next(); },
      [&](const std::string& line) { return answer_line(line, model, operations); },
      [&out](const std::string& answer) {
        return static_cast<bool>(out << answer << '\n' << std::flush);
      },
      context.shell.cancellation));
  return context.shell.cancellation.check();
}

}  // namespace

void add_batch_command(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<BatchArguments>();
  auto* command = app.add_subcommand("batch",
                                     "Answer requests, one JSON object a line, in order (the "
                                     "bodies of the HTTP API, with \"operation\")");
  command->add_option("FILE", arguments->input, "requests; - or nothing: standard input");
  command->add_option("--model", arguments->model,
                      "the model of lines that name neither model nor graph");
  command->add_option("--jobs", arguments->jobs, "threads")
      ->check(CLI::Range(std::size_t{1}, most_jobs));
  add_examples(*command,
               {"echo '{\"id\": 1, \"operation\": \"ask\", \"model\": \"sprinkler-v1\", \"query\": "
                "\"P(rain)\"}' | "
                "causal-gym batch",
                "causal-gym batch requests.jsonl --jobs 2 --model alarm.bif > answers.jsonl"});
  command->callback([&context, arguments] {
    const auto status = run_batch(context, *arguments);
    if (!status) context.code = report(context.shell, status.error());
  });
}

}  // namespace causal_gym
