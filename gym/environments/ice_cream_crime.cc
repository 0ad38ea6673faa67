// ice_cream_crime-v1: a common cause and no effect at all.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// P(crime) = 0.6 * 0.2 + 0.4 * 0.6 = 0.36 whatever is done to ice cream;
// P(crime | ice_cream=high) = (0.6 * 0.2 * 0.2 + 0.4 * 0.8 * 0.6) / 0.44 = 0.216 / 0.44.
Environment ice_cream_crime() {
  return {.id = "ice_cream_crime-v1",
          .title = "Ice cream and crime",
          .story =
              "On hot days a city sells more ice cream, and on hot days there is also more crime: "
              "the temperature drives "
              "both. Ice cream itself does nothing to crime.",
          .source = "A textbook example of a common cause; numbers chosen.",
          .roles = {.treatment = "ice_cream", .outcome = "crime", .confounders = {"temperature"}},
          .model = released_model(
              ModelBuilder("ice_cream_crime-v1", "temperature -> ice_cream; temperature -> crime")
                  .binary("temperature", "cold", "hot")
                  .binary("ice_cream", "low", "high")
                  .binary("crime", "low", "high")
                  .label("temperature", "Temperature")
                  .label("ice_cream", "Ice cream sales")
                  .label("crime", "Crime")
                  .table("temperature", {}, {0.6, 0.4})
                  .table("ice_cream", {"temperature"}, {0.8, 0.2, 0.2, 0.8})
                  .table("crime", {"temperature"}, {0.8, 0.2, 0.4, 0.6})),
          .queries = {"P(crime=high)", "P(temperature=hot)", "P(crime=high | do(ice_cream=high))"},
          .interventions = {"ice_cream=high", "ice_cream=low", "temperature=hot"},
          .notes = "Banning ice cream does not bring crime down."};
}

}  // namespace causal_gym
