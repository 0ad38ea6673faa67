#include "api/run_json.h"

#include "api/belief_reasons.h"
#include "api/json_fields.h"
#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& number) {
  return number ? json(*number) : json(nullptr);
}

json counts_json(const BeliefCounts& counts) {
  return {{"requested", counts.requested},       {"stated", counts.stated},
          {"refused", counts.refused},           {"unparseable", counts.unparseable},
          {"agent_errors", counts.agent_errors}, {"not_reached", counts.not_reached}};
}

json usage_json(const std::optional<ModelUsage>& usage) {
  if (!usage) return nullptr;
  const auto whole_or_null = [](const std::optional<std::int64_t>& number) {
    return number ? json(*number) : json(nullptr);
  };
  return {{"versions", usage->versions},
          {"input_tokens", whole_or_null(usage->input_tokens)},
          {"output_tokens", whole_or_null(usage->output_tokens)},
          {"cost_usd", number_or_null(usage->cost_usd)}};
}

json row_json(const SummaryRow& row) {
  json scores = json::object();
  for (const auto& score : row.scores) {
    if (!score.estimate) {
      scores[score.name] = nullptr;
      continue;
    }
    const auto& estimate = *score.estimate;
    scores[score.name] = {{"mean", estimate.mean},
                          {"interval", estimate.interval ? json::array({estimate.interval->low,
                                                                        estimate.interval->high})
                                                         : json(nullptr)},
                          {"clusters", estimate.clusters},
                          {"values", estimate.values}};
  }
  return {{"agent", row.agent},
          {"environment", row.environment.empty() ? json(nullptr) : json(row.environment)},
          {"episodes", row.episodes},
          {"counts", counts_json(row.counts)},
          {"scores", std::move(scores)},
          {"model_usage", usage_json(row.usage)}};
}

json belief_json(const BeliefMeasurement& belief, const std::string& reason) {
  return {{"phase", belief.phase},
          {"query", belief.query},
          {"regime", belief.regime},
          {"outcome", belief_outcome_name(belief.outcome)},
          {"reason", reason.empty() ? json(nullptr) : json(reason)},
          {"belief", number_or_null(belief.belief)},
          {"truth", belief.truth},
          {"seeing", number_or_null(belief.seeing)},
          {"before", number_or_null(belief.before)},
          {"causal", belief.causal},
          {"discriminating", belief.discriminating}};
}

json intervention_json(const InterventionRecord& record) {
  json unit = json::object();
  for (const auto& value : record.unit) unit[value.variable] = value.state;
  return {{"phase", record.phase}, {"regime", record.regime}, {"unit", std::move(unit)}};
}

json events_json(const EpisodeRecord& episode) {
  json events = json::array();
  for (const auto& event : episode.events)
    events.push_back({{"sequence", event.sequence},
                      {"phase", event.phase},
                      {"regime", event.regime},
                      {"kind", event_kind_name(event.content)},
                      {"text", event_text(event)}});
  return {{"index", episode.plan.index}, {"environment", episode.plan.environment},
          {"agent", episode.plan.agent}, {"trial", episode.plan.trial},
          {"seed", episode.plan.seed},   {"events", std::move(events)}};
}

Result<std::uint64_t> read_whole_number(const json& value, std::string_view path) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(path) + "' must be a whole number from 0", std::string(path));
}

const std::vector<std::string>& spec_fields() {
  static const std::vector<std::string> fields = {
      "environments", "agents", "interface", "interventions", "beliefs", "first_seed", "trials"};
  return fields;
}

// null or a list of texts.
Status read_override(const json& spec, const std::string& field,
                     std::optional<std::vector<std::string>>& target) {
  if (!spec.contains(field) || spec[field].is_null()) return {};
  CAUSAL_GYM_TRY(texts, read_texts(spec[field], field, true));
  target = std::move(texts);
  return {};
}

}  // namespace

json spec_json(const ExperimentSpec& spec) {
  return {{"environments", spec.environments},
          {"agents", spec.agents},
          {"interface", spec.interface},
          {"interventions", spec.interventions ? json(*spec.interventions) : json(nullptr)},
          {"beliefs", spec.beliefs ? json(*spec.beliefs) : json(nullptr)},
          {"first_seed", spec.first_seed},
          {"trials", spec.trials}};
}

Result<ExperimentSpec> read_spec(const json& spec) {
  CAUSAL_GYM_CHECKED(check_object(spec, spec_fields(), ""));
  ExperimentSpec result;
  if (spec.contains("environments")) {
    CAUSAL_GYM_TRY(environments, read_texts(spec["environments"], "environments", true));
    result.environments = std::move(environments);
  }
  if (spec.contains("agents")) {
    CAUSAL_GYM_TRY(agents, read_texts(spec["agents"], "agents", true));
    result.agents = std::move(agents);
  }
  if (spec.contains("interface")) {
    CAUSAL_GYM_TRY(interface, read_text(spec["interface"], "interface"));
    result.interface = std::move(interface);
  }
  CAUSAL_GYM_CHECKED(read_override(spec, "interventions", result.interventions));
  CAUSAL_GYM_CHECKED(read_override(spec, "beliefs", result.beliefs));
  if (spec.contains("first_seed")) {
    CAUSAL_GYM_TRY(seed, read_whole_number(spec["first_seed"], "first_seed"));
    result.first_seed = seed;
  }
  if (spec.contains("trials")) {
    CAUSAL_GYM_TRY(trials, read_integer(spec["trials"], "trials"));
    result.trials = trials;
  }
  return result;
}

json run_summary_json(const RunSummary& summary) {
  json worker = nullptr;
  if (summary.worker)
    worker = {{"process", summary.worker->process},
              {"host", summary.worker->host},
              {"since", summary.worker->since}};
  return {{"id", summary.id},
          {"created_at", summary.created_at},
          {"state", run_state_name(summary.state)},
          {"reason", summary.reason},
          {"worker", std::move(worker)},
          {"episodes_planned", summary.episodes_planned},
          {"episodes_finished", summary.episodes_finished},
          {"spec", spec_json(summary.spec)}};
}

json run_listing_json(const RunListing& listing) {
  json runs = json::array();
  for (const auto& run : listing.runs) runs.push_back(run_summary_json(run));
  return {{"runs", std::move(runs)},
          {"next_cursor", listing.next_cursor ? json(*listing.next_cursor) : json(nullptr)}};
}

json experiment_summary_json(const ExperimentSummary& summary) {
  json agents = json::array(), by_environment = json::array();
  for (const auto& row : summary.agents) agents.push_back(row_json(row));
  for (const auto& row : summary.agents_by_environment) by_environment.push_back(row_json(row));
  return {{"agents", std::move(agents)},
          {"agents_by_environment", std::move(by_environment)},
          {"findings", summary.findings}};
}

json episode_result_json(const EpisodeResult& result, std::span<const EpisodeEvent> log) {
  const BeliefReasons reasons(log);
  json scores = json::object(), beliefs = json::array(), interventions = json::array();
  for (const auto& score : result.scores.scores) scores[score.name] = number_or_null(score.value);
  for (const auto& belief : result.beliefs)
    beliefs.push_back(belief_json(belief, reasons.of(belief).reason));
  for (const auto& record : result.interventions)
    interventions.push_back(intervention_json(record));
  return {{"environment", result.plan.environment},
          {"agent", result.plan.agent},
          {"trial", result.plan.trial},
          {"seed", result.plan.seed},
          {"scores", std::move(scores)},
          {"counts", counts_json(result.scores.counts)},
          {"beliefs", std::move(beliefs)},
          {"interventions", std::move(interventions)}};
}

json stored_run_json(const StoredRun& run, bool events) {
  json document = run_summary_json(run.summary);
  document["summary"] = experiment_summary_json(summarise_run(run));
  document["episodes"] = json::array();
  for (const auto& episode : run.episodes) {
    if (!episode.result) continue;
    auto written = episode_result_json(*episode.result, episode.events);
    written["model_usage"] = usage_json(episode.usage);
    document["episodes"].push_back(std::move(written));
  }
  if (events) {
    document["logs"] = json::array();
    for (const auto& episode : run.episodes) document["logs"].push_back(events_json(episode));
  }
  return document;
}

Result<ExportFormat> find_export_format(std::string_view name) {
  static const std::vector<std::string> names = {"json", "csv", "markdown"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<ExportFormat>(i);
  auto suggestion = spelling_suggestion(name, names);
  if (suggestion.empty()) suggestion = "use json, csv or markdown";
  return fail(ErrorCode::unknown_name, "no export format '" + std::string(name) + "'", "format",
              suggestion);
}

std::string export_run(const StoredRun& run, ExportFormat format) {
  switch (format) {
    case ExportFormat::csv: return run_csv(run);
    case ExportFormat::markdown: return run_markdown(run);
    case ExportFormat::json: break;
  }
  return stored_run_json(run, true).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

}  // namespace causal_gym
