// instrument_schooling-v1: growing up near a college as an instrument for schooling.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// P(earnings=high | do(schooling=college)) = 0.5 * 0.35 + 0.5 * 0.6 = 0.475. Among those with
// college P(ability) is 0.62 / 0.81, where 0.62 = 0.4 * 0.5 + 0.6 * 0.7 and 0.19 = 0.4 * 0.1 + 0.6
// * 0.25: seeing gives 0.5414.
Environment instrument_schooling() {
  return {
      .id = "instrument_schooling-v1",
      .title = "Returns to schooling",
      .story =
          "Some people grow up near a college, which makes more schooling (school or college) "
          "easier to get but does "
          "nothing else to later earnings. Ability, which nobody measures, leads to more schooling "
          "and to higher "
          "earnings. Schooling itself raises earnings.",
      .source =
          "Graph: after Card 1995, Using geographic variation in college proximity to estimate the "
          "return to schooling. "
          "Numbers chosen.",
      .roles = {.treatment = "schooling",
                .outcome = "earnings",
                .confounders = {"ability"},
                .instruments = {"near_college"}},
      .model = released_model(ModelBuilder("instrument_schooling-v1",
                                           "near_college -> schooling -> earnings; ability "
                                           "[latent]; ability -> schooling; ability -> earnings")
                                  .binary("schooling", "school", "college")
                                  .binary("earnings", "low", "high")
                                  .label("near_college", "Near a college")
                                  .label("ability", "Ability")
                                  .label("schooling", "Schooling")
                                  .label("earnings", "Earnings")
                                  .table("near_college", {}, {0.4, 0.6})
                                  .table("ability", {}, {0.5, 0.5})
                                  .table("schooling", {"near_college", "ability"},
                                         {0.9, 0.1, 0.5, 0.5, 0.75, 0.25, 0.3, 0.7})
                                  .table("earnings", {"schooling", "ability"},
                                         {0.8, 0.2, 0.55, 0.45, 0.65, 0.35, 0.4, 0.6})),
      .queries = {"P(earnings=high)", "P(near_college)", "P(earnings=high | do(schooling=college))",
                  "P(earnings=high | do(near_college=true))"},
      .interventions = {"schooling=college", "schooling=school", "near_college=true"},
      .notes = "The instrument is as good as randomised; schooling is not."};
}

}  // namespace causal_gym
