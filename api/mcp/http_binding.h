// The streamable HTTP binding of MCP without its sockets: which session a POST belongs to, what its
// headers must say, and the status of the answer.
// Source: modelcontextprotocol.io/specification, transports of 2025-03-26 to 2026-07-28.
#pragma once

#include <list>
#include <memory>

#include "api/mcp/mcp_session.h"

namespace causal_gym {

// Of a POST, by header; missing ones are none.
struct McpPost {
  std::string_view body;
  std::optional<std::string> session_id;  // Mcp-Session-Id
  std::optional<std::string> version;     // MCP-Protocol-Version
  std::optional<std::string> method;      // Mcp-Method
  std::optional<std::string> name;        // Mcp-Name
};

struct McpPostReply {
  int status = 200;                       // 202: there is nothing to say
  std::vector<std::string> messages;      // each on one line
  std::optional<std::string> session_id;  // of a session that has just begun
};

struct McpHttpLimits {
  std::size_t sessions = 256;       // beyond, the longest unused is forgotten
  std::chrono::seconds idle{3600};  // unused for so long, a session is forgotten
};

// Safe from any thread. The server outlives it. A client whose session is forgotten gets 404 and
// begins another one; its episodes are still there.
class McpHttp {
 public:
  explicit McpHttp(McpServer& server, McpHttpLimits limits = {})
      : server_(server), limits_(limits) {}

  // `connection` is cancelled when the client has gone or the server must end.
  [[nodiscard]] McpPostReply post(const McpPost& post, const CancellationToken& connection);
  // False when there is no such session.
  bool end_session(const std::string& id);
  [[nodiscard]] std::size_t sessions() const;

  // Cancels the work of every request whose connection is cancelled: to be called now and then.
  void pass_on_cancellation();

 private:
  struct Entry {
    std::shared_ptr<McpSession> session;
    std::chrono::nanoseconds used;
  };
  struct Work {
    McpCall call;
    CancellationToken connection;
  };
  [[nodiscard]] McpPostReply stateless(const McpPost& post, const nlohmann::json& message,
                                       const CancellationToken& connection);
  [[nodiscard]] McpPostReply begin_session(const nlohmann::json& message);
  [[nodiscard]] McpPostReply in_session(const McpPost& post, const nlohmann::json& message,
                                        const CancellationToken& connection);
  [[nodiscard]] McpPostReply worked_on(McpSession& session, McpCall call,
                                       const CancellationToken& connection);
  [[nodiscard]] std::shared_ptr<McpSession> find_session(const std::string& id);
  void keep_session(const std::string& id, std::shared_ptr<McpSession> session);

  McpServer& server_;
  McpHttpLimits limits_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> sessions_;
  std::list<Work> works_;
};

}  // namespace causal_gym
