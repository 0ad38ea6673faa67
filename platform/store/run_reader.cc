#include "platform/store/run_reader.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "platform/store/event_codec.h"
#include "platform/store/run_claims.h"

namespace causal_gym {
namespace {

constexpr std::size_t longest_run_id = 64;
constexpr int number_column = 16;  // of a summary

// The columns that summary_of and episode_of read.
const std::string select_summary =
    "SELECT id, created_at, specification, state, reason, episodes_planned,"
    " (SELECT count(*) FROM episodes WHERE experiment = experiments.number AND finished = 1),"
    " model_options, " +
    claim_columns() +
    ", number, claims, (SELECT 1 - paused FROM jobs WHERE experiment = experiments.number)"
    " FROM experiments LEFT JOIN workers ON workers.experiment = experiments.number ";
const std::string select_episode =
    "SELECT number, plan_index, environment, agent, trial, seed, finished, requested,"
    " stated, refused - not_reached, unparseable, agent_errors, not_reached,"
    " (SELECT max(sequence) FROM events WHERE episode = episodes.number),"
    " (SELECT kind FROM events WHERE episode = episodes.number ORDER BY sequence DESC LIMIT 1)"
    " = 'episode_ended'"
    " FROM episodes ";

const std::string summary_by_id = select_summary + "WHERE id = ?1";
const std::string summaries_by_number = select_summary + "WHERE number IN {numbers_of ?1}";
const std::string summaries_for_reader =
    summaries_by_number +
    " AND (EXISTS (SELECT 1 FROM run_owners WHERE run = id AND user_id = ?2)"
    " OR EXISTS (SELECT 1 FROM run_shares WHERE run = id AND user_id = ?2))";
const std::string episode_by_index = select_episode + "WHERE experiment = ?1 AND plan_index = ?2";
const std::string of_range = "WHERE experiment = ?1 AND plan_index >= ?2 AND plan_index < ?3 ";
const std::string episodes_in_order = select_episode + of_range + "ORDER BY plan_index";
// Their parts.
const std::string of_their_episodes =
    " WHERE episode IN (SELECT number FROM episodes " + of_range + ") ORDER BY episode, ";
const std::string events_in_order =
    "SELECT episode, sequence, phase, regime, kind, query, value, text, detail, reason FROM "
    "events" +
    of_their_episodes + "sequence";
const std::string scores_in_order =
    "SELECT episode, name, value FROM episode_scores" + of_their_episodes + "position";
const std::string beliefs_in_order =
    "SELECT episode, phase, query, regime, outcome, belief, truth, seeing, before, range_low,"
    " range_high, causal, discriminating, reached FROM belief_measurements" +
    of_their_episodes + "position";
const std::string interventions_in_order =
    "SELECT episode, phase, regime, unit FROM intervention_records" + of_their_episodes +
    "position";

Result<RunSummary> summary_of(const Statement& row) {
  CAUSAL_GYM_TRY(spec, decode_specification(row.text(2)));
  CAUSAL_GYM_TRY(state, find_run_state(row.text(3)));
  RunSummary summary{row.text(0), row.text(1),    std::move(spec), state,
                     row.text(4), row.integer(5), row.integer(6)};
  summary.model_options = row.optional_text(7).value_or("");
  if (state != RunState::running) return summary;
  if (auto held = read_claim(row, 8); held && held->is_live)
    summary.worker = std::move(held->worker);
  summary.state = shown_state(state, summary.worker.has_value(), row.integer(number_column + 1),
                              row.optional_integer(number_column + 2) == 1);
  return summary;
}

EpisodeRow episode_of(const Statement& row) {
  return {row.integer(0),
          {row.integer(1), row.text(2), row.text(3), row.integer(4),
           static_cast<std::uint64_t>(row.integer(5))},
          row.integer(6) != 0,
          {row.integer(7), row.integer(8), row.integer(9), row.integer(10), row.integer(11),
           row.integer(12)},
          row.is_null(13) ? 0 : row.integer(13) + 1,
          row.integer(14) != 0};
}

// Episodes of a run, by their numbers.
struct EpisodePlaces {
  std::int64_t experiment = 0;
  std::int64_t first = 0;  // of the plan's indices
  std::int64_t end = 0;    // one after the last
  std::map<std::int64_t, EpisodeRecord*> by_number = {};
};

// Calls read(episode, row) for each row of a table that has the column `episode` first: one
// statement for a run, however many its episodes.
template <class Read>
Status for_each_part(Database& database, const std::string& sql, const EpisodePlaces& places,
                     Read read) {
  CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
  statement->bind(1, places.experiment).bind(2, places.first).bind(3, places.end);
  return for_each_row(*statement, [&](const Statement& row) -> Status {
    const auto place = places.by_number.find(row.integer(0));
    return place == places.by_number.end() ? Status() : read(*place->second, row);
  });
}

Status read_events(Database& database, const EpisodePlaces& places) {
  return for_each_part(
      database, events_in_order, places,
      [](EpisodeRecord& episode, const Statement& row) -> Status {
        CAUSAL_GYM_TRY(content, decode_event({row.text(4), row.optional_text(5),
                                              row.optional_real(6), row.optional_text(7),
                                              row.optional_text(8), row.optional_text(9)}));
        episode.events.push_back(
            {row.integer(1), static_cast<int>(row.integer(2)), row.text(3), std::move(content)});
        return {};
      });
}

Status read_scores(Database& database, const EpisodePlaces& places) {
  return for_each_part(
      database, scores_in_order, places,
      [](EpisodeRecord& episode, const Statement& row) -> Status {
        if (episode.result)
          episode.result->scores.scores.push_back({row.text(1), row.optional_real(2)});
        return {};
      });
}

Status read_beliefs(Database& database, const EpisodePlaces& places) {
  return for_each_part(
      database, beliefs_in_order, places,
      [](EpisodeRecord& episode, const Statement& row) -> Status {
        CAUSAL_GYM_TRY(recorded, find_belief_outcome(row.text(4)));
        const auto outcome = row.integer(13) == 0 ? BeliefOutcome::not_reached : recorded;
        if (episode.result)
          episode.result->beliefs.push_back({.phase = static_cast<int>(row.integer(1)),
                                             .query = row.text(2),
                                             .regime = row.text(3),
                                             .outcome = outcome,
                                             .belief = row.optional_real(5),
                                             .truth = row.real(6),
                                             .seeing = row.optional_real(7),
                                             .before = row.optional_real(8),
                                             .range = {row.real(9), row.real(10)},
                                             .causal = row.integer(11) != 0,
                                             .discriminating = row.integer(12) != 0});
        return {};
      });
}

Status read_interventions(Database& database, const EpisodePlaces& places) {
  return for_each_part(database, interventions_in_order, places,
                       [](EpisodeRecord& episode, const Statement& row) -> Status {
                         CAUSAL_GYM_TRY(unit, decode_unit(row.text(3)));
                         if (episode.result)
                           episode.result->interventions.push_back(
                               {static_cast<int>(row.integer(1)), row.text(2), std::move(unit)});
                         return {};
                       });
}

// What each reply of a language model took; of what failed, its provider said nothing.
Status read_usage(Database& database, const RunId& run, std::vector<EpisodeRecord>& episodes) {
  std::map<std::int64_t, EpisodeRecord*> by_index;
  for (auto& episode : episodes) by_index[episode.plan.index] = &episode;
  CAUSAL_GYM_TRY(statement,
                 database.statement(
                     "SELECT episode, model_version, cached, input_tokens, output_tokens, cost_usd"
                     " FROM exchanges WHERE run = ?1 AND failure IS NULL ORDER BY number"));
  statement->bind(1, std::string_view(run));
  return for_each_row(*statement, [&](const Statement& row) -> Status {
    const auto episode = by_index.find(row.integer(0));
    if (episode == by_index.end()) return {};
    ModelUsage reply;
    if (auto version = row.text(1); !version.empty()) reply.versions.push_back(std::move(version));
    if (row.integer(2) == 0) {
      reply.input_tokens = row.optional_integer(3);
      reply.output_tokens = row.optional_integer(4);
      reply.cost_usd = row.optional_real(5);
    }
    auto& usage = episode->second->usage;
    usage = usage ? sum_of(*usage, reply) : std::move(reply);
    return {};
  });
}

Result<std::vector<EpisodeRecord>> read_episodes(Database& database, EpisodePlaces places) {
  CAUSAL_GYM_TRY(statement, database.statement(episodes_in_order.c_str()));
  statement->bind(1, places.experiment).bind(2, places.first).bind(3, places.end);
  std::vector<EpisodeRecord> episodes;
  std::vector<std::int64_t> numbers;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& each) -> Status {
    const EpisodeRow row = episode_of(each);
    numbers.push_back(row.number);
    episodes.push_back({row.plan, {}, std::nullopt});
    if (row.finished) episodes.back().result = EpisodeResult{row.plan, {{}, row.counts}, {}, {}};
    return {};
  }));
  for (std::size_t i = 0; i < numbers.size(); ++i) places.by_number[numbers[i]] = &episodes[i];
  CAUSAL_GYM_CHECKED(read_events(database, places));
  CAUSAL_GYM_CHECKED(read_scores(database, places));
  CAUSAL_GYM_CHECKED(read_beliefs(database, places));
  CAUSAL_GYM_CHECKED(read_interventions(database, places));
  return episodes;
}

}  // namespace

bool is_run_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_run_id &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

RunState shown_state(RunState stored, bool is_worked_on, std::int64_t begun, bool is_ready) {
  const bool waits = begun == 0 && is_ready;
  return stored == RunState::running && !is_worked_on && !waits ? RunState::interrupted : stored;
}

Result<std::optional<EpisodeRow>> find_episode(Database& database, std::int64_t experiment,
                                               std::int64_t plan_index) {
  CAUSAL_GYM_TRY(statement, database.statement(episode_by_index.c_str()));
  statement->bind(1, experiment).bind(2, plan_index);
  CAUSAL_GYM_TRY(found, statement->step());
  if (!found) return std::optional<EpisodeRow>();
  std::optional<EpisodeRow> row = episode_of(*statement);
  statement->reset();
  return row;
}

Result<std::vector<RunSummary>> read_summaries(Database& database,
                                               std::span<const std::int64_t> numbers,
                                               const std::optional<std::string>& reader) {
  if (numbers.empty()) return std::vector<RunSummary>();
  std::string wanted;
  for (const auto number : numbers) wanted += (wanted.empty() ? "[" : ",") + std::to_string(number);
  const auto& sql = reader ? summaries_for_reader : summaries_by_number;
  CAUSAL_GYM_TRY(statement, database.statement(sql.c_str()));
  statement->bind(1, std::string_view(wanted += "]"));
  if (reader) statement->bind(2, std::string_view(*reader));
  std::map<std::int64_t, RunSummary> by_number;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    CAUSAL_GYM_TRY(summary, summary_of(row));
    by_number.emplace(row.integer(number_column), std::move(summary));
    return {};
  }));
  std::vector<RunSummary> summaries;
  for (const auto number : numbers)
    if (const auto found = by_number.find(number); found != by_number.end())
      summaries.push_back(std::move(found->second));
  return summaries;
}

Result<StoredRun> read_run(Database& database, const RunId& run, const EpisodeRange& range) {
  CAUSAL_GYM_TRY(statement, database.statement(summary_by_id.c_str()));
  statement->bind(1, std::string_view(run));
  std::optional<RunSummary> found;
  std::int64_t experiment = 0;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    CAUSAL_GYM_TRY(summary, summary_of(row));
    found = std::move(summary);
    experiment = row.integer(number_column);
    return {};
  }));
  if (!found) return fail(ErrorCode::not_found, "no run '" + run + "'", "run");
  StoredRun stored{*std::move(found), {}};
  const auto end = range.count > std::numeric_limits<std::int64_t>::max() - range.first
                       ? std::numeric_limits<std::int64_t>::max()
                       : range.first + range.count;
  CAUSAL_GYM_TRY(episodes, read_episodes(database, {experiment, range.first, end}));
  CAUSAL_GYM_CHECKED(read_usage(database, run, episodes));
  stored.episodes = std::move(episodes);
  return stored;
}

}  // namespace causal_gym
