#include "api/mcp/json_rpc.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::size_t shown_bytes = 120;

bool is_id(const json& id) {
  if (const auto* text = id.get_ptr<const std::string*>())
    return text->size() <= rpc_id_bytes_limit;
  return id.is_number_integer();
}

tl::unexpected<RpcRefusal> refuse(json id, std::string message) {
  return tl::unexpected<RpcRefusal>(
      RpcRefusal{std::move(id), {rpc_invalid_request, std::move(message), nullptr, 400}});
}

}  // namespace

tl::expected<RpcMessage, RpcRefusal> read_rpc_message(const json& value) {
  if (!value.is_object())
    return refuse(nullptr, std::string("a message is an object, but found ") + value.type_name());
  const bool has_id = value.contains("id");
  const json id = has_id && is_id(value["id"]) ? value["id"] : json(nullptr);
  if (value.value("jsonrpc", json()) != json("2.0"))
    return refuse(id, "the message does not say \"jsonrpc\": \"2.0\"");
  if (!value.contains("method") && (value.contains("result") || value.contains("error")))
    return RpcMessage{RpcMessage::Kind::response, id, {}, {}};
  if (!value.contains("method") || !value["method"].is_string())
    return refuse(id, "the message names no method");
  if (has_id && id.is_null())
    return refuse(nullptr, "an id is a whole number or a text of at most " +
                               std::to_string(rpc_id_bytes_limit) + " bytes");
  RpcMessage message{has_id ? RpcMessage::Kind::request : RpcMessage::Kind::notification, id,
                     value["method"].get<std::string>(), json::object()};
  if (value.contains("params")) {
    if (!value["params"].is_object())
      return refuse(id,
                    "params are an object, but found " + std::string(value["params"].type_name()));
    message.params = value["params"];
  }
  return message;
}

json rpc_result_message(const json& id, json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

json rpc_error_message(const json& id, const RpcError& error) {
  json message = {{"jsonrpc", "2.0"},
                  {"error", {{"code", error.code}, {"message", error.message}}}};
  if (!id.is_null()) message["id"] = id;
  if (!error.data.is_null()) message["error"]["data"] = error.data;
  return message;
}

std::string shown_text(std::string_view text) {
  std::string shown(text);
  if (shown.size() <= shown_bytes) return shown;
  shown.resize(shown_bytes);
  return shown.append("...");
}

}  // namespace causal_gym
