// How the time of one question grows with the size of the graph: for each curve and number of nodes
// the median over many random questions, as lines "curve<TAB>nodes<TAB>microseconds" on stdout.
// `make growth` draws them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

#include "bench/random_question.h"
#include "engine/expression/simplify.h"
#include "engine/graph/separation.h"
#include "engine/identify/adjustment.h"
#include "engine/identify/effect_explanation.h"
#include "engine/identify/id.h"

namespace causal_gym {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::size_t questions = 101;

using Question = EffectQuestion;

struct Curve {
  const char* name;
  std::vector<std::size_t> sizes;
  double directed_degree;
  double bidirected_degree;
  bool only_yes;  // measured over questions whose answer is yes
  std::function<bool(const Question&)> ask;
};

double median_microseconds(const Curve& curve, std::size_t nodes) {
  using Clock = std::chrono::steady_clock;
  Rng rng(seed, stream_of("bench/growth"));
  std::vector<double> times;
  while (times.size() < questions) {
    const auto question =
        random_question(nodes, curve.directed_degree, curve.bidirected_degree, rng);
    if (curve.only_yes && !curve.ask(question)) continue;
    double least = 0;
    for (int repetition = 0; repetition < 3; ++repetition) {  // the first one warms the caches
      const auto start = Clock::now();
      volatile bool answer = curve.ask(question);
      (void)answer;
      const std::chrono::duration<double, std::micro> passed = Clock::now() - start;
      least = repetition == 0 ? passed.count() : std::min(least, passed.count());
    }
    times.push_back(least);
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

bool identified(const Question& question) {
  const auto rows = admg_rows(question.graph);
  const auto answer = identify_by_id(*rows, {question.x}, {question.y});
  return !answer->hedge && simplify(answer->estimand).expression != nullptr;
}

bool explained(const Question& question) {
  const auto explanation = explain_effect(question.graph, {question.x}, {question.y});
  return !explanation_page(question.graph, *explanation).empty();
}

bool apart(const Question& question) {
  return separation(question.graph, {question.x}, {question.y}, {})->separated;
}

bool ten_sets(const Question& question) {
  return minimal_adjustment_sets(question.graph, {question.x}, {question.y}, {{}, {}, 10, {}})
             ->sets.size() == 10;
}

std::vector<Curve> all_curves() {
  const std::vector<std::size_t> sizes = {10, 20, 50, 100, 200, 500, 1'000};
  return {
      {"identify (verdict and expression)", sizes, 3, 1, false, identified},
      {"explain (the whole page)", {10, 20, 30, 50, 100, 200}, 3, 1, false, explained},
      {"first 10 minimal adjustment sets", {30, 50, 100, 200, 500, 1'000}, 6, 0, true, ten_sets},
      {"m-separation", sizes, 3, 1, false, apart},
  };
}

}  // namespace
}  // namespace causal_gym

int main() {
  for (const auto& curve : causal_gym::all_curves())
    for (const auto nodes : curve.sizes) {
      std::printf("%s\t%zu\t%.3f\n", curve.name, nodes,
                  causal_gym::median_microseconds(curve, nodes));
      std::fflush(stdout);
    }
  return 0;
}
