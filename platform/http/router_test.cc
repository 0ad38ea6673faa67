// The route table: what matches, what is decoded, and what is answered when nothing matches.
#include "platform/http/router.h"

namespace causal_gym {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RouteHandler says(std::string name) {
  return [name](const HttpRequest&, const NamedTexts& parameters, CancellationToken) {
    HttpResponse response{.body = name};
    for (const auto& [key, value] : parameters) response.body += " " + key + "=" + value;
    return response;
  };
}

Router example() {
  return Router({{"GET", "/", says("root")},
                 {"GET", "/runs", says("list"), std::vector<std::string>{"cursor", "limit"}},
                 {"POST", "/runs", says("create")},
                 {"GET", "/runs/latest", says("latest")},
                 {"GET", "/runs/{id}", says("one")},
                 {"GET", "/runs/{id}/events/{n}", says("event")}});
}

HttpResponse ask(const std::string& method, const std::string& path) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  return example()(request, {});
}

TEST(Router, FindsTheFirstMatchingRoute) {
  EXPECT_EQ(ask("GET", "/").body, "root");
  EXPECT_EQ(ask("GET", "/runs").body, "list");
  EXPECT_EQ(ask("POST", "/runs").body, "create");
  EXPECT_EQ(ask("GET", "/runs/latest").body, "latest");
  EXPECT_EQ(ask("GET", "/runs/7").body, "one id=7");
  EXPECT_EQ(ask("GET", "/runs/7/events/2").body, "event id=7 n=2");
  EXPECT_EQ(ask("GET", "/r%75ns").body, "list");
}

TEST(Router, AnswersHeadWithTheGetRoute) { EXPECT_EQ(ask("HEAD", "/runs").body, "list"); }

TEST(Router, DecodesASegmentAfterSplitting) {
  EXPECT_EQ(ask("GET", "/runs/a%2Fb").body, "one id=a/b");
  EXPECT_EQ(ask("GET", "/runs/%7Bid%7D").body, "one id={id}");
}

TEST(Router, Answers404ForAnUnknownPath) {
  for (const char* path : {"/x", "/runs/", "/runs/1/", "/runs//events/1", "//", "", "/runs/%zz"}) {
    SCOPED_TRACE(path);
    const HttpResponse response = ask("GET", path);
    EXPECT_EQ(response.status, 404);
    EXPECT_THAT(response.body, HasSubstr("\"not_found\""));
  }
}

TEST(Router, RefusesAQueryParameterThatItsRouteDoesNotTake) {
  const auto with = [](const std::string& path, const std::string& parameter) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = {{"limit", "1"}, {parameter, "2"}};
    return example()(request, {});
  };
  EXPECT_EQ(with("/runs", "cursor").body, "list");
  EXPECT_EQ(with("/runs/latest", "anything").body, "latest") << "not looked at";
  const auto refused = with("/runs", "crusor");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("no query parameter 'crusor' here"));
  EXPECT_THAT(refused.body, HasSubstr("did you mean 'cursor'?"));
}

TEST(Router, Answers405WithTheAllowedMethods) {
  const HttpResponse response = ask("DELETE", "/runs");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers,
              ElementsAre(std::pair<std::string, std::string>("Allow", "GET, HEAD, POST")));
}

}  // namespace
}  // namespace causal_gym
