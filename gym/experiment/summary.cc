#include "gym/experiment/summary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

namespace causal_gym {

namespace {

std::string rounded(double value) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, 2);
  const std::string text(buffer.data(), end.ptr);
  return text == "-0.00" ? "0.00" : text;
}

std::string estimate_text(const MeanEstimate& estimate) {
  auto text = rounded(estimate.mean);
  if (estimate.interval)
    text += " (95% interval " + rounded(estimate.interval->low) + " to " +
            rounded(estimate.interval->high) + ")";
  else
    text += " (one environment, so no interval)";
  return text;
}

using Chosen = std::vector<const EpisodeResult*>;

SummaryRow row_of(std::string agent, std::string environment, const Chosen& results,
                  std::uint64_t seed) {
  SummaryRow row{
      std::move(agent), std::move(environment), static_cast<std::int64_t>(results.size()), {}, {}};
  for (const auto* result : results) row.counts += result->scores.counts;
  for (const auto& score : all_scores()) {
    std::vector<ClusteredValue> values;
    for (const auto* result : results)
      if (const auto value = result->scores.find(score.name))
        values.push_back({result->plan.environment, *value});
    // The same draws for every agent: those with equal scores have equal intervals.
    const Rng rng = Rng(seed, stream_of("bootstrap")).fork(stream_of(score.name));
    row.scores.push_back({std::string(score.name), estimate_mean(values, rng)});
  }
  return row;
}

void add_usage(std::vector<SummaryRow>& rows, const EpisodeRecord& episode) {
  for (auto& row : rows) {
    const bool is_of_it = row.agent == episode.plan.agent &&
                          (row.environment.empty() || row.environment == episode.plan.environment);
    if (is_of_it) row.usage = row.usage ? sum_of(*row.usage, *episode.usage) : *episode.usage;
  }
}

// The results by a field of their plan, in the order its values first appear.
std::vector<std::pair<std::string, Chosen>> grouped_by(const Chosen& results,
                                                       std::string EpisodePlan::*field) {
  std::vector<std::pair<std::string, Chosen>> groups;
  std::map<std::string_view, std::size_t> index;
  for (const auto* result : results) {
    const auto [at, is_new] = index.try_emplace(result->plan.*field, groups.size());
    if (is_new) groups.push_back({result->plan.*field, {}});
    groups[at->second].second.push_back(result);
  }
  return groups;
}

// An index whose whole interval is beyond this says what the agent answers, not just what it is
// nearer to.
constexpr double clear_index = 0.75;

const char* verdict_of(const MeanEstimate& index) {
  if (!index.interval) {
    // What one environment shows may be of it alone.
    if (index.mean > 0) return "was nearer to doing than to seeing, not decisive";
    if (index.mean < 0) return "was nearer to seeing than to doing, not decisive";
    return "cannot be told to answer doing or seeing, not decisive";
  }
  if (index.interval->low >= clear_index) return "answers what doing brings about";
  if (index.interval->high <= -clear_index) return "answers P(Y | X) when asked P(Y | do(X))";
  if (index.interval->low > 0) return "is nearer to doing than to seeing";
  if (index.interval->high < 0) return "is nearer to seeing than to doing";
  return "cannot be told to answer doing or seeing, not decisive";
}

// What the seeing-doing index says of an agent.
std::optional<std::string> seeing_finding(const SummaryRow& row) {
  const auto* score = row.find("seeing_doing_index");
  if (score == nullptr || !score->estimate) return std::nullopt;
  return row.agent + " " + verdict_of(*score->estimate) + ": seeing_doing_index " +
         estimate_text(*score->estimate) + ".";
}

std::optional<std::string> silence_finding(const SummaryRow& row, const SilenceReasons& reasons) {
  const auto silent = row.counts.requested - row.counts.stated;
  if (silent == 0) return std::nullopt;
  const auto errors = reasons.errors.find(row.agent);
  const auto unparseable = reasons.unparseable.find(row.agent);
  const auto count = row.counts.agent_errors;
  return row.agent + " did not state " + std::to_string(silent) + " of " +
         std::to_string(row.counts.requested) + " beliefs (" + std::to_string(row.counts.refused) +
         " refused; " +
         (unparseable == reasons.unparseable.end()
              ? std::to_string(row.counts.unparseable) + " unparseable"
              : unparseable_text(unparseable->second)) +
         "; " +
         (errors == reasons.errors.end()
              ? std::to_string(count) + (count == 1 ? " error" : " errors")
              : agent_errors_text(errors->second)) +
         (row.counts.not_reached == 0 ? ""
                                      : "; " + std::to_string(row.counts.not_reached) +
                                            " not reached before the episode ended") +
         "); its scores are over the others.";
}

// Differences of causal_score between two agents, paired on environment and seed.
std::vector<ClusteredValue> paired_differences(std::span<const EpisodeResult> results,
                                               const std::string& first,
                                               const std::string& second) {
  std::map<std::pair<std::string, std::uint64_t>, double> of_second;
  for (const auto& result : results)
    if (const auto score = result.scores.find("causal_score"); score && result.plan.agent == second)
      of_second[{result.plan.environment, result.plan.seed}] = *score;
  std::vector<ClusteredValue> differences;
  for (const auto& result : results) {
    const auto score = result.scores.find("causal_score");
    if (!score || result.plan.agent != first) continue;
    const auto pair = of_second.find({result.plan.environment, result.plan.seed});
    if (pair != of_second.end())
      differences.push_back({result.plan.environment, *score - pair->second});
  }
  return differences;
}

// Does the interval leave zero out?
bool clearly_apart(const MeanEstimate& difference) {
  const auto& interval = difference.interval;
  return interval && (interval->low > 0 || interval->high < 0);
}

// Shown with two decimals it is zero.
bool is_nothing(double difference) { return std::abs(difference) < 0.005; }

std::optional<std::string> best_finding(std::span<const EpisodeResult> results,
                                        std::span<const SummaryRow> agents, std::uint64_t seed) {
  std::vector<const SummaryRow*> scored;
  for (const auto& row : agents)
    if (const auto* score = row.find("causal_score"); score != nullptr && score->estimate)
      scored.push_back(&row);
  if (scored.size() < 2) return std::nullopt;
  std::stable_sort(scored.begin(), scored.end(), [](const SummaryRow* a, const SummaryRow* b) {
    return a->find("causal_score")->estimate->mean > b->find("causal_score")->estimate->mean;
  });
  const auto& best = *scored[0];
  const auto& next = *scored[1];
  const auto difference = estimate_mean(paired_differences(results, best.agent, next.agent),
                                        Rng(seed, stream_of("paired")));
  if (!difference) return std::nullopt;
  const auto score = rounded(best.find("causal_score")->estimate->mean);
  if (is_nothing(difference->mean)) {
    auto tie = best.agent + " and " + next.agent + " have the same causal_score, " + score;
    const auto& interval = difference->interval;
    if (interval && !(is_nothing(interval->low) && is_nothing(interval->high)))
      tie += "; they differ by " + estimate_text(*difference) + ", not decisive";
    return tie + ".";
  }
  auto text = best.agent + " has the best causal_score, " + score + ", ahead of " + next.agent +
              " by " + estimate_text(*difference);
  if (!clearly_apart(*difference)) text += ": not decisive";
  return text + ".";
}

}  // namespace

const ScoreSummary* SummaryRow::find(std::string_view score) const {
  for (const auto& summary : scores)
    if (summary.name == score) return &summary;
  return nullptr;
}

ExperimentSummary summarise(std::span<const EpisodeResult> results, std::uint64_t seed,
                            const SilenceReasons& reasons) {
  ExperimentSummary summary;
  Chosen all;
  for (const auto& result : results) all.push_back(&result);
  for (const auto& [agent, of_agent] : grouped_by(all, &EpisodePlan::agent)) {
    summary.agents.push_back(row_of(agent, "", of_agent, seed));
    for (const auto& [environment, chosen] : grouped_by(of_agent, &EpisodePlan::environment))
      summary.agents_by_environment.push_back(row_of(agent, environment, chosen, seed));
  }
  summary.findings = findings(results, summary.agents, seed, reasons);
  return summary;
}

std::vector<EpisodeResult> finished_results(const StoredRun& run) {
  std::vector<EpisodeResult> results;
  for (const auto& episode : run.episodes)
    if (episode.result) results.push_back(*episode.result);
  return results;
}

ExperimentSummary summarise_run(const StoredRun& run) {
  auto summary =
      summarise(finished_results(run), 0,
                {agent_errors(run.episodes, true), unparseable_replies(run.episodes, true)});
  for (const auto& episode : run.episodes) {
    if (!episode.result || !episode.usage) continue;
    add_usage(summary.agents, episode);
    add_usage(summary.agents_by_environment, episode);
  }
  return summary;
}

std::vector<std::string> findings(std::span<const EpisodeResult> results,
                                  std::span<const SummaryRow> agents, std::uint64_t seed,
                                  const SilenceReasons& reasons) {
  std::vector<std::string> sentences;
  for (const auto& row : agents)
    if (auto sentence = seeing_finding(row)) sentences.push_back(*std::move(sentence));
  if (auto sentence = best_finding(results, agents, seed))
    sentences.push_back(*std::move(sentence));
  for (const auto& row : agents)
    if (auto sentence = silence_finding(row, reasons)) sentences.push_back(*std::move(sentence));
  return sentences;
}

}  // namespace causal_gym
