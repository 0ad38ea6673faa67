// What every store must do as a queue of jobs: on SQLite, PostgreSQL, and through PgBouncer.
#include <fmt/chrono.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "platform/config/temporary_folder.h"
#include "platform/store/exchange_store.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"
#include "platform/store/sql_account_store.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

const EpisodePlan first_plan{0, "chain-v1", "ideal", 0, 1};
constexpr const char* any_time = "2026-11-23T23:51:02.007Z";

class JobConformance : public testing::TestWithParam<const char*> {
 protected:
  JobConformance() {
    const std::string kind = GetParam();
    target = kind == "Sqlite" ? folder_.file("runs.sqlite") : postgres_server().new_database();
    if (kind == "PgBouncer") target = postgres_server().through_bouncer(target);
    store = open();
  }

  std::unique_ptr<JobStore> open(std::int64_t lease_seconds = 30) const {
    DatabaseOptions options;
    options.lease_seconds = lease_seconds;
    auto opened = open_store(target, options);
    EXPECT_TRUE(opened) << error_text(opened.error());
    return *std::move(opened);
  }
  void put(const std::string& id, std::int64_t priority = 0) {
    const auto status =
        store->create_job({id, any_time, SampleRun(1).specification()}, {.priority = priority});
    EXPECT_TRUE(status) << error_text(status.error());
  }
  // The run of the job that is taken; "" when none is ready.
  static std::string taken_by(JobStore& by) {
    const auto jobs = by.take_jobs(1);
    EXPECT_TRUE(jobs) << error_text(jobs.error());
    return jobs && !jobs->empty() ? jobs->front().run : "";
  }
  // As of stores that are not heard of any more.
  void lose_leases() const {
    const auto database = open_database(target, {});
    ASSERT_TRUE(database) << error_text(database.error());
    ASSERT_TRUE((*database)->execute("UPDATE workers SET renewed_at = 1"));
  }
  RunState state_of(const std::string& id) const { return store->load_run(id)->summary.state; }

  const TemporaryFolder folder_;
  std::string target;
  std::unique_ptr<JobStore> store;
};

TEST_P(JobConformance, TheOldestThatWaitsForItsFirstTurnIsKnown) {
  EXPECT_EQ(*store->oldest_wait(), 0);
  put("a");
  put("b");
  const auto database = open_database(target, {});
  ASSERT_TRUE(database) << error_text(database.error());
  const auto created = [&](const std::string& run, int seconds_ago) {
    const auto text =
        fmt::format("{:%Y-%m-%dT%H:%M:%S}.000Z", fmt::gmtime(std::time(nullptr) - seconds_ago));
    return (*database)->execute("UPDATE experiments SET created_at = '" + text + "' WHERE id = '" +
                                run + "'");
  };
  ASSERT_TRUE(created("a", 500));
  ASSERT_TRUE(created("b", 300));
  EXPECT_NEAR(static_cast<double>(*store->oldest_wait()), 500, 20);
  EXPECT_EQ(taken_by(*store), "a");
  EXPECT_NEAR(static_cast<double>(*store->oldest_wait()), 300, 20);
  EXPECT_TRUE(store->set_run_state("a", RunState::interrupted, "stopped"));
  EXPECT_NEAR(static_cast<double>(*store->oldest_wait()), 300, 20) << "a had its first turn";
  EXPECT_TRUE(store->pause_job("b"));
  EXPECT_EQ(*store->oldest_wait(), 0);
  EXPECT_TRUE(store->resume_job("b"));
  ASSERT_TRUE(created("b", -500));
  EXPECT_EQ(*store->oldest_wait(), 0) << "a clock that was set back";
}

TEST_P(JobConformance, AJobIsTakenOnceAndDoneWhenItsRunHasEnded) {
  EXPECT_EQ(taken_by(*store), "");
  put("a");
  put("b");
  EXPECT_EQ(*store->count_jobs(), (JobCounts{.waiting = 2}));
  EXPECT_EQ(state_of("a"), RunState::running) << "it waits";
  const auto other = open();
  EXPECT_EQ(taken_by(*store), "a");
  EXPECT_EQ(taken_by(*other), "b");
  EXPECT_EQ(taken_by(*other), "");
  EXPECT_EQ(*store->count_jobs(), (JobCounts{.running = 2}));
  EXPECT_EQ(other->set_run_state("a", RunState::finished, "").error().code, ErrorCode::conflict);
  EXPECT_TRUE(store->set_run_state("a", RunState::finished, ""));
  EXPECT_TRUE(other->set_run_state("b", RunState::interrupted, "stopped"));
  EXPECT_EQ(*store->count_jobs(), (JobCounts{.waiting = 1}));
  EXPECT_EQ(taken_by(*store), "b");
  EXPECT_EQ(taken_by(*store), "");
}

TEST_P(JobConformance, AJobIsHandedFromOneThreadToAnother) {
  put("a");
  const auto jobs = store->take_jobs(1);
  ASSERT_TRUE(jobs && jobs->size() == 1);
  SampleRun sample(3);
  std::thread([&] {
    store->begin_job(jobs->front());
    EXPECT_TRUE(store->append_events("a", first_plan, sample.events(0, 1)));
    EXPECT_TRUE(store->pause_job("a"));
    EXPECT_TRUE(store->resume_job("a"));
    std::thread([&] { EXPECT_EQ(taken_by(*store), "a"); }).join();
    EXPECT_EQ(store->append_events("a", first_plan, sample.events(1, 1)).error().code,
              ErrorCode::conflict);
  }).join();
}

TEST_P(JobConformance, PriorityGoesFirstAndThenAge) {
  put("old");
  put("urgent", 5);
  put("late", -5);
  put("young");
  for (const char* expected : {"urgent", "old", "young", "late", ""})
    EXPECT_EQ(taken_by(*store), expected);
  const auto refused =
      store->create_job({"x", any_time, SampleRun(1).specification()}, {.priority = 101});
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(store->load_run("x").error().code, ErrorCode::not_found) << "all or nothing";
}

TEST_P(JobConformance, APriorityIsSetWhileARunHasNotEnded) {
  put("old");
  put("young");
  EXPECT_TRUE(store->set_job_priority("young", job_priority_limit));
  EXPECT_EQ(store->set_job_priority("old", job_priority_limit + 1).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(store->set_job_priority("none", 0).error().code, ErrorCode::not_found);
  EXPECT_EQ(taken_by(*store), "young");
  EXPECT_TRUE(store->set_job_priority("young", -1)) << "it is worked on";
  EXPECT_TRUE(store->set_run_state("young", RunState::finished, ""));
  EXPECT_EQ(store->set_job_priority("young", 0).error().code, ErrorCode::conflict);
  ASSERT_TRUE(store->create_run({"no-job", any_time, SampleRun(1).specification()}));
  EXPECT_EQ(store->set_job_priority("no-job", 0).error().code, ErrorCode::not_found);
}

TEST_P(JobConformance, ThePlacesOfJobsAreFound) {
  put("a", -5);
  put("b");
  ASSERT_TRUE(store->create_run({"no-job", any_time, SampleRun(1).specification()}));
  const std::vector<RunId> asked = {"a", "no-job", "absent", "b"};
  EXPECT_EQ(*store->find_jobs(asked), (JobPlaces{{"a", {-5, false}}, {"b", {0, false}}}));
  EXPECT_EQ(*store->find_jobs({}), JobPlaces());
  EXPECT_TRUE(store->set_job_priority("b", 7));
  EXPECT_TRUE(store->pause_job("a"));
  EXPECT_EQ(*store->find_jobs(asked), (JobPlaces{{"a", {-5, true}}, {"b", {7, false}}}));
  EXPECT_TRUE(store->resume_job("a"));
  EXPECT_TRUE(store->cancel_job("b"));
  EXPECT_EQ(*store->find_jobs(asked), (JobPlaces{{"a", {-5, false}}, {"b", {7, false}}}));
}

TEST_P(JobConformance, OwnersTakeTurns) {
  const auto accounts = open_account_store(target);
  ASSERT_TRUE(accounts) << error_text(accounts.error());
  const AuditEvent event = {1'000, "a", "made", "o", "ok", "", "", std::string(32, 'a'), 0};
  for (const std::string name : {"ada", "bob"}) {
    const User user = {name, name, Role::researcher, false, "$argon2id$hash", 1'000};
    ASSERT_TRUE((*accounts)->add_user(user, event));
  }
  const std::vector<std::pair<std::string, std::string>> runs = {
      {"a1", "ada"}, {"a2", "ada"}, {"a3", "ada"}, {"b1", "bob"}, {"b2", "bob"}};
  for (const auto& [run, owner] : runs) {
    ASSERT_TRUE((*accounts)->set_owner(run, owner, event));
    put(run);
  }
  for (const char* expected : {"a1", "b1", "a2", "b2", "a3", ""})
    EXPECT_EQ(taken_by(*store), expected);
}

TEST_P(JobConformance, ManyAreTakenAtOnceInTheOrderOfTheirTurns) {
  for (const auto* id : {"a", "b", "c", "d"}) put(id);
  put("urgent", 1);
  EXPECT_TRUE(store->pause_job("b"));
  const auto taken = [](JobStore& by, std::size_t most) {
    std::vector<std::string> runs;
    const auto jobs = by.take_jobs(most);
    EXPECT_TRUE(jobs) << error_text(jobs.error());
    if (jobs)
      for (const auto& job : *jobs) runs.push_back(job.run);
    return runs;
  };
  using Runs = std::vector<std::string>;
  EXPECT_EQ(taken(*store, 2), (Runs{"urgent", "a"}));
  const auto other = open();
  EXPECT_EQ(taken(*other, 10), (Runs{"c", "d"}));
  EXPECT_EQ(taken(*other, 10), Runs());
  EXPECT_EQ(*store->count_jobs(), (JobCounts{.running = 4, .paused = 1}));
  EXPECT_EQ(store->take_jobs(0).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(store->take_jobs(jobs_claim_limit + 1).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(other->set_run_state("a", RunState::finished, "").error().code, ErrorCode::conflict);
  EXPECT_TRUE(store->set_run_state("a", RunState::finished, ""));
  EXPECT_TRUE(other->set_run_state("c", RunState::interrupted, "stopped"));
  EXPECT_TRUE(store->resume_job("b"));
  EXPECT_EQ(taken(*store, 10), (Runs{"b", "c"}));
}

TEST_P(JobConformance, WhatTheVersionBeforeLeftIsFound) {
  put("a");
  put("b");
  const auto database = open_database(target, {});
  ASSERT_TRUE(database) << error_text(database.error());
  // It took one, which it let go of again, and ended another one; of which jobs know nothing.
  ASSERT_TRUE(
      (*database)->execute("UPDATE jobs SET waiting = 0; UPDATE experiments SET state ="
                           " 'finished' WHERE id = 'b'"));
  EXPECT_EQ(taken_by(*store), "a");
  ASSERT_TRUE((*database)->execute("UPDATE jobs SET waiting = 1"));
  EXPECT_EQ(taken_by(*store), "") << "one is held, one has ended";
  EXPECT_TRUE(store->set_run_state("a", RunState::finished, ""));
}

TEST_P(JobConformance, FailuresAreCountedAndTheLastEndsTheRun) {
  put("a");
  for (std::int64_t failure = 1; failure <= job_failures_limit; ++failure) {
    std::string run;
    for (int i = 0; i < 100 && run.empty(); ++i) {
      run = taken_by(*store);
      if (run.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    ASSERT_EQ(run, "a");
    EXPECT_EQ(*store->put_back_job("a", "it broke"), failure == job_failures_limit);
    EXPECT_EQ(taken_by(*store), "") << "not at once";
  }
  EXPECT_EQ(state_of("a"), RunState::failed);
  EXPECT_EQ(store->load_run("a")->summary.reason, "it broke");
  EXPECT_TRUE(store->resume_job("a"));
  EXPECT_EQ(taken_by(*store), "a");
}

TEST_P(JobConformance, WhatIsCancelledOrPausedIsTakenFromItsWorker) {
  put("a");
  const auto worker = open();
  SampleRun sample(3);
  EXPECT_EQ(taken_by(*worker), "a");
  EXPECT_TRUE(worker->append_events("a", first_plan, sample.events(0, 2)));
  EXPECT_TRUE(store->pause_job("a"));
  EXPECT_EQ(*store->count_jobs(), (JobCounts{.paused = 1}));
  EXPECT_EQ(worker->append_events("a", first_plan, sample.events(2, 1)).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(state_of("a"), RunState::interrupted);
  EXPECT_EQ(taken_by(*worker), "");
  EXPECT_TRUE(store->resume_job("a"));
  EXPECT_EQ(taken_by(*worker), "a");
  EXPECT_TRUE(store->cancel_job("a"));
  EXPECT_EQ(worker->append_events("a", first_plan, sample.events(2, 1)).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(worker->set_run_state("a", RunState::finished, "").error().code, ErrorCode::conflict);
  EXPECT_EQ(worker->put_back_job("a", "x").error().code, ErrorCode::conflict);
  EXPECT_EQ(state_of("a"), RunState::cancelled);
  EXPECT_EQ(taken_by(*worker), "");
  EXPECT_EQ(store->cancel_job("none").error().code, ErrorCode::not_found);
}

TEST_P(JobConformance, TheJobOfAProcessThatEndedIsTakenAtOnce) {
  put("a");
  const pid_t child = fork();  // a process that ends without letting go
  if (child == 0) {
    const auto worker = open_store(target);
    const auto jobs = worker ? (*worker)->take_jobs(1) : Result<std::vector<Job>>();
    _exit(jobs && jobs->size() == 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(state_of("a"), RunState::interrupted);
  EXPECT_EQ(taken_by(*store), "a") << "its process has ended: nobody waits for the lease";
  EXPECT_EQ(store->load_run("a")->summary.state, RunState::running);
}

TEST_P(JobConformance, OfTwoThreadsOfOneStoreTheLaterHasTheRun) {
  put("a");
  SampleRun sample(3);
  EXPECT_EQ(taken_by(*store), "a");
  EXPECT_TRUE(store->append_events("a", first_plan, sample.events(0, 1)));
  std::promise<void> is_taken, may_end;
  std::thread later([&] {
    EXPECT_TRUE(store->pause_job("a"));
    EXPECT_TRUE(store->resume_job("a"));
    EXPECT_EQ(taken_by(*store), "a");
    EXPECT_TRUE(store->append_events("a", first_plan, sample.events(1, 1)));
    is_taken.set_value();
    may_end.get_future().wait();
    EXPECT_TRUE(store->append_events("a", first_plan, sample.events(2, 1)));
    EXPECT_TRUE(store->set_run_state("a", RunState::cancelled, "done"));
  });
  is_taken.get_future().wait();
  EXPECT_EQ(store->append_events("a", first_plan, sample.events(2, 1)).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(store->put_back_job("a", "x").error().code, ErrorCode::conflict);
  may_end.set_value();
  later.join();
  EXPECT_EQ(state_of("a"), RunState::cancelled);
}

TEST_P(JobConformance, ADesertedRunIsFoundThoughOthersWait) {
  for (const auto* id : {"a", "b", "c", "d"}) put(id);
  const auto other = open();
  EXPECT_EQ(taken_by(*other), "a");
  EXPECT_EQ(taken_by(*store), "b");
  lose_leases();
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  EXPECT_EQ(taken_by(*store), "a") << "its turn is before that of the others";
}

TEST_P(JobConformance, TheSameStoreThatLostItsLeaseTakesTheRunAnew) {
  put("a");
  SampleRun sample(3);
  EXPECT_EQ(taken_by(*store), "a");
  lose_leases();
  std::thread([&] { EXPECT_EQ(taken_by(*store), "a"); }).join();
  EXPECT_EQ(store->append_events("a", first_plan, sample.events(0, 1)).error().code,
            ErrorCode::conflict);
}

TEST_P(JobConformance, ARunWhoseWorkersCrashFailsUnlessItGetsOn) {
  put("a");
  SampleRun sample(3);
  const auto crashed_times = [&](std::int64_t times) {
    for (std::int64_t i = 0; i < times; ++i) {
      EXPECT_EQ(taken_by(*store), "a") << "after " << i << " of " << times;
      lose_leases();
    }
  };
  crashed_times(job_crashes_limit);
  EXPECT_EQ(taken_by(*store), "");
  EXPECT_EQ(state_of("a"), RunState::failed);
  const auto reason = store->load_run("a")->summary.reason;
  EXPECT_NE(reason.find("5 times"), std::string::npos) << reason;
  EXPECT_TRUE(store->resume_job("a"));
  crashed_times(job_crashes_limit - 1);
  EXPECT_EQ(taken_by(*store), "a");
  EXPECT_TRUE(store->append_events("a", first_plan, sample.events(0, 1)));
  lose_leases();
  crashed_times(job_crashes_limit - 1);
  EXPECT_EQ(taken_by(*store), "");
  EXPECT_EQ(state_of("a"), RunState::failed);
}

TEST_P(JobConformance, AReplyOfALanguageModelIsGettingOnAndAFailureIsNot) {
  put("a");
  const auto exchanges = ExchangeStore::open(target).value();
  const auto crash_and_record = [&](std::optional<FailureKind> failure) {
    for (std::int64_t i = 1; i < job_crashes_limit; ++i) {
      EXPECT_EQ(taken_by(*store), "a") << "after " << i;
      lose_leases();
    }
    Exchange said;
    said.key.run = "a";
    said.cache_key = std::string(64, '0');
    said.failure = failure;
    EXPECT_TRUE(exchanges->record({&said, 1}, 1));
  };
  crash_and_record({});
  crash_and_record(FailureKind::timeout);
  EXPECT_EQ(taken_by(*store), "");
  EXPECT_EQ(state_of("a"), RunState::failed);
}

// Nobody goes away with nothing while jobs wait that no other one can be at.
TEST_P(JobConformance, ManyWorkersTakeEachJobOnce) {
  constexpr std::size_t jobs = 120, workers = 6;
  for (std::size_t i = 0; i < jobs; ++i) put("r" + std::to_string(i));
  std::mutex mutex;
  std::multiset<std::string> taken;
  std::size_t early_misses = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i)
    threads.emplace_back([&] {
      const auto worker = open();
      for (int misses = 0; misses < 3;) {
        const auto run = taken_by(*worker);
        if (!run.empty()) {
          EXPECT_TRUE(worker->set_run_state(run, RunState::finished, ""));
        }
        const std::lock_guard lock(mutex);
        if (!run.empty())
          taken.insert(run);
        else
          ++misses;
        early_misses += run.empty() && taken.size() + workers <= jobs ? 1 : 0;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(early_misses, 0u);
  for (std::string run; !(run = taken_by(*store)).empty();) taken.insert(run);
  EXPECT_EQ(taken.size(), jobs);
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), jobs);
}

INSTANTIATE_TEST_SUITE_P(Stores, JobConformance, testing::Values("Sqlite", "Postgres", "PgBouncer"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace causal_gym
