#include "apps/server/known_answers.h"

#include <fmt/format.h>

#include <cmath>

#include "engine/ask.h"
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

namespace {

constexpr double tolerance = 1e-9;
constexpr std::string_view squad = "firing_squad";

// Each number is a fraction of the model's own numbers, reduced by hand:
//
// sprinkler. dry | on = 0.4 / 0.5 = 0.8, so rain | on = 0.8 * 0.2 + 0.2 * 0.6 = 0.28, wet | on =
//   0.72 * 0.9 + 0.28 * 0.95 = 0.914, slippery | on = 0.914 * 0.75 + 0.086 * 0.125 = 0.69625.
//   Doing leaves rain at 0.4: 0.92 * 0.75 + 0.08 * 0.125 = 0.7.
// kidney stones (Simpson's reversal). 273/350 of those with open surgery recovered; with severity
//   as it is in all, 0.51 * 81/87 + 0.49 * 192/263 = 634983/762700. The other treatment: 0.51 *
//   234/270 + 0.49 * 55/80 = 6231/8000. The difference is 3274803/61016000.
// smoking (front door; Pearl 2009, table 3.1). Seeing: 0.05 * 0.9 + 0.95 * 0.85 = 0.8525. Doing:
//   0.05 * (0.10 + 0.90) / 2 + 0.95 * (0.05 + 0.85) / 2 = 0.4525, without smoking 0.4975.
// schooling (instrument). Doing averages over ability: (0.35 + 0.6) / 2 = 0.475.
// talent and luck (collider). 0.165 / 0.2735 = 330/547 of the successful are lucky, and 0.27 /
//   0.55 = 27/55 of the talented among them; making someone a success leaves luck at 0.3.
// fire and smoke (a chain, against its arrows). 0.09 / 0.135 = 2/3 seen, 0.1 done.
// training (mediation). Direct: 0.7 * (0.3 - 0.1) + 0.3 * (0.65 - 0.35) = 0.23. Indirect:
//   (0.8 - 0.3) * (0.35 - 0.1) = 0.125. Total: (0.2 * 0.3 + 0.8 * 0.65) - (0.7 * 0.1 + 0.3 * 0.35)
//   = 0.405.
// firing squad (counterfactual; Pearl 2009, section 7.1.2). The court orders it with p = 1/2, A is
//   nervous with q = 1/4, B obeys. The prisoner is dead; he were alive, had A not shot, with
//   q (1 - p) / (1 - (1 - q) (1 - p)) = (1/8) / (5/8) = 1/5.
constexpr KnownAnswer answers[] = {
    {"sprinkler-v1", "P(slippery | sprinkler=on)", 0.69625},
    {"sprinkler-v1", "P(slippery | do(sprinkler=on))", 0.7},
    {"confounded_treatment-v1", "P(recovery | treatment=open_surgery)", 273.0 / 350},
    {"confounded_treatment-v1", "P(recovery | do(treatment=open_surgery))", 634983.0 / 762700},
    {"confounded_treatment-v1", "ATE(treatment -> recovery)", 3274803.0 / 61016000},
    {"smoking_tar_cancer-v1", "P(cancer | smoking=true)", 0.8525},
    {"smoking_tar_cancer-v1", "P(cancer | do(smoking=true))", 0.4525},
    {"smoking_tar_cancer-v1", "P(cancer | do(smoking=false))", 0.4975},
    {"instrument_schooling-v1", "P(earnings=high | do(schooling=college))", 0.475},
    {"collider_talent_luck-v1", "P(luck | success)", 330.0 / 547},
    {"collider_talent_luck-v1", "P(luck | talent, success)", 27.0 / 55},
    {"collider_talent_luck-v1", "P(luck | do(success=true))", 0.3},
    {"chain-v1", "P(fire | smoke)", 2.0 / 3},
    {"chain-v1", "P(fire | do(smoke=true))", 0.1},
    {"mediation_training-v1", "NDE(training -> skill -> promotion)", 0.23},
    {"mediation_training-v1", "NIE(training -> skill -> promotion)", 0.125},
    {"mediation_training-v1", "TE(training -> promotion)", 0.405},
    {squad, "P(dead[a=false]=false | dead)", 0.2},
};

Model make_firing_squad() {
  return released_model(
      ModelBuilder(std::string(squad),
                   "order -> captain -> {a b}; nervous -> a; a -> dead; b -> dead")
          .table("order", {}, {0.5, 0.5})
          .table("nervous", {}, {0.75, 0.25})
          .deterministic("captain", {"order"}, {0, 1})
          .deterministic("a", {"captain", "nervous"}, {0, 1, 1, 1})
          .deterministic("b", {"captain"}, {0, 1})
          .deterministic("dead", {"a", "b"}, {0, 1, 1, 1}));
}

Result<double> answer_to(std::string_view model, std::string_view text) {
  CAUSAL_GYM_TRY(query, parse_query(text));
  if (model == squad) {
    static const Model firing_squad = make_firing_squad();
    return ask_value(firing_squad, {}, query);
  }
  CAUSAL_GYM_TRY(environment, find_environment(model));
  return ask_value(environment->model, {}, query);
}

}  // namespace

std::span<const KnownAnswer> known_answers() { return answers; }

double AccuracyReport::ratio() const {
  if (asked == 0) return 1;
  return static_cast<double>(asked - wrong.size()) / static_cast<double>(asked);
}

AccuracyReport ask_known(std::span<const KnownAnswer> known) {
  AccuracyReport report;
  for (const auto& [model, query, answer] : known) {
    ++report.asked;
    const auto said = answer_to(model, query);
    if (said && std::abs(*said - answer) <= tolerance) continue;
    report.wrong.push_back(fmt::format("{} in {} is {} and was answered with {}", query, model,
                                       answer,
                                       said ? fmt::format("{}", *said) : error_text(said.error())));
  }
  return report;
}

}  // namespace causal_gym
