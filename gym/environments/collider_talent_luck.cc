// collider_talent_luck-v1: two independent causes of success, which the successful seem to trade
// against each other.
#include "gym/environments/registry.h"
#include "gym/environments/released_model.h"

namespace causal_gym {

// P(success) = 0.49 * 0.05 + 0.21 * 0.4 + 0.21 * 0.4 + 0.09 * 0.9 = 0.2735; P(luck | success) =
// 0.165 / 0.2735 = 0.6033; P(luck | success, talent) = 0.3 * 0.9 / (0.7 * 0.4 + 0.3 * 0.9) =
// 0.4909. Making someone a success changes neither cause.
Environment collider_talent_luck() {
  return {
      .id = "collider_talent_luck-v1",
      .title = "Talent, luck and success",
      .story =
          "Talent and luck are independent of each other: knowing one says nothing of the other. "
          "Each makes success more "
          "likely. Newspapers write about the successful only.",
      .source = "A textbook collider (Berkson 1946, Biometrics Bulletin 2); numbers chosen.",
      .roles = {.treatment = "talent", .outcome = "luck", .colliders = {"success"}},
      .model = released_model(
          ModelBuilder("collider_talent_luck-v1", "talent -> success <- luck")
              .label("talent", "Talent")
              .label("luck", "Luck")
              .label("success", "Success")
              .table("talent", {}, {0.7, 0.3})
              .table("luck", {}, {0.7, 0.3})
              .table("success", {"talent", "luck"}, {0.95, 0.05, 0.6, 0.4, 0.6, 0.4, 0.1, 0.9})),
      .queries = {"P(luck)", "P(talent)", "P(luck | success)", "P(luck | talent, success)"},
      .interventions = {"success=true", "talent=true"},
      .notes = "Among the successful, talent and luck are associated; doing success breaks that."};
}

}  // namespace causal_gym
