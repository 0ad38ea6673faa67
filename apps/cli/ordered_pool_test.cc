// Order, boundedness and early end of the line pool.
#include "apps/cli/ordered_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace causal_gym {
namespace {

LineSource numbers_up_to(int count) {
  return [next = 0, count]() mutable -> Result<std::optional<std::string>> {
    return next < count ? std::optional(std::to_string(next++)) : std::nullopt;
  };
}

TEST(ProcessLines, AnswersComeInTheOrderOfTheLinesAtAnyNumberOfJobs) {
  for (const std::size_t jobs : {1U, 2U, 7U}) {
    std::vector<std::string> answers;
    ASSERT_TRUE(process_lines(
        jobs, numbers_up_to(500),
        [](const std::string& line) {
          if (std::stoi(line) % 50 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
          return line + "!";
        },
        [&](const std::string& answer) {
          answers.push_back(answer);
          return true;
        },
        {}));
    ASSERT_EQ(answers.size(), 500U);
    for (int i = 0; i < 500; ++i)
      EXPECT_EQ(answers[static_cast<std::size_t>(i)], std::to_string(i) + "!");
  }
}

TEST(ProcessLines, AnAnswerIsWrittenBeforeTheNextLineIsThere) {
  std::atomic<int> written = 0;
  int asked = 0;
  ASSERT_TRUE(process_lines(
      2,
      [&]() -> Result<std::optional<std::string>> {
        while (written < asked) std::this_thread::yield();  // the other end waits for each answer
        return asked < 20 ? std::optional(std::to_string(asked++)) : std::nullopt;
      },
      [](const std::string& line) { return line; },
      [&](const std::string&) {
        ++written;
        return true;
      },
      {}));
  EXPECT_EQ(written, 20);
}

TEST(ProcessLines, AReaderThatGoesAwayEndsTheWork) {
  int read = 0, written = 0;
  ASSERT_TRUE(process_lines(
      2, [&]() -> Result<std::optional<std::string>> { return std::to_string(read++); },
      [](const std::string& line) { return line; },
      [&](const std::string&) { return ++written < 10; }, {}));
  EXPECT_EQ(written, 10);
  EXPECT_LE(read, 10 + 2 * 16 + 2);
}

TEST(ProcessLines, CancellationStopsReadingAndFinishesWhatIsInFlight) {
  CancellationSource source;
  int read = 0;
  std::size_t written = 0;
  ASSERT_TRUE(process_lines(
      1,
      [&]() -> Result<std::optional<std::string>> {
        if (++read == 5) source.cancel();
        return "x";
      },
      [](const std::string& line) { return line; },
      [&](const std::string&) {
        ++written;
        return true;
      },
      source.token()));
  EXPECT_EQ(read, 5);
  EXPECT_EQ(written, 5U);
}

TEST(ProcessLines, AnErrorOfTheSourceEndsTheWorkOnceWhatItGaveIsAnswered) {
  for (const std::size_t jobs : {1U, 2U}) {
    int read = 0, written = 0;
    const auto status = process_lines(
        jobs,
        [&]() -> Result<std::optional<std::string>> {
          if (++read > 3) return fail(ErrorCode::unavailable, "gone");
          return "x";
        },
        [](const std::string& line) { return line; },
        [&](const std::string&) {
          ++written;
          return true;
        },
        {});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "gone");
    EXPECT_EQ(written, 3);
  }
}

}  // namespace
}  // namespace causal_gym
