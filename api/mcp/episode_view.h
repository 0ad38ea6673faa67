// An episode as its player sees it: where it stands, and how it was scored; each as JSON and as
// text that says the same.
#pragma once

#include "api/mcp/tool.h"
#include "gym/environment/environment.h"

namespace causal_gym {

// What of the observations to show with the standing: nothing, the phase's own, or all.
enum class ShownObservations { none, newest, all };

[[nodiscard]] ToolAnswer standing(const std::string& handle, const ActiveEpisode& episode,
                                  ShownObservations shown);
[[nodiscard]] nlohmann::json standing_schema();

// Of an episode that has ended. Errors: those of measure_beliefs.
[[nodiscard]] Result<ToolAnswer> scored(const Environment& environment,
                                        const ActiveEpisode& episode);
[[nodiscard]] nlohmann::json scored_schema();

}  // namespace causal_gym
