// batch: one JSON request a line in, one JSON answer a line out, in order.
#include <fstream>
#include <memory>

#include "api/operations.h"
#include "apps/cli/commands.h"
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

// The request line with the default model put in where it names neither model nor graph.
std::string with_default_model(const std::string& line, const json& model) {
  auto request = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object() || request.contains("model") || request.contains("graph")) return line;
  request["model"] = model;
  return request.dump();
}

LineSource lines_of(std::istream& in) {
  return [&in]() -> std::optional<std::string> {
    std::string line;
    while (std::getline(in, line))
      if (line.find_first_not_of(" \t\r") != std::string::npos) return line;
    return std::nullopt;
  };
}

Status run_batch(CommandContext& context, const BatchArguments& arguments) {
  json model;
  if (!arguments.model.empty()) {
    CAUSAL_GYM_TRY(given, model_argument(arguments.model));
    model = std::move(given);
  }
  std::ifstream file;
  if (arguments.input != "-") {
    file.open(arguments.input);
    if (!file) return fail(ErrorCode::not_found, "cannot read '" + arguments.input + "'");
  }
  auto& out = context.shell.out;
  OperationContext operations;
  operations.cancellation = context.shell.cancellation;
  process_lines(
      arguments.jobs, lines_of(arguments.input == "-" ? context.shell.in : file),
      [&](const std::string& line) {
        return handle_request_text(model.is_null() ? line : with_default_model(line, model),
                                   operations);
      },
      [&out](const std::string& answer) {
        return static_cast<bool>(out << answer << '\n' << std::flush);
      },
      context.shell.cancellation);
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
