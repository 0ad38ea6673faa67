#include "api/mcp/mcp_server.h"

#include <algorithm>
#include <charconv>

#include "api/mcp/operation_tools.h"
#include "api/mcp/play_tools.h"
#include "api/mcp/resources.h"
#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::int64_t fixed_list_fresh_ms = 3'600'000;  // lists that never change while we run

constexpr const char* play_instructions =
    "To play: list_environments, enter_environment, then state_belief for each open question, "
    "intervene, and state the beliefs anew; when the episode has ended, episode_score. ";
constexpr const char* engine_instructions =
    "To compute: identify, explain, adjustment_sets, separated and their kin take a graph such as "
    "\"z -> x; z -> y; x -> y\"; ask takes a model and a query such as P(y | do(x=1)); draw gives "
    "a picture. ";

std::vector<McpTool> tools_of(McpToolset toolset) {
  std::vector<McpTool> tools;
  if (toolset != McpToolset::engine) tools = play_tools();
  if (toolset != McpToolset::play)
    for (auto& tool : operation_tools()) tools.push_back(std::move(tool));
  return tools;
}

RpcResult<std::string> text_param(const json& params, const char* name, bool required) {
  if (!params.contains(name) && !required) return std::string();
  if (!params.contains(name) || !params[name].is_string())
    return rpc_fail(rpc_invalid_params, std::string("'") + name + "' is a text");
  return params[name].get<std::string>();
}

json cacheable(json result, std::int64_t fresh_ms) {
  result["ttlMs"] = fresh_ms;
  // What never changes is the same for all; runs belong to whoever may see them.
  result["cacheScope"] = fresh_ms > 0 ? "public" : "private";
  return result;
}

}  // namespace

// A request with the revision and the cancellation it is answered under.
struct McpServer::Call {
  const RpcMessage& request;
  McpRevision revision;
  const CancellationToken& cancellation;
};

McpServer::McpServer(McpOptions options)
    : options_(std::move(options)),
      tools_(tools_of(options_.toolset)),
      episodes_(options_.limits.episodes, options_.new_handle) {}

json McpServer::capabilities() const {
  json declared = {{"tools", json::object()}};
  // Resources tell every model and truth: a participant gets none.
  if (options_.toolset != McpToolset::play) declared["resources"] = json::object();
  return declared;
}

json McpServer::server_info(McpRevision revision) const {
  json info = {{"name", "causal-gym"}, {"version", options_.version}};
  if (has_structured_content(revision)) info["title"] = "Causal Interface Gym";
  return info;
}

json McpServer::discover() const {
  std::string instructions;
  if (options_.toolset != McpToolset::engine) instructions += play_instructions;
  if (options_.toolset != McpToolset::play) instructions += engine_instructions;
  return {{"supportedVersions", revision_names()},
          {"capabilities", capabilities()},
          {"instructions", instructions}};
}

RpcResult<json> McpServer::initialize(const json& params, McpRevision& agreed) const {
  const auto version = text_param(params, "protocolVersion", true);
  if (!version) return tl::unexpected<RpcError>(version.error());
  for (const auto* name : {"capabilities", "clientInfo"})
    if (params.contains(name) && !params[name].is_object())
      return rpc_fail(rpc_invalid_params, std::string("'") + name + "' is an object");
  const auto asked = find_revision(*version);
  agreed = asked && !is_stateless(*asked) ? *asked : newest_handshake_revision;
  auto about = discover();
  return json{{"protocolVersion", revision_name(agreed)},
              {"capabilities", std::move(about["capabilities"])},
              {"serverInfo", server_info(agreed)},
              {"instructions", std::move(about["instructions"])}};
}

OperationContext McpServer::operations(const CancellationToken& cancellation) const {
  auto context = options_.operations;
  context.cancellation = cancellation;
  context.runs = options_.runs;
  return context;
}

RpcResult<json> McpServer::list_tools(const Call& call) const {
  const auto cursor = text_param(call.request.params, "cursor", false);
  if (!cursor) return tl::unexpected<RpcError>(cursor.error());
  std::size_t first = 0;
  if (!cursor->empty()) {
    const auto* end = cursor->data() + cursor->size();
    const auto read = std::from_chars(cursor->data(), end, first);
    if (read.ec != std::errc() || read.ptr != end || first == 0 || first >= tools_.size() ||
        first % options_.limits.page != 0)
      return rpc_fail(rpc_invalid_params, "no page gave the cursor '" + shown_text(*cursor) + "'");
  }
  const auto last = std::min(first + options_.limits.page, tools_.size());
  json tools = json::array();
  for (auto i = first; i < last; ++i) tools.push_back(tool_json(tools_[i], call.revision));
  json result = {{"tools", std::move(tools)}};
  if (last < tools_.size()) result["nextCursor"] = std::to_string(last);
  return result;
}

RpcResult<json> McpServer::call_named_tool(const Call& call) {
  const auto& params = call.request.params;
  const auto name = text_param(params, "name", true);
  if (!name) return tl::unexpected<RpcError>(name.error());
  const auto arguments = params.value("arguments", json::object());
  if (!arguments.is_object()) return rpc_fail(rpc_invalid_params, "'arguments' is an object");
  const auto tool = std::find_if(tools_.begin(), tools_.end(),
                                 [&](const McpTool& one) { return one.name == *name; });
  if (tool == tools_.end()) {
    std::vector<std::string> names;
    for (const auto& one : tools_) names.push_back(one.name);
    const auto suggestion = spelling_suggestion(*name, names);
    return rpc_fail(rpc_invalid_params, "no tool '" + shown_text(*name) + "'" +
                                            (suggestion.empty() ? "" : "; " + suggestion));
  }
  const auto context = operations(call.cancellation);
  return call_tool(*tool, arguments, {context, episodes_, options_.now()}, call.revision);
}

RpcResult<json> McpServer::resource_method(const Call& call) const {
  const auto& method = call.request.method;
  const auto context = operations(call.cancellation);
  if (method == "resources/read") {
    const auto uri = text_param(call.request.params, "uri", true);
    if (!uri) return tl::unexpected<RpcError>(uri.error());
    return read_resource(*uri, call.revision, context);
  }
  const auto cursor = text_param(call.request.params, "cursor", false);
  if (!cursor) return tl::unexpected<RpcError>(cursor.error());
  if (method == "resources/list") return list_resources(*cursor, options_.limits.page, context);
  if (!cursor->empty())
    return rpc_fail(rpc_invalid_params, "no page gave the cursor '" + shown_text(*cursor) + "'");
  return json{{"resourceTemplates", resource_templates()}};
}

RpcResult<json> McpServer::dispatch(const Call& call) {
  const auto& method = call.request.method;
  const bool stateless = is_stateless(call.revision);
  const auto fixed = [](RpcResult<json> result) {
    return result.map([](json value) { return cacheable(std::move(value), fixed_list_fresh_ms); });
  };
  if (method == "ping" && !stateless) return json::object();
  if (method == "server/discover" && stateless) return fixed(discover());
  if (method == "tools/list") return fixed(list_tools(call));
  if (method == "tools/call") return call_named_tool(call);
  if (method == "subscriptions/listen" && stateless) {
    if (!call.request.params.value("notifications", json()).is_object())
      return rpc_fail(rpc_invalid_params, "'notifications' is an object");
    return json{{"_meta", {{"io.modelcontextprotocol/subscriptionId", call.request.id}}}};
  }
  if (capabilities().contains("resources")) {
    if (method == "resources/templates/list") return fixed(resource_method(call));
    if (method == "resources/list" || method == "resources/read")
      return resource_method(call).map([](json value) { return cacheable(std::move(value), 0); });
  }
  return rpc_fail(rpc_method_not_found, "no method '" + shown_text(method) + "'", nullptr,
                  stateless ? 404 : 200);
}

RpcResult<json> McpServer::call(const RpcMessage& request, McpRevision revision,
                                const CancellationToken& cancellation) {
  auto result = dispatch({request, revision, cancellation});
  if (!result) return result;
  if (is_stateless(revision)) {
    (*result)["resultType"] = "complete";
    (*result)["_meta"]["io.modelcontextprotocol/serverInfo"] = server_info(revision);
  } else {
    result->erase("ttlMs");
    result->erase("cacheScope");
  }
  return result;
}

}  // namespace causal_gym
