#include "apps/server/run_results.h"

#include <fmt/format.h>

#include <map>

#include "apps/server/card_table.h"
#include "gym/experiment/summary.h"

namespace causal_gym {

namespace {

constexpr std::string_view not_known = "not known";

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

std::string command(std::string_view act, const RunId& run) {
  return fmt::format("<code>causal-gym runs {} {}</code>", act, html_escape(run));
}

// How the run is gone on with, by whoever looks.
std::string how_to_go_on(const RunView& view, std::string_view button) {
  const auto& run = view.run.summary.id;
  if (!view.place)
    return "Whoever started it goes on with it by " + command("resume", run) +
           ", from its last stored event.";
  if (view.rights.may_change)
    return fmt::format("“{}” below goes on with it, from its last stored event.", button);
  return "Its owner or an admin can go on with it, from its last stored event.";
}

// Why it has failed, as whoever worked on it said.
std::string failure(const RunView& view) {
  const auto& reason = view.run.summary.reason;
  const auto why =
      reason.empty() ? "The run has failed, and nobody said why." : "The run has failed: " + reason;
  return notice_html({why, /*is_fault=*/true}) +
         "<p>When that is mended: " + how_to_go_on(view, "Try again") + "</p>";
}

std::string waiting_text(const RunSummary& run) {
  const std::string waits = "<p>It waits until a worker takes it";
  if (run.reason.empty()) return waits + ".</p>";
  return waits + " again. The last one let go of it: " + html_escape(run.reason) + ".</p>";
}

bool has_results(const StoredRun& run) { return run.summary.episodes_finished > 0; }

}  // namespace

std::string run_situation(const RunView& view) {
  const auto& run = view.run.summary;
  switch (standing_of(run, view.place)) {
    case RunStanding::finished: return {};
    case RunStanding::running:
      return has_results(view.run) ? "" : "<p>Its first episodes are under way.</p>";
    case RunStanding::waiting: return waiting_text(run);
    case RunStanding::paused:
      return "<p>Nobody works on it while it is paused. " + how_to_go_on(view, "Resume") + "</p>";
    case RunStanding::interrupted:
      return "<p>Whoever worked on it is gone. " + how_to_go_on(view, "") + "</p>";
    case RunStanding::cancelled:
      return "<p>It was cancelled" +
             (run.reason.empty() ? std::string() : ": " + html_escape(run.reason)) + ". " +
             how_to_go_on(view, "Try again") + "</p>";
    case RunStanding::failed: return failure(view);
  }
  return {};
}

std::string run_results(const RunView& view) {
  const auto& run = view.run.summary;
  if (!has_results(view.run))
    return "<h2>Results</h2><p>There are none: no episode is finished.</p>";
  const auto found = summarise_run(view.run);
  std::string body;
  if (!found.findings.empty()) {
    body += "<h2>What it found</h2><ul>";
    for (const auto& finding : found.findings) body += "<li>" + html_escape(finding) + "</li>";
    body += "</ul>";
  }
  body += "<h2>Scores</h2>";
  if (run.episodes_finished < run.episodes_planned)
    body += fmt::format("<p>Of the {} episodes that are finished, out of {}.</p>",
                        run.episodes_finished, run.episodes_planned);
  body += score_table("Means with 95% intervals, clustered on environment", found.agents, false);
  return body + score_table("By environment", found.agents_by_environment, true);
}

std::string run_usage(const RunView& view) {
  // Also of episodes that are not finished: they were paid for.
  std::map<std::string, ModelUsage> by_agent;
  for (const auto& episode : view.run.episodes) {
    if (!episode.usage) continue;
    auto& usage = by_agent[episode.plan.agent];
    usage = sum_of(usage, *episode.usage);
  }
  if (by_agent.empty()) return {};
  static constexpr Column columns[] = {{"model"},
                                       {"versions that replied"},
                                       {"tokens in", true},
                                       {"tokens out", true},
                                       {"cost", true}};
  const auto tokens = [](const std::optional<std::int64_t>& count) {
    return count ? fmt::format("{}", *count) : std::string(not_known);
  };
  std::vector<std::vector<std::string>> rows;
  for (const auto& [agent, usage] : by_agent) {
    std::string versions;
    for (const auto& version : usage.versions)
      versions += (versions.empty() ? "" : ", ") + html_escape(version);
    rows.push_back(
        {html_escape(agent), versions.empty() ? std::string(not_known) : versions,
         tokens(usage.input_tokens), tokens(usage.output_tokens),
         usage.cost_usd ? fmt::format("{:.6f} USD", *usage.cost_usd) : std::string(not_known)});
  }
  return "<h2>What its models took</h2><p class=\"soft\">Of replies that were paid for, as their "
         "providers reported it.</p>" +
         card_table("What its models took", columns, rows);
}

}  // namespace causal_gym
