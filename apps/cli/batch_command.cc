// batch: one JSON request a line in, one JSON answer a line out, in order.
#include <memory>

#include "api/operation_request.h"
#include "apps/cli/commands.h"
#include "apps/cli/lazy_runs.h"
#include "apps/cli/line_input.h"
#include "apps/cli/model_argument.h"
#include "apps/cli/ordered_pool.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::size_t most_jobs = 64;

struct BatchArguments {
  std::string input = "-";
  std::string database;  // empty: where the configuration says
  std::string model;
  std::size_t jobs = 1;
};

Status run_batch(CommandContext& context, const BatchArguments& arguments) {
  auto& out = context.shell.out;
  OperationContext operations;
  operations.cancellation = context.shell.cancellation;
  json model;
  if (!arguments.model.empty()) {
    CAUSAL_GYM_TRY(given, model_argument(arguments.model));
    // A model that cannot be had ends the batch before its first line.
    CAUSAL_GYM_CHECKED(read_model_field(given, "model", operations.limits));
    model = std::move(given);
  }
  LazyRuns runs(arguments.database);
  operations.runs = &runs;
  CAUSAL_GYM_TRY(input, LineInput::open(arguments.input, operations.json_limits.bytes,
                                        context.shell.cancellation));
  CAUSAL_GYM_CHECKED(process_lines(
      arguments.jobs, [&input] { return input.next(); },
      [&](const std::string& line) { return handle_request_text(line, operations, {}, model); },
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
  command->add_option("--database", arguments->database,
                      "where the operation \"runs\" reads: a file, or postgresql://user@host/name");
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
