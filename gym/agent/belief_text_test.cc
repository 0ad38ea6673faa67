// Replies as models write them, each with what it states, or that it refuses or says nothing clear.
#include "gym/agent/belief_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "gym/agent/belief_probe.h"

namespace causal_gym {
namespace {

using ::testing::HasSubstr;

TEST(BeliefText, ANumberAlone) {
  expect_stated({{"0.4", 0.4},
                 {"  0.4\n", 0.4},
                 {"0.4.", 0.4},
                 {"**0.4**", 0.4},
                 {"`0.4`", 0.4},
                 {"*0.4*", 0.4},
                 {"\"0.4\"", 0.4},
                 {"(0.4)", 0.4},
                 {".4", 0.4},
                 {"+0.4", 0.4},
                 {"1", 1},
                 {"0", 0},
                 {"1.0", 1},
                 {"1.", 1},
                 {"0.000", 0},
                 {"~0.4", 0.4},
                 {"\u2248 0.4", 0.4},
                 {"```\n0.4\n```", 0.4},
                 {"```json\n0.4\n```", 0.4},
                 {"- 0.4", 0.4},
                 {"* 0.4", 0.4},
                 {"$0.4$", 0.4},
                 {"\\(0.4\\)", 0.4},
                 {"\\[ 0.4 \\]", 0.4},
                 {"0.123456789012345678", 0.123456789012345678}});
}

TEST(BeliefText, PercentagesAreHundredths) {
  expect_stated({{"95.5%", 0.955},
                 {"40%", 0.4},
                 {"40 %", 0.4},
                 {"40 percent", 0.4},
                 {"40 per cent", 0.4},
                 {"0.5%", 0.005},
                 {"33.3%", 0.333},
                 {"100%", 1},
                 {"0%", 0},
                 {"40\\%", 0.4},
                 {"40\u00a0%", 0.4},
                 {"40\uff05", 0.4},
                 {"There is a 40% chance of rain.", 0.4},
                 {"I'd estimate a 70 percent probability.", 0.7},
                 {"about 12.5%, I think", 0.125},
                 {"40% likely", 0.4}});
}

TEST(BeliefText, FractionsAndRatios) {
  expect_stated({{"2/5", 0.4},
                 {"1 / 3", 1.0 / 3},
                 {"1 in 4", 0.25},
                 {"About 1 in 4.", 0.25},
                 {"3 out of 4", 0.75},
                 {"\u00bd", 0.5},
                 {"\u2154", 2.0 / 3},
                 {"2\u20445", 0.4},
                 {"\\frac{2}{5}", 0.4},
                 {"$\\dfrac{1}{3}$", 1.0 / 3},
                 {"0.4 out of 1", 0.4},
                 {"4/10", 0.4},
                 {"roughly a 1 in 3 chance", 1.0 / 3}});
}

TEST(BeliefText, ScientificNotation) {
  expect_stated({{"1e-3", 0.001},
                 {"4.0E-1", 0.4},
                 {"1.5e-05", 1.5e-5},
                 {"4 x 10^-3", 0.004},
                 {"4 \\times 10^{-3}", 0.004},
                 {"4 \u00d7 10\u207b\u00b3", 0.004},
                 {"4*10^-1", 0.4}});
}

TEST(BeliefText, DecimalCommas) {
  expect_stated({{"0,4", 0.4},
                 {"0,400", 0.4},
                 {"Die Wahrscheinlichkeit beträgt 0,4.", 0.4},
                 {"La probabilité est de 0,35.", 0.35},
                 {"La probabilidad es 0,2", 0.2},
                 {"Etwa 12,5 Prozent", 0.125},
                 {"40 por ciento", 0.4},
                 {"1,0", 1}});
}

TEST(BeliefText, OtherLanguages) {
  expect_stated({{"概率是0.4。", 0.4},
                 {"答案：0.4", 0.4},
                 {"答えは 0.4 です。", 0.4},
                 {"答えは0.4です。", 0.4},
                 {"\uff10\uff0e\uff14", 0.4},
                 {"Вероятность равна 0,4.", 0.4},
                 {"La risposta è 0.4", 0.4},
                 {"Nicht 0,2, sondern 0,9.", 0.9}});
  expect_unparseable({{"百分之40", "not read"},
                      {"0.3 または \u0660\u066b\u0664", "not read"},
                      {"\u0664\u0660\u066a", "not read"},
                      {"概率超过0.4", "nothing says"},
                      {"确定不是0.4", "nothing says"},
                      {"Die Wahrscheinlichkeit, dass es nicht mit 0,4 regnet", "not"},
                      {"4割", "not read"},
                      {"vierzig Prozent", "no number"}});
}

TEST(BeliefText, WordsStandingAlone) {
  expect_stated({{"zero", 0},
                 {"One.", 1},
                 {"Certain", 1},
                 {"Answer: zero", 0},
                 {"The probability is one.", 1},
                 {"Belief: 0", 0}});
  expect_unparseable({{"It is certain that it rains.", "no number"},
                      {"**Impossible**", "no number"},
                      {"Belief: impossible", "no number"},
                      {"Belief: 0.2. Just kidding.", "takes the number back"},
                      {"No one can say.", "no number"},
                      {"The answer is certain.", "no number"},
                      {"The probability is not one.", "no number"},
                      {"The chance is zero, or maybe 0.1", "several"},
                      {"high", "no number"},
                      {"Very likely.", "no number"}});
}

TEST(BeliefText, ASingleNumberInProse) {
  expect_stated({{"I'd say about 0.3", 0.3},
                 {"I would put it at roughly 0.3.", 0.3},
                 {"My belief is 0.7 because the sprinkler wets the grass.", 0.7},
                 {"\\boxed{0.4}", 0.4},
                 {"The answer is $\\boxed{0.4}$.", 0.4},
                 {"\\boxed{\\frac{2}{5}}", 0.4},
                 {"\\boxed{40\\%}", 0.4},
                 {"\\boxed{0,4}", 0.4},
                 {"<answer>0.4</answer>", 0.4},
                 {"Belief = 0.4", 0.4},
                 {"p = 0.4", 0.4},
                 {"I am confident that the probability is 0.4.", 0.4},
                 {"I'm not sure, but about 0.3", 0.3},
                 {"0.4 or so", 0.4},
                 {"{\"probability\": 0.4}", 0.4},
                 {"=> 0.4", 0.4}});
}

TEST(BeliefText, NumbersThatSayTheSame) {
  expect_stated({{"0.4, that is 40%", 0.4},
                 {"2/5 = 0.4 = 40%", 0.4},
                 {"1/3 = 0.333", 1.0 / 3},
                 {"33.3% (1/3)", 1.0 / 3},
                 {"0.4\n\nSo my answer is 0.4", 0.4},
                 {"I say 0.40. Yes: 0.4", 0.4}});
}

TEST(BeliefText, TheLastLineDecides) {
  expect_stated(
      {{"First 0.2, then 0.3.\nAnswer: 0.4", 0.4},
       {"1. The prior is 0.2.\n2. Cut the arrow.\n3. So 0.6 * 0.5.\n\n**Answer:** 0.3", 0.3},
       {"We have 0.6 and 0.1.\nFinal answer: **40%**", 0.4},
       {"0.6 and 0.1.\n### Final Answer\n0.4", 0.4},
       {"0.6 and 0.1.\nFinal answer:\n\n0.4", 0.4},
       {"P(z=1) = 0.4\n$$P(y) = 0.6 \\cdot 0.5 + 0.4 \\cdot 0.8 = \\boxed{0.62}$$", 0.62},
       {"There are two causes.\nBelief: 0.4", 0.4},
       {"I can't be certain.\nAnswer: 0.4", 0.4},
       {"<think>maybe 0.2, or 0.3</think>\n0.4", 0.4},
       {"<think>hm\n</think>\n\nAnswer: 40%", 0.4},
       {"About 0.1 to 0.2.\nAnswer: zero", 0}});
}

TEST(BeliefText, CorrectionsStateWhatRemains) {
  expect_stated({{"not 0.2 but 0.9", 0.9},
                 {"It's not 0.2 but 0.9.", 0.9},
                 {"The probability isn't 0.2, it is 0.9", 0.9},
                 {"0.9, not 0.2", 0.9},
                 {"0.9 rather than 0.2", 0.9},
                 {"0.9 instead of 0.2", 0.9},
                 {"0.9 and not 0.2", 0.9},
                 {"x does not act on y so it stays at 0.45", 0.45},
                 {"It stays at 0.45 because x doesn't act on y.", 0.45}});
  expect_unparseable({{"not 0.2 but 0.9, and not 0.9 but 0.5", "several"},
                      {"not 0.2 and not 0.3, but 0.9", "several"},
                      {"Not 0.2.", "nothing says"},
                      {"It is not the case that P(y) = 0.2.", "nothing says"},
                      {"0.2... wait, 0.9", "trails off"},
                      {"0.2. Wait, that is too low.", "back"},
                      {"0.2, no, actually 0.9", "several"},
                      {"0.2. That's wrong, sorry.", "back"},
                      {"The naive answer would be 0.75.", "back"}});
}

TEST(BeliefText, SeveralNumbersStateNothing) {
  expect_unparseable({{"0.2 or 0.3", "several"},
                      {"0.4 (confidence: 90%)", "several"},
                      {"Answer: 0.4 (90% confident)", "calls the answer"},
                      {"P(a) = 0.2 and P(b) = 0.4", "several"},
                      {"P(a) = 0.2, P(b) = 0.4", "several"},
                      {"1. 0.3\n2. 0.4", "several"},
                      {"1. 0.4", "several"},
                      {"1) rain: 0.3\n2) snow: 0.4", "several"},
                      {"1. Answer: 0.2\n2. Answer: 0.4", "twice"},
                      {"Answer: 0.2\nAnswer: 0.4", "twice"},
                      {"Final answer: 0.2\nSome more thought.\nBelief: 0.4", "twice"},
                      {"On a scale from 0 to 1, 0.4", "several"},
                      {"Before 0.2, after 0.4", "several"},
                      {"0.6, 0.1.\n0.4", "several"},
                      {"{\"belief\": 0.4, \"confidence\": 0.9}", "calls the answer"},
                      {"Answer: 0.2 or 0.4", "calls the answer"},
                      {"0.4 vs. 0.40001", "several"},
                      {"about 0.4 (0.36)", "several"},
                      {"0.2 and 0.3\nThe tide is 0.4", "several"},
                      {"0.2 and 0.3\nThe answer was bounded near 0.4", "several"},
                      {"0.2 and 0.3\nThe answer should beat 0.4", "several"},
                      {"1 000", "several"}});
}

TEST(BeliefText, RangesBoundsAndCalculationsStateNothing) {
  expect_unparseable({{"0.2-0.3", "several"},
                      {"0.2\u20130.3", "several"},
                      {"0.2 - 0.3", "several"},
                      {"20-30%", "several"},
                      {"between 0.2 and 0.3", "several"},
                      {"0.2 to 0.3", "several"},
                      {"[0.2, 0.3]", "several"},
                      {"[0,1]", "range"},
                      {"somewhere in (0,1)", "range"},
                      {"0.35 \u00b1 0.05", "several"},
                      {"0.4-0.4", "several"},
                      {"< 0.5", "nothing says"},
                      {"> 0.4", "nothing says"},
                      {"\u2265 0.4", "nothing says"},
                      {"$\\leq 0.4$", "nothing says"},
                      {"at least 0.4", "nothing says"},
                      {"less than 0.4", "nothing says"},
                      {"no more than about 40%", "nothing says"},
                      {"up to 0.4", "nothing says"},
                      {"close to 1", "nothing says"},
                      {"almost 1", "nothing says"},
                      {"0.4 or more", "nothing says"},
                      {"0.4+ I think", "nothing says"},
                      {"0.3 * 0.3", "several"},
                      {"0.3 x 0.3", "several"},
                      {"0.3\u00b2", "not read"},
                      {"0.3^2", "several"},
                      {"\\sqrt{0.16}", "nothing says"},
                      {"\\frac{0.3*0.5}{0.6}", "several"},
                      {"1 - 0.6", "several"},
                      {"60/40", "odds"},
                      {"3:1", "several"},
                      {"2 to 1", "several"}});
}

TEST(BeliefText, NumbersAboutOtherThingsStateNothing) {
  expect_unparseable({{"I'm 95% sure.", "nothing says"},
                      {"I am 100% certain that it rains.", "nothing says"},
                      {"with 90% confidence", "nothing says"},
                      {"my confidence is about 0.9", "nothing says"},
                      {"There's a 40% chance that it will not rain.", "nothing says"},
                      {"It does not rain with probability 0.4.", "nothing says"},
                      {"It is 40% less likely.", "nothing says"},
                      {"It rises by 0.2.", "nothing says"},
                      {"5 percentage points", "nothing says"},
                      {"0.4 kg", "nothing says"},
                      {"3 days", "nothing says"},
                      {"0.4ish", "ending"},
                      {"1st", "ending"},
                      {"5pm", "ending"},
                      {"$5", "money"},
                      {"\u20ac0.5", "not read"},
                      {"40\u2030", "not read"},
                      {"x = 1", "nothing says"},
                      {"sprinkler=1", "nothing says"},
                      {"Option 1", "nothing says"},
                      {"#1", "label"},
                      {"GPT-4", "no number"},
                      {"v0.4", "no number"},
                      {"Is it 0.4?", "nothing says"},
                      {"24/7", "outside"},
                      {"1/2/2024", "fraction"},
                      {"p-value = 0.03", "nothing says"},
                      {"correlation of 0.4", "nothing says"},
                      {"an increase of 0.2", "nothing says"},
                      {"The z-score is 0.4", "nothing says"},
                      {"minus 0.2", "nothing says"},
                      {"0.4/0.4", "fraction"}});
}

TEST(BeliefText, WhatIsCutOffStatesNothing) {
  expect_unparseable({{"0.", "cut off"},
                      {"The answer is 0.", "cut off"},
                      {"4e-", "breaks off"},
                      {"1.0e", "cut off"},
                      {"1 in", "cut off"},
                      {"1/", "breaks off"},
                      {"{\"belief\": 0.4", "brace"},
                      {"{\"belief\": 0.", "brace"},
                      {"0.2, so P(y | do(x", "cut off"},
                      {"It was 0.2, but now the probability is", "breaks off"},
                      {"0.4 or", "breaks off"},
                      {"P(y) = 0.3 +", "breaks off"},
                      {"<think>it may be 0.4", "thinking"},
                      {"<think>0.2</think><think>0.4", "thinking"},
                      {"0.333...", "trails off"},
                      {"0.3\u2026", "trails off"},
                      {"", "nothing"},
                      {" \n\t\n", "nothing"}});
}

TEST(BeliefText, WhatIsNoNumberInTheRangeStatesNothing) {
  expect_unparseable({{"40", "outside"},
                      {"1.5", "outside"},
                      {"-0.2", "outside"},
                      {"\u22120.2", "outside"},
                      {"120%", "outside"},
                      {"1,000,000", "outside"},
                      {"1e400", "too large"},
                      {"1e-400", "too large or too small"},
                      {"NaN", "no number"},
                      {"inf", "no number"},
                      {"infinity", "no number"},
                      {"-Infinity", "no number"},
                      {"\u221e", "not read"},
                      {"1,000", "thousands"},
                      {"0.4,0.5", "thousands"},
                      {"1.2.3", "thousands"},
                      {"1/0", "fraction"},
                      {"0x1A", "ending"},
                      {"1_000", "ending"},
                      {"I don't have enough data.", "no number"},
                      {"Sure! Let me think about it.", "no number"},
                      {"{\"belief\": \"high\"}", "no number"}});
}

TEST(BeliefText, RefusalsNameNoNumber) {
  for (const auto* text :
       {"I'm sorry, but I can't help with that.", "I cannot provide a probability.",
        "I can\u2019t determine this from the data.", "As an AI, I have no beliefs.",
        "There is not enough information to answer.", "I don't know.", "N/A", "null", "Unknown.",
        "The effect cannot be determined.", "I must decline to answer.",
        "Es tut mir leid, das kann ich nicht beantworten.", "Je suis désolé, je ne peux pas.",
        "Lo siento, no puedo responder.", "抱歉，我无法回答。", "It is impossible to say."})
    EXPECT_EQ(read_belief_text(text, {}).reply, Reply(Refused{text})) << text;
  expect_unparseable({{"I'm sorry, I cannot say whether 0.4 is right.", "declines"},
                      {"I can't answer. 0.4 was the last value.", "declines"},
                      {"I cannot give you a probability of 0.4", "declines"}});
}

TEST(BeliefText, OtherRanges) {
  const BeliefRange effect{-1, 1}, count{0, 5'000};
  expect_stated({{"-0.2", -0.2},
                 {"\u22120.2", -0.2},
                 {"The effect is -20%.", -0.2},
                 {"Answer: -1/4", -0.25},
                 {"0.2", 0.2},
                 {"0.0", 0}},
                effect);
  expect_unparseable({{"- 0.2", "sign"},
                      {"Effect: - 0.2", "nothing says"},
                      {"--0.2", "nothing says"},
                      {"-1.2", "outside"},
                      {"certain", "no number"},
                      {"The effect is negative, 0.2", "nothing says"},
                      {"It reduces the risk: 0.2", "nothing says"},
                      {"Answer: minus 0.2", "calls the answer"},
                      {"The answer is a decrease, namely 0.2\nEffect = 0.2", "calls the answer"}},
                     effect);
  expect_stated({{"2.5", 2.5}, {"1,234.5", 1234.5}, {"1.234,5", 1234.5}, {"1,234,000e-3", 1234}},
                count);
  expect_unparseable({{"1,234", "thousands"}, {"3 units", "nothing says"}, {"6000", "outside"}},
                     count);
}

TEST(BeliefText, LongRepliesAreReadInLinearTime) {
  const auto repeated = [](std::string_view piece, std::size_t bytes) {
    std::string text;
    while (text.size() + piece.size() <= bytes) text += piece;
    return text;
  };
  for (const auto* piece : {"7", "0.4 ", "p(", "{", "about ", "not ", "1/", "10\u207b", "\\frac{",
                            "<think", "* ", " ", "a", "\n", "answer 1\n", "1,", "~", "-"}) {
    const auto text = repeated(piece, 1 << 20);
    const auto reading = read_belief_text(text, {0, 0.3});
    EXPECT_EQ(reading.reply, Reply(Unparseable{text, reading.reason})) << piece;
  }
  const auto too_long = repeated("0.4 ", (1 << 20) + 4);
  EXPECT_THAT(read_belief_text(too_long, {}).reason, HasSubstr("longer than"));
}

TEST(BeliefText, MarksOfItsOwnAreNotTakenFromOutside) {
  EXPECT_EQ(read_belief_text("0.4\x01\x02", {}).reply, Reply(Stated{0.4}));
  EXPECT_EQ(read_belief_text("0.4 \xff\xc3", {}).reply, Reply(Stated{0.4}));
}

}  // namespace
}  // namespace causal_gym
