// confounded_treatment-v1: the kidney stone study, where severity decides who gets the better
// treatment.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// Successes of patients: small stones, open surgery 81 of 87, percutaneous 234 of 270; large
// stones, 192 of 263 and 55 of
// 80. So 357 of 700 have small stones; open surgery went to 87 of 357 and 263 of 343.
// P(recovery | open_surgery) = 273/350 = 0.78 is below P(recovery | percutaneous) = 289/350 =
// 0.8257, but P(recovery | do(open_surgery)) = 357/700 * 81/87 + 343/700 * 192/263 = 0.8325 is
// above 0.7789.
Environment confounded_treatment() {
  return {
      .id = "confounded_treatment-v1",
      .title = "Treatment of kidney stones",
      .story =
          "Patients with kidney stones get one treatment of two: percutaneous or open surgery. The "
          "severity of a case "
          "(small or large stones) decides which treatment the doctors prefer, and also how likely "
          "recovery is.",
      .source =
          "Charig, Webb, Payne & Wickham 1986, BMJ 292; counts as in Julious & Mullee 1994, BMJ "
          "309.",
      .roles = {.treatment = "treatment", .outcome = "recovery", .confounders = {"severity"}},
      .model = released_model(
          ModelBuilder("confounded_treatment-v1",
                       "severity -> treatment -> recovery; severity -> recovery")
              .binary("severity", "small", "large")
              .binary("treatment", "percutaneous", "open_surgery")
              .label("severity", "Severity")
              .label("treatment", "Treatment")
              .label("recovery", "Recovery")
              .table("severity", {}, {357.0 / 700, 343.0 / 700})
              .table("treatment", {"severity"}, {270.0 / 357, 87.0 / 357, 80.0 / 343, 263.0 / 343})
              .table("recovery", {"severity", "treatment"},
                     {36.0 / 270, 234.0 / 270, 6.0 / 87, 81.0 / 87, 25.0 / 80, 55.0 / 80,
                      71.0 / 263, 192.0 / 263})),
      .queries = {"P(recovery)", "P(severity=large)", "P(recovery | do(treatment=open_surgery))",
                  "ATE(treatment -> recovery)"},
      .interventions = {"treatment=open_surgery", "treatment=percutaneous"},
      .notes =
          "Seeing says that percutaneous treatment is better; doing says that open surgery is."};
}

}  // namespace causal_gym
