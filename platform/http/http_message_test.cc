// Targets, escapes, header look-up, rendering of responses, and the error body.
#include "platform/http/http_message.h"

#include <nlohmann/json.hpp>

#include "platform/http/error_response.h"
#include "platform/http/response_text.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HttpTarget, SplitsPathAndDecodesTheQuery) {
  const auto target = parse_target("/a%20b/c?x=1%2B1&y=a+b&&flag&z=");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a%20b/c");
  const NamedTexts expected = {{"x", "1+1"}, {"y", "a b"}, {"flag", ""}, {"z", ""}};
  EXPECT_EQ(target->query, expected);
}

TEST(HttpTarget, AcceptsAbsoluteFormAndTellsItsAuthority) {
  EXPECT_EQ(parse_target("http://host:80/p?q=1")->path, "/p");
  EXPECT_EQ(parse_target("HTTP://host")->path, "/");
  EXPECT_EQ(parse_target("https://host?q=1")->path, "/");
  EXPECT_EQ(parse_target("/p#fragment")->path, "/p");
  EXPECT_EQ(parse_target("http://host:80/p?q=1")->authority, "host:80");
  EXPECT_EQ(parse_target("http://host#fragment")->authority, "host");
  EXPECT_EQ(parse_target("http:///p")->authority, "");
  EXPECT_EQ(parse_target("/p?u=http://host/")->authority, std::nullopt);
}

TEST(HttpTarget, RefusesWhatIsNotAPathOrHasABrokenEscape) {
  for (const char* target : {"", "a", "*", "host:443", "/%", "/%4", "/%zz", "/%0", "/a?b=%x"}) {
    SCOPED_TRACE(target);
    const auto result = parse_target(target);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::parse_error);
    EXPECT_THAT(result.error().message, Not(HasSubstr("NUL")));
  }
}

TEST(HttpTarget, RefusesANulByteByItsName) {
  for (const char* target : {"/%00", "/a%00b", "/a?%00", "/a?b=c%00", "http://host/%00"}) {
    SCOPED_TRACE(target);
    const auto result = parse_target(target);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::parse_error);
    EXPECT_THAT(result.error().message, HasSubstr("NUL byte (%00)"));
    EXPECT_THAT(result.error().message, Not(HasSubstr("broken")));
  }
  for (const char* good : {"/%01", "/%10", "/%0a", "/%2500"}) EXPECT_TRUE(parse_target(good));
}

TEST(HttpRequest, FindsHeadersInAnyCaseAndParametersExactly) {
  HttpRequest request;
  request.headers = {{"X-Name", "first"}, {"x-name", "second"}};
  request.query = {{"a", "1"}, {"a", "2"}};
  EXPECT_EQ(request.header("x-NAME"), "first");
  EXPECT_EQ(request.header("X-Nam"), std::nullopt);
  EXPECT_EQ(request.parameter("a"), "1");
  EXPECT_EQ(request.parameter("A"), std::nullopt);
}

TEST(RequestId, IsShortAndPrintable) {
  EXPECT_TRUE(is_request_id("abc-123_4:5/6"));
  EXPECT_TRUE(is_request_id(std::string(64, 'x')));
  EXPECT_FALSE(is_request_id(std::string(65, 'x')));
  for (const char* text : {"", "a b", "a\nb", "a\"b", "a\x7f", "\xc3\xa9", "<a>"})
    EXPECT_FALSE(is_request_id(text)) << text;
}

TEST(HttpDate, IsTheFormOfRfc9110) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ResponseText, HoldsLengthHeadersAndBody) {
  const HttpResponse response{.headers = {{"X-A", "b"}}, .body = "hello"};
  EXPECT_EQ(response_text(response, {.date = "D", .request_id = "r1"}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nX-Request-Id: r1\r\nContent-Type: application/json\r\n"
            "Content-Length: 5\r\nX-Content-Type-Options: nosniff\r\nX-A: b\r\n\r\nhello");
}

TEST(ResponseText, OfAPreparedResponseIsThatOfTheResponse) {
  const std::vector<HttpResponse> responses = {
      {.headers = {{"X-A", "b"}}, .body = "hello"},
      {.status = 204, .body = "x"},
      {.status = 304, .content_type = ""},
      {.status = 503, .content_type = "", .body = "busy"},
      {.headers = {{"X-A", "b\r\nSet-Cookie: c"}}, .body = "secret"}};
  for (const auto& response : responses)
    for (int bits = 0; bits < 8; ++bits) {
      const ResponseFrame frame{.date = "D",
                                .request_id = "r1",
                                .trace = "t",
                                .head = (bits & 1) != 0,
                                .close = (bits & 2) != 0,
                                .http_1_0 = (bits & 4) != 0};
      std::string text = "before ";
      add_response_text(text, prepare_response(response), frame);
      EXPECT_EQ(text, "before " + response_text(response, frame));
    }
}

TEST(ResponseText, OfHeadHasTheLengthButNoBody) {
  const std::string text = response_text({.body = "hello"}, {.head = true});
  EXPECT_THAT(text, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseText, Of204HasNeitherBodyNorLength) {
  const std::string text = response_text({.status = 204, .body = "x"}, {});
  EXPECT_THAT(text, Not(HasSubstr("Content-Length")));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseText, RefusesInjectedHeadersAndThoseOfTheServer) {
  const NamedTexts bad = {{"X-A", "b\r\nSet-Cookie: c"},
                          {"X-A", "b\nc"},
                          {"X\r\nY", "b"},
                          {"X Y", "b"},
                          {"", "b"},
                          {"X-A", std::string("b\0c", 3)},
                          {"content-length", "3"},
                          {"Connection", "close"}};
  for (const auto& header : bad) {
    SCOPED_TRACE(header.first + ": " + header.second);
    const HttpResponse response{.headers = {header}, .body = "secret"};
    EXPECT_FALSE(is_sendable(response));
    const std::string text = response_text(response, {});
    EXPECT_TRUE(text.starts_with("HTTP/1.1 500 "));
    EXPECT_THAT(text, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
  }
  EXPECT_FALSE(is_sendable({.content_type = "a\r\nb"}));
  EXPECT_FALSE(is_sendable({.status = 99}));
  EXPECT_FALSE(is_sendable({.status = 600}));
}

TEST(ErrorBody, HasTheFourPartsForEveryCodeAndSurvivesBytesThatAreNotUtf8) {
  for (const ErrorCode code : all_error_codes) {
    const auto body = nlohmann::json::parse(error_body({code, "a \"b\"\n\xff", "w", "s"}));
    EXPECT_EQ(body["error"]["code"], error_code_name(code));
    EXPECT_EQ(body["error"]["message"], "a \"b\"\n\xEF\xBF\xBD");
    EXPECT_EQ(body["error"]["where"], "w");
    EXPECT_EQ(body["error"]["suggestion"], "s");
    EXPECT_EQ(body["error"].size(), 4);
  }
}

}  // namespace
}  // namespace causal_gym
