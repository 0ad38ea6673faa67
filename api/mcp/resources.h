// What an MCP client may read: environments and runs, each as the JSON document that the operations
// `environments` and `runs` give.
#pragma once

#include "api/mcp/json_rpc.h"
#include "api/mcp/revision.h"
#include "api/operations.h"

namespace causal_gym {

// A page of resources/list: the environments and the newest runs, then older runs. Without a run
// store, the environments. Errors: invalid_params (a cursor that no page gave); internal_error
// (the store cannot be read).
[[nodiscard]] RpcResult<nlohmann::json> list_resources(const std::string& cursor,
                                                       std::size_t page_size,
                                                       const OperationContext& context);

[[nodiscard]] nlohmann::json resource_templates();

// The result of resources/read. Errors: the revision's code for a resource that is not there, with
// its uri; internal_error.
[[nodiscard]] RpcResult<nlohmann::json> read_resource(const std::string& uri, McpRevision revision,
                                                      const OperationContext& context);

}  // namespace causal_gym
