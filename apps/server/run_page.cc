#include "apps/server/run_page.h"

#include <fmt/format.h>

#include "apps/server/card_table.h"
#include "apps/server/run_events.h"
#include "apps/server/run_forms.h"
#include "apps/server/run_results.h"
#include "apps/server/run_script.h"

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

std::string heading(const RunView& view) {
  const auto& summary = view.run.summary;
  return fmt::format(
      "<h1>Run {0}</h1>{1}<p><span id=\"state\" role=\"status\">{2}</span>, <span "
      "id=\"finished\">{3} of {4}</span> episodes · created {5} · interface {6}</p>",
      html_escape(summary.id), notice_html(view.notice),
      run_standing_name(standing_of(summary, view.place)), summary.episodes_finished,
      summary.episodes_planned, time_html(summary.created_at), html_escape(summary.spec.interface));
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
  body += run_situation(view) + run_results(view) + run_usage(view) + run_forms(view) +
          exports(summary.id);
  return html_page("Run " + summary.id, body, view.visitor);
}

}  // namespace causal_gym
