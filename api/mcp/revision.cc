#include "api/mcp/revision.h"

#include <array>
#include <cstddef>

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, 5> names = {"2024-11-05", "2025-03-26", "2025-06-18",
                                                   "2025-11-25", "2026-07-28"};

}  // namespace

std::string_view revision_name(McpRevision revision) {
  return names[static_cast<std::size_t>(revision)];
}

std::optional<McpRevision> find_revision(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<McpRevision>(i);
  return std::nullopt;
}

std::vector<std::string_view> revision_names() { return {names.rbegin(), names.rend()}; }

}  // namespace causal_gym
