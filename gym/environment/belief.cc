#include "gym/environment/belief.h"

#include <algorithm>

#include "engine/query/check.h"

namespace causal_gym {
namespace {

BeliefRange numbers_of(const Model& model, const std::string& name) {
  const auto& numbers = model.variable(*model.require(name)).numbers;
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return {*low, *high};
}

BeliefRange hull(const BeliefRange& a, const BeliefRange& b, double (*combine)(double, double)) {
  const double corners[] = {combine(a.low, b.low), combine(a.low, b.high), combine(a.high, b.low),
                            combine(a.high, b.high)};
  const auto [low, high] = std::minmax_element(std::begin(corners), std::end(corners));
  return {*low, *high};
}

// The range of a query that passed check_query; nothing when a divisor may be zero.
class RangeOf {
 public:
  explicit RangeOf(const Model& model) : model_(model) {}

  using Range = std::optional<BeliefRange>;
  Range operator()(const NumberQuery& number) const {
    return BeliefRange{number.value, number.value};
  }
  Range operator()(const NegatedQuery& negated) const {
    const auto range = of(*negated.operand);
    if (!range) return std::nullopt;
    return BeliefRange{-range->high, -range->low};
  }
  Range operator()(const ArithmeticQuery& arithmetic) const {
    const auto left = of(*arithmetic.left);
    const auto right = of(*arithmetic.right);
    if (!left || !right) return std::nullopt;
    switch (arithmetic.operation) {
      case Operator::add: return BeliefRange{left->low + right->low, left->high + right->high};
      case Operator::subtract: return BeliefRange{left->low - right->high, left->high - right->low};
      case Operator::multiply: return hull(*left, *right, [](double a, double b) { return a * b; });
      case Operator::divide: break;
    }
    if (right->contains(0)) return std::nullopt;
    return hull(*left, *right, [](double a, double b) { return a / b; });
  }
  Range operator()(const ProbabilityQuery&) const { return BeliefRange{0, 1}; }
  Range operator()(const ExpectationQuery& term) const {
    return numbers_of(model_, term.outcome.variable);
  }
  Range operator()(const EffectQuery& effect) const {
    if (effect.kind == EffectKind::PN || effect.kind == EffectKind::PS ||
        effect.kind == EffectKind::PNS)
      return BeliefRange{0, 1};
    const double width = numbers_of(model_, effect.outcome).width();
    return BeliefRange{-width, width};
  }

  Range of(const Query& query) const { return std::visit(*this, query.node); }

 private:
  const Model& model_;
};

Status refuse_latent(const Model& model, VariableId v) {
  if (!model.graph().is_latent(v)) return {};
  return fail(
      ErrorCode::invalid_argument,
      "'" + model.variable(v).name + "' is latent: it can be neither asked for nor changed");
}

Status refuse_latent(const Model& model, std::span<const SetIntervention> interventions) {
  for (const auto& intervention : interventions)
    CAUSAL_GYM_CHECKED(refuse_latent(model, intervention.variable));
  return {};
}

Status refuse_latent(const Model& model, const CheckedEvent& event) {
  CAUSAL_GYM_CHECKED(refuse_latent(model, event.variable));
  return refuse_latent(model, event.world);
}

// Refuses latent variables, and tables, anywhere in the query.
Status check_terms(const Model& model, const CheckedQuery& query) {
  if (const auto* arithmetic = std::get_if<CheckedArithmetic>(&query.node)) {
    CAUSAL_GYM_CHECKED(check_terms(model, *arithmetic->left));
    return check_terms(model, *arithmetic->right);
  }
  const auto* term = std::get_if<CheckedTerm>(&query.node);
  if (term == nullptr) return {};
  if (term->table())
    return fail(ErrorCode::invalid_argument, "a belief is one number, and this asks for a table",
                "", "give each variable a value");
  CAUSAL_GYM_CHECKED(refuse_latent(model, term->interventions));
  if (term->expectation_of) CAUSAL_GYM_CHECKED(refuse_latent(model, *term->expectation_of));
  for (const auto* events : {&term->events, &term->conditions})
    for (const auto& event : *events) CAUSAL_GYM_CHECKED(refuse_latent(model, event));
  return {};
}

tl::unexpected<Error> within(std::string_view text, Error error) {
  error.message = "'" + std::string(text) + "': " + error.message;
  return fail(std::move(error));
}

}  // namespace

Result<BeliefQuestion> read_belief_question(std::string_view text, const Model& model) {
  auto query = parse_query(text);
  if (!query) return within(text, std::move(query).error());
  auto checked = check_query(*query, model);
  if (!checked) return within(text, std::move(checked).error());
  if (auto status = check_terms(model, *checked); !status)
    return within(text, std::move(status).error());
  const auto range = RangeOf(model).of(*query);
  if (!range)
    return within(text, {ErrorCode::invalid_argument,
                         "has no bounded range, because its divisor may be zero", "", ""});
  if (!(range->width() > 0))
    return within(
        text, {ErrorCode::invalid_argument, "can have one value only, so is no belief", "", ""});
  auto canonical = query_text(*query);
  return BeliefQuestion{std::move(canonical), *std::move(query), *range, is_causal(*checked)};
}

Result<Regime> read_intervention(std::string_view text, const Model& model) {
  auto regime = parse_regime(text, model);
  if (!regime) return within(text, std::move(regime).error());
  if (regime->empty())
    return within(text, {ErrorCode::invalid_argument, "an intervention must change something", "",
                         "name a variable and its state, as in x=1"});
  for (const auto& intervention : *regime)
    if (auto status = refuse_latent(model, intervened_variable(intervention)); !status)
      return within(text, std::move(status).error());
  return regime;
}

}  // namespace causal_gym
