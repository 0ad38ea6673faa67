// The MCP server without its transport: the methods, over lists of tools and of resources. Pure but
// for the run store, the clock and the source of handles, which are given to it.
// Source: modelcontextprotocol.io/specification, 2024-11-05 to 2026-07-28.
#pragma once

#include <vector>

#include "api/mcp/json_rpc.h"
#include "api/mcp/revision.h"
#include "api/mcp/tool.h"

namespace causal_gym {

struct McpLimits {
  EpisodeTableLimits episodes;
  std::size_t page = 100;               // tools or runs in one page of a list
  std::size_t batch = 64;               // messages in one list of them
  std::size_t requests_in_flight = 64;  // of one session
};

// Which tools there are. The engine knows the environments' models: where participants are scored,
// `play` alone keeps the truth from them until an episode has ended.
enum class McpToolset { all, play, engine };

struct McpOptions {
  std::string version;  // of this program
  McpToolset toolset = McpToolset::all;
  RunReader* runs = nullptr;                      // outlives the server; may be missing
  std::function<std::string()> new_handle;        // never the same twice, not to be guessed
  std::function<std::chrono::nanoseconds()> now;  // of a steady clock
  OperationContext operations;                    // limits; its store and cancellation are not used
  McpLimits limits;
};

// Safe from any thread.
class McpServer {
 public:
  explicit McpServer(McpOptions options);

  [[nodiscard]] const McpOptions& options() const { return options_; }

  // The result of `initialize`. Errors: invalid_params.
  [[nodiscard]] RpcResult<nlohmann::json> initialize(const nlohmann::json& params,
                                                     McpRevision& agreed) const;
  // The result of any other request. Errors: method_not_found, invalid_params, internal_error.
  [[nodiscard]] RpcResult<nlohmann::json> call(const RpcMessage& request, McpRevision revision,
                                               const CancellationToken& cancellation);

 private:
  struct Call;
  [[nodiscard]] nlohmann::json capabilities() const;
  [[nodiscard]] nlohmann::json server_info(McpRevision revision) const;
  [[nodiscard]] nlohmann::json discover() const;
  [[nodiscard]] RpcResult<nlohmann::json> list_tools(const Call& call) const;
  [[nodiscard]] RpcResult<nlohmann::json> call_named_tool(const Call& call);
  [[nodiscard]] RpcResult<nlohmann::json> resource_method(const Call& call) const;
  [[nodiscard]] RpcResult<nlohmann::json> dispatch(const Call& call);
  [[nodiscard]] OperationContext operations(const CancellationToken& cancellation) const;

  McpOptions options_;
  std::vector<McpTool> tools_;
  EpisodeTable episodes_;
};

}  // namespace causal_gym
