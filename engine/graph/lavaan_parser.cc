#include <algorithm>
#include <charconv>

#include "engine/graph/graph_builder.h"
#include "engine/graph/node_name.h"
#include "engine/graph/text.h"
#include "engine/graph/text_lexer.h"

namespace causal_gym {
namespace {

enum class LavaanKind { name, string, number, symbol, line_end, end };

struct LavaanToken {
  LavaanKind kind = LavaanKind::end;
  std::string_view raw;
  std::size_t begin = 0;
};
using Tokens = std::vector<LavaanToken>;

// Longer ones first where one begins another.
constexpr std::string_view symbols[] = {"~*~", "<->", "=~", "~~", "<~", ":=", "==", "->", "<-",
                                        "<=",  ">=",  "~",  "<",  ">",  "|",  "+",  "*",  "(",
                                        ")",   ",",   "-",  "/",  "^",  ":",  "=",  "%",  "?"};

// What stands between the two sides of a statement.
constexpr std::string_view operators[] = {
    "=~", "~~", "~", "<~", ":=", "==", "<", ">", "<=", ">=", "|", "~*~"};
constexpr std::string_view arrows[] = {"->", "<-", "<->"};

template <std::size_t size>
bool is_among(const std::string_view (&list)[size], std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class LavaanLexer {
 public:
  explicit LavaanLexer(std::string_view text) : text_(text) {
    if (text.starts_with("\xEF\xBB\xBF")) at_ = 3;  // byte order mark
  }

  Result<LavaanToken> next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#' || c == '!') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == ' ' || c == '\t' || c == '\r') {
        ++at_;
      } else {
        break;
      }
    }
    if (at_ == text_.size()) return take(LavaanKind::end, 0);
    const auto rest = text_.substr(at_);
    if (rest.front() == '\n' || rest.front() == ';') return take(LavaanKind::line_end, 1);
    if (rest.front() == '"') {
      const auto close = rest.find_first_of("\"\n", 1);
      if (close == std::string_view::npos || rest[close] == '\n')
        return refuse("the quoted text is not closed on its line");
      return take(LavaanKind::string, close + 1);
    }
    if (is_digit(rest.front()) || (rest.front() == '.' && rest.size() > 1 && is_digit(rest[1])))
      return take(LavaanKind::number, number_size(rest));
    std::size_t size = 0;
    for (;;) {
      const auto character = first_character(rest.substr(size));
      if (character.size == 0 || !is_bare_character(character.code) || character.code == '\'')
        break;
      size += character.size;
    }
    if (size > 0) return take(LavaanKind::name, size);
    for (const auto symbol : symbols)
      if (rest.starts_with(symbol)) return take(LavaanKind::symbol, symbol.size());
    const auto character = first_character(rest);
    if (character.size == 0) return refuse("the text is not UTF-8");
    return refuse("unexpected character '" + std::string(rest.substr(0, character.size)) + "'");
  }

 private:
  static std::size_t number_size(std::string_view rest) {
    double number = 0;
    const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), number).ptr;
    return static_cast<std::size_t>(end - rest.data());
  }

  Result<LavaanToken> take(LavaanKind kind, std::size_t size) {
    const LavaanToken token{kind, text_.substr(at_, size), at_};
    at_ += size;
    return token;
  }

  [[nodiscard]] Result<LavaanToken> refuse(std::string message) const {
    return fail(ErrorCode::parse_error, std::move(message), text_position(text_, at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Term {
  NodeId node = -1;  // -1: a number, that is an intercept
  std::size_t offset = 0;
  bool fixed_at_zero = false;
};

class LavaanReader {
 public:
  LavaanReader(std::string_view text, const Limits& limits)
      : text_(text), lexer_(text), builder_(text, limits) {
    // One effect may stand in several terms, each with another modifier.
    builder_.merge_repeated_edges();
  }

  Result<Graph> read() {
    for (bool more = true; more;) {
      CAUSAL_GYM_TRY(goes_on, read_statement_tokens());
      more = goes_on;
      if (tokens_.size() > 1) CAUSAL_GYM_CHECKED(read_statement());
    }
    return std::move(builder_).finish();
  }

 private:
  // One statement and the line end after it; a line goes on while a parenthesis is open, after an
  // operator, and where the next line begins with '+' or '*'. False at the end of the text.
  Result<bool> read_statement_tokens() {
    tokens_.clear();
    std::size_t depth = 0;
    for (;;) {
      CAUSAL_GYM_TRY(token, lexer_.next());
      if (token.kind == LavaanKind::end || token.kind == LavaanKind::line_end) {
        const bool ends =
            token.kind == LavaanKind::end || token.raw == ";" || !(depth > 0 || continues());
        if (ends) tokens_.push_back({LavaanKind::end, token.raw, token.begin});
        if (ends) return token.kind != LavaanKind::end;
        continue;
      }
      if (token.raw == "(") ++depth;
      if (token.raw == ")" && depth > 0) --depth;
      tokens_.push_back(token);
    }
  }

  // Is the statement unfinished at the line end just read? Then the lexer is past the empty lines.
  bool continues() {
    if (tokens_.empty()) return false;
    if (tokens_.back().kind == LavaanKind::symbol && tokens_.back().raw != ")") return true;
    auto before = lexer_;
    auto ahead = lexer_;
    auto token = ahead.next();
    while (token && token->kind == LavaanKind::line_end && token->raw != ";") {
      before = ahead;
      token = ahead.next();
    }
    if (!token || (token->raw != "+" && token->raw != "*")) return false;
    lexer_ = before;
    return true;
  }

  [[nodiscard]] bool is(std::string_view symbol) const {
    return tokens_[at_].kind == LavaanKind::symbol && tokens_[at_].raw == symbol;
  }

  [[nodiscard]] tl::unexpected<Error> refuse(std::string message, std::size_t offset,
                                             std::string suggestion = {}) const {
    return fail(ErrorCode::parse_error, std::move(message), text_position(text_, offset),
                std::move(suggestion));
  }

  [[nodiscard]] tl::unexpected<Error> expected(const std::string& what) const {
    const auto& token = tokens_[at_];
    const auto found = token.kind != LavaanKind::end ? "'" + std::string(token.raw) + "'"
                       : token.raw.empty()           ? "the end of the text"
                                                     : "the end of the statement";
    return refuse("expected " + what + ", found " + found, token.begin);
  }

  Status read_statement() {
    std::optional<LavaanToken> joint;
    for (const auto& token : tokens_) {
      if (token.kind != LavaanKind::symbol) continue;
      if (is_among(arrows, token.raw))
        return refuse("unexpected '" + std::string(token.raw) + "'", token.begin,
                      "an effect of x on y is written 'y ~ x', a latent common cause 'x ~~ y'");
      if (!joint && is_among(operators, token.raw)) joint = token;
    }
    at_ = 1;
    if (!joint) return expected("'~', '~~' or '=~'");
    at_ = 0;
    const auto& op = joint->raw;
    if (op == "<~")
      return refuse("the composite variable of '<~' is no node of a causal graph", joint->begin,
                    "write 'y ~ x' for an effect, 'f =~ x' for a latent cause");
    const bool is_formula = op == "~" || op == "~~" || op == "=~";
    // Definitions, constraints, thresholds and scales say nothing of the graph.
    if (!is_formula) return {};
    CAUSAL_GYM_TRY(left, read_sum());
    if (!is(op)) return expected("'" + std::string(op) + "'");
    ++at_;
    CAUSAL_GYM_TRY(right, read_sum());
    if (tokens_[at_].kind != LavaanKind::end) return expected("'+' or the end of the line");
    return connect(left, op, right);
  }

  Result<std::vector<Term>> read_sum() {
    std::vector<Term> terms;
    for (;;) {
      CAUSAL_GYM_TRY(term, read_term());
      terms.push_back(term);
      if (!is("+")) return terms;
      ++at_;
    }
  }

  // Modifiers, each with a '*' behind it, and a variable or the number of an intercept.
  Result<Term> read_term() {
    Term term;
    for (;;) {
      const auto start = at_;
      const bool negative = is("-");
      if (negative) ++at_;
      const auto token = tokens_[at_];
      const bool is_number = token.kind == LavaanKind::number;
      if (!is_number &&
          (negative || (token.kind != LavaanKind::name && token.kind != LavaanKind::string)))
        return expected("a variable");
      ++at_;
      if (is("(")) CAUSAL_GYM_CHECKED(skip_arguments());
      if (is("*")) {
        ++at_;
        term.fixed_at_zero = term.fixed_at_zero || (is_number && is_zero(token.raw));
        continue;
      }
      if (tokens_[at_ - 1].raw == ")") return expected("'*' after a modifier");
      if (is(":"))
        return refuse("the product with '" + std::string(token.raw) + "' is no node", token.begin,
                      "name the product as a variable of its own");
      term.offset = token.begin;
      if (is_number && !negative && (token.raw == "0" || token.raw == "1")) return term;
      if (is_number) {
        at_ = start;
        return expected("a variable, 0 or 1");
      }
      CAUSAL_GYM_TRY(node, builder_.mention(name_of(token), token.begin));
      term.node = node;
      return term;
    }
  }

  static std::string_view name_of(const LavaanToken& token) {
    return token.kind == LavaanKind::string ? token.raw.substr(1, token.raw.size() - 2) : token.raw;
  }

  static bool is_zero(std::string_view number) {
    return number.substr(0, number.find_first_of("eE")).find_first_not_of("0.") ==
           std::string_view::npos;
  }

  // '(' ... ')', as in start(0.8) and c(a, b).
  Status skip_arguments() {
    std::size_t depth = 0;
    do {
      if (tokens_[at_].kind == LavaanKind::end) return expected("')'");
      if (is("(")) ++depth;
      if (is(")")) --depth;
      ++at_;
    } while (depth > 0);
    return {};
  }

  Status connect(const std::vector<Term>& left, std::string_view op,
                 const std::vector<Term>& right) {
    for (const auto& a : left) {
      if (a.node < 0) return refuse("a number cannot stand left of an operator", a.offset);
      if (op == "=~") builder_.node(a.node).latent = true;
      for (const auto& b : right) {
        if (b.node < 0 && op == "~~") return refuse("a number has no covariance", b.offset);
        if (b.node < 0 || b.fixed_at_zero) continue;
        if (op == "~") CAUSAL_GYM_CHECKED(builder_.add_directed(b.node, a.node, b.offset));
        if (op == "=~") CAUSAL_GYM_CHECKED(builder_.add_directed(a.node, b.node, b.offset));
        if (op == "~~" && a.node != b.node)  // else a variance
          CAUSAL_GYM_CHECKED(builder_.add_bidirected(a.node, b.node, b.offset));
      }
    }
    return {};
  }

  std::string_view text_;
  LavaanLexer lexer_;
  GraphBuilder builder_;
  Tokens tokens_;  // of the statement; the last is its end
  std::size_t at_ = 0;
};

}  // namespace

Result<Graph> parse_lavaan(std::string_view text, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of a graph text", text.size(), limits.graph_text_bytes));
  return LavaanReader(text, limits).read();
}

}  // namespace causal_gym
