#include "api/mcp/mcp_session.h"

#include <exception>

#include "api/json_text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr const char* capabilities_key = "io.modelcontextprotocol/clientCapabilities";

tl::unexpected<RpcError> malformed(std::string message) {
  return rpc_fail(rpc_invalid_params, std::move(message), nullptr, 400);
}

// The revision that a request's `_meta` names.
RpcResult<McpRevision> carried_revision(const json& meta) {
  const auto& named = meta.at(mcp_version_key);
  if (!named.is_string()) return malformed(std::string("'") + mcp_version_key + "' is a text");
  const auto revision = find_revision(named.get_ref<const std::string&>());
  if (!revision || !is_stateless(*revision))
    return rpc_fail(mcp_unsupported_version, "unsupported protocol version",
                    {{"supported", revision_names()},
                     {"requested", shown_text(named.get_ref<const std::string&>())}},
                    400);
  if (!meta.contains(capabilities_key) || !meta[capabilities_key].is_object())
    return malformed(std::string("'") + capabilities_key + "' is an object in params._meta");
  return *revision;
}

}  // namespace

bool carries_revision(const json& params) {
  return params.is_object() && params.contains("_meta") && params["_meta"].is_object() &&
         params["_meta"].contains(mcp_version_key);
}

void McpCall::cancel() {
  for (auto& part : parts_)
    if (auto* pending = std::get_if<Pending>(&part)) pending->source.cancel();
}

std::optional<McpRevision> McpSession::revision() const {
  const std::lock_guard lock(mutex_);
  return revision_;
}

void McpSession::cancel_all() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, source] : in_flight_) source.cancel();
}

McpCall McpSession::receive(std::string_view text) {
  const auto message = parse_json(text, server_.options().operations.json_limits);
  if (message) return receive_message(*message);
  const bool too_large = message.error().code == ErrorCode::limit_exceeded;
  McpCall call;
  const RpcError error = {too_large ? rpc_invalid_request : rpc_parse_error,
                          error_text(message.error()), nullptr, too_large ? 413 : 400};
  call.parts_.emplace_back(McpCall::Ready{rpc_error_message(nullptr, error), error.http_status});
  return call;
}

McpCall McpSession::receive_message(const json& message) {
  McpCall call;
  const auto agreed = revision();
  if (!message.is_array() || !agreed || !has_batches(*agreed)) {
    receive_one(message, call);
    return call;
  }
  const auto limit = server_.options().limits.batch;
  if (message.empty() || message.size() > limit) {
    const RpcError error = {rpc_invalid_request,
                            "a batch holds 1 to " + std::to_string(limit) + " messages", nullptr,
                            400};
    call.parts_.emplace_back(McpCall::Ready{rpc_error_message(nullptr, error), 400});
    return call;
  }
  call.batch_ = true;
  for (const auto& one : message) receive_one(one, call);
  return call;
}

void McpSession::receive_one(const json& message, McpCall& call) {
  auto read = read_rpc_message(message);
  if (!read) {
    call.parts_.emplace_back(McpCall::Ready{rpc_error_message(read.error().id, read.error().error),
                                            read.error().error.http_status});
  } else if (read->kind == RpcMessage::Kind::notification) {
    take_notification(*read);
  } else if (read->kind == RpcMessage::Kind::request) {
    receive_request(*std::move(read), call);
  }  // A response answers nothing: no request is ever sent to a client.
}

void McpSession::receive_request(RpcMessage request, McpCall& call) {
  const auto ready = [&](json message, int http_status) {
    call.parts_.emplace_back(McpCall::Ready{std::move(message), http_status});
  };
  const bool carried = carries_revision(request.params);
  if (request.method == "initialize" && !carried) {
    auto result = handshake(request, call.batch_);
    if (result) return ready(rpc_result_message(request.id, *std::move(result)), 200);
    return ready(rpc_error_message(request.id, result.error()), result.error().http_status);
  }
  const auto revision = revision_of(request);
  if (!revision)
    return ready(rpc_error_message(request.id, revision.error()), revision.error().http_status);
  begin(std::move(request), *revision, call);
}

RpcResult<McpRevision> McpSession::revision_of(const RpcMessage& request) const {
  if (carries_revision(request.params)) return carried_revision(request.params["_meta"]);
  if (const auto agreed = revision()) return *agreed;
  if (request.method == "ping") return newest_handshake_revision;
  return malformed(std::string("the request carries no '") + mcp_version_key +
                   "' in params._meta, and there was no initialize");
}

RpcResult<json> McpSession::handshake(const RpcMessage& request, bool in_batch) {
  const std::lock_guard lock(mutex_);
  if (in_batch || revision_)
    return rpc_fail(rpc_invalid_request,
                    in_batch ? "initialize stands alone" : "the session is initialized", nullptr,
                    400);
  auto agreed = newest_handshake_revision;
  auto result = server_.initialize(request.params, agreed);
  if (result) revision_ = agreed;
  return result;
}

// A request whose work can be cancelled from now on.
void McpSession::begin(RpcMessage request, McpRevision revision, McpCall& call) {
  const std::lock_guard lock(mutex_);
  const auto limit = server_.options().limits.requests_in_flight;
  std::string refusal;
  if (in_flight_.contains(request.id.dump()))
    refusal = "a request with this id is being worked on";
  else if (in_flight_.size() >= limit)
    refusal = std::to_string(limit) + " requests are being worked on, which is the limit";
  if (!refusal.empty()) {
    const RpcError error = {rpc_invalid_request, refusal, nullptr, 400};
    call.parts_.emplace_back(McpCall::Ready{rpc_error_message(request.id, error), 400});
    return;
  }
  CancellationSource source;
  in_flight_.emplace(request.id.dump(), source);
  call.parts_.emplace_back(McpCall::Pending{std::move(request), revision, source});
}

void McpSession::take_notification(const RpcMessage& notification) {
  if (notification.method != "notifications/cancelled") return;
  const auto id = notification.params.find("requestId");
  if (id == notification.params.end()) return;
  const std::lock_guard lock(mutex_);
  // A request that is unknown or answered already is none of ours any more.
  if (const auto found = in_flight_.find(id->dump()); found != in_flight_.end())
    found->second.cancel();
}

void McpSession::answer_pending(McpCall::Pending& pending, json& messages, int& http_status) {
  const auto& request = pending.request;
  const auto token = pending.source.token();
  RpcResult<json> result = rpc_fail(rpc_internal_error, "");
  try {
    if (!token.cancelled()) result = server_.call(request, pending.revision, token);
  } catch (const std::exception&) {  // memory ran out: the only exception left here
    result = rpc_fail(rpc_internal_error, "the request could not be worked on; try a smaller one");
  }
  {
    const std::lock_guard lock(mutex_);
    in_flight_.erase(request.id.dump());
  }
  if (token.cancelled()) return;
  if (result && request.method == "subscriptions/listen")
    // Nothing here ever changes, so that the stream begins, promises nothing, and ends.
    messages.push_back({{"jsonrpc", "2.0"},
                        {"method", "notifications/subscriptions/acknowledged"},
                        {"params",
                         {{"_meta", {{"io.modelcontextprotocol/subscriptionId", request.id}}},
                          {"notifications", json::object()}}}});
  if (!result) http_status = result.error().http_status;
  messages.push_back(result ? rpc_result_message(request.id, *std::move(result))
                            : rpc_error_message(request.id, result.error()));
}

McpAnswer McpSession::answer(McpCall call) {
  json messages = json::array();
  int http_status = 200;
  for (auto& part : call.parts_) {
    if (auto* ready = std::get_if<McpCall::Ready>(&part)) {
      http_status = ready->http_status;
      messages.push_back(std::move(ready->message));
    } else {
      answer_pending(std::get<McpCall::Pending>(part), messages, http_status);
    }
  }
  McpAnswer answer;
  if (call.batch_) {
    if (!messages.empty()) answer.messages.push_back(json_line(messages));
    return answer;
  }
  answer.http_status = http_status;
  for (const auto& message : messages) answer.messages.push_back(json_line(message));
  return answer;
}

}  // namespace causal_gym
