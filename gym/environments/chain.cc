// chain-v1: fire, smoke, alarm. Sounding the alarm makes no fire.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// P(smoke) = 0.9 * 0.05 + 0.1 * 0.9 = 0.135; P(fire | smoke) = 0.09 / 0.135 = 2/3, but P(fire |
// do(smoke)) = 0.1.
Environment chain() {
  return {
      .id = "chain-v1",
      .title = "Fire, smoke and alarm",
      .story =
          "In a kitchen a fire makes smoke, and smoke sets off the alarm. Smoke can also come from "
          "burnt toast, and the "
          "alarm now and then fails or goes off by itself.",
      .source = "The chain of Pearl 2009, Causality, section 1.2.3; numbers chosen.",
      .roles = {.treatment = "fire", .outcome = "alarm", .mediators = {"smoke"}},
      .model = released_model(ModelBuilder("chain-v1", "fire -> smoke -> alarm")
                                  .label("fire", "Fire")
                                  .label("smoke", "Smoke")
                                  .label("alarm", "Alarm")
                                  .table("fire", {}, {0.9, 0.1})
                                  .table("smoke", {"fire"}, {0.95, 0.05, 0.1, 0.9})
                                  .table("alarm", {"smoke"}, {0.98, 0.02, 0.05, 0.95})),
      .queries = {"P(fire)", "P(alarm)", "P(alarm | do(fire=true))", "P(fire | do(smoke=true))"},
      .interventions = {"alarm=true", "smoke=true", "fire=true"},
      .notes =
          "Causes follow from their effects only in seeing: doing an effect leaves its causes "
          "alone."};
}

}  // namespace causal_gym
