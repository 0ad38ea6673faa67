// The session: the handshake and its revisions, every error code, malformed messages, batches,
// cancellation, limits, lists and their pages.
#include "api/mcp/mcp_session.h"

#include <gmock/gmock.h>

#include <set>

#include "api/mcp/test_server.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

struct Handshaken : TestServer {
  explicit Handshaken(const std::string& version = "2025-11-25",
                      McpToolset toolset = McpToolset::all)
      : TestServer(toolset), session(server()) {
    EXPECT_EQ(said(session, initialize_request(version))["result"]["protocolVersion"], version);
  }
  json ask(const std::string& method, json params = json::object()) {
    return said(session, request_of(method, std::move(params)));
  }
  McpSession session;
};

int code_of(const json& answer) { return answer.at("error").at("code").get<int>(); }

TEST(McpSession, AgreesOnTheAskedRevisionOrTheNewestWithAHandshake) {
  for (const auto& [asked, agreed] :
       std::vector<std::pair<std::string, std::string>>{{"2024-11-05", "2024-11-05"},
                                                        {"2025-03-26", "2025-03-26"},
                                                        {"2025-06-18", "2025-06-18"},
                                                        {"2025-11-25", "2025-11-25"},
                                                        {"2026-07-28", "2025-11-25"},
                                                        {"", "2025-11-25"}}) {
    TestServer one;
    McpSession session(one.server());
    const auto answer = said(session, initialize_request(asked));
    EXPECT_EQ(answer["result"]["protocolVersion"], agreed);
    EXPECT_EQ(answer["result"]["serverInfo"]["name"], "causal-gym");
    EXPECT_EQ(answer["result"]["serverInfo"]["version"], "1.2.3");
    EXPECT_EQ(revision_name(*session.revision()), agreed);
  }
}

TEST(McpSession, WithoutAHandshakeOnlyPingIsAnswered) {
  TestServer one;
  McpSession session(one.server());
  EXPECT_EQ(said(session, request_of("ping"))["result"], json::object());
  const auto answer = said(session, request_of("tools/list"));
  EXPECT_EQ(code_of(answer), rpc_invalid_params);
  EXPECT_THAT(answer["error"]["message"], HasSubstr("there was no initialize"));
  EXPECT_EQ(code_of(said(session, request_of("initialize"))), rpc_invalid_params);
  EXPECT_FALSE(session.revision());
}

TEST(McpSession, AHandshakeIsMadeOnce) {
  Handshaken one;
  const auto again = said(one.session, initialize_request("2025-06-18"));
  EXPECT_EQ(code_of(again), rpc_invalid_request);
  EXPECT_EQ(one.session.revision(), McpRevision::november_2025);
}

TEST(McpSession, MalformedMessagesAreRefusedWithTheIdWhereThereIsOne) {
  struct Case {
    std::string text;
    int code;
    json id;
  };
  const std::vector<Case> cases = {
      {"{", rpc_parse_error, nullptr},
      {"", rpc_parse_error, nullptr},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", rpc_parse_error, nullptr},
      {"7", rpc_invalid_request, nullptr},
      {"[]", rpc_invalid_request, nullptr},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", rpc_invalid_request, nullptr},
      {R"({"id":1,"method":"ping"})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"1.0","id":"a","method":"ping"})", rpc_invalid_request, "a"},
      {R"({"jsonrpc":"2.0","id":1})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", rpc_invalid_request, nullptr},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", rpc_invalid_request, nullptr},
      {R"({"jsonrpc":"2.0","id":[1],"method":"ping"})", rpc_invalid_request, nullptr},
      {R"({"jsonrpc":"2.0","id":")" + std::string(257, 'x') + R"(","method":"ping"})",
       rpc_invalid_request, nullptr},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", rpc_invalid_request, 1},
  };
  Handshaken one;
  for (const auto& [text, code, id] : cases) {
    const auto answer = said_text(one.session, text);
    EXPECT_EQ(code_of(answer), code) << text;
    EXPECT_EQ(answer.value("id", json()), id) << text;
  }
  EXPECT_EQ(said_text(one.session, R"({"jsonrpc":"2.0","id":")" + std::string(256, 'x') +
                                       R"(","method":"ping"})")["result"],
            json::object());
}

TEST(McpSession, ATextOverTheLimitIsRefused) {
  TestServer one;
  McpSession session(one.server());
  const auto limit = one.server().options().operations.json_limits.bytes;
  const auto answer = session.answer(session.receive(std::string(limit + 1, ' ')));
  EXPECT_EQ(answer.http_status, 413);
  EXPECT_THAT(answer.messages.at(0), HasSubstr("is over the limit"));
}

TEST(McpSession, NotificationsAndResponsesGetNoAnswer) {
  Handshaken one;
  for (const auto* text : {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
                           R"({"jsonrpc":"2.0","method":"notifications/unheard_of","params":{}})",
                           R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{}})",
                           R"({"jsonrpc":"2.0","method":"notifications/cancelled"})",
                           R"({"jsonrpc":"2.0","id":1,"result":{}})",
                           R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})"})
    EXPECT_TRUE(said_text(one.session, text).is_null()) << text;
}

TEST(McpSession, WrongParamsAreNamed) {
  Handshaken one;
  const std::vector<std::pair<json, std::string>> cases = {
      {request_of("tools/call"), "'name' is a text"},
      {request_of("tools/call", {{"name", 7}}), "'name' is a text"},
      {request_of("tools/call", {{"name", "ask"}, {"arguments", json::array()}}),
       "'arguments' is an object"},
      {request_of("tools/call", {{"name", "exlpain"}}), "did you mean 'explain'"},
      {request_of("tools/list", {{"cursor", "9"}}), "no page gave the cursor '9'"},
      {request_of("tools/list", {{"cursor", "0"}}), "no page gave the cursor '0'"},
      {request_of("tools/list", {{"cursor", "10x"}}), "no page gave the cursor '10x'"},
      {request_of("tools/list", {{"cursor", "1000"}}), "no page gave the cursor '1000'"},
      {request_of("tools/list", {{"cursor", 9}}), "'cursor' is a text"},
      {request_of("resources/list", {{"cursor", "runs:x"}}), "no page gave the cursor"},
      {request_of("resources/templates/list", {{"cursor", "x"}}), "no page gave the cursor"},
      {request_of("resources/read"), "'uri' is a text"},
  };
  for (const auto& [request, message] : cases) {
    const auto answer = said(one.session, request);
    EXPECT_EQ(code_of(answer), rpc_invalid_params) << request;
    EXPECT_THAT(answer["error"]["message"], HasSubstr(message));
  }
}

TEST(McpSession, MethodsThatAreNotOfferedAreNotFound) {
  Handshaken one;
  for (const auto* method : {"prompts/list", "logging/setLevel", "resources/subscribe",
                             "server/discover", "subscriptions/listen", "completion/complete", ""})
    EXPECT_EQ(code_of(one.ask(method)), rpc_method_not_found) << method;
  Handshaken playing("2025-11-25", McpToolset::play);
  EXPECT_EQ(code_of(playing.ask("resources/list")), rpc_method_not_found);
}

TEST(McpSession, ToolsComeInPagesThatHoldEachOnce) {
  Handshaken one;
  std::vector<std::string> names;
  json params = json::object();
  for (;;) {
    const auto page = one.ask("tools/list", params)["result"];
    EXPECT_LE(page["tools"].size(), 10U);
    for (const auto& tool : page["tools"]) names.push_back(tool["name"]);
    if (!page.contains("nextCursor")) break;
    params["cursor"] = page["nextCursor"];
  }
  EXPECT_EQ(names.size(), 7 + all_operations().size());
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
}

TEST(McpSession, EachRevisionGetsWhatItKnows) {
  for (const auto* version : {"2024-11-05", "2025-03-26", "2025-06-18"}) {
    Handshaken one(version);
    const auto list = one.ask("tools/list")["result"];
    const auto& tool = list["tools"][0];
    const bool structured = std::string(version) == "2025-06-18";
    EXPECT_EQ(tool.contains("annotations"), std::string(version) != "2024-11-05");
    EXPECT_EQ(tool.contains("outputSchema"), structured);
    EXPECT_EQ(tool.contains("title"), structured);
    EXPECT_FALSE(list.contains("ttlMs"));
    EXPECT_FALSE(list.contains("resultType"));
    const auto result = one.ask("tools/call", {{"name", "list_environments"}})["result"];
    EXPECT_EQ(result.contains("structuredContent"), structured);
  }
}

TEST(McpSession, ARequestMayCarryItsRevision) {
  TestServer one;
  McpSession session(one.server());
  const auto found = said(session, request_of("server/discover", stateless_params()))["result"];
  EXPECT_EQ(found["supportedVersions"][0], "2026-07-28");
  EXPECT_EQ(found["resultType"], "complete");
  EXPECT_EQ(found["_meta"]["io.modelcontextprotocol/serverInfo"]["version"], "1.2.3");
  const auto tools = said(session, request_of("tools/list", stateless_params()))["result"];
  EXPECT_GT(tools["ttlMs"], 0);
  EXPECT_EQ(tools["cacheScope"], "public");
  const auto resources = said(session, request_of("resources/list", stateless_params()))["result"];
  EXPECT_EQ(resources["ttlMs"], 0);
  EXPECT_EQ(resources["cacheScope"], "private");
  EXPECT_EQ(code_of(said(session, request_of("ping", stateless_params()))), rpc_method_not_found);
  EXPECT_FALSE(session.revision());
}

TEST(McpSession, ACarriedRevisionMustBeWholeAndSupported) {
  TestServer one;
  McpSession session(one.server());
  auto params = stateless_params();
  params["_meta"][mcp_version_key] = "2025-11-25";
  const auto unsupported = said(session, request_of("tools/list", params));
  EXPECT_EQ(code_of(unsupported), mcp_unsupported_version);
  EXPECT_EQ(unsupported["error"]["data"]["requested"], "2025-11-25");
  EXPECT_EQ(unsupported["error"]["data"]["supported"].size(), 5U);
  params["_meta"][mcp_version_key] = 7;
  EXPECT_EQ(code_of(said(session, request_of("tools/list", params))), rpc_invalid_params);
  params = stateless_params();
  params["_meta"].erase("io.modelcontextprotocol/clientCapabilities");
  EXPECT_EQ(code_of(said(session, request_of("tools/list", params))), rpc_invalid_params);
}

TEST(McpSession, ASubscriptionIsAcknowledgedAndEnds) {
  TestServer one;
  McpSession session(one.server());
  const auto asked =
      request_of("subscriptions/listen", stateless_params({{"notifications", json::object()}}), 4);
  const auto answer = session.answer(session.receive_message(asked));
  ASSERT_EQ(answer.messages.size(), 2U);
  EXPECT_THAT(answer.messages[0], HasSubstr("notifications/subscriptions/acknowledged"));
  EXPECT_EQ(json::parse(answer.messages[1])["id"], 4);
  EXPECT_EQ(code_of(said(session, request_of("subscriptions/listen", stateless_params()))),
            rpc_invalid_params);
}

TEST(McpSession, ABatchIsAnsweredAsOneMessage) {
  Handshaken one("2025-03-26");
  const auto note = json::parse(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  const auto answers = said(one.session, json::array({ping(1), note, json(7)}));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0]["result"], json::object());
  EXPECT_EQ(code_of(answers[1]), rpc_invalid_request);
  EXPECT_TRUE(said(one.session, json::array({note})).is_null());
  EXPECT_EQ(code_of(said(one.session, json::array())), rpc_invalid_request);
  EXPECT_EQ(code_of(said(one.session, json::array({note, note, note, note}))), rpc_invalid_request);
  const auto again = said(one.session, json::array({initialize_request("2025-03-26")}));
  EXPECT_THAT(again[0]["error"]["message"], HasSubstr("stands alone"));
}

TEST(McpSession, ACancelledRequestIsNotAnsweredAndItsIdIsFreeAgain) {
  Handshaken one;
  const json asked = request_of("tools/call", {{"name", "list_environments"}}, "a");
  auto call = one.session.receive_message(asked);
  EXPECT_FALSE(call.empty());
  EXPECT_EQ(code_of(said(one.session, ping("a"))), rpc_invalid_request);
  EXPECT_TRUE(said_text(one.session, R"({"jsonrpc":"2.0",
      "method":"notifications/cancelled","params":{"requestId":"a"}})")
                  .is_null());
  EXPECT_TRUE(one.session.answer(std::move(call)).messages.empty());
  EXPECT_TRUE(said(one.session, asked).contains("result"));
}

TEST(McpSession, SoManyRequestsMayBeInFlight) {
  Handshaken one;
  auto first = one.session.receive_message(ping(1));
  const auto second = one.session.receive_message(ping(2));
  EXPECT_THAT(said(one.session, ping(3))["error"]["message"],
              HasSubstr("2 requests are being worked on"));
  EXPECT_EQ(one.session.answer(std::move(first)).messages.size(), 1U);
  EXPECT_TRUE(said(one.session, ping(3)).contains("result"));
  one.session.cancel_all();
  EXPECT_TRUE(one.session.answer(second).messages.empty());
}

TEST(McpSession, ResourcesThatAreNotThereHaveTheCodeOfTheRevision) {
  Handshaken one;
  for (const auto* uri : {"causal-gym://environments/", "causal-gym://environments/x-v1",
                          "causal-gym://environments", "file:///etc/passwd", ""}) {
    const auto answer = one.ask("resources/read", {{"uri", uri}});
    EXPECT_EQ(code_of(answer), mcp_resource_not_found) << uri;
    EXPECT_EQ(answer["error"]["data"]["uri"], uri);
    EXPECT_EQ(
        code_of(said(one.session, request_of("resources/read", stateless_params({{"uri", uri}})))),
        rpc_invalid_params);
  }
  // No store is attached: what cannot be looked up is not called missing.
  EXPECT_EQ(code_of(one.ask("resources/read", {{"uri", "causal-gym://runs/x"}})),
            rpc_internal_error);
}

TEST(McpSession, AnEnvironmentReadsAsTheOperationGivesIt) {
  Handshaken one;
  const std::string uri = "causal-gym://environments/sprinkler-v1";
  const auto contents = one.ask("resources/read", {{"uri", uri}})["result"]["contents"];
  ASSERT_EQ(contents.size(), 1U);
  EXPECT_EQ(contents[0]["uri"], uri);
  const auto document = run_operation(
      {{"operation", "environments"}, {"environment", "sprinkler-v1"}}, OperationContext{});
  EXPECT_EQ(json::parse(contents[0]["text"].get<std::string>()), document["result"]);
}

}  // namespace
}  // namespace causal_gym
