// Second factors over a real server: enrolment, the second step of signing in, guessing, replay,
// recovery, and what happens where they are required.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/server/access_probe.h"
#include "platform/auth/one_time_code.h"

namespace causal_gym {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string from_base32(const std::string& text) {
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    held = (held << 5U) | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    if ((bits += 5) >= 8) bytes += static_cast<char>((held >> (bits -= 8)) & 0xFFU);
  }
  return bytes;
}

json result_of(const RawResponse& response) { return json::parse(response.body)["result"]; }

class SecondFactorProbe : public testing::Test {
 protected:
  explicit SecondFactorProbe(bool required = false) : server(true, {1e6, 1e6}, {}, 1, required) {}

  // The code of the device now, or some steps from now.
  std::string code(std::int64_t steps = 0) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(server.clock().now().time_since_epoch());
    return counter_code(secret, static_cast<std::uint64_t>(now.count() / 30 + steps));
  }
  void next_step() { server.clock().advance(std::chrono::seconds(30)); }
  RawResponse begin(const NamedTexts& who, const std::string& password = AccessProbe::password) {
    const auto made = server.post("/api/v1/auth/second-factor", {{"password", password}}, who);
    if (made.status == 201) secret = from_base32(result_of(made)["secret"]);
    return made;
  }
  RawResponse confirm(const std::string& with, const NamedTexts& who) {
    return server.post("/api/v1/auth/second-factor/confirm", {{"code", with}}, who);
  }
  // A device for a user, and a time when its next code is good.
  void enrol(const std::string& name) {
    const auto who = server.bearer_of(name);
    ASSERT_EQ(begin(who).status, 201);
    const auto confirmed = confirm(code(), who);
    ASSERT_EQ(confirmed.status, 200) << confirmed.body;
    recovery_codes = result_of(confirmed)["recovery_codes"];
    next_step();
  }
  std::string challenge(const std::string& name) {
    const auto response =
        server.post("/api/v1/auth/sign-in", {{"name", name}, {"password", AccessProbe::password}});
    EXPECT_EQ(response.status, 200) << response.body;
    const auto asked = result_of(response);
    EXPECT_FALSE(asked.contains("access_token"));
    return asked.value("challenge", "");
  }
  RawResponse enter(const std::string& challenge, const std::string& with) {
    return server.post("/api/v1/auth/sign-in/code", {{"challenge", challenge}, {"code", with}});
  }

  AccessProbe server;
  std::string secret;
  std::vector<std::string> recovery_codes;
};

class SecondFactorStep : public SecondFactorProbe {
 protected:
  void SetUp() override { server.add("ada", Role::researcher); }
};

TEST_F(SecondFactorStep, IsAddedWithThePasswordAndConfirmedWithACode) {
  const auto ada = server.bearer_of("ada");
  const auto shown = [&] {
    return result_of(server.send("GET", "/api/v1/auth/second-factor", "", ada));
  };
  EXPECT_EQ(shown(), (json{{"confirmed", false}, {"required", false}, {"recovery_codes", 0}}));
  EXPECT_EQ(confirm("123456", ada).status, 409);
  EXPECT_EQ(begin(ada, "not the password").status, 403);
  const auto begun = begin(ada);
  ASSERT_EQ(begun.status, 201) << begun.body;
  EXPECT_EQ(begun.header("Cache-Control"), "no-store");
  EXPECT_THAT(result_of(begun)["uri"].get<std::string>(),
              HasSubstr("otpauth://totp/causal-gym:ada?secret="));
  EXPECT_EQ(secret.size(), 20U);
  // Until then the password is enough.
  EXPECT_TRUE(server.signed_in("ada").contains("access_token"));
  EXPECT_EQ(confirm(code(5), ada).status, 403);
  const auto confirmed = confirm(code(), ada);
  ASSERT_EQ(confirmed.status, 200) << confirmed.body;
  EXPECT_EQ(server.last_audit()["action"], "second_factor_added");
  EXPECT_EQ(result_of(confirmed)["recovery_codes"].size(), 10U);
  EXPECT_EQ(shown(), (json{{"confirmed", true}, {"required", false}, {"recovery_codes", 10}}));
  EXPECT_EQ(begin(ada).status, 409);  // a thief of the session puts no device in its place
  EXPECT_EQ(confirm(code(1), ada).status, 409);
}

TEST_F(SecondFactorStep, IsAskedForAndEachCodeIsTakenOnce) {
  enrol("ada");
  const auto asked = challenge("ada");
  ASSERT_NE(asked, "");
  EXPECT_EQ(enter(asked, "000000").status, 401);
  EXPECT_EQ(server.last_audit()["outcome"], "wrong_code");
  EXPECT_EQ(enter(asked, code(-1)).status, 401);  // it confirmed the device
  const auto in = enter(asked, code());
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(server.last_audit(),
            (json{{"actor", "ada"}, {"action", "sign_in"}, {"object", "ada"}, {"outcome", "ok"}}));
  const auto token = server.bearer(result_of(in)["access_token"]);
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", token).status, 200);
  EXPECT_EQ(enter(asked, code()).status, 401);
  EXPECT_EQ(enter(challenge("ada"), code()).status, 401);
  EXPECT_EQ(enter(challenge("ada"), code(1)).status, 200);  // of a clock that is fast
}

TEST_F(SecondFactorStep, AChallengeIsGoodForOneSignIn) {
  enrol("ada");
  const auto asked = challenge("ada");
  EXPECT_EQ(enter(asked, "000000").status, 401);  // mistyped
  EXPECT_EQ(enter(asked, code()).status, 200);
  const auto again = enter(asked, recovery_codes[0]);
  EXPECT_EQ(again.status, 401);
  EXPECT_THAT(again.body, HasSubstr("begin it again"));
}

TEST_F(SecondFactorStep, NothingButItsOwnFreshChallengeLeadsToIt) {
  enrol("ada");
  server.add("eve", Role::admin);
  const auto asked = challenge("ada");
  for (const auto& bad : {std::string(), std::string("f:AAAA"), asked + "A",
                          asked.substr(0, asked.size() - 2), std::string("x:") + asked.substr(2)})
    EXPECT_EQ(enter(bad, code()).status, 401) << bad;
  // The challenge is no token.
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", server.bearer(asked)).status, 401);
  server.clock().advance(std::chrono::seconds(300));
  EXPECT_THAT(enter(asked, code()).body, HasSubstr("begin it again"));
  // Nor does one of an old password, or of a user who is disabled.
  const auto before = challenge("ada");
  Accounts::UserChange change;
  change.password = "another long one";
  ASSERT_TRUE(server.accounts.change_user("test", "ada", change, {}));
  EXPECT_THAT(enter(before, code()).body, HasSubstr("begin it again"));
}

TEST_F(SecondFactorStep, GuessingCodesIsLockedOutAndThePasswordDoesNotHelp) {
  enrol("ada");
  int wrong = 0, locked = 0;
  for (int i = 0; i < 30; ++i) {
    const auto asked =
        server.post("/api/v1/auth/sign-in", {{"name", "ada"}, {"password", AccessProbe::password}});
    if (asked.status == 429) {
      ++locked;
      continue;
    }
    const auto response = enter(result_of(asked)["challenge"], std::to_string(100'000 + i));
    wrong += response.status == 401;
    locked += response.status == 429;
  }
  EXPECT_EQ(wrong, 3);  // each is two attempts
  EXPECT_EQ(locked, 27);
}

TEST_F(SecondFactorStep, ARecoveryCodeSignsInOnce) {
  enrol("ada");
  ASSERT_EQ(recovery_codes.size(), 10U);
  EXPECT_EQ(recovery_codes[0].size(), 27U);
  EXPECT_NE(recovery_codes[0], recovery_codes[1]);
  EXPECT_EQ(enter(challenge("ada"), recovery_codes[0]).status, 200);
  EXPECT_EQ(enter(challenge("ada"), recovery_codes[0]).status, 401);
  auto typed = recovery_codes[1];
  for (auto& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  const auto in = enter(challenge("ada"), typed);
  ASSERT_EQ(in.status, 200);
  const auto left = server.send("GET", "/api/v1/auth/second-factor", "",
                                server.bearer(result_of(in)["access_token"]));
  EXPECT_EQ(result_of(left)["recovery_codes"], 8);
}

TEST_F(SecondFactorStep, AnAdminResetsItAndTheLogTells) {
  enrol("ada");
  server.add("root", Role::admin);
  const auto root = server.bearer_of("root");
  const auto reset = [&](const std::string& name, const NamedTexts& who) {
    return server.send("DELETE", "/api/v1/users/" + name + "/second-factor", "", who).status;
  };
  server.add("eve", Role::researcher);
  EXPECT_EQ(reset("ada", server.bearer_of("eve")), 403);
  EXPECT_EQ(reset("nobody", root), 404);
  EXPECT_EQ(reset("eve", root), 404);
  const auto holder = enter(challenge("ada"), code());
  ASSERT_EQ(holder.status, 200);
  const auto thief = server.bearer(result_of(holder)["access_token"]);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", thief).status, 200);
  EXPECT_EQ(reset("ada", root), 204);
  EXPECT_EQ(server.send("GET", "/api/v1/auth/me", "", thief).status, 401)
      << "who has the device has had a session";
  EXPECT_EQ(server.last_audit(), (json{{"actor", "root"},
                                       {"action", "second_factor_reset"},
                                       {"object", "ada"},
                                       {"outcome", "ok"}}));
  EXPECT_TRUE(server.signed_in("ada").contains("access_token"));
}

// Does something in the middle of a sign-in: when attempts are taken back, since the code was
// right.
class InterruptingRates final : public RateState {
 public:
  explicit InterruptingRates(const Clock& clock) : rates_(make_memory_rate_state(clock)) {}
  std::chrono::nanoseconds take(const std::string& key, const Bucket& bucket) override {
    return rates_->take(key, bucket);
  }
  std::chrono::nanoseconds attempt(const std::string& key, const LockOut& policy) override {
    return rates_->attempt(key, policy);
  }
  void take_back(const std::string& key) override {
    if (const auto interrupt = std::exchange(once, {})) interrupt();
    rates_->take_back(key);
  }
  void forget(const std::string& key) override { rates_->forget(key); }

  std::function<void()> once;

 private:
  std::unique_ptr<RateState> rates_;
};

TEST(SecondFactorReset, ASignInWhoseCodeWasTakenBeforeItBeginsNoSessionAfterIt) {
  FixedClock clock{std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000))};
  const auto store = make_memory_account_store();
  InterruptingRates rates(clock);
  PasswordHasher hasher({1, 8'192, 1});
  const AccessTokens tokens(*KeyRing::read("0123456789abcdef0123456789abcdef"), {}, clock);
  Accounts accounts(*store, hasher, rates, tokens, clock, {}, {}, {},
                    {false, KeyRing::read(AccessProbe::second_factor_key).value()});
  const auto* password = AccessProbe::password;
  const auto user = accounts.add_user("test", "ada", Role::viewer, password, {});
  ASSERT_TRUE(user);
  const auto begun = accounts.sign_in("ada", password, false, {});
  ASSERT_TRUE(begun);
  const auto made = accounts.enrol_second_factor(begun->caller, password, {});
  ASSERT_TRUE(made);
  const auto code = [&] {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch());
    return counter_code(from_base32(made->secret), static_cast<std::uint64_t>(now.count() / 30));
  };
  ASSERT_TRUE(accounts.confirm_second_factor(begun->caller, code(), {}));
  clock.advance(std::chrono::seconds(30));
  const auto asked = accounts.sign_in("ada", password, false, {});
  ASSERT_TRUE(asked);
  rates.once = [&] { EXPECT_TRUE(accounts.reset_second_factor("root", "ada", {})); };
  const auto entered = accounts.sign_in_with_code(asked->challenge, code(), false, {});
  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().error.code, ErrorCode::unauthorized);
  EXPECT_FALSE(rates.once) << "the device was reset meanwhile";
  EXPECT_EQ(store->list_sessions(user->id, 0).value().size(), 0U);
}

// The accounts of one store by the keys of another server, in whose place it came.
struct OtherServer {
  OtherServer(AccountStore& store, const Clock& clock, SecondFactorPolicy policy)
      : rates(make_memory_rate_state(clock)),
        tokens(*KeyRing::read("0123456789abcdef0123456789abcdef"), {}, clock),
        accounts(store, hasher, *rates, tokens, clock, {}, {}, {}, std::move(policy)) {}
  Error refusal() {
    const auto signed_in = accounts.sign_in("ada", AccessProbe::password, false, {});
    return signed_in ? Error() : signed_in.error().error;
  }

  std::unique_ptr<RateState> rates;
  PasswordHasher hasher{{1, 8'192, 1}};
  AccessTokens tokens;
  Accounts accounts;
};

TEST_F(SecondFactorStep, WhereItsKeyIsGoneThatIsSaid) {
  enrol("ada");
  auto& store = server.accounts.store();
  const auto factor = *store.find_second_factor((*store.find_user_named("ada"))->id);
  EXPECT_EQ(server.accounts.second_factors().state_of(factor), FactorState::ready);
  EXPECT_EQ(*server.accounts.second_factors().count_not_opened(), 0U);
  OtherServer without(store, server.clock(), {});
  const auto no_key = without.refusal();
  EXPECT_EQ(no_key.code, ErrorCode::unavailable);
  EXPECT_EQ(no_key.where, "auth.second_factor_key");
  EXPECT_THAT(no_key.message, HasSubstr("no key for second factors"));
  EXPECT_THAT(no_key.suggestion, HasSubstr("reset"));
  EXPECT_EQ(server.last_audit()["outcome"], "no_second_factor_key");
  EXPECT_EQ(without.accounts.second_factors().state_of(factor), FactorState::no_key);
  EXPECT_EQ(*without.accounts.second_factors().count_not_opened(), 1U);
  OtherServer other(store, server.clock(),
                    {false, KeyRing::read("g:another key of thirty-two bytes or more").value()});
  const auto asked = other.accounts.sign_in("ada", AccessProbe::password, false, {});
  ASSERT_TRUE(asked);
  const auto refused = other.accounts.sign_in_with_code(asked->challenge, code(), false, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, ErrorCode::unavailable);
  EXPECT_EQ(refused.error().error.where, "auth.second_factor_key");
  EXPECT_THAT(refused.error().error.message, HasSubstr("a key that this server has not"));
  EXPECT_THAT(refused.error().error.suggestion, HasSubstr("recovery code"));
  EXPECT_EQ(server.last_audit()["outcome"], "no_second_factor_key");
  EXPECT_EQ(other.accounts.second_factors().state_of(factor), FactorState::another_key);
  EXPECT_EQ(*other.accounts.second_factors().count_not_opened(), 1U);
  EXPECT_TRUE(other.accounts.sign_in_with_code(asked->challenge, recovery_codes[0], false, {}));
}

// At rest there is neither the secret nor a recovery code.
TEST_F(SecondFactorStep, IsKeptSealed) {
  enrol("ada");
  const auto user = server.accounts.store().find_user_named("ada");
  const auto kept = server.accounts.store().find_second_factor((*user)->id);
  ASSERT_TRUE(kept && *kept);
  EXPECT_THAT((*kept)->secret, testing::StartsWith("f:"));
  EXPECT_THAT((*kept)->secret, Not(HasSubstr(secret)));
  EXPECT_THAT((*kept)->secret, Not(HasSubstr(base32(secret))));
}

TEST_F(SecondFactorStep, IsAskedForOnAPageOfItsOwn) {
  enrol("ada");
  const auto page = server.send("GET", "/sign-in");
  const NamedTexts form = {{"Cookie", AccessProbe::cookie_in(page, "form")}};
  const auto token = "&csrf=" + server.form_token_in(page.body);
  const auto asked =
      server.form("/sign-in", "name=ada&password=twelve+or+more&next=%2Fruns%2Fx" + token, form);
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(AccessProbe::cookie_in(asked, "session"), "");
  EXPECT_EQ(asked.header("Cache-Control"), "no-store");
  const std::string before = "name=\"challenge\" value=\"";
  const auto at = asked.body.find(before);
  ASSERT_NE(at, std::string::npos) << asked.body;
  const auto begin = at + before.size();
  const auto given = asked.body.substr(begin, asked.body.find('"', begin) - begin);
  const auto fields = "challenge=" + given + "&next=%2Fruns%2Fx&code=";
  EXPECT_EQ(server.form("/sign-in/code", fields + code(), form).status, 403);
  const auto wrong = server.form("/sign-in/code", fields + "000000" + token, form);
  EXPECT_EQ(wrong.status, 401);
  EXPECT_THAT(wrong.body, HasSubstr("The code is wrong."));
  EXPECT_THAT(wrong.body, HasSubstr(given));
  const auto in = server.form("/sign-in/code", fields + code() + token, form);
  EXPECT_EQ(in.status, 303) << in.body;
  EXPECT_EQ(in.header("Location"), "/runs/x");
  const auto cookie = AccessProbe::cookie_in(in, "session");
  EXPECT_EQ(server.send("GET", "/", "", {{"Cookie", cookie}}).status, 200);
}

TEST_F(SecondFactorStep, IsAddedOnTheAccountPage) {
  const NamedTexts cookie = {{"Cookie", server.browser_cookie("ada")}};
  const auto page = server.send("GET", "/account", "", cookie);
  const auto token = "&csrf=" + server.form_token_in(page.body);
  EXPECT_EQ(server.form("/account/second-factor", "password=twelve+or+more", cookie).status, 403);
  EXPECT_EQ(server.form("/account/second-factor", "password=wrong" + token, cookie).status, 401);
  const auto begun =
      server.form("/account/second-factor", "password=twelve+or+more" + token, cookie);
  EXPECT_EQ(begun.status, 200);
  const auto at = begun.body.find("<code>");
  ASSERT_NE(at, std::string::npos);
  secret = from_base32(begun.body.substr(at + 6, 32));
  EXPECT_THAT(begun.body, HasSubstr("<a href=\"otpauth://totp/causal-gym:ada?secret="));
  EXPECT_THAT(server.form("/account/second-factor/confirm", "code=000000" + token, cookie).body,
              HasSubstr("<p role=\"alert\">the code is wrong"));
  const auto added =
      server.form("/account/second-factor/confirm", "code=" + code() + token, cookie);
  EXPECT_EQ(added.status, 200);
  EXPECT_THAT(added.body, HasSubstr("<p role=\"status\" class=\"done\">Your device is added.</p>"));
  EXPECT_THAT(added.body, HasSubstr("Recovery codes left: 10"));
  next_step();
  EXPECT_NE(challenge("ada"), "");
}

TEST_F(SecondFactorStep, KeysAskForNone) {
  enrol("ada");
  const auto user = server.accounts.store().find_user_named("ada");
  const auto key =
      server.accounts.add_key({CallerKind::person, (*user)->id, "ada", Role::researcher, {}, ""},
                              "x", {Scope::read_runs}, {}, {});
  ASSERT_TRUE(key);
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", server.bearer(key->text)).status, 200);
}

class SecondFactorRequired : public SecondFactorProbe {
 protected:
  SecondFactorRequired() : SecondFactorProbe(true) {}
};

TEST_F(SecondFactorRequired, NothingElseIsDoneBeforeItIsAdded) {
  server.add("root", Role::admin);
  const auto signed_in = server.signed_in("root");
  EXPECT_EQ(signed_in["user"]["due"], "add_second_factor");
  const auto root = server.bearer(signed_in["access_token"]);
  for (const auto* target : {"/api/v1/runs", "/api/v1/users", "/api/v1/keys", "/api/v1/audit"}) {
    const auto refused = server.send("GET", target, "", root);
    EXPECT_EQ(refused.status, 403) << target;
    EXPECT_THAT(refused.body, HasSubstr("POST /api/v1/auth/second-factor")) << target;
  }
  const NamedTexts cookie = {{"Cookie", server.browser_cookie("root")}};
  EXPECT_EQ(server.send("GET", "/", "", cookie).header("Location"), "/account");
  EXPECT_THAT(server.send("GET", "/account", "", cookie).body,
              HasSubstr("A second factor is required."));
  ASSERT_EQ(begin(root).status, 201);
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", root).status, 403);
  ASSERT_EQ(confirm(code(), root).status, 200);
  EXPECT_EQ(server.send("GET", "/api/v1/runs", "", root).status, 200);
  EXPECT_EQ(server.send("GET", "/", "", cookie).status, 200);
}

TEST_F(SecondFactorRequired, TheFirstPasswordIsChangedFirst) {
  server.add_with_first_password("ada", Role::viewer);
  EXPECT_EQ(server.signed_in("ada")["user"]["due"], "change_password");
}

TEST(SecondFactorPolicy, IsWhatTheConfigurationSays) {
  Configuration::Auth auth;
  EXPECT_FALSE(second_factor_policy(auth)->required);
  EXPECT_FALSE(second_factor_policy(auth)->keys);
  auth.second_factor = "required";
  ASSERT_FALSE(second_factor_policy(auth));
  EXPECT_EQ(second_factor_policy(auth).error().where, "auth.second_factor_key");
  auth.second_factor_key = std::string(40, 'a');
  EXPECT_EQ(second_factor_policy(auth).error().where, "auth.second_factor_key");
  auth.second_factor_key = AccessProbe::second_factor_key;
  EXPECT_TRUE(second_factor_policy(auth)->required);
  EXPECT_TRUE(second_factor_policy(auth)->keys);
}

}  // namespace
}  // namespace causal_gym
