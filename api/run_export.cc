// Runs as CSV and Markdown.
#include <fmt/format.h>

#include "api/run_json.h"

namespace causal_gym {

namespace {

// The shortest text that reads back to the same double; empty when absent.
std::string exact(const std::optional<double>& number) {
  return number ? fmt::format("{}", *number) : std::string();
}

std::string csv_cell(const std::string& text) {
  static constexpr std::string_view formula_starts = "=+-@\t\r";
  std::string safe = !text.empty() && formula_starts.find(text.front()) != std::string_view::npos
                         ? "'" + text
                         : text;
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string markdown_cell(const std::string& text) {
  std::string safe;
  for (const char c : text)
    safe += c == '|' ? std::string("\\|") : std::string(1, c == '\n' ? ' ' : c);
  return safe;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + markdown_cell(text);
  return all;
}

std::string estimate_text(const ScoreSummary& score) {
  if (!score.estimate) return "–";
  const auto& estimate = *score.estimate;
  std::string text = fmt::format("{:.3f}", estimate.mean);
  if (estimate.interval)
    text += fmt::format(" [{:.3f}, {:.3f}]", estimate.interval->low, estimate.interval->high);
  return text;
}

std::string markdown_table(const std::vector<SummaryRow>& rows) {
  std::string heading = "| agent | environment | episodes |", rule = "|---|---|---:|", body;
  for (const auto& score : all_scores()) {
    heading += fmt::format(" {} |", score.name);
    rule += "---:|";
  }
  for (const auto& row : rows) {
    body +=
        fmt::format("| {} | {} | {} |", markdown_cell(row.agent),
                    row.environment.empty() ? "all" : markdown_cell(row.environment), row.episodes);
    for (const auto& score : row.scores) body += " " + estimate_text(score) + " |";
    body += "\n";
  }
  return heading + "\n" + rule + "\n" + body;
}

}  // namespace

std::string run_csv(const StoredRun& run) {
  std::string text =
      "run,environment,agent,trial,seed,phase,regime,query,outcome,belief,truth,seeing,before,"
      "causal,"
      "discriminating\r\n";
  for (const auto& result : finished_results(run))
    for (const auto& belief : result.beliefs)
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_cell(run.summary.id),
          csv_cell(result.plan.environment), csv_cell(result.plan.agent), result.plan.trial,
          result.plan.seed, belief.phase, csv_cell(belief.regime), csv_cell(belief.query),
          belief_outcome_name(belief.outcome), exact(belief.belief), exact(belief.truth),
          exact(belief.seeing), exact(belief.before), belief.causal, belief.discriminating);
  return text;
}

std::string run_markdown(const StoredRun& run) {
  const auto& summary = run.summary;
  const auto results = finished_results(run);
  const auto found = summarise(results);
  std::string text = fmt::format(
      "# Run {}\n\n- created: {}\n- state: {}\n- episodes: {} of {}\n- environments: {}\n- agents: "
      "{}\n- interface: {}\n"
      "- seeds: {} to {}\n\n",
      summary.id, summary.created_at, run_state_name(summary.state), summary.episodes_finished,
      summary.episodes_planned, joined(summary.spec.environments), joined(summary.spec.agents),
      summary.spec.interface, summary.spec.first_seed,
      summary.spec.first_seed + static_cast<std::uint64_t>(summary.spec.trials) - 1);
  text += "## Agents\n\nMeans with 95% intervals, clustered on environment.\n\n" +
          markdown_table(found.agents);
  text += "\n## Agents by environment\n\n" + markdown_table(found.agents_by_environment);
  text += "\n## Findings\n\n";
  for (const auto& finding : found.findings) text += "- " + finding + "\n";
  return text;
}

}  // namespace causal_gym
