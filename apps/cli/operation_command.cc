#include "apps/cli/operation_command.h"

#include <algorithm>

#include "apps/cli/model_argument.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr const char* graph_help =
    "graph text, a .dag, .txt, .dot, .gml, .graphml or .lav file, an environment id, or a .json or "
    ".bif model";

std::string_view without_blanks_before(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// "a, b" as a list of names; one in double quotes, as graph texts write it, may hold commas.
// Errors: parse_error (a quote that is not closed, or is followed by anything but a comma).
Result<json> split_names(std::string_view text) {
  json list = json::array();
  for (auto rest = without_blanks_before(text); !rest.empty();) {
    if (rest.front() == '"') {
      TextLexer lexer(rest);
      CAUSAL_GYM_TRY(quoted, lexer.next());
      list.push_back(lexer.value(quoted));
      rest = without_blanks_before(rest.substr(quoted.end));
      if (!rest.empty() && rest.front() != ',')
        return fail(ErrorCode::parse_error,
                    "expected a comma before '" + std::string(rest) + "' in a list of names");
    } else {
      const auto end = std::min(rest.find(','), rest.size());
      if (auto name = CLI::detail::trim_copy(std::string(rest.substr(0, end))); !name.empty())
        list.push_back(std::move(name));
      rest = rest.substr(end);
    }
    if (!rest.empty()) rest = without_blanks_before(rest.substr(1));
  }
  return list;
}

}  // namespace

OperationCommand::OperationCommand(CLI::App& app, CommandContext& context, const char* name,
                                   const char* operation, const char* help)
    : command_(app.add_subcommand(name, help)), context_(&context), operation_(operation) {}

CLI::Option* OperationCommand::option(const char* argument, std::string& target, const char* help,
                                      bool required) {
  auto* option = command_->add_option(argument, target, help);
  return required ? option->required() : option;
}

OperationCommand& OperationCommand::value(const char* argument, const char* field, const char* help,
                                          bool required,
                                          std::function<Result<json>(const std::string&)> read) {
  auto text = std::make_shared<std::string>();
  auto* made = option(argument, *text, help, required);
  fillers_->push_back([made, text, field, read = std::move(read)](json& request) -> Status {
    if (made->count() == 0) return {};
    CAUSAL_GYM_TRY(found, read(*text));
    request[field] = std::move(found);
    return {};
  });
  return *this;
}

OperationCommand& OperationCommand::graph() {
  auto text = std::make_shared<std::string>();
  option("GRAPH", *text, graph_help, true);
  fillers_->push_back([text](json& request) -> Status {
    CAUSAL_GYM_TRY(found, graph_argument(*text));
    request.update(found);
    return {};
  });
  return *this;
}

OperationCommand& OperationCommand::graph_field(const char* argument, const char* field,
                                                const char* help, bool required) {
  return value(argument, field, help, required, graph_only_argument);
}

OperationCommand& OperationCommand::names(const char* argument, const char* field, const char* help,
                                          bool required) {
  return value(argument, field, help, required, split_names);
}

OperationCommand& OperationCommand::text(const char* argument, const char* field, const char* help,
                                         bool required) {
  return value(argument, field, help, required,
               [](const std::string& text) -> Result<json> { return json(text); });
}

OperationCommand& OperationCommand::texts(const char* argument, const char* field,
                                          const char* help) {
  auto list = std::make_shared<std::vector<std::string>>();
  auto* made = command_->add_option(argument, *list, help);
  fillers_->push_back([made, list, field](json& request) -> Status {
    if (made->count() > 0) request[field] = *list;
    return {};
  });
  return *this;
}

OperationCommand& OperationCommand::whole_number(const char* argument, const char* field,
                                                 const char* help) {
  auto number = std::make_shared<std::int64_t>();
  auto* made = command_->add_option(argument, *number, help);
  fillers_->push_back([made, number, field](json& request) -> Status {
    if (made->count() > 0) request[field] = *number;
    return {};
  });
  return *this;
}

OperationCommand& OperationCommand::flag(const char* argument, const char* field,
                                         const char* help) {
  auto on = std::make_shared<bool>(false);
  command_->add_flag(argument, *on, help);
  fillers_->push_back([on, field](json& request) -> Status {
    request[field] = *on;
    return {};
  });
  return *this;
}

OperationCommand& OperationCommand::examples(std::initializer_list<const char*> lines) {
  add_examples(*command_, lines);
  return *this;
}

void OperationCommand::prints(ResultPrinter print) {
  auto as_json = std::make_shared<bool>(false);
  command_->add_flag("--json", *as_json, "print the result as JSON, as the HTTP API gives it");
  command_->callback([context = context_, operation = operation_, fillers = fillers_, as_json,
                      print = std::move(print)] {
    json request = {{"operation", operation}};
    for (const auto& fill : *fillers) {
      const auto status = fill(request);
      if (status) continue;
      context->code = report(context->shell, status.error());
      return;
    }
    run_and_print(*context, request, *as_json, print);
  });
}

}  // namespace causal_gym
