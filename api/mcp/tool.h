// A tool of the MCP server: its schemas and its function. Tools are values in a list; their input
// is checked against the names and the required fields of the schema before the function sees it.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/mcp/episode_table.h"
#include "api/mcp/revision.h"
#include "api/operations.h"

namespace causal_gym {

struct ToolContext {
  const OperationContext& operations;
  EpisodeTable& episodes;
  std::chrono::nanoseconds now{0};  // of the steady clock
};

struct ToolAnswer {
  std::string text;           // for a reader: all that `structured` says
  nlohmann::json structured;  // fits the output schema
  nlohmann::json more_content = nlohmann::json::array();  // content blocks after the text
};

struct McpTool {
  std::string name;
  std::string title;
  std::string description;
  nlohmann::json input_schema;   // an object's
  nlohmann::json output_schema;  // an object's
  bool read_only = true;
  std::function<Result<ToolAnswer>(const nlohmann::json& arguments, const ToolContext& context)>
      function;
};

// The tool as tools/list tells it in that revision.
[[nodiscard]] nlohmann::json tool_json(const McpTool& tool, McpRevision revision);

// The result of tools/call: the tool's answer, or its error as text with isError.
[[nodiscard]] nlohmann::json call_tool(const McpTool& tool, const nlohmann::json& arguments,
                                       const ToolContext& context, McpRevision revision);

// Ok when every required property is there and no other than the schema's. Errors: unknown_name
// with the nearest spelling, invalid_argument.
[[nodiscard]] Status check_arguments(const nlohmann::json& arguments,
                                     const nlohmann::json& input_schema);

}  // namespace causal_gym
