#include "api/mcp/tool.h"

#include "api/json_fields.h"

namespace causal_gym {

using nlohmann::json;

json tool_json(const McpTool& tool, McpRevision revision) {
  json written = {
      {"name", tool.name}, {"description", tool.description}, {"inputSchema", tool.input_schema}};
  if (has_structured_content(revision)) {
    written["title"] = tool.title;
    written["outputSchema"] = tool.output_schema;
  }
  if (has_tool_annotations(revision))
    written["annotations"] = {{"title", tool.title},
                              {"readOnlyHint", tool.read_only},
                              {"destructiveHint", false},
                              {"idempotentHint", tool.read_only},
                              {"openWorldHint", false}};
  return written;
}

Status check_arguments(const json& arguments, const json& input_schema) {
  std::vector<std::string> known;
  for (const auto& [name, schema] : input_schema.at("properties").items()) known.push_back(name);
  CAUSAL_GYM_CHECKED(check_object(arguments, known, ""));
  for (const auto& name : input_schema.value("required", json::array()))
    if (!arguments.contains(name.get_ref<const std::string&>()))
      return fail(ErrorCode::invalid_argument,
                  "the argument '" + name.get<std::string>() + "' is missing",
                  name.get<std::string>());
  return {};
}

json call_tool(const McpTool& tool, const json& arguments, const ToolContext& context,
               McpRevision revision) {
  auto answer = tool.function(arguments, context);
  if (!answer)
    return {{"content", json::array({{{"type", "text"}, {"text", error_text(answer.error())}}})},
            {"isError", true}};
  json content = json::array({{{"type", "text"}, {"text", std::move(answer->text)}}});
  for (auto& block : answer->more_content) content.push_back(std::move(block));
  json result = {{"content", std::move(content)}, {"isError", false}};
  if (has_structured_content(revision)) result["structuredContent"] = std::move(answer->structured);
  return result;
}

}  // namespace causal_gym
