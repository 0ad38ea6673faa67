// Lists of runs, filtered, sorted and paged by the databases, against filtering and sorting all of
// them in memory.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "platform/config/temporary_folder.h"
#include "platform/store/event_codec.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"
#include "platform/store/schema.h"
#include "platform/store/sql_account_store.h"
#include "tests/store/memory_run_store.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

const std::string environments[] = {"chain-v1", "asia-v1", "fork-v1", "nobody-v1"};
const std::string agents[] = {"ideal", "noisy_ideal(0.1)", "openai/gpt \"4\" \\ é", "random"};

class RunListConformance : public testing::TestWithParam<const char*> {
 protected:
  RunListConformance() {
    const std::string kind = GetParam();
    target = kind == "Sqlite" ? folder_.file("runs.sqlite") : postgres_server().new_database();
    if (kind == "PgBouncer") target = postgres_server().through_bouncer(target);
    store = open();
  }
  std::unique_ptr<JobStore> open() const {
    auto opened = open_store(target);
    EXPECT_TRUE(opened) << error_text(opened.error());
    return *std::move(opened);
  }

  NewRun random_run(const std::string& id) {
    NewRun run{id, fmt_time(random.below(40)), random.specification()};
    run.spec.environments.assign({environments[random.below(3)]});
    if (random.coin()) run.spec.environments.push_back("asia-v1");
    run.spec.agents = {agents[random.below(3)]};
    run.spec.trials = static_cast<std::int64_t>(1 + random.below(4));
    return run;
  }
  static std::string fmt_time(std::size_t step) {
    return "2026-11-" + std::to_string(10 + step / 4) + "T1" + std::to_string(step % 4) +
           ":00:00.000Z";
  }

  // A run in one of all the ways in which a run can be.
  void add(const std::string& id) {
    const auto run = random_run(id);
    const auto way = random.below(8);
    if (way < 3) {
      ASSERT_TRUE(store->create_job(run, {}));
      if (way == 1) {
        ASSERT_TRUE(store->pause_job(id));
      }
      return;
    }
    ASSERT_TRUE(store->create_run(run));
    constexpr RunState ends[] = {RunState::finished, RunState::finished, RunState::cancelled,
                                 RunState::failed, RunState::interrupted};
    if (way < 7) {
      ASSERT_TRUE(store->set_run_state(id, ends[way - 3], ""));
    }
  }

  std::vector<RunSummary> all_runs() const {
    std::vector<RunSummary> all;
    std::optional<std::string> cursor;
    do {
      auto page = store->list_runs(200, cursor);
      EXPECT_TRUE(page) << error_text(page.error());
      all.insert(all.end(), page->runs.begin(), page->runs.end());
      cursor = page->next_cursor;
    } while (cursor);
    return all;
  }

  // The ids of every page, one after the other; `between` is done after each page.
  static std::vector<RunId> pages(
      RunReader& runs, RunQuery query, const std::function<void()>& between = [] {}) {
    std::vector<RunId> ids;
    for (;;) {
      const auto page = runs.find_runs(query);
      if (!page) {
        ADD_FAILURE() << error_text(page.error());
        return ids;
      }
      EXPECT_LE(page->runs.size(), query.limit);
      for (const auto& run : page->runs) ids.push_back(run.id);
      if (!page->next_cursor) return ids;
      EXPECT_EQ(page->runs.size(), query.limit);
      query.cursor = page->next_cursor;
      between();
    }
  }

  static std::vector<RunId> expected(std::vector<RunSummary> all, RunQuery query) {
    query.limit = all.size() + 1;
    const auto page = page_of(std::move(all), query);
    std::vector<RunId> ids;
    for (const auto& run : page->runs) ids.push_back(run.id);
    return ids;
  }

  RunQuery random_query() {
    RunQuery query;
    query.order = all_run_orders[random.below(4)];
    query.limit = std::vector<std::size_t>{3, 7, 20, 50, 200}[random.below(5)];
    auto& filter = query.filter;
    if (random.coin())
      for (const auto state : all_run_states)
        if (random.below(3) == 0) filter.states.push_back(state);
    if (random.below(3) == 0) filter.environment = environments[random.below(4)];
    if (random.below(3) == 0) filter.agent = agents[random.below(4)];
    if (random.below(4) == 0) filter.created_since = fmt_time(random.below(40));
    if (random.below(4) == 0) filter.created_before = fmt_time(random.below(40));
    if (random.below(4) == 0) filter.id_prefix = random.coin() ? "run-1" : "run-";
    return query;
  }

  const TemporaryFolder folder_;
  std::string target;
  std::unique_ptr<JobStore> store;
  SampleRun random{11};
};

std::string text_of(const RunQuery& query) {
  std::string text(run_order_name(query.order));
  const auto& filter = query.filter;
  for (const auto state : filter.states) text += " " + std::string(run_state_name(state));
  for (const auto& each : {filter.environment, filter.agent, filter.owner, filter.created_since,
                           filter.created_before})
    text += " | " + each.value_or("any");
  return text + " | " + filter.id_prefix + " by " + std::to_string(query.limit);
}

TEST_P(RunListConformance, IsWhatFilteringAndSortingInMemoryGives) {
  ASSERT_TRUE(store->together([&]() -> Status {
    for (int i = 0; i < 150; ++i) add("run-" + std::to_string(i));
    return {};
  }));
  const auto all = all_runs();
  ASSERT_EQ(all.size(), 150U);
  std::map<RunState, int> states;
  for (const auto& run : all) ++states[run.state];
  ASSERT_EQ(states.size(), 5U) << "runs of every state";
  std::size_t listed = 0;
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    const auto query = random_query();
    SCOPED_TRACE(text_of(query));
    const auto ids = expected(all, query);
    EXPECT_EQ(pages(*store, query), ids);
    listed += ids.size();
  }
  EXPECT_GT(listed, 500U) << "the filters let something through";
  for (const auto order : all_run_orders)
    for (const auto state : all_run_states) {
      const RunQuery query{.limit = 9, .filter = {.states = {state}}, .order = order};
      EXPECT_EQ(pages(*store, query), expected(all, query)) << text_of(query);
    }
}

// Long lists are walked otherwise than short ones: nothing is in both, or all of it at the end.
TEST_P(RunListConformance, OfManyRunsIsTheSame) {
  // Written past the store, in one statement: its triggers make the lists.
  std::string rows;
  for (int i = 0; i < 2'300; ++i) {
    auto spec = random.specification();
    spec.environments = {environments[i % 2]};
    if (i % 2 == 1 || i < 100) spec.environments.push_back(environments[2]);
    spec.agents = {agents[i % 2]};
    if (i < 1'200) spec.agents.push_back(agents[3]);
    spec.interface = "full";
    spec.interventions.reset();
    spec.beliefs.reset();
    rows += std::string(i == 0 ? "" : ", ") + "('run-" + std::to_string(i) + "', '2026-11-" +
            std::to_string(10 + i / 500) + "T00:00:00.000Z', '" + encode_specification(spec) +
            "', '" + (i < 1'150 ? "failed" : "finished") + "', " + std::to_string(i % 7) + ")";
  }
  const auto written = (*open_database(target, {}))
                           ->execute(
                               "INSERT INTO experiments (id, created_at, specification,"
                               " state, episodes_planned) VALUES " +
                               rows);
  ASSERT_TRUE(written) << error_text(written.error());
  const auto all = all_runs();
  ASSERT_EQ(all.size(), 2'300U);
  for (const auto order : all_run_orders)
    for (const auto& environment : environments)
      for (const auto& agent : {agents[0], agents[1], agents[3]})
        for (const auto state : {RunState::finished, RunState::failed}) {
          RunQuery query{.limit = 200, .order = order};
          query.filter = {.states = {state}, .environment = environment, .agent = agent};
          const auto ids = expected(all, query);
          const auto page = store->find_runs(query);
          ASSERT_TRUE(page) << error_text(page.error());
          ASSERT_EQ(page->runs.size(), std::min<std::size_t>(200, ids.size())) << text_of(query);
          for (std::size_t i = 0; i < page->runs.size(); ++i)
            ASSERT_EQ(page->runs[i].id, ids[i]) << text_of(query);
        }
}

TEST_P(RunListConformance, GivesWhatWasThereOnceWhileRunsAreAdded) {
  for (int i = 0; i < 40; ++i) add("run-" + std::to_string(i));
  int added = 0;
  for (const auto order : all_run_orders) {
    const RunQuery query{.limit = 6, .order = order};
    const auto before = expected(all_runs(), query);
    const auto seen = pages(*store, query, [&] { add("later-" + std::to_string(added++)); });
    std::vector<RunId> old;
    for (const auto& id : seen)
      if (std::find(before.begin(), before.end(), id) != before.end()) old.push_back(id);
    EXPECT_EQ(old, before) << run_order_name(order);
    EXPECT_EQ(std::set<RunId>(seen.begin(), seen.end()).size(), seen.size()) << "each once";
  }
}

TEST_P(RunListConformance, ACursorIsOfItsOrderAndFilters) {
  for (int i = 0; i < 12; ++i) add("run-" + std::to_string(i));
  RunQuery query{.limit = 1, .order = RunOrder::oldest};
  query.filter.id_prefix = "run-";
  query.cursor = store->find_runs(query)->next_cursor;
  ASSERT_TRUE(query.cursor);
  ASSERT_TRUE(store->find_runs(query));
  const auto refused = [&](RunQuery other) {
    const auto page = store->find_runs(other);
    EXPECT_FALSE(page);
    return page ? "" : page.error().message;
  };
  auto other = query;
  other.order = RunOrder::newest;
  EXPECT_EQ(refused(other), "this cursor is of a listing with order 'oldest', not 'newest'");
  other = query;
  other.filter.states = {RunState::failed, RunState::running};
  EXPECT_EQ(refused(other), "this cursor is of a listing with state none, not 'running,failed'");
  other = query;
  other.filter.id_prefix = "";
  EXPECT_EQ(refused(other), "this cursor is of a listing with id_prefix 'run-', not none");
  other = {.limit = 1, .filter = {.agent = "ideal"}};
  other.cursor = store->list_runs(1, {})->next_cursor;
  EXPECT_EQ(refused(other), "this cursor is of a listing with agent none, not 'ideal'");
  other.cursor = *query.cursor + "x";
  EXPECT_NE(refused(other), "");
  other = query;
  other.cursor = "bm90aGluZw";
  EXPECT_EQ(refused(other), "no listing gave this cursor");
}

// Ownership and sharing come before, with and after their runs, and shares go.
TEST_P(RunListConformance, IsOfWhatAUserOwnsOrHasAShareOf) {
  const auto accounts = *open_account_store(target);
  const auto user = [&](const std::string& name) {
    const User made{name + "-id", name, Role::researcher, false, "$argon2id$v=19$x", 1};
    const AuditEvent event{1, "operator", "user_created", name, "ok", "127.0.0.1", "r", "", 0};
    EXPECT_TRUE(accounts->add_user(made, event));
    return made.id;
  };
  const auto ada = user("ada"), bob = user("bob");
  std::map<std::string, std::set<RunId>> readers;
  std::map<RunId, std::string> owners;
  const AuditEvent event{1, "operator", "run_shared", "r", "ok", "127.0.0.1", "r", "", 0};
  for (int i = 0; i < 90; ++i) {
    const auto id = "run-" + std::to_string(i);
    const auto own = [&](const std::string& owner) {
      ASSERT_TRUE(accounts->set_owner(id, owner, event));
      owners[id] = owner;
      readers[owner].insert(id);
    };
    const auto& owner = i % 3 == 0 ? ada : bob;
    if (i % 4 < 2) own(owner);
    add(id);
    if (i % 4 == 2) own(owner);
    if (i % 5 < 2) {
      ASSERT_TRUE(accounts->share_run(id, ada, event));
      readers[ada].insert(id);
    }
    if (i % 10 == 1) {
      ASSERT_TRUE(accounts->unshare_run(id, ada, event));
      if (owners[id] != ada) readers[ada].erase(id);
    }
  }
  const auto all = all_runs();
  for (int i = 0; i < 25 && !HasFailure(); ++i) {
    auto query = random_query();
    for (const auto& reader : {ada, bob}) {
      SCOPED_TRACE(text_of(query) + " for " + reader);
      auto seen = all;
      std::erase_if(seen, [&](const RunSummary& run) { return !readers[reader].contains(run.id); });
      query.reader = reader;
      query.filter.owner.reset();
      EXPECT_EQ(pages(*store, query), expected(seen, query));
      std::erase_if(seen, [&](const RunSummary& run) { return owners[run.id] != ada; });
      query.filter.owner = "ada";
      EXPECT_EQ(pages(*store, query), expected(seen, query)) << "of ada";
    }
  }
  EXPECT_TRUE(store->find_runs({.reader = "nobody"})->runs.empty());
  const auto unknown = store->find_runs({.filter = {.owner = "adda"}});
  EXPECT_EQ(unknown.error().message, "no user 'adda'");
  EXPECT_EQ(unknown.error().suggestion, "did you mean 'ada'?");
}

// What a program of the version before has written, before the lists were there.
TEST_P(RunListConformance, HoldsTheRunsOfTheVersionBefore) {
  const std::string old_target = GetParam() == std::string("Sqlite")
                                     ? folder_.file("old.sqlite")
                                     : postgres_server().new_database();
  {
    const auto database = *open_database(old_target, {});
    ASSERT_TRUE(migrate(*database, migrations().first(17)));
    const auto written = database->execute(
        "INSERT INTO experiments (id, created_at, specification, episodes_planned, state, claims)"
        " VALUES ('old', '2026-01-01T00:00:00.000Z', "
        "'{\"environments\":[\"chain-v1\",\"chain-v1\"],"
        "\"agents\":[\"ideal\",\"\",7],\"interface\":\"x\\u0000\",\"interventions\":null,"
        "\"beliefs\":null,\"first_seed\":1,\"trials\":1}', 4, 'running', 0);"
        "INSERT INTO users VALUES ('u', 'ada', 'viewer', 0, '$argon2id$x', 1, 0, NULL);"
        "INSERT INTO run_owners VALUES ('old', 'u'), ('never', 'u')");
    ASSERT_TRUE(written) << error_text(written.error());
  }
  auto opened = open_store(old_target);
  ASSERT_TRUE(opened) << error_text(opened.error());
  const auto upgraded = *std::move(opened);
  const auto lists = [&](RunQuery query) { return pages(*upgraded, std::move(query)); };
  const std::vector<RunId> old = {"old"};
  const auto database = *open_database(old_target, {});
  ASSERT_TRUE(
      database->execute("UPDATE experiments SET specification ="
                        " replace(CAST(specification AS text), ',\"\",7', '')" +
                        std::string(GetParam() == std::string("Sqlite") ? "" : "::json")));
  EXPECT_EQ(lists({.filter = {.environment = "chain-v1"}}), old);
  EXPECT_EQ(lists({.filter = {.agent = "ideal", .owner = "ada"}, .reader = "u"}), old);
  EXPECT_EQ(lists({.filter = {.states = {RunState::interrupted}}}), old);
  EXPECT_TRUE(lists({.filter = {.states = {RunState::running}}}).empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, RunListConformance,
                         testing::Values("Sqlite", "Postgres", "PgBouncer"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace causal_gym
