// What every store must do with the shards of runs: on SQLite, PostgreSQL, and through PgBouncer.
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

constexpr const char* any_time = "2026-11-23T23:51:02.007Z";
constexpr std::int64_t trials = 40;  // three shards: 16, 16 and 8

class ShardConformance : public testing::TestWithParam<const char*> {
 protected:
  ShardConformance() {
    const std::string kind = GetParam();
    target = kind == "Sqlite" ? folder_.file("runs.sqlite") : postgres_server().new_database();
    if (kind == "PgBouncer") target = postgres_server().through_bouncer(target);
    store = open();
    other = open();
  }

  std::unique_ptr<JobStore> open() const {
    auto opened = open_store(target, {});
    EXPECT_TRUE(opened) << error_text(opened.error());
    return *std::move(opened);
  }
  static ExperimentSpec spec() {
    ExperimentSpec spec;
    spec.environments = {"chain-v1"};
    spec.agents = {"ideal"};
    spec.trials = trials;
    return spec;
  }
  void put(const RunId& id, const JobOptions& options = {}) const {
    const auto status = store->create_job({id, any_time, spec()}, options);
    EXPECT_TRUE(status) << error_text(status.error());
  }
  // Of a run that `by` holds; its first episode, -1 without one.
  static ShardOffer offered(JobStore& by, const RunId& run) {
    auto offer = by.take_shard_of(run);
    EXPECT_TRUE(offer) << error_text(offer.error());
    return offer ? *std::move(offer) : ShardOffer();
  }
  static std::optional<Shard> any(JobStore& by) {
    auto shard = by.take_any_shard();
    EXPECT_TRUE(shard) << error_text(shard.error());
    return shard ? *std::move(shard) : std::nullopt;
  }
  static Status play(JobStore& by, const Shard& shard) {
    ExperimentOptions options;
    options.range = shard.range;
    const auto played = go_on_with_episodes(by, shard.run, options);
    return played ? Status() : fail(played.error());
  }
  static ErrorCode code(const Status& status) {
    EXPECT_FALSE(status);
    return status ? ErrorCode::parse_error : status.error().code;
  }
  void sql(const std::string& text) const {
    const auto database = open_database(target, {});
    ASSERT_TRUE(database) << error_text(database.error());
    ASSERT_TRUE((*database)->execute(text));
  }
  // What the run is when one store plays it whole.
  std::vector<EpisodeRecord> undisturbed() const {
    JobOptions whole;
    whole.in_shards = false;
    put("whole", whole);
    EXPECT_EQ(store->take_jobs(1)->size(), 1U);
    EXPECT_EQ(offered(*store, "whole").shards, 0);
    EXPECT_TRUE(go_on_with_run(*store, "whole"));
    return store->load_run("whole")->episodes;
  }

  const TemporaryFolder folder_;
  std::string target;
  std::unique_ptr<JobStore> store, other;
};

TEST_P(ShardConformance, ARunIsPlayedByWhoeverHasTimeAndIsTheSameAsWhole) {
  const auto expected = undisturbed();
  put("a");
  EXPECT_EQ(any(*other), std::nullopt) << "nobody shares it";
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  EXPECT_EQ(any(*other), std::nullopt) << "whoever holds it has not begun";
  const auto first = offered(*store, "a");
  EXPECT_EQ(first.shards, 3);
  EXPECT_EQ(first.open, 3);
  EXPECT_EQ(first.episodes, trials);
  ASSERT_TRUE(first.shard);
  EXPECT_EQ(first.shard->range, (EpisodeRange{0, 16}));
  const auto second = any(*other);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->run, "a");
  EXPECT_EQ(second->range, (EpisodeRange{16, 16}));
  EXPECT_TRUE(play(*other, *second));
  EXPECT_TRUE(other->end_shard(*second, true));
  EXPECT_TRUE(play(*store, *first.shard));
  EXPECT_TRUE(store->end_shard(*first.shard, true));
  const auto third = any(*other);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->range, (EpisodeRange{32, 8}));
  const auto waits = offered(*store, "a");
  EXPECT_FALSE(waits.shard);
  EXPECT_EQ(waits.open, 1);
  EXPECT_TRUE(play(*other, *third));
  EXPECT_TRUE(other->end_shard(*third, true));
  EXPECT_EQ(any(*other), std::nullopt);
  EXPECT_EQ(offered(*store, "a").open, 0);
  EXPECT_TRUE(store->set_run_state("a", RunState::finished, ""));
  EXPECT_EQ(store->load_run("a")->episodes, expected);
}

TEST_P(ShardConformance, OnlyALargeRunHasShardsAndARangeIsRead) {
  auto small = spec();
  small.trials = 31;
  ASSERT_TRUE(store->create_job({"small", any_time, small}, {}));
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  EXPECT_EQ(offered(*store, "small").shards, 0);
  ASSERT_TRUE(go_on_with_run(*store, "small"));
  const auto whole = *store->load_run("small");
  const auto part = *store->load_episodes("small", {5, 3});
  EXPECT_EQ(part.episodes, std::vector(whole.episodes.begin() + 5, whole.episodes.begin() + 8));
  EXPECT_EQ(store->load_episodes("small", {30, 5})->episodes.size(), 1U);
  EXPECT_EQ(store->load_episodes("small", {31, 5})->episodes.size(), 0U);
  EXPECT_EQ(store->load_episodes("none", {}).error().code, ErrorCode::not_found);
  auto large = spec();
  large.trials = 10'000;
  ASSERT_TRUE(store->create_job({"large", any_time, large}, {}));
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  const auto offer = offered(*store, "large");
  EXPECT_EQ(offer.shards, 500);
  EXPECT_EQ(offer.episodes, 10'000);
}

TEST_P(ShardConformance, WhoeverLostItsLeaseIsRefusedAndAnotherGoesOn) {
  const auto expected = undisturbed();
  put("a");
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  const auto own = *offered(*store, "a").shard;
  const auto lost = *any(*other);
  const auto plans = plan_episodes(spec(), lost.range);
  const auto& log = expected[16].events;
  ASSERT_TRUE(other->append_events("a", plans[0], std::span(log).first(2)));
  sql("UPDATE shards SET renewed_at = 1 WHERE first_episode = 16");
  const auto third = open();
  const auto again = *any(*third);
  EXPECT_EQ(again.range, lost.range);
  EXPECT_GT(again.taking, lost.taking);
  EXPECT_EQ(code(other->append_events("a", plans[0], std::span(log).subspan(2, 1))),
            ErrorCode::conflict);
  EXPECT_EQ(code(play(*other, lost)), ErrorCode::conflict);
  EXPECT_EQ(code(other->end_shard(lost, true)), ErrorCode::conflict);
  EXPECT_TRUE(other->end_shard(lost, false)) << "which is the other one's still:";
  EXPECT_TRUE(play(*third, again));
  EXPECT_TRUE(third->end_shard(again, true));
  EXPECT_TRUE(play(*store, own));
  EXPECT_TRUE(store->end_shard(own, true));
  const auto rest = *offered(*store, "a").shard;
  EXPECT_TRUE(play(*store, rest));
  EXPECT_TRUE(store->end_shard(rest, true));
  EXPECT_TRUE(store->set_run_state("a", RunState::finished, ""));
  EXPECT_EQ(store->load_run("a")->episodes, expected);
}

TEST_P(ShardConformance, TakingTheRunAwayEndsEveryLeaseOfItsShards) {
  const std::vector<std::function<void()>> ways = {
      [&] { EXPECT_TRUE(store->cancel_job("a")); },
      [&] { EXPECT_TRUE(store->pause_job("a")); },
      [&] {
        sql("UPDATE workers SET renewed_at = 1");
        EXPECT_EQ(open()->take_jobs(1)->size(), 1U);
      },
  };
  put("a");
  for (std::size_t way = 0; way < ways.size(); ++way) {
    SCOPED_TRACE(way);
    std::this_thread::sleep_for(std::chrono::milliseconds(1'100));  // deserted ones are looked for
    ASSERT_EQ(store->take_jobs(1)->size(), 1U);
    const auto own = *offered(*store, "a").shard;
    const auto helped = *any(*other);
    ways[way]();
    EXPECT_EQ(code(play(*other, helped)), ErrorCode::conflict);
    EXPECT_EQ(code(play(*store, own)), ErrorCode::conflict);
    EXPECT_EQ(any(*other), std::nullopt) << "nobody shares it";
    EXPECT_FALSE(store->take_shard_of("a"));
    EXPECT_TRUE(store->resume_job("a"));
  }
}

TEST_P(ShardConformance, WhoeverHoldsTheRunNextNeedNotWaitForTheLeasesOfBefore) {
  put("a");
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  const auto own = *offered(*store, "a").shard;
  const auto helped = *any(*other);
  EXPECT_TRUE(store->pause_job("a"));
  EXPECT_TRUE(store->resume_job("a"));
  const auto holder = open();
  const auto helper = open();
  ASSERT_EQ(holder->take_jobs(1)->size(), 1U);
  EXPECT_EQ(offered(*holder, "a").shard->range, own.range);
  EXPECT_EQ(any(*helper)->range, helped.range);
}

TEST_P(ShardConformance, AShardIsDoneWhenItsEpisodesAreAndHoldsNoOthers) {
  put("a");
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  const auto shard = *offered(*store, "a").shard;
  EXPECT_EQ(code(store->end_shard(shard, true)), ErrorCode::conflict) << "nothing was played";
  const auto again = *offered(*store, "a").shard;
  EXPECT_EQ(again.range, shard.range) << "it was let go of";
  const auto plans = plan_episodes(spec());
  EXPECT_EQ(code(play(*store, {"a", "", {10, 20}, again.run_taking, again.taking})),
            ErrorCode::invalid_argument)
      << "episode 16 is another shard's";
  EXPECT_TRUE(play(*store, again));
  EXPECT_TRUE(store->end_shard(again, true));
}

TEST_P(ShardConformance, TheVersionBeforeSharesNothing) {
  put("a");
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  EXPECT_TRUE(offered(*store, "a").shard);
  // Takes the run over as the version before does, and plays it whole.
  sql("UPDATE workers SET renewed_at = 1");
  const auto before = open();
  ASSERT_EQ(before->take_jobs(1)->size(), 1U);
  EXPECT_EQ(any(*other), std::nullopt);
  EXPECT_TRUE(go_on_with_run(*before, "a"));
  EXPECT_EQ(store->load_run("a")->summary.state, RunState::finished);
}

TEST_P(ShardConformance, WhoeverStopsLetsGo) {
  put("a");
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  EXPECT_TRUE(offered(*store, "a").shard);
  const auto taken = *any(*other);
  other.reset();
  EXPECT_EQ(any(*open())->range, taken.range);
}

TEST_P(ShardConformance, ManyThreadsOfManyStoresPlayEachEpisodeOnce) {
  const auto expected = undisturbed();
  put("a");
  ASSERT_EQ(store->take_jobs(1)->size(), 1U);
  const auto own = *offered(*store, "a").shard;
  std::mutex mutex;
  std::multiset<std::int64_t> firsts;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      auto& by = i % 2 == 0 ? *store : *other;
      for (int misses = 0; misses < 5;) {
        const auto shard = any(by);
        misses += shard ? 0 : 1;
        if (!shard) continue;
        EXPECT_TRUE(play(by, *shard));
        EXPECT_TRUE(by.end_shard(*shard, true));
        const std::lock_guard lock(mutex);
        firsts.insert(shard->range.first);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(firsts, (std::multiset<std::int64_t>{16, 32}));
  EXPECT_TRUE(play(*store, own));
  EXPECT_TRUE(store->end_shard(own, true));
  EXPECT_EQ(offered(*store, "a").open, 0);
  EXPECT_TRUE(store->set_run_state("a", RunState::finished, ""));
  EXPECT_EQ(store->load_run("a")->episodes, expected);
}

INSTANTIATE_TEST_SUITE_P(Stores, ShardConformance,
                         testing::Values("Sqlite", "Postgres", "PgBouncer"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace causal_gym
