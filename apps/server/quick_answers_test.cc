// Answers kept for a moment, on a clock that stands still.
#include "apps/server/quick_answers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

HttpRequest asking(const std::string& method, const std::string& path, NamedTexts headers = {}) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  return request;
}

class QuickAnswers : public testing::Test {
 protected:
  FixedClock clock{std::chrono::system_clock::time_point()};
  int made = 0;
  QuickHandler handler =
      quick_answers({{"GET", "/health",
                      [this](const HttpRequest&, const NamedTexts&, const CancellationToken&) {
                        return HttpResponse{.body = std::to_string(++made)};
                      }}},
                    clock, 20ms);
  std::string body(const HttpRequest& request) {
    const auto answer = handler(request);
    return answer ? answer->body : "none";
  }
};

TEST_F(QuickAnswers, AreMadeAgainWhenTheyAreTooOld) {
  EXPECT_EQ(body(asking("GET", "/health")), "1");
  clock.advance(19ms);
  EXPECT_EQ(body(asking("GET", "/health")), "1");
  EXPECT_EQ(body(asking("HEAD", "/health")), "1");
  clock.advance(1ms);
  EXPECT_EQ(body(asking("GET", "/health")), "2");
  clock.advance(19ms);
  EXPECT_EQ(body(asking("GET", "/health")), "2") << "old since it was made, not since it was asked";
  clock.advance(1ms);
  EXPECT_EQ(body(asking("GET", "/health")), "3");
}

TEST_F(QuickAnswers, LeaveOtherRequestsToTheHandler) {
  for (const auto& [method, path] : NamedTexts{
           {"POST", "/health"}, {"GET", "/"}, {"GET", "/health/"}, {"GET", "/healt%68"}, {"", ""}})
    EXPECT_EQ(body(asking(method, path)), "none") << method << " " << path;
  EXPECT_EQ(made, 0);
}

TEST_F(QuickAnswers, SpeakOfTlsToThoseAloneWhoCameOverIt) {
  const NamedTexts tls = {{"X-Forwarded-Proto", "https"}};
  for (int i = 0; i < 2; ++i) {
    const auto plain = handler(asking("GET", "/health"))->fields;
    const auto secret = handler(asking("GET", "/health", tls))->fields;
    EXPECT_THAT(plain, HasSubstr("X-Frame-Options: DENY\r\n"));
    EXPECT_THAT(plain, testing::Not(HasSubstr("Strict-Transport-Security")));
    EXPECT_THAT(secret, HasSubstr("X-Frame-Options: DENY\r\n"));
    EXPECT_THAT(secret, HasSubstr("Strict-Transport-Security"));
  }
  EXPECT_EQ(made, 2);
}

TEST(QuickOperations, GiveWhatIsKeptAsTheHandlerGivesIt) {
  AccessProbe probe(false);
  const std::string body = R"({"graph": "x -> y", "treatment": "x", "outcome": "y"
})";
  auto request = asking("POST", "/api/v1/identify", {{"Host", probe.host()}});
  request.body = body;
  EXPECT_EQ(probe.quick(request), nullptr) << "nobody has asked";
  auto first = probe.send("POST", "/api/v1/identify", body);
  EXPECT_EQ(first.status, 200) << first.body;
  const auto kept = probe.quick(request);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->body, first.body);
  EXPECT_EQ(kept->route, "/api/v1/{operation}") << "which the log names";
  auto second = probe.send("POST", "/api/v1/identify", body);
  for (auto* response : {&first, &second})
    std::erase_if(response->head.headers, [](const auto& field) {
      return field.first == "X-Request-Id" || field.first == "traceresponse" ||
             field.first == "Date";
    });
  EXPECT_EQ(second.body, first.body);
  EXPECT_TRUE(std::is_permutation(first.head.headers.begin(), first.head.headers.end(),
                                  second.head.headers.begin(), second.head.headers.end()));
}

TEST(QuickOperations, LeaveAllElseToTheHandler) {
  AccessProbe probe(false);
  const auto is_quick = [&](const std::string& path, const std::string& body,
                            const NamedTexts& headers, const char* method = "POST") {
    probe.send("POST", path, body);
    auto request = asking(method, path, headers);
    request.body = body;
    return probe.quick(request) != nullptr;
  };
  const std::string good = R"({"graph": "x -> y", "treatment": "x", "outcome": "y"
})";
  const NamedTexts own = {{"Host", probe.host()}};
  EXPECT_TRUE(is_quick("/api/v1/identify", good, own));
  EXPECT_FALSE(is_quick("/api/v1/identify", good, {{"Host", "evil.example"}})) << "the gate's no";
  EXPECT_FALSE(is_quick("/api/v1/identify", good,
                        {{"Host", probe.host()}, {"Origin", "https://evil.example"}}));
  EXPECT_FALSE(is_quick("/api/v1/identify", good, own, "GET"));
  EXPECT_FALSE(is_quick("/api/v1/identify", R"({"graph": "x ->"
  })",
                        own));
  EXPECT_FALSE(is_quick("/api/v1/identify", std::string(64 << 10, ' ') + good, own)) << "too long";
  EXPECT_FALSE(is_quick("/api/v1/runs", "{}", own)) << "what the store says may change";
  EXPECT_FALSE(is_quick("/api/v1/batch", good, own));
  AccessProbe closed;
  EXPECT_FALSE(closed.quick) << "who asks is looked up in a database";
}

}  // namespace
}  // namespace causal_gym
