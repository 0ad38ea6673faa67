// The SQLite file itself: constraints, versions, damage, a full disk, two processes, and sudden
// death.
#include "platform/store/open_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "platform/config/temporary_folder.h"
#include "platform/store/sample_run.h"
#include "platform/store/schema.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

std::unique_ptr<RunStore> opened(const std::string& path, const DatabaseOptions& options = {}) {
  auto store = open_store(path, options);
  EXPECT_TRUE(store) << error_text(store.error());
  return store ? *std::move(store) : nullptr;
}

NewRun new_run(const std::string& id, std::uint64_t seed = 1) {
  return {id, "2026-11-23T23:51:02.007Z", SampleRun(seed).specification()};
}

const EpisodePlan first_plan{0, "chain-v1", "ideal", 0, 1};

// Raw SQL by another road than the store's.
std::string run_sql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  sqlite3_exec(database, "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
  std::string result;
  const auto keep = [](void* text, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i)
      *static_cast<std::string*>(text) += values[i] == nullptr ? "null" : values[i];
    return 0;
  };
  char* message = nullptr;
  if (sqlite3_exec(database, sql.c_str(), keep, &result, &message) != SQLITE_OK)
    result = std::string("error: ") + message;
  sqlite3_free(message);
  sqlite3_close(database);
  return result;
}

// A store with one finished episode, closed again.
void write_sample(const std::string& path) {
  const auto store = opened(path);
  ASSERT_TRUE(store->create_run(new_run("r")));
  SampleRun sample(3);
  std::vector<EpisodeEvent> events = sample.events(0, 50);
  events.push_back(SampleRun::end(50));
  ASSERT_TRUE(store->append_events("r", first_plan, events));
  EpisodeResult result = sample.result(first_plan);
  result.beliefs.push_back({});
  result.beliefs.back().belief = 0.5;
  result.interventions.push_back({});
  ASSERT_TRUE(store->finish_episode("r", {}, result));
}

TEST(SqliteFile, KeepsEverythingWhenClosed) {
  const TemporaryFolder folder;
  const std::string path = folder.file("deep/er/runs.sqlite");
  write_sample(path);
  const auto before = opened(path)->load_run("r");
  const auto after = opened(path)->load_run("r");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->episodes, after->episodes);
  EXPECT_EQ(after->episodes.at(0).events.size(), 51);
}

TEST(SqliteFile, TheTablesRefuseWhatIsNotTrue) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  write_sample(path);
  for (const char* sql :
       {"UPDATE events SET phase = 9", "DELETE FROM events",
        "INSERT INTO events (episode, sequence, phase, regime, kind)"
        " VALUES (1, 51, 0, '', 'intervention_applied')",
        "INSERT INTO events (episode, sequence, phase, regime, kind)"
        " VALUES (99, 0, 0, '', 'intervention_applied')",
        "UPDATE belief_measurements SET belief = 2.5", "UPDATE belief_measurements SET belief = -3",
        "UPDATE belief_measurements SET outcome = 'guessed'",
        "UPDATE belief_measurements SET belief = NULL",
        "UPDATE belief_measurements SET truth = 'x'", "UPDATE belief_measurements SET episode = 99",
        "DELETE FROM episodes", "DELETE FROM experiments", "UPDATE experiments SET state = 'done'",
        "UPDATE experiments SET id = 'a b'", "UPDATE experiments SET specification = '{'",
        "UPDATE episodes SET finished = 0", "UPDATE intervention_records SET unit = '['"})
    EXPECT_THAT(run_sql(path, sql), HasSubstr("error: ")) << sql;
  EXPECT_EQ(run_sql(path, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(run_sql(path, "PRAGMA foreign_key_check"), "");
}

TEST(SqliteFile, UsesAWriteAheadLogAndAVersion) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  write_sample(path);
  EXPECT_EQ(run_sql(path, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(run_sql(path, "PRAGMA user_version"), std::to_string(migrations().size()));
}

TEST(SqliteFile, RefusesANewerVersionAndLeavesItAsItIs) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  write_sample(path);
  run_sql(path, "PRAGMA user_version = 999");
  const auto store = open_store(path);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::conflict);
  EXPECT_THAT(store.error().message, HasSubstr("schema version 999"));
  EXPECT_EQ(run_sql(path, "PRAGMA user_version"), "999");
}

TEST(SqliteFile, RefusesADatabaseOfAnotherProgram) {
  const TemporaryFolder folder;
  const std::string path = folder.file("other.sqlite");
  run_sql(path, "CREATE TABLE songs (name TEXT)");
  const auto store = open_store(path);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::conflict);
  EXPECT_THAT(store.error().message, HasSubstr("another program"));
  EXPECT_EQ(run_sql(path, "PRAGMA journal_mode"), "delete") << "untouched";
}

TEST(SqliteFile, AFailingMigrationLeavesNothingBehind) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  const Migration list[] = {{"0001", "CREATE TABLE a (x);"},
                            {"0002", "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);"},
                            {"0002", "CREATE TABLE b (x);"}};
  const auto database = open_database(path, {});
  ASSERT_TRUE(database);
  EXPECT_FALSE(migrate(**database, {list, 2}));
  EXPECT_EQ(run_sql(path, "SELECT name FROM sqlite_schema WHERE name <> 'causal_gym_schema'"), "a");
  EXPECT_EQ(run_sql(path, "PRAGMA user_version"), "1");
  const Migration repaired[] = {list[0], list[2]};
  EXPECT_TRUE(migrate(**database, repaired));
  EXPECT_EQ(run_sql(path, "PRAGMA user_version"), "2");
}

TEST(SqliteFile, RefusesFilesThatAreNotDatabases) {
  const TemporaryFolder folder;
  const std::string garbage = folder.file("garbage");
  std::ofstream(garbage) << std::string(10'000, 'x');
  const auto refused = open_store(garbage);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("'" + garbage + "' is not a SQLite database"));
  EXPECT_FALSE(open_store(folder.file(""))) << "a folder";
  const auto nowhere = open_store(garbage + "/runs.sqlite");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("cannot make the folder '" + garbage + "'"));
}

TEST(SqliteFile, DamageIsAnErrorAndNeverACrash) {
  const TemporaryFolder folder;
  const std::string good = folder.file("good.sqlite");
  write_sample(good);
  run_sql(good, "PRAGMA wal_checkpoint(TRUNCATE)");
  std::ifstream in(good, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const auto expected = opened(good)->load_run("r");
  int noticed = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    SampleRun sample(seed);
    std::string damaged = bytes;
    const std::size_t page = 4'096 * sample.below(damaged.size() / 4'096);
    for (std::size_t i = 0; i < 4'096; ++i)
      damaged[page + i] = static_cast<char>(sample.below(256));
    if (sample.coin()) damaged.resize(page + sample.below(4'096));
    const std::string path = folder.file("damaged" + std::to_string(seed));
    std::ofstream(path, std::ios::binary) << damaged;
    const auto store = open_store(path);
    if (damaged.empty()) continue;  // an empty file is a new database
    const auto run = store ? (*store)->load_run("r") : fail(store.error());
    noticed += !run || run->episodes != expected->episodes;
  }
  EXPECT_GT(noticed, 20);
}

TEST(SqliteFile, AFullDiskIsAnErrorAndKeepsWhatWasStored) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  const auto store = opened(path, {.largest_pages = 100});
  ASSERT_TRUE(store->create_run(new_run("r")));
  SampleRun sample(1);
  std::vector<EpisodeEvent> stored;
  Status status;
  for (std::int64_t sequence = 0; sequence < 5'000 && status; ++sequence) {
    const EpisodeEvent event = sample.event(sequence);
    status = store->append_events("r", first_plan, {&event, 1});
    if (status) stored.push_back(event);
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unavailable);
  EXPECT_THAT(status.error().message, HasSubstr("the disk is full"));
  const auto run = store->load_run("r");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->episodes.at(0).events, stored);
}

// Runs work in a child process and gives its exit code.
template <class Work>
int in_child(Work work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(SqliteFile, AReadOnlyFileIsNamed) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  write_sample(path);
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_read | perms::group_read | perms::others_read);
  std::filesystem::permissions(std::filesystem::path(path).parent_path(),
                               perms::owner_all | perms::group_read | perms::group_exec |
                                   perms::others_read | perms::others_exec);
  const int code = in_child([&] {
    if (geteuid() == 0 && setuid(65'534) != 0) return 1;  // permissions do not bind root
    const auto store = open_store(path);
    if (store) return 2;
    const bool right = store.error().code == ErrorCode::unavailable &&
                       store.error().message.find("read-only") != std::string::npos &&
                       store.error().message.find(path) != std::string::npos;
    if (!right) std::fputs(error_text(store.error()).c_str(), stderr);
    return right ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST(SqliteFile, TwoProcessesWriteAtOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  constexpr int events = 100;
  std::vector<pid_t> children;
  for (int child = 0; child < 3; ++child) {
    const pid_t pid = fork();
    if (pid == 0) {
      const auto store = open_store(path);  // all create it at once
      const std::string id = "run" + std::to_string(child);
      if (!store) std::fputs(error_text(store.error()).c_str(), stderr);
      if (!store || !(*store)->create_run(new_run(id))) _exit(1);
      SampleRun sample(static_cast<std::uint64_t>(child));
      for (std::int64_t sequence = 0; sequence < events; ++sequence) {
        const EpisodeEvent event = sample.event(sequence);
        if (!(*store)->append_events(id, first_plan, {&event, 1})) _exit(2);
      }
      _exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const auto store = opened(path);
  for (int child = 0; child < 3; ++child) {
    const auto run = store->load_run("run" + std::to_string(child));
    ASSERT_TRUE(run);
    EXPECT_EQ(run->episodes.at(0).events,
              SampleRun(static_cast<std::uint64_t>(child)).events(0, events));
  }
}

// Writes events until it is killed, and says after each how many are stored.
[[noreturn]] void write_until_killed(const std::string& path, int report) {
  const auto store = open_store(path);
  if (!store) _exit(1);
  const auto run = (*store)->load_run("r");
  if (!run) _exit(2);
  std::int64_t stored =
      run->episodes.empty() ? 0 : static_cast<std::int64_t>(run->episodes[0].events.size());
  for (;;) {
    SampleRun sample(static_cast<std::uint64_t>(stored));
    const auto events = sample.events(stored, 1 + sample.below(3));
    if (!(*store)->append_events("r", first_plan, events)) _exit(3);
    stored += static_cast<std::int64_t>(events.size());
    if (write(report, &stored, sizeof stored) != sizeof stored) _exit(4);
  }
}

// The events that such writers store, in the same pieces.
std::vector<EpisodeEvent> written_events(std::size_t count) {
  std::vector<EpisodeEvent> all;
  while (all.size() < count) {
    SampleRun sample(all.size());
    for (EpisodeEvent& event :
         sample.events(static_cast<std::int64_t>(all.size()), 1 + sample.below(3)))
      all.push_back(std::move(event));
  }
  return all;
}

TEST(SqliteFile, AKilledWriterLosesNoStoredEvent) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  ASSERT_TRUE(opened(path)->create_run(new_run("r")));
  SampleRun random(20'261'123);
  std::int64_t acknowledged = 0;
  for (int kill_number = 0; kill_number < 120; ++kill_number) {
    SCOPED_TRACE(kill_number);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) write_until_killed(path, ends[1]);
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(40'000)));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed with " << WEXITSTATUS(status);
    for (std::int64_t stored = 0; read(ends[0], &stored, sizeof stored) == sizeof stored;)
      acknowledged = stored;
    close(ends[0]);
  }
  const auto run = opened(path)->load_run("r");
  ASSERT_TRUE(run) << error_text(run.error());
  ASSERT_GT(acknowledged, 100);
  const auto& events = run->episodes.at(0).events;
  EXPECT_GE(static_cast<std::int64_t>(events.size()), acknowledged);
  EXPECT_EQ(events, written_events(events.size())) << "every piece is whole";
  EXPECT_EQ(run_sql(path, "PRAGMA integrity_check"), "ok");
}

TEST(SqliteFile, WaitsForAnotherWriterAndThenSaysThatItIsBusy) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  const auto store = opened(path, {.busy_timeout_ms = 50});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  const Status status = store->create_run(new_run("r"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::unavailable);
  EXPECT_THAT(status.error().message, HasSubstr("busy"));
  EXPECT_TRUE(store->list_runs(10, {})) << "readers do not wait";
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_TRUE(store->create_run(new_run("r")));
}

// A store of a process that was killed at once, holding run "r".
void create_and_die(const std::string& path) {
  EXPECT_EQ(in_child([&] {
              auto store = open_store(path);
              if (!store || !(*store)->create_run(new_run("r"))) return 1;
              (void)store->release();  // a killed process lets nothing go
              return 0;
            }),
            0);
}

TEST(SqliteFile, ARunOfADeadProcessIsInterruptedAndFree) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  create_and_die(path);
  EXPECT_EQ(run_sql(path, "SELECT count(*) FROM workers"), "1");
  const auto store = opened(path);
  EXPECT_EQ(store->list_runs(1, {})->runs.at(0).state, RunState::interrupted);
  EXPECT_FALSE(store->load_run("r")->summary.worker);
  ASSERT_TRUE(store->claim_run("r"));
  const auto claimed = store->load_run("r")->summary;
  EXPECT_EQ(claimed.state, RunState::running);
  ASSERT_TRUE(claimed.worker);
  EXPECT_EQ(claimed.worker->process, getpid());
}

TEST(SqliteFile, AClaimOfAnotherMachineEndsAWhileAfterItsLastWrite) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  create_and_die(path);
  run_sql(path, "UPDATE workers SET machine = 'elsewhere', host = 'far-away', process = 77");
  const auto store = opened(path);
  EXPECT_EQ(store->load_run("r")->summary.state, RunState::running);
  const auto refused = store->claim_run("r");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message,
              HasSubstr("run 'r' is being worked on by process 77 on far-away, since 2"));
  run_sql(path, "UPDATE workers SET renewed_at = renewed_at - 31");
  EXPECT_EQ(store->load_run("r")->summary.state, RunState::interrupted);
  EXPECT_TRUE(store->claim_run("r"));
}

TEST(SqliteFile, AClaimIsRenewedWhileItsStoreLives) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  const auto store = opened(path, {.lease_seconds = 1});
  ASSERT_TRUE(store->create_run(new_run("r")));
  run_sql(path, "UPDATE workers SET renewed_at = 0");
  for (int i = 0; i < 100 && run_sql(path, "SELECT renewed_at FROM workers") == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_NE(run_sql(path, "SELECT renewed_at FROM workers"), "0");
}

TEST(SqliteFile, AFileOfTheFirstVersionIsBroughtUpToDate) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  {
    auto database = open_database(path, {});
    ASSERT_TRUE(database);
    ASSERT_TRUE((*database)->make_durable());
    ASSERT_TRUE(migrate(**database, migrations().first(1)));
  }
  DatabaseOptions reading;
  reading.read_only = true;
  const auto refused = open_store(path, reading);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("has schema version 1"));
  EXPECT_EQ(run_sql(path, "PRAGMA user_version"), "1") << "a reader changes nothing";
  EXPECT_TRUE(opened(path)->create_run(new_run("r")));
}

TEST(SqliteFile, WhyABeliefIsUnparseableIsKeptAndMissesWhereTheVersionBeforeWrote) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  const auto store = opened(path);
  ASSERT_TRUE(store->create_run(new_run("r")));
  const EpisodeEvent first{0, 0, "", BeliefUnparseable{"P(y)", "0.1 or 0.2", "several numbers"}};
  ASSERT_TRUE(store->append_events("r", first_plan, std::vector<EpisodeEvent>{first}));
  EXPECT_EQ(run_sql(path, "SELECT reason FROM events"), "several numbers");
  EXPECT_EQ(run_sql(path,
                    "INSERT INTO events (episode, sequence, phase, regime, kind, query, text)"
                    " VALUES (1, 1, 0, '', 'belief_unparseable', 'P(y)', 'hm')"),
            "");
  EXPECT_THAT(run_sql(path,
                      "INSERT INTO events (episode, sequence, phase, regime, kind, query, text,"
                      " reason) VALUES (1, 2, 0, '', 'belief_refused', 'P(y)', 'no', 'why')"),
              HasSubstr("CHECK constraint failed"));
  const auto run = store->load_run("r");
  ASSERT_TRUE(run);
  ASSERT_EQ(run->episodes.at(0).events.size(), 2);
  EXPECT_EQ(run->episodes[0].events[0], first);
  EXPECT_EQ(run->episodes[0].events[1].content, EventContent(BeliefUnparseable{"P(y)", "hm", ""}));
}

TEST(SqliteFile, AUrlOfAnotherKindIsNoFileAndIsNotRepeated) {
  const TemporaryFolder folder;
  const auto store = open_store(folder.file("mysql://u:hidden@h/d"));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(error_text(store.error()), testing::Not(HasSubstr("hidden")));
  EXPECT_FALSE(std::filesystem::exists(folder.file("mysql:")));
}

TEST(SqliteFile, AReaderNeedsNoRightToWrite) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  write_sample(path);
  using std::filesystem::perms;
  const auto all_may_read = perms::owner_read | perms::group_read | perms::others_read;
  std::filesystem::permissions(path, all_may_read);
  std::filesystem::permissions(
      std::filesystem::path(path).parent_path(),
      all_may_read | perms::owner_all | perms::group_exec | perms::others_exec);
  DatabaseOptions reading;
  reading.read_only = true;
  const auto read = [&] {
    if (geteuid() == 0 && setuid(65'534) != 0) return 1;
    const auto store = open_store(path, reading);
    if (!store) return 2;
    const auto run = (*store)->load_run("r");
    if (!run || run->episodes.at(0).events.size() != 51) return 3;
    const auto refused = (*store)->create_run(new_run("s"));
    return !refused && refused.error().code == ErrorCode::unavailable ? 0 : 4;
  };
  EXPECT_EQ(in_child(read), 0) << "nobody writes";
  const auto writer = opened(path);
  ASSERT_TRUE(writer->create_run(new_run("t")));
  EXPECT_EQ(in_child(read), 0) << "while another one writes";
}

TEST(SqliteFile, OpeningAndReadingWaitForNoWriter) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  write_sample(path);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  const auto begun = std::chrono::steady_clock::now();
  const auto store = opened(path);
  ASSERT_TRUE(store);
  std::thread writer([&] { EXPECT_TRUE(store->create_run(new_run("s"))); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // it holds the store, and waits
  EXPECT_TRUE(store->load_run("r"));
  EXPECT_TRUE(store->list_runs(10, {}));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4));
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  writer.join();
}

// Holds the write lock for 40 of every 50 ms, as a run on a slow disk does.
TEST(SqliteFile, AWriterGetsItsTurnBetweenTheWritesOfABusyOne) {
  const TemporaryFolder folder;
  const std::string path = folder.file("runs.sqlite");
  const auto store = opened(path);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    sqlite3* other = nullptr;
    sqlite3_open(path.c_str(), &other);
    while (!stop) {
      sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    sqlite3_close(other);
  });
  const auto begun = std::chrono::steady_clock::now();
  constexpr int runs = 10;
  for (int i = 0; i < runs; ++i) EXPECT_TRUE(store->create_run(new_run("r" + std::to_string(i))));
  const auto elapsed = std::chrono::steady_clock::now() - begun;
  stop = true;
  busy.join();
  // Each waits for one turn, now and then for another.
  EXPECT_LT(elapsed, runs * std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace causal_gym
