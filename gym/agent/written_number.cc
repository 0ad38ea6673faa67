#include "gym/agent/written_number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string>

#include "gym/agent/plain_reply.h"
#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr std::string_view cut_off = "a number is cut off";
constexpr std::string_view separators_unclear =
    "a separator may stand for decimals or for thousands";
constexpr std::string_view not_a_fraction = "a slash makes no fraction";

// "%" and the words for it in the languages of Western Europe.
constexpr std::string_view percent_words[] = {"percent",   "per cent",   "pct",       "prozent",
                                              "pour cent", "por ciento", "per cento", "procent"};

class NumberReader {
 public:
  NumberReader(std::string_view text, std::size_t begin) : text_(text), at_(begin) {}

  WrittenNumber read() {
    read_digits();
    read_exponent();
    read_power_of_ten();
    const bool is_plain = number_.is_whole;
    if (!read_percent()) settle(0);
    if (number_.reason.empty() && !is_percentage_) read_fraction(is_plain);
    number_.end = at_;
    return number_;
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::size_t past_spaces(std::size_t at) const {
    return std::min(text_.find_first_not_of(' ', at), text_.size());
  }
  // Nothing but the end of the text follows.
  [[nodiscard]] bool ends_at(std::size_t at) const {
    return text_.find_first_not_of(" \n", at) == std::string_view::npos;
  }
  void fail_with(std::string_view reason) {
    if (number_.reason.empty()) number_.reason = reason;
  }

  void read_digits() {
    const auto begin = at_;
    std::size_t points = 0, commas = 0, last = std::string_view::npos;
    while (is_digit(peek()) || ((peek() == '.' || peek() == ',') && is_digit(peek(1)))) {
      if (!is_digit(peek())) {
        ++(peek() == '.' ? points : commas);
        last = at_;
      }
      ++at_;
    }
    const auto run = text_.substr(begin, at_ - begin);
    number_.is_whole = points + commas == 0;
    digits_ = run;
    if (number_.is_whole) return;
    decimals_ = at_ - last - 1;
    settle_separators(run, points, commas);
  }

  // One separator is of decimals, but "1,000" may be a thousand; "1,234.5" and "1.234,5" are clear.
  void settle_separators(std::string_view run, std::size_t points, std::size_t commas) {
    const auto first = run.find_first_of(".,");
    const auto last = run.find_last_of(".,");
    if (points + commas == 1) {
      const bool may_group =
          run[first] == ',' && decimals_ == 3 && first > 0 && first <= 3 && run[0] != '0';
      if (may_group) fail_with(separators_unclear);
      digits_[first] = '.';
      return;
    }
    const char group = run[first];
    const bool is_grouped = are_groups(run, group, run[last] == group ? run.size() : last);
    const bool is_clear = run[last] != group || (group == ',' && decimals_ == 3);
    if (!is_grouped || !is_clear) return fail_with(separators_unclear);
    if (run[last] == group) decimals_ = 0;
    digits_.clear();
    for (std::size_t i = 0; i < run.size(); ++i)
      if (run[i] != group) digits_ += i == last ? '.' : run[i];
  }

  // Are the digits before `end` groups of three, divided by one sign, after one to three?
  static bool are_groups(std::string_view run, char group, std::size_t end) {
    auto at = run.find(group);
    if (at == 0 || at > 3) return false;
    for (; at < end; at += 4) {
      if (run[at] != group || at + 4 > end) return false;
      for (std::size_t i = at + 1; i < at + 4; ++i)
        if (!is_digit(run[i])) return false;
    }
    return at == end;
  }

  // "e-3" goes on; "e" or "e-" at the end of the text breaks off.
  void read_exponent() {
    if (peek() != 'e') return;
    const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
    if (!is_digit(peek(1 + sign))) {
      if (ends_at(at_ + 1 + sign)) fail_with(cut_off);
      return;
    }
    at_ += 1 + sign;
    read_exponent_digits(text_[at_ - 1] == '-');
  }

  void read_exponent_digits(bool is_negative) {
    long exponent = 0;
    for (; is_digit(peek()); ++at_) exponent = std::min(exponent * 10 + (peek() - '0'), 100'000L);
    exponent_ = is_negative ? -exponent : exponent;
    number_.is_whole = false;
  }

  // "4 x 10^-3", in any of its spellings.
  void read_power_of_ten() {
    auto at = past_spaces(at_);
    if (at >= text_.size() || exponent_ != 0 ||
        (text_[at] != 'x' && text_[at] != '*' && text_[at] != operator_mark))
      return;
    at = past_spaces(at + 1);
    if (text_.substr(at, 3) != "10^") return;
    at += 3;
    const bool is_braced = text_.substr(at, 1) == "{";
    if (is_braced) ++at;
    const bool is_negative = text_.substr(at, 1) == "-";
    if (is_negative) ++at;
    if (at >= text_.size() || !is_digit(text_[at])) return fail_with(cut_off);
    at_ = at;
    read_exponent_digits(is_negative);
    if (is_braced && peek() == '}') ++at_;
  }

  bool read_percent() {
    const auto at = past_spaces(at_);
    const auto rest = text_.substr(at);
    std::size_t length = rest.starts_with("%") ? 1 : 0;
    for (const auto word : percent_words)
      if (rest.starts_with(word) && (rest.size() == word.size() || !is_letter(rest[word.size()])))
        length = word.size();
    if (length == 0) return false;
    at_ = at + length;
    is_percentage_ = true;
    number_.is_whole = false;
    settle(-2);
    return true;
  }

  // The value, with the decimal point moved.
  void settle(long shift) {
    const auto text = digits_ + "e" + std::to_string(exponent_ + shift);
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number_.value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number_.value))
      fail_with("a number is too large or too small");
    const bool is_exact = decimals_ == 0 && shift == 0 && exponent_ == 0;
    const auto last = static_cast<double>(exponent_ + shift) - static_cast<double>(decimals_);
    number_.slack = is_exact ? 0 : 0.5 * std::pow(10.0, last);
  }

  // "2/5", "1 in 4", "3 out of 4".
  void read_fraction(bool is_plain) {
    const auto at = past_spaces(at_);
    for (const std::string_view word : {"/", "in ", "out of "}) {
      const bool is_slash = word == "/";
      if (word == "in " && !is_plain) continue;
      if (!text_.substr(at).starts_with(word) || (!is_slash && at == at_)) continue;
      const auto below = past_spaces(at + word.size());
      if (below < text_.size() && is_digit(text_[below])) return read_denominator(below, is_slash);
      if (ends_at(below)) fail_with(cut_off);
      if (is_slash) fail_with(not_a_fraction);
    }
    for (const std::string_view word : {"in", "out of", "out"})
      if (text_.substr(at).starts_with(word) && ends_at(at + word.size())) fail_with(cut_off);
  }

  void read_denominator(std::size_t begin, bool is_slash) {
    NumberReader reader(text_, begin);
    reader.read_digits();
    reader.settle(0);
    const auto& below = reader.number_;
    at_ = reader.at_;
    number_.is_whole = false;
    number_.slack = 0;
    if (!below.reason.empty()) return fail_with(below.reason);
    const bool goes_on = peek() == '/' || peek() == '%' || peek() == '^' || peek() == 'e';
    if (goes_on || !below.is_whole || below.value == 0) return fail_with(not_a_fraction);
    // "50/50" and "40/60" divide a hundred between two sides.
    if (number_.value + below.value == 100) return fail_with("odds are not read");
    if (!is_slash && number_.value > below.value)
      return fail_with("\"in\" makes no fraction of these");
    number_.value /= below.value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string digits_;
  std::size_t decimals_ = 0;
  long exponent_ = 0;
  bool is_percentage_ = false;
  WrittenNumber number_;
};

}  // namespace

WrittenNumber read_written_number(std::string_view text, std::size_t begin) {
  return NumberReader(text, begin).read();
}

}  // namespace causal_gym
