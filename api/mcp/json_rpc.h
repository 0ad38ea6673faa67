// JSON-RPC 2.0 messages as the Model Context Protocol uses them: ids are texts or whole numbers,
// params are objects, an error whose request had no readable id has none.
// Source: jsonrpc.org/specification; modelcontextprotocol.io/specification, base protocol.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>

namespace causal_gym {

inline constexpr int rpc_parse_error = -32700;
inline constexpr int rpc_invalid_request = -32600;
inline constexpr int rpc_method_not_found = -32601;
inline constexpr int rpc_invalid_params = -32602;
inline constexpr int rpc_internal_error = -32603;
inline constexpr int mcp_resource_not_found = -32002;  // until 2025-11-25
inline constexpr int mcp_header_mismatch = -32020;
inline constexpr int mcp_unsupported_version = -32022;

struct RpcError {
  int code = rpc_internal_error;
  std::string message;
  nlohmann::json data = nullptr;
  int http_status = 200;  // of the answer that carries it, where the transport is HTTP
};

template <class T>
using RpcResult = tl::expected<T, RpcError>;

[[nodiscard]] inline tl::unexpected<RpcError> rpc_fail(int code, std::string message,
                                                       nlohmann::json data = nullptr,
                                                       int http_status = 200) {
  return tl::unexpected<RpcError>(RpcError{code, std::move(message), std::move(data), http_status});
}

struct RpcMessage {
  enum class Kind { request, notification, response };
  Kind kind = Kind::request;
  nlohmann::json id;  // of a request
  std::string method;
  nlohmann::json params = nlohmann::json::object();
};

struct RpcRefusal {
  nlohmann::json id;  // null when it cannot be read
  RpcError error;
};

inline constexpr std::size_t rpc_id_bytes_limit = 256;

// Refused with invalid_request: what is no object, has no "jsonrpc": "2.0", or a method, id or
// params of another type.
[[nodiscard]] tl::expected<RpcMessage, RpcRefusal> read_rpc_message(const nlohmann::json& value);

[[nodiscard]] nlohmann::json rpc_result_message(const nlohmann::json& id, nlohmann::json result);
[[nodiscard]] nlohmann::json rpc_error_message(const nlohmann::json& id, const RpcError& error);

// The text, or its first bytes and "..." when it is long: what a client sent, as a message shows
// it.
[[nodiscard]] std::string shown_text(std::string_view text);

}  // namespace causal_gym
