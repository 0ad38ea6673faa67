// How far a run is, read by itself, is what the whole run says: on SQLite, PostgreSQL and through
// PgBouncer.
#include "platform/store/run_progress.h"

#include <gtest/gtest.h>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

class RunProgressOf : public testing::TestWithParam<const char*> {
 protected:
  RunProgressOf() {
    const std::string kind = GetParam();
    if (kind != "Sqlite") target = postgres_server().new_database();
    if (kind == "PgBouncer") target = postgres_server().through_bouncer(target);
    store = *open_store(target);
    reader = *RunProgressReader::open(target);
  }

  // What is read, after it was compared with the run as a whole.
  RunProgress progress() {
    const auto found = reader->read("r");
    EXPECT_TRUE(found && *found);
    const auto run = store->load_run("r");
    EXPECT_TRUE(run);
    if (!found || !*found || !run) return {};
    EXPECT_EQ((*found)->state, run->summary.state);
    EXPECT_EQ((*found)->reason, run->summary.reason);
    EXPECT_EQ((*found)->planned, run->summary.episodes_planned);
    EXPECT_EQ((*found)->finished, run->summary.episodes_finished);
    return **found;
  }
  void finish_episode(std::int64_t index) {
    const auto plan = sample.plan(index);
    const std::vector<EpisodeEvent> events = {SampleRun::end(0)};
    ASSERT_TRUE(store->append_events("r", plan, events));
    ASSERT_TRUE(store->finish_episode("r", {}, sample.result(plan)));
  }

  const TemporaryFolder folder_;
  std::string target = folder_.file("runs.sqlite");
  std::unique_ptr<JobStore> store;
  std::optional<RunProgressReader> reader;
  SampleRun sample{3};
};

TEST_P(RunProgressOf, FollowsAJobFromItsQueueToItsEnd) {
  ASSERT_TRUE(store->create_job({"r", "2026-11-23T23:51:02.007Z", sample.specification()}, {}));
  EXPECT_EQ(progress(), (RunProgress{RunState::running, "", 12, 0})) << "it waits";
  ASSERT_TRUE(store->take_jobs(1));
  EXPECT_EQ(progress(), (RunProgress{RunState::running, "", 12, 0}));
  finish_episode(0);
  EXPECT_EQ(progress().finished, 1);
  ASSERT_TRUE(store->pause_job("r"));
  EXPECT_EQ(progress(), (RunProgress{RunState::interrupted, "paused", 12, 1}));
  ASSERT_TRUE(store->resume_job("r"));
  ASSERT_TRUE(store->take_jobs(1));
  EXPECT_EQ(progress().state, RunState::running);
  finish_episode(5);
  EXPECT_EQ(progress().finished, 2);
  ASSERT_TRUE(store->set_run_state("r", RunState::failed, "out of luck"));
  EXPECT_EQ(progress(), (RunProgress{RunState::failed, "out of luck", 12, 2}));
}

TEST_P(RunProgressOf, ARunWhoseStoreIsGoneIsInterrupted) {
  {
    const auto other = *open_store(target);
    ASSERT_TRUE(other->create_run({"r", "2026-11-23T23:51:02.007Z", sample.specification()}));
    EXPECT_EQ(progress().state, RunState::running);
  }
  EXPECT_EQ(progress().state, RunState::interrupted);
}

TEST_P(RunProgressOf, ThereIsNoneOfNoRun) {
  const auto found = reader->read("r");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

INSTANTIATE_TEST_SUITE_P(Stores, RunProgressOf, testing::Values("Sqlite", "Postgres", "PgBouncer"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace causal_gym
