// The nearest valid spelling of a misspelt name, for error messages.
// Source: Damerau 1964 (optimal string alignment distance). Cost: O(|name| * |candidate|) each.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace causal_gym {

// Number of insertions, deletions, substitutions and adjacent transpositions, ASCII case ignored.
[[nodiscard]] int edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to name, or "" when none is within a third of its length (at least 1, at
// most 4; of one or two letters, none but in case). Ties go to the earlier candidate.
[[nodiscard]] std::string nearest_spelling(std::string_view name,
                                           std::span<const std::string> candidates);

// "did you mean 'rain'?", or "" when nothing is near.
[[nodiscard]] std::string spelling_suggestion(std::string_view name,
                                              std::span<const std::string> candidates);

}  // namespace causal_gym
