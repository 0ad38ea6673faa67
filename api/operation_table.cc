// Every operation as data: its name, its fields, its function. A row here is an endpoint.
#include "api/adjustment_operations.h"
#include "api/draw_operations.h"
#include "api/graph_operations.h"
#include "api/gym_operations.h"
#include "api/identify_operations.h"
#include "api/query_operations.h"

namespace causal_gym {

namespace {

constexpr FieldSpec graph_field = {"graph", FieldType::graph, false, "the graph; or give a model"};
constexpr FieldSpec graph_model_field = {"model", FieldType::model, false,
                                         "a model whose graph is meant"};
constexpr FieldSpec treatment_field = {"treatment", FieldType::names, false,
                                       "the treatment; when missing, the nodes marked [exposure]",
                                       "exposure x"};
constexpr FieldSpec outcome_field = {"outcome", FieldType::names, false,
                                     "the outcome; when missing, the nodes marked [outcome]", "y"};
constexpr FieldSpec given_field = {"given", FieldType::names, false,
                                   "the variables conditioned on"};
constexpr FieldSpec must_field = {"must", FieldType::names, false,
                                  "variables that every set holds"};
constexpr FieldSpec must_not_field = {"must_not", FieldType::names, false,
                                      "variables that no set holds"};
constexpr FieldSpec sets_limit_field = {"limit", FieldType::whole_number, false,
                                        "how many sets to list, 1 to 10000; 100 unless told"};
constexpr FieldSpec effect_field = {"effect", FieldType::text, false,
                                    "total (unless told) or direct"};
constexpr FieldSpec selected_field = {"selected", FieldType::names, false,
                                      "variables by which the sample was selected"};
constexpr FieldSpec x_field = {"x", FieldType::names, true, "one side"};
constexpr FieldSpec y_field = {"y", FieldType::names, true, "the other side"};

constexpr FieldSpec ask_fields[] = {
    {"model", FieldType::model, true,
     "an environment's id, a model document, or {\"bif\": \"...\"}"},
    {"query", FieldType::text, true, "a query, such as P(y | do(x=1)) or ATE(x -> y)"},
    {"interventions", FieldType::texts, false,
     "interventions in force: \"set x=1; randomize z\", or a list of such texts"},
};
constexpr FieldSpec identify_fields[] = {
    graph_field,
    graph_model_field,
    {"query", FieldType::text, false, "one term, such as P(y | do(x)) or ATE(x -> y)"},
    {"treatment", FieldType::names, false, "instead of a query: the treatment", "exposure x"},
    {"outcome", FieldType::names, false, "instead of a query: the outcome", "y"},
    {"given", FieldType::names, false, "instead of a query: what is conditioned on"},
    {"available", FieldType::object, false,
     "the distributions there are, as a list of {do, variables, given, selected, population, "
     "differs}; "
     "\"experiments\": all of them (for counterfactuals); when missing, observation"},
    {"derivation", FieldType::boolean, false, "false: without the derivation"},
    {"models", FieldType::boolean, false, "true: with a no, two models that disagree"},
};
constexpr FieldSpec check_derivation_fields[] = {
    graph_field,
    graph_model_field,
    {"derivation", FieldType::object, true, "what identify calls derivation, or its whole answer"},
    {"estimand", FieldType::object, false, "what it should end in, as an expression tree"},
};
constexpr FieldSpec separated_fields[] = {graph_field, graph_model_field, x_field, y_field,
                                          given_field};
constexpr FieldSpec paths_fields[] = {
    graph_field,
    graph_model_field,
    {"x", FieldType::names, true, "where the paths begin: one variable"},
    {"y", FieldType::names, true, "where they end: one variable"},
    given_field,
};
constexpr FieldSpec separators_fields[] = {
    graph_field,
    graph_model_field,
    x_field,
    y_field,
    {"mode", FieldType::text, false, "minimal (unless told), all, or nearest (to x)"},
    must_field,
    must_not_field,
    sets_limit_field,
};
constexpr FieldSpec implied_independencies_fields[] = {
    graph_field,
    graph_model_field,
    {"mode", FieldType::text, false, "minimal (unless told), or basis: a few that imply all"},
    {"limit", FieldType::whole_number, false, "how many to list, 1 to 10000; 1000 unless told"},
};
constexpr FieldSpec project_fields[] = {
    graph_field,
    graph_model_field,
    {"latent", FieldType::names, false, "variables to hide beside those marked [latent]"},
};
constexpr FieldSpec compare_graphs_fields[] = {
    {"truth", FieldType::graph, true, "the true graph"},
    {"guess", FieldType::graph, true, "the guessed graph, over the same observed variables"},
};
constexpr FieldSpec equivalence_class_fields[] = {
    graph_field,
    graph_model_field,
    {"other", FieldType::graph, false, "a graph that may be in the class"},
};
constexpr FieldSpec adjustment_sets_fields[] = {
    graph_field,
    graph_model_field,
    treatment_field,
    outcome_field,
    effect_field,
    {"mode", FieldType::text, false,
     "minimal (unless told), all, canonical, optimal, or minimum (of least weight)"},
    must_field,
    must_not_field,
    selected_field,
    {"weights", FieldType::object, false,
     "with mode minimum: {\"variable\": weight}; 1 where none is given"},
    sets_limit_field,
};
constexpr FieldSpec check_adjustment_fields[] = {
    graph_field,
    graph_model_field,
    treatment_field,
    outcome_field,
    {"set", FieldType::names, false, "the variables adjusted for; when missing, none",
     "adjustment z"},
    effect_field,
    selected_field,
};
constexpr FieldSpec front_door_sets_fields[] = {
    graph_field,
    graph_model_field,
    treatment_field,
    outcome_field,
    {"mode", FieldType::text, false, "minimal (unless told), all, or maximum"},
    must_field,
    must_not_field,
    sets_limit_field,
};
constexpr FieldSpec instruments_fields[] = {
    graph_field,
    graph_model_field,
    treatment_field,
    outcome_field,
    {"instrument", FieldType::names, false, "check this one instead of listing"},
    {"given", FieldType::names, false, "with instrument: what is conditioned on"},
    effect_field,
    {"must_not", FieldType::names, false, "variables not to condition on"},
};
constexpr FieldSpec draw_fields[] = {
    graph_field,
    graph_model_field,
    {"format", FieldType::text, false, "svg (unless told), dot, tikz or mermaid"},
    {"do", FieldType::names, false, "variables that are set: their incoming edges are cut"},
    given_field,
    {"highlight", FieldType::names, false, "variables to highlight"},
    {"open_path", FieldType::texts, false, "two variables: an open path between them, if any"},
    {"title", FieldType::text, false, "the picture's title"},
    {"theme", FieldType::text, false, "page (unless told), light or dark"},
};
constexpr FieldSpec explain_fields[] = {graph_field, graph_model_field, treatment_field,
                                        outcome_field};
constexpr FieldSpec environments_fields[] = {
    {"environment", FieldType::text, false, "the id of the one to show; when missing, all listed"},
};
constexpr FieldSpec runs_fields[] = {
    {"run", FieldType::text, false, "the id of the one to show; when missing, a page of the list"},
    {"events", FieldType::boolean, false, "with run: also every episode's log"},
    {"limit", FieldType::whole_number, false, "runs on a page, 1 to 200; 50 unless told"},
    {"cursor", FieldType::text, false, "next_cursor of the page before, of the same list"},
    {"order", FieldType::text, false,
     "newest, oldest, most_episodes or fewest_episodes (planned); newest unless told"},
    {"state", FieldType::texts, false,
     "only runs in one of these: running, finished, cancelled, failed, interrupted"},
    {"environment", FieldType::text, false, "only runs whose specification holds this one"},
    {"agent", FieldType::text, false, "only runs whose specification holds it, as written there"},
    {"owner", FieldType::text, false, "only runs of the user with that name"},
    {"mine", FieldType::boolean, false, "only runs of whoever asks"},
    {"since", FieldType::text, false,
     "only runs created then or later: ISO 8601, a date or a time"},
    {"until", FieldType::text, false, "only runs created before then, or by the end of that date"},
    {"id_prefix", FieldType::text, false, "only runs whose id begins so"},
};

constexpr OperationSpec operations[] = {
    {"ask", "The number, interval or distribution that a query asks of a model.", ask_fields,
     run_ask},
    {"identify", "Can an effect be had from what is available, and by which estimand?",
     identify_fields, run_identify},
    {"check_derivation", "Is a derivation right? Every step is checked anew.",
     check_derivation_fields, run_check_derivation},
    {"explain", "All about one effect: how to get it, what biases it, what would repair it.",
     explain_fields, run_explain},
    {"separated", "Are two sets d-separated (m-separated) given a third?", separated_fields,
     run_separated},
    {"paths", "The paths between two variables: their kind, open or blocked by what.", paths_fields,
     run_paths},
    {"separators", "The sets that separate two others.", separators_fields, run_separators},
    {"implied_independencies",
     "The conditional independencies and the Verma constraints that a graph promises.",
     implied_independencies_fields, run_implied_independencies},
    {"project", "The graph over the observed variables alone.", project_fields, run_project},
    {"compare_graphs", "How far a guessed graph is from the true one.", compare_graphs_fields,
     run_compare_graphs},
    {"equivalence_class", "What data alone cannot tell apart from a DAG.", equivalence_class_fields,
     run_equivalence_class},
    {"adjustment_sets", "The sets to adjust for.", adjustment_sets_fields, run_adjustment_sets},
    {"check_adjustment", "Does adjusting for this set give the effect, and why (not)?",
     check_adjustment_fields, run_check_adjustment},
    {"front_door_sets", "The front-door sets.", front_door_sets_fields, run_front_door_sets},
    {"instruments", "Instruments, each with what it is conditioned on.", instruments_fields,
     run_instruments},
    {"draw", "A picture of a graph, and of what surgery does to it.", draw_fields, run_draw},
    {"environments", "The environments there are, or one of them.", environments_fields,
     run_environments},
    {"runs", "The runs that are kept, or one of them.", runs_fields, run_runs},
};

}  // namespace

std::span<const OperationSpec> all_operations() { return operations; }

}  // namespace causal_gym
