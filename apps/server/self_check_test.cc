// The check of causal accuracy: that the engine is right, and that each wrong answer is told.
#include "apps/server/self_check.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const auto moment = std::chrono::system_clock::time_point(1'800'000'000s);

std::vector<KnownAnswer> all_known() { return {known_answers().begin(), known_answers().end()}; }

TEST(KnownAnswers, TheEngineGivesEach) {
  const auto report = ask_known(known_answers());
  EXPECT_EQ(report.asked, 18U);
  EXPECT_THAT(report.wrong, testing::IsEmpty());
  EXPECT_EQ(report.ratio(), 1);
}

// An engine that answers seeing where doing is asked, or leaves out what is conditioned on, would
// fail: no two answers about one outcome are the same.
TEST(KnownAnswers, TellRivalAnswersApart) {
  std::set<std::pair<std::string_view, double>> told;
  for (const auto& known : known_answers())
    EXPECT_TRUE(told.emplace(known.model, known.answer).second) << known.query;
}

TEST(KnownAnswers, EachThatIsWrongIsCounted) {
  for (std::size_t i = 0; i < known_answers().size(); ++i)
    for (const double change : {1e-6, -1e-6, 0.1}) {
      auto answers = all_known();
      answers[i].answer += change;
      const auto report = ask_known(answers);
      ASSERT_EQ(report.wrong.size(), 1U);
      EXPECT_THAT(report.wrong[0], testing::StartsWith(std::string(answers[i].query)));
      EXPECT_DOUBLE_EQ(report.ratio(), 17.0 / 18);
    }
}

TEST(KnownAnswers, WhatCannotBeAnsweredIsWrong) {
  const KnownAnswer unknown[] = {{"sprinkler-v1", "P(rian)", 0.4}, {"nowhere-v1", "P(rain)", 0.4}};
  const auto report = ask_known(unknown);
  EXPECT_EQ(report.ratio(), 0);
  EXPECT_THAT(report.wrong[0], HasSubstr("did you mean 'rain'?"));
  EXPECT_EQ(ask_known({}).ratio(), 1);
}

struct SelfCheckTest : testing::Test {
  // The health of a server whose one part is the check.
  nlohmann::json health_with(std::span<const KnownAnswer> answers) {
    const HealthWatch watch({self_check_part({answers, 1h}, clock, metrics, logger)}, clock);
    return health_json(watch.health());
  }

  FixedClock clock{moment};
  Metrics metrics{{"1", "gcc"}, {}};
  std::ostringstream log;
  Logger logger{LogLevel::info, clock, log};
};

TEST_F(SelfCheckTest, NothingIsMeasuredBeforeTheFirstOne) {
  EXPECT_EQ(metrics.text().find("causal_self_check"), std::string::npos);
}

TEST_F(SelfCheckTest, ARightEngineIsWellAndSaysNothing) {
  const auto health = health_with(known_answers());
  EXPECT_EQ(health["status"], "healthy");
  EXPECT_EQ(health["checks"]["self_check"]["status"], "healthy");
  EXPECT_EQ(health["checks"]["self_check"]["critical"], true);
  EXPECT_THAT(metrics.text(), HasSubstr("\ncausal_self_check_ratio 1\n"));
  EXPECT_THAT(metrics.text(),
              HasSubstr("\ncausal_self_check_last_run_timestamp_seconds 1800000000\n"));
  EXPECT_EQ(log.str(), "");
}

TEST_F(SelfCheckTest, AWrongOneIsUnhealthyMeasuredAndAnErrorInTheLog) {
  auto answers = all_known();
  answers.resize(4);
  answers[1].answer = 0.69625;  // what seeing says
  const auto health = health_with(answers);
  EXPECT_EQ(health["status"], "unhealthy");
  const std::string what =
      "P(slippery | do(sprinkler=on)) in sprinkler-v1 is 0.69625 and was "
      "answered with 0.7";
  EXPECT_THAT(health["checks"]["self_check"]["message"],
              HasSubstr("3 of 4 known answers are right; " + what));
  EXPECT_THAT(metrics.text(), HasSubstr("\ncausal_self_check_ratio 0.75\n"));
  const auto line = nlohmann::json::parse(log.str());
  EXPECT_EQ(line["level"], "ERROR");
  EXPECT_EQ(line["event"], "wrong_causal_answers");
  EXPECT_EQ(line["right"], 3);
  EXPECT_EQ(line["asked"], 4);
  EXPECT_THAT(line["first"], testing::StartsWith(what.substr(0, 40)));
}

TEST_F(SelfCheckTest, ItIsAskedAtItsOwnPace) {
  const HealthPart part = self_check_part({known_answers(), 7s}, clock, metrics, logger);
  ASSERT_TRUE(part.times);
  EXPECT_EQ(part.times->between, 7s);
  EXPECT_GT(part.times->deadline, HealthTimes().deadline);
}

}  // namespace
}  // namespace causal_gym
