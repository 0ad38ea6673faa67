#include "gym/agent/plain_reply.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "gym/agent/plain_text.h"

namespace causal_gym {

namespace {

struct Spelling {
  std::string_view written;
  std::string_view plain;
};

// Beyond ASCII.
constexpr Spelling signs[] = {
    {"\u00a0", " "},     {"\u2009", " "},     {"\u202f", " "},     {"\u2007", " "},
    {"\u3000", " "},     {"\u200b", ""},      {"\u2060", ""},      {"\ufeff", ""},
    {"\u2212", "-"},     {"\u2013", "-"},     {"\u2010", "-"},     {"\u2011", "-"},
    {"\u2014", " - "},   {"\u2018", "'"},     {"\u2019", "'"},     {"\u201c", "\""},
    {"\u201d", "\""},    {"\u201e", "\""},    {"\u00ab", "\""},    {"\u00bb", "\""},
    {"\u2044", "/"},     {"\u2215", "/"},     {"\uff0f", "/"},     {"\uff05", "%"},
    {"\uff1d", "="},     {"\uff1a", ": "},    {"\uff0c", ", "},    {"\u3001", ", "},
    {"\u3002", "; "},    {"\uff08", "("},     {"\uff09", ")"},     {"\uff0e", "."},
    {"\u2248", "~"},     {"\u2243", "~"},     {"\u223c", "~"},     {"\u2245", "~"},
    {"\u2264", "<"},     {"\u2265", ">"},     {"\u2a7d", "<"},     {"\u2a7e", ">"},
    {"\uff1c", "<"},     {"\uff1e", ">"},     {"\u2192", " -> "},  {"\u2026", "..."},
    {"\u2260", " not "}, {"\u2022", " "},     {"\u00d7", "\x01"},  {"\u00f7", "\x01"},
    {"\u00b7", "\x01"},  {"\u22c5", "\x01"},  {"\u2217", "\x01"},  {"\u221a", "\x01"},
    {"\u00b1", "\x01"},  {"\u2030", "\x02"},  {"\u2031", "\x02"},  {"\u20ac", "\x02"},
    {"\u00a3", "\x02"},  {"\u00a5", "\x02"},  {"\u00b0", "\x02"},  {"\u221e", "\x02"},
    {"\u5272", "\x02"},  {"百分之", "\x02"},  {"\u00bd", " 1/2 "}, {"\u00bc", " 1/4 "},
    {"\u00be", " 3/4 "}, {"\u2153", " 1/3 "}, {"\u2154", " 2/3 "}, {"\u2155", " 1/5 "},
    {"\u2156", " 2/5 "}, {"\u2157", " 3/5 "}, {"\u2158", " 4/5 "},
};

// After a backslash; other names stand as words.
constexpr Spelling commands[] = {
    {"quad", " "},       {"qquad", " "},    {"left", ""},         {"right", ""},
    {"big", ""},         {"mid", "|"},      {"approx", "~"},      {"simeq", "~"},
    {"sim", "~"},        {"times", "\x01"}, {"cdot", "\x01"},     {"div", "\x01"},
    {"sqrt", "\x01"},    {"pm", "\x01"},    {"leq", "<"},         {"le", "<"},
    {"lt", "<"},         {"geq", ">"},      {"ge", ">"},          {"gt", ">"},
    {"neq", " not "},    {"ne", " not "},   {"not", " not "},     {"boxed", " boxed "},
    {"fbox", " boxed "}, {"text", ""},      {"textbf", ""},       {"mathbf", ""},
    {"mathrm", ""},      {"mathit", ""},    {"operatorname", ""}, {"percent", "%"},
    {"infty", "\x02"},
};
// One sign after a backslash.
constexpr Spelling escapes[] = {{"%", "%"}, {",", " "}, {";", " "}, {":", " "},   {"!", ""},
                                {" ", " "}, {"(", " "}, {")", " "}, {"[", " "},   {"]", " "},
                                {"{", "("}, {"}", ")"}, {"_", "_"}, {"$", "\x02"}};

std::optional<std::string_view> plain_of(std::span<const Spelling> table,
                                         std::string_view written) {
  for (const auto& spelling : table)
    if (spelling.written == written) return spelling.plain;
  return std::nullopt;
}

// The code point at the head of the text and its length; {0, 1} where the bytes are not UTF-8.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
};

CodePoint code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (bytes == 1 || text.size() < bytes) return {};
  std::uint32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return {};
    value = value << 6U | (next & 0x3FU);
  }
  return {value, bytes};
}

// Where the digits of other scripts and fonts begin, ten in a row.
constexpr std::array<std::uint32_t, 22> digit_blocks = {
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66,  0x0AE6,  0x0B66,  0x0BE6,  0x0C66,  0x0CE6,
    0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x17E0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1040};

bool is_unread_number(std::uint32_t point) {
  return (point >= 0x2150 && point <= 0x218B) || (point >= 0x2460 && point <= 0x249B) ||
         point == 0x066B || point == 0x066C ||
         std::any_of(digit_blocks.begin(), digit_blocks.end(),
                     [point](std::uint32_t zero) { return point >= zero && point < zero + 10; });
}

// "⁻", "⁰", ... as ASCII.
std::optional<char> superscript(std::uint32_t point) {
  if (point == 0x207B) return '-';
  if (point == 0xB9) return '1';
  if (point == 0xB2 || point == 0xB3) return static_cast<char>('0' + point - 0xB0);
  if (point == 0x2070 || (point >= 0x2074 && point <= 0x2079))
    return static_cast<char>('0' + point - 0x2070);
  return std::nullopt;
}

class Plainer {
 public:
  explicit Plainer(std::string_view text) : text_(text) {}

  std::string plain() {
    plain_.reserve(text_.size());
    while (at_ < text_.size()) take();
    return std::move(plain_);
  }

 private:
  void take() {
    const char c = text_[at_];
    if (c == '\\') return take_command();
    if (c == '<' && take_tag()) return;
    if (is_ascii(c)) {
      // Marks and other control characters of the text itself are nothing but space.
      plain_ += c == '\n' ? c : static_cast<unsigned char>(c) < ' ' ? ' ' : lower(c);
      ++at_;
      return;
    }
    for (const auto& sign : signs)
      if (text_.substr(at_).starts_with(sign.written)) {
        plain_ += sign.plain;
        at_ += sign.written.size();
        return;
      }
    take_code_point();
  }

  void take_code_point() {
    const auto [point, bytes] = code_point(text_.substr(at_));
    if (point >= 0xFF10 && point <= 0xFF19) {
      plain_ += static_cast<char>('0' + point - 0xFF10);
    } else if (superscript(point)) {
      return take_superscripts();
    } else if (point >= 0x2080 && point <= 0x2089) {  // x₁ is a name
      const bool named = !plain_.empty() && is_letter(plain_.back());
      plain_ += named ? static_cast<char>('0' + point - 0x2080) : unread_mark;
    } else if (is_unread_number(point)) {
      plain_ += unread_mark;
    } else {
      plain_ += text_.substr(at_, bytes);
    }
    at_ += bytes;
  }

  // 10⁻³ is written 10^-3; elsewhere they are footnotes or powers.
  void take_superscripts() {
    const bool is_power = plain_.ends_with("10");
    plain_ += is_power ? '^' : unread_mark;
    while (at_ < text_.size()) {
      const auto [point, bytes] = code_point(text_.substr(at_));
      const auto digit = superscript(point);
      if (!digit) return;
      if (is_power) plain_ += *digit;
      at_ += bytes;
    }
  }

  // "<answer>" is the word, "</answer>" a space.
  bool take_tag() {
    auto end = at_ + 1;
    const bool closes = end < text_.size() && text_[end] == '/';
    if (closes) ++end;
    const auto begin = end;
    while (end < text_.size() && (is_letter(lower(text_[end])) || text_[end] == '_')) ++end;
    if (end == begin || end >= text_.size() || text_[end] != '>') return false;
    plain_ += ' ';
    for (const char c : closes ? std::string_view() : text_.substr(begin, end - begin))
      plain_ += lower(c);
    plain_ += ' ';
    at_ = end + 1;
    return true;
  }

  void take_command() {
    auto end = at_ + 1;
    while (end < text_.size() && is_letter(lower(text_[end]))) ++end;
    if (end == at_ + 1) return take_escape();
    const auto name = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
    if (name == "frac" || name == "dfrac" || name == "tfrac") return take_fraction();
    if (const auto plain = plain_of(commands, name)) {
      plain_ += *plain;
      return;
    }
    plain_ += ' ';
    for (const char c : name) plain_ += lower(c);
    plain_ += ' ';
  }

  void take_escape() {
    const auto sign = text_.substr(at_ + 1, 1);
    const auto plain = plain_of(escapes, sign);
    plain_ += plain.value_or(" ");
    at_ += plain ? 2 : 1;
  }

  // "{2}{5}" is 2/5; what is not that simple is arithmetic.
  void take_fraction() {
    auto at = at_;
    const auto above = braced_number(at);
    const auto below = above.empty() ? std::string_view() : braced_number(at);
    if (below.empty()) {
      plain_ += operator_mark;
      return;
    }
    plain_ += " " + std::string(above) + "/" + std::string(below);
    at_ = at;
  }

  // A number in braces at `at`, which goes past it; empty when there is none.
  [[nodiscard]] std::string_view braced_number(std::size_t& at) const {
    if (at >= text_.size() || text_[at] != '{') return {};
    auto end = at + 1;
    while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.')) ++end;
    if (end == at + 1 || end >= text_.size() || text_[end] != '}') return {};
    const auto number = text_.substr(at + 1, end - at - 1);
    at = end + 1;
    return number;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string plain_;
};

// Runs of two or more '*' or '_' and every '`' go; so does a single '*' that hugs a word. An x
// between numbers multiplies.
std::string without_emphasis(std::string_view text) {
  std::string plain;
  const auto at = [&](std::size_t i) { return i < text.size() ? text[i] : '\n'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`') continue;
    if (c == 'x' && i > 1 && text[i - 1] == ' ' && at(i + 1) == ' ' && is_digit(text[i - 2]) &&
        is_digit(at(i + 2))) {
      plain += operator_mark;
      continue;
    }
    if (c != '*' && c != '_') {
      plain += c;
      continue;
    }
    auto end = i;
    while (at(end) == c) ++end;
    const char before = i == 0 ? '\n' : text[i - 1];
    const bool opens = is_space(before) != is_space(at(end));
    const bool closes = !is_space(before) && !is_digit(at(end)) && !is_letter(at(end));
    if (end - i == 1 && !(c == '*' && (opens || closes))) plain += c;
    i = end - 1;
  }
  return plain;
}

// The words before a bracket that make it a term of the query language.
constexpr std::string_view terms[] = {"p",   "pr",  "prob", "e",          "do",  "ate",
                                      "att", "atu", "cde",  "nde",        "nie", "te",
                                      "pn",  "ps",  "pns",  "probability"};

// "p(y=1 | do(x=1))" -> "p()". One that is not closed on its line is cut off.
std::string without_terms(std::string_view line) {
  std::string plain;
  std::size_t depth = 0;
  std::size_t word = 0;  // length of the word at the end of `plain`
  for (const char c : line) {
    const bool opens = c == '(' || c == '[';
    if (depth > 0) {
      if (opens) ++depth;
      if ((c == ')' || c == ']') && --depth == 0) plain += "()";
      continue;
    }
    const auto last = std::string_view(plain).substr(plain.size() - word);
    if (opens && std::find(std::begin(terms), std::end(terms), last) != std::end(terms)) {
      depth = 1;
      word = 0;
      continue;
    }
    plain += c;
    word = is_letter(c) || is_digit(c) || c == '_' ? word + 1 : 0;
  }
  if (depth > 0) plain += unread_mark;
  return plain;
}

// Without what begins a heading or a bullet.
std::string_view without_bullet(std::string_view line) {
  line = trimmed(line);
  const auto signs_end = line.find_first_not_of('#');
  if (signs_end != std::string_view::npos && signs_end > 0 && line[signs_end] == ' ')
    line = trimmed(line.substr(signs_end));
  if (line.starts_with("* ")) line = trimmed(line.substr(2));
  return line;
}

}  // namespace

std::optional<std::string_view> without_thinking(std::string_view text) {
  for (const std::string name : {"think", "thinking", "reasoning"}) {
    const auto closing = text.rfind("</" + name + ">");
    if (closing != std::string_view::npos) text.remove_prefix(closing + name.size() + 3);
    if (text.find("<" + name + ">") != std::string_view::npos) return std::nullopt;
  }
  return text;
}

std::string plain_reply(std::string_view text) {
  const auto plain = without_emphasis(Plainer(text).plain());
  std::string lines;
  for (const auto line : lines_of(plain)) {
    const auto bare = without_bullet(line);
    if (!bare.empty()) lines += without_terms(bare) + "\n";
  }
  return lines;
}

}  // namespace causal_gym
