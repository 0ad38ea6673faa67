#include "gym/agent/number_words.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

constexpr std::string_view below_twenty[] = {
    "zero",     "one",     "two",     "three",     "four",     "five",    "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::string_view tens[] = {"twenty", "thirty",  "forty",  "fifty",
                                     "sixty",  "seventy", "eighty", "ninety"};

struct Part {
  std::string_view word;
  double divisor;
};
constexpr Part parts_of_one[] = {{"half", 2},    {"third", 3},      {"quarter", 4},
                                 {"fourth", 4},  {"fifth", 5},      {"sixth", 6},
                                 {"seventh", 7}, {"eighth", 8},     {"ninth", 9},
                                 {"tenth", 10},  {"twentieth", 20}, {"hundredth", 100}};

std::optional<double> divisor_of(std::string_view word) {
  for (const auto& part : parts_of_one)
    if (word == part.word ||
        (word.size() == part.word.size() + 1 && word.starts_with(part.word) && word.back() == 's'))
      return part.divisor;
  return std::nullopt;
}

// The words of the tokens from `i`, those with hyphens taken apart, and the token each ends.
struct Word {
  std::string_view text;
  std::size_t end = 0;  // past its token; 0 inside a token
};

class WordReader {
 public:
  WordReader(const ReplyTokens& tokens, std::size_t i) {
    constexpr std::size_t most_words = 8;
    for (; tokens[i].kind == TokenKind::word && words_.size() < most_words; ++i) {
      auto text = tokens[i].text;
      for (auto hyphen = text.find('-'); hyphen != std::string_view::npos;
           hyphen = text.find('-')) {
        words_.push_back({text.substr(0, hyphen), 0});
        text.remove_prefix(hyphen + 1);
      }
      words_.push_back({text, i + 1});
    }
  }

  std::optional<WordNumber> read() {
    if (const auto value = read_value())
      if (at_ > 0 && words_[at_ - 1].end > 0) return WordNumber{*value, words_[at_ - 1].end};
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string_view peek(std::size_t ahead = 0) const {
    return at_ + ahead < words_.size() ? words_[at_ + ahead].text : std::string_view();
  }
  bool take(std::string_view word) {
    if (peek() != word) return false;
    ++at_;
    return true;
  }

  std::optional<double> read_value() {
    if (take("half")) return 0.5;
    if (peek() == "a" && divisor_of(peek(1))) {
      at_ += 2;
      return 1 / *divisor_of(words_[at_ - 1].text);
    }
    const auto count = read_cardinal();
    if (!count) return std::nullopt;
    if (take("percent") || (peek(1) == "cent" && take("per") && take("cent"))) return *count / 100;
    if (*count == 50 && take("fifty")) return 0.5;
    if (take("point")) return read_decimals(*count);
    if (const auto divisor = divisor_of(peek()); divisor && *count > 0 && *count <= *divisor) {
      ++at_;
      return *count / *divisor;
    }
    if (take("in") || (peek(1) == "of" && take("out") && take("of"))) {
      const auto of = read_cardinal();
      return of && *of > 0 && *count <= *of ? std::optional(*count / *of) : std::nullopt;
    }
    return *count == 0 ? count : std::nullopt;
  }

  std::optional<double> read_cardinal() {
    const auto low = std::find(std::begin(below_twenty), std::end(below_twenty), peek());
    if (low != std::end(below_twenty)) {
      ++at_;
      const auto count = static_cast<double>(low - std::begin(below_twenty));
      return count == 1 && take("hundred") ? 100 : count;
    }
    if (peek() == "a" && peek(1) == "hundred") {
      at_ += 2;
      return 100;
    }
    const auto ten = std::find(std::begin(tens), std::end(tens), peek());
    if (ten == std::end(tens)) return std::nullopt;
    ++at_;
    const auto unit =
        std::find(std::begin(below_twenty) + 1, std::begin(below_twenty) + 10, peek());
    const bool has_unit = unit != std::begin(below_twenty) + 10;
    if (has_unit) ++at_;
    return static_cast<double>(20 + 10 * (ten - std::begin(tens)) +
                               (has_unit ? unit - std::begin(below_twenty) : 0));
  }

  // "point eight five".
  std::optional<double> read_decimals(double whole) {
    double value = whole, place = 10;
    for (;; place *= 10, ++at_) {
      const auto digit = std::find(std::begin(below_twenty), std::begin(below_twenty) + 10, peek());
      if (digit == std::begin(below_twenty) + 10) break;
      value += static_cast<double>(digit - std::begin(below_twenty)) / place;
    }
    return place > 10 ? std::optional(value) : std::nullopt;
  }

  std::vector<Word> words_;
  std::size_t at_ = 0;
};

// "50/50", "50-50", "50:50".
std::optional<WordNumber> read_even_odds(const ReplyTokens& tokens, std::size_t i) {
  const auto is_fifty = [&](std::size_t at) {
    return tokens[at].has_value() && tokens[at].text == "50";
  };
  auto text = std::string(tokens[i].text);
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  if (text == "50/50") return WordNumber{0.5, i + 1};
  if (is_fifty(i) && tokens[i + 1].is_sign_of("-:") && is_fifty(i + 2) &&
      tokens[i].end == tokens[i + 1].begin && tokens[i + 1].end == tokens[i + 2].begin)
    return WordNumber{0.5, i + 3};
  return std::nullopt;
}

}  // namespace

std::optional<WordNumber> read_number_words(const ReplyTokens& tokens, std::size_t i) {
  if (tokens[i].is_number()) return read_even_odds(tokens, i);
  return WordReader(tokens, i).read();
}

}  // namespace causal_gym
