// Runs as JSON, CSV and Markdown: one place for the shapes that the CLI, the HTTP API and the pages
// give out.
//
// Absent numbers are null in JSON and empty in CSV; nothing is invented for them. Cost: linear in
// the run, plus the bootstrap of its summary.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "gym/experiment/run_store.h"
#include "gym/experiment/summary.h"

namespace causal_gym {

[[nodiscard]] nlohmann::json spec_json(const ExperimentSpec& spec);
// Reads what spec_json writes; every field may be left out. Errors: invalid_argument (a field of
// the wrong type, with its path in `where`), unknown_name (an unknown field, with the nearest
// spelling).
[[nodiscard]] Result<ExperimentSpec> read_spec(const nlohmann::json& spec);

// {"id","created_at","state","reason","episodes_planned","episodes_finished","spec"}
[[nodiscard]] nlohmann::json run_summary_json(const RunSummary& summary);

// {"runs": [summary...], "next_cursor": text or null}
[[nodiscard]] nlohmann::json run_listing_json(const RunListing& listing);

// {"agents": [row...], "agents_by_environment": [row...], "findings": [text...]}, a row being
// {"agent","environment", "episodes","counts","scores": {name:
// {"mean","interval","clusters","values"} | null},
// "model_usage": {"versions","input_tokens","output_tokens","cost_usd"} | null}.
[[nodiscard]] nlohmann::json experiment_summary_json(const ExperimentSummary& summary);

// {"environment","agent","trial","seed","scores","counts","beliefs","interventions"}; `log`: of the
// episode, which tells why a belief was not stated.
[[nodiscard]] nlohmann::json episode_result_json(const EpisodeResult& result,
                                                 std::span<const EpisodeEvent> log);

// The run with its summary and finished episodes, each with its "model_usage"; with `events`, also
// every episode's log as
// {"sequence","phase", "regime","kind","text"}.
[[nodiscard]] nlohmann::json stored_run_json(const StoredRun& run, bool events);

// One line for each belief, with what the models of its whole episode used; RFC 4180, CRLF, header
// first. "reason" tells why a belief was not stated, "said" what an unparseable reply said.
// Text that a spreadsheet would run as a formula begins with '; control
// characters but line ends are escapes, as of printable.h.
[[nodiscard]] std::string run_csv(const StoredRun& run);

// The specification, the table of agents, the findings and, where there are any, what language
// models used, by agent and by episode.
[[nodiscard]] std::string run_markdown(const StoredRun& run);

enum class ExportFormat { json, csv, markdown };

// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<ExportFormat> find_export_format(std::string_view name);
[[nodiscard]] std::string export_run(const StoredRun& run, ExportFormat format);

}  // namespace causal_gym
