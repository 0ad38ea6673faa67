// ask: a request to the same operation as the HTTP API, printed for people or as JSON.
#include <memory>

#include "apps/cli/commands.h"
#include "apps/cli/engine_text.h"
#include "apps/cli/model_argument.h"

namespace causal_gym {

void add_engine_commands(CLI::App& app, CommandContext& context) {
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
  command->add_flag("--json", arguments->as_json,
                    "print the result as JSON, as the HTTP API gives it");
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
      nlohmann::json request = {{"operation", "ask"}, {"model", *model}, {"query", query}};
      if (!arguments->regime.empty()) request["interventions"] = arguments->regime;
      run_and_print(context, request, arguments->as_json,
                    [&query](const nlohmann::json& result) { return answer_text(query, result); });
    }
  });
}

}  // namespace causal_gym
