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
    {"\u2156", " 2/5 "}, {"\u2157", " 3/5 "}, {"\u2158", " 4/5 "}, {"\u21d2", " => "},
    {"\u2234", " "},     {"\u2705", " "},     {"\u2713", " "},     {"\u2714", " "},
    {"\u2728", " "},     {"\ufe0f", ""},      {"\U0001f3af", " "}, {"\U0001f44d", " "},
    {"\U0001f389", " "}, {"\U0001f60a", " "}, {"\U0001f642", " "},
};

// What a tag in angle brackets says; any other one stays as it is written, and so leads nowhere.
constexpr Spelling tags[] = {
    {"answer", " answer: "},
    {"final_answer", " answer: "},
    {"belief", " belief: "},
    {"b", ""},
    {"i", ""},
    {"em", ""},
    {"strong", ""},
    {"code", ""},
    {"br", " "},
    {"p", " "},
    {"span", ""},
    {"eos", " "},
    {"end_of_turn", " "},
};
constexpr std::size_t longest_tag = 32;

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
    if (c == '`' && take_fence()) return;
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
    if (point == 0) {  // not UTF-8
      plain_ += ' ';
    } else if (point >= 0xFF10 && point <= 0xFF19) {
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

  // "<answer>" is a label, "</answer>" and "<|im_end|>" are space. What a model strikes out (<del>,
  // <s>) must not be taken for said.
  bool take_tag() {
    const auto close = text_.substr(at_, longest_tag).find('>');
    if (close == std::string_view::npos) return false;
    auto name = text_.substr(at_ + 1, close - 1);
    const bool is_token = name.size() > 2 && name.front() == '|' && name.back() == '|';
    const bool closes = name.starts_with("/");
    if (is_token) name = name.substr(1, name.size() - 2);
    if (closes) name.remove_prefix(1);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_tag_sign)) return false;
    std::string bare(name);
    std::transform(bare.begin(), bare.end(), bare.begin(), lower);
    if (!closes && bare == "s") strikes_ = true;
    const auto said = is_token || (closes && !is_strike(bare)) ? " " : plain_of(tags, bare);
    if (!said) return false;
    const bool ends_label = closes && plain_of(tags, bare).value_or("").ends_with(": ");
    plain_ += ends_label ? "\n" : *said;
    at_ += close + 1;
    return true;
  }

  static bool is_tag_sign(char c) { return is_letter(lower(c)) || c == '_'; }
  // "</s>" ends a text as often as it ends what is struck out; its beginning tells.
  [[nodiscard]] bool is_strike(std::string_view name) const {
    return name == "del" || name == "strike" || (name == "s" && strikes_);
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

  // A fence and the name of its language.
  bool take_fence() {
    if (!text_.substr(at_).starts_with("```")) return false;
    auto end = text_.find_first_not_of('`', at_);
    end = std::min(end, text_.size());
    auto name_end = end;
    while (name_end < text_.size() && is_letter(lower(text_[name_end]))) ++name_end;
    const bool is_name = name_end >= text_.size() || text_[name_end] == '\n';
    at_ = is_name ? name_end : end;
    return true;
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
  bool strikes_ = false;
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

// "---" and "===", which divide and underline.
bool is_rule(std::string_view line) {
  return line.size() > 2 && line.find_first_not_of(line[0] == '=' ? "=" : "- ") == line.npos;
}

// Without what begins a heading, a bullet or a quotation; "> 0.4" may be a bound.
std::string_view without_bullet(std::string_view line) {
  line = trimmed(line);
  const auto signs_end = line.find_first_not_of('#');
  if (signs_end != std::string_view::npos && signs_end > 0 && line[signs_end] == ' ')
    line = trimmed(line.substr(signs_end));
  if (line.starts_with("* ")) line = trimmed(line.substr(2));
  if (line.starts_with("> ") && line.size() > 2 && is_letter(line[2])) line = line.substr(2);
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
    if (!bare.empty() && !is_rule(bare)) lines += std::string(bare) + "\n";
  }
  return lines;
}

}  // namespace causal_gym
