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
  const auto reading = read_belief_reply(text, {}, "P(alarm)");
  EXPECT_EQ(reading.reply, Reply(Unparseable{text, reading.reason})) << text;
  EXPECT_THAT(reading.reason, HasSubstr(reason)) << text;
}

TEST(BeliefJson, OneObjectIsTheBelief) {
  for (const auto* text :
       {R"({"belief": 0.4})", R"({"belief":4e-1})", "\n {\"belief\": 0.4}\n\n",
        "```json\n{\"belief\": 0.4}\n```", "```\n{\"belief\": 0.4}\n```\n", "`{\"belief\": 0.4}`",
        R"({"reasoning": "0.2 {not} \"0.3\"", "belief": 0.4})",
        R"({"belief": 0.4, "confidence": 0.9})",
        R"({"belief": 0.4, "reasoning": "P(fire) = 0.1, and the rest is 0.3"})",
        R"({"explanation": "no arrow", "belief": 0.4, "confidence": "high"})",
        R"({"steps": ["0.1", "0.3"], "belief": 0.4})", R"(**{"belief": 0.4}**)",
        R"({"belief": 0.4}.)", "<think>{\"belief\": 0.9}</think>{\"belief\": 0.4}"})
    expect_stated(text, 0.4);
  expect_stated(R"({"belief": 1})", 1);
  expect_stated(R"({"belief": -0.25})", -0.25, {-1, 1});
  expect_stated(R"({"belief": 0.1234567890123456789})", 0.1234567890123456789);
}

TEST(BeliefJson, WhatStandsBeforeTheLastObjectDoesNotCount) {
  expect_stated("P(z) = 0.3, P(x) = 0.6, so 0.18 + 0.22.\n{\"belief\": 0.4}", 0.4);
  expect_stated(
      "The set {0.1, 0.2} and \\frac{1}{3}: not "
      "0.5.\n```json\n{\"belief\": 0.4}\n```",
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
  expect_unparseable(R"({"belief": NaN})", "no number");
  expect_unparseable(R"({"belief": 0.146, "unit": "percent"})", "unit");
}

TEST(BeliefJson, NothingAfterItMayNameAnotherNumberOrTakeItBack) {
  const std::string json = R"({"belief": 0.146})";
  for (const auto* rest :
       {"\nNote: P(fire) = 0.1 is not used.", "\n\nThe complementary probability is 0.854.",
        "\n\nMy confidence in this estimate: 0.9", "\n\nThis follows from P = 0.135.",
        "\n\nThe observational probability would be 0.5.", " if not 0.5 or 0.6",
        " {\"confidence\": 0.2}", "\nOne in four would be too high.", "\n1 - 0.854", "\nAlarm: 0.2",
        "\nI am 90% sure.", "\nHuman: and with 3 causes?", "\n\u0660\u066b\u0664"})
    expect_unparseable(json + rest,
                       rest == std::string_view("\n1 - 0.854") ? "" : "another number");
  expect_unparseable("```json\n" + json + "\n```\nHere I used P(fire) = 0.1, so 0.1 it is.",
                     "another number");
  for (const auto* rest :
       {" Wait, that is wrong.", "\nActually, let me think again.", "\nScratch that.",
        "\nThis is only a placeholder.", " would be the form of an answer.",
        "\n\nI have no way of knowing, though.", " if smoke is off",
        "\n(This is not my final answer.)", "\nSorry, I made an error.",
        "\nThat is just an example."})
    expect_unparseable(json + rest, "takes it back");
  for (const auto* rest : {"<|im_end|>", "</s>", "<|eot_id|>\n", "\n```", "\n\nHope this helps!",
                           "\nIf you need more, ask.", "\n(rounded to 3 decimals)",
                           " is what I think.", "\n\nSo the probability is 14.6%.", ".", " \u2705",
                           "\nThat is my answer.", "\n\nAnswer: 0.146"})
    expect_stated(json + rest, 0.146);
  for (const auto* rest :
       {" This is P(alarm=no).", " Just kidding.", "\nI am not certain.",
        "\n1. I looked.\n2. I counted.", "\n\nThis is based on the conditional table.",
        "\n\nThe two causes were averaged out, with smoke=1.", " for P(fire)", " in percent",
        "\nThat was before the intervention.", " (of the opposite)", " lol", "\nOr so.",
        "\n(as a complement)", " unless smoke is off", " # seeing, not doing",
        "\nThis assumes that fire is known.", " is what you would say.", " \u03c0", " %"})
    expect_unparseable(json + rest, "");
}

TEST(BeliefJson, TheObjectStandsFree) {
  for (const auto* text :
       {R"([{"belief": 0.4}])", R"([ {"belief": 0.4} ])", R"([{"a": 1}, {"belief": 0.4}])",
        R"([{"belief": 0.4}, {"a": 1}])", R"({"answer": {"belief": 0.4}})",
        R"({"beliefs": [{"belief": 0.4}]})", R"({"belief": 0.4, "was": {"belief": 0.4}})",
        R"("answer": {"belief": 0.4})"})
    expect_unparseable(text, "inside another value");
  expect_stated(R"("{\"belief\": 0.4}")", 0.4);
  expect_stated(R"(My answer ({"belief": 0.4}))", 0.4);
  expect_stated(R"(Answer: {"belief": 0.4})", 0.4);
  expect_stated(R"(The answer, {"belief": 0.4}, follows.)", 0.4);
  expect_stated(R"(<answer>{"belief": 0.4}</answer>)", 0.4);
  expect_stated("The interval [0, 1] and a set {0.1}.\n{\"belief\": 0.4}", 0.4);
}

TEST(BeliefJson, AnObjectThatIsShownIsNoAnswer) {
  for (const auto* text :
       {R"(For example {"belief": 0.5})", R"(Reply with something such as {"belief": 0.5}.)",
        R"(I will not say {"belief": 0.5}.)", R"(Don't answer {"belief": 0.5}.)",
        "Here is an example:\n{\"belief\": 0.5}", R"(Instead of {"belief": 0.5} I say nothing.)",
        R"(A wrong answer is {"belief": 0.5})", R"(Without intervention, {"belief": 0.5})"})
    expect_unparseable(text, "");
  expect_stated("The table does not matter here, so I would say {\"belief\": 0.5}", 0.5);
  expect_stated("Smoke is not a cause\n{\"belief\": 0.5}", 0.5);
  expect_stated("I did not use the table.\nHere is the JSON as requested:\n{\"belief\": 0.5}", 0.5);
  expect_unparseable(R"(For example {"belief": 0.5} is the format. My answer is 0.3.)", "");
}

TEST(BeliefJson, WhatOnlyJsonForbidsIsReadByTheGrammar) {
  expect_stated(R"({"belief": .4})", 0.4);
  expect_stated(R"({"belief": 40%})", 0.4);
  expect_stated(R"({"belief": 0.4,})", 0.4);
  expect_stated(R"({"belief": +0.4})", 0.4);
  expect_stated(R"({"belief": 2/5})", 0.4);
  expect_stated(R"({"belief": 0,4})", 0.4);
  expect_stated("{'belief': 0.4}", 0.4);
  expect_unparseable(R"({"belief": 0.4e})", "");
  expect_unparseable(R"({"belief": 0x1})", "");
  expect_unparseable(R"({"belief": 0.4 or 0.5})", "several");
  expect_unparseable(R"({"belief": 0.4 "confidence": 0.9})", "malformed");
  expect_unparseable(R"({"belief": 0.4, "note": "it is "good""})", "malformed");
  expect_unparseable("{\"belief\": .4}\n{\"belief\": 0.5}", "two beliefs");
  expect_unparseable("{\"belief\": 0.5}\n{\"belief\": .4}", "two beliefs");
}

TEST(BeliefJson, NoFieldBesideItSaysSomethingElse) {
  const auto expect_not = [](const std::string& field, const std::string& reason) {
    expect_unparseable("{\"belief\": 0.4, " + field + "}", reason);
    expect_unparseable("{" + field + ", \"belief\": 0.4}", reason);
  };
  expect_not("\"query\": \"P(fire)\"", "another query");
  expect_not("\"question\": \"P(alarm=no)\"", "another query");
  expect_not("\"query\": null", "another query");
  for (const auto* field :
       {R"("final_belief": 0.9)", R"("error": "cannot answer")", R"("answer": 0.9)",
        R"("Belief": 0.9)", R"("belief_no": 0.6)", R"("corrected": true)", R"("is_example": true)",
        R"("note": "of the opposite")", R"("probability": 0.9)", R"("regime": "none")",
        R"("interval": [0.3, 0.5])", R"("valid": false)", R"("variable": "fire")"})
    expect_not(field, "another field");
  expect_not(R"("reasoning": "Both matter. I cannot answer.")", "declines");
  expect_unparseable(R"({"belief": 0.4, "explanation": "Just an example."})", "takes it back");
  const auto asked = [](const std::string& text) {
    return read_belief_reply(text, {}, "P(alarm | do(smoke=true))").reply;
  };
  EXPECT_EQ(asked("{\"query\": \"P(alarm | do(smoke=true))\", \"belief\": 0.4}"),
            Reply(Stated{0.4}));
  EXPECT_EQ(asked("{\"belief\": 0.4, \"query\": \"P(alarm|do(smoke=true))\"}"), Reply(Stated{0.4}));
  const std::string refusal = R"({"error": "cannot answer", "belief": null})";
  EXPECT_EQ(asked(refusal), Reply(Refused{refusal}));
  expect_unparseable(R"({"belief": null, "final_belief": 0.9})", "another field");
}

TEST(BeliefJson, WhatLeadsToItSaysThatItIsTheAnswer) {
  for (const auto* lead : {"Before: ",
                           "Before:\n",
                           "**Before**\n",
                           "Before\n",
                           "# Without intervention\n",
                           "Prior belief: ",
                           "For fire: ",
                           "P(fire) = ",
                           "P(alarm=no) = ",
                           "Baseline:\n",
                           "Observational value\n",
                           "The complement is ",
                           "If I had to say nonsense: ",
                           "The following is not my answer.\n",
                           "The format is as below, for example.\n",
                           "Another model said: ",
                           "User: ",
                           "Some people would answer ",
                           "Never say ",
                           "I cannot answer this.\n",
                           "I'm sorry, I can't help with that. ",
                           "Before: ```json\n",
                           "Before:\n```json\n",
                           "1 - ",
                           "not ",
                           "At most ",
                           "Twice the answer: "})
    expect_unparseable(std::string(lead) + "{\"belief\": 0.2}", "");
}

TEST(BeliefJson, WhatLeadsToItIsTheAnswerOrReasoning) {
  expect_unparseable("Answer: 0.9\n{\"belief\": 0.2}", "answers twice");
  expect_unparseable("**Final answer: 90%**\n\n{\"belief\": 0.2}", "what leads to its object");
  expect_unparseable("Before: {\"belief\": 0.2}\nAfter: {\"belief\": 0.2}", "");
  for (const auto* lead :
       {"Answer: ",
        "Final answer:\n",
        "So my belief is ",
        "**Answer**\n",
        "# Final answer\n\n",
        "Here's the JSON:\n\n```json\n",
        "Therefore, the final answer is: ",
        "Answer: 20%\n",
        "Before the intervention it was 0.5. Cutting the arrow leaves 0.2.\n",
        "We cannot read it off the table, so sum.\nP(z) = 0.4, and 0.4 * 0.5 = 0.2\n",
        "1. Cut the arrows into smoke.\n2. Sum over fire: 0.1 + 0.1 = 0.2\n\n",
        "The prior does not matter.\n",
        "Here is my final answer in the requested format:\n",
        "Based on the above, my answer is:\n",
        "Step 6: Final answer:\n",
        "---\n",
        "= 0.1 + 0.1\n\\]\n",
        "The final JSON object is:\n\n",
        "So the probability of alarm is: ",
        "### Conclusion\n",
        "which gives\n$$0.4 * 0.5 = 0.2$$\n",
        "Smoke does not listen to fire any more\n",
        "P(alarm) = ",
        "Step 3: the result is 0.2.\n```json\n"})
    EXPECT_EQ(read_belief_reply(std::string(lead) + "{\"belief\": 0.2}", {}, "P(alarm)").reply,
              Reply(Stated{0.2}))
        << lead
        << read_belief_reply(std::string(lead) + "{\"belief\": 0.2}", {}, "P(alarm)").reason;
}

TEST(BeliefJson, ImpossibleIsNoNumber) {
  expect_unparseable("impossible", "no number");
  expect_unparseable(R"({"belief": "impossible"})", "no number");
}

TEST(BeliefJson, TheQueryTellsWhatWordsAreAbout) {
  EXPECT_EQ(read_belief_reply("P(alarm) = 0.4", {}, "P(alarm)").reply, Reply(Stated{0.4}));
  EXPECT_EQ(read_belief_reply(R"({"belief": "P(alarm) = 0.4"})", {}, "P(alarm)").reply,
            Reply(Stated{0.4}));
  expect_unparseable("P(fire) = 0.4", "nothing says");
  expect_unparseable(R"({"belief": "P(fire) = 0.4"})", "nothing says");
}

TEST(BeliefJson, OtherTextIsReadByTheGrammar) {
  expect_stated("0.4", 0.4);
  expect_stated("Answer: 40%", 0.4);
  expect_stated("{\"belief\": 0.4} is what I think.", 0.4);
  expect_stated("The form {\"belief\": number} is no number of mine.\nAnswer: 0.4", 0.4);
  expect_unparseable("{}", "no number");
  expect_unparseable("", "nothing");
}

TEST(BeliefJson, DeepAndLongTextsAreBounded) {
  const auto deep = "{\"belief\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  expect_unparseable(deep, "");
  const std::string braces(1 << 20, '{');
  expect_unparseable(braces, "");
  std::string objects;
  while (objects.size() < (1 << 20) - 32) objects += "{\"belief\": 0.4}\n";
  expect_stated(objects, 0.4);
}

}  // namespace
}  // namespace causal_gym
