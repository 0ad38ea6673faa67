#include "api/run_json.h"

#include <algorithm>

#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json number_or_null(const std::optional<double>& number) {
  return number ? json(*number) : json(nullptr);
}

json counts_json(const BeliefCounts& counts) {
  return {{"requested", counts.requested},
          {"stated", counts.stated},
          {"refused", counts.refused},
          {"unparseable", counts.unparseable},
          {"agent_errors", counts.agent_errors}};
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
          {"scores", std::move(scores)}};
}

json belief_json(const BeliefMeasurement& belief) {
  return {{"phase", belief.phase},
          {"query", belief.query},
          {"regime", belief.regime},
          {"outcome", belief_outcome_name(belief.outcome)},
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

Status wrong_type(const std::string& field, const char* wanted) {
  return fail(ErrorCode::invalid_argument, "'" + field + "' must be " + wanted, field);
}

Result<std::vector<std::string>> read_texts(const json& value, const std::string& field) {
  if (value.is_string()) return std::vector{value.get<std::string>()};
  if (!value.is_array()) return fail(wrong_type(field, "a text or a list of texts").error());
  std::vector<std::string> texts;
  for (const auto& item : value) {
    if (!item.is_string())
      return fail(wrong_type(field + "[" + std::to_string(texts.size()) + "]", "a text").error());
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

const std::vector<std::string>& spec_fields() {
  static const std::vector<std::string> fields = {
      "environments", "agents", "interface", "interventions", "beliefs", "first_seed", "trials"};
  return fields;
}

Status read_spec_field(const std::string& field, const json& value, ExperimentSpec& spec) {
  if (field == "interface") {
    if (!value.is_string()) return wrong_type(field, "a text");
    spec.interface = value.get<std::string>();
  } else if (field == "first_seed") {
    if (!value.is_number_unsigned()) return wrong_type(field, "a whole number from 0");
    spec.first_seed = value.get<std::uint64_t>();
  } else if (field == "trials") {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > (std::uint64_t{1} << 62))
      return wrong_type(field, "a whole number from 1");
    spec.trials = value.get<std::int64_t>();
  } else if ((field == "interventions" || field == "beliefs") && value.is_null()) {
    (field == "beliefs" ? spec.beliefs : spec.interventions) = std::nullopt;
  } else {
    CAUSAL_GYM_TRY(texts, read_texts(value, field));
    if (field == "environments") spec.environments = std::move(texts);
    if (field == "agents") spec.agents = std::move(texts);
    if (field == "interventions") spec.interventions = std::move(texts);
    if (field == "beliefs") spec.beliefs = std::move(texts);
  }
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
  if (!spec.is_object()) return fail(wrong_type("spec", "an object").error());
  ExperimentSpec result;
  for (const auto& [field, value] : spec.items()) {
    const auto& fields = spec_fields();
    if (std::find(fields.begin(), fields.end(), field) == fields.end())
      return fail(ErrorCode::unknown_name, "no field '" + field + "' in an experiment", field,
                  spelling_suggestion(field, fields));
    CAUSAL_GYM_CHECKED(read_spec_field(field, value, result));
  }
  return result;
}

json run_summary_json(const RunSummary& summary) {
  return {{"id", summary.id},
          {"created_at", summary.created_at},
          {"state", run_state_name(summary.state)},
          {"reason", summary.reason},
          {"episodes_planned", summary.episodes_planned},
          {"episodes_finished", summary.episodes_finished},
          {"spec", spec_json(summary.spec)}};
}

json experiment_summary_json(const ExperimentSummary& summary) {
  json agents = json::array(), by_environment = json::array();
  for (const auto& row : summary.agents) agents.push_back(row_json(row));
  for (const auto& row : summary.agents_by_environment) by_environment.push_back(row_json(row));
  return {{"agents", std::move(agents)},
          {"agents_by_environment", std::move(by_environment)},
          {"findings", summary.findings}};
}

json episode_result_json(const EpisodeResult& result) {
  json scores = json::object(), beliefs = json::array(), interventions = json::array();
  for (const auto& score : result.scores.scores) scores[score.name] = number_or_null(score.value);
  for (const auto& belief : result.beliefs) beliefs.push_back(belief_json(belief));
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

std::vector<EpisodeResult> finished_results(const StoredRun& run) {
  std::vector<EpisodeResult> results;
  for (const auto& episode : run.episodes)
    if (episode.result) results.push_back(*episode.result);
  return results;
}

json stored_run_json(const StoredRun& run, bool events) {
  const auto results = finished_results(run);
  json document = run_summary_json(run.summary);
  document["summary"] = experiment_summary_json(summarise(results));
  document["episodes"] = json::array();
  for (const auto& result : results) document["episodes"].push_back(episode_result_json(result));
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
  return stored_run_json(run, true).dump(2) + "\n";
}

}  // namespace causal_gym
