// PostgreSQL itself: constraints, versions, servers that go away, holders that stand still.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "platform/store/exchange_store.h"
#include "platform/store/open_store.h"
#include "platform/store/postgres_errors.h"
#include "platform/store/sample_run.h"
#include "platform/store/schema.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const EpisodePlan first_plan{0, "chain-v1", "ideal", 0, 1};

NewRun new_run(const std::string& id) {
  return {id, "2026-11-23T23:51:02.007Z", SampleRun(1).specification()};
}

std::unique_ptr<RunStore> opened(const std::string& url, const DatabaseOptions& options = {}) {
  auto store = open_store(url, options);
  EXPECT_TRUE(store) << error_text(store.error());
  return store ? *std::move(store) : nullptr;
}

std::string name_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

std::string sql(const std::string& url, const std::string& text) {
  return postgres_server().as_superuser(text, name_of(url));
}

void write_sample(RunStore& store) {
  ASSERT_TRUE(store.create_run(new_run("r")));
  SampleRun sample(3);
  std::vector<EpisodeEvent> events = sample.events(0, 50);
  events.push_back(SampleRun::end(50));
  EpisodeResult result = sample.result(first_plan);
  result.beliefs.push_back({});
  result.beliefs.back().belief = 0.5;
  result.interventions.push_back({});
  ASSERT_TRUE(store.finish_episode("r", events, result));
}

TEST(Postgres, TheTablesRefuseWhatIsNotTrue) {
  const std::string url = postgres_server().new_database();
  write_sample(*opened(url));
  for (const char* text :
       {"UPDATE events SET phase = 9", "DELETE FROM events", "TRUNCATE events",
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
    EXPECT_THAT(sql(url, text), HasSubstr("error: ")) << text;
}

TEST(Postgres, WhyABeliefIsUnparseableIsKeptAndMissesWhereTheVersionBeforeWrote) {
  const std::string url = postgres_server().new_database();
  const auto store = opened(url);
  ASSERT_TRUE(store->create_run(new_run("r")));
  const EpisodeEvent first{0, 0, "", BeliefUnparseable{"P(y)", "0.1 or 0.2", "several numbers"}};
  ASSERT_TRUE(store->append_events("r", first_plan, std::vector<EpisodeEvent>{first}));
  EXPECT_EQ(sql(url, "SELECT reason FROM events"), "several numbers");
  const std::string insert =
      "INSERT INTO events (episode, sequence, phase, regime, kind, query, text";
  EXPECT_THAT(sql(url, insert + ") VALUES (1, 1, 0, '', 'belief_unparseable', 'P(y)', 'hm')"),
              testing::Not(HasSubstr("error")));
  EXPECT_THAT(
      sql(url, insert + ", reason) VALUES (1, 2, 0, '', 'belief_refused', 'P(y)', 'no', 'why')"),
      HasSubstr("violates check constraint"));
  const auto run = store->load_run("r");
  ASSERT_TRUE(run);
  ASSERT_EQ(run->episodes.at(0).events.size(), 2);
  EXPECT_EQ(run->episodes[0].events[0], first);
  EXPECT_EQ(run->episodes[0].events[1].content, EventContent(BeliefUnparseable{"P(y)", "hm", ""}));
}

TEST(Postgres, RefusesANewerVersionAndADatabaseOfAnotherProgram) {
  const std::string url = postgres_server().new_database();
  opened(url);
  EXPECT_EQ(sql(url, "SELECT max(version) FROM causal_gym_schema"),
            std::to_string(migrations().size()));
  sql(url, "INSERT INTO causal_gym_schema VALUES (999, 'x', 999, '')");
  const auto newer = open_store(url);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, ErrorCode::conflict);
  EXPECT_THAT(newer.error().message, HasSubstr("schema version 999"));
  const std::string other = postgres_server().new_database();
  sql(other, "CREATE TABLE public.songs (name text)");
  const auto foreign = open_store(other);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::conflict);
  EXPECT_THAT(foreign.error().message, HasSubstr("another program"));
}

TEST(Postgres, AProgramOfTheVersionBeforeGoesOnBesideACompatibleMigration) {
  const std::string url = postgres_server().new_database();
  const Migration list[] = {
      {"0001", "CREATE TABLE a (x {integer});"},
      {"0002", "-- compatible: b may be missing\nALTER TABLE a ADD COLUMN b {integer};"},
      {"0003", "ALTER TABLE a DROP COLUMN x;"}};
  const auto check = [&](const std::string& target) {
    const auto database = open_database(target, {}).value();
    const auto is_accepted = [&](std::size_t known) {
      auto transaction = Transaction::begin(*database, TransactionKind::read);
      return check_schema(*database, {list, known}).has_value();
    };
    ASSERT_TRUE(migrate(*database, {list, 2}));
    EXPECT_TRUE(is_accepted(1));
    EXPECT_TRUE(migrate(*database, {list, 1})) << "and changes nothing";
    ASSERT_TRUE(migrate(*database, {list, 3}));
    EXPECT_FALSE(is_accepted(2)) << "what it reads is gone";
    EXPECT_FALSE(is_accepted(1)) << "two versions behind";
  };
  check(url);
  const TemporaryFolder folder;
  check(folder.file("a.sqlite"));
}

// A release brings several migrations; each says which programs go on beside it.
TEST(Postgres, AProgramOfTheReleaseBeforeGoesOnBesideAllItsCompatibleMigrations) {
  const Migration list[] = {
      {"0001", "CREATE TABLE a (x {integer});"},
      {"0002", "-- compatible: b may be missing\nALTER TABLE a ADD COLUMN b {integer};"},
      {"0003", "-- compatible with: 1, which knows no c\nALTER TABLE a ADD COLUMN c {integer};"},
      {"0004", "-- compatible with: 2, which writes b\nALTER TABLE a ADD COLUMN d {integer};"},
      {"0005", "-- compatible: d is there\nALTER TABLE a ADD COLUMN e {integer};"}};
  const auto check = [&](const std::string& target) {
    const auto database = open_database(target, {}).value();
    const auto is_accepted = [&](std::size_t known) {
      auto transaction = Transaction::begin(*database, TransactionKind::read);
      return check_schema(*database, {list, known});
    };
    ASSERT_TRUE(migrate(*database, {list, 3}));
    EXPECT_TRUE(is_accepted(2));
    EXPECT_TRUE(is_accepted(1)) << "two migrations behind";
    EXPECT_TRUE(migrate(*database, {list, 1})) << "and changes nothing";
    ASSERT_TRUE(migrate(*database, {list, 4}));
    EXPECT_TRUE(is_accepted(3));
    EXPECT_TRUE(is_accepted(2));
    const auto refused = is_accepted(1);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("has schema version 4, this program knows up to"
                                                   " 1 and would have to know 2"));
    ASSERT_TRUE(migrate(*database, list));
    EXPECT_TRUE(is_accepted(4));
    EXPECT_FALSE(is_accepted(2)) << "0005 says nothing of it";
    ASSERT_TRUE(database->execute("DELETE FROM causal_gym_schema WHERE version = 4"));
    EXPECT_FALSE(is_accepted(3)) << "nothing is said of 0004";
  };
  check(postgres_server().new_database());
  const TemporaryFolder folder;
  check(folder.file("a.sqlite"));
}

TEST(Postgres, ManyBringItUpToDateAtOnce) {
  const std::string url = postgres_server().new_database();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] { good += open_store(url).has_value() ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 6);
}

TEST(Postgres, NoPasswordIsTold) {
  const std::string good = postgres_server().new_database();
  std::string wrong = good;
  wrong.replace(wrong.find("p%40ss"), 6, "s3cret");
  for (const std::string& url :
       {wrong, good + "?connect_timeout=s3cret", std::string("postgresql://u:s3cret@[::1/x"),
        std::string("postgresql://u:s3cret%zz@127.0.0.1/x")}) {
    const auto refused = open_store(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_THAT(error_text(refused.error()), Not(HasSubstr("s3cret@")));
    EXPECT_THAT(error_text(refused.error()), Not(HasSubstr(":s3cret")));
    EXPECT_THAT(error_text(refused.error()), Not(HasSubstr("p%40ss")));
  }
  EXPECT_THAT(open_store(wrong).error().message, HasSubstr("'postgresql://causal_user@127.0.0.1:"));
}

TEST(Postgres, NoMoreConnectionsThanTheLimit) {
  const std::string url = postgres_server().new_database();
  const auto store = opened(url, {.connections = 2});
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k)
        good += store->create_run(new_run("r" + std::to_string(i * 5 + k))).has_value() ? 1 : 0;
    });
  int most = 0;
  while (good < 60 && !testing::Test::HasFailure()) {
    most = std::max(most, std::stoi(sql(url,
                                        "SELECT count(*) FROM pg_stat_activity"
                                        " WHERE usename = 'causal_user'"
                                        " AND datname = current_database()")));
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 60);
  EXPECT_LE(most, 2);
}

TEST(Postgres, ErrorsSayWhatIsWrong) {
  EXPECT_THAT(postgres_error("53100", "could not extend file", "d").message,
              HasSubstr("the disk is full"));
  EXPECT_THAT(postgres_error("25006", "cannot execute INSERT", "d").message,
              HasSubstr("'d' is read-only"));
  EXPECT_EQ(postgres_error("23505", "duplicate", "d").code, ErrorCode::conflict);
  EXPECT_EQ(postgres_error("23514", "check", "d").code, ErrorCode::invalid_argument);
  EXPECT_TRUE(ends_connection("57P03"));
  EXPECT_FALSE(ends_connection("57014"));
}

TEST(Postgres, AServerThatWentAwayIsNamedAndWhatCameBackIsUsed) {
  const std::string url = postgres_server().new_database();
  const auto store = opened(url, {.patience_ms = 200});
  ASSERT_TRUE(store->create_run(new_run("r")));
  postgres_server().kill();
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = store->append_events("r", first_plan, SampleRun(1).events(0, 1));
  const auto unread = store->load_run("r");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
  ASSERT_FALSE(refused);
  ASSERT_FALSE(unread);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("127.0.0.1"));
  EXPECT_THAT(refused.error().message, HasSubstr(name_of(url)));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("p%40ss")));
  postgres_server().start();
  const auto back = std::chrono::steady_clock::now();
  while (!store->append_events("r", first_plan, SampleRun(1).events(0, 1)))
    ASSERT_LT(std::chrono::steady_clock::now() - back, 5s);
}

Exchange exchange(std::int64_t episode, std::int64_t sequence) {
  Exchange made;
  made.key = {"r", episode, sequence, 0};
  made.provider = "openai";
  made.base_url = "https://api.example/v1";
  made.model = "some-model";
  made.cache_key = std::string(64, '0');
  made.request_body = "{}";
  made.status = 200;
  made.response_body = std::string("\0\xff reply", 8);
  made.cost_usd = 0.1;
  made.attempts = {{{}, 0, 0.25, 200, {}, "", ""}};
  made.attempts[0].charge = {1, 120, 7, 0.1};
  return made;
}

// Writes from many threads while the server is disturbed; what was acknowledged is there, once.
class Load {
 public:
  explicit Load(const std::string& url)
      : store_(opened(url)), exchanges_(ExchangeStore::open(url).value()) {
    EXPECT_TRUE(store_->create_run(new_run("r")));
    for (std::int64_t t = 0; t < writers; ++t) threads_.emplace_back([this, t] { write(t); });
  }
  void stop() {
    is_over_ = true;
    for (auto& thread : threads_) thread.join();
  }
  [[nodiscard]] int written() const { return written_; }
  // An acknowledged write after now, within the time.
  [[nodiscard]] bool goes_on_within(std::chrono::milliseconds time) const {
    const auto before = written_.load();
    const auto begun = std::chrono::steady_clock::now();
    while (written_ < before + writers)
      if (std::chrono::steady_clock::now() - begun > time)
        return false;
      else
        std::this_thread::sleep_for(1ms);
    return true;
  }
  void check() {
    const auto run = store_->load_run("r");
    ASSERT_TRUE(run) << error_text(run.error());
    ASSERT_EQ(run->episodes.size(), static_cast<std::size_t>(writers));
    for (std::int64_t t = 0; t < writers; ++t)
      EXPECT_EQ(run->episodes[static_cast<std::size_t>(t)].events.size(),
                static_cast<std::size_t>(acknowledged_[static_cast<std::size_t>(t)]));
    const auto said = exchanges_->of_run("r").value();
    EXPECT_EQ(said.size(), static_cast<std::size_t>(written_)) << "none lost, none twice";
    std::set<std::pair<std::int64_t, std::int64_t>> once;
    for (const auto& each : said) once.emplace(each.key.episode, each.key.sequence);
    EXPECT_EQ(once.size(), said.size());
    EXPECT_EQ(exchanges_->spent_by("r")->spent.calls, written_);
    EXPECT_EQ(failures_, 0);
  }

 private:
  static constexpr std::int64_t writers = 4;

  void write(std::int64_t t) {
    EpisodePlan plan = first_plan;
    plan.index = t;
    for (std::int64_t sequence = 0; !is_over_; ++sequence) {
      const auto event = SampleRun(static_cast<std::uint64_t>(sequence)).event(sequence);
      const auto stored = store_->append_events("r", plan, {&event, 1});
      const auto said = exchange(t, sequence);
      const auto recorded = exchanges_->record({&said, 1}, 1);
      if (!stored || !recorded) {
        ++failures_;
        ADD_FAILURE() << error_text((stored ? recorded : stored).error());
        return;
      }
      acknowledged_[static_cast<std::size_t>(t)] = sequence + 1;
      ++written_;
    }
  }

  std::unique_ptr<RunStore> store_;
  std::unique_ptr<ExchangeStore> exchanges_;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> written_ = 0;
  std::atomic<int> failures_ = 0;
  std::array<std::int64_t, writers> acknowledged_{};
  std::vector<std::thread> threads_;
};

TEST(Postgres, KilledFiftyTimesUnderLoadItLosesAndDoublesNothing) {
  const std::string url = postgres_server().new_database();
  Load load(url);
  SampleRun random(20'261'126);
  for (int kill_number = 0; kill_number < 50 && !HasFailure(); ++kill_number) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(120)));
    postgres_server().kill();
    postgres_server().start();
    EXPECT_TRUE(load.goes_on_within(5s));
  }
  load.stop();
  load.check();
}

TEST(Postgres, ConnectionsCutAtAnyMomentLoseAndDoubleNothing) {
  const std::string url = postgres_server().new_database();
  for (const bool is_through_bouncer : {false, true}) {
    const std::string own = is_through_bouncer ? postgres_server().new_database() : url;
    Load load(is_through_bouncer ? postgres_server().through_bouncer(own) : own);
    SampleRun random(5);
    for (int cut = 1; cut <= 200; ++cut) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random.below(10)));
      sql(own,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
          " WHERE usename = 'causal_user' AND datname = current_database()");
      // Also what asks whether a commit was kept is cut, but not for longer than a store is
      // patient, which on a slow machine all of the cuts are.
      if (cut % 10 == 0) {
        EXPECT_TRUE(load.goes_on_within(5s)) << cut;
      }
    }
    load.stop();
    load.check();
  }
}

TEST(Postgres, AHolderThatStoodStillIsRefused) {
  const std::string url = postgres_server().new_database();
  opened(url);
  int to_child[2];
  int to_parent[2];
  ASSERT_EQ(pipe(to_child) + pipe(to_parent), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = open_store(url, {.lease_seconds = 1});
    char byte = 'x';
    if (!store || !(*store)->create_run(new_run("r"))) _exit(1);
    if (!(*store)->append_events("r", first_plan, SampleRun(1).events(0, 1))) _exit(2);
    if (write(to_parent[1], &byte, 1) != 1 || read(to_child[0], &byte, 1) != 1) _exit(3);
    const auto late = (*store)->append_events("r", first_plan, SampleRun(1).events(1, 1));
    if (late) _exit(4);
    if (late.error().code != ErrorCode::conflict) _exit(5);
    _exit(late.error().message.find("was taken over") != std::string::npos ? 0 : 6);
  }
  char byte = 'x';
  ASSERT_EQ(read(to_parent[0], &byte, 1), 1);
  const auto store = opened(url, {.lease_seconds = 1});
  std::this_thread::sleep_for(2500ms);
  EXPECT_FALSE(store->claim_run("r")) << "it lives, and renews its lease";
  kill(child, SIGSTOP);
  std::this_thread::sleep_for(2500ms);
  EXPECT_EQ(store->load_run("r")->summary.state, RunState::interrupted);
  EXPECT_TRUE(store->claim_run("r"));
  // Free again, and yet no longer the first one's.
  EXPECT_TRUE(store->set_run_state("r", RunState::interrupted, ""));
  kill(child, SIGCONT);
  ASSERT_EQ(write(to_child[1], &byte, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "exit code " << WEXITSTATUS(status);
}

TEST(Postgres, ExchangesAreAsThoseOfSqlite) {
  const TemporaryFolder folder;
  std::vector<std::vector<StoredExchange>> said;
  std::vector<Spending> spent;
  std::vector<std::map<std::string, std::string>> addresses;
  std::vector<std::vector<LeftOut>> left_out;
  for (const std::string& target : {folder.file("a.sqlite"), postgres_server().new_database()}) {
    const auto runs = opened(target);
    ASSERT_TRUE(runs->create_run(new_run("r")));
    const auto store = ExchangeStore::open(target).value();
    SampleRun sample(11);
    for (std::int64_t i = 0; i < 40; ++i) {
      auto each = exchange(static_cast<std::int64_t>(sample.below(3)), i % 7);
      each.response_body = sample.bytes();
      each.failure_message = sample.bytes();
      each.base_url = sample.coin() ? "http://a/v1" : "http://b/v1";
      each.cost_usd = std::abs(sample.belief());
      each.headers = {{sample.text(), sample.bytes()}};
      each.attempts.push_back(each.attempts[0]);
      if (sample.coin()) each.attempts[0].failure = FailureKind::unsupported_parameter;
      each.attempts[0].parameter = sample.coin() ? "temperature" : "";
      each.attempts[1].charge.cost_usd = sample.belief();
      if (sample.coin()) each.failure = FailureKind::timeout;
      ASSERT_TRUE(store->record({&each, 1}, i));
    }
    said.push_back(store->of_run("r").value());
    spent.push_back(store->spent_by("r").value());
    addresses.push_back(store->addresses_of("r").value());
    left_out.push_back(store->left_out_by("r").value());
  }
  ASSERT_EQ(said[0].size(), 40U);
  for (std::size_t i = 0; i < said[0].size(); ++i) {
    EXPECT_EQ(said[0][i].key, said[1][i].key);
    EXPECT_EQ(said[0][i].response.body, said[1][i].response.body);
    EXPECT_EQ(said[0][i].response.headers, said[1][i].response.headers);
    EXPECT_EQ(said[0][i].failure_message, said[1][i].failure_message);
    EXPECT_EQ(said[0][i].failure, said[1][i].failure);
  }
  EXPECT_EQ(spent[0].spent, spent[1].spent);
  EXPECT_EQ(spent[0].calls_of_unknown_cost, spent[1].calls_of_unknown_cost);
  EXPECT_EQ(addresses[0], addresses[1]);
  EXPECT_EQ(left_out[0], left_out[1]);
}

}  // namespace
}  // namespace causal_gym
