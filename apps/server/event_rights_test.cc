// An open stream of events lasts no longer than the right to it, and a user has so many.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "apps/server/access_probe.h"

namespace causal_gym {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

// The events of a run, as a client has them open.
class Events {
 public:
  Events(const AccessProbe& server, const std::string& run, const NamedTexts& headers)
      : client_(server.port()) {
    std::string text = "GET /api/v1/runs/" + run + "/events HTTP/1.1\r\nHost: " + server.host();
    for (const auto& [name, value] : headers) text += "\r\n" + name + ": " + value;
    EXPECT_TRUE(client_.send(text + "\r\n\r\n"));
    head = client_.read().value_or(RawResponse());
    if (head.status == 200) {
      EXPECT_THAT(client_.read_text("\n\n"), HasSubstr("retry"));
    }
  }
  // Within 10 s; a client that does not close is waited for a second.
  bool ends() {
    client_.read_to_end();
    return client_.closed_by_server();
  }
  // Nothing more came, and it is not at its end.
  bool goes_on() {
    while (client_.has_input()) {
      const auto piece = client_.read_text("\n");
      if (piece.empty()) return false;
    }
    return true;
  }
  void close() { client_.close(); }

  RawResponse head;

 private:
  RawClient client_;
};

struct EventRights : testing::Test {
  EventRights() {
    ada = server.add("ada", Role::researcher);
    eve = server.add("eve", Role::viewer);
    run = server.add_run("run-1", ada.id);
    const auto shared = server.accounts.store().share_run(
        run, eve.id, {0, "test", "run_shared", run, "ok", "", "", ""});
    EXPECT_TRUE(shared);
  }
  std::string key_of(const std::string& name, std::int64_t seconds) {
    const auto made = server.post(
        "/api/v1/keys", {{"label", "x"}, {"scopes", "read_runs"}, {"expires_in", seconds}},
        server.bearer_of(name));
    EXPECT_EQ(made.status, 201) << made.body;
    key_id = json::parse(made.body)["result"]["id"];
    return json::parse(made.body)["result"]["key"];
  }

  AccessProbe server;
  User ada, eve;
  std::string run, key_id;
};

TEST_F(EventRights, AStreamEndsWithTheRightToIt) {
  Events kept(server, run, server.bearer_of("ada"));

  const auto program = server.bearer_of("ada");
  Events of_program(server, run, program);
  EXPECT_EQ(server.send("POST", "/api/v1/auth/sign-out", "", program).status, 204);
  EXPECT_TRUE(of_program.ends()) << "the session has ended";

  Events of_browser(server, run, {{"Cookie", server.browser_cookie("eve")}});
  const auto eve_now = server.bearer_of("eve");
  const auto sessions = json::parse(
      server.send("GET", "/api/v1/auth/sessions", "", eve_now).body)["result"]["sessions"];
  for (const auto& session : sessions)
    if (session["browser"]) {
      const auto path = "/api/v1/auth/sessions/" + session["id"].get<std::string>();
      EXPECT_EQ(server.send("DELETE", path, "", eve_now).status, 204);
    }
  EXPECT_TRUE(of_browser.ends()) << "the session was ended from elsewhere";

  Events of_key(server, run, server.bearer(key_of("ada", 3'600)));
  EXPECT_EQ(server.send("DELETE", "/api/v1/keys/" + key_id, "", server.bearer_of("ada")).status,
            204);
  EXPECT_TRUE(of_key.ends()) << "the key is revoked";

  Events of_short_key(server, run, server.bearer(key_of("ada", 60)));
  server.clock().advance(60s);
  EXPECT_TRUE(of_short_key.ends()) << "the key has expired";

  Events of_reader(server, run, eve_now);
  const auto share = "/api/v1/runs/" + run + "/shares/eve";
  EXPECT_EQ(server.send("DELETE", share, "", server.bearer_of("ada")).status, 204);
  EXPECT_TRUE(of_reader.ends()) << "the run is not shared any more";

  EXPECT_EQ(server.send("PUT", share, "", server.bearer_of("ada")).status, 204);
  Events of_disabled(server, run, eve_now);
  Accounts::UserChange disable;
  disable.disabled = true;
  ASSERT_TRUE(server.accounts.change_user("test", "eve", disable, {}));
  EXPECT_TRUE(of_disabled.ends()) << "the user is disabled";

  for (const auto* events :
       {&kept, &of_program, &of_browser, &of_key, &of_short_key, &of_reader, &of_disabled})
    EXPECT_EQ(events->head.status, 200);
  EXPECT_TRUE(kept.goes_on());
}

// Who is an admin no more sees their own runs.
TEST_F(EventRights, AStreamEndsWithTheRole) {
  server.add("root", Role::admin);
  server.add("other", Role::admin);
  Events of_admin(server, run, server.bearer_of("root"));
  EXPECT_EQ(of_admin.head.status, 200);
  Accounts::UserChange demote;
  demote.role = Role::researcher;
  ASSERT_TRUE(server.accounts.change_user("test", "root", demote, {}));
  EXPECT_TRUE(of_admin.ends());
}

TEST_F(EventRights, AskingAgainUsesNoSessionAndNoKey) {
  auto& store = server.accounts.store();
  Events of_browser(server, run, {{"Cookie", server.browser_cookie("ada")}});
  Events of_key(server, run, server.bearer(key_of("ada", 86'400)));
  EXPECT_EQ(of_browser.head.status + of_key.head.status, 400);
  const auto sessions = *store.list_sessions(ada.id, 0);
  const auto key = *store.find_key(key_id);
  server.clock().advance(1h);
  // Each of these is asked for, and ended, after the clock has moved: so are the others.
  for (int i = 0; i < 3; ++i) {
    const auto eve_now = server.bearer_of("eve");
    Events other(server, run, eve_now);
    EXPECT_EQ(server.send("POST", "/api/v1/auth/sign-out", "", eve_now).status, 204);
    EXPECT_TRUE(other.ends());
  }
  EXPECT_EQ(*store.list_sessions(ada.id, 0), sessions);
  EXPECT_EQ(*store.find_key(key_id), key);
  EXPECT_TRUE(of_browser.goes_on() && of_key.goes_on());
}

TEST_F(EventRights, AUserHasSoManyStreamsAndNotMore) {
  const auto by_token = server.bearer_of("ada");
  const auto by_key = server.bearer(key_of("ada", 3'600));
  std::deque<Events> open;
  for (std::size_t i = 0; i < AccessProbe::streams_of_a_user; ++i)
    EXPECT_EQ(open.emplace_back(server, run, i % 2 == 0 ? by_token : by_key).head.status, 200);
  const Events refused(server, run, by_key);
  EXPECT_EQ(refused.head.status, 429);
  EXPECT_EQ(refused.head.header("Retry-After"), "5");
  const auto error = json::parse(refused.head.body)["error"];
  EXPECT_EQ(error["code"], "limit_exceeded");
  EXPECT_EQ(error["where"], "limits.event_streams_per_user");
  EXPECT_EQ(Events(server, run, server.bearer_of("eve")).head.status, 200) << "of others no less";
  open.front().close();
  int status = 429;
  for (int i = 0; i < 2'000 && status == 429; ++i) {
    std::this_thread::sleep_for(5ms);
    status = Events(server, run, by_token).head.status;
  }
  EXPECT_EQ(status, 200) << "the place is given back";
}

}  // namespace
}  // namespace causal_gym
