// A command that is one operation of the API: its arguments fill the request's fields, a printer
// shows the result, and --json prints it as it is.
//
// Built in place while the application is set up; nothing runs before the command is chosen.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/commands.h"

namespace causal_gym {

class OperationCommand {
 public:
  // `name` on the command line, `operation` of the API.
  OperationCommand(CLI::App& app, CommandContext& context, const char* name, const char* operation,
                   const char* help);

  // GRAPH: graph text, a file, an environment or a model; fills `graph` or `model`.
  OperationCommand& graph();
  // A graph under another field: text, a file, or an environment's graph.
  OperationCommand& graph_field(const char* argument, const char* field, const char* help,
                                bool required);
  // `argument` is CLI11's name: "X" for a positional, "--given" for an option. Fields that are not
  // given on the command line are left out of the request.
  OperationCommand& names(const char* argument, const char* field, const char* help,
                          bool required = false);  // with commas between
  OperationCommand& text(const char* argument, const char* field, const char* help,
                         bool required = false);
  OperationCommand& texts(const char* argument, const char* field, const char* help);
  OperationCommand& whole_number(const char* argument, const char* field, const char* help);
  OperationCommand& flag(const char* argument, const char* field, const char* help);
  // A value that is read from the text of the argument; what it cannot read is the command's error.
  OperationCommand& value(const char* argument, const char* field, const char* help, bool required,
                          std::function<Result<nlohmann::json>(const std::string&)> read);
  OperationCommand& examples(std::initializer_list<const char*> lines);
  // Ends the set-up.
  void prints(ResultPrinter print);

 private:
  using Filler = std::function<Status(nlohmann::json& request)>;
  CLI::Option* option(const char* argument, std::string& target, const char* help, bool required);

  CLI::App* command_;
  CommandContext* context_;
  std::string operation_;
  std::shared_ptr<std::vector<Filler>> fillers_ = std::make_shared<std::vector<Filler>>();
};

}  // namespace causal_gym
