// The MCP server at /mcp: streamable HTTP around api/mcp.
#pragma once

#include <memory>

#include "apps/server/routes.h"

namespace causal_gym {

// What the routes share; outlives them. Its one thread passes on to requests that are worked on
// that their client has gone.
class McpEndpoint {
 public:
  McpEndpoint(const Clock& clock, std::string version);
  ~McpEndpoint();
  McpEndpoint(const McpEndpoint&) = delete;
  McpEndpoint& operator=(const McpEndpoint&) = delete;

  // A session is its caller's alone, and sees the runs that the caller sees.
  [[nodiscard]] HttpResponse post(const Call& call);
  [[nodiscard]] HttpResponse end_session(const Call& call);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// May a page of this origin speak to a server at this address? DNS rebinding makes a foreign page's
// requests look local, so on a loopback address only pages of this machine may; elsewhere also
// pages of the host that the request names.
[[nodiscard]] bool is_allowed_origin(std::string_view origin, std::string_view host,
                                     std::string_view address);

// POST and DELETE; anything else at /mcp is 405.
[[nodiscard]] std::vector<ServerRoute> mcp_routes(ServerParts& parts);

}  // namespace causal_gym
