// Expressions as the checker of derivations sees them: one form for each, up to the order and
// nesting of products.
//
// Written for the checker alone; the deriver and simplify() share nothing with it. Variables are
// node ids and keep their names: a sum binds within itself only, so two sums are the same when they
// are written the same. Cost: the size of the expression written out, which `form_of` bounds.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/expression/expression.h"
#include "engine/graph/graph.h"

namespace causal_gym {

struct Form;
using FormPtr = std::shared_ptr<const Form>;

struct Form {
  enum class Kind { one, probability, sum, product, fraction };
  Kind kind = Kind::one;
  NodeSet of, given, done;      // of a probability
  std::int32_t population = 0;  // of a probability
  NodeSet over;                 // of a sum
  std::vector<FormPtr> parts;   // a sum's one, a fraction's two, a product's by their keys
  std::string key;              // the same for equal forms, and for no others
  std::size_t terms = 1;        // written out
  std::size_t depth = 1;
};

[[nodiscard]] FormPtr make_one();
[[nodiscard]] FormPtr make_sum(const NodeSet& over, FormPtr part);
[[nodiscard]] FormPtr make_product(const std::vector<FormPtr>& factors);
[[nodiscard]] FormPtr make_fraction(FormPtr above, FormPtr below);

// Errors: invalid_argument (a node that the graph has not, or that is latent; parts of a P that
// overlap; an empty place), limit_exceeded (written size over `most_terms`, or nesting over
// `deepest_form`).
inline constexpr std::size_t deepest_form = 200;
[[nodiscard]] Result<FormPtr> form_of(const Graph& graph, const ExpressionPtr& expression,
                                      std::size_t most_terms);

// `form` with `to` wherever `from` stands; a product also holds each product of some of its
// factors. `places` counts them.
[[nodiscard]] FormPtr replaced(const FormPtr& form, const FormPtr& from, const FormPtr& to,
                               std::size_t& places);

[[nodiscard]] bool mentions_do(const FormPtr& form);

}  // namespace causal_gym
