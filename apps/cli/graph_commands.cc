// Commands about graphs alone: separated, paths, separators, implied-independencies, project,
// compare-graphs, equivalence-class, draw.
#include "apps/cli/commands.h"
#include "apps/cli/engine_text.h"
#include "apps/cli/graph_text.h"
#include "apps/cli/operation_command.h"

namespace causal_gym {

namespace {

void add_separation_commands(CLI::App& app, CommandContext& context) {
  constexpr const char* one = "a variable, or several with commas";
  constexpr const char* given = "the variables conditioned on, with commas";
  OperationCommand(app, context, "separated", "separated", "Is X d-separated (m-separated) from Y?")
      .graph()
      .names("X", "x", one, true)
      .names("Y", "y", one, true)
      .names("--given", "given", given)
      .examples({"causal-gym separated \"x -> m -> y\" x y --given m",
                 "causal-gym separated asia-v1 smoke tub --given dysp"})
      .prints(separation_text);
  OperationCommand(app, context, "paths", "paths",
                   "List the paths between X and Y: their kind, open or blocked by what")
      .graph()
      .names("X", "x", "where the paths begin", true)
      .names("Y", "y", "where they end", true)
      .names("--given", "given", given)
      .examples({"causal-gym paths \"z -> x; z -> y; x -> y\" x y",
                 "causal-gym paths sprinkler-v1 sprinkler slippery --given season"})
      .prints(paths_text);
  OperationCommand(app, context, "separators", "separators", "List the sets that separate X from Y")
      .graph()
      .names("X", "x", one, true)
      .names("Y", "y", one, true)
      .text("--mode", "mode", "minimal (unless told), all, or nearest (to X)")
      .names("--must", "must", "variables that every set holds")
      .names("--must-not", "must_not", "variables that no set holds")
      .whole_number("--limit", "limit", "how many sets to list; 100 unless told")
      .examples({"causal-gym separators \"x -> a -> y; x -> b -> y\" x y",
                 "causal-gym separators asia-v1 asia dysp --mode all"})
      .prints(sets_text);
  OperationCommand(app, context, "implied-independencies", "implied_independencies",
                   "List the independencies and Verma constraints that the graph promises")
      .graph()
      .text("--mode", "mode", "minimal (unless told), or basis: a few that imply all")
      .whole_number("--limit", "limit", "how many to list; 1000 unless told")
      .examples({"causal-gym implied-independencies \"x -> m -> y\"",
                 "causal-gym implied-independencies asia-v1 --mode basis"})
      .prints(independencies_text);
}

void add_comparison_commands(CLI::App& app, CommandContext& context) {
  OperationCommand(app, context, "project", "project",
                   "The graph over the observed variables alone (latent projection)")
      .graph()
      .names("--latent", "latent", "variables to hide as well")
      .examples({"causal-gym project \"u [latent]; u -> x; u -> y; x -> y\""})
      .prints([](const nlohmann::json& result) { return result.at("text").get<std::string>(); });
  OperationCommand(app, context, "compare-graphs", "compare_graphs",
                   "How far is a guessed graph from the true one?")
      .graph_field("TRUTH", "truth", "the true graph, as GRAPH elsewhere", true)
      .graph_field("GUESS", "guess", "the guessed graph", true)
      .examples({"causal-gym compare-graphs \"x -> m -> y\" \"x -> m; y -> m\""})
      .prints(comparison_text);
  OperationCommand(app, context, "equivalence-class", "equivalence_class",
                   "What data alone cannot tell apart from a DAG: its CPDAG and how many DAGs")
      .graph()
      .graph_field("--with", "other", "is this graph in the class?", false)
      .examples({"causal-gym equivalence-class \"x -> m -> y\"",
                 "causal-gym equivalence-class \"x -> m -> y\" --with \"x <- m <- y\""})
      .prints(equivalence_class_text);
}

void add_draw(CLI::App& app, CommandContext& context) {
  OperationCommand(app, context, "draw", "draw", "Draw a graph, and what surgery does to it")
      .graph()
      .text("--format", "format", "svg (unless told), dot, tikz or mermaid")
      .names("--do", "do", "variables that are set: their incoming edges are drawn as cut")
      .names("--given", "given", "variables conditioned on")
      .names("--highlight", "highlight", "variables to highlight")
      .names("--open-path", "open_path",
             "X,Y: highlight an open path between them, if there is one")
      .text("--title", "title", "the picture's title")
      .text("--theme", "theme", "page (the page's text colour, unless told), light or dark")
      .examples({"causal-gym draw sprinkler-v1 --do sprinkler > sprinkler.svg",
                 "causal-gym draw \"x -> m -> y; x <-> y\" --format tikz"})
      .prints([](const nlohmann::json& result) {
        auto text = result.at("text").get<std::string>();
        return text.ends_with('\n') ? text : text + '\n';
      });
}

}  // namespace

void add_graph_commands(CLI::App& app, CommandContext& context) {
  add_separation_commands(app, context);
  add_comparison_commands(app, context);
  add_draw(app, context);
}

}  // namespace causal_gym
