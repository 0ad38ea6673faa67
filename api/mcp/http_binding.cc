#include "api/mcp/http_binding.h"

#include <algorithm>

#include "api/json_text.h"
#include "api/mcp/base64.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::string_view encoded_begin = "=?base64?";
constexpr std::string_view encoded_end = "?=";

McpPostReply refused(const json& id, const RpcError& error) {
  return {error.http_status, {json_line(rpc_error_message(id, error))}, std::nullopt};
}

json id_of(const json& message) {
  const auto read = read_rpc_message(message);
  return read ? read->id : read.error().id;
}

// A header's value as the client meant it; none when its encoding is broken.
std::optional<std::string> decoded(const std::string& value) {
  const std::string_view text = value;
  if (!text.starts_with(encoded_begin) || !text.ends_with(encoded_end) ||
      text.size() < encoded_begin.size() + encoded_end.size())
    return value;
  return base64_decoded(
      text.substr(encoded_begin.size(), text.size() - encoded_begin.size() - encoded_end.size()));
}

// Why a header does not say what the body says; none when it does.
std::optional<std::string> mismatch(const char* header, const std::optional<std::string>& value,
                                    const json& in_body) {
  if (!value) return std::string(header) + " is missing";
  const auto said = decoded(*value);
  if (said && in_body.is_string() && *said == in_body.get_ref<const std::string&>())
    return std::nullopt;
  return std::string(header) + " says '" + shown_text(*value) + "', the body " +
         shown_text(in_body.dump());
}

std::optional<std::string> header_mismatch(const McpPost& post, const json& message) {
  const auto& params = message["params"];
  if (auto wrong = mismatch("MCP-Protocol-Version", post.version, params["_meta"][mcp_version_key]))
    return wrong;
  const auto method = message.value("method", json());
  if (auto wrong = mismatch("Mcp-Method", post.method, method)) return wrong;
  if (method == "tools/call") return mismatch("Mcp-Name", post.name, params.value("name", json()));
  if (method == "resources/read")
    return mismatch("Mcp-Name", post.name, params.value("uri", json()));
  return std::nullopt;
}

bool names_stateless_revision(const std::optional<std::string>& version) {
  const auto revision = version ? find_revision(*version) : std::nullopt;
  return revision && is_stateless(*revision);
}

RpcError invalid_request(std::string message, int status) {
  return {rpc_invalid_request, std::move(message), nullptr, status};
}

}  // namespace

McpPostReply McpHttp::post(const McpPost& post, const CancellationToken& connection) {
  const auto message = parse_json(post.body, server_.options().operations.json_limits);
  if (!message) {
    McpSession nobody(server_);
    auto answer = nobody.answer(nobody.receive(post.body));
    return {answer.http_status, std::move(answer.messages), std::nullopt};
  }
  const bool carries = message->is_object() && carries_revision(message->value("params", json()));
  if (carries || names_stateless_revision(post.version))
    return stateless(post, *message, connection);
  if (message->is_object() && message->value("method", json()) == "initialize")
    return begin_session(*message);
  return in_session(post, *message, connection);
}

McpPostReply McpHttp::stateless(const McpPost& post, const json& message,
                                const CancellationToken& connection) {
  if (message.is_object() && carries_revision(message.value("params", json())) &&
      message.contains("id"))
    if (const auto wrong = header_mismatch(post, message))
      return refused(id_of(message), {mcp_header_mismatch, *wrong, nullptr, 400});
  McpSession session(server_);
  return worked_on(session, session.receive_message(message), connection);
}

McpPostReply McpHttp::begin_session(const json& message) {
  const auto session = std::make_shared<McpSession>(server_);
  auto answer = session->answer(session->receive_message(message));
  McpPostReply reply = {answer.http_status, std::move(answer.messages), std::nullopt};
  if (reply.messages.empty()) reply.status = 202;
  if (!session->revision()) return reply;
  const auto id = server_.options().new_handle();
  keep_session(id, session);
  reply.session_id = id;
  return reply;
}

McpPostReply McpHttp::in_session(const McpPost& post, const json& message,
                                 const CancellationToken& connection) {
  const auto id = id_of(message);
  if (!post.session_id)
    return refused(id, invalid_request("the header Mcp-Session-Id is missing: initialize begins a "
                                       "session, or name the revision in params._meta",
                                       400));
  const auto session = find_session(*post.session_id);
  if (session == nullptr)
    return refused(id, invalid_request("no such session: begin one with initialize", 404));
  if (post.version && !find_revision(*post.version))
    return refused(id, {mcp_unsupported_version,
                        "unsupported protocol version",
                        {{"supported", revision_names()}, {"requested", shown_text(*post.version)}},
                        400});
  return worked_on(*session, session->receive_message(message), connection);
}

McpPostReply McpHttp::worked_on(McpSession& session, McpCall call,
                                const CancellationToken& connection) {
  std::list<Work> mine;
  mine.push_back({call, connection});
  const auto entry = mine.begin();
  {
    const std::lock_guard lock(mutex_);
    works_.splice(works_.end(), mine);
  }
  auto answer = session.answer(std::move(call));
  {
    const std::lock_guard lock(mutex_);
    works_.erase(entry);
  }
  const int status = answer.messages.empty() ? 202 : answer.http_status;
  return {status, std::move(answer.messages), std::nullopt};
}

std::shared_ptr<McpSession> McpHttp::find_session(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto entry = sessions_.find(id);
  if (entry == sessions_.end()) return nullptr;
  const auto now = server_.options().now();
  if (now - entry->second.used > limits_.idle) {
    sessions_.erase(entry);
    return nullptr;
  }
  entry->second.used = now;
  return entry->second.session;
}

void McpHttp::keep_session(const std::string& id, std::shared_ptr<McpSession> session) {
  const std::lock_guard lock(mutex_);
  const auto now = server_.options().now();
  if (sessions_.size() >= limits_.sessions)
    std::erase_if(sessions_,
                  [&](const auto& entry) { return now - entry.second.used > limits_.idle; });
  if (sessions_.size() >= limits_.sessions)
    sessions_.erase(std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  sessions_[id] = {std::move(session), now};
}

bool McpHttp::end_session(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto entry = sessions_.find(id);
  if (entry == sessions_.end()) return false;
  entry->second.session->cancel_all();
  sessions_.erase(entry);
  return true;
}

std::size_t McpHttp::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void McpHttp::pass_on_cancellation() {
  const std::lock_guard lock(mutex_);
  for (auto& work : works_)
    if (work.connection.cancelled()) work.call.cancel();
}

}  // namespace causal_gym
