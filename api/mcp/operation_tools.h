// The engine's tools: every row of the operation table as an MCP tool. Its input schema is made
// from the row's fields, its result is the operation's own answer.
#pragma once

#include "api/mcp/tool.h"

namespace causal_gym {

// The JSON Schema of a field's values.
[[nodiscard]] nlohmann::json field_schema(const FieldSpec& field);

// In the order of the table. `draw` takes one argument more, `image`: the picture as an image too.
[[nodiscard]] std::vector<McpTool> operation_tools();

}  // namespace causal_gym
