// What leads to a number, what speaks against it, and what only looks like an answer: replies as
// models write them, read as a sceptical person would.
#include <gtest/gtest.h>

#include "gym/agent/belief_probe.h"

namespace causal_gym {
namespace {

constexpr const char* alarm = "P(alarm)";
constexpr const char* done = "P(alarm | do(smoke=1))";

TEST(BeliefStatement, NumberWordsWhereTheyAreTheWholeReplyOrTheLabelledAnswer) {
  expect_stated_of(alarm, {{"one in four", 0.25},
                           {"One in four.", 0.25},
                           {"about one in four", 0.25},
                           {"three out of five", 0.6},
                           {"three quarters", 0.75},
                           {"three-quarters", 0.75},
                           {"two thirds", 2.0 / 3},
                           {"a quarter", 0.25},
                           {"half", 0.5},
                           {"a half", 0.5},
                           {"one half", 0.5},
                           {"eighty percent", 0.8},
                           {"eighty-five per cent", 0.85},
                           {"a hundred percent", 1},
                           {"50/50", 0.5},
                           {"50-50", 0.5},
                           {"fifty-fifty", 0.5},
                           {"zero point eight five", 0.85},
                           {"Answer: one half", 0.5},
                           {"Answer: three quarters", 0.75},
                           {"Final answer: **eighty percent**", 0.8},
                           {"My answer is two thirds.", 2.0 / 3},
                           {"The prior is 0.3.\nBelief: one in four", 0.25}});
  expect_unparseable_of(
      alarm, {"The probability is three quarters.", "Half of the observations show smoke.",
              "three quarters of the time", "one in four or five", "five in four", "a third cause",
              "two", "eighty", "60/40", "half as likely", "Answer: half of 0.5",
              "Answer: twice 0.2", "vierzig Prozent"});
}

TEST(BeliefStatement, ALabelBeatsNumbersElsewhere) {
  expect_stated_of(
      alarm,
      {{"Answer: 0.146\n\nThis uses P(fire)=0.1.", 0.146},
       {"The belief is 0.146.\nSanity check: P(no alarm) = 0.854", 0.146},
       {"Belief: 0.146\nPrior belief: 0.5", 0.146},
       {"Answer: 0.4\nConfidence: 0.9", 0.4},
       {"1. Look at the data.\n2. Count.\n3. Answer: 0.7", 0.7},
       {"The observational value is 0.28; the interventional value is 0.4. Answer: 0.4", 0.4},
       {"Answer: 0.8 (rounded to 2 decimals)", 0.8},
       {"Answer: **0.146** (to 3 d.p.)", 0.146},
       {"Answer: P(alarm) = 0.4", 0.4},
       {"Answer: the probability of alarm is 0.4, since P(fire) = 0.1.", 0.4},
       {"**Final Answer**\n\n**0.8**", 0.8},
       {"## Final answer\n\nThe probability is 0.8.", 0.8},
       {"We get 0.2 + 0.3.\n\n\\[ \\boxed{0.5} \\]", 0.5},
       {"So the final answer is: \\boxed{P(alarm) = 0.5}", 0.5},
       {"$$P(alarm) = 0.6 \\cdot 0.5 + 0.4 \\cdot 0.8 = \\boxed{0.62}$$", 0.62},
       {"Answer (P(alarm)): 0.4\nP(fire): 0.1", 0.4},
       {"My best estimate for P(alarm) is 0.4. Fire has 0.1.", 0.4},
       {"Two causes, 0.2 and 0.9, so the answer is 0.3 because they are rare.", 0.3},
       {"I think that the answer is 0.3. The table says 0.2 elsewhere.", 0.3},
       {"| Answer | 0.4 |\n| Prior | 0.1 |", 0.4},
       {"<answer>0.4</answer> computed from 0.1 and 0.9", 0.4},
       {"Answer: 0.6*0.5 + 0.4*0.8 = 0.62", 0.62},
       {"Answer: not 0.2 but 0.9", 0.9},
       {"Answer: 40% (0.4)\nAnswer: 0.4", 0.4},
       {"Answer: 2/3\nIn decimals:\nAnswer: 0.667", 0.667},
       {"With 100 observations and 40 alarms: 40/100.\nFinal answer: 0.4", 0.4}});
  expect_unparseable(
      {{"Answer: 0.2\nAnswer: 0.4", "twice"},
       {"My belief is 0.3. Final answer: 0.4", "twice"},
       {"Answer: 0.3. Wait, that is wrong: P(alarm) = 0.4", "back"},
       {"Answer: 0.3\n\nActually it should be 0.4.", "back"},
       {"Answer: 0.5\nThis is only a placeholder.", "back"},
       {"Answer: 0.5\nI cannot determine this.", "declines"},
       {"I cannot know this; the answer is 0.5 for lack of better.", "calls the answer"},
       {"Answer: 0.3 or 0.4", "calls the answer"},
       {"Answer: 0.3; 0.4 if confounded", "calls the answer"},
       {"Answer: 0.4 (90% confident)", "calls the answer"},
       {"Answer: see table 1", "calls the answer"},
       {"Answer: P(fire) = 0.1", "calls the answer"},
       {"Answer: 2 * P = 0.6", "calls the answer"},
       {"Answer: the complement of 0.3", "calls the answer"},
       {"Answer: sqrt 0.2", "calls the answer"},
       {"Answer: anything but 0.5", "calls the answer"},
       {"Answer: not 0.5", "calls the answer"},
       {"Answer: 1. Fire", "calls the answer"},
       {"Answer 1: 0.3\nAnswer 2: 0.3", "calls the answer"},
       {"The wrong answer is 0.5.", "back"},
       {"The wrong answer is \\boxed{0.5}.", "calls the answer"},
       {"If there were no smoke, the answer would be 0.02.", "back"},
       {"If there is no smoke, the answer is 0.02.", "nothing says"},
       {"Most people say that the answer is 0.5.", "nothing says"},
       {"An example answer is 0.5.", "back"}},
      {}, alarm);
}

TEST(BeliefStatement, LabelledAnswersAreCleanNumbers) {
  for (const auto* text : {"Answer: 0.3 less than before",
                           "Answer: 0.3 higher",
                           "Answer: 0.3 points",
                           "Answer: 3 out of the 10 rows",
                           "Answer: double 0.2",
                           "Answer: 0.2 squared",
                           "Answer: log 0.2",
                           "Answer: 0.5 times 0.4",
                           "Answer: 1 minus 0.3",
                           "Answer: 1 - 0.3",
                           "Answer: 20% of 0.5",
                           "Answer: 20% off",
                           "Answer: 0.5 of the time",
                           "Answer: 0.5 with prob 0.9",
                           "Answer: version 1",
                           "Answer: alarm = 1",
                           "Answer: state 1",
                           "Answer: about 1 or 2 percent",
                           "Answer: 0.3 (or 0.4)",
                           "Answer: 0.3 (range 0.2-0.4)",
                           "Answer: 0.3 (95% CI 0.2-0.4)",
                           "Answer: 0.3 [0.2, 0.4]",
                           "Answer: 0.3, give or take 0.1",
                           "Answer: 0.3 if there is no hidden cause",
                           "Answer: 0.3 unless smoke is on",
                           "Answer: 0.3 or more",
                           "Answer: 0.3 at most",
                           "Answer: <0.3",
                           "Answer: 0.3+",
                           "Answer: 1?",
                           "Answer: 1/0.3",
                           "Answer: -0.3",
                           "Answer: O.3",
                           "Answer: 0.3a",
                           "Answer: 0..3",
                           "Answer: 0.",
                           "Answer: 30",
                           "Answer: 1,5",
                           "Answer: 0.3,0.4",
                           "Answer: 0.3 -> 0.4",
                           "Answer: from 0.3 to 0.4",
                           "Answer: 0.3 to 0.4",
                           "Answer: 0.3 vs 0.4",
                           "Answer: 0.3 and 0.4",
                           "Answer: 0.3 before, 0.4 after",
                           "Answer: ~~0.3~~ 0.4",
                           "Answer: ~~0.3~~",
                           "Answer: <del>0.3</del>",
                           "Answer: <s>0.3</s> 0.4",
                           "Answer: 0.3 (crossed out)",
                           "Answer: 0.3 (in percent)",
                           "Answer: 0.3 is not right",
                           "Answer: I do not know, maybe 0.5",
                           "Answer: hardly 0.5",
                           "Answer: 0.35 \u00b1 0.05",
                           "Answer: 0.5 \u274c",
                           "Answer: 0.3 (not the complement 0.7)"})
    expect_unparseable({{text, ""}}, {}, alarm);
}

TEST(BeliefStatement, TheAskedQueryLeadsToItsValue) {
  expect_stated_of("P(rain | do(sprinkler=on))", {{"P(rain | do(sprinkler=on)) = 0.4", 0.4},
                                                  {"P(Rain|do(Sprinkler=on)): 40%", 0.4},
                                                  {"**P(rain | do(sprinkler=on)) = 0.4**", 0.4}});
  expect_stated_of("P(y=1 | do(x=1))", {{"P(y=1 | do(x=1)) = 0.4", 0.4},
                                        {"$P(Y=1 \\mid do(X=1)) = 0.4$", 0.4},
                                        {"\\(P(Y=1 \\mid \\text{do}(X=1)) \\approx 0.4\\)", 0.4},
                                        {"P(y=1 | do(x=1)) = P(y=1) = 0.4", 0.4}});
  expect_stated({{"E[y | do(x=2)] = 0.4", 0.4}}, {}, "E[y | do(x=2)]");
  expect_stated({{"ATE(x -> y) = 0.25", 0.25}, {"The effect is 0.25.", 0.25}}, {-1, 1},
                "ATE(x -> y)");
  expect_stated_of("P(rain)", {{"P(rain) = 2/3 \u2248 0.667", 2.0 / 3}});
  expect_stated_of(alarm, {{"| query | value |\n|---|---|\n| P(alarm) | 0.5 |", 0.5},
                           {"{\"P(alarm)\": 0.146}", 0.146},
                           {"P(alarm) = 0.146 (as given)", 0.146},
                           {"So P(alarm) = 0.146.", 0.146}});
  expect_unparseable_of(alarm, {"P(not alarm) = 0.3",
                                "P(\u00acalarm) = 0.3",
                                "P(alarm=off) = 0.3",
                                "P(alarm)^2 = 0.09",
                                "P(alarm) + 0.1 = 0.4",
                                "1 - P(alarm) = 0.3",
                                "2 * P(alarm) = 0.6",
                                "2 * P = 0.6",
                                "P/2 = 0.3",
                                "P(alarm) > 0.3",
                                "P(alarm | do(fire=1)) = 0.3",
                                "P(fire) = 0.3",
                                "P(alarm) = 0.3 * 0.5",
                                "P(alarm) = 0.146\nP(fire) = 0.1",
                                "P(alarm) = 0.5, later P(alarm) = 0.6",
                                "P(alarm) is not 0.3",
                                "P(alarm) = 0.2-0.4",
                                "logit P(alarm) = 0.3",
                                "P(fire), P(alarm)\n0.1, 0.4",
                                "| P(alarm) | 0.3 | 0.4 |",
                                "Is P(alarm) = 0.3?",
                                "If P(alarm) = 0.3, then it is rare."});
  // Without the query nobody knows what P(...) is of.
  expect_unparseable({{"P(alarm) = 0.3", "nothing says"}, {"E[y] = 0.3", "nothing says"}});
}

TEST(BeliefStatement, ArithmeticThatLeadsToANumberIsNoRival) {
  expect_stated_of("P(y | do(x=1))",
                   {{"By adjustment:\nP(y | do(x=1)) = 0.6 * 0.5 + 0.4 * 0.8 = 0.62", 0.62},
                    {"P(z=1) = 0.4\nP(y | do(x=1)) = 0.6 \u00d7 0.5 + 0.4 \u00d7 0.8 = 0.62", 0.62},
                    {"P(a)P(b) = 0.3 * 0.5 = 0.15\nP(y | do(x=1)) = 0.15 + 0.2 = 0.35", 0.35},
                    {"P(y | do(x=1)) = \\sum_z P(y|x,z)P(z)\n&= 0.6*0.5 + 0.4*0.8\n&= 0.62", 0.62},
                    {"0.1*0.9+0.9*0.05=0.135", 0.135},
                    {"0.2 + 0.1 = 0.3", 0.3},
                    {"1 - 0.6 = 0.4", 0.4},
                    {"120 / 400 \u2248 0.30", 0.3}});
  expect_unparseable_of(
      "P(y | do(x=1))",
      {"P(z) = 0.7\nP(y | do(x=1)) = 0.6 * 0.5 + 0.4 * 0.8 = 0.62",
       "It was 0.3 before.\nP(y | do(x=1)) = 1 - 0.6 = 0.4", "0.6 * 0.5 = 0.3. Then 0.3 + 0.1.",
       "0.2 + 0.1", "P(z) = 0.3 + 0.1 = 0.4", "x = 0.2 + 0.1 = 0.3"});
}

TEST(BeliefStatement, NounPhrasesAreAboutWhatWasAsked) {
  expect_stated_of(alarm, {{"The probability that alarm=1 is 0.8", 0.8},
                           {"Given smoke=1, the probability of alarm is 0.8", 0.8},
                           {"The probability of the alarm being on is 0.8.", 0.8},
                           {"probability of alarm being 1 given do(fire=1) is 0.8", 0.8},
                           {"The probability that alarm is 1 is 0.8.", 0.8},
                           {"The final probability is therefore 0.135.", 0.135},
                           {"The probability remains unchanged at 40%.", 0.4},
                           {"The probability is 0.3 (30%).", 0.3},
                           {"The probability: 0.3", 0.3},
                           {"Since smoke causes the alarm, the probability stays at 0.4.", 0.4},
                           {"We cut the arrow and the probability is 0.4.", 0.4},
                           {"This means that the probability of this event is 0.4.", 0.4},
                           {"There is a 40% chance of an alarm.", 0.4},
                           {"I'd estimate a 70 percent probability that the alarm sounds.", 0.7},
                           {"a 4 in 5 chance", 0.8},
                           {"So P \u2248 0.8.", 0.8},
                           {"The value is 0.4, since P(fire)=0.4", 0.4},
                           {"My best guess is 0.35", 0.35},
                           {"I would put it at 0.35, because smoke is rare.", 0.35},
                           {"It stays at 0.45.", 0.45},
                           {"Under the intervention, it is 0.146.", 0.146}});
  expect_stated_of("P(heart_attack | do(drug=yes))",
                   {{"The probability of a heart attack is 20%.", 0.2},
                    {"With drug=yes, the chance of heart attack is 1 in 5.", 0.2}});
  expect_stated_of("P(severity=large)", {{"The probability of large stones is 0.4.", 0.4}});
}

TEST(BeliefStatement, NounPhrasesAboutSomethingElseStateNothing) {
  expect_unparseable_of(alarm, {"The probability of fire is 0.1.",
                                "The probability that fire=1 is 0.1.",
                                "The probability of no alarm is 0.8.",
                                "The probability that alarm=0 is 0.8",
                                "The probability that the alarm is off is 0.8",
                                "The probability that alarm is 1.",
                                "I computed the probability that alarm=1.",
                                "There is a 10% chance of fire.",
                                "There's a 90% chance I'm wrong",
                                "There's a 40% chance that the alarm is not on.",
                                "Probability that I am wrong: 0.9",
                                "In other words, P(no alarm) is 30%",
                                "Therefore the alarm fails with probability 0.3",
                                "The complementary probability is 0.8",
                                "The observational probability is 0.28",
                                "The marginal probability is 0.28",
                                "Without the intervention the probability is 0.28",
                                "Without intervening, the probability is 0.28",
                                "Given no fire, the probability is 0.1",
                                "If there were no fire, the probability is 0.1",
                                "The probability is less than 0.3",
                                "The probability would be 0.3",
                                "The probability was 0.3",
                                "The probability is about 0.3?",
                                "The probability of 0.3 is too low",
                                "The effect is 0.3",
                                "The difference is 0.3",
                                "The variance is 0.1",
                                "The standard error is 0.1",
                                "The p-value is 0.05",
                                "The correlation is 0.3",
                                "r = 0.3",
                                "The threshold is 0.5",
                                "temperature=0.7",
                                "The odds are 0.3",
                                "The odds ratio is 0.3",
                                "The logit is 0.3",
                                "log-odds 0.3",
                                "My confidence is 0.9",
                                "Confidence: 0.9",
                                "I'm 90% sure",
                                "I'm about 90% sure it's on"});
  expect_unparseable_of("P(severity=large)", {"The probability of severity is 0.4.",
                                              "The probability that severity=small is 0.4."});
  expect_unparseable_of(done, {"Given smoke=0, the probability of alarm is 0.02",
                               "The probability of alarm given do(smoke=0) is 0.02"});
  expect_unparseable({{"The probability is 0.25.", "nothing says"}}, {-1, 1}, "ATE(x -> y)");
}

TEST(BeliefStatement, AnotherNumberSpeaksAgainstAPhrase) {
  expect_unparseable_of(
      alarm, {"0.146\n\nThis uses P(fire)=0.1.",
              "**0.146**\n\nComplement: P(alarm=false) = 0.854",
              "I estimate 0.146 for this.\nFor comparison, the marginal probability is 0.5.",
              "Under the intervention, it is 0.146.\nWithout it, the probability is 0.5.",
              "The result is 0.146.\n\nSource: P(fire) = 0.1",
              "It rises to 0.146.\nBefore, P(alarm) = 0.5",
              "It is 0.4; the other one is 0.5.",
              "The probability is 0.3, though it could be 0.4.",
              "Probability: 0.3\nConfidence: 0.9",
              "With 95% confidence, the probability is 0.3.",
              "I'm 90% confident that it is 0.3.",
              "0.2 and 0.3\nTherefore the probability is approximately 0.25.",
              "With 0.3 given:\nThe probability that the alarm is on is 1/4",
              "0.2 for rain, 0.9 for alarm\nProbability = 1 in 4",
              "There are 1000 observations. The probability is 0.3.",
              "The probability is 0.3. One in four would be too low.",
              "The probability is 0.3. Wait, that is the prior.",
              "The probability is 0.3. This is wrong.",
              "The probability is 0.3 or 0.4.",
              "The probability is 0.3, up from 0.2.",
              "P(fire) = 0.3; P(smoke) = 0.4; P(alarm) = 0.5",
              "Fire 0.3, smoke 0.4, alarm 0.5"});
  expect_stated_of(alarm, {{"Step 1: cut the arrow.\nStep 2: so the probability is 0.3.", 0.3},
                           {"1. Cut the arrow.\n2. The probability is 0.3.", 0.3},
                           {"We set smoke=1. Then nothing else changes.\nP(alarm) = 0.3", 0.3},
                           {"P(alarm) = 0.3, i.e. 30%. The probability is 3/10.", 0.3},
                           {"The two causes are independent. The probability is 0.3.", 0.3},
                           {"The probability is 0.146. Rounded, the probability is 0.15.", 0.146}});
}

TEST(BeliefStatement, ANumberThatNothingLeadsToStatesNothing) {
  expect_unparseable_of(alarm, {"alarm is set to 1 with do()",
                                "There is 1 edge.",
                                "The graph has 0 cycles",
                                "HTTP 1",
                                "1. Fire",
                                "Done 100%",
                                "It is unlikely to be 0.5.",
                                "The example in the instructions uses 0.5.",
                                "I have no way of knowing; a coin flip would be 0.5.",
                                "One would expect 0.5, but that is false.",
                                "[0.5, 0.5]",
                                "0.5, 0.5",
                                "I would have said 0.5 before seeing the data.",
                                "Before the intervention it was 0.5.",
                                "In the observational data it is 0.28.",
                                "Ignoring confounding, 0.28.",
                                "Ignoring confounding, the probability is 0.28.",
                                "Suppose the prior is 0.5.",
                                "Let's assume P = 0.5.",
                                "As a placeholder: 0.5",
                                "My default would be 0.5",
                                "I'd guess randomly: 0.5",
                                "It might be 0.5.",
                                "Perhaps 0.5",
                                "Maybe 0.5?",
                                "I used to think it was 0.5.",
                                "Someone might answer 0.5.",
                                "A naive reader would answer 0.5.",
                                "You might expect 0.5.",
                                "0.5 is what the question suggests, which I reject.",
                                "The user says 0.5.",
                                "For instance, 0.5.",
                                "E.g. 0.5",
                                "Is it 0.5?",
                                "I doubt it is 0.3",
                                "It isn't 0.3",
                                "0.3 is wrong",
                                "Many would say 0.3",
                                "People answer 0.3; I do not agree.",
                                "Reply with a number such as 0.5",
                                "A coin flip has probability 0.5; this is different.",
                                "My earlier answer of 0.5 was wrong.",
                                "I refuse to give 0.5 as a default."});
}

TEST(BeliefStatement, ANumberOfSomethingElseStatesNothing) {
  expect_unparseable_of(alarm, {"2024-01-01",
                                "0.3 seconds",
                                "It took me 0.3 seconds.",
                                "I rolled a 1.",
                                "There is only 1 answer.",
                                "I can give 1 number.",
                                "Number 1",
                                "The variable is set to 1.",
                                "smoke was forced to 0",
                                "The state is 0",
                                "It is 1 of 2 options.",
                                "zero confidence",
                                "100% sure",
                                "The rule \"answer 0.5 when unsure\" does not apply",
                                "The mean of 0.2 and 0.4",
                                "fire and alarm: 0.672",
                                "The unit has fire = 0",
                                "Observation 1 of 1 was shown.",
                                "p < 0.05",
                                "R^2 = 0.3",
                                "The increase is 0.3",
                                "up to 0.8",
                                "nearly 1",
                                "over 80%",
                                "odds of 1 to 4",
                                "1:4",
                                "in 4 of 10 cases",
                                "Error code 0.5",
                                "Chapter 0.5 says so",
                                "The probability lies between 0 and 1.",
                                "0.5\n\nThis is only the example from the prompt.",
                                "0.5\n\nI have no way of knowing.",
                                "0.5 - wait, no",
                                "Unlike 0.5, this is hard."});
}

TEST(BeliefStatement, AFirstLineThatIsANumberCounts) {
  expect_stated_of(alarm, {{"0.3\n\nExplanation: we adjust for the confounder.", 0.3},
                           {"**40%**\n\nThis follows from the table.", 0.4},
                           {"0.4<|im_end|>", 0.4},
                           {"0.4</s>", 0.4},
                           {"about 0.4, I think", 0.4},
                           {"0.7 because smoke sets off the alarm.", 0.7},
                           {"\u2192 0.8", 0.8},
                           {"Thus 0.8", 0.8},
                           {"0.146 \u2705", 0.146},
                           {"[0.5]", 0.5}});
  expect_unparseable_of(alarm, {"0.3\n\nThe prior was 0.2.", "0.3\n0.4", "0.3 | 0.4", "Hm.\n0.3",
                                "0.3\n\nOn reflection that is too low.", "0.3 because P(b)=0.5",
                                "0.3~0.4", "0.3\n\nNote: I cannot determine this."});
}

TEST(BeliefStatement, OtherLanguages) {
  expect_stated_of(alarm, {{"Antwort: 0,4\nKonfidenz: 0,9", 0.4},
                           {"Die Antwort ist 0,4.", 0.4},
                           {"Die Wahrscheinlichkeit liegt bei etwa 40 Prozent.", 0.4},
                           {"R\u00e9ponse : 0,4 (40 %)", 0.4},
                           {"La r\u00e9ponse est 0,4.", 0.4},
                           {"La probabilit\u00e9 est d'environ 40 %", 0.4},
                           {"Respuesta: 40 %", 0.4},
                           {"La respuesta es 0,4, porque se corta la flecha.", 0.4},
                           {"Risposta: 0,4", 0.4},
                           {"P(fire)=0.1\u3002\u7b54\u6848\uff1a0.4", 0.4},
                           {"\u6700\u7ec8\u7b54\u6848\u662f0.4\u3002", 0.4},
                           {"\u78ba\u7387\u306f\u7d040.4\u3067\u3059\u3002", 0.4}});
  expect_unparseable_of(
      alarm,
      {"Die Antwort ist nicht 0,4.", "Die falsche Antwort ist 0,4.",
       "Die Wahrscheinlichkeit, dass kein Alarm ist, ist 0,4.", "La probabilit\u00e9 n'est pas 0,4",
       "La probabilidad no es 0,4", "\u7b54\u6848\u4e0d\u662f0.4", "\u7b54\u6848\uff1a0.4\u62160.5",
       "Antwort: 0,4 oder 0,5", "R\u00e9ponse : entre 0,2 et 0,4", "\u6982\u7387\u8d85\u8fc70.4"});
}

TEST(BeliefStatement, RefusalsWithNumbersStateNothing) {
  expect_unparseable_of(
      alarm,
      {"I can't answer 100% of such questions.", "I won't say 0.5.",
       "As an AI, I don't hold beliefs, but my estimate would be 0.3.",
       "I cannot provide an estimate; 0.5 would be a guess.", "I'm sorry, I can't do that. 0.5",
       "Sorry, but the probability can't be determined. If forced: 0.5",
       "I am unable to compute P(alarm); the probability is 0.5 by symmetry.",
       "Refused. Error code 0.5", "I can't say; smoke is set to 1."});
  expect_stated_of(alarm, {{"I can't be certain.\nAnswer: 0.4", 0.4},
                           {"I don't have the table, but I'd say 0.35.", 0.35}});
}

TEST(BeliefStatement, WhatIsCutOffStatesNothing) {
  expect_unparseable_of(alarm, {"Answer: 0.", "Answer: 0.4 or", "The probability is",
                                "Answer: 0.4. On the other hand, the", "P(alarm) = 0.3 +",
                                "Answer: \\boxed{0.4", "P(alarm) = 0.4, P(alarm | do(x"});
}

}  // namespace
}  // namespace causal_gym
