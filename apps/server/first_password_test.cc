// Passwords that an admin has set: good for changing them, for a time, and for nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr const char* own = "a password of my own";

json result_of(const RawResponse& response) { return json::parse(response.body)["result"]; }

int sign_in_status(AccessProbe& server, const std::string& name, const std::string& password) {
  return server.post("/api/v1/auth/sign-in", {{"name", name}, {"password", password}}).status;
}

int change(AccessProbe& server, const std::string& next, const NamedTexts& who) {
  return server
      .post("/api/v1/auth/password", {{"current", AccessProbe::password}, {"new", next}}, who)
      .status;
}

TEST(FirstPassword, ProgramsAreToldToChangeItAndThenGoOn) {
  AccessProbe server;
  server.add_with_first_password("ada", Role::admin);
  const auto signed_in = server.signed_in("ada");
  EXPECT_EQ(signed_in["user"]["due"], "change_password");
  const auto ada = server.bearer(signed_in["access_token"]);
  for (const auto* target : {"/api/v1/runs", "/api/v1/users", "/api/v1/keys"}) {
    const auto refused = server.send("GET", target, "", ada);
    EXPECT_EQ(refused.status, 403) << target;
    EXPECT_THAT(refused.body, HasSubstr("change it before anything else")) << target;
    EXPECT_THAT(refused.body, HasSubstr("POST /api/v1/auth/password")) << target;
  }
  EXPECT_EQ(server.post("/api/v1/keys", {{"label", "x"}, {"scopes", "compute"}}, ada).status, 403);
  EXPECT_EQ(result_of(server.send("GET", "/api/v1/auth/me", "", ada))["due"], "change_password");
  // A new pair of tokens is no way around it.
  const auto next = result_of(
      server.post("/api/v1/auth/refresh", {{"refresh_token", signed_in["refresh_token"]}}));
  EXPECT_EQ(next["user"]["due"], "change_password");
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", server.bearer(next["access_token"])).status,
            403);
  EXPECT_EQ(change(server, AccessProbe::password, ada), 400);  // it may not stay
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", ada).status, 403);
  EXPECT_EQ(change(server, own, ada), 204);
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", ada).status, 200);
  EXPECT_FALSE(result_of(server.send("GET", "/api/v1/auth/me", "", ada)).contains("due"));
  server.clock().advance(std::chrono::hours(24 * 365));
  EXPECT_EQ(sign_in_status(server, "ada", own), 200);
}

TEST(FirstPassword, BrowsersAreBroughtToThePageThatChangesIt) {
  AccessProbe server;
  server.add_with_first_password("ada", Role::researcher);
  const NamedTexts cookie = {{"Cookie", server.browser_cookie("ada")}};
  for (const auto* target : {"/", "/runs/x", "/environments/chain-v1"}) {
    const auto brought = server.send("GET", target, "", cookie);
    EXPECT_EQ(brought.status, 303) << target;
    EXPECT_EQ(brought.header("Location"), "/account") << target;
  }
  const auto page = server.send("GET", "/account", "", cookie);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("Change it before you go on"));
  const auto token = server.form_token_in(page.body);
  const auto changed = server.form(
      "/account/password", "current=twelve+or+more&new=a+password+of+my+own&csrf=" + token, cookie);
  EXPECT_EQ(changed.status, 200);
  EXPECT_THAT(changed.body, Not(HasSubstr("Change it before you go on")));
  EXPECT_EQ(server.send("GET", "/", "", cookie).status, 200);
}

TEST(FirstPassword, WhoDoesNotChangeItMaySignOut) {
  AccessProbe server;
  server.add_with_first_password("ada", Role::viewer);
  const auto ada = server.bearer_of("ada");
  EXPECT_EQ(server.send("POST", "/api/v1/auth/sign-out", "", ada).status, 204);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", ada).status, 401);
}

TEST(FirstPassword, ExpiresWithTheSessionsThatItBegan) {
  AccessProbe server;
  const auto user = server.add_with_first_password("ada", Role::viewer);
  EXPECT_EQ(user.password_expires_at, user.created_at + 7 * 86'400);
  server.clock().advance(std::chrono::hours(24 * 7) - std::chrono::seconds(1));
  const auto ada = server.bearer_of("ada");
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", ada).status, 200);
  server.clock().advance(std::chrono::seconds(1));
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", ada).status, 401);
  EXPECT_EQ(change(server, own, ada), 401);
  const auto late =
      server.post("/api/v1/auth/sign-in", {{"name", "ada"}, {"password", AccessProbe::password}});
  EXPECT_EQ(late.status, 401);
  EXPECT_THAT(late.body, HasSubstr("ask an admin for a new one"));
  EXPECT_EQ(server.last_audit()["outcome"], "password_expired");
  // Who does not know it is not told.
  const auto guess =
      server.post("/api/v1/auth/sign-in", {{"name", "ada"}, {"password", "not the password"}});
  EXPECT_THAT(guess.body, HasSubstr("name or password is wrong"));
}

TEST(FirstPassword, IsWhateverAnAdminSetsAnew) {
  AccessProbe server;
  server.add("root", Role::admin);
  server.add("ada", Role::viewer);
  auto root = server.bearer_of("root");
  root.emplace_back("Content-Type", "application/json");
  const auto patch = [&](const json& body) {
    return result_of(server.send("PATCH", "/api/v1/users/ada", body.dump(), root));
  };
  EXPECT_EQ(patch({{"role", "researcher"}})["password_must_change"], false);
  const auto set = patch({{"password", own}});
  EXPECT_EQ(set["password_must_change"], true);
  EXPECT_EQ(set["password_expires_at"], "2027-01-22T08:00:00.000Z");
  const auto signed_in =
      result_of(server.post("/api/v1/auth/sign-in", {{"name", "ada"}, {"password", own}}));
  EXPECT_EQ(signed_in["user"]["due"], "change_password");
  const auto made = result_of(
      server.post("/api/v1/users", {{"name", "bob"}, {"role", "viewer"}, {"password", own}}, root));
  EXPECT_EQ(made["password_must_change"], true);
}

TEST(FirstPassword, LastsAsLongAsTheConfigurationSays) {
  Configuration::Auth auth;
  EXPECT_EQ(session_policy(auth).first_password, std::chrono::hours(24 * 7));
  auth.first_password_seconds = 90;
  EXPECT_EQ(session_policy(auth).first_password, std::chrono::seconds(90));
}

// Keys were made by whoever had chosen a password, and are revoked by themselves.
TEST(FirstPassword, KeysGoOn) {
  AccessProbe server;
  const auto ada = server.add("ada", Role::viewer);
  const auto key = server.accounts.add_key(
      {CallerKind::person, ada.id, "ada", Role::viewer, {}, ""}, "x", {Scope::read_runs}, {}, {});
  ASSERT_TRUE(key);
  Accounts::UserChange change;
  change.password = own;
  ASSERT_TRUE(server.accounts.change_user("test", "ada", change, {}));
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", server.bearer(key->text)).status, 200);
}

}  // namespace
}  // namespace causal_gym
