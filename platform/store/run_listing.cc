#include "platform/store/run_listing.h"

#include <algorithm>
#include <tuple>

#include "engine/base/spelling.h"
#include "platform/store/run_claims.h"
#include "platform/store/run_reader.h"
#include "platform/store/run_walk.h"
#include "platform/store/sql_rows.h"

namespace causal_gym {

namespace {

// A list shorter than this is as good as any.
constexpr std::int64_t short_list = 1'000;
// Where every list is longer, most pages are found among so many runs.
constexpr std::size_t first_look = 2'000;

constexpr const char* live_claims =
    "SELECT experiment FROM workers WHERE {now_seconds} - renewed_at <= lease_seconds"
    " AND store NOT IN {texts_of ?1}";

// Only then has a listing given this place.
Status check_place(Database& database, const RunPlace& place) {
  CAUSAL_GYM_TRY(statement, database.statement("SELECT 1 FROM experiments WHERE id = ?2"
                                               " AND created_at = ?1"));
  statement->bind(1, view(place.created_at)).bind(2, view(place.id));
  CAUSAL_GYM_TRY(found, first_row(*statement, [](const Statement&) { return true; }));
  if (found) return {};
  return fail(ErrorCode::invalid_argument, "no listing gave this cursor", "cursor",
              "take next_cursor of the page before");
}

Result<std::string> user_of(Database& database, const std::string& name) {
  CAUSAL_GYM_TRY(statement, database.statement("SELECT id FROM users WHERE name = ?1"));
  statement->bind(1, view(name));
  CAUSAL_GYM_TRY(found, first_row(*statement, [](const Statement& row) { return row.text(0); }));
  if (found) return *std::move(found);
  CAUSAL_GYM_TRY(names, database.statement("SELECT name FROM users ORDER BY name LIMIT 10000"));
  CAUSAL_GYM_TRY(known,
                 all_rows<std::string>(*names, [](const Statement& row) { return row.text(0); }));
  return fail(ErrorCode::unknown_name, "no user '" + name + "'", "owner",
              spelling_suggestion(name, known));
}

// The lists that a run must be in.
Result<std::vector<NamedList>> lists_of(Database& database, const RunQuery& query) {
  std::vector<NamedList> lists;
  if (query.reader) lists.push_back({"reader", *query.reader});
  if (query.filter.owner) {
    CAUSAL_GYM_TRY(user, user_of(database, *query.filter.owner));
    lists.push_back({"owner", std::move(user)});
  }
  if (query.filter.environment) lists.push_back({"environment", *query.filter.environment});
  if (query.filter.agent) lists.push_back({"agent", *query.filter.agent});
  return lists;
}

Result<std::string> live_runs(Database& database) {
  CAUSAL_GYM_TRY(ended, ended_stores(database));
  CAUSAL_GYM_TRY(statement, database.statement(live_claims));
  statement->bind(1, view(ended));
  std::string numbers;
  CAUSAL_GYM_CHECKED(for_each_row(*statement, [&](const Statement& row) -> Status {
    numbers += (numbers.empty() ? "" : ",") + std::to_string(row.integer(0));
    return {};
  }));
  return "[" + numbers + "]";
}

Result<StoredStates> states_of(Database& database, const std::vector<RunState>& wanted) {
  const auto wants = [&](RunState state) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), state) != wanted.end();
  };
  StoredStates states;
  for (const auto state : {RunState::finished, RunState::cancelled, RunState::failed})
    if (wants(state)) states.names.emplace_back(run_state_name(state));
  const bool running = wants(RunState::running), interrupted = wants(RunState::interrupted);
  if (running && interrupted) {
    states.names.emplace_back(run_state_name(RunState::running));
    if (states.names.size() == 4) return StoredStates();
  } else if (running || interrupted) {
    states.running = running ? RunningPart::running : RunningPart::interrupted;
    CAUSAL_GYM_TRY(live, live_runs(database));
    states.live = std::move(live);
  }
  return states;
}

// The walks that together find the page.
class Listing {
 public:
  Listing(Database& database, const RunQuery& query, std::optional<RunPlace> after,
          std::vector<NamedList> lists, StoredStates states)
      : database_(database), lists_(std::move(lists)), states_(std::move(states)) {
    walk_.query = &query;
    walk_.after = std::move(after);
    walk_.most = query.limit + 1;  // one more tells whether there is another page
  }

  // In the listing's order.
  [[nodiscard]] Result<std::vector<FoundRun>> find() {
    const std::size_t ways = lists_.size() + (states_.any() ? 0 : 1);
    if (ways == 0) return along_states(0);
    if (ways == 1) return along(0, 0);
    CAUSAL_GYM_TRY(shortest, find_shortest());
    if (shortest.second < short_list) return along(shortest.first, 0);
    CAUSAL_GYM_TRY(found, along(shortest.first, first_look));
    if (found.size() == walk_.most) return found;
    walk_.reads_lists_whole = true;
    return along(shortest.first, 0);
  }

 private:
  // Which of the lists, the states coming after them, and its length if it is a short one.
  [[nodiscard]] Result<std::pair<std::size_t, std::int64_t>> find_shortest() {
    std::pair<std::size_t, std::int64_t> shortest{0, short_list};
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      CAUSAL_GYM_TRY(count, count_list(database_, lists_[i], shortest.second));
      if (count < shortest.second) shortest = {i, count};
    }
    if (states_.any()) return shortest;
    std::int64_t of_states = 0;
    for (const auto& state : stored_states()) {
      CAUSAL_GYM_TRY(count, count_state(database_, state, shortest.second));
      of_states += count;
    }
    if (of_states < shortest.second) shortest = {lists_.size(), of_states};
    return shortest;
  }

  [[nodiscard]] std::vector<std::string> stored_states() const {
    auto stored = states_.names;
    if (states_.running != RunningPart::whole) stored.emplace_back("running");
    return stored;
  }

  [[nodiscard]] Result<std::vector<FoundRun>> along(std::size_t way, std::size_t budget) {
    if (way == lists_.size()) return along_states(budget);
    auto walk = walk_;
    walk.budget = budget;
    walk.along = lists_[way];
    walk.lists = lists_;
    walk.lists.erase(walk.lists.begin() + static_cast<std::ptrdiff_t>(way));
    walk.states = states_;
    return walk_runs(database_, walk);
  }

  // All runs, or each state for itself, and what comes first of them.
  [[nodiscard]] Result<std::vector<FoundRun>> along_states(std::size_t budget) {
    auto walk = walk_;
    walk.budget = budget;
    walk.lists = lists_;
    if (states_.any()) return walk_runs(database_, walk);
    std::vector<FoundRun> found;
    for (const auto& state : stored_states()) {
      const bool is_part = state == "running" && states_.running != RunningPart::whole;
      walk.along_state = state;
      walk.states = is_part ? states_ : StoredStates();
      CAUSAL_GYM_TRY(of_state, walk_runs(database_, walk));
      found.insert(found.end(), std::make_move_iterator(of_state.begin()),
                   std::make_move_iterator(of_state.end()));
    }
    sort(found);
    if (found.size() > walk.most) found.resize(walk.most);
    return found;
  }

  void sort(std::vector<FoundRun>& found) const {
    const auto order = walk_.query->order;
    const bool descending = order == RunOrder::newest || order == RunOrder::most_episodes;
    std::sort(found.begin(), found.end(), [&](const FoundRun& one, const FoundRun& other) {
      const auto& a = descending ? other.place : one.place;
      const auto& b = descending ? one.place : other.place;
      return std::tie(a.episodes_planned, a.created_at, a.id) <
             std::tie(b.episodes_planned, b.created_at, b.id);
    });
  }

  Database& database_;
  std::vector<NamedList> lists_;
  StoredStates states_;
  RunWalk walk_;
};

}  // namespace

Result<RunListing> read_listing(Database& database, const RunQuery& query) {
  CAUSAL_GYM_CHECKED(check_run_limit(query.limit));
  if (query.filter.mine)
    return fail(ErrorCode::invalid_argument, "nobody is signed in whose runs these would be",
                "mine", "name their owner");
  CAUSAL_GYM_TRY(after, read_cursor(query));
  if (after) CAUSAL_GYM_CHECKED(check_place(database, *after));
  CAUSAL_GYM_TRY(lists, lists_of(database, query));
  CAUSAL_GYM_TRY(states, states_of(database, query.filter.states));
  Listing walks(database, query, std::move(after), std::move(lists), std::move(states));
  CAUSAL_GYM_TRY(found, walks.find());
  RunListing listing;
  if (found.size() > query.limit) {
    found.resize(query.limit);
    listing.next_cursor = write_cursor(query, found.back().place);
  }
  std::vector<std::int64_t> numbers;
  for (const auto& each : found) numbers.push_back(each.number);
  CAUSAL_GYM_TRY(runs, read_summaries(database, numbers, query.reader));
  listing.runs = std::move(runs);
  return listing;
}

}  // namespace causal_gym
