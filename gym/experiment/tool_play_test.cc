// Agents that play their episodes with tools: the scores of the same agent asked belief by belief,
// and experiments that break off anywhere and go on from what is on record.
#include <gtest/gtest.h>

#include <map>

#include "gym/agent/tool_prompt.h"
#include "gym/environments/registry.h"
#include "gym/experiment/experiment.h"

namespace causal_gym {
namespace {

ExperimentSpec spec_of(const std::string& agent) {
  ExperimentSpec spec;
  spec.environments = {"sprinkler-v1", "chain-v1", "instrument_schooling-v1"};
  spec.agents = {agent};
  spec.trials = 2;
  return spec;
}

// A built-in agent behind the tools, as "tools:" and its name. What it said is kept, and said again
// when it is asked the same; `cancel_after` so many new turns everything comes back cancelled.
class Player final : public Correspondents {
 public:
  bool takes(const std::string& agent) const override { return agent.starts_with("tools:"); }
  Status check(const std::string&) const override { return {}; }
  std::optional<ToolPlay> tool_play(const std::string&) const override { return ToolPlay{}; }
  void ask(const Correspondence& asked) override { waiting_.push_back(asked); }
  std::vector<CorrespondenceReply> collect() override {
    std::vector<CorrespondenceReply> replies;
    for (const auto& asked : std::exchange(waiting_, {}))
      replies.push_back({asked.episode, asked.sequence, reply_to(asked)});
    return replies;
  }

  std::size_t new_turns = 0;
  std::optional<std::size_t> cancel_after;

 private:
  Result<AgentReply> reply_to(const Correspondence& asked) {
    const auto place = std::pair(asked.episode, asked.sequence);
    if (const auto found = said_.find(place); found != said_.end())
      return AgentReply(found->second);
    if (cancel_after && new_turns >= *cancel_after) return fail(ErrorCode::cancelled, "stopped");
    ++new_turns;
    auto turn = turn_of(asked, std::get<TurnRequest>(asked.request));
    said_.emplace(place, turn);
    return AgentReply(std::move(turn));
  }
  static TurnReply turn_of(const Correspondence& asked, const TurnRequest& request) {
    const auto told = request.turns.empty() ? std::string(request.opening)
                                            : request.turns.back().results.back().text;
    const auto standing = *read_standing(told);
    if (!standing.query)
      return {"", {{"1", "intervene", "", InterveneAction{standing.offered.front()}}}};
    const auto* environment = *find_environment(standing.environment);
    const auto question = *read_belief_question(*standing.query, environment->model);
    Rng rng(asked.seed, 0);
    const auto reply = *(*make_agent(asked.agent.substr(6), *environment))
                            ->state_belief({{},
                                            question.text,
                                            standing.regime,
                                            standing.regime.empty() ? 0 : 1,
                                            question.range},
                                           rng);
    return {"", {{"1", "state_belief", "", StateBeliefAction{question.text, reply}}}};
  }

  std::vector<Correspondence> waiting_;
  std::map<std::pair<std::int64_t, std::int64_t>, TurnReply> said_;
};

struct Kept {
  std::map<std::int64_t, std::vector<EpisodeEvent>> logs;
  std::vector<EpisodeResult> finished;
  ExperimentSink sink() {
    return {[this](const EpisodePlan& plan, std::span<const EpisodeEvent> events) -> Status {
              logs[plan.index].insert(logs[plan.index].end(), events.begin(), events.end());
              return {};
            },
            [this](std::span<const EpisodeEvent> events, const EpisodeResult& result) -> Status {
              auto& log = logs[result.plan.index];
              log.insert(log.end(), events.begin(), events.end());
              finished.push_back(result);
              return {};
            }};
  }
  [[nodiscard]] std::vector<EpisodeProgress> progress() const {
    std::vector<EpisodeProgress> made(6);
    for (const auto& [index, log] : logs) made[static_cast<std::size_t>(index)].recorded = log;
    for (const auto& result : finished)
      made[static_cast<std::size_t>(result.plan.index)].result = result;
    return made;
  }
};

TEST(ToolPlay, ScoresAsTheAgentThatIsAskedBeliefByBelief) {
  for (const std::string agent : {"ideal", "seeing", "reverser", "associator", "stubborn"}) {
    Player player;
    ExperimentOptions options;
    options.correspondents = &player;
    options.in_flight = 4;
    const auto played = run_experiment(spec_of("tools:" + agent), {}, options);
    ASSERT_TRUE(played) << error_text(played.error());
    const auto asked = *run_experiment(spec_of(agent), {});
    ASSERT_EQ(played->size(), asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      EXPECT_EQ((*played)[i].scores, asked[i].scores) << agent;
      EXPECT_EQ((*played)[i].beliefs, asked[i].beliefs) << agent;
      EXPECT_EQ((*played)[i].interventions, asked[i].interventions) << agent;
    }
  }
}

TEST(ToolPlay, GoesOnFromWhatIsOnRecordAndAsksNothingAgain) {
  const auto spec = spec_of("tools:ideal");
  Kept whole;
  Player uninterrupted;
  ExperimentOptions options;
  options.correspondents = &uninterrupted;
  options.in_flight = 3;
  const auto expected = *run_experiment(spec, whole.sink(), options);
  for (std::size_t stop = 0; stop < uninterrupted.new_turns; stop += 5) {
    SCOPED_TRACE(stop);
    Kept kept;
    Player player;
    player.cancel_after = stop;
    options.correspondents = &player;
    EXPECT_EQ(run_experiment(spec, kept.sink(), options).error().code, ErrorCode::cancelled);
    player.cancel_after.reset();
    EXPECT_EQ(*run_experiment(spec, kept.sink(), options, kept.progress()), expected);
    EXPECT_EQ(kept.logs, whole.logs);
    EXPECT_EQ(player.new_turns, uninterrupted.new_turns);
  }
}

TEST(ToolPlay, ARecordThatDoesNotFitIsAConflict) {
  const auto spec = spec_of("tools:ideal");
  Kept kept;
  Player player;
  player.cancel_after = 9;
  ExperimentOptions options;
  options.correspondents = &player;
  ASSERT_FALSE(run_experiment(spec, kept.sink(), options));
  ASSERT_GT(kept.logs.at(0).size(), 5U);
  auto progress = kept.progress();
  std::get<BeliefStated>(progress[0].recorded[4].content).value += 0.01;
  Player other;
  options.correspondents = &other;
  const auto resumed = run_experiment(spec, {}, options, progress);
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, ErrorCode::conflict);
  EXPECT_NE(resumed.error().message.find("event 4"), std::string::npos) << resumed.error().message;
}

}  // namespace
}  // namespace causal_gym
