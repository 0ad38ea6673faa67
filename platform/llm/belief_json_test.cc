// Replies that are, or end with, a JSON object; and those that are not.
#include "platform/llm/belief_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using ::testing::HasSubstr;

void expect_stated(const std::string& text, double value, const BeliefRange& range = {}) {
  const auto reading = read_belief_reply(text, range);
  EXPECT_EQ(reading.reply, Reply(Stated{value})) << text << "\n  because " << reading.reason;
}

void expect_unparseable(const std::string& text, const std::string& reason) {
  const auto reading = read_belief_reply(text, {});
  EXPECT_EQ(reading.reply, Reply(Unparseable{text})) << text;
  EXPECT_THAT(reading.reason, HasSubstr(reason)) << text;
}

TEST(BeliefJson, OneObjectIsTheBelief) {
  for (const auto* text :
       {R"({"belief": 0.4})", R"({"belief":4e-1})", "\n {\"belief\": 0.4}\n\n",
        "```json\n{\"belief\": 0.4}\n```", "```\n{\"belief\": 0.4}\n```\n", "`{\"belief\": 0.4}`",
        R"({"reasoning": "0.2 {not} \"0.3\"", "belief": 0.4})",
        R"({"belief": 0.4, "confidence": 0.9})", R"(**{"belief": 0.4}**)", R"({"belief": 0.4}.)",
        "<think>{\"belief\": 0.9}</think>{\"belief\": 0.4}"})
    expect_stated(text, 0.4);
  expect_stated(R"({"belief": 1})", 1);
  expect_stated(R"({"belief": -0.25})", -0.25, {-1, 1});
  expect_stated(R"({"belief": 0.1234567890123456789})", 0.1234567890123456789);
}

TEST(BeliefJson, WhatStandsBeforeTheLastObjectDoesNotCount) {
  expect_stated("P(z) = 0.3, P(x) = 0.6, so 0.18 + 0.22.\n{\"belief\": 0.4}", 0.4);
  expect_stated("The set {0.1, 0.2} and \\frac{1}{3}: not 0.5.\n```json\n{\"belief\": 0.4}\n```",
                0.4);
  expect_stated("{\"prior\": 0.2}\n{\"belief\": 0.4}", 0.4);
  expect_stated("{\"belief\": 0.4}\nAgain: {\"belief\": 0.40}", 0.4);
  expect_stated("Form: {\"belief\": number}. {\"belief\": 0.4}", 0.4);
}

TEST(BeliefJson, AStringIsReadByTheGrammar) {
  expect_stated(R"({"belief": "0.4"})", 0.4);
  expect_stated(R"({"belief": "40%"})", 0.4);
  expect_stated(R"({"belief": "2/5"})", 0.4);
  expect_unparseable(R"({"belief": "high"})", "no number");
  expect_unparseable(R"({"belief": "0.2 or 0.3"})", "several");
  expect_unparseable(R"({"belief": ""})", "nothing");
}

TEST(BeliefJson, NullRefuses) {
  for (const std::string text : {R"({"belief": null})", R"({"belief": "I cannot say."})",
                                 "I cannot know.\n{\"belief\": null}", "I'm sorry, I can't."})
    EXPECT_EQ(read_belief_reply(text, {}).reply, Reply(Refused{text})) << text;
}

TEST(BeliefJson, TwoBeliefsOrACutOneStateNothing) {
  expect_unparseable("{\"belief\": 0.2}\n{\"belief\": 0.4}", "two beliefs");
  expect_unparseable("{\"belief\": null}\n{\"belief\": 0.4}", "two beliefs");
  expect_unparseable(R"({"belief": 0.2, "belief": 0.4})", "two beliefs");
  expect_unparseable(R"({"belief": 0.4)", "cut off");
  expect_unparseable(R"({"belief": 0.)", "cut off");
  expect_unparseable(R"({"belief":)", "cut off");
  expect_unparseable("```json\n{\"reasoning\": \"so it is 0.4\", \"belief\": 0.4\n```", "cut off");
  expect_unparseable("{\"belief\": 0.2} and {\"belief\": 0.4", "cut off");
  expect_unparseable(R"({"reasoning": "0.4 is)", "brace");
  expect_unparseable("<think>{\"belief\": 0.4}", "thinking");
}

TEST(BeliefJson, OtherValuesStateNothing) {
  for (const auto* belief : {"true", "[0.4]", "{\"value\": 0.4}", "{}"})
    expect_unparseable(std::string(R"({"belief": )") + belief + "}", "no number");
  expect_unparseable(R"({"belief": 40})", "outside");
  expect_unparseable(R"({"belief": -0.1})", "outside");
  expect_unparseable(R"({"belief": 1e999})", "");
  expect_unparseable(R"({"belief": NaN})", "words");
}

TEST(BeliefJson, OtherTextIsReadByTheGrammar) {
  expect_stated("0.4", 0.4);
  expect_stated("Answer: 40%", 0.4);
  expect_stated("{\"belief\": 0.4} is what I think.", 0.4);
  expect_stated("[{\"belief\": 0.4}]", 0.4);
  expect_stated("{\"answer\": {\"belief\": 0.4}}", 0.4);
  expect_unparseable("{\"belief\": 0.4} if not 0.5 or 0.6", "");
  expect_unparseable("{}", "no number");
  expect_unparseable("", "nothing");
}

TEST(BeliefJson, DeepAndLongTextsAreBounded) {
  const auto deep = "{\"belief\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(read_belief_reply(deep, {}).reply, Reply(Unparseable{deep}));
  const std::string braces(1 << 20, '{');
  EXPECT_EQ(read_belief_reply(braces, {}).reply, Reply(Unparseable{braces}));
  std::string objects;
  while (objects.size() < (1 << 20) - 32) objects += "{\"belief\": 0.4}\n";
  expect_stated(objects, 0.4);
}

}  // namespace
}  // namespace causal_gym
