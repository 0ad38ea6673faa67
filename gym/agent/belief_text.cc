#include "gym/agent/belief_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "engine/base/exact_text.h"
#include "gym/agent/asked_query.h"
#include "gym/agent/clause.h"
#include "gym/agent/number_phrase.h"
#include "gym/agent/number_words.h"
#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"
#include "gym/agent/reply_token.h"
#include "gym/agent/rival_number.h"
#include "gym/agent/statement.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_reply_bytes = 1 << 20;

constexpr std::string_view refusing_words[] = {"n/a", "na", "none", "null", "unknown"};
// With these beside it, a positive number may be meant to be negative.
constexpr std::string_view sign_words[] = {"negative", "minus", "decreas", "reduc",
                                           "lower",    "drop",  "fall",    "declin"};
constexpr std::string_view closing_signs = " .!)]}\"'$|;\n";
constexpr std::string_view suppositions[] = {"would", "if ", "unless "};
constexpr std::string_view ends_open[] = {"is", "the", "a", "and", "or", "to", "of", "but", "not"};

class BeliefReader {
 public:
  BeliefReader(std::string_view said, const std::string& plain, const AskedQuery& asked)
      : said_(said), plain_(plain), asked_(asked), tokens_(reply_tokens(plain, asked)) {}

  [[nodiscard]] BeliefReading read() const {
    if (trimmed(plain_).empty()) return unparseable("nothing was said");
    if (is_among(refusing_words, trimmed(plain_, closing_signs))) return refused();
    if (const auto reason = broken_off()) return unparseable(*reason);
    if (auto reading = read_whole()) return *std::move(reading);
    const auto statements = find_statements(tokens_, asked_);
    if (statements.has_label_without_one)
      return unparseable(fault().empty() ? "what it calls the answer is no number" : fault());
    if (auto reading = read_labels(statements)) return *std::move(reading);
    if (auto reading = read_phrases(statements)) return *std::move(reading);
    return nothing_leads();
  }

 private:
  [[nodiscard]] BeliefReading unparseable(std::string_view reason) const {
    return unparseable_reading(said_, std::string(reason));
  }
  [[nodiscard]] BeliefReading refused() const {
    return {Refused{std::string(said_)}, "it declines and names no number"};
  }
  // `sentence`: where words may tell the sign.
  [[nodiscard]] BeliefReading stated(double value, std::string_view how,
                                     std::string_view sentence) const {
    const auto& range = asked_.range;
    if (range.low < 0 && value > 0 && contains_any(sentence, sign_words))
      return unparseable("its sign is told in words");
    if (!range.contains(value))
      return unparseable(exact_text(value) + " is outside [" + exact_text(range.low) + ", " +
                         exact_text(range.high) + "]");
    return {Stated{value}, std::string(how)};
  }

  // Why the text cannot be all that was to be said.
  [[nodiscard]] std::optional<std::string_view> broken_off() const {
    const auto opened = std::count(plain_.begin(), plain_.end(), '{');
    if (opened > std::count(plain_.begin(), plain_.end(), '}')) return "a brace is not closed";
    const auto text = trimmed(plain_);
    const auto last = text.substr(text.find_last_of(" \n") + 1);
    const bool is_open = std::string_view("/-=+,&\x01").find(text.back()) != std::string_view::npos;
    if (is_open || is_among(ends_open, last)) return "it breaks off";
    return std::nullopt;
  }

  // The text from token `i` on.
  [[nodiscard]] std::string_view rest(std::size_t i) const {
    return std::string_view(plain_).substr(tokens_[i].begin);
  }
  [[nodiscard]] std::string_view line_of(const StatedNumber& number) const {
    const std::string_view text = plain_;
    const auto end = tokens_[number.end - 1].end;
    const auto begin = text.rfind('\n', tokens_[number.begin].begin) + 1;  // 0 when there is none
    return text.substr(begin, std::min(text.find('\n', end), text.size()) - begin);
  }

  // The reply, or its first line, is a number.
  [[nodiscard]] std::optional<BeliefReading> read_whole() const {
    const auto begin = past_opening(tokens_, 0);
    const auto number = read_stated_number(tokens_, begin, NumberWords::all_and_judgements,
                                           Arithmetic::numbers, asked_);
    if (!number) return std::nullopt;
    const auto tail = past_tail(tokens_, number->end, asked_);
    if (!tail) return std::nullopt;
    const auto end = tokens_.past_signs(*tail, ".!;)]}\"'$|");
    if (tokens_[end].kind != TokenKind::line_end) return std::nullopt;
    const auto after = rest(number->end);
    if (find_rival(tokens_, number->end, *number, {}) || takes_back(after)) return std::nullopt;
    if (declines(after)) return unparseable("it declines and yet names a number");
    return stated(number->value, "the reply is a number", plain_);
  }

  [[nodiscard]] std::optional<BeliefReading> read_labels(const Statements& statements) const {
    const Statement* last = nullptr;
    for (const auto& one : statements.found) {
      if (one.kind != LeadKind::label) continue;
      if (last != nullptr && !agree(last->number, one.number))
        return unparseable("it answers twice");
      last = &one;
    }
    if (last == nullptr) return std::nullopt;
    for (const auto& aside : statements.asides)
      if (aside.begin > last->begin && !agree(last->number, aside.number))
        return unparseable("it answers twice");
    const auto after = rest(last->number.end);
    const auto line = line_of(last->number);
    if (declines(after) || declines(line)) return unparseable("it declines and yet names a number");
    if (takes_back(after)) return unparseable("it takes the number back");
    return stated(last->number.value, "it is called the answer", line);
  }

  // Phrases about what was asked: all of them, and no number elsewhere that differs.
  [[nodiscard]] std::optional<BeliefReading> read_phrases(const Statements& statements) const {
    auto found = statements.found;
    if (found.empty()) return std::nullopt;
    const auto number = found.back().number;
    const bool only_points = std::all_of(found.begin(), found.end(), [](const Statement& one) {
      return one.kind == LeadKind::pronoun;
    });
    for (auto& one : found) {
      if (!agree(number, one.number)) return unparseable("it names several numbers");
      // Arithmetic may then be of something else.
      if (only_points) one.begin = one.number.begin = one.number.arithmetic;
    }
    if (declines(plain_)) return unparseable("it declines and yet names a number");
    if (const auto rival = find_rival(tokens_, 0, number, found)) return unparseable(*rival);
    if (takes_back(rest(number.end))) return unparseable("it takes the number back");
    return stated(number.value, "said of what was asked", plain_);
  }

  [[nodiscard]] static bool agree(const StatedNumber& a, const StatedNumber& b) {
    return are_same_number(a.value, a.slack, b.value, b.slack);
  }

  // What is wrong with the last number that has no value; empty when each has one.
  [[nodiscard]] std::string_view fault() const {
    for (auto i = tokens_.size(); i > 0; --i)
      if (!tokens_[i - 1].reason.empty()) return tokens_[i - 1].reason;
    return {};
  }

  // Why a reply without a statement has none.
  [[nodiscard]] BeliefReading nothing_leads() const {
    std::size_t numbers = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      numbers += tokens_[i].is_number() || read_number_words(tokens_, i) ? 1 : 0;
    if (declines(plain_))
      return numbers == 0 ? refused() : unparseable("it declines and yet names a number");
    if (numbers == 0) return unparseable("it names no number");
    if (!fault().empty()) return unparseable(fault());
    if (numbers > 1) return unparseable("it names several numbers");
    return unparseable(takes_back(plain_) ? "it takes the number back"
                                          : "nothing says that its number is the answer");
  }

  std::string_view said_;
  const std::string& plain_;
  const AskedQuery& asked_;
  ReplyTokens tokens_;
};

}  // namespace

BeliefReading unparseable_reading(std::string_view said, const std::string& reason) {
  return {Unparseable{std::string(said), reason}, reason};
}

BeliefReading read_belief_text(std::string_view text, const BeliefRange& range,
                               std::string_view query) {
  if (text.size() > longest_reply_bytes)
    return unparseable_reading(
        text, "it is longer than " + std::to_string(longest_reply_bytes) + " bytes");
  const auto answer = without_thinking(text);
  if (!answer) return unparseable_reading(text, "its thinking is cut off");
  const auto asked = read_asked_query(query, range);
  const auto plain = plain_reply(*answer);
  return BeliefReader(text, plain, asked).read();
}

std::optional<std::string> objection_after(std::string_view rest, std::optional<double> value,
                                           const BeliefRange& range, std::string_view query) {
  const auto asked = read_asked_query(query, range);
  const auto plain = plain_reply(rest);
  const auto tokens = reply_tokens(plain, asked);
  const auto none = std::numeric_limits<double>::quiet_NaN();  // the same as no number
  if (find_rival(tokens, 0, StatedNumber{.value = value.value_or(none)}, {}))
    return "it names another number after it";
  const auto line = trimmed(rest.substr(0, rest.find('\n')));  // goes on after the value
  const bool is_supposed = std::any_of(std::begin(suppositions), std::end(suppositions),
                                       [line](auto word) { return line.starts_with(word); });
  if (is_supposed || takes_back(plain)) return "it takes it back";
  return std::nullopt;
}

}  // namespace causal_gym
