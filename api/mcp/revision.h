// The revisions of the Model Context Protocol that are spoken here, and what differs between them.
// Source: modelcontextprotocol.io/specification, the pages of each revision.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace causal_gym {

// Oldest first. All but the last open with an `initialize` handshake; the last has no handshake and
// no session: each request carries its revision.
enum class McpRevision { november_2024, march_2025, june_2025, november_2025, july_2026 };

inline constexpr McpRevision newest_handshake_revision = McpRevision::november_2025;
inline constexpr McpRevision newest_revision = McpRevision::july_2026;

[[nodiscard]] std::string_view revision_name(McpRevision revision);  // "2025-11-25"
[[nodiscard]] std::optional<McpRevision> find_revision(std::string_view name);
[[nodiscard]] std::vector<std::string_view> revision_names();  // newest first

[[nodiscard]] inline bool is_stateless(McpRevision revision) {
  return revision >= McpRevision::july_2026;
}
// Several messages in one list: in one revision only.
[[nodiscard]] inline bool has_batches(McpRevision revision) {
  return revision == McpRevision::march_2025;
}
[[nodiscard]] inline bool has_tool_annotations(McpRevision revision) {
  return revision >= McpRevision::march_2025;
}
// outputSchema, structuredContent and titles.
[[nodiscard]] inline bool has_structured_content(McpRevision revision) {
  return revision >= McpRevision::june_2025;
}

}  // namespace causal_gym
