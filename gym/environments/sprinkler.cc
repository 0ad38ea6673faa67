// sprinkler-v1: Pearl's lawn. Turning the sprinkler on says nothing about rain; finding it on does.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// P(rain | do(sprinkler)) = 0.5 * 0.2 + 0.5 * 0.6 = 0.4, so that
// P(wet_grass | do(sprinkler=on)) = 0.6 * 0.9 + 0.4 * 0.95 = 0.92 and
// P(slippery | do(sprinkler=on)) = 0.92 * 0.75 + 0.08 * 0.125 = 0.69 + 0.01 = 0.7 exactly.
Environment sprinkler() {
  return {
      .id = "sprinkler-v1",
      .title = "Sprinkler",
      .story =
          "A garden path runs beside a lawn. The season (dry or wet) changes how often there is "
          "rain and how "
          "often the gardener leaves the sprinkler on: in the dry season more often, in the wet "
          "season less. Rain "
          "and the sprinkler both make wet grass, and wet grass makes the path slippery.",
      .source =
          "Graph: Pearl 2009, Causality, figure 1.2. Numbers: chosen so that P(slippery | "
          "do(sprinkler=on)) is "
          "0.7 exactly.",
      .roles = {.treatment = "sprinkler",
                .outcome = "slippery",
                .confounders = {"season"},
                .mediators = {"wet_grass"}},
      .model = released_model(
          ModelBuilder("sprinkler-v1",
                       "season -> rain -> wet_grass; season -> sprinkler -> wet_grass -> slippery")
              .binary("season", "dry", "wet")
              .binary("sprinkler", "off", "on")
              .label("season", "Season")
              .label("rain", "Rain")
              .label("sprinkler", "Sprinkler")
              .label("wet_grass", "Wet grass")
              .label("slippery", "Slippery path")
              .table("season", {}, {0.5, 0.5})
              .table("rain", {"season"}, {0.8, 0.2, 0.4, 0.6})
              .table("sprinkler", {"season"}, {0.2, 0.8, 0.8, 0.2})
              .table("wet_grass", {"sprinkler", "rain"},
                     {0.95, 0.05, 0.2, 0.8, 0.1, 0.9, 0.05, 0.95})
              .table("slippery", {"wet_grass"}, {0.875, 0.125, 0.25, 0.75})),
      .queries = {"P(slippery)", "P(rain)", "P(rain | wet_grass)",
                  "P(slippery | do(sprinkler=on))"},
      .interventions = {"sprinkler=on", "sprinkler=off"},
      .notes =
          "Setting the sprinkler cuts it off from the season, so that beliefs about rain should "
          "stay put."};
}

}  // namespace causal_gym
