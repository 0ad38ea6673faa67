// Commands about effects: identify, explain, adjustment-sets, check-adjustment, front-door-sets,
// instruments, check-derivation.
#include "apps/cli/commands.h"
#include "apps/cli/engine_text.h"
#include "apps/cli/graph_text.h"
#include "apps/cli/model_argument.h"
#include "apps/cli/operation_command.h"

namespace causal_gym {

namespace {

constexpr const char* exposure_help = "the treatment: a variable, or several with commas";
constexpr const char* outcome_help = "the outcome: a variable, or several with commas";
constexpr const char* part_help = "total (unless told) or direct";

OperationCommand effect_command(CLI::App& app, CommandContext& context, const char* name,
                                const char* operation, const char* help) {
  OperationCommand command(app, context, name, operation, help);
  command.graph()
      .names("X", "treatment", exposure_help, true)
      .names("Y", "outcome", outcome_help, true);
  return command;
}

Result<nlohmann::json> available_argument(const std::string& text) {
  return text == "experiments" ? nlohmann::json(text) : json_argument(text);
}

void add_identification_commands(CLI::App& app, CommandContext& context) {
  OperationCommand(app, context, "identify", "identify",
                   "Can an effect be had from observation, or from experiments on other variables, "
                   "and how?")
      .graph()
      .text("QUERY", "query",
            "such as \"P(y | do(x))\", \"P(y[x=1] | x=0)\" or \"NDE(x -> m -> y)\"", true)
      .value(
          "--from", "available",
          "the distributions there are, as JSON: [{}, {\"do\": [\"z\"]}, {\"population\": \"b\", "
          "\"differs\": [\"w\"]}]; or the word experiments: all of them",
          false, available_argument)
      .flag("--derivation", "derivation", "show each step of do-calculus")
      .flag("--models", "models", "with a no: two models that agree on what is seen and disagree")
      .examples(
          {"causal-gym identify \"z -> x; z -> y; x -> y\" \"P(y | do(x))\"",
           "causal-gym identify smoking_tar_cancer-v1 \"P(cancer | do(smoking))\" --derivation",
           "causal-gym identify \"x -> y; x <-> y\" \"P(y | do(x))\" --models"})
      .prints(identification_text);
  effect_command(app, context, "explain", "explain",
                 "All about one effect: how to get it, what biases it, what would repair it")
      .examples({"causal-gym explain smoking_tar_cancer-v1 smoking cancer",
                 "causal-gym explain \"x -> m -> y; x <-> m\" x y"})
      .prints(explanation_text);
  OperationCommand(app, context, "check-derivation", "check_derivation",
                   "Is a derivation right? Every step is checked anew")
      .graph()
      .value("DERIVATION", "derivation",
             "a .json file with what `identify --derivation --json` prints", true, json_argument)
      .examples({"causal-gym check-derivation \"z -> x; z -> y; x -> y\" derivation.json"})
      .prints(derivation_check_text);
}

void add_adjustment_commands(CLI::App& app, CommandContext& context) {
  effect_command(app, context, "adjustment-sets", "adjustment_sets",
                 "List the sets to adjust for to get the effect of X on Y")
      .text("--mode", "mode", "minimal (unless told), all, canonical, optimal or minimum")
      .text("--effect", "effect", part_help)
      .names("--must", "must", "variables that every set holds")
      .names("--must-not", "must_not", "variables that no set holds")
      .names("--selected", "selected", "variables by which the sample was selected")
      .value("--weights", "weights", "with --mode minimum: costs as JSON, {\"z\": 2.5}", false,
             json_argument)
      .whole_number("--limit", "limit", "how many sets to list; 100 unless told")
      .examples({"causal-gym adjustment-sets \"z -> x; z -> y; x -> y\" x y",
                 "causal-gym adjustment-sets asia-v1 smoke dysp --mode optimal"})
      .prints(sets_text);
  effect_command(app, context, "check-adjustment", "check_adjustment",
                 "Does adjusting for a set give the effect of X on Y, and why (not)?")
      .names("SET", "set", "the variables adjusted for; none: the empty set")
      .text("--effect", "effect", part_help)
      .names("--selected", "selected", "variables by which the sample was selected")
      .examples({"causal-gym check-adjustment \"z -> x; z -> y; x -> y\" x y z",
                 "causal-gym check-adjustment \"x -> m -> y\" x y m"})
      .prints(check_text);
  effect_command(app, context, "front-door-sets", "front_door_sets",
                 "List the front-door sets for the effect of X on Y")
      .text("--mode", "mode", "minimal (unless told), all or maximum")
      .names("--must", "must", "variables that every set holds")
      .names("--must-not", "must_not", "variables that no set holds")
      .whole_number("--limit", "limit", "how many sets to list; 100 unless told")
      .examples({"causal-gym front-door-sets \"x -> m -> y; x <-> y\" x y"})
      .prints(sets_text);
  effect_command(app, context, "instruments", "instruments",
                 "List instruments for the effect of X on Y, or check one")
      .names("--instrument", "instrument", "check this one")
      .names("--given", "given", "with --instrument: what is conditioned on")
      .text("--effect", "effect", part_help)
      .names("--must-not", "must_not", "variables not to condition on")
      .examples({"causal-gym instruments instrument_schooling-v1 schooling earnings",
                 "causal-gym instruments \"w -> z -> x -> y; w -> y; x <-> y\" x y --instrument z "
                 "--given w"})
      .prints(instruments_text);
}

}  // namespace

void add_effect_commands(CLI::App& app, CommandContext& context) {
  add_identification_commands(app, context);
  add_adjustment_commands(app, context);
}

}  // namespace causal_gym
