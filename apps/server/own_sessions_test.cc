// One's sessions, listed and ended one by one, over the API and on the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class OwnSessions : public testing::Test {
 protected:
  void SetUp() override {
    server.add("ada", Role::viewer);
    server.add("eve", Role::admin);
  }
  NamedTexts sign_in(const std::string& name, const std::string& client) {
    const auto response =
        server.post("/api/v1/auth/sign-in", {{"name", name}, {"password", AccessProbe::password}},
                    {{"User-Agent", client}});
    EXPECT_EQ(response.status, 200);
    return server.bearer(json::parse(response.body)["result"]["access_token"]);
  }
  json listed(const NamedTexts& who) {
    return json::parse(
        server.send("GET", "/api/v1/auth/sessions", "", who).body)["result"]["sessions"];
  }
  int status_of(const NamedTexts& who) {
    return server.send("GET", "/api/v1/auth/me", "", who).status;
  }
  int end(const std::string& id, const NamedTexts& who) {
    return server.send("DELETE", "/api/v1/auth/sessions/" + id, "", who).status;
  }

  AccessProbe server;
};

TEST_F(OwnSessions, AreListedWithWhereTheyBeganAndWhichOneAsks) {
  const auto laptop = sign_in("ada", "laptop/1.0");
  sign_in("eve", "elsewhere/1.0");
  server.clock().advance(std::chrono::seconds(10));
  const auto phone = sign_in("ada", std::string(300, 'p'));
  const auto seen = listed(laptop);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]["client"], std::string(100, 'p'));
  EXPECT_EQ(seen[0]["current"], false);
  EXPECT_EQ(seen[1]["client"], "laptop/1.0");
  EXPECT_EQ(seen[1]["current"], true);
  EXPECT_EQ(seen[1]["browser"], false);
  EXPECT_EQ(seen[1]["address"], "127.0.0.1");
  EXPECT_EQ(seen[1]["created_at"], "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(seen[0]["used_at"], "2027-01-15T08:00:10.000Z");
  EXPECT_EQ(listed(phone)[0]["current"], true);
}

TEST_F(OwnSessions, AreEndedOneByOneByTheirUserAlone) {
  const auto laptop = sign_in("ada", "laptop"), phone = sign_in("ada", "phone");
  const auto eve = sign_in("eve", "evil");
  const auto seen = listed(laptop);
  ASSERT_EQ(seen.size(), 2U);
  const std::string id = seen[seen[0]["client"] == "phone" ? 0 : 1]["id"];
  EXPECT_EQ(end(id, eve), 404);  // an admin's own sessions are others
  EXPECT_EQ(end("nothing", laptop), 404);
  EXPECT_EQ(status_of(phone), 200);
  EXPECT_EQ(end(id, laptop), 204);
  EXPECT_EQ(
      server.last_audit(),
      (json{{"actor", "ada"}, {"action", "session_ended"}, {"object", id}, {"outcome", "ok"}}));
  EXPECT_EQ(status_of(phone), 401);
  EXPECT_EQ(status_of(laptop), 200);
  EXPECT_EQ(end(id, laptop), 404);
  EXPECT_EQ(listed(laptop).size(), 1U);
  EXPECT_EQ(end(listed(laptop)[0]["id"], laptop), 204);  // its own
  EXPECT_EQ(status_of(laptop), 401);
}

TEST_F(OwnSessions, AreOnThePageWithAFormThatEndsEachOther) {
  const auto phone = sign_in("ada", "<phone>&");
  const NamedTexts cookie = {{"Cookie", server.browser_cookie("ada")}};
  const auto page = server.send("GET", "/account", "", cookie);
  EXPECT_THAT(page.body, HasSubstr("&lt;phone&gt;&amp; (program)"));
  EXPECT_THAT(page.body, Not(HasSubstr("<phone>")));
  EXPECT_THAT(page.body, HasSubstr("this one"));
  const std::string before = "action=\"/account/sessions/";
  const auto at = page.body.find(before);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(page.body.find(before, at + 1), std::string::npos);  // none for this one
  const auto id = page.body.substr(at + before.size(), 32);
  const auto target = "/account/sessions/" + id + "/end";
  EXPECT_EQ(server.form(target, "", cookie).status, 403);  // without the page's token
  EXPECT_EQ(status_of(phone), 200);
  const auto token = "csrf=" + server.form_token_in(page.body);
  EXPECT_EQ(server.form(target, token, cookie).header("Location"), "/account");
  EXPECT_EQ(status_of(phone), 401);
  EXPECT_EQ(server.form(target, token, cookie).status, 404);
  EXPECT_THAT(server.send("GET", "/account", "", cookie).body, Not(HasSubstr("&lt;phone")));
}

}  // namespace
}  // namespace causal_gym
