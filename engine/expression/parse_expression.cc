#include "engine/expression/parse_expression.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "engine/base/limits.h"
#include "engine/base/spelling.h"

namespace causal_gym {
namespace {

using Variables = std::vector<ExpressionVariable>;

bool is_bare(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '.' || c == '\'';
}

struct Written {  // a name as it stands in the text, its primes taken apart where it has some
  std::string name;
  std::string spelled;
  std::size_t at = 0;
};

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, std::span<const std::string> names)
      : text_(text), names_(names) {}

  Result<ExpressionPtr> run() {
    CAUSAL_GYM_TRY(expression, read_expression());
    if (!at_end()) return unexpected("the end of the expression");
    return expression;
  }

 private:
  // expression := product [/ operand]
  Result<ExpressionPtr> read_expression() {
    CAUSAL_GYM_CHECKED(check_limit("nesting of an expression", ++depth_, deepest_expression_text));
    const auto start = place();
    CAUSAL_GYM_TRY(above, read_product());
    if (take('/')) {
      if (std::holds_alternative<SumTerm>(above->term()) && text_[start] != '(')
        return wrong("put brackets around the sum that is divided, or what it sums", start);
      CAUSAL_GYM_TRY(below, read_operand());
      if (!at_end() && peek() != ')')
        return wrong("put brackets around a fraction that is multiplied or divided", place());
      above = fraction(std::move(above), std::move(below));
    }
    --depth_;
    return above;
  }

  Result<ExpressionPtr> read_product() {
    std::vector<ExpressionPtr> factors;
    do {
      if (begins("sum_{")) {
        CAUSAL_GYM_TRY(last, read_sum());
        factors.push_back(std::move(last));
        break;
      }
      CAUSAL_GYM_TRY(factor, read_operand());
      factors.push_back(std::move(factor));
    } while (take('*') || begins("P(") || begins("(") || begins("1") || begins("sum_{"));
    return product(std::move(factors));
  }

  Result<ExpressionPtr> read_operand() {
    if (begins("P(")) return read_probability();
    if (take('1')) return one();
    if (!take('(')) return unexpected("P(..), a sum or a bracket");
    CAUSAL_GYM_TRY(inner, read_expression());
    if (!take(')')) return unexpected("')'");
    return inner;
  }

  Result<ExpressionPtr> read_sum() {
    at_ = place() + std::string_view("sum_{").size();
    CAUSAL_GYM_CHECKED(check_limit("nesting of an expression", ++depth_, deepest_expression_text));
    Variables over;
    std::vector<std::string> spelled;
    do {
      CAUSAL_GYM_TRY(written, read_name());
      CAUSAL_GYM_TRY(variable, resolve(written));
      if (std::find(over.begin(), over.end(), variable) != over.end())
        return wrong("'" + written.spelled + "' is summed over twice", written.at);
      over.push_back(variable);
      spelled.push_back(written.spelled);
    } while (take(','));
    if (!take('}')) return unexpected("',' or '}'");
    for (std::size_t i = 0; i < over.size(); ++i) bound_[over[i]].push_back(spelled[i]);
    CAUSAL_GYM_TRY(body, read_product());
    for (const auto v : over) bound_[v].pop_back();
    if (peek() == '/') return wrong("put brackets around the fraction in a sum", place());
    --depth_;
    return sum(std::move(over), std::move(body));
  }

  // P(variables [| given, do(intervened), given])
  Result<ExpressionPtr> read_probability() {
    at_ = place() + 2;
    Variables variables;
    Variables given;
    Variables intervened;
    Variables all;
    do CAUSAL_GYM_CHECKED(read_variable(variables, all));
    while (take(','));
    if (take('|')) {
      do {
        if (begins("do(")) {
          at_ = place() + 3;
          do CAUSAL_GYM_CHECKED(read_variable(intervened, all));
          while (take(','));
          if (!take(')')) return unexpected("',' or ')'");
        } else {
          CAUSAL_GYM_CHECKED(read_variable(given, all));
        }
      } while (take(','));
    }
    if (!take(')'))
      return unexpected(given.empty() && intervened.empty() ? "',', '|' or ')'" : "',' or ')'");
    return probability(std::move(variables), std::move(given), std::move(intervened));
  }

  // A variable in force here, added to its part of a P and to all that the P mentions.
  Status read_variable(Variables& part, Variables& all) {
    CAUSAL_GYM_TRY(written, read_name());
    CAUSAL_GYM_TRY(variable, resolve(written));
    const auto bound = bound_.find(variable);
    const bool is_bound = bound != bound_.end() && !bound->second.empty();
    const auto& meant = is_bound ? bound->second.back() : written.name;
    if (written.spelled != meant)
      return wrong("'" + written.spelled + "' means nothing here" +
                       (is_bound ? ": the sum around it is over '" + meant + "'" : ""),
                   written.at);
    if (std::find(all.begin(), all.end(), variable) != all.end())
      return wrong("'" + written.spelled + "' stands twice in one P", written.at);
    part.push_back(variable);
    all.push_back(variable);
    return {};
  }

  Result<Written> read_name() {
    const auto start = place();
    Written written{{}, {}, start};
    at_ = start;
    if (take('"')) {
      for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        written.name += text_[at_];
      }
      if (at_ == text_.size()) return wrong("the quoted name is not closed", start);
      written.spelled = written.name;
      for (++at_; at_ < text_.size() && text_[at_] == '\''; ++at_) written.spelled += '\'';
      return written;
    }
    while (at_ < text_.size() && is_bare(text_[at_])) written.spelled += text_[at_++];
    if (written.spelled.empty()) return unexpected("a name");
    written.name = written.spelled;
    if (known(written.name)) return written;
    strip_primes(written.name);
    auto other = written.name;
    strip_primes(other);
    if (other != written.name && known(other))
      return wrong(
          "'" + written.spelled + "' may stand for '" + written.name + "' or '" + other + "'",
          start);
    return written;
  }

  // Takes primes away until the name is one of `names` or has none left; at least one.
  void strip_primes(std::string& name) const {
    while (name.ends_with('\'')) {
      name.pop_back();
      if (known(name)) return;
    }
  }

  [[nodiscard]] bool known(const std::string& name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  [[nodiscard]] Result<ExpressionVariable> resolve(const Written& written) const {
    const auto found = std::find(names_.begin(), names_.end(), written.name);
    if (found == names_.end())
      return fail(ErrorCode::unknown_name, "no variable '" + written.name + "'", where(written.at),
                  spelling_suggestion(written.name, names_));
    return static_cast<ExpressionVariable>(found - names_.begin());
  }

  // Where the next thing that is not white space stands.
  [[nodiscard]] std::size_t place() const {
    auto at = at_;
    while (at < text_.size() && std::isspace(static_cast<unsigned char>(text_[at])) != 0) ++at;
    return at;
  }
  [[nodiscard]] bool at_end() const { return place() == text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[place()]; }
  [[nodiscard]] bool begins(std::string_view what) const {
    return text_.substr(place()).starts_with(what);
  }
  bool take(char c) {
    if (peek() != c) return false;
    at_ = place() + 1;
    return true;
  }

  static std::string where(std::size_t at) { return "column " + std::to_string(at + 1); }
  static tl::unexpected<Error> wrong(std::string message, std::size_t at) {
    return fail(ErrorCode::parse_error, std::move(message), where(at));
  }
  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view expected) const {
    return wrong("expected " + std::string(expected), place());
  }

  std::string_view text_;
  std::span<const std::string> names_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::map<ExpressionVariable, std::vector<std::string>> bound_;  // as sums in force spell them
};

}  // namespace

Result<ExpressionPtr> parse_expression(std::string_view text, std::span<const std::string> names) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of an expression", text.size(), longest_expression_text));
  return ExpressionParser(text, names).run();
}

}  // namespace causal_gym
