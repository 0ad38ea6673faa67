#include "api/run_query_json.h"

#include <algorithm>

#include "api/moment_text.h"
#include "engine/base/spelling.h"
#include "gym/agent/built_in.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

tl::unexpected<Error> of_type(const std::string& field, const std::string& type) {
  return fail(ErrorCode::invalid_argument, "'" + field + "' is to be " + type, field);
}

Result<std::optional<std::string>> text(const json& fields, const std::string& field) {
  if (!fields.contains(field)) return std::optional<std::string>();
  if (!fields[field].is_string()) return of_type(field, "a text");
  return std::optional(fields[field].get<std::string>());
}

template <class Value>
Result<Value> at(Result<Value> result, const std::string& field) {
  if (result) return result;
  auto error = std::move(result).error();
  error.where = field;
  return fail(std::move(error));
}

Result<std::vector<RunState>> states(const json& fields) {
  std::vector<RunState> states;
  if (!fields.contains("state")) return states;
  json wanted = fields["state"];
  if (wanted.is_string()) wanted = comma_separated(wanted.get<std::string>());
  if (!wanted.is_array()) return of_type("state", "a state, or an array of states");
  for (const auto& each : wanted) {
    if (!each.is_string()) return of_type("state", "a state, or an array of states");
    CAUSAL_GYM_TRY(state, at(find_run_state(each.get<std::string>()), "state"));
    states.push_back(state);
  }
  return states;
}

// A language model may have any name; a built-in agent's parameter may be any.
Status check_agent(const std::string& agent) {
  if (agent.find('/') != std::string::npos) return {};
  std::vector<std::string> known;
  for (const auto& each : built_in_agents()) {
    if (each.name == agent.substr(0, agent.find('('))) return {};
    known.push_back(each.name);
  }
  return fail(ErrorCode::unknown_name, "no agent '" + agent + "'", "agent",
              spelling_suggestion(agent, known));
}

Status read_names(const json& fields, RunFilter& filter) {
  CAUSAL_GYM_TRY(environment, text(fields, "environment"));
  if (environment) {
    CAUSAL_GYM_TRY(known, at(find_environment(*environment), "environment"));
    static_cast<void>(known);
  }
  filter.environment = std::move(environment);
  CAUSAL_GYM_TRY(agent, text(fields, "agent"));
  if (agent) CAUSAL_GYM_CHECKED(check_agent(*agent));
  filter.agent = std::move(agent);
  CAUSAL_GYM_TRY(owner, text(fields, "owner"));
  filter.owner = std::move(owner);
  if (fields.contains("mine")) {
    if (!fields["mine"].is_boolean()) return of_type("mine", "true or false");
    filter.mine = fields["mine"].get<bool>();
  }
  CAUSAL_GYM_TRY(prefix, text(fields, "id_prefix"));
  filter.id_prefix = prefix.value_or("");
  return {};
}

Status read_moments(const json& fields, RunFilter& filter) {
  CAUSAL_GYM_TRY(since, text(fields, "since"));
  if (since) {
    CAUSAL_GYM_TRY(moment, at(read_moment(*since), "since"));
    filter.created_since = std::move(moment);
  }
  CAUSAL_GYM_TRY(until, text(fields, "until"));
  if (until) {
    CAUSAL_GYM_TRY(moment, at(read_moment(*until, /*after_day=*/true), "until"));
    filter.created_before = std::move(moment);
  }
  return {};
}

Result<std::size_t> limit(const json& fields) {
  if (!fields.contains("limit")) return RunQuery().limit;
  const auto& limit = fields["limit"];
  if (!limit.is_number_integer()) return of_type("limit", "a whole number");
  if (limit < 1 || limit > run_listing_limit)
    return fail(ErrorCode::invalid_argument,
                "'limit' is from 1 to " + std::to_string(run_listing_limit), "limit");
  return limit.get<std::size_t>();
}

}  // namespace

Result<RunQuery> read_run_query(const json& fields) {
  RunQuery query;
  CAUSAL_GYM_TRY(most, limit(fields));
  query.limit = most;
  CAUSAL_GYM_TRY(cursor, text(fields, "cursor"));
  query.cursor = std::move(cursor);
  CAUSAL_GYM_TRY(order, text(fields, "order"));
  if (order) {
    CAUSAL_GYM_TRY(found, at(find_run_order(*order), "order"));
    query.order = found;
  }
  CAUSAL_GYM_TRY(wanted, states(fields));
  query.filter.states = std::move(wanted);
  CAUSAL_GYM_CHECKED(read_names(fields, query.filter));
  CAUSAL_GYM_CHECKED(read_moments(fields, query.filter));
  return query;
}

std::vector<std::string> comma_separated(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(','));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

}  // namespace causal_gym
