// A server for tests: handles e1, e2, ..., a clock that stands still until it is moved, and few of
// everything, so that limits are near.
#pragma once

#include <gtest/gtest.h>

#include "api/json_text.h"
#include "api/mcp/mcp_session.h"

namespace causal_gym {

class TestServer {
 public:
  explicit TestServer(McpToolset toolset = McpToolset::all, RunReader* runs = nullptr)
      : server_(options(toolset, runs)) {}

  McpServer& server() { return server_; }
  void advance(std::chrono::seconds passed) { now_ += passed; }

 private:
  McpOptions options(McpToolset toolset, RunReader* runs) {
    McpOptions options;
    options.version = "1.2.3";
    options.toolset = toolset;
    options.runs = runs;
    options.new_handle = [this] { return "e" + std::to_string(++handles_); };
    options.now = [this] { return now_; };
    options.limits.episodes = {2, std::chrono::seconds(60)};
    options.limits.page = 10;
    options.limits.batch = 3;
    options.limits.requests_in_flight = 2;
    return options;
  }

  int handles_ = 0;
  std::chrono::nanoseconds now_{0};
  McpServer server_;
};

[[nodiscard]] inline nlohmann::json request_of(const std::string& method,
                                               nlohmann::json params = nlohmann::json::object(),
                                               nlohmann::json id = 1) {
  return {
      {"jsonrpc", "2.0"}, {"id", std::move(id)}, {"method", method}, {"params", std::move(params)}};
}

// A ping, which any session answers.
[[nodiscard]] inline nlohmann::json ping(nlohmann::json id) {
  return request_of("ping", nlohmann::json::object(), std::move(id));
}

// The params with the revision of 2026-07-28 in them.
[[nodiscard]] inline nlohmann::json stateless_params(
    nlohmann::json params = nlohmann::json::object()) {
  params["_meta"] = {{mcp_version_key, "2026-07-28"},
                     {"io.modelcontextprotocol/clientCapabilities", nlohmann::json::object()}};
  return params;
}

[[nodiscard]] inline nlohmann::json initialize_request(const std::string& version) {
  return request_of("initialize", {{"protocolVersion", version},
                                   {"capabilities", nlohmann::json::object()},
                                   {"clientInfo", {{"name", "test"}, {"version", "1"}}}});
}

// The one message that answers the text; null when there is none.
[[nodiscard]] inline nlohmann::json said_text(McpSession& session, std::string_view text) {
  const auto answer = session.answer(session.receive(text));
  EXPECT_LE(answer.messages.size(), 1U);
  return answer.messages.empty() ? nlohmann::json()
                                 : nlohmann::json::parse(answer.messages.front());
}
[[nodiscard]] inline nlohmann::json said(McpSession& session, const nlohmann::json& message) {
  return said_text(session, json_line(message));
}

// The result of a tool call in the newest revision, which needs no handshake.
[[nodiscard]] inline nlohmann::json called(McpServer& server, const std::string& tool,
                                           nlohmann::json arguments = nlohmann::json::object()) {
  McpSession session(server);
  const auto answer = said(
      session, request_of("tools/call",
                          stateless_params({{"name", tool}, {"arguments", std::move(arguments)}})));
  EXPECT_TRUE(answer.contains("result")) << answer;
  return answer.value("result", nlohmann::json());
}

}  // namespace causal_gym
