// Identification: verdict and simplified expression of ID against the verdict alone of ID as its
// lines are written, and a whole page about an effect against its identification alone. Each row is
// a hundred questions.
#include "bench/comparison.h"
#include "bench/effects/plain_id.h"
#include "bench/random_question.h"
#include "engine/base/check.h"
#include "engine/expression/simplify.h"
#include "engine/identify/effect_explanation.h"
#include "engine/identify/id.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::size_t questions = 100;

using Question = EffectQuestion;

// One bidirected edge for every three directed ones.
std::vector<Question> random_questions(std::size_t nodes) {
  Rng rng(seed, stream_of("bench/effects"));
  std::vector<Question> drawn;
  while (drawn.size() < questions) drawn.push_back(random_question(nodes, 3, 1, rng));
  return drawn;
}

bool id_verdict(const Question& question) {
  const auto rows = admg_rows(question.graph);
  const auto answer = identify_by_id(*rows, {question.x}, {question.y});
  if (answer->hedge) return false;
  return simplify(answer->estimand).expression != nullptr;
}

bool plain_verdict(const Question& question) {
  return plain::identifiable(question.graph, {question.graph.name(question.x)},
                             {question.graph.name(question.y)});
}

double sum_over(const std::vector<Question>& all, bool (*verdict)(const Question&)) {
  double count = 0;
  for (const auto& question : all) count += verdict(question) ? 1 : 0;
  return count;
}

Comparison id_against_lines(std::size_t nodes, double most_ratio) {
  const auto all = random_questions(nodes);
  for (const auto& question : all) CHECK(id_verdict(question) == plain_verdict(question));
  return {"ID of " + std::to_string(questions) + " effects, " + std::to_string(nodes) + " nodes",
          [=] { return sum_over(all, id_verdict); }, [=] { return sum_over(all, plain_verdict); },
          most_ratio};
}

bool page_verdict(const Question& question) {
  const auto explanation = explain_effect(question.graph, {question.x}, {question.y});
  return !explanation_page(question.graph, *explanation).empty() &&
         explanation->identification.verdict == Verdict::identifiable;
}

bool effect_verdict(const Question& question) {
  return identify_effect(question.graph, {{question.x}, {question.y}, {}})->verdict ==
         Verdict::identifiable;
}

Comparison page_against_verdict(std::size_t nodes, double most_ratio) {
  const auto all = random_questions(nodes);
  for (const auto& question : all) CHECK(page_verdict(question) == effect_verdict(question));
  return {"explain " + std::to_string(questions) + " effects, " + std::to_string(nodes) + " nodes",
          [=] { return sum_over(all, page_verdict); },
          [=] { return sum_over(all, effect_verdict); }, most_ratio};
}

}  // namespace
}  // namespace causal_gym

int main(int argc, char** argv) {
  using causal_gym::id_against_lines;
  using causal_gym::page_against_verdict;
  return causal_gym::run_comparisons(
      argc, argv,
      {id_against_lines(8, 2), id_against_lines(10, 2.5), id_against_lines(20, 3.5),
       id_against_lines(50, 6), id_against_lines(100, 8), id_against_lines(200, 15),
       page_against_verdict(30, 16)});
}
