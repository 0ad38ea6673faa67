#include "apps/server/pages.h"

#include <fmt/format.h>

#include "api/run_json.h"
#include "apps/server/html.h"
#include "apps/server/run_events.h"
#include "apps/server/run_script.h"
#include "apps/server/runs_page.h"

namespace causal_gym {

namespace {

std::string environment_card(const Environment& environment) {
  return fmt::format(
      "<li class=\"card\"><h3><a href=\"/environments/{}\">{}</a></h3><p class=\"soft\">{} "
      "variables · effect of {} on "
      "{}</p></li>",
      url_escape(environment.id), html_escape(environment.title),
      environment.model.variable_count(), html_escape(environment.roles.treatment),
      html_escape(environment.roles.outcome));
}

// Moved by the script behind it.
std::string progress_bar(const RunSummary& run) {
  return fmt::format(
      "<progress aria-label=\"Finished episodes\" max=\"{0}\" value=\"{1}\" "
      "data-events=\"/api/v1/runs/{2}/events\"></progress><script>{3}</script>",
      run.episodes_planned, run.episodes_finished, url_escape(run.id), run_script);
}

std::string score_cell(const ScoreSummary& score) {
  if (!score.estimate) return "<td class=\"number\">–</td>";
  std::string text = fmt::format("{:.2f}", score.estimate->mean);
  if (const auto& interval = score.estimate->interval)
    text +=
        fmt::format(" <span class=\"soft\">[{:.2f}, {:.2f}]</span>", interval->low, interval->high);
  return "<td class=\"number\">" + text + "</td>";
}

std::string score_table(std::string_view caption, std::span<const SummaryRow> rows,
                        bool with_environment) {
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><caption "
      "class=\"soft\">{0}</caption>"
      "<thead><tr><th scope=\"col\">agent</th>",
      caption);
  if (with_environment) html += "<th scope=\"col\">environment</th>";
  html += "<th scope=\"col\" class=\"number\">episodes</th>";
  for (const auto& score : all_scores())
    html += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", score.name);
  html += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    html += "<tr><th scope=\"row\">" + html_escape(row.agent) + "</th>";
    if (with_environment) html += "<td>" + html_escape(row.environment) + "</td>";
    html += fmt::format("<td class=\"number\">{}</td>", row.episodes);
    for (const auto& score : row.scores) html += score_cell(score);
    html += "</tr>";
  }
  return html + "</tbody></table></div>";
}

}  // namespace

std::string home_page(std::span<const Environment> environments, const RunListing& runs,
                      const Visitor& visitor) {
  std::string body =
      "<h1>Seeing is not doing</h1>"
      "<p>People and language models confuse P(Y | X), what goes with X, and P(Y | do(X)), what X "
      "brings about. "
      "Each environment below is a causal world with exact answers to both.</p>"
      "<h2 id=\"environments\">Environments</h2><ul class=\"cards\">";
  for (const auto& environment : environments) body += environment_card(environment);
  body += "</ul><h2 id=\"runs\">Runs</h2>";
  if (runs.runs.empty())
    body += "<p class=\"soft\">None yet: <code>causal-gym run</code> makes one.</p>";
  else
    body += run_table(runs);
  body += "<p><a href=\"/runs\">All runs, to be filtered and sorted</a></p>";
  return html_page("Environments and runs", body, visitor);
}

std::string run_page(const StoredRun& run, const Visitor& visitor) {
  const auto& summary = run.summary;
  const auto found = summarise_run(run);
  std::string body = fmt::format(
      "<h1>Run {0}</h1><p><span id=\"state\" role=\"status\">{1}</span>, <span "
      "id=\"finished\">{2} of {3}</span> episodes · created {4} · interface {5}</p>",
      html_escape(summary.id), run_state_name(summary.state), summary.episodes_finished,
      summary.episodes_planned, html_escape(summary.created_at),
      html_escape(summary.spec.interface));
  if (!is_over(summary.state)) body += progress_bar(summary);
  if (!summary.reason.empty()) body += "<p>Reason: " + html_escape(summary.reason) + "</p>";
  body += "<h2>What it found</h2><ul>";
  for (const auto& finding : found.findings) body += "<li>" + html_escape(finding) + "</li>";
  body += "</ul><h2>Scores</h2>";
  body += score_table("Means with 95% intervals, clustered on environment", found.agents, false);
  body += score_table("By environment", found.agents_by_environment, true);
  body += "<p>Export: ";
  for (const auto* format : {"json", "csv", "markdown"})
    body += fmt::format("<a href=\"/api/v1/runs/{}/export?format={}\">{}</a> ",
                        url_escape(summary.id), format, format);
  return html_page("Run " + summary.id, body + "</p>", visitor);
}

std::string sign_in_page(const std::string& next, const std::string& token, const std::string& name,
                         const std::string& fault) {
  std::string body = "<h1>Sign in</h1>";
  if (!fault.empty()) body += "<p role=\"alert\">" + html_escape(fault) + "</p>";
  body += fmt::format(
      "<form class=\"stacked\" method=\"post\" action=\"/sign-in\">{}<input type=\"hidden\" "
      "name=\"next\" value=\"{}\">"
      "<label>Name<input name=\"name\" value=\"{}\" autocomplete=\"username\" "
      "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" required></label>"
      "<label>Password<input name=\"password\" type=\"password\" "
      "autocomplete=\"current-password\" maxlength=\"256\" required></label>"
      "<button>Sign in</button></form>",
      form_token_field({"", token}), html_escape(next), html_escape(name));
  return html_page("Sign in", body);
}

std::string code_page(const std::string& next, const std::string& token,
                      const std::string& challenge, const std::string& fault) {
  std::string body = "<h1>Your code</h1>";
  if (!fault.empty()) body += "<p role=\"alert\">" + html_escape(fault) + "</p>";
  body += fmt::format(
      "<p class=\"soft\">Six digits from your device, or a recovery code.</p>"
      "<form class=\"stacked\" method=\"post\" action=\"/sign-in/code\">{}"
      "<input type=\"hidden\" name=\"next\" value=\"{}\">"
      "<input type=\"hidden\" name=\"challenge\" value=\"{}\">"
      "<label>Code<input name=\"code\" autocomplete=\"one-time-code\" autocapitalize=\"none\" "
      "spellcheck=\"false\" maxlength=\"40\" required></label>"
      "<button>Sign in</button></form>",
      form_token_field({"", token}), html_escape(next), html_escape(challenge));
  return html_page("Your code", body);
}

std::string error_page(int status, const Error& error) {
  std::string body = fmt::format("<h1>{}</h1><p>{}</p>", status, html_escape(error.message));
  if (!error.suggestion.empty())
    body += "<p class=\"soft\">" + html_escape(error.suggestion) + "</p>";
  return html_page(std::to_string(status), body + "<p><a href=\"/\">Environments and runs</a></p>");
}

}  // namespace causal_gym
