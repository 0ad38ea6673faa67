#include "engine/expression/print.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/check.h"

namespace causal_gym {
namespace {

bool is_bare(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '.' || c == '\'';
  });
}

// As the graph syntax writes it, so that a name with a comma or a bar cannot be taken for two.
std::string text_name(std::string_view name) {
  if (is_bare(name)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string latex_escaped(char c) {
  switch (c) {
    case '_':
    case '{':
    case '}':
    case '$':
    case '&':
    case '#':
    case '%': return {'\\', c};
    case ' ': return "\\ ";
    case '\\': return "\\backslash{}";
    case '~': return "\\sim{}";
    case '^': return "\\wedge{}";
    default: return {c};
  }
}

std::string latex_name(std::string_view name) {
  const auto letters = std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a UTF-8 continuation byte
  });
  std::string escaped;
  for (const char c : name) escaped += latex_escaped(c);
  return letters == 1 ? escaped : "\\mathit{" + escaped + "}";
}

// The two ways of writing the same tree.
struct Notation {
  std::string_view sum;
  std::string_view bar;
  std::string_view times;
  std::string_view open;
  std::string_view close;
  std::string_view do_open;
  bool stacked_fractions;
  std::string (*name)(std::string_view);
};

constexpr Notation plain_text{"sum_{", " | ", " ", "(", ")", "do(", false, text_name};
constexpr Notation latex{"\\sum_{",  " \\mid ",       "\\, ", "\\left(",
                         "\\right)", "\\mathrm{do}(", true,   latex_name};

// Does the text end inside a sum, which reaches as far to the right as it can?
bool ends_in_sum(const ExpressionPtr& expression) {
  if (std::holds_alternative<SumTerm>(expression->term())) return true;
  const auto* product = std::get_if<ProductTerm>(&expression->term());
  return product != nullptr && ends_in_sum(product->factors.back());
}

bool is_fraction(const ExpressionPtr& expression) {
  return std::holds_alternative<FractionTerm>(expression->term());
}

class Printer {
 public:
  Printer(const Notation& notation, std::span<const std::string> names,
          std::span<const std::string> populations, const ExpressionPtr& expression)
      : notation_(notation),
        names_(names),
        populations_(populations),
        taken_(names.begin(), names.end()) {
    for (const auto v : free_variables(expression)) written_[v] = {0};
  }

  std::string write(const ExpressionPtr& expression) {
    return std::visit([this](const auto& term) { return write_term(term); }, expression->term());
  }

 private:
  std::string write_term(const OneTerm&) { return "1"; }

  std::string write_term(const ProbabilityTerm& term) {
    std::string text = "P" + population(term.population) + "(" + list(term.variables);
    if (!term.intervened.empty() || !term.given.empty()) text += notation_.bar;
    if (!term.intervened.empty()) {
      text.append(notation_.do_open).append(list(term.intervened)).append(")");
      if (!term.given.empty()) text += ", ";
    }
    return text + list(term.given) + ")";
  }

  [[nodiscard]] std::string population(std::int32_t number) const {
    const auto index = static_cast<std::size_t>(number);
    const bool named = index < populations_.size() && !populations_[index].empty();
    if (!named && number == 0) return "";
    return "^{" + (named ? notation_.name(populations_[index]) : std::to_string(number)) + "}";
  }

  std::string write_term(const SumTerm& term) {
    for (const auto v : term.over) bind(v);
    std::string text = std::string(notation_.sum) + list(term.over) + "} ";
    const bool closed = is_fraction(term.expression) && !notation_.stacked_fractions;
    text += closed ? parenthesised(term.expression) : write(term.expression);
    for (const auto v : term.over) release(v);
    return text;
  }

  std::string write_term(const ProductTerm& term) {
    std::string text;
    for (const auto& factor : term.factors) {
      const bool last = &factor == &term.factors.back();
      const bool closed =
          (!last && ends_in_sum(factor)) || (is_fraction(factor) && !notation_.stacked_fractions);
      text += closed ? parenthesised(factor) : write(factor);
      if (!last) text += notation_.times;
    }
    return text;
  }

  std::string write_term(const FractionTerm& term) {
    if (notation_.stacked_fractions)
      return "\\frac{" + write(term.numerator) + "}{" + write(term.denominator) + "}";
    return operand(term.numerator) + " / " + operand(term.denominator);
  }

  std::string operand(const ExpressionPtr& expression) {
    const bool single = std::holds_alternative<ProbabilityTerm>(expression->term()) ||
                        std::holds_alternative<OneTerm>(expression->term());
    return single ? write(expression) : parenthesised(expression);
  }

  std::string parenthesised(const ExpressionPtr& expression) {
    return std::string(notation_.open) + write(expression) + std::string(notation_.close);
  }

  std::string list(const std::vector<ExpressionVariable>& variables) {
    std::string text;
    for (const auto v : variables) {
      if (!text.empty()) text += ", ";
      text += notation_.name(name(v)) + std::string(written_.at(v).back(), '\'');
    }
    return text;
  }

  const std::string& name(ExpressionVariable v) const {
    CHECK(v >= 0 && static_cast<std::size_t>(v) < names_.size());
    return names_[static_cast<std::size_t>(v)];
  }

  // From here on v is another variable: one with as few primes as tell it from all others in sight.
  void bind(ExpressionVariable v) {
    auto& primes = written_[v];
    std::size_t count = primes.empty() ? 0 : primes.back() + 1;
    while (count > 0 && !taken_.insert(name(v) + std::string(count, '\'')).second) ++count;
    primes.push_back(count);
  }

  void release(ExpressionVariable v) {
    auto& primes = written_[v];
    if (primes.back() > 0) taken_.erase(name(v) + std::string(primes.back(), '\''));
    primes.pop_back();
  }

  const Notation& notation_;
  std::span<const std::string> names_;
  std::span<const std::string> populations_;
  std::set<std::string> taken_;  // all names, and the primed ones in scope
  std::map<ExpressionVariable, std::vector<std::size_t>> written_;  // primes by scope, inner last
};

}  // namespace

std::string expression_text(const ExpressionPtr& expression, std::span<const std::string> names,
                            std::span<const std::string> populations) {
  return Printer(plain_text, names, populations, expression).write(expression);
}

std::string expression_latex(const ExpressionPtr& expression, std::span<const std::string> names,
                             std::span<const std::string> populations) {
  return Printer(latex, names, populations, expression).write(expression);
}

std::string variables_latex(std::span<const ExpressionVariable> variables,
                            std::span<const std::string> names) {
  std::string text;
  for (const auto v : variables) {
    CHECK(v >= 0 && static_cast<std::size_t>(v) < names.size());
    text += (text.empty() ? "" : ", ") + latex_name(names[static_cast<std::size_t>(v)]);
  }
  return text;
}

}  // namespace causal_gym
