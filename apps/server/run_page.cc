#include "apps/server/run_page.h"

#include <fmt/format.h>

#include "apps/server/run_events.h"
#include "apps/server/run_forms.h"
#include "apps/server/run_script.h"
#include "gym/experiment/summary.h"

namespace causal_gym {

namespace {

// Moved by the script behind it.
std::string progress_bar(const RunSummary& run) {
  return fmt::format(
      "<progress aria-label=\"Finished episodes\" max=\"{0}\" value=\"{1}\" data-state=\"{2}\" "
      "data-events=\"/api/v1/runs/{3}/events\"></progress><script>{4}</script>",
      run.episodes_planned, run.episodes_finished, run_state_name(run.state), url_escape(run.id),
      run_script);
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

std::string heading(const RunView& view) {
  const auto& summary = view.run.summary;
  return fmt::format(
      "<h1>Run {0}</h1>{1}<p><span id=\"state\" role=\"status\">{2}</span>, <span "
      "id=\"finished\">{3} of {4}</span> episodes · created {5} · interface {6}</p>",
      html_escape(summary.id), notice_html(view.notice),
      run_standing_name(standing_of(summary, view.place)), summary.episodes_finished,
      summary.episodes_planned, html_escape(summary.created_at),
      html_escape(summary.spec.interface));
}

std::string results(const StoredRun& run) {
  const auto found = summarise_run(run);
  std::string body = "<h2>What it found</h2><ul>";
  for (const auto& finding : found.findings) body += "<li>" + html_escape(finding) + "</li>";
  body += "</ul><h2>Scores</h2>";
  body += score_table("Means with 95% intervals, clustered on environment", found.agents, false);
  return body + score_table("By environment", found.agents_by_environment, true);
}

std::string exports(const RunId& run) {
  std::string links = "<p>Export: ";
  for (const auto* format : {"json", "csv", "markdown"})
    links += fmt::format("<a href=\"/api/v1/runs/{}/export?format={}\">{}</a> ", url_escape(run),
                         format, format);
  return links + "</p>";
}

}  // namespace

std::string run_page(const RunView& view) {
  const auto& summary = view.run.summary;
  auto body = heading(view);
  if (!is_over(summary.state)) body += progress_bar(summary);
  if (!summary.reason.empty()) body += "<p>Reason: " + html_escape(summary.reason) + "</p>";
  body += results(view.run) + run_forms(view) + exports(summary.id);
  return html_page("Run " + summary.id, body, view.visitor);
}

}  // namespace causal_gym
