// The page of one environment: the graph and its surgery side by side, and seeing against doing in
// numbers.
#include <fmt/format.h>

#include "apps/server/html.h"
#include "apps/server/pages.h"
#include "engine/ask.h"
#include "engine/draw/svg.h"
#include "engine/graph/surgery.h"
#include "engine/infer/elimination.h"
#include "engine/infer/intervene.h"
#include "gym/environment/seeing.h"

namespace causal_gym {

namespace {

NodeSet intervened_nodes(const Regime& regime) {
  NodeSet nodes;
  for (const auto& intervention : regime) nodes.insert(intervened_variable(intervention));
  return nodes;
}

std::string figure(const std::string& svg, const std::string& caption) {
  return "<figure>" + svg + "<figcaption>" + caption + "</figcaption></figure>";
}

std::string graph_figures(const Environment& environment, const Regime& regime) {
  const auto& graph = environment.model.graph();
  DrawOptions options;
  for (const auto& name : {environment.roles.treatment, environment.roles.outcome})
    if (const auto node = graph.find(name)) options.highlighted.insert(*node);
  options.title = "Graph of " + environment.title;
  auto figures =
      "<div class=\"graphs\">" + figure(draw_svg(graph, options), "The world as it is observed.");
  options.intervened = intervened_nodes(regime);
  for (const auto& edge : graph.directed_edges())
    if (options.intervened.contains(edge.to)) options.cut.push_back(edge);
  options.title += " after " + regime_text(regime, environment.model);
  const auto caption =
      fmt::format("After <span class=\"do\">{}</span>: every edge into what is set is cut.",
                  html_escape(regime_text(regime, environment.model)));
  return figures + figure(draw_svg(graph, options), caption) + "</div>";
}

// One choice for each state of each observed variable.
std::string intervention_form(const Environment& environment, const Regime& chosen) {
  const auto& model = environment.model;
  const auto current = regime_text(chosen, model);
  std::string options;
  bool listed = false;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    if (model.graph().is_latent(v)) continue;
    for (State state = 0; state < static_cast<State>(model.state_count(v)); ++state) {
      const auto text = regime_text({SetIntervention{v, state}}, model);
      listed = listed || text == current;
      options += fmt::format("<option{}>{}</option>", text == current ? " selected" : "",
                             html_escape(text));
    }
  }
  if (!listed) options += "<option selected>" + html_escape(current) + "</option>";
  return "<form method=\"get\"><label>Intervention<select name=\"do\">" + options +
         "</select></label><button>Intervene</button></form>";
}

// The states that the regime's set interventions name, as evidence: what seeing conditions on.
std::vector<Evidence> seen(const Model& model, const Regime& regime) {
  std::vector<Evidence> evidence;
  for (const auto& intervention : regime)
    if (const auto* set = std::get_if<SetIntervention>(&intervention))
      evidence.push_back(observed_state(model, set->variable, set->state));
  return evidence;
}

std::string percent_cell(double probability) {
  return fmt::format("<td class=\"number\">{:.1f}%</td>", 100 * probability);
}

Result<std::string> variable_rows(const Model& model, const Model& intervened,
                                  const std::vector<Evidence>& evidence, VariableId v) {
  const VariableId targets[] = {v};
  CAUSAL_GYM_TRY(before, posterior(model, targets, {}));
  const auto conditioned = posterior(model, targets, evidence);
  if (!conditioned && conditioned.error().code != ErrorCode::zero_probability)
    return fail(conditioned.error());
  CAUSAL_GYM_TRY(after, posterior(intervened, targets, {}));
  const auto& variable = model.variable(v);
  std::string rows;
  // The false state of a binary variable follows from the true one.
  for (std::size_t s = variable.type == VariableType::binary ? 1 : 0; s < variable.states.size();
       ++s) {
    rows += fmt::format("<tr><th scope=\"row\">{} = {}</th>", html_escape(variable.name),
                        html_escape(variable.states[s]));
    rows += percent_cell(before.values[s]);
    rows +=
        conditioned ? percent_cell(conditioned->values[s]) : "<td class=\"number\">never seen</td>";
    rows += percent_cell(after.values[s]) + "</tr>";
  }
  return rows;
}

Result<std::string> seeing_and_doing(const Environment& environment, const Regime& regime) {
  const auto& model = environment.model;
  CAUSAL_GYM_TRY(intervened, intervene(model, regime));
  const auto evidence = seen(model, regime);
  const auto nodes = intervened_nodes(regime);
  std::string rows;
  for (VariableId v = 0; v < static_cast<VariableId>(model.variable_count()); ++v) {
    if (model.graph().is_latent(v) || nodes.contains(v)) continue;
    CAUSAL_GYM_TRY(of_variable, variable_rows(model, intervened, evidence, v));
    rows += of_variable;
  }
  return "<h2>Seeing and doing</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Seeing and doing\"><table><thead><tr><th scope=\"col\">event</th>"
         "<th scope=\"col\" class=\"number\">at rest</th><th scope=\"col\" class=\"number\">seen "
         "with it</th>"
         "<th scope=\"col\" class=\"number do\">done by it</th></tr></thead><tbody>" +
         rows + "</tbody></table></div>";
}

Result<std::string> question_table(const Environment& environment) {
  std::string rows;
  for (const auto& text : environment.queries) {
    CAUSAL_GYM_TRY(query, parse_query(text));
    CAUSAL_GYM_TRY(truth, truth_of(environment.model, {}, query));
    CAUSAL_GYM_TRY(seeing, seeing_answer(environment.model, {}, query));
    rows += fmt::format(
        "<tr><td><code>{}</code></td><td class=\"number\">{:.4f}</td><td "
        "class=\"number\">{}</td></tr>",
        html_escape(text), truth, seeing ? fmt::format("{:.4f}", *seeing) : "–");
  }
  return "<h2>What agents are asked</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
         "aria-label=\"Questions\">"
         "<table><thead><tr><th scope=\"col\">belief</th><th scope=\"col\" "
         "class=\"number\">truth</th>"
         "<th scope=\"col\" class=\"number\">seeing answer</th></tr></thead><tbody>" +
         rows + "</tbody></table></div>";
}

}  // namespace

Result<std::string> environment_page(const Environment& environment,
                                     const std::string& intervention, const Visitor& visitor) {
  const auto& text = intervention.empty() ? environment.interventions.front() : intervention;
  CAUSAL_GYM_TRY(regime, parse_regime(text, environment.model));
  CAUSAL_GYM_TRY(numbers, seeing_and_doing(environment, regime));
  CAUSAL_GYM_TRY(questions, question_table(environment));
  std::string body = "<h1>" + html_escape(environment.title) + "</h1><p class=\"soft\">" +
                     html_escape(environment.id) + "</p><p>" + html_escape(environment.story) +
                     "</p>";
  body += intervention_form(environment, regime) + graph_figures(environment, regime) + numbers +
          questions;
  if (!environment.notes.empty())
    body += "<h2>Notes</h2><p>" + html_escape(environment.notes) + "</p>";
  body += "<p class=\"soft\">Source: " + html_escape(environment.source) + "</p>";
  return html_page(environment.title, body, visitor);
}

}  // namespace causal_gym
