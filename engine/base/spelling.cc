#include "engine/base/spelling.h"

#include <algorithm>
#include <vector>

namespace causal_gym {

namespace {

constexpr std::size_t longest_compared = 128;  // characters; longer names get no suggestion

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  const auto columns = b.size() + 1;
  std::vector<int> before_last(columns), last(columns), current(columns);
  for (std::size_t j = 0; j < columns; ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j < columns; ++j) {
      const int change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        current[j] = std::min(current[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

std::string nearest_spelling(std::string_view name, std::span<const std::string> candidates) {
  if (name.empty() || name.size() > longest_compared) return {};
  // Of one or two letters a change leaves too little: only the case may differ.
  const int most = name.size() < 3 ? 0 : std::clamp(static_cast<int>(name.size()) / 3, 1, 4);
  int best = most + 1;
  std::string nearest;
  for (const auto& candidate : candidates) {
    if (candidate.size() > longest_compared) continue;
    const int distance = edit_distance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string spelling_suggestion(std::string_view name, std::span<const std::string> candidates) {
  const auto nearest = nearest_spelling(name, candidates);
  return nearest.empty() ? std::string() : "did you mean '" + nearest + "'?";
}

}  // namespace causal_gym
