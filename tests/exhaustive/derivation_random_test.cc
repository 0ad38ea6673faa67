// Derivations on random DAGs with latent nodes and random ADMGs, for sets x, y and z: the checker
// finds each one right, and each corrupted one wrong where it is corrupted; what it takes for a use
// of a rule is one by the engine's own separation, and true of numbers.
#include <gtest/gtest.h>

#include "engine/expression/parse_expression.h"
#include "engine/expression/print.h"
#include "engine/expression/simplify.h"
#include "engine/graph/random_graph.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "engine/graph/text.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/check_derivation.h"
#include "engine/identify/check_separation.h"
#include "engine/identify/derivation_text.h"
#include "engine/identify/derive.h"
#include "engine/identify/do_calculus.h"
#include "engine/identify/effect_sets.h"
#include "engine/identify/front_door.h"
#include "engine/identify/idc.h"
#include "engine/infer/enumeration.h"
#include "engine/infer/intervene.h"
#include "engine/model/random_model.h"
#include "tests/exhaustive/random_question.h"

namespace causal_gym {
namespace {

Graph random_graph(std::size_t fewest, std::size_t most, Rng& rng) {
  const auto n = fewest + rng.below(most - fewest + 1);
  const auto density = 0.2 + 0.3 * rng.uniform();
  auto graph = random_admg(n, density, 0.25 * rng.uniform(), rng);
  if (rng.below(2) == 0) return graph;
  std::vector<Node> nodes(graph.nodes().begin(), graph.nodes().end());
  for (auto& node : nodes) node.latent = rng.below(5) == 0;
  return *Graph::create(nodes, {graph.directed_edges().begin(), graph.directed_edges().end()},
                        {graph.bidirected_edges().begin(), graph.bidirected_edges().end()});
}

struct Derived {
  Graph graph;
  Identification answer;
  Derivation derivation;
  DerivationClaim claim;
  bool conditional = false;
};

// Calls visit with the derivation of each identifiable effect of sets in random graphs.
template <class Visit>
void for_each_derivation(std::string_view stream, std::uint64_t questions, const Visit& visit) {
  for (std::uint64_t seed = 0; seed < questions && !testing::Test::HasFailure(); ++seed) {
    Rng rng(seed, stream_of(stream));
    const auto graph = random_graph(5, 10, rng);
    const auto observed = graph.observed_nodes();
    if (observed.size() < 2) continue;
    EffectTarget target;
    target.outcome = random_subset(observed, 1 + rng.below(2), rng);
    target.treatment = random_subset(observed - target.outcome, 1 + rng.below(3), rng);
    const auto rest = observed - target.outcome - target.treatment;
    target.given = random_subset(rest, rng.below(3), rng);
    SCOPED_TRACE("seed " + std::to_string(seed) + ", x " + set_text(graph, target.treatment) +
                 ", y " + set_text(graph, target.outcome) + ", z " + set_text(graph, target.given) +
                 ", " + write_graph(graph));
    const auto answer = identify_effect(graph, target).value();
    if (!answer.estimand) continue;
    const auto derivation = derive(graph, target, answer);
    ASSERT_TRUE(derivation) << derivation.error().message;
    const DerivationClaim claim{probability(target.outcome.to_vector(), target.given.to_vector(),
                                            target.treatment.to_vector()),
                                answer.estimand};
    visit(Derived{graph, answer, *derivation, claim, !target.given.empty()}, rng);
  }
}

DerivationCheck checked(const Derived& derived, const Derivation& derivation) {
  return check_derivation(derived.graph, derivation, derived.claim).value();
}

// As somebody would hand it in who has read it: every expression by way of its text, the
// separations left to the checker.
Derivation from_text(const Derived& derived) {
  std::vector<std::string> names;
  for (const auto& node : derived.graph.nodes()) names.push_back(node.name);
  const auto again = [&](const ExpressionPtr& expression) {
    return parse_expression(expression_text(expression, names), names).value();
  };
  Derivation result{again(derived.derivation.goal), {}};
  for (const auto& step : derived.derivation.steps)
    result.steps.push_back(
        {step.kind, again(step.from), again(step.to), again(step.whole), std::nullopt});
  return result;
}

TEST(RandomDerivations, OfEveryIdentifiableEffectOfSetsPassTheChecker) {
  std::map<std::string, int> count;
  for_each_derivation("derivations", 6'000, [&](const Derived& derived, Rng&) {
    const auto check = checked(derived, derived.derivation);
    ASSERT_EQ(check.verdict, DerivationVerdict::valid)
        << check.step << ": " << check.reason << "\n"
        << derivation_text(derived.graph, derived.derivation);
    const auto read = checked(derived, from_text(derived));
    ASSERT_EQ(read.verdict, DerivationVerdict::valid) << read.step << ": " << read.reason;
    ++count[std::string(strategy_name(derived.answer.strategy)) +
            (derived.conditional ? " given" : "")];
  });
  for (const auto* kind :
       {"none", "no_effect", "adjustment", "front_door", "general", "no_effect given",
        "adjustment given", "front_door given", "general given"})
    EXPECT_GT(count[kind], 5) << kind;
}

// The complete algorithm, also where identify_effect has a shorter way.
TEST(RandomDerivations, OfEveryEffectByTheCompleteAlgorithmPassTheChecker) {
  std::size_t derived = 0;
  std::size_t most_steps = 0;
  for (std::uint64_t seed = 0; seed < 3'000 && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("complete algorithm"));
    const auto graph = random_graph(4, 9, rng);
    const auto observed = graph.observed_nodes();
    const auto y = random_subset(observed, 1 + rng.below(2), rng);
    const auto x = random_subset(observed - y, 1 + rng.below(2), rng);
    const auto z = random_subset(observed - x - y, rng.below(3), rng);
    if (x.empty()) continue;
    const auto rows = admg_rows(graph).value();
    const auto idc = identify_by_idc(rows, x, y, z).value();
    if (!idc.estimand) continue;
    SCOPED_TRACE("seed " + std::to_string(seed) + ", x " + set_text(graph, x) + ", y " +
                 set_text(graph, y) + ", z " + set_text(graph, z) + ", " + write_graph(graph));
    Identification answer;
    answer.strategy = Strategy::general;
    answer.estimand = simplify(idc.estimand).expression;
    const auto derivation = derive(graph, {x, y, z}, answer);
    ASSERT_TRUE(derivation) << derivation.error().message;
    const DerivationClaim claim{probability(y.to_vector(), z.to_vector(), x.to_vector()),
                                answer.estimand};
    const auto check = check_derivation(graph, *derivation, claim).value();
    ASSERT_EQ(check.verdict, DerivationVerdict::valid) << check.step << ": " << check.reason << "\n"
                                                       << derivation_text(graph, *derivation);
    ++derived;
    most_steps = std::max(most_steps, derivation->steps.size());
  }
  EXPECT_GT(derived, 1'000U);
  EXPECT_GT(most_steps, 20U);
}

// The derivation of P(y | do(x)) by a set that identify_effect need not choose passes the checker.
void expect_derived_by(Strategy strategy, const Graph& graph, const NodeSet& x, const NodeSet& y,
                       const NodeSet& set) {
  const bool adjustment = strategy == Strategy::adjustment;
  Identification answer;
  answer.verdict = Verdict::identifiable;
  answer.strategy = strategy;
  answer.set = set;
  answer.estimand = adjustment ? adjustment_estimand(x, y, set) : front_door_estimand(x, y, set);
  const auto derivation = derive(graph, {x, y, {}}, answer);
  ASSERT_TRUE(derivation) << derivation.error().message;
  const DerivationClaim claim{probability(y.to_vector(), {}, x.to_vector()), answer.estimand};
  const auto check = check_derivation(graph, *derivation, claim).value();
  ASSERT_EQ(check.verdict, DerivationVerdict::valid) << check.step << ": " << check.reason;
}

// Adjustment sets may hold nodes that x changes.
TEST(RandomDerivations, OfEveryValidAdjustmentAndFrontDoorSetPassTheChecker) {
  std::size_t adjustments = 0;
  std::size_t with_descendants = 0;
  std::size_t front_doors = 0;
  for (std::uint64_t seed = 0; seed < 8'000 && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("valid sets"));
    const auto graph = random_graph(3, 8, rng);
    const auto observed = graph.observed_nodes();
    const auto y = random_subset(observed, 1, rng);
    const auto x = random_subset(observed - y, 1 + rng.below(3), rng);
    const auto rest = observed - x - y;
    const auto set = random_subset(rest, rng.below(rest.size() + 1), rng);
    if (x.empty() || y.empty()) continue;
    SCOPED_TRACE("seed " + std::to_string(seed) + ", x " + set_text(graph, x) + ", y " +
                 set_text(graph, y) + ", set " + set_text(graph, set) + ", " + write_graph(graph));
    if (check_adjustment(graph, x, y, set).value().valid) {
      expect_derived_by(Strategy::adjustment, graph, x, y, set);
      ++adjustments;
      if (set.intersects(descendants(graph, x))) ++with_descendants;
    }
    if (check_front_door(graph, x, y, set).value().valid) {
      expect_derived_by(Strategy::front_door, graph, x, y, set);
      ++front_doors;
    }
  }
  EXPECT_GT(adjustments, 1'000U);
  EXPECT_GT(with_descendants, 100U);
  EXPECT_GT(front_doors, 200U);
}

// --- Corruptions: each leaves a derivation that is wrong at a known step.

bool is_rule(DerivationStepKind kind) {
  return kind == DerivationStepKind::rule_1 || kind == DerivationStepKind::rule_2 ||
         kind == DerivationStepKind::rule_3;
}

const ProbabilityTerm& term_of(const ExpressionPtr& expression) {
  return std::get<ProbabilityTerm>(expression->term());
}

// Without what is said of whole expressions, so that the corrupted step itself is judged.
Derivation without_wholes(Derivation derivation) {
  for (auto& step : derivation.steps) step.whole = nullptr;
  return derivation;
}

class Corruptions {
 public:
  explicit Corruptions(const Derived& derived) : derived_(derived) {}

  void try_all(Rng& rng) {
    const auto& steps = derived_.derivation.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      another_kind(i);
      if (steps[i].separation) another_separation(i, rng);
      if (is_rule(steps[i].kind)) another_result(i);
      another_from(i);
      left_out(i);
      swapped_sides(i);
    }
    another_estimand();
  }
  std::map<std::string, int> count;

 private:
  void refused_at(const std::string& what, std::size_t step, const Derivation& derivation) {
    ++count[what];
    const auto check = checked(derived_, derivation);
    EXPECT_EQ(check.verdict, DerivationVerdict::invalid) << what << " at step " << step;
    EXPECT_EQ(check.step, step) << what << ": " << check.reason;
  }
  void refused(const std::string& what, std::size_t step, const Derivation& derivation) {
    ++count[what];
    EXPECT_EQ(checked(derived_, derivation).verdict, DerivationVerdict::invalid)
        << what << " at step " << step;
  }

  // Every law is true of every table, so it may be called algebra; algebra may happen to be a law.
  void another_kind(std::size_t i) {
    const auto kind = derived_.derivation.steps[i].kind;
    for (const auto other : all_derivation_step_kinds) {
      if (other == kind || kind == DerivationStepKind::algebra) continue;
      if (!is_rule(kind) && other == DerivationStepKind::algebra) continue;
      auto wrong = derived_.derivation;
      wrong.steps[i].kind = other;
      refused_at("another kind, the separation kept", i, wrong);
      wrong.steps[i].separation = std::nullopt;
      refused_at("another kind", i, wrong);
    }
  }

  void another_separation(std::size_t i, Rng& rng) {
    const auto observed = derived_.graph.observed_nodes().to_vector();
    for (const auto part :
         {&SeparationStatement::left, &SeparationStatement::right, &SeparationStatement::given,
          &SeparationStatement::no_incoming, &SeparationStatement::no_outgoing}) {
      auto wrong = derived_.derivation;
      auto& set = (*wrong.steps[i].separation).*part;
      const auto v = observed[rng.below(observed.size())];
      if (set.contains(v)) {
        set.erase(v);
      } else {
        set.insert(v);
      }
      refused_at("another separation", i, wrong);
    }
  }

  // A condition or an action of the result is dropped, in the same place everywhere.
  void another_result(std::size_t i) {
    const auto& step = derived_.derivation.steps[i];
    const auto& to = term_of(step.to);
    for (const bool action : {false, true}) {
      for (const auto v : action ? to.intervened : to.given) {
        auto dropped = to;
        std::erase(action ? dropped.intervened : dropped.given, v);
        auto wrong = without_wholes(derived_.derivation);
        wrong.steps[i].separation = std::nullopt;
        wrong.steps[i].to = probability(dropped.variables, dropped.given, dropped.intervened);
        const auto& from = term_of(step.from);
        // What rule 1 or 3 inserts is no more to drop than the whole set, or a part of it.
        const bool rightly_less = std::ranges::find(from.given, v) == from.given.end() &&
                                  std::ranges::find(from.intervened, v) == from.intervened.end();
        if (rightly_less) continue;
        if (may_be_right(i, wrong.steps[i])) continue;
        refused_at(action ? "an action dropped" : "a condition dropped", i, wrong);
      }
    }
  }

  // Rule 1 or 3, deleting one more: right when its own separation holds, by the engine's road.
  [[nodiscard]] bool may_be_right(std::size_t i, const DerivationStep& step) const {
    const auto& from = term_of(step.from);
    const auto& to = term_of(step.to);
    const CausalTerm term{NodeSet(from.variables), NodeSet(from.given), NodeSet(from.intervened)};
    const auto moved = step.kind == DerivationStepKind::rule_1 ? term.given - NodeSet(to.given)
                       : step.kind == DerivationStepKind::rule_3
                           ? term.done - NodeSet(to.intervened)
                           : NodeSet{};
    if (moved.empty()) return false;
    const auto use = apply_rule(admg_rows(derived_.graph).value(), term, moved, NodeRole::absent);
    return i < derived_.derivation.steps.size() && use.has_value() &&
           equal(expression_of(use->result), step.to);
  }

  // Another variable joins the term that is to be rewritten, so that it stands nowhere.
  void another_from(std::size_t i) {
    auto wrong = derived_.derivation;
    auto& step = wrong.steps[i];
    step.from = product({step.from, step.from});
    refused_at("another term", i, wrong);
  }

  void left_out(std::size_t i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    auto wrong = derived_.derivation;
    wrong.steps.erase(wrong.steps.begin() + at);
    refused("a step left out", i, wrong);
    // The same term may come up again, and be rewritten together with the one left.
    const auto& from = derived_.derivation.steps[i].from;
    if (std::none_of(wrong.steps.begin() + at, wrong.steps.end(),
                     [&](const DerivationStep& step) { return equal(step.from, from); }))
      refused("a step left out, without wholes", i, without_wholes(wrong));
  }

  void swapped_sides(std::size_t i) {
    auto wrong = without_wholes(derived_.derivation);
    std::swap(wrong.steps[i].from, wrong.steps[i].to);
    refused("sides swapped", i, wrong);
  }

  void another_estimand() {
    const auto end = derived_.derivation.steps.size();
    auto other = derived_;
    other.claim.estimand = product({derived_.claim.estimand, derived_.claim.estimand});
    const auto check = checked(other, derived_.derivation);
    EXPECT_EQ(check.verdict, DerivationVerdict::invalid);
    EXPECT_EQ(check.step, end);
  }

  const Derived& derived_;
};

TEST(RandomDerivations, AreRefusedWhenCorrupted) {
  std::map<std::string, int> count;
  for_each_derivation("corrupted derivations", 1'200, [&](const Derived& derived, Rng& rng) {
    if (derived.derivation.steps.empty()) return;
    Corruptions corruptions(derived);
    corruptions.try_all(rng);
    for (const auto& [what, times] : corruptions.count) count[what] += times;
  });
  for (const auto* what :
       {"another kind", "another kind, the separation kept", "another separation",
        "a condition dropped", "an action dropped", "another term", "a step left out",
        "a step left out, without wholes", "sides swapped"})
    EXPECT_GT(count[what], 100) << what;
}

// The last step of algebra is wrong when one condition of the estimand is dropped.
TEST(RandomDerivations, AreRefusedWhenAlgebraLeadsToAnotherValue) {
  std::size_t tried = 0;
  for_each_derivation("corrupted algebra", 3'000, [&](const Derived& derived, Rng& rng) {
    if (derived.derivation.steps.empty() ||
        derived.derivation.steps.back().kind != DerivationStepKind::algebra)
      return;
    auto wrong = derived;
    const auto of = random_subset(NodeSet(free_variables(derived.claim.estimand)), 1, rng);
    wrong.claim.estimand = product({derived.claim.estimand, probability(of.to_vector())});
    wrong.derivation.steps.back().to = wrong.claim.estimand;
    wrong.derivation.steps.back().whole = wrong.claim.estimand;
    const auto check = checked(wrong, wrong.derivation);
    EXPECT_EQ(check.verdict, DerivationVerdict::invalid);
    EXPECT_EQ(check.reason, "the two sides differ in value for some probabilities");
    ++tried;
  });
  EXPECT_GT(tried, 30U);
}

// --- Single uses of rules, right and wrong ones.

// P(of | given, do(done)) in a model, for one state of all nodes.
double value_of(const Model& model, const CausalTerm& term, const std::vector<State>& states) {
  const auto state_of = [&](NodeId v) { return states[static_cast<std::size_t>(v)]; };
  Regime regime;
  for (const NodeId v : term.done) regime.emplace_back(SetIntervention{v, state_of(v)});
  const auto world = intervene(model, regime).value();
  const auto mass = [&](const NodeSet& nodes) {
    std::vector<Evidence> evidence;
    for (const NodeId v : nodes) evidence.push_back(observed_state(world, v, state_of(v)));
    return enumerate_joint_mass(world, {}, evidence).value().values.front();
  };
  return mass(term.of | term.given) / mass(term.given);
}

bool equal_in_numbers(const Graph& graph, const CausalTerm& a, const CausalTerm& b, Rng& rng) {
  const auto model = random_model(graph, rng, {2, 2, true, false});
  for (int i = 0; i < 8; ++i) {
    std::vector<State> states;
    for (std::size_t v = 0; v < graph.node_count(); ++v)
      states.push_back(static_cast<State>(rng.below(2)));
    if (std::abs(value_of(model, a, states) - value_of(model, b, states)) > 1e-9) return false;
  }
  return true;
}

bool separated_by_library(const Graph& graph, const SeparationStatement& statement) {
  const auto cut = cut_outgoing(cut_incoming(graph, statement.no_incoming), statement.no_outgoing);
  return separation(cut, statement.left, statement.right, statement.given)->separated;
}

struct RuleTry {
  CausalTerm from;
  CausalTerm to;
  NodeSet moved;
  NodeRole after = NodeRole::absent;
  DerivationStepKind rule = DerivationStepKind::rule_1;
};

RuleTry random_try(const NodeSet& observed, Rng& rng) {
  RuleTry result;
  CausalTerm rest;
  rest.of = random_subset(observed, 1 + rng.below(2), rng);
  result.moved = random_subset(observed - rest.of, 1 + rng.below(2), rng);
  for (const NodeId v : observed - rest.of - result.moved) {
    const auto role = rng.below(3);
    if (role == 1) rest.given.insert(v);
    if (role == 2) rest.done.insert(v);
  }
  result.from = result.to = rest;
  const auto rule = rng.below(3);
  auto changed = rest;
  (rule == 2 ? changed.done : changed.given) |= result.moved;
  if (rule == 1) rest.done |= result.moved;
  result.rule = all_derivation_step_kinds[rule];
  const bool forth = rng.below(2) == 0;
  result.from = forth ? rest : changed;
  result.to = forth ? changed : rest;
  result.after = result.to.given.intersects(result.moved)  ? NodeRole::seen
                 : result.to.done.intersects(result.moved) ? NodeRole::done
                                                           : NodeRole::absent;
  return result;
}

TEST(RandomRules, AreTakenExactlyWhenTheirSeparationHoldsAndThenAreTrueOfNumbers) {
  std::map<DerivationStepKind, int> taken;
  std::map<DerivationStepKind, int> refused_and_false;
  for (std::uint64_t seed = 0; seed < 6'000 && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("rules"));
    const auto graph = random_graph(3, 6, rng);
    if (graph.observed_nodes().size() < 3) continue;
    const auto tried = random_try(graph.observed_nodes(), rng);
    if (tried.moved.empty()) continue;
    const auto from = expression_of(tried.from);
    const auto to = expression_of(tried.to);
    const Derivation one_step{from, {{tried.rule, from, to, to, std::nullopt}}};
    const auto check = check_derivation(graph, one_step).value();
    const bool accepted = check.verdict == DerivationVerdict::valid || check.step == 1;
    const auto rows = admg_rows(graph).value();
    const auto use = apply_rule(rows, tried.from, tried.moved, tried.after);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + write_graph(graph));
    ASSERT_EQ(use.has_value(), accepted) << check.reason;
    if (accepted) {
      EXPECT_EQ(use->rule, tried.rule);
      EXPECT_TRUE(separated_by_library(graph, use->separation));
    }
    const bool in_numbers = equal_in_numbers(graph, tried.from, tried.to, rng);
    EXPECT_TRUE(in_numbers || !accepted);
    if (accepted) ++taken[tried.rule];
    if (!accepted && !in_numbers) ++refused_and_false[tried.rule];
  }
  for (const auto rule :
       {DerivationStepKind::rule_1, DerivationStepKind::rule_2, DerivationStepKind::rule_3}) {
    EXPECT_GT(taken[rule], 200) << derivation_step_name(rule);
    EXPECT_GT(refused_and_false[rule], 200) << derivation_step_name(rule);
  }
}

TEST(RandomSeparations, AreThoseOfReachability) {
  int separated = 0;
  int connected = 0;
  for (std::uint64_t seed = 0; seed < 20'000 && !HasFailure(); ++seed) {
    Rng rng(seed, stream_of("moral separations"));
    const auto graph = random_graph(3, 9, rng);
    const auto nodes = graph.all_nodes();
    SeparationStatement statement;
    statement.left = random_subset(nodes, 1 + rng.below(2), rng);
    statement.right = random_subset(nodes - statement.left, 1 + rng.below(2), rng);
    const auto rest = nodes - statement.left - statement.right;
    statement.given = random_subset(rest & graph.observed_nodes(), rng.below(4), rng);
    statement.no_incoming = random_subset(nodes, rng.below(3), rng);
    statement.no_outgoing = random_subset(nodes, rng.below(3), rng);
    const bool answer = holds(graph, statement);
    ASSERT_EQ(answer, separated_by_library(graph, statement))
        << separation_text(graph, statement) << ", " << write_graph(graph);
    ++(answer ? separated : connected);
    const auto under_cut = cut_incoming(graph, statement.no_incoming);
    EXPECT_EQ(not_ancestors(graph, rest, statement.left, statement.no_incoming),
              rest - ancestors(under_cut, statement.left));
  }
  EXPECT_GT(separated, 2'000);
  EXPECT_GT(connected, 2'000);
}

}  // namespace
}  // namespace causal_gym
