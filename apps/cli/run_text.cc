#include "apps/cli/run_text.h"

#include <fmt/format.h>

#include "api/run_json.h"
#include "apps/cli/shell.h"
#include "apps/cli/text_table.h"

namespace causal_gym {

namespace {

std::string cell(const ScoreSummary& score) {
  if (!score.estimate) return "-";
  std::string text = fixed_number(score.estimate->mean, 2);
  if (const auto& interval = score.estimate->interval)
    text += " [" + fixed_number(interval->low, 2) + ", " + fixed_number(interval->high, 2) + "]";
  return text;
}

std::string table(std::span<const SummaryRow> rows) {
  const bool with_environment = !rows.empty() && !rows.front().environment.empty();
  std::vector<Column> columns = {{"agent"}};
  if (with_environment) columns.push_back({"environment"});
  columns.push_back({"episodes", Align::right});
  for (const auto& score : all_scores()) columns.push_back({std::string(score.name), Align::right});
  columns.push_back({"not stated", Align::right});
  std::vector<std::vector<std::string>> lines;
  for (const auto& row : rows) {
    std::vector<std::string> line = {row.agent};
    if (with_environment) line.push_back(row.environment);
    line.push_back(std::to_string(row.episodes));
    for (const auto& score : row.scores) line.push_back(cell(score));
    line.push_back(
        fmt::format("{} of {}", row.counts.requested - row.counts.stated, row.counts.requested));
    lines.push_back(std::move(line));
  }
  return text_table(columns, lines);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace

std::string summary_text(const ExperimentSummary& summary, bool by_environment) {
  std::string text = table(summary.agents);
  if (by_environment) text += "\n" + table(summary.agents_by_environment);
  if (!summary.findings.empty()) text += "\n";
  for (const auto& finding : summary.findings)
    text += "- " + wrapped(printable(finding), 96, "  ") + "\n";
  return text;
}

std::string agent_errors_lines(const StoredRun& run) {
  std::string text;
  for (const auto& [agent, errors] : agent_errors(run.episodes, false))
    text += printable(agent + ": among its beliefs " + agent_errors_text(errors)) + "\n";
  return text;
}

std::string run_list_text(std::span<const RunSummary> runs) {
  if (runs.empty()) return "no runs yet: `causal-gym run` makes one\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : runs)
    rows.push_back({run.id, run.created_at, std::string(run_state_name(run.state)),
                    fmt::format("{}/{}", run.episodes_finished, run.episodes_planned),
                    joined(run.spec.agents),
                    run.spec.environments.size() > 3
                        ? std::to_string(run.spec.environments.size()) + " environments"
                        : joined(run.spec.environments)});
  return text_table(
      {{"run"}, {"created"}, {"state"}, {"episodes", Align::right}, {"agents"}, {"environments"}},
      rows);
}

std::string stored_run_text(const StoredRun& run) {
  const auto& summary = run.summary;
  std::string text =
      fmt::format("run {}, created {}: {}, {} of {} {}\n", summary.id, summary.created_at,
                  run_state_name(summary.state), summary.episodes_finished,
                  summary.episodes_planned, summary.episodes_planned == 1 ? "episode" : "episodes");
  if (const auto& worker = summary.worker)
    text += fmt::format("worked on by process {} on {}, since {}\n", worker->process, worker->host,
                        worker->since);
  if (!summary.reason.empty()) text += "reason: " + printable(summary.reason) + "\n";
  text += fmt::format(
      "interface {}, seeds {} to {}\n\n", summary.spec.interface, summary.spec.first_seed,
      summary.spec.first_seed + static_cast<std::uint64_t>(summary.spec.trials) - 1);
  return text + summary_text(summarise_run(run), true);
}

}  // namespace causal_gym
