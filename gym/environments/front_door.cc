// front_door-v1: an unmeasured common cause, and a measured mediator that carries the whole effect.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// P(purchase | do(advert)) = 0.4 * (0.5 * 0.05 + 0.5 * 0.25) + 0.6 * (0.5 * 0.3 + 0.5 * 0.7) =
// 0.36; seeing adds that those who saw the advert are interested (0.35 / 0.45): 0.4 * 0.2056 + 0.6
// * 0.6111 = 0.4489.
Environment front_door() {
  return {
      .id = "front_door-v1",
      .title = "Advertising through the front door",
      .story =
          "A shop shows an advert to some people. The advert can lead to a visit of the shop's "
          "site, and a visit to a "
          "purchase; the advert works in no other way. Interest in the product is not measured: "
          "interested people are "
          "more often shown the advert, and buy more often.",
      .source = "Graph: Pearl 1995, Biometrika 82, figure 3 (front-door). Numbers chosen.",
      .roles = {.treatment = "advert",
                .outcome = "purchase",
                .confounders = {"interest"},
                .mediators = {"visit"}},
      .model = released_model(
          ModelBuilder(
              "front_door-v1",
              "interest [latent]; interest -> advert -> visit -> purchase; interest -> purchase")
              .label("interest", "Interest")
              .label("advert", "Advert")
              .label("visit", "Visit")
              .label("purchase", "Purchase")
              .table("interest", {}, {0.5, 0.5})
              .table("advert", {"interest"}, {0.8, 0.2, 0.3, 0.7})
              .table("visit", {"advert"}, {0.9, 0.1, 0.4, 0.6})
              .table("purchase", {"visit", "interest"},
                     {0.95, 0.05, 0.75, 0.25, 0.7, 0.3, 0.3, 0.7})),
      .queries = {"P(purchase)", "P(visit)", "P(purchase | do(advert=true))",
                  "P(purchase | do(visit=true))"},
      .interventions = {"advert=true", "advert=false", "visit=true"},
      .notes = "The effect can be had from observing advert, visit and purchase alone."};
}

}  // namespace causal_gym
