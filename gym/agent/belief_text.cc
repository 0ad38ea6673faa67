#include "gym/agent/belief_text.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/exact_text.h"
#include "gym/agent/number_mention.h"
#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_reply_bytes = 1 << 20;
constexpr double same = 1e-12;
// Numbers that restate each other agree up to rounding, but only from two decimals.
constexpr double largest_slack = 0.005 + same;

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
constexpr std::string_view refusing_words[] = {"n/a", "na", "none", "null", "unknown"};
constexpr std::string_view retractions[] = {
    "wait",        "scratch that", "wrong",     "mistake",     "mistaken",  "disregard",
    "ignore that", "recalculate",  "recompute", "let me redo", "incorrect", "naive"};
constexpr std::string_view markers[] = {
    "answer",    "belief",       "probability",        "boxed",      "estimate",
    "p",         "antwort",      "wahrscheinlichkeit", "réponse",    "probabilité",
    "respuesta", "probabilidad", "risposta",           "probabilità"};
constexpr std::string_view foreign_markers[] = {"答案", "概率", "確率", "答え", "可能性"};
constexpr std::string_view links[] = {"is",        "be",      "of",
                                      "at",        "about",   "around",
                                      "roughly",   "exactly", "approximately",
                                      "approx",    "equals",  "est",
                                      "ist",       "es",      "de",
                                      "bei",       "por",     "thus",
                                      "therefore", "so",      "equal to"};
constexpr std::string_view restating[] = {"=", "~", "(", "(=", "(~", "(or", "(about", "(i.e."};

// With these beside it, a positive number may be meant to be negative.
constexpr std::string_view sign_words[] = {"negative", "minus", "decreas", "reduc",
                                           "lower",    "drop",  "fall",    "declin"};

struct StandingWord {
  std::string_view word;
  double value;
  bool is_judgement;  // of a probability, and only where nothing but the number was to be said
};
constexpr StandingWord standing_words[] = {
    {"zero", 0, false}, {"one", 1, false}, {"certain", 1, true}, {"impossible", 0, true}};

constexpr std::string_view closing_signs = " .!)]}\"'$|;\n";

bool contains_any(std::string_view text, std::span<const std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [text](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

template <class Words>
bool is_among(const Words& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool are_equal(double a, double b) { return std::abs(a - b) <= same * std::max(1.0, std::abs(a)); }

// Joins numbers that restate each other, as in "2/5 = 0.4" and "0.333 (1/3)": the finer one stays.
std::vector<NumberMention> joined(std::string_view text,
                                  const std::vector<NumberMention>& mentions) {
  std::vector<NumberMention> groups;
  for (const auto& next : mentions) {
    if (groups.empty()) {
      groups.push_back(next);
      continue;
    }
    auto& last = groups.back();
    const auto between = trimmed(text.substr(last.end, next.begin - last.end), " ");
    const double slack = std::max(last.slack, next.slack);
    const bool restates =
        is_among(restating, between) && last.kind == MentionKind::readable &&
        next.kind == MentionKind::readable && last.negated == next.negated &&
        std::abs(last.value - next.value) <= (slack <= largest_slack ? slack : 0) + same;
    if (!restates) {
      groups.push_back(next);
      continue;
    }
    const auto begin = last.begin;
    if (next.slack <= last.slack) last = next;
    last.begin = begin;
    last.end = next.end;
  }
  return groups;
}

class BeliefReader {
 public:
  BeliefReader(std::string_view said, std::string plain, const BeliefRange& range)
      : said_(said), plain_(std::move(plain)), range_(range) {}

  BeliefReading read() {
    const auto whole = trimmed(plain_, closing_signs);
    if (trimmed(plain_).empty()) return unparseable("nothing was said");
    if (is_among(refusing_words, whole)) return refused();
    if (const auto word = standing_word(whole, true)) return stated(*word, "a word alone");
    groups_ = joined(plain_, find_numbers(plain_, range_));
    if (const auto reason = broken_off()) return unparseable(*reason);
    if (const auto reading = read_last_line()) return *reading;
    return read_whole();
  }

 private:
  [[nodiscard]] BeliefReading unparseable(std::string_view reason) const {
    return {Unparseable{std::string(said_)}, std::string(reason)};
  }
  [[nodiscard]] BeliefReading refused() const {
    return {Refused{std::string(said_)}, "it declines and names no number"};
  }
  [[nodiscard]] BeliefReading stated(double value, std::string_view how) const {
    if (!range_.contains(value))
      return unparseable(exact_text(value) + " is outside [" + exact_text(range_.low) + ", " +
                         exact_text(range_.high) + "]");
    return {Stated{value}, std::string(how)};
  }

  [[nodiscard]] std::optional<double> standing_word(std::string_view text,
                                                    bool takes_judgement) const {
    const bool is_probability = range_ == BeliefRange{0, 1};
    for (const auto& standing : standing_words)
      if (text == standing.word && (!standing.is_judgement || (takes_judgement && is_probability)))
        return standing.value;
    return std::nullopt;
  }

  [[nodiscard]] bool is_sign_unclear(std::string_view text, double value) const {
    return range_.low < 0 && value > 0 && contains_any(text, sign_words);
  }

  // Why the text cannot be all that was to be said.
  [[nodiscard]] std::optional<std::string_view> broken_off() const {
    const auto opened = std::count(plain_.begin(), plain_.end(), '{');
    if (opened > std::count(plain_.begin(), plain_.end(), '}')) return "a brace is not closed";
    const auto text = trimmed(plain_);
    if (std::string_view("/-=~+(<>,&\x01").find(text.back()) != std::string_view::npos)
      return "it breaks off";
    const auto last = text.substr(text.find_last_of(" \n") + 1);
    for (const std::string_view word : {"and", "or", "to", "in", "of", "is", "the", "but", "not",
                                        "than", "between", "about", "approximately"})
      if (last == word) return "it breaks off";
    return std::nullopt;
  }

  // "... Answer: 0.4", "P(...) = 0.3 * 0.5 + 0.25 = 0.4".
  [[nodiscard]] std::optional<BeliefReading> read_last_line() const {
    const auto text = std::string_view(plain_).substr(0, plain_.find_last_not_of('\n') + 1);
    const auto line = last_statement(text);
    const auto statement = text.substr(line);
    if (contains_any(statement, refusals) || contains_any(statement, retractions))
      return std::nullopt;
    if (auto word = read_last_word(statement)) return word;
    if (groups_.empty() || groups_.back().begin < line) return std::nullopt;
    const auto& last = groups_.back();
    const auto before = text.substr(line, last.begin - line);
    const bool is_said = last.kind == MentionKind::readable && !last.negated &&
                         trimmed(text.substr(last.end), closing_signs).empty() &&
                         has_marker(before) && links_up(before);
    if (!is_said) return std::nullopt;
    for (const auto& group : groups_)
      if (group.begin >= line && &group != &last && group.kind != MentionKind::arithmetic &&
          (group.kind == MentionKind::unreadable || group.negated ||
           !are_equal(group.value, last.value)))
        return std::nullopt;
    if (answers_otherwise(line, last.value)) return unparseable("it answers twice");
    if (is_sign_unclear(statement, last.value)) return unparseable("its sign is told in words");
    return stated(last.value, "said in the last line");
  }

  // Where the last line begins; a heading such as "Final answer" above it belongs to it.
  [[nodiscard]] static std::size_t last_statement(std::string_view text) {
    const auto line = text.rfind('\n') + 1;  // 0 when there is none
    if (line == 0) return line;
    const auto above_begin = line >= 2 ? text.rfind('\n', line - 2) + 1 : 0;
    const auto above = trimmed(text.substr(above_begin, line - above_begin));
    const bool is_heading = !above.empty() && (above.back() == ':' || above.ends_with("answer")) &&
                            std::none_of(above.begin(), above.end(), is_digit);
    return is_heading && has_marker(above) ? above_begin : line;
  }

  [[nodiscard]] std::optional<BeliefReading> read_last_word(std::string_view line) const {
    auto begin = line.size();
    const auto bare = trimmed(line, closing_signs);
    begin = bare.find_last_not_of("abcdefghijklmnopqrstuvwxyz") + 1;
    const auto before = line.substr(0, static_cast<std::size_t>(bare.data() - line.data()) + begin);
    const auto link = trimmed(before);
    const bool is_labelled = !link.empty() && (link.back() == ':' || link.back() == '=');
    const auto word = standing_word(bare.substr(begin), is_labelled);
    if (!word || !has_marker(before) || !links_up(before)) return std::nullopt;
    if (!find_numbers(before, range_).empty()) return std::nullopt;
    const bool is_negated = before.find("not ") != std::string_view::npos ||
                            before.find("n't") != std::string_view::npos;
    if (is_negated) return std::nullopt;
    return stated(*word, "a word in the last line");
  }

  [[nodiscard]] static bool has_marker(std::string_view text) {
    if (contains_any(text, foreign_markers)) return true;
    for (std::size_t i = 0; i < text.size();) {
      auto end = i;
      while (end < text.size() && (is_letter(text[end]) || !is_ascii(text[end]))) ++end;
      if (is_among(markers, text.substr(i, end - i)) || text.substr(end).starts_with("()"))
        return true;
      i = end + 1;
    }
    return false;
  }

  // Does what stands before a number end with what leads to it?
  [[nodiscard]] static bool links_up(std::string_view before) {
    before = trimmed(before, " \n({[\"'$|})]");
    if (before.empty()) return false;
    if (std::string_view("=~:-").find(before.back()) != std::string_view::npos) return true;
    const auto word = before.substr(before.find_last_of(" \n:=(") + 1);
    return is_among(links, word) || is_among(markers, word) || is_among(foreign_markers, word);
  }

  // Does an earlier line answer with another number?
  [[nodiscard]] bool answers_otherwise(std::size_t last_line, double value) const {
    std::size_t begin = 0;
    auto group = groups_.begin();
    for (const auto line : lines_of(std::string_view(plain_).substr(0, last_line))) {
      const bool answers = line.starts_with("answer") || line.starts_with("final answer") ||
                           line.starts_with("belief") || line.starts_with("my ");
      for (; group != groups_.end() && group->begin < begin + line.size(); ++group)
        if (answers && group->kind == MentionKind::readable && !are_equal(group->value, value))
          return true;
      begin += line.size() + 1;
    }
    return false;
  }

  [[nodiscard]] BeliefReading read_whole() const {
    const bool refuses = contains_any(plain_, refusals);
    if (groups_.empty()) return refuses ? refused() : unparseable("it names no number");
    if (refuses) return unparseable("it declines and yet names a number");
    const auto negated = std::count_if(groups_.begin(), groups_.end(),
                                       [](const NumberMention& group) { return group.negated; });
    if (negated > 1) return unparseable("it corrects more than one number");
    const NumberMention* belief = nullptr;
    for (const auto& group : groups_) {
      if (group.negated) continue;
      if (group.kind != MentionKind::readable) return unparseable(group.reason);
      if (belief != nullptr && !are_equal(belief->value, group.value))
        return unparseable("it names several numbers");
      belief = &group;
    }
    if (belief == nullptr) return unparseable("it only says what the number is not");
    if (contains_any(std::string_view(plain_).substr(belief->end), retractions) ||
        plain_.find("naive") != std::string::npos)
      return unparseable("it takes the number back");
    if (is_sign_unclear(plain_, belief->value)) return unparseable("its sign is told in words");
    return stated(belief->value, negated == 1 ? "said in place of another" : "the only number");
  }

  std::string_view said_;
  std::string plain_;
  BeliefRange range_;
  std::vector<NumberMention> groups_;
};

}  // namespace

BeliefReading read_belief_text(std::string_view text, const BeliefRange& range) {
  if (text.size() > longest_reply_bytes)
    return {Unparseable{std::string(text)},
            "it is longer than " + std::to_string(longest_reply_bytes) + " bytes"};
  const auto answer = without_thinking(text);
  if (!answer) return {Unparseable{std::string(text)}, "its thinking is cut off"};
  return BeliefReader(text, plain_reply(*answer), range).read();
}

}  // namespace causal_gym
