// What every RunStore must do, whatever it keeps runs in. To test another one, give its place to
// INSTANTIATE_TEST_SUITE_P(Name, RunStoreConformance, ...) in a file of its own.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <thread>

#include "platform/store/sample_run.h"
#include "tests/store/memory_run_store.h"

namespace causal_gym {

// An empty place for runs, gone with this object; each open() is another connection to it.
class StorePlace {
 public:
  virtual ~StorePlace() = default;
  virtual std::shared_ptr<RunStore> open() = 0;
  // Keeps exchanges of runs that are there.
  virtual Status record(std::span<const Exchange> exchanges) = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StorePlace>()> make_place;
};

inline void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }

class RunStoreConformance : public testing::TestWithParam<StoreKind> {
 protected:
  std::unique_ptr<StorePlace> place = GetParam().make_place();
  std::shared_ptr<RunStore> store = place->open();
  SampleRun sample{7};

  NewRun new_run(const std::string& id, const std::string& time = "2026-11-23T23:51:02.007Z") {
    return {id, time, sample.specification()};
  }

  // A run "r" whose episode of that plan has that many events and then its end.
  void write_ended_episode(const EpisodePlan& plan, std::int64_t count) {
    if (!store->load_run("r")) {
      ASSERT_TRUE(store->create_run(new_run("r")));
    }
    auto events = sample.events(0, static_cast<std::size_t>(count));
    events.push_back(SampleRun::end(count));
    ASSERT_TRUE(store->append_events("r", plan, events));
  }

  // Which process works on a run differs from place to place.
  static RunSummary without_worker(RunSummary summary) {
    summary.worker.reset();
    return summary;
  }

  static ErrorCode code_of(const Status& status) {
    EXPECT_FALSE(status);
    return status ? ErrorCode::cancelled : status.error().code;
  }
};

TEST_P(RunStoreConformance, ANewRunIsRunningAndEmpty) {
  const NewRun run = new_run("a-B_9");
  ASSERT_TRUE(store->create_run(run));
  const auto stored = store->load_run("a-B_9");
  ASSERT_TRUE(stored);
  const RunSummary expected{run.id, run.created_at, run.spec, RunState::running, "", 12, 0};
  EXPECT_EQ(without_worker(stored->summary), expected);
  EXPECT_TRUE(stored->episodes.empty());
}

TEST_P(RunStoreConformance, HowTheModelsAreAskedIsKeptUntilItIsSaidAnew) {
  NewRun run = new_run("r");
  run.model_options = R"({"base_url":"http://127.0.0.1:8080/v1"})";
  ASSERT_TRUE(store->create_run(run));
  ASSERT_TRUE(store->create_run(new_run("without")));
  EXPECT_EQ(place->open()->load_run("r")->summary.model_options, run.model_options);
  EXPECT_EQ(store->load_run("without")->summary.model_options, "");
  ASSERT_TRUE(store->keep_model_options("r", R"({"max_calls":7})"));
  EXPECT_EQ(place->open()->load_run("r")->summary.model_options, R"({"max_calls":7})");
  ASSERT_TRUE(store->keep_model_options("r", ""));
  EXPECT_EQ(store->load_run("r")->summary.model_options, "");
  ASSERT_TRUE(store->set_run_state("r", RunState::finished, ""));
  EXPECT_EQ(code_of(store->keep_model_options("r", "{}")), ErrorCode::conflict);
  EXPECT_EQ(code_of(store->keep_model_options("no", "{}")), ErrorCode::not_found);
}

TEST_P(RunStoreConformance, IdsAreWellFormedAndUnique) {
  for (const std::string& id :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"),
        std::string("é"), std::string("a\0b", 3), std::string("a.b"), std::string("a\n")})
    EXPECT_EQ(code_of(store->create_run(new_run(id))), ErrorCode::invalid_argument) << id;
  EXPECT_TRUE(store->create_run(new_run(std::string(64, 'a'))));
  EXPECT_EQ(code_of(store->create_run(new_run(std::string(64, 'a')))), ErrorCode::conflict);
}

TEST_P(RunStoreConformance, AnUnknownRunIsNotFound) {
  const EpisodePlan plan = sample.plan(0);
  const auto events = sample.events(0, 1);
  EXPECT_EQ(code_of(store->append_events("no", plan, events)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store->finish_episode("no", {}, sample.result(plan))), ErrorCode::not_found);
  EXPECT_EQ(code_of(store->set_run_state("no", RunState::failed, "")), ErrorCode::not_found);
  EXPECT_EQ(code_of(store->claim_run("no")), ErrorCode::not_found);
  EXPECT_EQ(store->load_run("no").error().code, ErrorCode::not_found);
}

TEST_P(RunStoreConformance, EventsComeBackAsTheyWere) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  const EpisodePlan plan = sample.plan(3);
  const auto events = sample.events(0, 400);
  const std::span<const EpisodeEvent> all = events;
  ASSERT_TRUE(store->append_events("r", plan, all.first(1)));
  ASSERT_TRUE(store->append_events("r", plan, all.subspan(1, 150)));
  ASSERT_TRUE(store->append_events("r", plan, all.subspan(151)));
  const auto stored = place->open()->load_run("r");
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored->episodes.size(), 1);
  EXPECT_EQ(stored->episodes[0].plan, plan);
  EXPECT_EQ(stored->episodes[0].events, events);
  EXPECT_FALSE(stored->episodes[0].result);
}

TEST_P(RunStoreConformance, ALogGoesOnWithoutGapsOrRepetition) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  const EpisodePlan plan = sample.plan(0);
  EXPECT_EQ(code_of(store->append_events("r", plan, {})), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(store->append_events("r", plan, sample.events(1, 1))), ErrorCode::conflict);
  ASSERT_TRUE(store->append_events("r", plan, sample.events(0, 2)));
  for (const std::int64_t first : {0, 1, 3})
    EXPECT_EQ(code_of(store->append_events("r", plan, sample.events(first, 1))),
              ErrorCode::conflict);
  auto gap = sample.events(2, 2);
  gap[1].sequence = 4;
  EXPECT_EQ(code_of(store->append_events("r", plan, gap)), ErrorCode::conflict);
  EXPECT_EQ(store->load_run("r")->episodes.at(0).events.size(), 2) << "all or nothing";
  EpisodePlan other = plan;
  other.agent += "x";
  EXPECT_EQ(code_of(store->append_events("r", other, sample.events(2, 1))), ErrorCode::conflict);
}

TEST_P(RunStoreConformance, NothingFollowsTheEndOfAnEpisode) {
  const EpisodePlan plan = sample.plan(0);
  write_ended_episode(plan, 4);
  EXPECT_EQ(code_of(store->append_events("r", plan, sample.events(5, 1))), ErrorCode::conflict);
}

TEST_P(RunStoreConformance, AResultComesBackAsItWas) {
  for (std::int64_t index = 0; index < 40; ++index) {
    SCOPED_TRACE(index);
    const EpisodePlan plan = sample.plan(index);
    write_ended_episode(plan, 2);
    const EpisodeResult result = sample.result(plan);
    ASSERT_TRUE(store->finish_episode("r", {}, result));
    const auto stored = store->load_run("r");
    ASSERT_EQ(stored->episodes.back().result, result);
    ASSERT_EQ(stored->summary.episodes_finished, index + 1);
  }
}

// A reply that took 100 tokens in, 7 out and 1/4 USD.
inline Exchange paid_reply(const RunId& run, std::int64_t episode, const std::string& version) {
  Exchange made;
  made.key = {run, episode, 0, 0};
  made.cache_key = std::string(64, '0');
  made.model_version = version;
  made.usage = {100, 40, 7, 3};
  made.cost_usd = 0.25;
  return made;
}

TEST_P(RunStoreConformance, AnEpisodeTellsWhatItsModelsTook) {
  write_ended_episode(sample.plan(0), 1);
  for (std::int64_t index = 1; index < 7; ++index)
    ASSERT_TRUE(store->append_events("r", sample.plan(index), sample.events(0, 1)));
  ASSERT_TRUE(store->create_run(new_run("other")));
  ASSERT_TRUE(store->append_events("other", sample.plan(0), sample.events(0, 1)));
  auto failed = paid_reply("r", 1, "failed");
  failed.failure = FailureKind::interrupted;
  auto cached = paid_reply("r", 2, "b");
  cached.cached = true;
  auto silent = paid_reply("r", 3, "");
  silent.usage.output.reset();
  auto unpriced = paid_reply("r", 4, "c");
  unpriced.cost_usd.reset();
  auto large = paid_reply("r", 6, "d");
  large.usage.input = std::int64_t{1} << 62;
  const std::vector<Exchange> all = {paid_reply("r", 0, "b"),
                                     paid_reply("r", 0, "a"),
                                     paid_reply("r", 0, "b"),
                                     failed,
                                     cached,
                                     silent,
                                     unpriced,
                                     paid_reply("r", 4, "c"),
                                     paid_reply("other", 0, "e"),
                                     large,
                                     large};
  ASSERT_TRUE(place->record(all));
  const auto run = place->open()->load_run("r");
  ASSERT_TRUE(run);
  ASSERT_EQ(run->episodes.size(), 7U);
  using Usage = std::optional<ModelUsage>;
  EXPECT_EQ(run->episodes[0].usage, Usage({{"a", "b"}, 300, 21, 0.75}));
  EXPECT_EQ(run->episodes[1].usage, Usage()) << "nobody tells what a failure took";
  EXPECT_EQ(run->episodes[2].usage, Usage({{"b"}, 0, 0, 0.0})) << "out of the cache";
  EXPECT_EQ(run->episodes[3].usage, Usage({{}, 100, std::nullopt, 0.25}));
  EXPECT_EQ(run->episodes[4].usage, Usage({{"c"}, 200, 14, std::nullopt}));
  EXPECT_EQ(run->episodes[5].usage, Usage()) << "no model was asked";
  EXPECT_EQ(run->episodes[6].usage->input_tokens, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(place->open()->load_run("other")->episodes.at(0).usage, Usage({{"e"}, 100, 7, 0.25}));
}

// The costs are such that another order of adding would give other bits.
TEST_P(RunStoreConformance, WhatRandomRepliesTookIsWhatTheReferenceSays) {
  MemoryRunStore reference;
  for (const RunId run : {"r", "s"}) {
    const auto made = new_run(run);
    ASSERT_TRUE(store->create_run(made));
    ASSERT_TRUE(reference.create_run(made));
    for (std::int64_t index = 0; index < 5; ++index) {
      const auto plan = sample.plan(index);
      const auto events = sample.events(0, 1);
      ASSERT_TRUE(store->append_events(run, plan, events));
      ASSERT_TRUE(reference.append_events(run, plan, events));
    }
  }
  std::vector<Exchange> all;
  for (int i = 0; i < 300; ++i) {
    auto each = paid_reply(sample.coin() ? "r" : "s", static_cast<std::int64_t>(sample.below(6)),
                           sample.text());
    each.cached = sample.below(4) == 0;
    each.usage.input = static_cast<std::int64_t>(sample.below(1'000));
    each.usage.output = static_cast<std::int64_t>(sample.below(1'000));
    each.cost_usd = sample.belief();
    if (sample.below(5) == 0) each.failure = FailureKind::server;
    if (sample.below(100) == 0) each.usage.input.reset();
    if (sample.below(100) == 0) each.cost_usd.reset();
    all.push_back(std::move(each));
  }
  ASSERT_TRUE(place->record(all));
  ASSERT_TRUE(reference.record(all));
  for (const RunId run : {"r", "s"})
    EXPECT_EQ(store->load_run(run)->episodes, reference.load_run(run)->episodes);
}

TEST_P(RunStoreConformance, OnlyAnEndedEpisodeFinishesAndOnlyOnce) {
  const EpisodePlan plan = sample.plan(0);
  ASSERT_TRUE(store->create_run(new_run("r")));
  EXPECT_EQ(code_of(store->finish_episode("r", {}, sample.result(plan))), ErrorCode::not_found);
  ASSERT_TRUE(store->append_events("r", plan, sample.events(0, 1)));
  EXPECT_EQ(code_of(store->finish_episode("r", {}, sample.result(plan))), ErrorCode::conflict);
  const EpisodeEvent end = SampleRun::end(1);
  ASSERT_TRUE(store->append_events("r", plan, {&end, 1}));
  EpisodePlan other = plan;
  other.trial += 1;
  EXPECT_EQ(code_of(store->finish_episode("r", {}, sample.result(other))), ErrorCode::conflict);
  ASSERT_TRUE(store->finish_episode("r", {}, sample.result(plan)));
  EXPECT_EQ(code_of(store->finish_episode("r", {}, sample.result(plan))), ErrorCode::conflict);
  EXPECT_EQ(code_of(store->append_events("r", plan, sample.events(2, 1))), ErrorCode::conflict);
}

TEST_P(RunStoreConformance, AFinishedRunStaysFinished) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  const std::pair<RunState, std::string> steps[] = {{RunState::failed, "the agent's \"key\"\n"},
                                                    {RunState::interrupted, "stopped"},
                                                    {RunState::cancelled, "by hand"},
                                                    {RunState::finished, ""}};
  for (const auto& [state, reason] : steps) {
    ASSERT_TRUE(store->set_run_state("r", state, reason));
    EXPECT_EQ(store->load_run("r")->summary.state, state);
    EXPECT_EQ(store->load_run("r")->summary.reason, reason);
  }
  EXPECT_EQ(code_of(store->claim_run("r")), ErrorCode::conflict);
  EXPECT_EQ(code_of(store->set_run_state("r", RunState::failed, "")), ErrorCode::conflict);
  EXPECT_TRUE(store->set_run_state("r", RunState::finished, "again")) << "nothing to do";
  EXPECT_EQ(store->load_run("r")->summary.reason, "");
}

TEST_P(RunStoreConformance, AClaimedRunIsRunningUntilItsStateIsSet) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  EXPECT_TRUE(store->claim_run("r")) << "its creator holds it";
  EXPECT_EQ(code_of(store->set_run_state("r", RunState::running, "")), ErrorCode::invalid_argument);
  ASSERT_TRUE(store->set_run_state("r", RunState::interrupted, "stopped"));
  EXPECT_EQ(place->open()->load_run("r")->summary.state, RunState::interrupted);
  ASSERT_TRUE(store->claim_run("r"));
  EXPECT_EQ(place->open()->load_run("r")->summary.state, RunState::running);
  EXPECT_EQ(store->load_run("r")->summary.reason, "");
}

TEST_P(RunStoreConformance, ARunIsClaimedByOneStoreAtATime) {
  const auto other = place->open();
  if (other == store) return;  // a place with one store only
  ASSERT_TRUE(store->create_run(new_run("r")));
  const EpisodePlan plan = sample.plan(0);
  for (const auto& refused :
       {other->claim_run("r"), other->append_events("r", plan, sample.events(0, 1)),
        other->finish_episode("r", sample.events(0, 1), sample.result(plan)),
        other->set_run_state("r", RunState::cancelled, "")}) {
    EXPECT_EQ(code_of(refused), ErrorCode::conflict);
    EXPECT_NE(refused.error().message.find("is being worked on by process"), std::string::npos);
  }
  ASSERT_TRUE(store->set_run_state("r", RunState::interrupted, ""));
  EXPECT_TRUE(other->claim_run("r"));
  EXPECT_EQ(code_of(store->claim_run("r")), ErrorCode::conflict);
}

TEST_P(RunStoreConformance, AClosedStoreHoldsNothing) {
  {
    const auto closed = place->open();
    ASSERT_TRUE(closed->create_run(new_run("r")));
    ASSERT_TRUE(closed->append_events("r", sample.plan(0), sample.events(0, 1)));
  }
  if (place->open() == store) return;  // a place with one store only
  EXPECT_EQ(store->load_run("r")->summary.state, RunState::interrupted);
  EXPECT_TRUE(store->claim_run("r"));
}

TEST_P(RunStoreConformance, TheLastEventsAndTheResultAreStoredTogetherOrNotAtAll) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  const EpisodePlan plan = sample.plan(0);
  auto events = sample.events(0, 3);
  EXPECT_EQ(code_of(store->finish_episode("r", events, sample.result(plan))), ErrorCode::conflict)
      << "the log has not ended";
  EXPECT_TRUE(store->load_run("r")->episodes.empty());
  events.push_back(SampleRun::end(3));
  const EpisodeResult result = sample.result(plan);
  ASSERT_TRUE(store->finish_episode("r", events, result));
  const auto stored = store->load_run("r");
  ASSERT_EQ(stored->episodes.size(), 1);
  EXPECT_EQ(stored->episodes[0].events, events);
  EXPECT_EQ(stored->episodes[0].result, result);
}

TEST_P(RunStoreConformance, WhatIsDoneTogetherIsStoredWholeOrNotAtAll) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  const auto events = sample.events(0, 3);
  const auto write_two = [&]() -> Status {
    const auto first = store->append_events("r", sample.plan(0), events);
    return first ? store->append_events("r", sample.plan(1), events) : first;
  };
  ASSERT_TRUE(store->together(write_two));
  EXPECT_EQ(place->open()->load_run("r")->episodes.size(), 2U);
  const auto undone = store->together([&]() -> Status {
    const auto status = store->append_events("r", sample.plan(2), events);
    return status ? fail(ErrorCode::unavailable, "on second thoughts") : status;
  });
  EXPECT_EQ(code_of(undone), ErrorCode::unavailable);
  EXPECT_EQ(place->open()->load_run("r")->episodes.size(), 2U);
  // An inner failure undoes what came before it, and later calls are as usual.
  const auto broken = store->together([&]() -> Status {
    const auto status = store->append_events("r", sample.plan(3), events);
    return status ? store->append_events("r", sample.plan(0), events) : status;
  });
  EXPECT_EQ(code_of(broken), ErrorCode::conflict);
  EXPECT_EQ(place->open()->load_run("r")->episodes.size(), 2U);
  EXPECT_TRUE(store->append_events("r", sample.plan(3), events));
}

TEST_P(RunStoreConformance, PagesListEveryRunOnceNewestFirst) {
  std::vector<std::pair<std::string, std::string>> expected;
  for (int i = 0; i < 25; ++i) {
    const std::string time = "2026-11-23T23:51:0" + std::to_string(i % 5) + ".000Z";
    const std::string id = "run-" + std::to_string(i);
    expected.emplace_back(time, id);
    ASSERT_TRUE(store->create_run(new_run(id, time)));
  }
  std::sort(expected.rbegin(), expected.rend());
  for (const std::size_t limit : {1U, 4U, 5U, 24U, 25U, 26U, 200U}) {
    SCOPED_TRACE(limit);
    std::vector<std::pair<std::string, std::string>> seen;
    std::optional<std::string> cursor;
    do {
      const auto page = store->list_runs(limit, cursor);
      ASSERT_TRUE(page) << error_text(page.error());
      ASSERT_LE(page->runs.size(), limit);
      ASSERT_FALSE(page->runs.empty());
      for (const RunSummary& run : page->runs) seen.emplace_back(run.created_at, run.id);
      cursor = page->next_cursor;
    } while (cursor);
    EXPECT_EQ(seen, expected);
  }
}

TEST_P(RunStoreConformance, ListingRefusesBadLimitsAndCursors) {
  EXPECT_TRUE(store->list_runs(1, {})->runs.empty());
  EXPECT_EQ(store->list_runs(0, {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(store->list_runs(201, {}).error().code, ErrorCode::invalid_argument);
  for (const char* cursor : {"", "x", "/", "2026/r", "' OR 1=1 --"})
    EXPECT_EQ(store->list_runs(1, cursor).error().code, ErrorCode::invalid_argument) << cursor;
}

TEST_P(RunStoreConformance, ThreadsAndConnectionsWriteAtOnce) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  ASSERT_TRUE(store->set_run_state("r", RunState::interrupted, "")) << "nobody's";
  std::vector<std::thread> threads;
  std::atomic<int> stored = 0;
  for (std::int64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const auto own = t % 2 == 0 ? store : place->open();
      SampleRun random(static_cast<std::uint64_t>(t));
      const EpisodePlan plan = random.plan(t);
      for (std::int64_t sequence = 0; sequence < 25; ++sequence)
        if (own->append_events("r", plan, random.events(sequence, 1))) ++stored;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, 100);
  const auto run = store->load_run("r");
  ASSERT_TRUE(run);
  ASSERT_EQ(run->episodes.size(), 4);
  for (const EpisodeRecord& episode : run->episodes) EXPECT_EQ(episode.events.size(), 25);
}

TEST_P(RunStoreConformance, OneOfManyWritersOfTheSameEventWins) {
  ASSERT_TRUE(store->create_run(new_run("r")));
  ASSERT_TRUE(store->set_run_state("r", RunState::interrupted, "")) << "nobody's";
  const EpisodePlan plan = sample.plan(0);
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      const auto own = place->open();
      for (std::int64_t sequence = 0; sequence < 10; ++sequence)
        if (own->append_events("r", plan, SampleRun(1).events(sequence, 1))) ++won;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, static_cast<int>(store->load_run("r")->episodes.at(0).events.size()));
}

// One random call on both stores; the same outcome.
inline void same_call(SampleRun& sample, RunStore& store, RunStore& reference,
                      const std::vector<EpisodePlan>& plans) {
  const auto same = [](const Status& a, const Status& b) {
    ASSERT_EQ(a.has_value(), b.has_value()) << (a ? "" : error_text(a.error()));
    if (!a) {
      ASSERT_EQ(a.error().code, b.error().code);
    }
  };
  const RunId run = "run" + std::to_string(sample.below(3));
  const EpisodePlan plan = plans[sample.below(plans.size())];
  const std::size_t kind = sample.below(20);
  if (kind == 0) {
    const NewRun created{run, sample.text(), sample.specification()};
    same(store.create_run(created), reference.create_run(created));
  } else if (kind < 14) {
    const auto known = reference.load_run(run);
    std::int64_t next = static_cast<std::int64_t>(sample.below(8) == 0 ? sample.below(4) : 0);
    if (known)
      for (const EpisodeRecord& episode : known->episodes)
        if (episode.plan.index == plan.index)
          next += static_cast<std::int64_t>(episode.events.size());
    auto events = sample.events(next, sample.below(4));
    if (sample.below(6) == 0)
      events.push_back(SampleRun::end(next + static_cast<std::int64_t>(events.size())));
    same(store.append_events(run, plan, events), reference.append_events(run, plan, events));
  } else if (kind < 19) {
    const EpisodeResult result = sample.result(plan);
    same(store.finish_episode(run, {}, result), reference.finish_episode(run, {}, result));
  } else {
    constexpr RunState states[] = {RunState::cancelled, RunState::interrupted};
    const auto state = sample.below(8) == 0 ? RunState::finished : states[sample.below(2)];
    const std::string reason = sample.text();
    if (sample.below(3) == 0) same(store.claim_run(run), reference.claim_run(run));
    same(store.set_run_state(run, state, reason), reference.set_run_state(run, state, reason));
  }
}

TEST_P(RunStoreConformance, RandomCallsDoWhatTheReferenceDoes) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    SampleRun random(seed);
    const auto fresh = GetParam().make_place();
    const auto tested = fresh->open();
    MemoryRunStore reference;
    std::vector<EpisodePlan> plans = {random.plan(0), random.plan(1), random.plan(4)};
    plans.push_back(plans[0]);
    plans.back().seed ^= 1;
    for (int call = 0; call < 250; ++call) {
      same_call(random, *tested, reference, plans);
      if (HasFatalFailure()) return;
    }
    for (const RunId run : {"run0", "run1", "run2"}) {
      const auto stored = fresh->open()->load_run(run);
      const auto expected = reference.load_run(run);
      ASSERT_EQ(stored.has_value(), expected.has_value());
      if (!stored) continue;
      EXPECT_EQ(without_worker(stored->summary), expected->summary);
      EXPECT_EQ(stored->episodes, expected->episodes);
    }
    auto listed = tested->list_runs(10, {})->runs;
    for (RunSummary& run : listed) run = without_worker(run);
    EXPECT_EQ(listed, reference.list_runs(10, {})->runs);
  }
}

}  // namespace causal_gym
