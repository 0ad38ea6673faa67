// ask, identify, separated, paths, adjustment-sets, check-adjustment, front-door-sets: requests to
// the same operations as the HTTP API, printed for people or as JSON.
#include <memory>

#include "apps/cli/commands.h"
#include "apps/cli/engine_text.h"
#include "apps/cli/model_argument.h"

namespace causal_gym {

namespace {

using nlohmann::json;

struct GraphArguments {  // what the graph commands share
  std::string graph;
  std::string x;
  std::string y;
  std::vector<std::string> given;
  bool as_json = false;
};

void add_json_flag(CLI::App& command, bool& flag) {
  command.add_flag("--json", flag, "print the result as JSON, as the HTTP API gives it");
}

constexpr const char* graph_help =
    "graph text, a .dag, .txt or .dot file, an environment id, or a .json or .bif model";

// GRAPH X Y, with the option that `set_name` names (empty: none).
std::shared_ptr<GraphArguments> add_graph_arguments(CLI::App& command, const char* set_option,
                                                    const char* set_help) {
  auto arguments = std::make_shared<GraphArguments>();
  command.add_option("GRAPH", arguments->graph, graph_help)->required();
  command.add_option("X", arguments->x, "a variable, or several with commas")->required();
  command.add_option("Y", arguments->y, "a variable, or several with commas")->required();
  if (set_option != nullptr) command.add_option(set_option, arguments->given, set_help);
  add_json_flag(command, arguments->as_json);
  return arguments;
}

json names(const std::string& text) {
  json list = json::array();
  for (const auto& name : CLI::detail::split(text, ','))
    list.push_back(CLI::detail::trim_copy(name));
  return list;
}

// Calls the operation with GRAPH, X and Y under the given field names and the set, when there is
// one, under `set_field`.
void run_graph_operation(CommandContext& context, const GraphArguments& arguments,
                         const char* operation, const char* x_field, const char* y_field,
                         const char* set_field, const ResultPrinter& print) {
  auto request = graph_argument(arguments.graph);
  if (!request) {
    context.code = report(context.shell, request.error());
    return;
  }
  (*request)["operation"] = operation;
  (*request)[x_field] = names(arguments.x);
  (*request)[y_field] = names(arguments.y);
  if (set_field != nullptr) {
    auto& set = (*request)[set_field] = json::array();
    for (const auto& text : arguments.given)
      for (auto& name : names(text)) set.push_back(std::move(name));
  }
  run_and_print(context, *request, arguments.as_json, print);
}

void add_ask(CLI::App& app, CommandContext& context) {
  struct Arguments {
    std::string model;
    std::vector<std::string> queries;
    std::string regime;
    bool as_json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command = app.add_subcommand("ask", "Answer queries in a model exactly");
  command->add_option("MODEL", arguments->model, "an environment id, or a .json or .bif file")
      ->required();
  command
      ->add_option("QUERY", arguments->queries,
                   "such as \"P(rain | do(sprinkler=on))\" or \"ATE(x -> y)\"")
      ->required();
  command->add_option("--under", arguments->regime,
                      "interventions in force: \"set x=1; randomize y; prevent z; disconnect w\"");
  add_json_flag(*command, arguments->as_json);
  add_examples(*command,
               {"causal-gym ask sprinkler-v1 \"P(slippery | do(sprinkler=on))\" \"P(slippery | "
                "sprinkler=on)\"",
                "causal-gym ask asia-v1 \"P(lung=* | smoke=yes, xray=yes)\"",
                "causal-gym ask model.json \"ATE(x -> y)\" --under \"randomize z\" --json"});
  command->callback([&context, arguments] {
    auto model = model_argument(arguments->model);
    if (!model) {
      context.code = report(context.shell, model.error());
      return;
    }
    for (const auto& query : arguments->queries) {
      json request = {{"operation", "ask"}, {"model", *model}, {"query", query}};
      if (!arguments->regime.empty()) request["interventions"] = arguments->regime;
      run_and_print(context, request, arguments->as_json,
                    [&query](const json& result) { return answer_text(query, result); });
    }
  });
}

void add_identify(CLI::App& app, CommandContext& context) {
  struct Arguments {
    std::string graph;
    std::string query;
    bool as_json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  auto* command =
      app.add_subcommand("identify", "Can an effect be had from observation alone, and how?");
  command->add_option("GRAPH", arguments->graph, graph_help)->required();
  command->add_option("QUERY", arguments->query, "such as \"P(y | do(x))\"")->required();
  add_json_flag(*command, arguments->as_json);
  add_examples(*command, {"causal-gym identify \"z -> x; z -> y; x -> y\" \"P(y | do(x))\"",
                          "causal-gym identify smoking_tar_cancer-v1 \"P(cancer | do(smoking))\""});
  command->callback([&context, arguments] {
    auto request = graph_argument(arguments->graph);
    if (!request) {
      context.code = report(context.shell, request.error());
      return;
    }
    (*request)["operation"] = "identify";
    (*request)["query"] = arguments->query;
    run_and_print(
        context, *std::move(request), arguments->as_json,
        [arguments](const json& result) { return identification_text(arguments->query, result); });
  });
}

void add_separation_commands(CLI::App& app, CommandContext& context) {
  auto* separated = app.add_subcommand("separated", "Is X d-separated (m-separated) from Y?");
  auto separation =
      add_graph_arguments(*separated, "--given", "the variables conditioned on, with commas");
  add_examples(*separated, {"causal-gym separated \"x -> m -> y\" x y --given m",
                            "causal-gym separated asia-v1 smoke tub --given dysp"});
  separated->callback([&context, separation] {
    run_graph_operation(context, *separation, "separated", "x", "y", "given", separation_text);
  });

  auto* paths = app.add_subcommand(
      "paths", "List the paths between X and Y: their kind, open or blocked by what");
  auto listing =
      add_graph_arguments(*paths, "--given", "the variables conditioned on, with commas");
  add_examples(*paths, {"causal-gym paths \"z -> x; z -> y; x -> y\" x y",
                        "causal-gym paths sprinkler-v1 sprinkler slippery --given season"});
  paths->callback([&context, listing] {
    run_graph_operation(context, *listing, "paths", "x", "y", "given", paths_text);
  });
}

void add_adjustment_commands(CLI::App& app, CommandContext& context) {
  auto* sets = app.add_subcommand("adjustment-sets",
                                  "List the minimal adjustment sets for the effect of X on Y");
  auto listing = add_graph_arguments(*sets, nullptr, nullptr);
  add_examples(*sets, {"causal-gym adjustment-sets \"z -> x; z -> y; x -> y\" x y"});
  sets->callback([&context, listing] {
    run_graph_operation(context, *listing, "adjustment_sets", "exposure", "outcome", nullptr,
                        sets_text);
  });

  auto* check =
      app.add_subcommand("check-adjustment", "Does adjusting for a set give the effect of X on Y?");
  auto checked =
      add_graph_arguments(*check, "SET", "the variables adjusted for; none: the empty set");
  add_examples(*check, {"causal-gym check-adjustment \"z -> x; z -> y; x -> y\" x y z",
                        "causal-gym check-adjustment \"x -> m -> y\" x y m"});
  check->callback([&context, checked] {
    run_graph_operation(context, *checked, "check_adjustment", "exposure", "outcome", "set",
                        check_text);
  });

  auto* front =
      app.add_subcommand("front-door-sets", "Find a front-door set for the effect of X on Y");
  auto found = add_graph_arguments(*front, nullptr, nullptr);
  add_examples(*front, {"causal-gym front-door-sets \"x -> m -> y; x <-> y\" x y"});
  front->callback([&context, found] {
    run_graph_operation(context, *found, "front_door_sets", "exposure", "outcome", nullptr,
                        sets_text);
  });
}

}  // namespace

void add_engine_commands(CLI::App& app, CommandContext& context) {
  add_ask(app, context);
  add_identify(app, context);
  add_separation_commands(app, context);
  add_adjustment_commands(app, context);
}

}  // namespace causal_gym
