#include "gym/agent/rival_number.h"

#include <algorithm>
#include <set>

#include "gym/agent/free_text.h"
#include "gym/agent/number_words.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr double same = 1e-12;

constexpr std::string_view refusals[] = {"i can't",
                                         "i cannot",
                                         "i can not",
                                         "i won't",
                                         "i will not",
                                         "i'm not able",
                                         "i am not able",
                                         "unable to",
                                         "i'm sorry",
                                         "i am sorry",
                                         "i apologize",
                                         "i apologise",
                                         "decline to",
                                         "i decline",
                                         "i refuse",
                                         "rather not",
                                         "i don't know",
                                         "i do not know",
                                         "no idea",
                                         "cannot be determined",
                                         "can't be determined",
                                         "cannot determine",
                                         "can't determine",
                                         "not possible to",
                                         "impossible to",
                                         "not enough information",
                                         "insufficient",
                                         "as an ai",
                                         "not comfortable",
                                         "cannot provide",
                                         "can't provide",
                                         "cannot answer",
                                         "can't answer",
                                         "cannot be answered",
                                         "can't be answered",
                                         "can't help",
                                         "cannot help",
                                         "can't assist",
                                         "cannot assist",
                                         "n/a",
                                         "cannot say",
                                         "can't say",
                                         "not able to",
                                         "no way to",
                                         "cannot compute",
                                         "can't compute",
                                         "tut mir leid",
                                         "kann ich nicht",
                                         "ich kann nicht",
                                         "weiß nicht",
                                         "je ne peux pas",
                                         "je suis désolé",
                                         "je ne sais pas",
                                         "lo siento",
                                         "no puedo",
                                         "no lo sé",
                                         "mi dispiace",
                                         "non posso",
                                         "无法",
                                         "抱歉",
                                         "不能",
                                         "不知道",
                                         "申し訳",
                                         "できません",
                                         "わかりません"};
constexpr std::string_view retractions[] = {"wait",
                                            "kidding",
                                            "joking",
                                            "scratch that",
                                            "wrong",
                                            "mistake",
                                            "disregard",
                                            "ignore that",
                                            "ignore this",
                                            "ignore the above",
                                            "recalculate",
                                            "recompute",
                                            "let me redo",
                                            "incorrect",
                                            "naive",
                                            "actually",
                                            "correction",
                                            "reconsider",
                                            "on reflection",
                                            "on second thought",
                                            "not right",
                                            "not correct",
                                            "not accurate",
                                            "take that back",
                                            "take it back",
                                            "revise",
                                            "should be",
                                            "should have",
                                            "placeholder",
                                            "an example",
                                            "the example",
                                            "is false",
                                            "'s false",
                                            "is not true",
                                            "not my answer",
                                            "not my final",
                                            "not the final",
                                            "not the answer",
                                            "not my belief",
                                            "coin flip",
                                            "random guess",
                                            "no way of knowing",
                                            "no basis",
                                            "crossed out",
                                            "or rather",
                                            "or is it",
                                            "hmm",
                                            "double-check",
                                            "double check",
                                            "let me check",
                                            "recheck",
                                            "re-check",
                                            "oops",
                                            "sorry",
                                            "apologies",
                                            "rethink",
                                            "on closer",
                                            "\nno,",
                                            ". no,",
                                            "falsch",
                                            "korrektur",
                                            "不对",
                                            "错",
                                            "間違"};

// The numbers that some arithmetic used, found again within rounding of the last bits.
class UsedNumbers {
 public:
  void insert(double value) { values_.insert(value); }
  [[nodiscard]] bool contains(double value) const {
    const auto at = values_.lower_bound(value - same);
    return at != values_.end() && *at <= value + same;
  }
  [[nodiscard]] bool empty() const { return values_.empty(); }

 private:
  std::set<double> values_;
};

class RivalFinder {
 public:
  RivalFinder(const ReplyTokens& tokens, const StatedNumber& number,
              const std::vector<Statement>& statements)
      : tokens_(tokens), number_(number), statements_(statements) {}

  [[nodiscard]] std::optional<std::string_view> find(std::size_t first) {
    collect_used();
    auto statement = statements_.begin();
    for (auto i = first; i < tokens_.size();) {
      while (statement != statements_.end() && statement->number.end <= i) ++statement;
      if (statement != statements_.end() && statement->begin <= i) {
        i = statement->number.end;
        continue;
      }
      if (const auto note = past_rounding_note(tokens_, i); note > i) {
        i = note;
        continue;
      }
      const auto end = past_number(i);
      if (!end) return "it names several numbers";
      i = *end;
    }
    return std::nullopt;
  }

 private:
  // Past token `i`, or past the number there; nothing when that is a rival.
  [[nodiscard]] std::optional<std::size_t> past_number(std::size_t i) const {
    const auto& token = tokens_[i];
    if (const auto words = read_number_words(tokens_, i))
      return fits(words->value, 0) ? std::optional(words->end) : std::nullopt;
    if (!token.is_number()) return i + 1;
    const bool is_step = token.is_whole && i > 0 && tokens_[i - 1].is_word("step");
    if (is_step || is_state(tokens_, i)) return i + 1;
    return token.has_value() && fits(token.value, token.slack) ? std::optional(i + 1)
                                                               : std::nullopt;
  }

  [[nodiscard]] bool fits(double value, double slack) const {
    return used_.contains(value) || are_same_number(value, slack, number_.value, number_.slack);
  }

  // From the end backwards: what comes to a number that is used was used as well.
  void collect_used() {
    for (const auto& statement : statements_)
      insert_between(statement.number.begin, statement.number.arithmetic);
    if (used_.empty()) return;
    std::vector<std::size_t> runs;  // where each begins
    for (std::size_t i = 0; i < tokens_.size();) {
      const auto end = past_arithmetic(tokens_, i);
      if (end > i) runs.push_back(i);
      i = std::max(end, i + 1);
    }
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      const auto end = past_arithmetic(tokens_, *run);
      const auto result = last_sign(*run, end);
      if (result < end && tokens_[result + 1].has_value() &&
          used_.contains(tokens_[result + 1].value))
        insert_between(*run, result);
    }
  }

  // The last "=" or "~" of a run, or its end.
  [[nodiscard]] std::size_t last_sign(std::size_t begin, std::size_t end) const {
    for (auto i = end; i > begin; --i)
      if (tokens_[i - 1].is_sign_of("=~")) return i - 1;
    return end;
  }

  void insert_between(std::size_t begin, std::size_t end) {
    for (auto i = begin; i < end; ++i)
      if (tokens_[i].has_value()) used_.insert(tokens_[i].value);
  }

  const ReplyTokens& tokens_;
  const StatedNumber& number_;
  const std::vector<Statement>& statements_;
  UsedNumbers used_;
};

}  // namespace

std::optional<std::string_view> find_rival(const ReplyTokens& tokens, std::size_t first,
                                           const StatedNumber& number,
                                           const std::vector<Statement>& statements) {
  return RivalFinder(tokens, number, statements).find(first);
}

bool takes_back(std::string_view part) { return contains_any(part, retractions); }

bool declines(std::string_view part) { return contains_any(part, refusals); }

}  // namespace causal_gym
