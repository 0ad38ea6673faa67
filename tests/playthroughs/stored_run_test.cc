// Runs that are stored as they happen: how they end, and that one killed after any call to its
// store goes on to the same end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gym/experiment/run_store.h"
#include "tests/store/memory_run_store.h"

namespace causal_gym {
namespace {

ExperimentSpec small() {
  ExperimentSpec spec;
  spec.environments = {"chain-v1", "ice_cream_crime-v1"};
  spec.agents = {"noisy_ideal(0.2)"};
  spec.trials = 2;
  return spec;
}

NewRun run_of(const ExperimentSpec& spec) { return {"r1", "2026-01-01T00:00:00Z", spec}; }

// Passes calls on until `calls_left` are used up, and then fails every one, as a store that went
// away.
class FailingStore final : public RunStore {
 public:
  FailingStore(RunStore& store, std::size_t calls_left) : store_(store), calls_left_(calls_left) {}

  Status create_run(const NewRun& run) override { return gone() ? lost() : store_.create_run(run); }
  Status append_events(const RunId& run, const EpisodePlan& plan,
                       std::span<const EpisodeEvent> events) override {
    return gone() ? lost() : store_.append_events(run, plan, events);
  }
  Status claim_run(const RunId& run) override { return gone() ? lost() : store_.claim_run(run); }
  Status finish_episode(const RunId& run, std::span<const EpisodeEvent> last_events,
                        const EpisodeResult& result) override {
    return gone() ? lost() : store_.finish_episode(run, last_events, result);
  }
  Status set_run_state(const RunId& run, RunState state, const std::string& reason) override {
    return gone() ? lost() : store_.set_run_state(run, state, reason);
  }
  Status keep_model_options(const RunId& run, const std::string& options) override {
    return gone() ? lost() : store_.keep_model_options(run, options);
  }
  Result<RunListing> find_runs(const RunQuery& query) override { return store_.find_runs(query); }
  Result<StoredRun> load_run(const RunId& run) override { return store_.load_run(run); }

 private:
  bool gone() { return calls_left_ == 0 || calls_left_-- == 0; }
  static Status lost() { return fail(ErrorCode::unavailable, "the store is gone"); }

  RunStore& store_;
  std::size_t calls_left_;
};

TEST(RunAndStore, AFinishedRunHoldsEveryEventAndResult) {
  MemoryRunStore store;
  const auto results = run_and_store(store, run_of(small()));
  ASSERT_TRUE(results) << error_text(results.error());
  const auto stored = *store.load_run("r1");
  EXPECT_EQ(stored.summary.state, RunState::finished);
  EXPECT_EQ(stored.summary.episodes_planned, 4);
  EXPECT_EQ(stored.summary.episodes_finished, 4);
  ASSERT_EQ(stored.episodes.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(*stored.episodes[i].result, (*results)[i]);
    EXPECT_TRUE(std::holds_alternative<EpisodeEnded>(stored.episodes[i].events.back().content));
  }
  EXPECT_EQ(*resume_run(store, "r1"), *results);  // nothing to do: just its results
}

// A built-in agent of which it is not known whether it repeats itself: each reply is stored before
// the next request.
class Unrepeated final : public Agent {
 public:
  explicit Unrepeated(AgentPtr agent) : agent_(std::move(agent)) {}
  Result<Reply> state_belief(const BeliefRequest& request, Rng& rng) override {
    return agent_->state_belief(request, rng);
  }

 private:
  AgentPtr agent_;
};

Result<AgentPtr> make_unrepeated(const std::string& agent, const Environment& environment) {
  CAUSAL_GYM_TRY(made, make_agent(agent, environment));
  return AgentPtr(std::make_unique<Unrepeated>(std::move(made)));
}

void killed_after_any_call_it_goes_on(const ExperimentOptions& options) {
  MemoryRunStore whole;
  const auto expected = *run_and_store(whole, run_of(small()));
  const auto complete = *whole.load_run("r1");
  bool finished = false;
  for (std::size_t calls = 1; !finished; ++calls) {
    SCOPED_TRACE(calls);
    MemoryRunStore memory;
    FailingStore failing(memory, calls);
    const auto broken = run_and_store(failing, run_of(small()), options);
    finished = broken.has_value();
    EXPECT_TRUE(finished || broken.error().code == ErrorCode::unavailable);
    const auto resumed = resume_run(memory, "r1");
    ASSERT_TRUE(resumed) << error_text(resumed.error());
    EXPECT_EQ(*resumed, expected);
    const auto stored = *memory.load_run("r1");
    EXPECT_EQ(stored.summary, complete.summary);
    EXPECT_EQ(stored.episodes, complete.episodes);
    ASSERT_LT(calls, 1'000U);
  }
}

TEST(RunAndStore, KilledAfterAnyCallItGoesOnToTheSameEnd) {
  killed_after_any_call_it_goes_on({});
  ExperimentOptions unrepeated;
  unrepeated.agent_factory = make_unrepeated;
  killed_after_any_call_it_goes_on(unrepeated);
}

TEST(RunAndStore, ABadSpecificationCreatesNothing) {
  MemoryRunStore store;
  auto spec = small();
  spec.agents = {"idael"};
  EXPECT_EQ(run_and_store(store, run_of(spec)).error().code, ErrorCode::unknown_name);
  EXPECT_EQ(store.load_run("r1").error().code, ErrorCode::not_found);
}

TEST(RunAndStore, ATakenIdIsAConflictAndLeavesTheRunAlone) {
  MemoryRunStore store;
  ASSERT_TRUE(run_and_store(store, run_of(small())));
  auto other = small();
  other.trials = 1;
  EXPECT_EQ(run_and_store(store, run_of(other)).error().code, ErrorCode::conflict);
  EXPECT_EQ(store.load_run("r1")->summary.spec, small());
  EXPECT_EQ(store.load_run("r1")->summary.state, RunState::finished);
}

TEST(RunAndStore, ACancelledRunSaysSoAndGoesOn) {
  MemoryRunStore store;
  CancellationSource source;
  ExperimentOptions options;
  options.cancellation = source.token();
  options.progress = [&](std::size_t done, std::size_t) {
    if (done == 2) source.cancel();
  };
  EXPECT_EQ(run_and_store(store, run_of(small()), options).error().code, ErrorCode::cancelled);
  EXPECT_EQ(store.load_run("r1")->summary.state, RunState::cancelled);
  EXPECT_EQ(store.load_run("r1")->summary.episodes_finished, 2);
  const auto resumed = resume_run(store, "r1");
  ASSERT_TRUE(resumed) << error_text(resumed.error());
  EXPECT_EQ(store.load_run("r1")->summary.state, RunState::finished);
  EXPECT_EQ(store.load_run("r1")->summary.reason, "");
}

TEST(ResumeRun, HowItsModelsAreAskedIsKeptAndReplacedByWhatIsSaidAnew) {
  MemoryRunStore store;
  auto run = run_of(small());
  run.model_options = R"({"max_cost":2.0})";
  ASSERT_TRUE(store.create_run(run));
  CancellationSource source;
  source.cancel();
  ExperimentOptions options;
  options.cancellation = source.token();
  EXPECT_FALSE(resume_run(store, "r1", options));
  EXPECT_EQ(store.load_run("r1")->summary.model_options, run.model_options);
  ASSERT_TRUE(resume_run(store, "r1", {}, R"({"max_cost":4.0})"));
  EXPECT_EQ(store.load_run("r1")->summary.model_options, R"({"max_cost":4.0})");
}

TEST(ResumeRun, AnUnknownRunIsNotFound) {
  MemoryRunStore store;
  EXPECT_EQ(resume_run(store, "r1").error().code, ErrorCode::not_found);
}

TEST(ResumeRun, ALogThatIsNotOfTheRunFailsItAndInventsNothing) {
  MemoryRunStore store;
  ASSERT_TRUE(store.create_run(run_of(small())));
  const auto plan = plan_episodes(small())[0];
  const EpisodeEvent strange{0, 0, "",
                             EpisodeStarted{"chain-v1", "causal", "somebody else", 1, {}, {}}};
  ASSERT_TRUE(store.append_events("r1", plan, std::span(&strange, 1)));
  EXPECT_EQ(resume_run(store, "r1").error().code, ErrorCode::conflict);
  EXPECT_EQ(store.load_run("r1")->summary.state, RunState::failed);
  EXPECT_EQ(store.load_run("r1")->episodes[0].events.size(), 1U);
}

TEST(ResumeRun, AnEpisodeThatTheSpecificationDoesNotHaveIsAConflict) {
  MemoryRunStore store;
  ASSERT_TRUE(store.create_run(run_of(small())));
  auto plan = plan_episodes(small())[0];
  plan.seed = 99;
  const EpisodeEvent started{0, 0, "", EpisodeStarted{}};
  ASSERT_TRUE(store.append_events("r1", plan, std::span(&started, 1)));
  EXPECT_EQ(resume_run(store, "r1").error().code, ErrorCode::conflict);
}

TEST(RunState, NamesReadBack) {
  for (const auto state : {RunState::running, RunState::finished, RunState::cancelled,
                           RunState::failed, RunState::interrupted})
    EXPECT_EQ(*find_run_state(run_state_name(state)), state);
  EXPECT_EQ(find_run_state("finishd").error().suggestion, "did you mean 'finished'?");
}

}  // namespace
}  // namespace causal_gym
