// Which origins are origins, and what is said to pages of those that are named and of others.
#include "platform/http/cors.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using Origins = std::vector<std::string>;

std::string header_of(const HttpResponse& response, std::string_view name) {
  std::string all;
  for (const auto& [field, value] : response.headers)
    if (field == name) all.append(all.empty() ? "" : "|").append(value);
  return all;
}

HttpResponse answer(const Origins& origins, const std::string& method, const std::string& path,
                    NamedTexts headers) {
  const auto policy = CorsPolicy::read(origins);
  EXPECT_TRUE(policy);
  const std::vector<Route> routes = {{"GET", "/api/{id}", {}}, {"PUT", "/api/{id}", {}}};
  const auto handler = with_cors(
      *policy, {"/api/"}, routes,
      [](const HttpRequest&, const CancellationToken&) { return HttpResponse{.status = 299}; });
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  return handler(request, {});
}

TEST(CorsPolicy, TakesOriginsAsBrowsersWriteThem) {
  for (const auto* good : {"https://gym.example", "http://localhost:5173", "https://[::1]:8443"})
    EXPECT_TRUE(CorsPolicy::read(Origins{good})) << good;
  for (const auto* bad :
       {"", "gym.example", "https://", "https://gym.example/", "null", "https://Gym.example",
        "https://gym.example:443", "http://a:80", "https://a b", "https://*.example", "ftp://a",
        "https://u@a", "https://a:"}) {
    const auto policy = CorsPolicy::read(Origins{"https://good.example", bad});
    ASSERT_FALSE(policy) << bad;
    EXPECT_EQ(policy.error().where, "server.cors_origins");
    EXPECT_NE(policy.error().message.find(bad), std::string::npos) << policy.error().message;
  }
  EXPECT_FALSE(CorsPolicy::read(Origins{"*", "https://a"}));
  EXPECT_TRUE(CorsPolicy::read(Origins{"*"})->allows("https://any.example"));
  EXPECT_FALSE(CorsPolicy().is_on());
  EXPECT_FALSE(CorsPolicy().allows(""));
}

TEST(Cors, NothingIsSaidWhereNoOriginIsNamed) {
  const auto response = answer({}, "OPTIONS", "/api/1",
                               {{"Origin", "https://a"}, {"Access-Control-Request-Method", "PUT"}});
  EXPECT_EQ(response.status, 299);
  EXPECT_TRUE(response.headers.empty());
}

TEST(Cors, APreflightIsAnsweredWithTheMethodsOfThePath) {
  const NamedTexts asks = {{"Origin", "https://a"}, {"Access-Control-Request-Method", "PUT"}};
  const auto response = answer({"https://a", "https://b"}, "OPTIONS", "/api/1", asks);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "https://a");
  EXPECT_EQ(header_of(response, "Access-Control-Allow-Methods"), "GET, HEAD, PUT");
  EXPECT_NE(header_of(response, "Access-Control-Allow-Headers").find("Authorization"),
            std::string::npos);
  EXPECT_EQ(header_of(response, "Access-Control-Max-Age"), "600");
  EXPECT_EQ(header_of(response, "Vary"), "Origin");
  EXPECT_EQ(answer({"https://a"}, "OPTIONS", "/api/1/2", asks).status, 299);
  EXPECT_EQ(answer({"https://a"}, "OPTIONS", "/pages/1", asks).status, 299);
  EXPECT_EQ(answer({"https://a"}, "OPTIONS", "/api/1", {{"Origin", "https://a"}}).status, 299);
  EXPECT_EQ(answer({"https://b"}, "OPTIONS", "/api/1", asks).status, 299);
  EXPECT_EQ(answer({"*"}, "OPTIONS", "/api/1", {{"Access-Control-Request-Method", "PUT"}}).status,
            299);
}

TEST(Cors, AnswersSayWhoMayReadThemAndNeverThatCookiesCount) {
  const auto own = answer({"https://a"}, "GET", "/api/1", {{"Origin", "https://a"}});
  EXPECT_EQ(header_of(own, "Access-Control-Allow-Origin"), "https://a");
  EXPECT_NE(header_of(own, "Access-Control-Expose-Headers").find("Retry-After"), std::string::npos);
  const auto other = answer({"https://a"}, "GET", "/api/1", {{"Origin", "https://a.evil"}});
  EXPECT_EQ(header_of(other, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header_of(other, "Vary"), "Origin");
  EXPECT_EQ(header_of(answer({"https://a"}, "GET", "/api/1", {}), "Vary"), "Origin");
  const auto page = answer({"https://a"}, "GET", "/runs/1", {{"Origin", "https://a"}});
  EXPECT_TRUE(page.headers.empty());
  const auto any = answer({"*"}, "GET", "/api/1", {{"Origin", "https://c"}});
  EXPECT_EQ(header_of(any, "Access-Control-Allow-Origin"), "*");
  for (const auto& response : {own, other, any})
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Credentials"), "");
}

}  // namespace
}  // namespace causal_gym
