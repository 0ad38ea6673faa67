// One client's conversation with the MCP server: message text in, message texts out, whatever
// carries them.
//
// A message is received, which is quick: notifications take effect, malformed messages and the
// handshake get their answers. What remains of it is answered later, on any thread, and can be
// cancelled meanwhile by another message. A request that carries its own revision needs no
// handshake and may come between those of a handshake.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <variant>

#include "api/mcp/mcp_server.h"

namespace causal_gym {

// A message that was received and not yet answered.
class McpCall {
 public:
  // Stops the work on it; its requests get no answer.
  void cancel();
  // Is there anything to answer?
  [[nodiscard]] bool empty() const { return parts_.empty(); }

 private:
  friend class McpSession;
  struct Pending {
    RpcMessage request;
    McpRevision revision;
    CancellationSource source;
  };
  struct Ready {
    nlohmann::json message;
    int http_status = 200;
  };
  std::vector<std::variant<Pending, Ready>> parts_;
  bool batch_ = false;
};

struct McpAnswer {
  std::vector<std::string> messages;  // each on one line, without its end
  int http_status = 200;              // where the transport is HTTP
};

// Safe from any thread. The server outlives its sessions.
class McpSession {
 public:
  explicit McpSession(McpServer& server) : server_(server) {}

  // Never fails: what is wrong with the text is what the call answers.
  [[nodiscard]] McpCall receive(std::string_view text);
  [[nodiscard]] McpCall receive_message(const nlohmann::json& message);
  [[nodiscard]] McpAnswer answer(McpCall call);
  // Cancels every request that was received and not yet answered.
  void cancel_all();
  // What the handshake agreed on; none before it.
  [[nodiscard]] std::optional<McpRevision> revision() const;

 private:
  void receive_one(const nlohmann::json& message, McpCall& call);
  void receive_request(RpcMessage request, McpCall& call);
  void begin(RpcMessage request, McpRevision revision, McpCall& call);
  [[nodiscard]] RpcResult<nlohmann::json> handshake(const RpcMessage& request, bool in_batch);
  [[nodiscard]] RpcResult<McpRevision> revision_of(const RpcMessage& request) const;
  void take_notification(const RpcMessage& notification);
  void answer_pending(McpCall::Pending& pending, nlohmann::json& messages, int& http_status);

  McpServer& server_;
  mutable std::mutex mutex_;
  std::optional<McpRevision> revision_;
  std::map<std::string, CancellationSource> in_flight_;  // by the id's JSON text
};

// The key of a request's `_meta` that holds its revision, in revisions without a handshake.
inline constexpr const char* mcp_version_key = "io.modelcontextprotocol/protocolVersion";

// Do the params of a request carry its revision?
[[nodiscard]] bool carries_revision(const nlohmann::json& params);

}  // namespace causal_gym
