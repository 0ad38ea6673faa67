// In every phase of every environment, through every interface and in every style, the question
// that an agent gets can be read back from its prompt, with or without a limit on the history.
#include <gtest/gtest.h>

#include "gym/agent/prompt.h"
#include "gym/environments/registry.h"
#include "gym/episode/episode.h"

namespace causal_gym {
namespace {

void check_prompts(const Environment& environment, const BeliefRequest& request) {
  const PromptQuestion asked = {environment.id, request.regime, request.query};
  for (const auto style :
       {PromptStyle::plain, PromptStyle::chain_of_thought, PromptStyle::causal_chain_of_thought})
    for (const std::size_t most : {0, 1, 2}) {
      const auto prompt = belief_prompt(request, environment.id, style, most);
      EXPECT_EQ(prompt, belief_prompt(request, environment.id, style, most));
      const auto read = read_prompt(prompt.user);
      ASSERT_TRUE(read) << error_text(read.error());
      EXPECT_EQ(*read, asked);
      EXPECT_NE(prompt.user.find(render_text(request.observations.front())), std::string::npos);
      EXPECT_NE(prompt.user.find(render_text(request.observations.back())), std::string::npos);
    }
}

TEST(PromptRoundTrip, EveryQuestionOfEveryEpisodeReadsBack) {
  std::size_t questions = 0;
  for (const auto& environment : all_environments())
    for (const auto& interface : interface_presets()) {
      SCOPED_TRACE(environment.id + ", " + interface.name);
      auto episode = Episode::start(environment, interface, default_protocol(environment), "a", 1);
      ASSERT_TRUE(episode) << error_text(episode.error());
      for (auto request = episode->pending(); request; request = episode->pending()) {
        check_prompts(environment, *request);
        ++questions;
        ASSERT_TRUE(episode->answer(Reply(Refused{"not asked for an answer"})));
      }
    }
  EXPECT_GT(questions, 2 * all_environments().size());
}

}  // namespace
}  // namespace causal_gym
