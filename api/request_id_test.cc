// Ids come back as they were written.
#include "api/request_id.h"

#include "api/operations.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

TEST(RequestId, IsTheTextThatWasWritten) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"id": 12345678901234567890123})", "12345678901234567890123"},
      {R"({"id":1.10,"x":1})", "1.10"},
      {R"({"x": {"id": 1, "y": "}\"]"}, "id" : -0 })", "-0"},
      {R"({"id": "a\u0041,}"})", R"("a\u0041,}")"},
      {R"({"id": [1.50, {"a": "]"}], "id": 2})", R"([1.50, {"a": "]"}])"},
      {R"({"id": 7, "x": [[)", "7"},
      {R"( {"id":null})", "null"},
      {"\xef\xbb\xbf{\"id\": 7}", "7"}};
  for (const auto& [body, id] : cases) EXPECT_EQ(request_id_text(body, {}), id) << body;
}

TEST(RequestId, IsNoneWhereThereIsNoneOnOneLine) {
  for (const char* body :
       {"", "7", "[{\"id\": 1}]", "{}", "{\"x\": {\"id\": 1}}", "{\"id\": }", "{\"id\"",
        "{\"id\": 1e}", "{\"id\": \"open", "{\"id\": [1,\n2]}", "{\"id\": \"\xff\"}",
        "{\"id\": \xef\xbb\xbf"
        "7}",
        "{\"x\": \"\\"})
    EXPECT_EQ(request_id_text(body, {}), std::nullopt) << body;
  EXPECT_EQ(request_id_text(std::string("{\"id\": 7\0}", 10), {}), std::nullopt);
  JsonLimits shallow;
  shallow.depth = 2;
  EXPECT_EQ(request_id_text("{\"id\": [[[1]]]}", shallow), std::nullopt);
}

TEST(RequestId, IsEchoedInResultsAndErrorsOfEveryKind) {
  const std::pair<const char*, const char*> cases[] = {
      {R"x({"id": 1.10, "operation": "ask", "model": "chain-v1", "query": "P(fire)"})x",
       "{\"id\":1.10,\"result\":"},
      {R"({"id": 12345678901234567890123, "operation": "nope"})",
       ",\"id\":12345678901234567890123}"},
      {R"({"id": 1.10, "a": 1, "a": 2})", ",\"id\":1.10}"},
      {R"({"id": 1.10, "a": )", ",\"id\":1.10}"}};
  for (const auto& [body, expected] : cases) {
    const auto answer = handle_request_text(body, {});
    EXPECT_THAT(answer, HasSubstr(expected));
    EXPECT_TRUE(nlohmann::json::accept(answer)) << answer;
  }
  const std::string deep = "{\"id\": 7, \"a\": " + std::string(100, '[');
  EXPECT_THAT(handle_request_text(deep, {}), HasSubstr(",\"id\":7}"));
}

TEST(DefaultModel, IsPutInWhereAnOperationTakesOneAndNoneIsNamed) {
  const nlohmann::json model = "chain-v1";
  const auto answer = [&](const char* body) { return handle_request_text(body, {}, {}, model); };
  EXPECT_THAT(answer(R"x({"id": 1.10, "operation": "ask", "query": "P(fire)"})x"),
              HasSubstr("{\"id\":1.10,\"result\":{"));
  EXPECT_THAT(answer(R"x({"operation": "ask", "model": "asia-v1", "query": "P(fire)"})x"),
              HasSubstr("unknown_name"));
  EXPECT_THAT(answer(R"x({"operation": "environments"})x"), HasSubstr("result"));
  EXPECT_THAT(answer(R"x({"operation": "separated", "graph": "a; b", "x": "a", "y": "b"})x"),
              HasSubstr("true"));
}

}  // namespace
}  // namespace causal_gym
