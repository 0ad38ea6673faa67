// Derivations and the expressions in them, as JSON: no input crashes, what is read survives being
// written and read again, and no derivation that the checker accepts leads to another number.
//
// The graph is the napkin, w -> r -> x -> y with w <-> x and w <-> y: small, and yet it needs all
// three rules and a quotient. The numbers are those of one model of it, by enumeration.
#include <array>
#include <cmath>

#include "api/derivation_json.h"
#include "api/json_text.h"
#include "engine/expression/evaluate.h"
#include "engine/graph/text.h"
#include "engine/identify/check_derivation.h"
#include "fuzz/fuzz_input.h"

namespace causal_gym {
namespace {

constexpr std::size_t node_count = 4;
constexpr std::size_t joint_states = 1 << node_count;

// P(node = 1 | its parents and latent causes), all in (0.1, 0.9).
double chance(std::size_t node, std::size_t causes) {
  return 0.1 + 0.8 * static_cast<double>((node * 37 + causes * 53 + 11) % 97) / 97;
}

// P(w, r, x, y | do(those of the set)), what is set being a fair coin.
SourceDistribution joint_under(std::size_t set) {
  SourceDistribution source;
  source.joint.variables = {0, 1, 2, 3};
  source.joint.cardinalities = {2, 2, 2, 2};
  for (ExpressionVariable v = 0; v < static_cast<ExpressionVariable>(node_count); ++v)
    if ((set >> v & 1) != 0) source.intervened.push_back(v);
  for (std::size_t cell = 0; cell < joint_states; ++cell) {
    const std::array<std::size_t, node_count> state = {cell >> 3 & 1, cell >> 2 & 1, cell >> 1 & 1,
                                                       cell & 1};
    double total = 0;
    for (std::size_t latent = 0; latent < 4; ++latent) {
      const auto with_x = latent & 1;
      const auto with_y = latent >> 1;
      const std::array<std::size_t, node_count> causes = {
          2 * with_x + with_y, state[0], 2 * state[1] + with_x, 2 * state[2] + with_y};
      double product = 0.25;
      for (std::size_t v = 0; v < node_count; ++v) {
        const auto one = (set >> v & 1) != 0 ? 0.5 : chance(v, causes[v]);
        product *= state[v] == 1 ? one : 1 - one;
      }
      total += product;
    }
    source.joint.probabilities.push_back(total);
  }
  return source;
}

Evaluator make_evaluator() {
  std::vector<SourceDistribution> sources;
  for (std::size_t set = 0; set < joint_states; ++set) sources.push_back(joint_under(set));
  auto evaluator = Evaluator::create(std::move(sources));
  CHECK(evaluator.has_value());
  return *std::move(evaluator);
}

// How many sums there are, each over one variable: what evaluating costs is exponential in it.
std::size_t sums_in(const ExpressionPtr& expression) {
  const auto& term = expression->term();
  if (const auto* sum = std::get_if<SumTerm>(&term))
    return sum->over.size() + sums_in(sum->expression);
  if (const auto* fraction = std::get_if<FractionTerm>(&term))
    return sums_in(fraction->numerator) + sums_in(fraction->denominator);
  std::size_t sums = 0;
  if (const auto* product = std::get_if<ProductTerm>(&term))
    for (const auto& factor : product->factors) sums += sums_in(factor);
  return sums;
}

void check_same_value(const ExpressionPtr& goal, const ExpressionPtr& end) {
  static Evaluator evaluator = make_evaluator();
  for (std::int32_t cell = 0; cell < static_cast<std::int32_t>(joint_states); ++cell) {
    const Assignment assignment = {{0, 1, 2, 3},
                                   {cell >> 3 & 1, cell >> 2 & 1, cell >> 1 & 1, cell & 1}};
    const auto begin = evaluator.evaluate(goal, assignment);
    const auto result = evaluator.evaluate(end, assignment);
    if (!begin || !result) return;
    CHECK(std::abs(*begin - *result) <= 1e-6 * std::max(1.0, std::abs(*begin)));
  }
}

Graph napkin() {
  auto graph = parse_graph("w -> r -> x -> y; w <-> x; w <-> y");
  CHECK(graph.has_value());
  return *std::move(graph);
}

void check_text(std::string_view text) {
  static const Graph graph = napkin();
  const auto value = parse_json(text);
  if (!value) return check_error(value.error());
  const auto derivation = read_derivation(*value, "derivation", graph);
  if (!derivation) return check_error(derivation.error());
  const auto check = check_derivation(graph, *derivation);
  if (!check) return check_error(check.error());
  CHECK(check->verdict == DerivationVerdict::valid || !check->reason.empty());
  if (derivation->steps.empty()) return;
  const bool whole = std::all_of(derivation->steps.begin(), derivation->steps.end(),
                                 [](const DerivationStep& step) { return step.whole != nullptr; });
  if (whole) {
    const auto again = read_derivation(derivation_json(graph, *derivation), "derivation", graph);
    CHECK(again.has_value());
    const auto check_again = check_derivation(graph, *again);
    CHECK(check_again.has_value());
    CHECK(check_again->verdict == check->verdict);
  }
  const auto& end = derivation->steps.back().whole;
  if (check->verdict != DerivationVerdict::valid || end == nullptr) return;
  if (sums_in(derivation->goal) + sums_in(end) <= 12) check_same_value(derivation->goal, end);
}

}  // namespace
}  // namespace causal_gym

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  causal_gym::check_text(causal_gym::fuzz_text(data, size));
  return 0;
}
