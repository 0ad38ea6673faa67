// The small world that the gym's tests share: z confounds x and y. For tests only.
//
// P(x=1) = 0.38; P(y=1) = 0.162 + 0.03 + 0.032 + 0.256 = 0.48; P(y | do(x)) = 0.6 * 0.5 + 0.4 * 0.8
// = 0.62; P(y | x) = (0.5 * 0.06 + 0.8 * 0.32) / 0.38 = 0.7526...; P(y | z) = 0.4 * 0.2 + 0.8 * 0.8
// = 0.72.
#pragma once

#include "engine/model/build.h"
#include "gym/environment/environment.h"

namespace causal_gym {

inline Environment confounded_environment(std::vector<std::string> queries,
                                          std::vector<std::string> interventions) {
  return {.id = "confounded-v1",
          .title = "Confounded",
          .story = "z, x, y",
          .source = "made for tests",
          .roles = {.treatment = "x", .outcome = "y", .confounders = {"z"}},
          .model = *ModelBuilder("confounded-v1", "z -> x; z -> y; x -> y")
                        .table("z", {}, {0.6, 0.4})
                        .table("x", {"z"}, {0.9, 0.1, 0.2, 0.8})
                        .table("y", {"z", "x"}, {0.7, 0.3, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8})
                        .build(),
          .queries = std::move(queries),
          .interventions = std::move(interventions)};
}

}  // namespace causal_gym
