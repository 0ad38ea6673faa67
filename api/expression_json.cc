#include "api/expression_json.h"

#include <map>
#include <set>

#include "api/json_fields.h"
#include "engine/expression/print.h"

namespace causal_gym {

namespace {

using nlohmann::json;

struct TreeWriter {
  std::span<const std::string> names;
  std::span<const std::string> populations;

  [[nodiscard]] json list(const std::vector<ExpressionVariable>& variables) const {
    json texts = json::array();
    for (const auto v : variables) texts.push_back(names[static_cast<std::size_t>(v)]);
    return texts;
  }
  [[nodiscard]] json tree(const ExpressionPtr& expression) const {
    return std::visit(*this, expression->term());
  }

  [[nodiscard]] std::string population(std::int32_t number) const {
    const auto i = static_cast<std::size_t>(number);
    return i < populations.size() ? populations[i] : std::to_string(number);
  }

  json operator()(const ProbabilityTerm& term) const {
    json value = {{"op", "P"}, {"vars", list(term.variables)}, {"given", list(term.given)}};
    if (!term.intervened.empty()) value["do"] = list(term.intervened);
    if (term.population != 0) value["population"] = population(term.population);
    return value;
  }
  json operator()(const SumTerm& term) const {
    return {{"op", "sum"}, {"over", list(term.over)}, {"expr", tree(term.expression)}};
  }
  json operator()(const ProductTerm& term) const {
    json arguments = json::array();
    for (const auto& factor : term.factors) arguments.push_back(tree(factor));
    return {{"op", "product"}, {"args", std::move(arguments)}};
  }
  json operator()(const FractionTerm& term) const {
    return {{"op", "fraction"}, {"num", tree(term.numerator)}, {"den", tree(term.denominator)}};
  }
  json operator()(const OneTerm&) const { return {{"op", "one"}}; }
};

using IdOf = std::function<Result<ExpressionVariable>(const std::string&)>;

class TreeReader {
 public:
  // `whole`: where the expression stands.
  TreeReader(const IdOf& id_of, std::string whole) : id_of_(id_of), whole_(std::move(whole)) {}

  // `depth`: how many terms the value stands in.
  Result<ExpressionPtr> read(const json& value, const std::string& path, std::size_t depth = 0) {
    if (++terms_ > most_written_terms)
      return fail(ErrorCode::limit_exceeded,
                  "an expression has more than " + std::to_string(most_written_terms) + " terms",
                  whole_);
    if (depth > deepest_tree)
      return fail(ErrorCode::limit_exceeded,
                  "an expression is deeper than " + std::to_string(deepest_tree) + " terms",
                  whole_);
    if (!value.is_object()) CAUSAL_GYM_CHECKED(check_object(value, {}, path));
    CAUSAL_GYM_TRY(op, text_in(value, "op", path));
    static const std::map<std::string, std::vector<std::string>> fields = {
        {"one", {"op"}},
        {"P", {"op", "vars", "given", "do"}},
        {"sum", {"op", "over", "expr"}},
        {"product", {"op", "args"}},
        {"fraction", {"op", "num", "den"}}};
    const auto known = fields.find(op);
    if (known == fields.end())
      return fail(ErrorCode::unknown_name, "no operation '" + op + "' in expressions",
                  joined_path(path, "op"), "known here: P, sum, product, fraction, one");
    CAUSAL_GYM_CHECKED(check_object(value, known->second, path));
    if (op == "one") return one();
    if (op == "P") return read_probability(value, path);
    if (op == "sum") return read_sum(value, path, depth);
    if (op == "product") return read_product(value, path, depth);
    CAUSAL_GYM_TRY(numerator, part(value, "num", path, depth));
    CAUSAL_GYM_TRY(denominator, part(value, "den", path, depth));
    return fraction(std::move(numerator), std::move(denominator));
  }

 private:
  static constexpr std::size_t deepest_tree = 1'000;

  Result<ExpressionPtr> read_probability(const json& value, const std::string& path) {
    CAUSAL_GYM_TRY(variables, ids(value, "vars", path));
    CAUSAL_GYM_TRY(given, ids(value, "given", path));
    CAUSAL_GYM_TRY(done, ids(value, "do", path));
    std::set<ExpressionVariable> all;
    for (const auto* set : {&variables, &given, &done})
      for (const auto v : *set)
        if (!all.insert(v).second)
          return fail(ErrorCode::invalid_argument, "a P names a variable twice", path);
    if (variables.empty()) return fail(ErrorCode::invalid_argument, "a P of nothing", path);
    return probability(std::move(variables), std::move(given), std::move(done));
  }
  Result<ExpressionPtr> read_sum(const json& value, const std::string& path, std::size_t depth) {
    CAUSAL_GYM_TRY(over, ids(value, "over", path));
    if (over.empty()) return fail(ErrorCode::invalid_argument, "a sum over nothing", path);
    CAUSAL_GYM_TRY(expression, part(value, "expr", path, depth));
    return sum(std::move(over), std::move(expression));
  }
  Result<ExpressionPtr> read_product(const json& value, const std::string& path,
                                     std::size_t depth) {
    const auto arguments = value.find("args");
    if (arguments == value.end() || !arguments->is_array())
      return fail(ErrorCode::invalid_argument, "a product has a list of 'args'", path);
    std::vector<ExpressionPtr> factors;
    for (std::size_t i = 0; i < arguments->size(); ++i) {
      CAUSAL_GYM_TRY(
          factor, read((*arguments)[i], joined_path(path, "args") + "[" + std::to_string(i) + "]",
                       depth + 1));
      factors.push_back(std::move(factor));
    }
    return product(std::move(factors));
  }

  Result<ExpressionPtr> part(const json& value, const char* key, const std::string& path,
                             std::size_t depth) {
    const auto found = value.find(key);
    if (found == value.end())
      return fail(ErrorCode::invalid_argument, std::string("'") + key + "' is missing", path);
    return read(*found, joined_path(path, key), depth + 1);
  }
  static Result<std::string> text_in(const json& value, const char* key, const std::string& path) {
    const auto found = value.find(key);
    if (found == value.end())
      return fail(ErrorCode::invalid_argument, std::string("'") + key + "' is missing", path);
    return read_text(*found, joined_path(path, key));
  }
  [[nodiscard]] Result<std::vector<ExpressionVariable>> ids(const json& value, const char* key,
                                                            const std::string& path) const {
    std::vector<ExpressionVariable> result;
    const auto found = value.find(key);
    if (found == value.end()) return result;
    CAUSAL_GYM_TRY(names, read_texts(*found, joined_path(path, key)));
    for (const auto& name : names) {
      const auto id = id_of_(name);
      if (!id) return fail(error_at(id.error(), joined_path(path, key)));
      result.push_back(*id);
    }
    return result;
  }

  const IdOf& id_of_;
  std::string whole_;
  std::uint64_t terms_ = 0;
};

}  // namespace

json expression_json(const ExpressionPtr& expression, std::span<const std::string> names,
                     std::span<const std::string> populations) {
  if (expression->written_size() > most_written_terms)
    return {{"text", "(an expression of " + std::to_string(stored_size(expression)) +
                         " parts, which share so much that it is too long to be written out)"},
            {"latex", nullptr},
            {"tree", nullptr}};
  return {{"text", expression_text(expression, names, populations)},
          {"latex", expression_latex(expression, names, populations)},
          {"tree", TreeWriter{names, populations}.tree(expression)}};
}

json expression_texts(std::span<const ExpressionPtr> expressions,
                      std::span<const std::string> names,
                      std::span<const std::string> populations) {
  json texts = json::array();
  std::uint64_t terms = 0;
  for (const auto& expression : expressions) {
    if (expression->written_size() > most_written_terms - terms) break;
    terms += expression->written_size();
    texts.push_back(expression_text(expression, names, populations));
  }
  if (const auto left = expressions.size() - texts.size(); left > 0)
    texts.push_back("and " + std::to_string(left) + " more");
  return texts;
}

Result<ExpressionPtr> read_expression(const json& value, std::string_view path, const IdOf& id_of) {
  const bool wrapped = value.is_object() && value.contains("tree");
  const auto place = wrapped ? joined_path(path, "tree") : std::string(path);
  return TreeReader(id_of, place).read(wrapped ? value["tree"] : value, place);
}

}  // namespace causal_gym
