#include "platform/store/episode_writer.h"

#include <limits>
#include <string>

#include "platform/store/event_codec.h"

namespace causal_gym {
namespace {

constexpr auto largest_seed = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::string episode_name(const RunId& run, const EpisodePlan& plan) {
  return "episode " + std::to_string(plan.index) + " of run '" + run + "'";
}

Result<std::int64_t> begin_episode(Database& database, std::int64_t experiment, const RunId& run,
                                   const EpisodePlan& plan) {
  if (plan.seed > largest_seed)
    return fail(ErrorCode::invalid_argument, episode_name(run, plan) + ": seed over 2^63 - 1",
                "seed");
  CAUSAL_GYM_TRY(statement, database.statement("INSERT INTO episodes (experiment, plan_index,"
                                               " environment, agent, trial, seed)"
                                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                                               " RETURNING number"));
  statement->bind(1, experiment)
      .bind(2, plan.index)
      .bind(3, std::string_view(plan.environment))
      .bind(4, std::string_view(plan.agent))
      .bind(5, plan.trial)
      .bind(6, static_cast<std::int64_t>(plan.seed));
  CAUSAL_GYM_TRY(begun, statement->step());
  const std::int64_t number = begun ? statement->integer(0) : 0;
  statement->reset();
  return number;
}

Status insert_event(Database& database, std::int64_t episode, const EpisodeEvent& event) {
  const EventColumns columns = encode_event(event.content);
  CAUSAL_GYM_TRY(statement,
                 database.statement("INSERT INTO events (episode, sequence, phase, regime, kind,"
                                    " query, value, text, detail, reason)"
                                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  statement->bind(1, episode)
      .bind(2, event.sequence)
      .bind(3, std::int64_t{event.phase})
      .bind(4, std::string_view(event.regime))
      .bind(5, std::string_view(columns.kind))
      .bind(6, columns.query)
      .bind(7, columns.value)
      .bind(8, columns.text)
      .bind(9, columns.detail)
      .bind(10, columns.reason);
  return statement->run_later();
}

Status insert_scores(Database& database, std::int64_t episode, std::span<const ScoreValue> scores) {
  CAUSAL_GYM_TRY(statement, database.statement("INSERT INTO episode_scores (episode, position,"
                                               " name, value) VALUES (?1, ?2, ?3, ?4)"));
  std::int64_t position = 0;
  for (const ScoreValue& score : scores) {
    statement->bind(1, episode).bind(2, position++).bind(3, std::string_view(score.name));
    statement->bind(4, score.value);
    CAUSAL_GYM_CHECKED(statement->run_later());
  }
  return {};
}

Status insert_beliefs(Database& database, std::int64_t episode,
                      std::span<const BeliefMeasurement> beliefs) {
  CAUSAL_GYM_TRY(statement,
                 database.statement(
                     "INSERT INTO belief_measurements (episode, position, phase, query, regime,"
                     " outcome, belief, truth, seeing, before, range_low, range_high, causal,"
                     " discriminating, reached) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                     " ?11, ?12, ?13, ?14, ?15)"));
  std::int64_t position = 0;
  for (const BeliefMeasurement& each : beliefs) {
    // What was not reached stands as refused and not reached.
    const bool reached = each.outcome != BeliefOutcome::not_reached;
    statement->bind(1, episode)
        .bind(2, position++)
        .bind(3, std::int64_t{each.phase})
        .bind(4, std::string_view(each.query))
        .bind(5, std::string_view(each.regime))
        .bind(6, belief_outcome_name(reached ? each.outcome : BeliefOutcome::refused))
        .bind(7, each.belief)
        .bind(8, each.truth)
        .bind(9, each.seeing)
        .bind(10, each.before)
        .bind(11, each.range.low)
        .bind(12, each.range.high)
        .bind(13, std::int64_t{each.causal})
        .bind(14, std::int64_t{each.discriminating})
        .bind(15, std::int64_t{reached});
    CAUSAL_GYM_CHECKED(statement->run_later());
  }
  return {};
}

Status insert_interventions(Database& database, std::int64_t episode,
                            std::span<const InterventionRecord> records) {
  CAUSAL_GYM_TRY(statement,
                 database.statement("INSERT INTO intervention_records (episode, position, phase,"
                                    " regime, unit) VALUES (?1, ?2, ?3, ?4, ?5)"));
  std::int64_t position = 0;
  for (const InterventionRecord& record : records) {
    statement->bind(1, episode)
        .bind(2, position++)
        .bind(3, std::int64_t{record.phase})
        .bind(4, std::string_view(record.regime))
        .bind(5, std::string_view(encode_unit(record.unit)));
    CAUSAL_GYM_CHECKED(statement->run_later());
  }
  return {};
}

Status mark_finished(Database& database, std::int64_t episode, const BeliefCounts& counts) {
  CAUSAL_GYM_TRY(statement, database.statement("UPDATE episodes SET finished = 1, requested = ?2,"
                                               " stated = ?3, refused = ?4, unparseable = ?5,"
                                               " agent_errors = ?6, not_reached = ?7"
                                               " WHERE number = ?1"));
  statement->bind(1, episode)
      .bind(2, counts.requested)
      .bind(3, counts.stated)
      .bind(4, counts.refused + counts.not_reached)
      .bind(5, counts.unparseable)
      .bind(6, counts.agent_errors)
      .bind(7, counts.not_reached);
  return statement->run_later();
}

}  // namespace

Result<EpisodeRow> open_episode(Database& database, std::int64_t experiment, const RunId& run,
                                const EpisodePlan& plan) {
  CAUSAL_GYM_TRY(episode, find_episode(database, experiment, plan.index));
  if (!episode) {
    CAUSAL_GYM_TRY(number, begin_episode(database, experiment, run, plan));
    EpisodeRow begun;
    begun.number = number;
    begun.plan = plan;
    return begun;
  }
  if (episode->plan != plan)
    return fail(ErrorCode::conflict, episode_name(run, plan) + " was begun with another plan",
                "plan");
  if (episode->finished)
    return fail(ErrorCode::conflict, episode_name(run, plan) + " is finished", "plan");
  return *std::move(episode);
}

Status write_events(Database& database, const RunId& run, EpisodeRow& episode,
                    std::span<const EpisodeEvent> events) {
  for (const EpisodeEvent& event : events) {
    const auto name = [&] { return "the log of " + episode_name(run, episode.plan); };
    if (episode.has_ended) return fail(ErrorCode::conflict, name() + " has ended", "events");
    if (event.sequence != episode.next_sequence)
      return fail(ErrorCode::conflict,
                  name() + " goes on with sequence " + std::to_string(episode.next_sequence) +
                      ", not " + std::to_string(event.sequence),
                  "events");
    CAUSAL_GYM_CHECKED(insert_event(database, episode.number, event));
    episode.next_sequence = event.sequence + 1;
    episode.has_ended = std::holds_alternative<EpisodeEnded>(event.content);
  }
  return {};
}

Status write_result(Database& database, const RunId& run, const EpisodeRow& episode,
                    const EpisodeResult& result) {
  if (!episode.has_ended)
    return fail(ErrorCode::conflict,
                "the log of " + episode_name(run, episode.plan) + " has not ended", "plan");
  CAUSAL_GYM_CHECKED(insert_scores(database, episode.number, result.scores.scores));
  CAUSAL_GYM_CHECKED(insert_beliefs(database, episode.number, result.beliefs));
  CAUSAL_GYM_CHECKED(insert_interventions(database, episode.number, result.interventions));
  return mark_finished(database, episode.number, result.scores.counts);
}

}  // namespace causal_gym
