#include "engine/identify/check_form.h"

#include <algorithm>

namespace causal_gym {
namespace {

std::string list(const NodeSet& set) {
  std::string text;
  for (const NodeId v : set) text += std::to_string(v) + ",";
  return text;
}

FormPtr finished(Form form) {
  for (const auto& part : form.parts) {
    form.terms += part->terms;
    form.depth = std::max(form.depth, part->depth + 1);
  }
  return std::make_shared<const Form>(std::move(form));
}

FormPtr make_probability(Form form) {
  form.kind = Form::Kind::probability;
  form.key = "P" + std::to_string(form.population) + "(" + list(form.of) + "|" + list(form.given) +
             ";" + list(form.done) + ")";
  return finished(std::move(form));
}

class FormReader {
 public:
  explicit FormReader(const Graph& graph) : graph_(graph) {}

  Result<FormPtr> read(const ExpressionPtr& expression, std::size_t depth) {
    if (expression == nullptr)
      return fail(ErrorCode::invalid_argument, "an expression has an empty place");
    CAUSAL_GYM_CHECKED(check_limit("nesting of an expression", depth, deepest_form));
    return std::visit([&](const auto& term) { return read_term(term, depth + 1); },
                      expression->term());
  }

 private:
  static Result<FormPtr> read_term(const OneTerm&, std::size_t) { return make_one(); }

  Result<FormPtr> read_term(const ProbabilityTerm& term, std::size_t) {
    Form form;
    form.population = term.population;
    CAUSAL_GYM_CHECKED(nodes(term.variables, form.of));
    CAUSAL_GYM_CHECKED(nodes(term.given, form.given));
    CAUSAL_GYM_CHECKED(nodes(term.intervened, form.done));
    if (form.of.empty()) return fail(ErrorCode::invalid_argument, "a P is of no variable");
    const auto twice = (form.of & form.given) | (form.of & form.done) | (form.given & form.done);
    if (!twice.empty())
      return fail(ErrorCode::invalid_argument,
                  "'" + graph_.name(*twice.begin()) + "' stands in two places of one P");
    return make_probability(std::move(form));
  }

  Result<FormPtr> read_term(const SumTerm& term, std::size_t depth) {
    NodeSet over;
    CAUSAL_GYM_CHECKED(nodes(term.over, over));
    CAUSAL_GYM_TRY(part, read(term.expression, depth));
    return make_sum(over, std::move(part));
  }

  Result<FormPtr> read_term(const ProductTerm& term, std::size_t depth) {
    std::vector<FormPtr> factors;
    for (const auto& factor : term.factors) {
      CAUSAL_GYM_TRY(part, read(factor, depth));
      factors.push_back(std::move(part));
    }
    return make_product(factors);
  }

  Result<FormPtr> read_term(const FractionTerm& term, std::size_t depth) {
    CAUSAL_GYM_TRY(above, read(term.numerator, depth));
    CAUSAL_GYM_TRY(below, read(term.denominator, depth));
    return make_fraction(std::move(above), std::move(below));
  }

  Status nodes(const std::vector<ExpressionVariable>& variables, NodeSet& set) const {
    for (const auto v : variables) {
      if (v < 0 || static_cast<std::size_t>(v) >= graph_.node_count())
        return fail(ErrorCode::invalid_argument,
                    "an expression speaks of a node that is not in the graph");
      if (graph_.is_latent(v))
        return fail(ErrorCode::invalid_argument,
                    "'" + graph_.name(v) + "' is latent and cannot be in an expression");
      set.insert(v);
    }
    return {};
  }

  const Graph& graph_;
};

bool key_less(const FormPtr& a, const FormPtr& b) { return a->key < b->key; }

// Takes the parts of `wanted` out of sorted factors; false, and nothing is taken, when they are not
// all there.
bool take_out(std::vector<FormPtr>& factors, const std::vector<FormPtr>& wanted) {
  if (!std::includes(factors.begin(), factors.end(), wanted.begin(), wanted.end(), key_less))
    return false;
  std::vector<FormPtr> rest;
  std::set_difference(factors.begin(), factors.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(rest), key_less);
  factors = std::move(rest);
  return true;
}

}  // namespace

FormPtr make_one() {
  Form form;
  form.key = "1";
  return finished(std::move(form));
}

FormPtr make_sum(const NodeSet& over, FormPtr part) {
  if (over.empty()) return part;
  Form form;
  form.kind = Form::Kind::sum;
  form.over = over;
  form.key = "S" + list(over) + "{" + part->key + "}";
  form.parts.push_back(std::move(part));
  return finished(std::move(form));
}

FormPtr make_product(const std::vector<FormPtr>& factors) {
  Form form;
  form.kind = Form::Kind::product;
  for (const auto& factor : factors) {
    if (factor->kind == Form::Kind::product) {
      form.parts.insert(form.parts.end(), factor->parts.begin(), factor->parts.end());
    } else if (factor->kind != Form::Kind::one) {
      form.parts.push_back(factor);
    }
  }
  if (form.parts.empty()) return make_one();
  if (form.parts.size() == 1) return form.parts.front();
  std::stable_sort(form.parts.begin(), form.parts.end(), key_less);
  form.key = "(";
  for (const auto& part : form.parts) form.key += part->key + "*";
  form.key += ")";
  return finished(std::move(form));
}

FormPtr make_fraction(FormPtr above, FormPtr below) {
  if (below->kind == Form::Kind::one) return above;
  Form form;
  form.kind = Form::Kind::fraction;
  form.key = "{" + above->key + "/" + below->key + "}";
  form.parts = {std::move(above), std::move(below)};
  return finished(std::move(form));
}

Result<FormPtr> form_of(const Graph& graph, const ExpressionPtr& expression,
                        std::size_t most_terms) {
  if (expression != nullptr)
    CAUSAL_GYM_CHECKED(
        check_limit("symbols of an expression", expression->written_size(), most_terms));
  return FormReader(graph).read(expression, 0);
}

FormPtr replaced(const FormPtr& form, const FormPtr& from, const FormPtr& to, std::size_t& places) {
  if (form->key == from->key) {
    ++places;
    return to;
  }
  if (form->parts.empty()) return form;
  auto rest = form->parts;
  std::vector<FormPtr> parts;
  if (form->kind == Form::Kind::product && from->kind == Form::Kind::product)
    while (take_out(rest, from->parts)) {
      ++places;
      parts.push_back(to);
    }
  for (const auto& part : rest) parts.push_back(replaced(part, from, to, places));
  switch (form->kind) {
    case Form::Kind::sum: return make_sum(form->over, parts[0]);
    case Form::Kind::fraction: return make_fraction(parts[0], parts[1]);
    default: return make_product(parts);
  }
}

bool mentions_do(const FormPtr& form) {
  return !form->done.empty() || std::any_of(form->parts.begin(), form->parts.end(), mentions_do);
}

}  // namespace causal_gym
