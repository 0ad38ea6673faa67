#include "engine/identify/check_derivation.h"

#include <algorithm>

#include "engine/expression/print.h"
#include "engine/identify/check_form.h"
#include "engine/identify/check_separation.h"

namespace causal_gym {
namespace {

using Kind = DerivationStepKind;

struct Finding {
  DerivationVerdict verdict = DerivationVerdict::valid;
  std::string reason;
};

Finding wrong(std::string reason) { return {DerivationVerdict::invalid, std::move(reason)}; }
Finding over_limit(std::string reason) {
  return {DerivationVerdict::unchecked, "could not check (limit): " + std::move(reason)};
}
Finding refused(const Error& error) {
  return error.code == ErrorCode::limit_exceeded ? over_limit(error.message) : wrong(error.message);
}

bool is_term(const FormPtr& form) { return form->kind == Form::Kind::probability; }

bool same_world(const Form& a, const Form& b) {
  return a.done == b.done && a.population == b.population;
}

// Is this P(of | given), in the world of `like`?
bool is_term_of(const FormPtr& form, const NodeSet& of, const NodeSet& given, const Form& like) {
  return is_term(form) && same_world(*form, like) && form->of == of && form->given == given;
}

// P(a | c) = sum_b P(a, b | c), or sum_b P(a | b, c) P(b | c).
bool is_total_probability(const FormPtr& term, const FormPtr& sum) {
  if (!is_term(term) || sum->kind != Form::Kind::sum) return false;
  const auto& b = sum->over;
  if (b.intersects(term->of | term->given | term->done)) return false;
  const auto& body = sum->parts[0];
  if (is_term_of(body, term->of | b, term->given, *term)) return true;
  if (body->kind != Form::Kind::product || body->parts.size() != 2) return false;
  const auto are = [&](const FormPtr& effect, const FormPtr& weight) {
    return is_term_of(effect, term->of, term->given | b, *term) &&
           is_term_of(weight, b, term->given, *term);
  };
  return are(body->parts[0], body->parts[1]) || are(body->parts[1], body->parts[0]);
}

// P(a, b, .. | c) = P(a | c) P(b | a, c) ...
bool is_chain_rule(const FormPtr& term, const FormPtr& product) {
  if (!is_term(term) || product->kind != Form::Kind::product) return false;
  auto rest = product->parts;
  auto given = term->given;
  while (!rest.empty()) {
    const auto next = std::find_if(rest.begin(), rest.end(), [&](const FormPtr& factor) {
      return is_term_of(factor, factor->of, given, *term);
    });
    if (next == rest.end()) return false;
    given |= (*next)->of;
    rest.erase(next);
  }
  return given == (term->of | term->given);
}

// P(a | b, c) = P(a, b | c) / P(b | c).
bool is_conditional_probability(const FormPtr& term, const FormPtr& ratio) {
  if (!is_term(term) || ratio->kind != Form::Kind::fraction || !is_term(ratio->parts[1]))
    return false;
  const auto& b = ratio->parts[1]->of;
  if (!b.is_subset_of(term->given)) return false;
  const auto given = term->given - b;
  return is_term_of(ratio->parts[0], term->of | b, given, *term) &&
         is_term_of(ratio->parts[1], b, given, *term);
}

// The nodes by which two sets differ, when one holds the other; empty otherwise.
NodeSet inserted_or_deleted(const NodeSet& a, const NodeSet& b) {
  if (a.is_subset_of(b)) return b - a;
  return b.is_subset_of(a) ? a - b : NodeSet{};
}

// What a rule must have separated to lead from one term to the other; nullopt when it never leads
// there.
std::optional<SeparationStatement> needed(const Graph& graph, Kind rule, const Form& from,
                                          const Form& to) {
  const auto x = from.done & to.done;
  const auto w = from.given & to.given;
  NodeSet z;
  if (rule == Kind::rule_1 && from.done == to.done) z = inserted_or_deleted(from.given, to.given);
  if (rule == Kind::rule_3 && from.given == to.given) z = inserted_or_deleted(from.done, to.done);
  if (rule == Kind::rule_2 && (from.given | from.done) == (to.given | to.done))
    z = inserted_or_deleted(from.given, to.given);
  if (z.empty()) return std::nullopt;
  SeparationStatement statement{from.of, z, w | x, x, {}};
  if (rule == Kind::rule_2) statement.no_outgoing = z;
  if (rule == Kind::rule_3) statement.no_incoming |= not_ancestors(graph, z, w, x);
  return statement;
}

bool is_rule(Kind kind) {
  return kind == Kind::rule_1 || kind == Kind::rule_2 || kind == Kind::rule_3;
}

class Checker {
 public:
  Checker(const Graph& graph, const DerivationLimits& limits) : graph_(graph), limits_(limits) {}

  Finding start(const Derivation& derivation, const DerivationClaim& claim) {
    auto goal = form_of(graph_, derivation.goal, limits_.terms);
    if (!goal) return refused(goal.error());
    current_ = *std::move(goal);
    return equals_claim(claim.goal, "the derivation starts from another effect than the one asked");
  }

  // Moves on to the expression after the step, also when the step is wrong, if there is one.
  Finding check(const DerivationStep& step) {
    auto from = form_of(graph_, step.from, limits_.terms);
    if (!from) return stuck(from.error());
    auto to = form_of(graph_, step.to, limits_.terms);
    if (!to) return stuck(to.error());
    if (auto finding = rewrite(*from, *to); finding.verdict != DerivationVerdict::valid)
      return finding;
    if (step.whole != nullptr) {
      const auto claimed = form_of(graph_, step.whole, limits_.terms);
      if (!claimed) return stuck(claimed.error());
      if ((*claimed)->key != current_->key)
        return wrong("the whole expression is not the one before with " + text(step.from) +
                     " replaced by " + text(step.to));
    }
    return is_rule(step.kind) ? check_rule(step, **from, **to) : check_law(step, *from, *to);
  }

  Finding finish(const DerivationClaim& claim) {
    if (mentions_do(current_)) return wrong("the last expression still mentions do()");
    return equals_claim(claim.estimand, "the last expression is not the estimand");
  }
  [[nodiscard]] bool can_go_on() const { return current_ != nullptr; }

 private:
  Finding stuck(const Error& error) {
    current_ = nullptr;
    return refused(error);
  }

  Finding equals_claim(const ExpressionPtr& claimed, std::string otherwise) {
    if (claimed == nullptr) return {};
    const auto form = form_of(graph_, claimed, limits_.terms);
    if (!form) return refused(form.error());
    if ((*form)->key != current_->key) return wrong(std::move(otherwise));
    return {};
  }

  Finding rewrite(const FormPtr& from, const FormPtr& to) {
    std::size_t places = 0;
    if (current_->terms * to->terms > limits_.terms || current_->depth + to->depth > deepest_form) {
      // As large as it gets: counted before it is built.
      const auto rest = replaced(current_, from, make_one(), places);
      const auto terms =
          check_limit("terms of an expression", rest->terms + places * to->terms, limits_.terms);
      if (!terms) return stuck(terms.error());
      const auto depth =
          check_limit("nesting of an expression", current_->depth + to->depth, deepest_form);
      if (!depth) return stuck(depth.error());
      places = 0;
    }
    auto next = replaced(current_, from, to, places);
    if (places == 0) return wrong("what is to be rewritten does not stand in the expression");
    current_ = std::move(next);
    return {};
  }

  Finding check_rule(const DerivationStep& step, const Form& from, const Form& to) const {
    const std::string rule = "rule " + std::string(1, derivation_step_name(step.kind).back());
    if (from.kind != Form::Kind::probability || to.kind != Form::Kind::probability ||
        from.of != to.of || from.population != to.population)
      return wrong(rule + " leads from one P to another of the same variables");
    const auto statement = needed(graph_, step.kind, from, to);
    if (!statement)
      return wrong(rule + " does not lead from " + text(step.from) + " to " + text(step.to));
    if (step.separation && !(*step.separation == *statement))
      return wrong("the separation stated is not the one that " + rule + " needs here");
    if (!holds(graph_, *statement))
      return wrong("the separation that " + rule + " needs does not hold");
    return {};
  }

  Finding check_law(const DerivationStep& step, const FormPtr& from, const FormPtr& to) const {
    if (step.kind == Kind::algebra) return check_algebra(step, from, to);
    const auto law = step.kind == Kind::total_probability ? is_total_probability
                     : step.kind == Kind::chain_rule      ? is_chain_rule
                                                          : is_conditional_probability;
    if (step.separation) return wrong("a law of probability rests on no separation");
    if (law(from, to) || law(to, from)) return {};
    return wrong(text(step.from) + " = " + text(step.to) + " is not an instance of " +
                 std::string(derivation_step_name(step.kind)));
  }

  Finding check_algebra(const DerivationStep& step, const FormPtr& from, const FormPtr& to) const {
    if (step.separation) return wrong("algebra rests on no separation");
    switch (check_equation(from, to, limits_.equation)) {
      case EquationVerdict::holds: return {};
      case EquationVerdict::fails:
        return wrong("the two sides differ in value for some probabilities");
      case EquationVerdict::too_large: break;
    }
    return over_limit("the equation has too many variables to evaluate");
  }

  [[nodiscard]] std::string text(const ExpressionPtr& expression) const {
    std::vector<std::string> names;
    for (const auto& node : graph_.nodes()) names.push_back(node.name);
    return expression_text(expression, names);
  }

  const Graph& graph_;
  const DerivationLimits& limits_;
  FormPtr current_;
};

}  // namespace

std::string_view derivation_verdict_name(DerivationVerdict verdict) {
  switch (verdict) {
    case DerivationVerdict::valid: return "valid";
    case DerivationVerdict::invalid: return "invalid";
    case DerivationVerdict::unchecked: return "unchecked";
  }
  return "unchecked";
}

Result<DerivationCheck> check_derivation(const Graph& graph, const Derivation& derivation,
                                         const DerivationClaim& claim,
                                         const DerivationLimits& limits,
                                         const CancellationToken& cancellation) {
  DerivationCheck result;
  // False when there is no need to look further.
  const auto take = [&](Finding finding, std::size_t step) {
    const bool invalid = finding.verdict == DerivationVerdict::invalid;
    if (invalid ||
        (finding.verdict != result.verdict && result.verdict == DerivationVerdict::valid))
      result = {finding.verdict, step, std::move(finding.reason)};
    return !invalid;
  };
  const auto count = derivation.steps.size();
  if (const auto few = check_limit("steps of a derivation", count, limits.steps); !few) {
    take(over_limit(few.error().message), 0);
    return result;
  }
  Checker checker(graph, limits);
  bool going_on = take(checker.start(derivation, claim), 0) && checker.can_go_on();
  for (std::size_t i = 0; going_on && i < count; ++i) {
    CAUSAL_GYM_CHECKED(cancellation.check());
    going_on = take(checker.check(derivation.steps[i]), i) && checker.can_go_on();
  }
  if (going_on) take(checker.finish(claim), count);
  return result;
}

}  // namespace causal_gym
