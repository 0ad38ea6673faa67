// Specifications are checked with their culprits, episodes run in order, and experiments go on
// where they stopped.
#include "gym/experiment/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gym/environments/registry.h"
#include "gym/experiment/postponements.h"

namespace causal_gym {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

ExperimentSpec small() {
  ExperimentSpec spec;
  spec.environments = {"sprinkler-v1", "chain-v1"};
  spec.agents = {"ideal", "noisy_ideal(0.1)"};
  spec.trials = 2;
  spec.first_seed = 10;
  return spec;
}

TEST(PlanEpisodes, EnvironmentIsSlowestTrialFastest) {
  const auto plans = plan_episodes(small());
  ASSERT_EQ(plans.size(), 8U);
  EXPECT_EQ(plans[0], (EpisodePlan{0, "sprinkler-v1", "ideal", 0, 10}));
  EXPECT_EQ(plans[1], (EpisodePlan{1, "sprinkler-v1", "ideal", 1, 11}));
  EXPECT_EQ(plans[2], (EpisodePlan{2, "sprinkler-v1", "noisy_ideal(0.1)", 0, 10}));
  EXPECT_EQ(plans[4], (EpisodePlan{4, "chain-v1", "ideal", 0, 10}));
}

TEST(CheckExperiment, NamesTheCulprit) {
  struct Fault {
    void (*plant)(ExperimentSpec&);
    ErrorCode code;
    const char* where;
  };
  using enum ErrorCode;
  const Fault faults[] = {
      {[](ExperimentSpec& s) { s.environments = {}; }, invalid_argument, "environments"},
      {[](ExperimentSpec& s) { s.environments[1] = "chian-v1"; }, unknown_name, "environments[1]"},
      {[](ExperimentSpec& s) { s.environments[1] = s.environments[0]; }, invalid_argument,
       "environments[1]"},
      {[](ExperimentSpec& s) { s.agents = {}; }, invalid_argument, "agents"},
      {[](ExperimentSpec& s) { s.agents[1] = "idael"; }, unknown_name, "agents[1]"},
      {[](ExperimentSpec& s) { s.agents[1] = "noisy_ideal(-1)"; }, invalid_argument, "agents[1]"},
      {[](ExperimentSpec& s) { s.agents[1] = "ideal"; }, invalid_argument, "agents[1]"},
      {[](ExperimentSpec& s) { s.interface = "casual"; }, unknown_name, "interface"},
      {[](ExperimentSpec& s) { s.interventions = {"sprinkler=on"}; }, unknown_name,
       "environments[1]: interventions[0]"},
      {[](ExperimentSpec& s) { s.beliefs = {"P(fire)"}; }, unknown_name,
       "environments[0]: beliefs[0]"},
      {[](ExperimentSpec& s) {
         s.environments = {"sprinkler-v1"};
         s.beliefs = {"P(rain)", "P(rain | sprinkler=off)"};
       },
       zero_probability, "environments[0]: beliefs[1]"},
      {[](ExperimentSpec& s) { s.beliefs = std::vector<std::string>(); }, invalid_argument,
       "environments[0]"},
      {[](ExperimentSpec& s) { s.trials = 0; }, invalid_argument, "trials"},
      {[](ExperimentSpec& s) { s.trials = -5; }, invalid_argument, "trials"},
      {[](ExperimentSpec& s) { s.first_seed = (std::uint64_t{1} << 63) - 1; }, invalid_argument,
       "first_seed"},
      {[](ExperimentSpec& s) { s.first_seed = ~std::uint64_t{0}; }, invalid_argument, "first_seed"},
  };
  for (const auto& fault : faults) {
    auto spec = small();
    fault.plant(spec);
    const auto status = check_experiment(spec);
    ASSERT_FALSE(status) << fault.where;
    EXPECT_EQ(status.error().code, fault.code) << error_text(status.error());
    EXPECT_THAT(status.error().where, HasSubstr(fault.where)) << error_text(status.error());
  }
  EXPECT_TRUE(check_experiment(small()));
  auto last = small();
  last.first_seed = (std::uint64_t{1} << 63) - 2;
  EXPECT_TRUE(check_experiment(last));
}

TEST(CheckExperiment, KeepsEachLimitAtItsEdge) {
  const auto allowed = [](auto set_limit) {
    ExperimentOptions options;
    set_limit(options.limits);
    const auto status = check_experiment(small(), options);
    return status ? std::nullopt : std::optional(status.error().code);
  };
  const auto over = std::optional(ErrorCode::limit_exceeded);
  EXPECT_EQ(allowed([](auto& limits) { limits.environments = 2; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.environments = 1; }), over);
  EXPECT_EQ(allowed([](auto& limits) { limits.agents = 2; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.agents = 1; }), over);
  EXPECT_EQ(allowed([](auto& limits) { limits.trials = 2; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.trials = 1; }), over);
  EXPECT_EQ(allowed([](auto& limits) { limits.episodes = 8; }), std::nullopt);
  EXPECT_EQ(allowed([](auto& limits) { limits.episodes = 7; }), over);
}

// What a sink was told.
struct Record {
  std::map<std::int64_t, std::vector<EpisodeEvent>> logs;
  std::vector<EpisodeResult> finished;
  std::size_t calls = 0;
  std::optional<std::size_t> fail_at_call;
  bool is_together = false;  // while what is told counts all or none

  ExperimentSink sink() {
    return {
        [this](const EpisodePlan& plan, std::span<const EpisodeEvent> events) -> Status {
          if (const auto call = calls++; fail_at_call && call >= *fail_at_call)
            return fail(ErrorCode::unavailable, "the disk is full");
          EXPECT_FALSE(events.empty());
          keep(plan, events);
          return {};
        },
        [this](std::span<const EpisodeEvent> last_events, const EpisodeResult& result) -> Status {
          if (const auto call = calls++; fail_at_call && call >= *fail_at_call)
            return fail(ErrorCode::unavailable, "the disk is full");
          keep(result.plan, last_events);
          EXPECT_TRUE(std::holds_alternative<EpisodeEnded>(logs[result.plan.index].back().content));
          finished.push_back(result);
          return {};
        },
        [this](const std::function<Status()>& work) -> Status {
          const auto logs_before = logs;
          const auto finished_before = finished;
          is_together = true;
          auto status = work();
          is_together = false;
          if (!status) logs = logs_before;
          if (!status) finished = finished_before;
          return status;
        }};
  }

  void keep(const EpisodePlan& plan, std::span<const EpisodeEvent> events) {
    auto& log = logs[plan.index];
    for (const auto& event : events) {
      EXPECT_EQ(event.sequence, static_cast<std::int64_t>(log.size()));
      log.push_back(event);
    }
  }
};

// A built-in agent of which it is not known whether it repeats itself; it says how many events are
// recorded each time it is asked.
class Unrepeated final : public Agent {
 public:
  Unrepeated(AgentPtr agent, const Record& record, std::vector<std::size_t>& recorded_when_asked)
      : agent_(std::move(agent)), record_(record), recorded_when_asked_(recorded_when_asked) {}
  Result<Reply> state_belief(const BeliefRequest& request, Rng& rng) override {
    std::size_t recorded = 0;
    for (const auto& [index, log] : record_.logs) recorded += log.size();
    recorded_when_asked_.push_back(recorded);
    return agent_->state_belief(request, rng);
  }

 private:
  AgentPtr agent_;
  const Record& record_;
  std::vector<std::size_t>& recorded_when_asked_;
};

std::size_t events_of(const Record& record) {
  std::size_t count = 0;
  for (const auto& [index, log] : record.logs) count += log.size();
  return count;
}

std::size_t requests_of(const Record& record) {
  std::size_t count = 0;
  for (const auto& [index, log] : record.logs)
    for (const auto& event : log)
      count += std::holds_alternative<BeliefRequested>(event.content) ? 1 : 0;
  return count;
}

TEST(RunExperiment, GivesEveryEventInSequenceThenTheResult) {
  Record record;
  std::vector<std::pair<std::size_t, std::size_t>> progress;
  ExperimentOptions options;
  options.progress = [&](std::size_t done, std::size_t total) {
    progress.emplace_back(done, total);
  };
  const auto results = run_experiment(small(), record.sink(), options);
  ASSERT_TRUE(results) << error_text(results.error());
  ASSERT_EQ(results->size(), 8U);
  EXPECT_EQ(record.finished, *results);
  EXPECT_EQ(progress.front(), (std::pair<std::size_t, std::size_t>{0, 8}));
  EXPECT_EQ(progress.back(), (std::pair<std::size_t, std::size_t>{8, 8}));
  EXPECT_EQ(progress.size(), 9U);
  for (const auto& [index, log] : record.logs)
    EXPECT_TRUE(std::holds_alternative<EpisodeEnded>(log.back().content)) << index;
  EXPECT_EQ(*(*results)[0].scores.find("causal_score"), 1);
}

TEST(RunExperiment, OverridesReplaceTheEnvironmentsOwn) {
  auto spec = small();
  spec.environments = {"sprinkler-v1"};
  spec.agents = {"ideal"};
  spec.trials = 1;
  spec.interventions = std::vector<std::string>{"rain=1"};
  spec.beliefs = std::vector<std::string>{"P(wet_grass)"};
  const auto results = *run_experiment(spec, {});
  ASSERT_EQ(results[0].beliefs.size(), 2U);
  EXPECT_EQ(results[0].beliefs[1].regime, "set rain=true");
  spec.interventions = std::vector<std::string>{};  // none is not the same as the environment's own
  EXPECT_EQ((*run_experiment(spec, {}))[0].beliefs.size(), 1U);
}

TEST(RunExperiment, AnErrorOfTheSinkStopsItAndIsGivenBack) {
  Record record;
  record.fail_at_call = 5;
  const auto results = run_experiment(small(), record.sink());
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::unavailable);
  EXPECT_EQ(record.calls, 6U);
}

class Silent : public Agent {
 public:
  Result<Reply> state_belief(const BeliefRequest&, Rng&) override {
    if (++asked_ % 2 == 0) return fail(ErrorCode::unavailable, "no connection");
    return Reply(Unparseable{"hm", "it names no number"});
  }

 private:
  int asked_ = 0;
};

TEST(RunExperiment, AnAgentThatNeverAnswersIsRecordedAndUnscored) {
  auto spec = small();
  spec.agents = {"silent"};
  ExperimentOptions options;
  options.agent_factory = [](const std::string&, const Environment&) -> Result<AgentPtr> {
    return std::make_unique<Silent>();
  };
  const auto results = run_experiment(spec, {}, options);
  ASSERT_TRUE(results) << error_text(results.error());
  for (const auto& result : *results) {
    EXPECT_EQ(result.scores.counts.stated, 0);
    EXPECT_GT(result.scores.counts.agent_errors, 0);
    EXPECT_GT(result.scores.counts.unparseable, 0);
    for (const auto& score : result.scores.scores) EXPECT_FALSE(score.value) << score.name;
  }
}

TEST(RunExperiment, TellsAnEpisodeOfAnAgentThatRepeatsItselfAtOnce) {
  Record record;
  ASSERT_TRUE(run_experiment(small(), record.sink()));
  EXPECT_EQ(record.calls, 8U);
}

TEST(RunExperiment, TellsEveryReplyBeforeAnotherAgentIsAskedAgain) {
  Record plain;
  ASSERT_TRUE(run_experiment(small(), plain.sink()));
  Record record;
  std::vector<std::size_t> recorded_when_asked;
  ExperimentOptions options;
  options.agent_factory = [&](const std::string& agent,
                              const Environment& environment) -> Result<AgentPtr> {
    CAUSAL_GYM_TRY(made, make_agent(agent, environment));
    return AgentPtr(std::make_unique<Unrepeated>(std::move(made), record, recorded_when_asked));
  };
  ASSERT_TRUE(run_experiment(small(), record.sink(), options));
  EXPECT_EQ(record.logs, plain.logs);
  // When an agent is asked, everything up to its request is recorded.
  std::vector<std::size_t> expected;
  std::size_t before = 0;
  for (const auto& [index, log] : record.logs)
    for (const auto& event : log) {
      ++before;
      if (std::holds_alternative<BeliefRequested>(event.content)) expected.push_back(before);
    }
  EXPECT_EQ(recorded_when_asked, expected);
  EXPECT_EQ(record.calls, requests_of(record) + 2 * 8);
}

// A generator that cancels the experiment at the given draw of any episode.
class Cancelling final : public Agent {
 public:
  Cancelling(AgentPtr agent, CancellationSource& source, std::size_t& left, bool repeats)
      : agent_(std::move(agent)), source_(source), left_(left), repeats_(repeats) {}
  Result<Reply> state_belief(const BeliefRequest& request, Rng& rng) override {
    if (left_-- == 0) source_.cancel();
    return agent_->state_belief(request, rng);
  }
  bool repeats_itself() const override { return repeats_; }

 private:
  AgentPtr agent_;
  CancellationSource& source_;
  std::size_t& left_;
  bool repeats_;
};

TEST(RunExperiment, CancelledItHasToldEverythingAndGoesOnToTheSameResults) {
  Record whole;
  const auto expected = *run_experiment(small(), whole.sink());
  const std::size_t requests = requests_of(whole);
  for (std::size_t stop = 0; stop + 1 < requests; stop += 7) {
    SCOPED_TRACE(stop);
    Record record;
    CancellationSource source;
    std::size_t left = stop;
    ExperimentOptions options;
    options.cancellation = source.token();
    options.agent_factory = [&](const std::string& agent,
                                const Environment& environment) -> Result<AgentPtr> {
      CAUSAL_GYM_TRY(made, make_agent(agent, environment));
      return AgentPtr(std::make_unique<Cancelling>(std::move(made), source, left, stop % 2 == 0));
    };
    const auto broken = run_experiment(small(), record.sink(), options);
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ErrorCode::cancelled);
    // Every reply is recorded, and the request after it where there is one.
    EXPECT_GE(requests_of(record), stop + 1);

    std::vector<EpisodeProgress> progress(8);
    for (auto& [index, log] : record.logs) progress[static_cast<std::size_t>(index)].recorded = log;
    for (const auto& result : record.finished)
      progress[static_cast<std::size_t>(result.plan.index)].result = result;
    EXPECT_EQ(*run_experiment(small(), record.sink(), {}, progress), expected);
    EXPECT_EQ(record.logs, whole.logs);
    EXPECT_EQ(events_of(record), events_of(whole));
  }
}

// Requests in the episodes of the agent that is asked by post.
std::size_t requests_of_posted(const Record& record) {
  std::size_t count = 0;
  for (const auto& [index, log] : record.logs) {
    if (std::get<EpisodeStarted>(log.front().content).agent != "noisy_ideal(0.1)") continue;
    for (const auto& event : log) count += std::holds_alternative<BeliefRequested>(event.content);
  }
  return count;
}

using Place = std::pair<std::int64_t, std::int64_t>;  // of a request: episode, sequence
using Said = std::map<Place, Result<AgentReply>>;     // what was replied to it

// Built-in agents by post: replies come a few at a time, the latest asked first, and `cancel_after`
// so many new ones everything under way comes back cancelled.
class ByPost final : public Correspondents {
 public:
  ByPost(const Record& record, Said& said) : record_(&record), said_(&said) {}
  bool takes(const std::string& agent) const override { return agent == "noisy_ideal(0.1)"; }
  Status check(const std::string&) const override { return {}; }
  std::optional<ToolPlay> tool_play(const std::string&) const override { return std::nullopt; }
  void ask(const Correspondence& asked) override {
    EXPECT_TRUE(waiting_.emplace(Place(asked.episode, asked.sequence), asked).second)
        << "asked twice at once";
    most_waiting = std::max(most_waiting, waiting_.size());
  }
  std::vector<CorrespondenceReply> collect() override {
    EXPECT_FALSE(record_->is_together) << "waits while nothing can be told";
    std::vector<CorrespondenceReply> replies;
    while (!waiting_.empty() && replies.size() < 3) {
      const auto last = std::prev(waiting_.end());
      replies.push_back({last->first.first, last->first.second, reply_to(last->first)});
      waiting_.erase(last);
    }
    return replies;
  }

  std::size_t most_waiting = 0;
  std::size_t replied = 0;
  std::optional<std::size_t> cancel_after;

 private:
  Result<AgentReply> reply_to(const Place& place) {
    if (const auto found = said_->find(place); found != said_->end()) return found->second;
    if (cancel_after && replied >= *cancel_after) return fail(ErrorCode::cancelled, "interrupted");
    ++replied;
    return said_->emplace(place, new_reply_to(waiting_.at(place))).first->second;
  }
  static Result<AgentReply> new_reply_to(const Correspondence& asked) {
    const auto* environment = *find_environment(asked.environment);
    // The same draw that the built-in gets when its episode asks it.
    Rng rng = Rng(asked.seed, stream_of("agent"))
                  .fork(stream_of(asked.environment))
                  .fork(stream_of(asked.agent))
                  .fork(static_cast<std::uint64_t>(asked.sequence) + 1);
    return *(*make_agent(asked.agent, *environment))
                ->state_belief(std::get<BeliefRequest>(asked.request), rng);
  }
  const Record* record_;
  Said* said_;
  std::map<Place, Correspondence> waiting_;
};

// Requests that depend on no reply when the posted episodes begin.
std::size_t posted_at_once() {
  std::size_t count = 0;
  for (const auto& plan : plan_episodes(small()))
    if (plan.agent == "noisy_ideal(0.1)")
      count += default_protocol(**find_environment(plan.environment)).queries.size();
  return count;
}

TEST(RunExperiment, CorrespondentsGiveTheSameLogsHoweverManyAreUnderWay) {
  Record expected;
  const auto results = *run_experiment(small(), expected.sink());
  for (const std::size_t in_flight : {1, 2, 5, 100}) {
    Record record;
    Said said;
    ByPost by_post(record, said);
    ExperimentOptions options;
    options.correspondents = &by_post;
    options.in_flight = in_flight;
    EXPECT_EQ(*run_experiment(small(), record.sink(), options), results);
    EXPECT_EQ(record.logs, expected.logs);
    EXPECT_EQ(by_post.most_waiting, std::min(in_flight, posted_at_once()));
    EXPECT_EQ(by_post.replied, requests_of_posted(expected));
  }
}

// Everything that is asked is replied to in one round.
class InRounds final : public Correspondents {
 public:
  bool takes(const std::string&) const override { return true; }
  Status check(const std::string&) const override { return {}; }
  std::optional<ToolPlay> tool_play(const std::string&) const override { return std::nullopt; }
  void ask(const Correspondence& asked) override {
    replies_.push_back({asked.episode, asked.sequence, AgentReply(Reply(Stated{0.5}))});
  }
  std::vector<CorrespondenceReply> collect() override {
    rounds.push_back(replies_.size());
    return std::exchange(replies_, {});
  }
  std::vector<std::size_t> rounds;  // with the number of requests in each

 private:
  std::vector<CorrespondenceReply> replies_;
};

TEST(RunExperiment, EveryBeliefOfAPhaseIsAskedAtOnce) {
  auto spec = small();
  spec.environments = {"sprinkler-v1"};
  spec.agents = {"ideal"};
  spec.trials = 1;
  const auto protocol = default_protocol(**find_environment("sprinkler-v1"));
  ASSERT_GT(protocol.queries.size(), 1U);
  InRounds agents;
  ExperimentOptions options;
  options.correspondents = &agents;
  options.in_flight = 100;
  ASSERT_TRUE(run_experiment(spec, {}, options));
  EXPECT_EQ(agents.rounds, std::vector(1 + protocol.interventions.size(), protocol.queries.size()));
}

TEST(RunExperiment, CancelledCorrespondentsLoseNothingAndGoOn) {
  Record whole;
  const auto expected = *run_experiment(small(), whole.sink());
  for (std::size_t stop = 0; stop < 40; ++stop) {  // also in the middle of what comes at once
    SCOPED_TRACE(stop);
    Record record;
    std::vector<EpisodeProgress> progress(8);
    ExperimentOptions options;
    options.in_flight = stop % 2 == 0 ? 3 : 7;
    Said said;
    ByPost broken(record, said);
    broken.cancel_after = stop;
    options.correspondents = &broken;
    const auto stopped = run_experiment(small(), record.sink(), options);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    for (auto& [index, log] : record.logs) progress[static_cast<std::size_t>(index)].recorded = log;
    for (const auto& result : record.finished)
      progress[static_cast<std::size_t>(result.plan.index)].result = result;
    ByPost rest(record, said);
    options.correspondents = &rest;
    EXPECT_EQ(*run_experiment(small(), record.sink(), options, progress), expected);
    EXPECT_EQ(record.logs, whole.logs);
    // No reply that was had is asked for again.
    EXPECT_EQ(broken.replied + rest.replied, requests_of_posted(whole));
  }
}

// Two agents by post, of which one is put off at its n-th request.
class PutOff final : public Correspondents {
 public:
  PutOff(std::string agent, std::size_t first, std::size_t last, Postponed postponed)
      : agent_(std::move(agent)), first_(first), last_(last), postponed_(postponed) {}
  bool takes(const std::string&) const override { return true; }
  Status check(const std::string&) const override { return {}; }
  std::optional<ToolPlay> tool_play(const std::string&) const override { return std::nullopt; }
  void ask(const Correspondence& asked) override {
    const bool counts = asked.agent == agent_;
    const auto number = counts ? ++asked_of_agent : 0;
    if (counts && first_ <= number && number <= last_)
      replies_.push_back({asked.episode, asked.sequence,
                          fail(ErrorCode::unavailable, "out of order"), postponed_});
    else
      replies_.push_back({asked.episode, asked.sequence, AgentReply(Reply(Stated{0.5}))});
  }
  std::vector<CorrespondenceReply> collect() override { return std::exchange(replies_, {}); }

  std::size_t asked_of_agent = 0;

 private:
  std::string agent_;
  std::size_t first_, last_;
  Postponed postponed_;
  std::vector<CorrespondenceReply> replies_;
};

ExperimentSpec two_by_post() {
  auto spec = small();
  spec.agents = {"ideal", "seeing"};
  spec.trials = 3;
  return spec;
}

TEST(RunExperiment, APostponedEpisodeIsLeftAndTheOthersGoOn) {
  for (const std::size_t in_flight : {1, 2, 100}) {
    SCOPED_TRACE(in_flight);
    Record record;
    PutOff agents("seeing", 2, 2, Postponed::episode);
    ExperimentOptions options;
    options.correspondents = &agents;
    options.in_flight = in_flight;
    const auto stopped = run_experiment(two_by_post(), record.sink(), options);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::unavailable);
    const auto planned = plan_episodes(two_by_post()).size();
    EXPECT_EQ(stopped.error().message, "1 of " + std::to_string(planned) +
                                           " episodes is left: out of order (1 episode of seeing)");
    EXPECT_EQ(record.finished.size(), planned - 1);
    std::vector<std::size_t> unfinished;  // how many replies their logs have
    for (const auto& [index, log] : record.logs) {
      std::size_t replies = 0;
      for (const auto& event : log) {
        replies += std::holds_alternative<BeliefStated>(event.content) ? 1 : 0;
        EXPECT_FALSE(std::holds_alternative<AgentError>(event.content));
      }
      if (!std::holds_alternative<EpisodeEnded>(log.back().content)) unfinished.push_back(replies);
    }
    // Those after the second may have come; they are in no log.
    EXPECT_EQ(unfinished, std::vector<std::size_t>{1});
  }
}

TEST(RunExperiment, ASuspendedAgentIsAskedNoMoreAndTheOthersGoOn) {
  for (const std::size_t in_flight : {1, 4}) {
    Record record;
    PutOff agents("seeing", 3, 1'000, Postponed::agent);
    ExperimentOptions options;
    options.correspondents = &agents;
    options.in_flight = in_flight;
    const auto stopped = run_experiment(two_by_post(), record.sink(), options);
    ASSERT_FALSE(stopped);
    EXPECT_LE(agents.asked_of_agent, 2 + in_flight);
    std::vector<EpisodeProgress> progress(plan_episodes(two_by_post()).size());
    for (const auto& result : record.finished) {
      EXPECT_EQ(result.plan.agent, "ideal");
      progress[static_cast<std::size_t>(result.plan.index)].result = result;
    }
    EXPECT_EQ(record.finished.size(), progress.size() / 2);
    for (auto& [index, log] : record.logs) progress[static_cast<std::size_t>(index)].recorded = log;
    PutOff well("seeing", 0, 0, Postponed::nothing);
    options.correspondents = &well;
    ASSERT_TRUE(run_experiment(two_by_post(), record.sink(), options, progress));
    EXPECT_EQ(record.finished.size(), progress.size());
  }
}

TEST(RunExperiment, AnyDivisionGivesTheSameEpisodes) {
  Record whole;
  const auto expected = *run_experiment(small(), whole.sink());
  const auto count = static_cast<std::int64_t>(expected.size());
  for (std::int64_t size = 1; size <= count; ++size) {
    SCOPED_TRACE(size);
    Record record;
    std::vector<EpisodeResult> results;
    // The last part first.
    for (std::int64_t first = (count - 1) / size * size; first >= 0; first -= size) {
      ExperimentOptions options;
      options.range = {first, size};
      const auto part = run_experiment(small(), record.sink(), options);
      ASSERT_TRUE(part) << error_text(part.error());
      results.insert(results.begin(), part->begin(), part->end());
    }
    EXPECT_EQ(results, expected);
    EXPECT_EQ(record.logs, whole.logs);
  }
  ExperimentOptions nothing;
  nothing.range = {count, 1};
  EXPECT_EQ(run_experiment(small(), {}, nothing).error().code, ErrorCode::invalid_argument);
}

TEST(RunExperiment, WhatPutsOffTheExperimentStopsItAtOnceAndItGoesOnToTheSameResults) {
  for (const std::size_t in_flight : {1, 4, 100}) {
    SCOPED_TRACE(in_flight);
    Record record;
    PutOff agents("seeing", 3, 1'000, Postponed::experiment);
    ExperimentOptions options;
    options.correspondents = &agents;
    options.in_flight = in_flight;
    const auto stopped = run_experiment(two_by_post(), record.sink(), options);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error(), (Error{ErrorCode::unavailable, "out of order", {}, {}}));
    EXPECT_LE(agents.asked_of_agent, 2 + in_flight);
    std::vector<EpisodeProgress> progress(plan_episodes(two_by_post()).size());
    EXPECT_LT(record.finished.size(), progress.size() / 2 + 1);
    for (auto& [index, log] : record.logs) {
      for (const auto& event : log) EXPECT_FALSE(std::holds_alternative<AgentError>(event.content));
      progress[static_cast<std::size_t>(index)].recorded = log;
    }
    for (const auto& result : record.finished)
      progress[static_cast<std::size_t>(result.plan.index)].result = result;
    PutOff well("seeing", 0, 0, Postponed::nothing);
    options.correspondents = &well;
    const auto rest = run_experiment(two_by_post(), record.sink(), options, progress);
    ASSERT_TRUE(rest);
    Record whole;
    PutOff always_well("seeing", 0, 0, Postponed::nothing);
    options.correspondents = &always_well;
    EXPECT_EQ(*rest, *run_experiment(two_by_post(), whole.sink(), options));
    EXPECT_EQ(record.logs, whole.logs);
  }
}

TEST(Postponements, TellTheCommonestReasonFirstAndNoMoreThanAPersonReads) {
  const auto reason = [](std::string text, ErrorCode code = ErrorCode::unavailable) {
    return Error{code, std::move(text), {}, {}};
  };
  Postponements postponed;
  postponed.add("a", reason("rare"));
  for (const auto* agent : {"e", "d", "c", "b", "a"})
    postponed.add(agent, reason("common", ErrorCode::limit_exceeded));
  EXPECT_EQ(postponed.error(9).message,
            "6 of 9 episodes are left: common (5 episodes of a, b, c and 2 more); rare (1 episode "
            "of a)");
  EXPECT_EQ(postponed.error(9).code, ErrorCode::unavailable) << "of two codes";
  for (const auto* text : {"x", "y", "z"}) postponed.add("a", reason(text));
  EXPECT_THAT(postponed.error(9).message, EndsWith("; and 2 other reasons"));
  EXPECT_EQ(postponed.suspended("a"), nullptr);
  postponed.suspend("a", reason("first"));
  postponed.suspend("a", reason("second"));
  EXPECT_EQ(*postponed.suspended("a"), reason("first"));
  Postponements alike;
  for (const auto* text : {"one", "other"}) alike.add("a", reason(text, ErrorCode::limit_exceeded));
  EXPECT_EQ(alike.error(2).code, ErrorCode::limit_exceeded);
}

TEST(RunExperiment, RefusesProgressOfAnotherExperiment) {
  EXPECT_EQ(run_experiment(small(), {}, {}, std::vector<EpisodeProgress>(3)).error().code,
            ErrorCode::conflict);
  Record record;
  ASSERT_TRUE(run_experiment(small(), record.sink()));
  std::vector<EpisodeProgress> swapped(8);
  swapped[0].recorded = record.logs[1];
  EXPECT_EQ(run_experiment(small(), {}, {}, swapped).error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace causal_gym
