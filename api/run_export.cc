// Runs as CSV and Markdown.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "api/belief_reasons.h"
#include "api/run_json.h"
#include "engine/base/printable.h"

namespace causal_gym {

namespace {

// The shortest text that reads back to the same double; empty when absent.
std::string exact(const std::optional<double>& number) {
  return number ? fmt::format("{}", *number) : std::string();
}

// What a spreadsheet may take for the beginning of a formula, also after spaces and line ends.
bool may_be_formula(std::string_view text) {
  static constexpr std::string_view starts[] = {"=",  "+",      "-",      "@",      "\t",
                                                "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  return std::any_of(std::begin(starts), std::end(starts),
                     [text](std::string_view start) { return text.starts_with(start); });
}

std::string csv_cell(const std::string& text) {
  auto safe = (may_be_formula(text) ? "'" : "") + printable(text);
  if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// On one line, without markup of HTML.
std::string markdown_text(const std::string& text) {
  std::string safe;
  for (const char c : printable(text))
    safe += c == '<' ? std::string("&lt;") : std::string(1, c == '\n' ? ' ' : c);
  return safe;
}

std::string markdown_cell(const std::string& text) {
  std::string safe;
  for (const char c : markdown_text(text))
    safe += c == '|' ? std::string("\\|") : std::string(1, c);
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
  std::string heading = "| agent | environment | episodes | not stated |";
  std::string rule = "|---|---|---:|---:|", body;
  for (const auto& score : all_scores()) {
    heading += fmt::format(" {} |", score.name);
    rule += "---:|";
  }
  for (const auto& row : rows) {
    body +=
        fmt::format("| {} | {} | {} | {} of {} |", markdown_cell(row.agent),
                    row.environment.empty() ? "all" : markdown_cell(row.environment), row.episodes,
                    row.counts.requested - row.counts.stated, row.counts.requested);
    for (const auto& score : row.scores) body += " " + estimate_text(score) + " |";
    body += "\n";
  }
  return heading + "\n" + rule + "\n" + body;
}

std::string versions_text(const ModelUsage& usage) {
  std::string text;
  for (const auto& version : usage.versions) text += (text.empty() ? "" : "; ") + version;
  return text;
}

std::string tokens_text(const std::optional<std::int64_t>& tokens) {
  return tokens ? std::to_string(*tokens) : std::string();
}

// The last cells of a CSV line.
std::string usage_cells(const std::optional<ModelUsage>& usage) {
  if (!usage) return ",,,";
  return fmt::format("{},{},{},{}", csv_cell(versions_text(*usage)),
                     tokens_text(usage->input_tokens), tokens_text(usage->output_tokens),
                     exact(usage->cost_usd));
}

// The last cells of a Markdown row.
std::string usage_columns(const ModelUsage& usage) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "–" : text; };
  return fmt::format(" {} | {} | {} | {} |\n", or_dash(markdown_cell(versions_text(usage))),
                     or_dash(tokens_text(usage.input_tokens)),
                     or_dash(tokens_text(usage.output_tokens)),
                     usage.cost_usd ? fmt::format("{:.6f}", *usage.cost_usd) : "–");
}

constexpr std::string_view usage_heading = " version | tokens in | tokens out | USD |\n";
constexpr std::string_view usage_rule = "---|---:|---:|---:|\n";

// Empty where no language model replied.
std::string models_section(const StoredRun& run, const std::vector<SummaryRow>& agents) {
  std::string by_agent, by_episode;
  for (const auto& row : agents)
    if (row.usage)
      by_agent += fmt::format("| {} | {} |", markdown_cell(row.agent), row.episodes) +
                  usage_columns(*row.usage);
  if (by_agent.empty()) return {};
  for (const auto& episode : run.episodes)
    if (episode.result && episode.usage)
      by_episode += fmt::format("| {} | {} | {} | {} |", markdown_cell(episode.plan.agent),
                                markdown_cell(episode.plan.environment), episode.plan.trial,
                                episode.plan.seed) +
                    usage_columns(*episode.usage);
  return fmt::format(
      "\n## Language models\n\nOf replies that were paid for, as their providers reported; a dash: "
      "not known.\n\n| agent | episodes |{}|---|---:|{}{}"
      "\n| agent | environment | trial | seed |{}|---|---|---:|---:|{}{}",
      usage_heading, usage_rule, by_agent, usage_heading, usage_rule, by_episode);
}

}  // namespace

std::string run_csv(const StoredRun& run) {
  std::string text =
      "run,environment,agent,trial,seed,phase,regime,query,outcome,belief,truth,seeing,before,"
      "causal,discriminating,reason,said,episode_model_versions,episode_input_tokens,"
      "episode_output_tokens,episode_cost_usd\r\n";
  for (const auto& episode : run.episodes) {
    if (!episode.result) continue;
    const auto& plan = episode.result->plan;
    const BeliefReasons reasons(episode.events);
    const auto usage = usage_cells(episode.usage);
    for (const auto& belief : episode.result->beliefs) {
      const auto [reason, said] = reasons.of(belief);
      text += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_cell(run.summary.id),
          csv_cell(plan.environment), csv_cell(plan.agent), plan.trial, plan.seed, belief.phase,
          csv_cell(belief.regime), csv_cell(belief.query), belief_outcome_name(belief.outcome),
          exact(belief.belief), exact(belief.truth), exact(belief.seeing), exact(belief.before),
          belief.causal, belief.discriminating, csv_cell(reason), csv_cell(said), usage);
    }
  }
  return text;
}

std::string run_markdown(const StoredRun& run) {
  const auto& summary = run.summary;
  const auto found = summarise_run(run);
  std::string text = fmt::format(
      "# Run {}\n\n- created: {}\n- state: {}\n{}- episodes: {} of {}\n- environments: {}\n- "
      "agents: "
      "{}\n- interface: {}\n"
      "- seeds: {} to {}\n\n",
      summary.id, summary.created_at, run_state_name(summary.state),
      summary.reason.empty() ? "" : "- reason: " + markdown_text(summary.reason) + "\n",
      summary.episodes_finished, summary.episodes_planned, joined(summary.spec.environments),
      joined(summary.spec.agents), markdown_text(summary.spec.interface), summary.spec.first_seed,
      summary.spec.first_seed + static_cast<std::uint64_t>(summary.spec.trials) - 1);
  text += "## Agents\n\nMeans with 95% intervals, clustered on environment.\n\n" +
          markdown_table(found.agents);
  text += "\n## Agents by environment\n\n" + markdown_table(found.agents_by_environment);
  text += "\n## Findings\n\n";
  for (const auto& finding : found.findings) text += "- " + markdown_text(finding) + "\n";
  return text + models_section(run, found.agents);
}

}  // namespace causal_gym
