// Sign-in, sessions, forms and keys over a real server: guessing, fixation, forgery, replay, and
// what an open server keeps out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <set>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json sign_in_body(const std::string& name, const std::string& password) {
  return {{"name", name}, {"password", password}};
}

json result_of(const RawResponse& response) { return json::parse(response.body)["result"]; }

TEST(SignIn, GivesTokensAndTellsWhoOneIs) {
  AccessProbe server;
  server.add("ada", Role::researcher);
  const auto signed_in = server.signed_in("ADA");
  EXPECT_EQ(signed_in["expires_in"], 600);
  EXPECT_EQ(signed_in["user"], (json{{"name", "ada"}, {"role", "researcher"}}));
  const auto me =
      server.send("GET", "/api/v1/auth/me", "", server.bearer(signed_in["access_token"]));
  EXPECT_EQ(result_of(me), (json{{"name", "ada"}, {"role", "researcher"}}));
  EXPECT_EQ(me.header("Cache-Control"), "no-store");
}

TEST(SignIn, DoesNotTellWhetherThereIsSuchAUser) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  server.add("off", Role::viewer);
  Accounts::UserChange disable;
  disable.disabled = true;
  ASSERT_TRUE(server.accounts.change_user("test", "off", disable, {}));
  std::set<std::string> answers;
  for (const auto& [name, password] :
       std::vector<std::pair<std::string, std::string>>{{"ada", "wrong wrong wrong"},
                                                        {"nobody", "wrong wrong wrong"},
                                                        {"off", AccessProbe::password},
                                                        {"", ""},
                                                        {"ada", std::string(5'000, 'x')}}) {
    const auto response = server.post("/api/v1/auth/sign-in", sign_in_body(name, password));
    answers.insert(std::to_string(response.status) + response.header("WWW-Authenticate") +
                   response.body);
  }
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_THAT(*answers.begin(), HasSubstr("401Bearer"));
}

// Both roads hash once. Counted in processor time, as nothing else shows it: the hash here costs
// milliseconds.
TEST(SignIn, TakesAsLongForAUserThatThereIsNot) {
  const FixedClock clock{std::chrono::system_clock::time_point{}};
  const auto store = make_memory_account_store();
  const auto rates = make_memory_rate_state(clock);
  PasswordHasher hasher({2, 16 << 20, 1});
  const AccessTokens tokens(*KeyRing::read("0123456789abcdef0123456789abcdef"), {}, clock);
  LockOut none{1'000'000};
  Accounts accounts(*store, hasher, *rates, tokens, clock, {none, none, none});
  ASSERT_TRUE(accounts.add_user("test", "ada", Role::viewer, "twelve or more", {}));
  const auto fastest = [&](const char* name) {
    auto best = std::numeric_limits<std::clock_t>::max();
    for (int i = 0; i < 15; ++i) {
      const auto begin = std::clock();
      EXPECT_FALSE(accounts.sign_in(name, "wrong wrong wrong", false, {}));
      best = std::min(best, std::clock() - begin);
    }
    return static_cast<double>(best);
  };
  const double ratio = fastest("ada") / fastest("nobody");
  EXPECT_GT(ratio, 0.5);
  EXPECT_LT(ratio, 2.0);
}

TEST(SignIn, GuessingIsLockedOutAndTheRightPasswordDoesNotHelpThen) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  int wrong = 0;
  int locked = 0;
  for (int i = 0; i < 200; ++i) {
    const auto response = server.post("/api/v1/auth/sign-in",
                                      sign_in_body("ada", "guess number " + std::to_string(i)));
    wrong += response.status == 401;
    locked += response.status == 429;
  }
  EXPECT_EQ(wrong, 6);
  EXPECT_EQ(locked, 194);
  const auto right =
      server.post("/api/v1/auth/sign-in", sign_in_body("ada", AccessProbe::password));
  EXPECT_EQ(right.status, 429);
  EXPECT_EQ(right.header("Retry-After"), "2");
  server.clock().advance(std::chrono::seconds(2));
  EXPECT_EQ(server.post("/api/v1/auth/sign-in", sign_in_body("ada", AccessProbe::password)).status,
            200);
}

TEST(SignIn, AUserThatThereIsNotIsLockedAlike) {
  AccessProbe server;
  std::vector<int> statuses;
  for (int i = 0; i < 8; ++i)
    statuses.push_back(server.post("/api/v1/auth/sign-in", sign_in_body("nobody", "guess")).status);
  EXPECT_EQ(statuses, (std::vector<int>{401, 401, 401, 401, 401, 401, 429, 429}));
}

// A proxy that adds a field of its own below the ones that came: whoever guesses sends the upper.
TEST(SignIn, WhatAClientSaysOfItsAddressBeforeTheProxyDoesIsNotBelieved) {
  AccessProbe server(true, {1e6, 1e6}, {}, 1, false, "127.0.0.1");
  std::vector<int> statuses;
  for (int i = 0; i < 8; ++i)
    statuses.push_back(server
                           .post("/api/v1/auth/sign-in", sign_in_body("nobody", "guess"),
                                 {{"X-Forwarded-For", "192.0.2." + std::to_string(i)},
                                  {"X-Forwarded-For", "203.0.113.9"}})
                           .status);
  EXPECT_EQ(statuses, (std::vector<int>{401, 401, 401, 401, 401, 401, 429, 429}));
}

TEST(SignIn, OneAddressWithManyNamesIsLockedOut) {
  AccessProbe server;
  int locked = 0;
  for (int i = 0; i < 50; ++i)
    locked += server.post("/api/v1/auth/sign-in", sign_in_body("user" + std::to_string(i), "guess"))
                  .status == 429;
  EXPECT_EQ(locked, 19);
}

TEST(Refresh, RotatesAndAReusedTokenEndsTheSession) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto first = server.signed_in("ada");
  const auto refreshed =
      server.post("/api/v1/auth/refresh", {{"refresh_token", first["refresh_token"]}});
  ASSERT_EQ(refreshed.status, 200);
  const auto second = result_of(refreshed);
  EXPECT_NE(second["refresh_token"], first["refresh_token"]);
  const auto status = [&](const json& tokens) {
    return server.send("GET", "/api/v1/auth/me", "", server.bearer(tokens["access_token"])).status;
  };
  EXPECT_EQ(status(second), 200);
  // A thief, or the one who was robbed, uses the old one: nobody can tell which, so it ends for
  // both.
  EXPECT_EQ(server.post("/api/v1/auth/refresh", {{"refresh_token", first["refresh_token"]}}).status,
            401);
  EXPECT_EQ(server.last_audit()["action"], "refresh_token_reused");
  EXPECT_EQ(
      server.post("/api/v1/auth/refresh", {{"refresh_token", second["refresh_token"]}}).status,
      401);
  EXPECT_EQ(status(first), 401);
  EXPECT_EQ(status(second), 401);
}

TEST(Refresh, EndsWithItsTimeWithTheUserAndWithSignOut) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto refresh = [&](const json& tokens) {
    return server.post("/api/v1/auth/refresh", {{"refresh_token", tokens["refresh_token"]}});
  };
  const auto late = server.signed_in("ada");
  server.clock().advance(std::chrono::hours(24 * 14));
  EXPECT_EQ(refresh(late).status, 401);
  // However often it is refreshed, a session ends.
  auto tokens = server.signed_in("ada");
  for (int days = 0; days < 29; ++days) {
    server.clock().advance(std::chrono::hours(24));
    const auto next = refresh(tokens);
    ASSERT_EQ(next.status, 200) << days;
    tokens = result_of(next);
  }
  server.clock().advance(std::chrono::hours(24));
  EXPECT_EQ(refresh(tokens).status, 401);
  const auto out = server.signed_in("ada");
  EXPECT_EQ(
      server.send("POST", "/api/v1/auth/sign-out", "", server.bearer(out["access_token"])).status,
      204);
  EXPECT_EQ(refresh(out).status, 401);
  const auto disabled = server.signed_in("ada");
  server.add("root", Role::admin);
  EXPECT_EQ(server
                .send("PATCH", "/api/v1/users/ada", "{\"disabled\":true}",
                      {server.bearer_of("root")[0], {"Content-Type", "application/json"}})
                .status,
            200);
  EXPECT_EQ(refresh(disabled).status, 401);
  for (const json& bad : {json("x"), json(""), json(nullptr), json(1)}) {
    const auto answer = server.post("/api/v1/auth/refresh", {{"refresh_token", bad}});
    EXPECT_TRUE(answer.status == 401 || answer.status == 400) << bad;
  }
}

TEST(Browser, SignsInThroughThePageAndIsShownByName) {
  AccessProbe server;
  server.add("ada", Role::researcher);
  const auto closed = server.send("GET", "/runs/x");
  EXPECT_EQ(closed.status, 303);
  EXPECT_EQ(closed.header("Location"), "/sign-in?next=%2Fruns%2Fx");
  EXPECT_EQ(server.send("POST", "/sign-out").header("Location"), "/sign-in?next=%2F");
  const auto cookie = server.browser_cookie("ada");
  const auto home = server.send("GET", "/", "", {{"Cookie", cookie}});
  EXPECT_EQ(home.status, 200);
  EXPECT_THAT(home.body, HasSubstr("<a href=\"/account\">ada</a>"));
  const auto token = server.form_token_in(home.body);
  EXPECT_EQ(server.form("/sign-out", "csrf=" + token, {{"Cookie", cookie}}).status, 303);
  EXPECT_EQ(server.send("GET", "/", "", {{"Cookie", cookie}}).status, 303);
}

TEST(Browser, ASessionThatWasPlantedBeforeIsNotTheOneAfter) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  server.add("eve", Role::viewer);
  const auto planted = server.browser_cookie("eve");
  const auto page = server.send("GET", "/sign-in");
  const auto form = AccessProbe::cookie_in(page, "form");
  const auto response = server.form(
      "/sign-in", "name=ada&password=twelve+or+more&csrf=" + server.form_token_in(page.body),
      {{"Cookie", planted + "; " + form}});
  ASSERT_EQ(response.status, 303);
  const auto own = AccessProbe::cookie_in(response, "session");
  EXPECT_NE(own, planted);
  EXPECT_THAT(server.send("GET", "/", "", {{"Cookie", planted}}).body, Not(HasSubstr(">ada<")));
  // Nor does a cookie that somebody made up become a session.
  const auto made_up = "causal_gym_session=" + std::string(43, 'A');
  EXPECT_EQ(server.send("GET", "/", "", {{"Cookie", made_up}}).status, 303);
}

TEST(Browser, AFormOfAnotherSiteChangesNothing) {
  AccessProbe server;
  server.add("ada", Role::researcher);
  const auto cookie = server.browser_cookie("ada");
  const auto token =
      server.form_token_in(server.send("GET", "/account", "", {{"Cookie", cookie}}).body);
  const std::string fields = "current=twelve+or+more&new=another+long+one&csrf=";
  const auto change = [&](const std::string& body, NamedTexts headers) {
    headers.emplace_back("Cookie", cookie);
    return server.form("/account/password", body, headers).status;
  };
  EXPECT_EQ(change(fields, {}), 403);
  EXPECT_EQ(change(fields + std::string(43, 'A'), {}), 403);
  EXPECT_EQ(change(fields + token, {{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(change(fields + token, {{"Origin", "https://evil.example"}}), 403);
  EXPECT_EQ(change(fields + token, {{"Origin", "null"}}), 403);
  const json spec = {{"environments", {"chain-v1"}}, {"agents", {"ideal"}}};
  EXPECT_EQ(server.post("/api/v1/experiments", spec, {{"Cookie", cookie}}).status, 403);
  EXPECT_EQ(server.post("/api/v1/experiments", spec, {{"Cookie", cookie}, {"X-CSRF-Token", token}})
                .status,
            202);
  EXPECT_EQ(change(fields + token,
                   {{"Origin", "http://" + server.host()}, {"Sec-Fetch-Site", "same-origin"}}),
            200);
  EXPECT_EQ(server.last_audit()["action"], "password_changed");
}

TEST(Browser, NobodyIsSignedInByAFormOfAnotherSite) {
  AccessProbe server;
  server.add("eve", Role::viewer);
  const auto page = server.send("GET", "/sign-in");
  const auto form = AccessProbe::cookie_in(page, "form");
  const std::string fields = "name=eve&password=twelve+or+more&csrf=";
  const auto token = server.form_token_in(page.body);
  for (const auto& response :
       {server.form("/sign-in", fields + token),
        server.form("/sign-in", fields, {{"Cookie", form}}),
        server.form("/sign-in", fields + token,
                    {{"Cookie", form}, {"Origin", "https://evil.example"}})}) {
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(AccessProbe::cookie_in(response, "session"), "");
  }
}

TEST(Browser, GoesNowhereElseAfterSignIn) {
  for (const auto* path : {"//evil.example", "https://evil.example", "/\\evil.example", "evil", "",
                           "/a b", "/\r\nSet-Cookie: a", "javascript:alert(1)", "/\x01"})
    EXPECT_EQ(safe_next(path), "/") << path;
  EXPECT_EQ(safe_next("/runs/x?y=1"), "/runs/x?y=1");
}

// Through the redirect and the form, to the page as it was asked for, and to no other place.
TEST(Browser, ComesBackToThePageWithItsQuery) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto come_back = [&](const std::string& target) {
    const auto closed = server.send("GET", target);
    EXPECT_EQ(closed.status, 303) << target;
    const auto page = server.send("GET", closed.header("Location"));
    constexpr std::string_view before = "name=\"next\" value=\"";
    const auto at = page.body.find(before) + before.size();
    auto next = page.body.substr(at, page.body.find('"', at) - at);
    for (auto amp = next.find("&amp;"); amp != std::string::npos; amp = next.find("&amp;"))
      next.replace(amp, 5, "&");
    return server
        .form("/sign-in",
              "name=ada&password=twelve+or+more&next=" + url_escape(next) +
                  "&csrf=" + server.form_token_in(page.body),
              {{"Cookie", server.cookie_in(page, "form")}})
        .header("Location");
  };
  EXPECT_EQ(come_back("/runs?state=finished&order=oldest"), "/runs?state=finished&order=oldest");
  EXPECT_EQ(come_back("/runs?owner=a%26b%3Dc&&agent"), "/runs?owner=a%26b%3Dc&agent=");
  EXPECT_EQ(come_back("/runs?id_prefix=//evil.example"), "/runs?id_prefix=%2F%2Fevil.example");
  EXPECT_EQ(come_back("/runs?owner=%0D%0ASet-Cookie:%20a=b%22%3E%3Cscript%3E"),
            "/runs?owner=%0D%0ASet-Cookie%3A%20a%3Db%22%3E%3Cscript%3E");
  EXPECT_EQ(come_back("/runs?owner=" + std::string(2'000, 'x')), "/runs");
  EXPECT_EQ(come_back("/runs"), "/runs");
}

TEST(Browser, IdleSessionsEndAndUsedOnesGoOn) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto cookie = server.browser_cookie("ada");
  for (int i = 0; i < 5; ++i) {
    server.clock().advance(std::chrono::hours(11));
    EXPECT_EQ(server.send("GET", "/", "", {{"Cookie", cookie}}).status, 200) << i;
  }
  server.clock().advance(std::chrono::hours(12));
  EXPECT_EQ(server.send("GET", "/", "", {{"Cookie", cookie}}).status, 303);
}

TEST(Browser, CookiesAreNoTokensAndTokensNoCookies) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto cookie = server.browser_cookie("ada");
  const auto value = cookie.substr(cookie.find('=') + 1);
  const auto tokens = server.signed_in("ada");
  EXPECT_EQ(server.post("/api/v1/auth/refresh", {{"refresh_token", value}}).status, 401);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", server.bearer(value)).status, 401);
  EXPECT_EQ(
      server
          .send("GET", "/", "",
                {{"Cookie", "causal_gym_session=" + tokens["refresh_token"].get<std::string>()}})
          .status,
      303);
  EXPECT_EQ(
      server.send("GET", "/api/v1/auth/me", "", server.bearer(tokens["refresh_token"])).status,
      401);
}

TEST(Password, AChangeEndsAllOtherSessions) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto here = server.bearer_of("ada");
  const auto elsewhere = server.bearer_of("ada");
  const auto change = [&](const std::string& current, const std::string& next) {
    return server.post("/api/v1/auth/password", {{"current", current}, {"new", next}}, here).status;
  };
  EXPECT_EQ(change("not the password", "another long one"), 403);
  EXPECT_EQ(change(AccessProbe::password, "short"), 400);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", elsewhere).status, 200);
  EXPECT_EQ(change(AccessProbe::password, "another long one"), 204);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", here).status, 200);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", elsewhere).status, 401);
  EXPECT_EQ(server.post("/api/v1/auth/sign-in", sign_in_body("ada", AccessProbe::password)).status,
            401);
}

TEST(Users, AreMadeChangedAndListedByAdminsAndOneAdminStays) {
  AccessProbe server;
  server.add("root", Role::admin);
  const auto root = server.bearer_of("root");
  const auto made =
      server.post("/api/v1/users",
                  {{"name", "bob"}, {"role", "viewer"}, {"password", "a long enough one"}}, root);
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, Not(HasSubstr("a long enough one")));
  EXPECT_EQ(
      server
          .post("/api/v1/users",
                {{"name", "bob"}, {"role", "viewer"}, {"password", "a long enough one"}}, root)
          .status,
      409);
  EXPECT_EQ(
      server
          .post("/api/v1/users",
                {{"name", "Bob"}, {"role", "viewer"}, {"password", "a long enough one"}}, root)
          .status,
      400);
  EXPECT_EQ(server
                .post("/api/v1/users",
                      {{"name", "eve"}, {"role", "king"}, {"password", "a long enough one"}}, root)
                .status,
            400);
  const auto patch = [&](const std::string& name, const json& body) {
    auto headers = root;
    headers.emplace_back("Content-Type", "application/json");
    return server.send("PATCH", "/api/v1/users/" + name, body.dump(), headers).status;
  };
  EXPECT_EQ(patch("root", {{"role", "viewer"}}), 409);
  EXPECT_EQ(patch("root", {{"disabled", true}}), 409);
  EXPECT_EQ(patch("nobody", {{"disabled", true}}), 404);
  EXPECT_EQ(patch("bob", json::object()), 400);
  EXPECT_EQ(patch("bob", {{"roll", "admin"}}), 400);
  EXPECT_EQ(patch("bob", {{"role", "admin"}}), 200);
  EXPECT_EQ(server.last_audit(), (json{{"actor", "root"},
                                       {"action", "user_changed"},
                                       {"object", "bob"},
                                       {"outcome", "role admin"}}));
  EXPECT_EQ(patch("root", {{"role", "viewer"}}), 200);
  // From now on, with the token that is still valid.
  EXPECT_EQ(server.send("GET", "/api/v1/users", "", root).status, 403);
}

TEST(Keys, AreShownOnceAndTellWhenTheyWereUsed) {
  AccessProbe server;
  server.add("ada", Role::researcher);
  const auto ada = server.bearer_of("ada");
  const auto made = server.post(
      "/api/v1/keys", {{"label", "laptop"}, {"scopes", "read_runs compute"}, {"expires_in", 7'200}},
      ada);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto key = result_of(made);
  EXPECT_EQ(key["scopes"], "compute read_runs");
  const auto listed = [&] {
    return result_of(server.send("GET", "/api/v1/keys", "", ada))["keys"][0];
  };
  EXPECT_FALSE(listed().contains("key"));
  EXPECT_EQ(listed()["used_at"], nullptr);
  const auto use = [&] {
    return server.send("GET", "/api/v1/runs", "", server.bearer(key["key"])).status;
  };
  EXPECT_EQ(use(), 200);
  EXPECT_EQ(listed()["used_at"], "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(server.send("DELETE", "/api/v1/keys/" + key["id"].get<std::string>(), "", ada).status,
            204);
  EXPECT_EQ(use(), 401);
  EXPECT_EQ(server.send("DELETE", "/api/v1/keys/" + key["id"].get<std::string>(), "", ada).status,
            404);
  // Of another user.
  server.add("bob", Role::admin);
  const auto second =
      result_of(server.post("/api/v1/keys", {{"label", "x"}, {"scopes", "compute"}}, ada));
  EXPECT_EQ(server
                .send("DELETE", "/api/v1/keys/" + second["id"].get<std::string>(), "",
                      server.bearer_of("bob"))
                .status,
            404);
  for (const json& bad :
       {json{{"label", ""}, {"scopes", "compute"}}, json{{"label", "x"}, {"scopes", ""}},
        json{{"label", "yek\u202Enimda"}, {"scopes", "compute"}},
        json{{"label", "x"}, {"scopes", "all"}},
        json{{"label", "x"}, {"scopes", "compute"}, {"expires_in", 0}},
        json{{"label", "x"}, {"scopes", "compute"}, {"expires_in", 400 * 86'400}}})
    EXPECT_EQ(server.post("/api/v1/keys", bad, ada).status, 400) << bad;
}

TEST(Audit, TellsWhatWasDoneByWhomFromWhere) {
  AccessProbe server;
  server.add("root", Role::admin);
  EXPECT_EQ(server.post("/api/v1/auth/sign-in", sign_in_body("root", "wrong")).status, 401);
  const auto root = server.bearer_of("root");
  const auto page = result_of(server.send("GET", "/api/v1/audit?limit=2", "", root))["events"];
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0]["outcome"], "ok");
  EXPECT_EQ(page[1]["action"], "sign_in");
  EXPECT_EQ(page[1]["outcome"], "wrong_password");
  EXPECT_EQ(page[1]["address"], "127.0.0.1");
  EXPECT_FALSE(page[1]["request_id"].get<std::string>().empty());
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  server.post("/api/v1/auth/sign-in", sign_in_body("root", "wrong"),
              {{"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}});
  const auto traced = result_of(server.send("GET", "/api/v1/audit?limit=1", "", root));
  EXPECT_EQ(traced["events"][0]["trace_id"], trace);
  const auto before =
      server.send("GET", "/api/v1/audit?before=" + page[1]["number"].dump(), "", root);
  EXPECT_EQ(result_of(before)["events"][0]["action"], "user_created");
  EXPECT_EQ(server.send("GET", "/api/v1/audit?limit=201", "", root).status, 400);
  EXPECT_EQ(server.send("GET", "/api/v1/audit?limit=x", "", root).status, 400);
}

TEST(RequestLog, TellsWhoWasLetInAndWhoWasRefused) {
  AccessProbe server;
  server.add("ada", Role::viewer);
  const auto ada = server.bearer_of("ada");
  const auto told_of = [&](const std::string& method, const std::string& target,
                           const NamedTexts& headers) {
    server.send(method, target, {}, headers);
    return server.told();
  };
  EXPECT_EQ(told_of("GET", "/api/v1/auth/me", ada), "200 /api/v1/auth/me ada");
  EXPECT_EQ(told_of("GET", "/api/v1/users", ada), "403 /api/v1/users ada");
  EXPECT_EQ(told_of("GET", "/api/v1/runs/none", ada), "404 /api/v1/runs/{id} ada");
  EXPECT_EQ(told_of("GET", "/api/v1/users", {}), "401 /api/v1/users ");
  EXPECT_EQ(told_of("GET", "/api/v1/users", AccessProbe::bearer("forged")), "401 /api/v1/users ");
}

TEST(RateLimit, TooManyRequestsAreToldToWait) {
  AccessProbe server(true, {3, 0.5});
  std::vector<int> statuses;
  for (int i = 0; i < 5; ++i) statuses.push_back(server.send("GET", "/api/v1/openapi.yaml").status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 200, 200, 429, 429}));
  EXPECT_EQ(server.send("GET", "/api/v1/openapi.yaml").header("Retry-After"), "2");
  for (const auto* check : {"/health", "/live", "/ready", "/health/live", "/health/ready"})
    EXPECT_EQ(server.send("GET", check).status, 200) << check;
  server.clock().advance(std::chrono::seconds(2));
  EXPECT_EQ(server.send("GET", "/api/v1/openapi.yaml").status, 200);
}

TEST(SecurityHeaders, AreOnPagesAnswersAndRefusals) {
  AccessProbe server;
  for (const auto* target : {"/sign-in", "/health", "/nothing/here", "/api/v1/runs"}) {
    const auto response = server.send("GET", target);
    EXPECT_THAT(response.header("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"))
        << target;
    EXPECT_THAT(response.header("Content-Security-Policy"), HasSubstr("base-uri 'none'")) << target;
    EXPECT_THAT(response.header("Content-Security-Policy"), Not(HasSubstr("unsafe"))) << target;
    EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(response.header("Cross-Origin-Opener-Policy"), "same-origin") << target;
    EXPECT_EQ(response.header("Strict-Transport-Security"), "") << target;
  }
  const auto over_tls = server.send("GET", "/sign-in", "", {{"X-Forwarded-Proto", "https"}});
  EXPECT_THAT(over_tls.header("Strict-Transport-Security"), HasSubstr("max-age="));
  EXPECT_THAT(over_tls.header("Set-Cookie"), HasSubstr("__Host-causal_gym_form="));
}

json preflight(AccessProbe& server, const std::string& origin, const std::string& target) {
  const auto response = server.send(
      "OPTIONS", target, "", {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}});
  return {response.status, response.header("Access-Control-Allow-Origin"),
          response.header("Access-Control-Allow-Methods")};
}

TEST(CrossOrigin, PagesOfNamedSitesUseTheApiWithTheirOwnProofAlone) {
  const std::string lab = "https://lab.example", evil = "https://evil.example";
  AccessProbe server(/*access_on=*/true, {1e6, 1e6}, {lab});
  server.add("ada", Role::researcher);
  EXPECT_EQ(preflight(server, lab, "/api/v1/ask"), (json{204, lab, "POST, GET, HEAD"}));
  EXPECT_EQ(preflight(server, lab, "/api/v1/runs/r/shares/u"), (json{204, lab, "PUT, DELETE"}));
  EXPECT_EQ(preflight(server, lab, "/mcp"), (json{204, lab, "POST, DELETE"}));
  EXPECT_EQ(preflight(server, lab, "/api/v1"), (json{404, lab, ""}));
  EXPECT_EQ(preflight(server, lab, "/sign-in"), (json{405, "", ""}));
  EXPECT_EQ(preflight(server, evil, "/api/v1/ask"), (json{405, "", ""}));
  EXPECT_EQ(preflight(server, "null", "/api/v1/ask"), (json{405, "", ""}));

  const json question = {{"model", "chain-v1"}, {"query", "P(y)"}};
  auto with_token = server.bearer_of("ada");
  with_token.emplace_back("Origin", lab);
  const auto answered = server.post("/api/v1/ask", question, with_token);
  EXPECT_NE(answered.status, 401);
  EXPECT_EQ(answered.header("Access-Control-Allow-Origin"), lab);
  EXPECT_EQ(answered.header("Access-Control-Allow-Credentials"), "");
  EXPECT_THAT(answered.header("Access-Control-Expose-Headers"), HasSubstr("Retry-After"));
  const auto refused = server.post("/api/v1/ask", question, {{"Origin", lab}});
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), lab);  // so that the page can read why
  const auto by_cookie = server.post("/api/v1/ask", question,
                                     {{"Origin", lab},
                                      {"Sec-Fetch-Site", "cross-site"},
                                      {"Cookie", server.browser_cookie("ada")}});
  EXPECT_EQ(by_cookie.status, 403);
  EXPECT_EQ(
      server.send("GET", "/sign-in", "", {{"Origin", lab}}).header("Access-Control-Allow-Origin"),
      "");
}

TEST(CrossOrigin, IsOffUnlessSitesAreNamed) {
  AccessProbe server;
  EXPECT_EQ(preflight(server, "https://lab.example", "/api/v1/ask"), (json{405, "", ""}));
  const auto answered =
      server.send("GET", "/api/v1/openapi.yaml", "", {{"Origin", "https://lab.example"}});
  EXPECT_EQ(answered.header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(answered.header("Vary"), "Accept-Encoding");
}

TEST(CrossOrigin, OfAnOpenServerToo) {
  AccessProbe server(/*access_on=*/false, {1e6, 1e6}, {"https://lab.example"});
  const json spec = {{"environments", {"chain-v1"}}, {"agents", {"ideal"}}};
  const auto launch = [&](const std::string& origin) {
    return server.post("/api/v1/experiments", spec, {{"Origin", origin}}).status;
  };
  EXPECT_EQ(launch("https://lab.example"), 202);
  EXPECT_EQ(launch("https://evil.example"), 403);
  const json initialize = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", "ping"}};
  EXPECT_NE(server.post("/mcp", initialize, {{"Origin", "https://lab.example"}}).status, 403);
  EXPECT_EQ(server.post("/mcp", initialize, {{"Origin", "https://evil.example"}}).status, 403);
}

// A name that leads here by the will of its owner, and a proxy in front that nobody spoke of.
TEST(OpenServer, OtherNamesAndUnspokenProxiesAreKeptOut) {
  AccessProbe server(/*access_on=*/false);
  EXPECT_EQ(server.send_to("localhost:1", "/").status, 200);
  EXPECT_EQ(server.send_to("[::1]:1", "/").status, 200);
  EXPECT_EQ(server.send_to("rebound.example:1", "/").status, 403);
  EXPECT_EQ(server.send_to("127.0.0.1.evil.example", "/").status, 403);
  EXPECT_EQ(server.send("GET", "/", "", {{"X-Forwarded-For", "192.0.2.7"}}).status, 403);
  EXPECT_EQ(server.send("GET", "/", "", {{"Forwarded", "for=192.0.2.7"}}).status, 403);
}

TEST(OpenServer, EveryoneMayDoEverythingButPagesOfOtherSites) {
  AccessProbe server(/*access_on=*/false);
  EXPECT_EQ(server.send("GET", "/").status, 200);
  EXPECT_EQ(server.send("GET", "/api/v1/runs").status, 200);
  EXPECT_EQ(server.send("GET", "/sign-in").status, 404);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me").status, 409);
  const json spec = {{"environments", {"chain-v1"}}, {"agents", {"ideal"}}};
  EXPECT_EQ(server.post("/api/v1/experiments", spec).status, 202);
  EXPECT_EQ(
      server.post("/api/v1/experiments", spec, {{"Origin", "http://" + server.host()}}).status,
      202);
  EXPECT_EQ(server.post("/api/v1/experiments", spec, {{"Origin", "https://evil.example"}}).status,
            403);
  EXPECT_EQ(server.post("/api/v1/experiments", spec, {{"Origin", "null"}}).status, 403);
}

}  // namespace
}  // namespace causal_gym
