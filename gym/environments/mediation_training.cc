// mediation_training-v1: training works directly and through skill.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// NDE = 0.7 * (0.3 - 0.1) + 0.3 * (0.65 - 0.35) = 0.23; NIE = (0.8 - 0.3) * (0.35 - 0.1) = 0.125;
// TE = (0.2 * 0.3 + 0.8 * 0.65) - (0.7 * 0.1 + 0.3 * 0.35) = 0.58 - 0.175 = 0.405.
// For skill, training is the common cause: P(promotion | do(skill)) = 0.6 * 0.35 + 0.4 * 0.65 =
// 0.47, but P(promotion | skill) = 0.35 + 0.3 * 0.64 = 0.542.
Environment mediation_training() {
  return {
      .id = "mediation_training-v1",
      .title = "Training, skill and promotion",
      .story =
          "Some employees get training. Training builds skill, and skill helps promotion; but "
          "having had the training also "
          "counts for promotion by itself.",
      .source = "Graph: Pearl 2001, Direct and indirect effects. Numbers chosen.",
      .roles = {.treatment = "training", .outcome = "promotion", .mediators = {"skill"}},
      .model = released_model(ModelBuilder("mediation_training-v1",
                                           "training -> skill -> promotion; training -> promotion")
                                  .label("training", "Training")
                                  .label("skill", "Skill")
                                  .label("promotion", "Promotion")
                                  .table("training", {}, {0.6, 0.4})
                                  .table("skill", {"training"}, {0.7, 0.3, 0.2, 0.8})
                                  .table("promotion", {"training", "skill"},
                                         {0.9, 0.1, 0.65, 0.35, 0.7, 0.3, 0.35, 0.65})),
      .queries = {"P(promotion)", "P(training)", "P(promotion | do(skill=true))",
                  "NDE(training -> skill -> promotion)", "NIE(training -> skill -> promotion)"},
      .interventions = {"training=true", "training=false", "skill=true"},
      .notes = "The total effect is the direct plus the indirect one and their interaction."};
}

}  // namespace causal_gym
