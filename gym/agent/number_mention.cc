#include "gym/agent/number_mention.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>

#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"
#include "gym/agent/written_number.h"

namespace causal_gym {

namespace {

using Words = std::span<const std::string_view>;

// Numbers, and what is no number, in words. "One" is more often a pronoun.
constexpr std::string_view number_words[] = {
    "two",      "three",    "four",    "five",      "six",        "seven",   "eight",   "nine",
    "ten",      "eleven",   "twelve",  "thirteen",  "fourteen",   "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen", "twenty",  "thirty",    "forty",      "fourty",  "fifty",   "sixty",
    "seventy",  "eighty",   "ninety",  "hundred",   "thousand",   "million", "half",    "halves",
    "third",    "thirds",   "quarter", "quarters",  "fifth",      "fifths",  "sixth",   "tenth",
    "tenths",   "eighth",   "eighths", "hundredth", "hundredths", "twice",   "thrice",  "double",
    "zero",     "nan",      "inf",     "infinity",  "infinite"};

// After a number: it counts or measures something, or compares.
constexpr std::string_view unit_words[] = {
    "g",        "kg",      "mg",         "m",         "cm",     "mm",     "km",      "s",
    "ms",       "sec",     "second",     "seconds",   "min",    "minute", "minutes", "hour",
    "hours",    "day",     "days",       "week",      "weeks",  "month",  "months",  "year",
    "years",    "degrees", "dollars",    "euros",     "people", "times",  "points",  "point",
    "units",    "unit",    "items",      "cases",     "bits",   "per",    "x",       "fold",
    "standard", "sd",      "percentage", "hundredths"};
constexpr std::string_view comparing_words[] = {
    "more",     "less",      "higher", "lower", "greater", "smaller", "fewer",  "increase",
    "decrease", "reduction", "drop",   "rise",  "above",   "below",   "points", "point"};
constexpr std::string_view confidence_words[] = {"confidence", "confident", "sure", "certain",
                                                 "certainty"};
// Before a number: it is a bound, or a change.
constexpr std::string_view bound_words[] = {
    "than",   "least",  "most",   "under",       "over",       "below",   "above", "exceeds",
    "exceed", "nearly", "almost", "beyond",      "max",        "maximum", "min",   "minimum",
    "near",   "by",     "within", "approaching", "approaches", "until"};
constexpr std::string_view approaching_words[] = {"up", "close", "closer"};  // ... "to"
constexpr std::string_view softening_words[] = {
    "about", "around", "roughly", "approximately", "approx", "exactly", "circa", "just", "some"};
constexpr std::string_view linking_words[] = {"is", "of", "level", "at", "with", "a"};
// Before a number, also with a linking word between: it is told of something else.
constexpr std::string_view quantity_words[] = {
    "confidence", "certainty", "correlation",  "coefficient", "ratio",    "odds",
    "deviation",  "variance",  "significance", "score",       "error",    "margin",
    "increase",   "decrease",  "rise",         "drop",        "reduction"};
constexpr std::string_view label_words[] = {
    "option", "case",   "step", "question", "figure",   "table", "section", "phase", "observation",
    "part",   "choice", "item", "scenario", "equation", "point", "version", "group", "example"};
// What a belief may be called before "=".
constexpr std::string_view belief_names[] = {
    "p", "pr", "prob", "probability", "belief", "answer", "estimate", "result", "final", "chance"};
constexpr std::string_view negations[] = {"not",     "no",     "never", "neither", "nor",
                                          "without", "cannot", "nicht", "kein",    "keine",
                                          "niet",    "geen",   "pas",   "nie"};
constexpr std::string_view foreign_negations[] = {"不", "没", "無", "ない", "não", "нет", "не "};
constexpr std::string_view foreign_bounds[] = {"超过", "低于", "高于", "至少", "至多",
                                               "大于", "小于", "不到", "接近"};
constexpr std::string_view turns[] = {"but",     "sondern", "sino",  "maar",      "so",
                                      "because", "since",   "hence", "therefore", "thus"};
constexpr std::string_view contrasts[] = {"rather than", "instead of", "opposed to"};
// What may follow a number at once in scripts that do not divide words.
constexpr std::string_view foreign_endings[] = {"です", "である", "だ", "左右"};

bool is_among(Words words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_word_sign(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '\''; }

class NumberFinder {
 public:
  NumberFinder(std::string_view text, const BeliefRange& range) : text_(text), range_(range) {}

  std::vector<NumberMention> find() {
    while (at_ < text_.size()) take();
    end_clause(false);
    return std::move(mentions_);
  }

 private:
  [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\n'; }
  [[nodiscard]] char before(std::size_t i) const { return i > 0 ? text_[i - 1] : '\n'; }

  void take() {
    const char c = text_[at_];
    if (c == unread_mark) {
      add({.begin = at_,
           .end = at_ + 1,
           .kind = MentionKind::unreadable,
           .reason = "a number is told in a way that is not read"});
      ++at_;
    } else if (is_letter(c) || c == '_') {
      take_word();
    } else if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)) && before(at_) != '.' &&
                               !is_word_sign(before(at_)))) {
      take_number();
    } else if (text_.substr(at_).starts_with("()")) {  // of a term, which a clause may hold
      at_ += 2;
    } else if (is_ascii(c)) {
      if (std::string_view(",;:.!()\n").find(c) != std::string_view::npos) end_clause(false);
      if (c == '?') end_clause(true);
      ++at_;
    } else {
      for (const auto negation : foreign_negations)
        if (text_.substr(at_).starts_with(negation)) negate();
      ++at_;
    }
  }

  // Letters, with the digits of a name such as x1.
  void take_word() {
    const auto begin = at_;
    while (at_ < text_.size() && is_word_sign(text_[at_])) ++at_;
    const auto word = text_.substr(begin, at_ - begin);
    if (is_among(number_words, word))
      add({.begin = begin,
           .end = at_,
           .kind = MentionKind::unreadable,
           .reason = "a number is told in words"});
    if (is_among(turns, word)) end_clause(false);
    if (is_among(negations, word) || word.ends_with("n't")) negate();
    // What follows "rather than" is not the belief; what stands before it is.
    for (const auto contrast : contrasts)
      if (text_.substr(begin).starts_with(contrast)) clause_negated_ = true;
  }

  void negate() {
    clause_negated_ = true;
    negated_at_ = mentions_.size();
  }

  // A number that is followed by a negation, not of another number, is about what is not: "a 40%
  // chance that it does not rain". One in a question is not stated.
  void end_clause(bool is_question) {
    for (auto i = clause_; i < mentions_.size(); ++i) {
      if (is_question) spoil(mentions_[i], MentionKind::unreadable, "a number is in a question");
      if (negated_at_ == mentions_.size() && i < negated_at_ && !mentions_[i].negated)
        spoil(mentions_[i], MentionKind::unreadable, "a negation follows the number");
    }
    clause_ = mentions_.size();
    clause_negated_ = false;
    negated_at_ = std::string_view::npos;
  }

  static void spoil(NumberMention& mention, MentionKind kind, std::string_view reason) {
    if (mention.kind == MentionKind::unreadable) return;
    mention.kind = kind;
    mention.reason = reason;
  }

  void add(NumberMention mention) {
    mention.negated = clause_negated_;
    mentions_.push_back(mention);
  }

  void take_number() {
    const auto written = read_written_number(text_, at_);
    NumberMention mention = {at_,           written.end,           written.value,
                             written.slack, MentionKind::readable, {}};
    if (!written.reason.empty()) spoil(mention, MentionKind::unreadable, written.reason);
    take_sign(mention);
    check_glued(mention);
    check_context(mention, written);
    at_ = mention.end;
    // Letters, marks and digits that cling to it are no numbers of their own.
    while (at_ < text_.size() && is_word_sign(text_[at_])) ++at_;
    add(mention);
  }

  // A dash or plus before the number: a sign, a separator, or a calculation with what precedes.
  void take_sign(NumberMention& mention) {
    auto sign = mention.begin;
    while (before(sign) == ' ') --sign;
    const bool is_apart = sign != mention.begin;
    const char c = before(sign);
    if (c == operator_mark || c == '*' || c == '^' || c == '/' || c == '{')
      if (!follows_box(sign)) return spoil(mention, MentionKind::arithmetic, "a calculation");
    if (c != '-' && c != '+') return;
    auto left = sign - 1;
    while (before(left) == ' ') --left;
    const char operand = before(left);
    if (is_digit(operand) || operand == '%' || (operand == ')' && c == '+')) {
      if (!mentions_.empty() && mentions_.back().end == left)
        spoil(mentions_.back(), MentionKind::arithmetic, "a range or a calculation");
      return spoil(mention, MentionKind::arithmetic, "a range or a calculation");
    }
    if (operand == '-' || operand == '+') return sign_unclear(mention);
    if (is_apart) {
      if (c == '-' && range_.low < 0) sign_unclear(mention);
      return;
    }
    if (left == sign - 1 && (is_letter(operand) || operand == '_'))
      return spoil(mention, MentionKind::unreadable, "a number is part of a word");
    mention.begin = sign - 1;
    if (c == '-') mention.value = -mention.value;
  }

  static void sign_unclear(NumberMention& mention) {
    spoil(mention, MentionKind::unreadable, "a number's sign is unclear");
  }

  [[nodiscard]] bool follows_box(std::size_t end) const {
    auto begin = end;
    while (begin > 0 && (before(begin) == '{' || before(begin) == ' ')) --begin;
    return text_.substr(0, begin).ends_with("boxed");
  }

  // What touches the number on either side.
  void check_glued(NumberMention& mention) {
    const char left = before(mention.begin), right = at(mention.end);
    if (is_word_sign(left) || (left == '.' && is_word_sign(before(mention.begin - 1))))
      spoil(mention, MentionKind::unreadable, "a number is part of a word");
    for (const auto bound : foreign_bounds)
      if (text_.substr(0, mention.begin).ends_with(bound))
        spoil(mention, MentionKind::unreadable, "a bound, not a number");
    const auto rest = text_.substr(mention.end);
    const bool is_ending =
        std::any_of(std::begin(foreign_endings), std::end(foreign_endings),
                    [rest](std::string_view ending) { return rest.starts_with(ending); });
    const bool is_compound = right == '-' && is_letter(at(mention.end + 1));
    if (is_word_sign(right) || (!is_ascii(right) && !is_ending) || is_compound)
      spoil(mention, MentionKind::unreadable, "a number has a unit or an ending");
    if ((right == ':' || right == '.') && is_digit(at(mention.end + 1)))
      spoil(mention, MentionKind::unreadable, "odds, a time or a version");
    if (rest.starts_with("..")) spoil(mention, MentionKind::unreadable, "a number trails off");
    auto apart = mention.begin;
    while (before(apart) == ' ') --apart;
    if (before(apart) == '$' && !closes_formula(mention.end))
      spoil(mention, MentionKind::unreadable, "a number is an amount of money");
    if (left == '#') spoil(mention, MentionKind::unreadable, "a number is a label");
    check_brackets(mention);
  }

  // "$0.4$" is LaTeX.
  [[nodiscard]] bool closes_formula(std::size_t end) const {
    while (at(end) == ' ' || at(end) == '.') ++end;
    return at(end) == '$';
  }

  // "[0,1]" is an interval, and "[1]" a reference.
  void check_brackets(NumberMention& mention) {
    const char left = before(mention.begin), right = at(mention.end);
    const auto inside = text_.substr(mention.begin, mention.end - mention.begin);
    const bool is_pair = (left == '[' || left == '(' || left == '{') &&
                         (right == ']' || right == ')' || right == '}') &&
                         inside.find(',') != std::string_view::npos;
    if (is_pair && !follows_box(mention.begin)) spoil(mention, MentionKind::unreadable, "a range");
  }

  void check_context(NumberMention& mention, const WrittenNumber& written) {
    check_end(mention, written);
    check_before(mention);
    auto next = mention.end;
    while (at(next) == ' ') ++next;
    const char c = at(next);
    const bool is_sum = c == '+' && (is_digit(at(next + 1)) || at(next + 1) == ' ');
    if (c == operator_mark || c == '*' || c == '^' || is_sum)
      spoil(mention, MentionKind::arithmetic, "a calculation");
    if (c == '+' && !is_sum) spoil(mention, MentionKind::unreadable, "a bound, not a number");
    const bool is_apart = next > mention.end || written.is_percentage;
    if (is_letter(c) && is_apart) check_next_word(mention, next);
  }

  // A whole number and a point at the very end: more digits may have been meant.
  void check_end(NumberMention& mention, const WrittenNumber& written) {
    const bool ends = text_.find_first_not_of(" \n", mention.end + 1) == std::string_view::npos;
    if (written.is_whole && at(mention.end) == '.' && ends && mention.value != range_.high)
      spoil(mention, MentionKind::unreadable, "a number may be cut off");
  }

  void check_next_word(NumberMention& mention, std::size_t begin) {
    const auto word = word_from(begin);
    if (is_among(unit_words, word)) spoil(mention, MentionKind::unreadable, "a number has a unit");
    if (is_among(confidence_words, word))
      spoil(mention, MentionKind::unreadable, "a confidence, not a belief");
    if (is_among(comparing_words, word))
      spoil(mention, MentionKind::unreadable, "a comparison, not a number");
    if (word == "or" && is_among(comparing_words, word_from(begin + 3)))
      spoil(mention, MentionKind::unreadable, "a bound, not a number");
  }

  [[nodiscard]] std::string_view word_from(std::size_t begin) const {
    auto end = begin;
    while (is_letter(at(end)) || at(end) == '\'' || (at(end) == '-' && end > begin)) ++end;
    return text_.substr(std::min(begin, text_.size()), end - begin);
  }

  // The word before `end`, which then goes before it; empty when there is none on this line.
  std::string_view word_before(std::size_t& end) const {
    while (before(end) == ' ') --end;
    const auto word_end = end;
    while (is_letter(before(end))) --end;
    return text_.substr(end, word_end - end);
  }

  void check_before(NumberMention& mention) {
    auto end = mention.begin;
    while (before(end) == ' ' || before(end) == '~' || before(end) == '=') --end;
    const bool is_arrow = before(end) == '>' && (before(end - 1) == '-' || before(end - 1) == '=');
    if (before(end) == '<' || (before(end) == '>' && !is_arrow))
      return spoil(mention, MentionKind::unreadable, "a bound, not a number");
    auto word = word_before(end);
    while (is_among(softening_words, word)) word = word_before(end);
    const bool is_bound = is_among(bound_words, word);
    if (is_bound || (word == "to" && is_among(approaching_words, word_before(end))))
      return spoil(mention, MentionKind::unreadable, "a bound or a change, not a number");
    if (word == "minus" || word == "negative") sign_unclear(mention);
    if (is_among(label_words, word)) spoil(mention, MentionKind::unreadable, "a number is a label");
    check_name(mention);
    check_quantity(mention);
  }

  // "x = 1": the value of something that is not the belief. "0.3 * 0.5 = 0.15" has no name.
  void check_name(NumberMention& mention) {
    auto end = mention.begin;
    while (before(end) == ' ') --end;
    if (before(end) != '=') return;
    --end;
    while (before(end) == ' ') --end;
    auto begin = end;
    while (is_word_sign(before(begin)) || before(begin) == '.') --begin;
    const auto name = text_.substr(begin, end - begin);
    const bool is_name = std::any_of(name.begin(), name.end(), is_letter);
    const bool is_percent = name == "percent" || name == "cent";
    if (is_name && !is_percent && !is_among(belief_names, name))
      spoil(mention, MentionKind::unreadable, "a value of something else");
  }

  // "with a confidence of about 90%".
  void check_quantity(NumberMention& mention) {
    auto end = mention.begin;
    std::string_view word;
    for (int steps = 0; steps < 4; ++steps) {
      while (before(end) == ':' || before(end) == '=' || before(end) == ' ') --end;
      word = word_before(end);
      if (!is_among(linking_words, word) && !is_among(softening_words, word)) break;
    }
    if (is_among(quantity_words, word) || text_.substr(0, end + word.size()).ends_with("p-value"))
      spoil(mention, MentionKind::unreadable, "a number about something else");
  }

  std::string_view text_;
  BeliefRange range_;
  std::size_t at_ = 0;
  std::vector<NumberMention> mentions_;
  std::size_t clause_ = 0;  // the first mention of this clause
  bool clause_negated_ = false;
  std::size_t negated_at_ = std::string_view::npos;  // mentions when the negation came
};

}  // namespace

std::vector<NumberMention> find_numbers(std::string_view text, const BeliefRange& range) {
  return NumberFinder(text, range).find();
}

}  // namespace causal_gym
