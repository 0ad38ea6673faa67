// What a model's calls of tools mean, and which ones cannot be read.
#include "platform/llm/tool_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace causal_gym {
namespace {

using ::testing::HasSubstr;

TEST(ReadToolCall, ReadsEachTool) {
  EXPECT_EQ(read_tool_call("observe", "{}"), Action(ObserveAction{}));
  EXPECT_EQ(read_tool_call("observe", ""), Action(ObserveAction{}));
  EXPECT_EQ(read_tool_call("ask_history", " { } "), Action(AskHistoryAction{}));
  EXPECT_EQ(read_tool_call("stop", "{}"), Action(StopAction{}));
  EXPECT_EQ(read_tool_call("intervene", R"j({"intervention":"set x=1"})j"),
            Action(InterveneAction{"set x=1"}));
  EXPECT_EQ(read_tool_call("state_belief", R"j({"belief": 5e-1, "query": "P(y)"
})j"),
            Action(StateBeliefAction{"P(y)", Stated{0.5}}));
  EXPECT_TRUE(std::holds_alternative<Refused>(
      std::get<StateBeliefAction>(read_tool_call("state_belief", R"j({"query":"","belief":null})j"))
          .reply));
}  // namespace

TEST(ReadToolCall, SaysWhatCannotBeRead) {
  struct Case {
    const char* tool;
    const char* arguments;
    const char* words;
  };
  const Case cases[] = {
      {"state_beleif", "{}", "did you mean 'state_belief'"},
      {"search_the_web", "{}", "there is no tool 'search_the_web'"},
      {"observe", "[]", "not a JSON object"},
      {"observe", "{", "not a JSON object"},
      {"observe", R"j({"variable":"x"})j", "there is no argument 'variable'"},
      {"intervene", "{}", "the argument 'intervention' is missing"},
      {"intervene", R"j({"intervention":["x=1"]})j", "'intervention' is not a text"},
      {"state_belief", R"j({"query":"P(y)"})j", "the argument 'belief' is missing"},
      {"state_belief", R"j({"query":7,"belief":0.5})j", "'query' is not a text"},
      {"state_belief", R"j({"query":"P(y)","belief":"0.5"})j", "neither a number nor null"},
      {"state_belief", R"j({"query":"P(y)","belief":1e999})j", ""},
      {"state_belief", R"j({"query":"P(y)","belief":0.2,"belief":0.9})j", "stands there twice"},
      {"state_belief", R"j({"query":"P(y)","belief":0.2,"certainty":1})j", "'certainty'"}};
  for (const auto& [tool, arguments, words] : cases) {
    const auto action = read_tool_call(tool, arguments);
    ASSERT_TRUE(std::holds_alternative<UnreadableAction>(action)) << arguments;
    EXPECT_THAT(std::get<UnreadableAction>(action).problem, HasSubstr(words));
  }
}  // namespace causal_gym

// What the tools are said to take is what is read.
TEST(AgentTools, TheirSchemasAreStrict) {
  const std::map<std::string_view, std::string_view> least = {
      {"observe", "{}"},
      {"ask_history", "{}"},
      {"stop", "{}"},
      {"intervene", R"j({"intervention":""})j"},
      {"state_belief", R"j({"query":"","belief":1})j"}};
  ASSERT_EQ(agent_tools().size(), least.size());
  for (const auto& tool : agent_tools()) {
    EXPECT_THAT(std::string(tool.parameters), HasSubstr("\"additionalProperties\":false"));
    const auto action = read_tool_call(std::string(tool.name), least.at(tool.name));
    EXPECT_FALSE(std::holds_alternative<UnreadableAction>(action)) << tool.name;
  }
}

}  // namespace
}  // namespace causal_gym
