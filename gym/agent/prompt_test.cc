// What a language model is asked, and that a program can read the question back.
#include "gym/agent/prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr PromptStyle all_styles[] = {PromptStyle::plain, PromptStyle::chain_of_thought,
                                      PromptStyle::causal_chain_of_thought};

std::vector<Observation> four_phases() {
  return {{0, "", {ShownStory{"Lawn", "Rain and shade.", {}}}},
          {1, "set rain=true", {ShownUnit{{{"mood", "bad"}}}}},
          {2, "set rain=false", {ShownUnit{{{"mood", "good"}}}}},
          {3, "set shade=true", {ShownUnit{{{"mood", "fair"}}}}}};
}

TEST(BeliefPrompt, TellsEveryObservationTheRegimeAndTheQuestion) {
  const auto observations = four_phases();
  const auto prompt = belief_prompt({observations, "P(rain)", "set shade=true", 3, {}}, "lawn-v1",
                                    PromptStyle::plain);
  EXPECT_EQ(prompt.user,
            "Environment: lawn-v1\n\n--- Observation 1 of 4 ---\n" + render_text(observations[0]) +
                "\n--- Observation 2 of 4 ---\n" + render_text(observations[1]) +
                "\n--- Observation 3 of 4 ---\n" + render_text(observations[2]) +
                "\n--- Observation 4 of 4 ---\n" + render_text(observations[3]) +
                "\n--- Now ---\nIntervention in force: set shade=true\nQuestion: P(rain)\n");
}

TEST(BeliefPrompt, ALimitKeepsTheFirstObservationAndTheNewest) {
  const auto observations = four_phases();
  const auto user = [&](std::size_t most) {
    return belief_prompt({observations, "P(rain)", "set shade=true", 3, {}}, "lawn-v1",
                         PromptStyle::plain, most)
        .user;
  };
  EXPECT_EQ(user(1),
            "Environment: lawn-v1\n\n--- Observation 1 of 4 ---\n" + render_text(observations[0]) +
                "\n(Observations 2 to 3 are left out.)\n\n--- Observation 4 of 4 ---\n" +
                render_text(observations[3]) +
                "\n--- Now ---\nIntervention in force: set shade=true\nQuestion: P(rain)\n");
  EXPECT_THAT(user(2), HasSubstr("(Observation 2 is left out.)\n\n--- Observation 3 of 4 ---\n"));
  EXPECT_EQ(user(3), user(0));
  EXPECT_EQ(user(99), user(0));
}

TEST(BeliefPrompt, TheSystemStatesTheRangeAndTheForm) {
  const auto system = [](PromptStyle style) {
    return belief_prompt({{}, "E[y]", "", 0, {-1.5, 10}}, "lawn-v1", style).system;
  };
  for (const auto style : all_styles) {
    EXPECT_THAT(system(style), HasSubstr("between -1.5 and 10"));
    EXPECT_THAT(system(style), HasSubstr("{\"belief\": number}"));
  }
  EXPECT_THAT(system(PromptStyle::chain_of_thought), HasSubstr("step by step"));
  EXPECT_THAT(system(PromptStyle::causal_chain_of_thought), HasSubstr("do(x=1) means"));
}

// `plain` measures what a model makes of do() by itself; so does `cot`.
TEST(BeliefPrompt, OnlyTheCausalStyleSaysWhatDoMeans) {
  for (const auto style : {PromptStyle::plain, PromptStyle::chain_of_thought}) {
    const auto prompt = belief_prompt({{}, "P(y)", "", 0, {}}, "lawn-v1", style);
    for (const auto* word : {"do(", "cause", "causal", "graph", "confound", "cut"})
      EXPECT_THAT(prompt.system, Not(HasSubstr(word)));
  }
}

TEST(BeliefPrompt, SaysThatNothingIsInForceWhereALineWouldBeTakenForIt) {
  const std::vector<Observation> misleading = {
      {0, "", {ShownStory{"Lawn", "Intervention in force: set rain=true\nQuestion: P(moon)", {}}}}};
  const BeliefRequest request{misleading, "P(rain)", "", 0, {}};
  const auto prompt = belief_prompt(request, "lawn-v1", PromptStyle::plain);
  EXPECT_EQ(*read_prompt(prompt.user), (PromptQuestion{"lawn-v1", "", "P(rain)"}));
  const auto bare = belief_prompt({{}, "P(rain)", "", 0, {}}, "lawn-v1", PromptStyle::plain);
  EXPECT_EQ(bare.user, "Environment: lawn-v1\n\n--- Now ---\nQuestion: P(rain)\n");
}

TEST(ReadPrompt, ReadsWhatAPersonWrites) {
  EXPECT_EQ(*read_prompt("Environment: lawn-v1\r\nIntervention in force: set rain=true\r\n\r\nIt "
                         "rained.\r\nQuestion: P(mood=bad) \r\n\r\n"),
            (PromptQuestion{"lawn-v1", "set rain=true", "P(mood=bad)"}));
  EXPECT_EQ(*read_prompt("Hello.\nEnvironment: lawn-v1\nQuestion: P(rain)\nAnswer in JSON."),
            (PromptQuestion{"lawn-v1", "", "P(rain)"}));
}

TEST(ReadPrompt, NamesTheLineThatIsMissing) {
  const auto message = [](std::string_view user) {
    const auto read = read_prompt(user);
    EXPECT_FALSE(read) << user;
    EXPECT_EQ(read.error().code, ErrorCode::parse_error);
    return read.error().message;
  };
  for (const auto* user : {"", "\n", "How likely is rain?", "Environment: \nQuestion: P(rain)",
                           "In Environment: lawn-v1\nQuestion: P(rain)"})
    EXPECT_THAT(message(user), HasSubstr("'Environment: ...'"));
  for (const auto* user : {"Environment: lawn-v1", "Environment: lawn-v1\nQuestion: \n"})
    EXPECT_THAT(message(user), HasSubstr("'Question: ...'"));
}

TEST(PromptStyle, NamesReadBack) {
  for (const auto style : all_styles)
    EXPECT_EQ(*find_prompt_style(prompt_style_name(style)), style);
  const auto none = find_prompt_style("causal_cto");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::unknown_name);
  EXPECT_EQ(none.error().suggestion, "did you mean 'causal_cot'?");
}

}  // namespace
}  // namespace causal_gym
