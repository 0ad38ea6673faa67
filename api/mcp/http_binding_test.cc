// The HTTP binding: which session a message belongs to, how long sessions last, what headers must
// say, and that work stops with its connection. The wire itself is tested in tests/mcp.
#include "api/mcp/http_binding.h"

#include <gmock/gmock.h>

#include <future>

#include "api/mcp/test_server.h"

namespace causal_gym {
namespace {

using nlohmann::json;

struct Binding : TestServer {
  Binding() : http(server(), {2, std::chrono::seconds(60)}) {}

  McpPostReply post(const json& message, std::optional<std::string> session = {}) {
    const auto body = json_line(message);
    return http.post({body, std::move(session), {}, {}, {}}, {});
  }
  std::string begin() { return post(initialize_request("2025-11-25")).session_id.value_or(""); }
  McpHttp http;
};

json message_of(const McpPostReply& reply) { return json::parse(reply.messages.at(0)); }

TEST(HttpBinding, ASessionIsGivenByTheHandshakeAndAskedForAfterIt) {
  Binding one;
  EXPECT_EQ(one.begin(), "e1");
  EXPECT_EQ(one.post(request_of("ping"), "e1").status, 200);
  EXPECT_EQ(one.post(request_of("ping")).status, 400);
  EXPECT_EQ(one.post(request_of("ping"), "e2").status, 404);
  EXPECT_TRUE(one.http.end_session("e1"));
  EXPECT_FALSE(one.http.end_session("e1"));
  EXPECT_EQ(message_of(one.post(ping("a"), "e1"))["id"], "a");
}

TEST(HttpBinding, AHandshakeThatFailsBeginsNoSession) {
  Binding one;
  const auto reply = one.post(request_of("initialize"));
  EXPECT_FALSE(reply.session_id);
  EXPECT_EQ(message_of(reply)["error"]["code"], rpc_invalid_params);
  EXPECT_EQ(one.http.sessions(), 0U);
}

TEST(HttpBinding, SessionsEndUnusedAndTheLongestUnusedMakesRoom) {
  Binding one;
  EXPECT_EQ(one.begin(), "e1");
  one.advance(std::chrono::seconds(1));
  EXPECT_EQ(one.begin(), "e2");
  one.advance(std::chrono::seconds(1));
  EXPECT_EQ(one.post(request_of("ping"), "e1").status, 200);
  EXPECT_EQ(one.begin(), "e3");
  EXPECT_EQ(one.http.sessions(), 2U);
  EXPECT_EQ(one.post(request_of("ping"), "e2").status, 404);
  EXPECT_EQ(one.post(request_of("ping"), "e1").status, 200);
  one.advance(std::chrono::seconds(61));
  EXPECT_EQ(one.post(request_of("ping"), "e1").status, 404);
}

TEST(HttpBinding, WithoutASessionTheHeadersMustSayWhatTheBodySays) {
  Binding one;
  const auto body = json_line(request_of("resources/read", stateless_params({{"uri", "a b"}})));
  const auto status = [&](const char* version, const char* method, const char* name) {
    const auto text = [](const char* value) {
      return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    const auto reply = one.http.post({body, {}, text(version), text(method), text(name)}, {});
    return std::pair(reply.status, message_of(reply)["error"]["code"].get<int>());
  };
  const std::pair right(200, rpc_invalid_params);  // no such resource
  const std::pair wrong(400, mcp_header_mismatch);
  EXPECT_EQ(status("2026-07-28", "resources/read", "a b"), right);
  EXPECT_EQ(status("2026-07-28", "resources/read", "=?base64?YSBi?="), right);
  EXPECT_EQ(status("2026-07-28", "resources/read", "=?base64?YSBi"), wrong);
  EXPECT_EQ(status("2026-07-28", "resources/read", "=?base64?=?="), wrong);
  EXPECT_EQ(status("2026-07-28", "resources/read", nullptr), wrong);
  EXPECT_EQ(status("2026-07-28", "tools/list", "a b"), wrong);
  EXPECT_EQ(status(nullptr, "resources/read", "a b"), wrong);
  EXPECT_EQ(status("2025-06-18", "resources/read", "a b"), wrong);
}

TEST(HttpBinding, ANotificationIsAccepted) {
  Binding one;
  const auto session = one.begin();
  const json note = {{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}};
  EXPECT_EQ(one.post(note, session).status, 202);
  const auto body = json_line(note);
  EXPECT_EQ(one.http.post({body, {}, "2026-07-28", {}, {}}, {}).status, 202);
}

TEST(HttpBinding, WorkStopsWithItsConnection) {
  Binding one;
  std::string graph;
  for (int i = 0; i < 990; ++i)
    graph += "v" + std::to_string(i) + " -> v" + std::to_string(i + 1) + "; v" + std::to_string(i) +
             " <-> v" + std::to_string(i + 2) + "; ";
  const json slow = {{"name", "implied_independencies"}, {"arguments", {{"graph", graph}}}};
  const auto body = json_line(request_of("tools/call", stateless_params(slow)));
  CancellationSource connection;
  auto reply = std::async(std::launch::async, [&] {
    return one.http.post({body, {}, "2026-07-28", "tools/call", "implied_independencies"},
                         connection.token());
  });
  EXPECT_EQ(reply.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  connection.cancel();
  while (reply.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready)
    one.http.pass_on_cancellation();
  EXPECT_TRUE(reply.get().messages.empty());
}

}  // namespace
}  // namespace causal_gym
