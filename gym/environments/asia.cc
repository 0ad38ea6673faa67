// asia-v1: the chest clinic of Lauritzen & Spiegelhalter.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {
namespace {

// The numbers of their table 2; states no, yes. `either` is the logical or of tuberculosis and lung
// cancer.
Model chest_clinic() {
  ModelBuilder builder("asia-v1",
                       "asia -> tub -> either; smoke -> lung -> either; smoke -> bronc; either -> "
                       "xray; either -> dysp; "
                       "bronc -> dysp");
  for (const auto* name : {"asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"})
    builder.binary(name, "no", "yes");
  return released_model(
      builder.label("asia", "Visit to Asia")
          .label("tub", "Tuberculosis")
          .label("smoke", "Smoker")
          .label("lung", "Lung cancer")
          .label("bronc", "Bronchitis")
          .label("either", "Tuberculosis or lung cancer")
          .label("xray", "Positive X-ray")
          .label("dysp", "Dyspnoea")
          .table("asia", {}, {0.99, 0.01})
          .table("tub", {"asia"}, {0.99, 0.01, 0.95, 0.05})
          .table("smoke", {}, {0.5, 0.5})
          .table("lung", {"smoke"}, {0.99, 0.01, 0.9, 0.1})
          .table("bronc", {"smoke"}, {0.7, 0.3, 0.4, 0.6})
          .deterministic("either", {"tub", "lung"}, {0, 1, 1, 1})
          .table("xray", {"either"}, {0.95, 0.05, 0.02, 0.98})
          .table("dysp", {"either", "bronc"}, {0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.1, 0.9}));
}

}  // namespace

Environment asia() {
  return {
      .id = "asia-v1",
      .title = "Chest clinic",
      .story =
          "A patient comes to a chest clinic with shortness of breath (dyspnoea, `dysp`). It may "
          "come from tuberculosis "
          "(`tub`), lung cancer (`lung`), bronchitis (`bronc`), none of them, or more than one. A "
          "recent visit to "
          "Asia raises the risk of tuberculosis; being a smoker raises that of lung cancer and of "
          "bronchitis. "
          "`either` says that the patient has tuberculosis or lung cancer: only so do these two "
          "show on the X-ray "
          "(`xray` is positive), and only so do they cause dyspnoea.",
      .source =
          "Lauritzen & Spiegelhalter 1988, Journal of the Royal Statistical Society B 50, table 2 "
          "and figure 2.",
      .roles = {.treatment = "lung",
                .outcome = "dysp",
                .confounders = {"smoke"},
                .mediators = {"either"}},
      .model = chest_clinic(),
      .queries = {"P(dysp)", "P(bronc)", "P(lung | xray)", "P(dysp | do(lung=yes))",
                  "P(smoke | do(bronc=yes))"},
      .interventions = {"smoke=no", "lung=yes", "bronc=yes"},
      .notes =
          "Smoking is the common cause of lung cancer and bronchitis, which both make dyspnoea."};
}

}  // namespace causal_gym
