// What every store of accounts must do: in memory, in SQLite, in PostgreSQL, and there through
// PgBouncer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/auth/secret_text.h"
#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"
#include "platform/store/sql_account_store.h"
#include "tests/store/postgres_server.h"

namespace causal_gym {
namespace {

enum class Place { memory, sqlite, postgres, pgbouncer };

class AccountStoreConformance : public testing::TestWithParam<Place> {
 protected:
  AccountStoreConformance() {
    if (GetParam() == Place::memory) {
      store = make_memory_account_store();
      return;
    }
    target = GetParam() == Place::sqlite ? folder_.file("runs.sqlite")
                                         : postgres_server().new_database();
    if (GetParam() == Place::pgbouncer) target = postgres_server().through_bouncer(target);
    EXPECT_TRUE(open_store(target));
    store = reopened();
  }
  std::unique_ptr<AccountStore> reopened() const {
    auto opened = open_account_store(target);
    EXPECT_TRUE(opened) << error_text(opened.error());
    return *std::move(opened);
  }

  User add(const std::string& name, Role role = Role::viewer) {
    User user = {"id-" + name, name, role, false, "$argon2id$hash of " + name, 1'000};
    EXPECT_TRUE(store->add_user(user, event("user_created")));
    return user;
  }
  static AuditEvent event(const std::string& action, std::int64_t at = 1'000) {
    return {at, "actor", action, "object", "ok", "192.0.2.1", "request", std::string(32, 'a'), 0};
  }
  Session begin(const std::string& id, const User& user, const std::string& token) {
    const Session session = {id,    user.id, false,       1'000,       1'000,
                             2'000, {},      "192.0.2.1", "curl/" + id};
    EXPECT_TRUE(store->add_session(session, digest_text(token), event("sign_in")));
    return session;
  }
  std::vector<std::string> actions() {
    const auto events = store->list_audit(audit_page_limit, std::nullopt);
    EXPECT_TRUE(events);
    std::vector<std::string> list;
    for (const auto& one : *events) list.push_back(one.action);
    return list;
  }

  // Of one who is as they are.
  Status change(const User& after, const std::string& kept_session, const AuditEvent& why) {
    const auto before = store->find_user(after.id);
    EXPECT_TRUE(before);
    return store->change_user(before->value_or(after), after, kept_session, why);
  }

  TemporaryFolder folder_;
  std::string target;
  std::unique_ptr<AccountStore> store;
};

TEST_P(AccountStoreConformance, KeepsUsersByTheirOnlyName) {
  const auto zoe = add("zoe", Role::admin);
  const auto ada = add("ada");
  EXPECT_EQ(*store->find_user("id-zoe"), zoe);
  EXPECT_EQ(*store->find_user_named("ada"), ada);
  EXPECT_EQ(*store->find_user("nobody"), std::nullopt);
  EXPECT_EQ(*store->find_user_named("id-ada"), std::nullopt);
  EXPECT_EQ(*store->list_users(), (std::vector<User>{ada, zoe}));
  auto twin = ada;
  twin.id = "id-twin";
  const auto status = store->add_user(twin, event("user_created"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_EQ(actions().size(), 2U);  // what did not happen is not told
}

TEST_P(AccountStoreConformance, ChangesUsersAndEndsTheirSessions) {
  add("root", Role::admin);
  auto ada = add("ada");
  const auto kept = begin("s1", ada, "t1");
  begin("s2", ada, "t2");
  ada.role = Role::researcher;
  EXPECT_TRUE(change(ada, "", event("user_changed", 1'500)));
  EXPECT_EQ(*store->find_user(ada.id), ada);
  EXPECT_EQ(store->find_session_by_id("s2").value()->ended_at, std::nullopt);
  ada.password_hash = "$argon2id$another";
  EXPECT_TRUE(change(ada, "s1", event("user_changed", 1'500)));
  EXPECT_EQ(*store->find_session_by_id("s1"), kept);
  EXPECT_EQ(store->find_session_by_id("s2").value()->ended_at, 1'500);
  ada.disabled = true;
  EXPECT_TRUE(change(ada, "", event("user_changed", 1'600)));
  EXPECT_EQ(store->find_session_by_id("s1").value()->ended_at, 1'600);
  ada.id = "nobody";
  EXPECT_EQ(change(ada, "", event("user_changed")).error().code, ErrorCode::not_found);
}

TEST_P(AccountStoreConformance, FirstPasswordsAreKeptAsSuch) {
  User eve = {"id-eve", "eve", Role::viewer, false, "$argon2id$first", 1'000, true, 2'000};
  EXPECT_TRUE(store->add_user(eve, event("user_created")));
  EXPECT_EQ(*store->find_user(eve.id), eve);
  EXPECT_EQ(*store->find_user_named("eve"), eve);
  eve.password_hash = "$argon2id$chosen";
  eve.password_must_change = false;
  eve.password_expires_at = {};
  EXPECT_TRUE(change(eve, "", event("password_changed")));
  EXPECT_EQ(*store->find_user(eve.id), eve);
  eve.password_must_change = true;
  eve.password_expires_at = 3'000;
  EXPECT_TRUE(change(eve, "", event("user_changed")));
  EXPECT_EQ(*store->list_users(), (std::vector<User>{eve}));
}

TEST_P(AccountStoreConformance, AChangeUndoesNoOther) {
  const auto before = add("ada");
  begin("s1", before, "t1");
  auto disabled = before;
  disabled.disabled = true;
  EXPECT_TRUE(store->change_user(before, disabled, "", event("user_changed", 1'500)));
  auto late = before;  // who read the user before that
  late.password_hash = "$argon2id$another";
  const auto status = store->change_user(before, late, "s1", event("password_changed", 1'600));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_EQ(status.error().where, "user");
  EXPECT_EQ(*store->find_user(before.id), disabled);
  EXPECT_EQ(store->find_session_by_id("s1").value()->ended_at, 1'500);
}

TEST_P(AccountStoreConformance, OneAdminStays) {
  auto root = add("root", Role::admin);
  auto second = add("second", Role::admin);
  second.disabled = true;
  EXPECT_TRUE(change(second, "", event("user_changed")));
  auto lesser = root;
  lesser.role = Role::viewer;
  EXPECT_EQ(change(lesser, "", event("user_changed")).error().code, ErrorCode::conflict);
  lesser = root;
  lesser.disabled = true;
  EXPECT_EQ(change(lesser, "", event("user_changed")).error().code, ErrorCode::conflict);
  EXPECT_EQ(*store->find_user(root.id), root);
}

TEST_P(AccountStoreConformance, OneAdminStaysWhenAllResignAtOnce) {
  std::vector<User> admins;
  for (int i = 0; i < 4; ++i) admins.push_back(add("admin" + std::to_string(i), Role::admin));
  std::atomic<int> resigned = 0, refused = 0;
  std::vector<std::thread> threads;
  threads.reserve(admins.size());
  for (auto& admin : admins)
    threads.emplace_back([&, admin]() mutable {
      admin.role = Role::viewer;
      const auto status = change(admin, "", event("user_changed"));
      resigned += status.has_value();
      refused += !status && status.error().code == ErrorCode::conflict;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(resigned, 3);
  EXPECT_EQ(refused, 1);
}

TEST_P(AccountStoreConformance, TokensOfASessionRotateOnce) {
  const auto ada = add("ada");
  auto session = begin("s1", ada, "t1");
  EXPECT_EQ(store->find_session(digest_text("t1")).value()->session, session);
  EXPECT_EQ(*store->find_session_by_id("s1"), session);
  EXPECT_FALSE(store->find_session(digest_text("other")).value());
  EXPECT_TRUE(*store->rotate_token(digest_text("t1"), digest_text("t2"), 1'100, 2'100));
  session.used_at = 1'100;
  session.expires_at = 2'100;
  EXPECT_TRUE(store->find_session(digest_text("t1")).value()->replaced);
  EXPECT_FALSE(store->find_session(digest_text("t2")).value()->replaced);
  EXPECT_EQ(store->find_session(digest_text("t2")).value()->session, session);
  EXPECT_FALSE(*store->rotate_token(digest_text("t1"), digest_text("t3"), 1'200, 2'200));
  EXPECT_FALSE(*store->rotate_token(digest_text("other"), digest_text("t3"), 1'200, 2'200));
  EXPECT_EQ(*store->find_session_by_id("s1"), session);
  EXPECT_TRUE(store->end_session("s1", 1'300, event("sign_out")));
  EXPECT_FALSE(*store->rotate_token(digest_text("t2"), digest_text("t3"), 1'400, 2'400));
  EXPECT_TRUE(store->end_session("s1", 1'500, event("sign_out")));
  EXPECT_EQ(store->find_session_by_id("s1").value()->ended_at, 1'300);
}

TEST_P(AccountStoreConformance, OneOfManyAtOnceRotates) {
  begin("s1", add("ada"), "t1");
  std::atomic<int> rotated = 0;
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&, i] {
      const auto done = store->rotate_token(digest_text("t1"), digest_text("n" + std::to_string(i)),
                                            1'100, 2'100);
      EXPECT_TRUE(done) << error_text(done.error());
      rotated += done && *done;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(rotated, 1);
}

TEST_P(AccountStoreConformance, ExpiredSessionsAreForgottenWithTheirTokens) {
  const auto ada = add("ada");
  begin("s1", ada, "t1");
  begin("s2", ada, "t2");
  EXPECT_TRUE(store->touch_session("s2", 1'900, 3'000));
  EXPECT_TRUE(store->forget_sessions(2'000));
  EXPECT_TRUE(store->find_session_by_id("s1").value());
  EXPECT_TRUE(store->forget_sessions(2'001));
  EXPECT_FALSE(store->find_session_by_id("s1").value());
  EXPECT_FALSE(store->find_session(digest_text("t1")).value());
  EXPECT_EQ(store->find_session(digest_text("t2")).value()->session.used_at, 1'900);
}

TEST_P(AccountStoreConformance, AUsersSessionsAreListedTheLastUsedFirst) {
  const auto ada = add("ada");
  const auto bob = add("bob");
  auto first = begin("s1", ada, "t1");
  const auto second = begin("s2", ada, "t2");
  begin("s3", bob, "t3");
  begin("s4", ada, "t4");
  EXPECT_TRUE(store->end_session("s4", 1'100, event("sign_out")));
  EXPECT_EQ(*store->list_sessions(ada.id, 1'500), (std::vector<Session>{first, second}));
  EXPECT_TRUE(store->touch_session("s2", 1'400, 2'000));
  EXPECT_EQ(store->list_sessions(ada.id, 1'999)->at(0).id, "s2");
  EXPECT_EQ(store->list_sessions(ada.id, 1'999)->size(), 2U);
  EXPECT_EQ(*store->list_sessions(ada.id, 2'000), std::vector<Session>{});
  EXPECT_EQ(*store->list_sessions("nobody", 1'500), std::vector<Session>{});
  for (std::size_t i = 0; i < listed_sessions_limit; ++i)
    begin("many" + std::to_string(i), bob, "many" + std::to_string(i));
  EXPECT_EQ(store->list_sessions(bob.id, 1'500)->size(), listed_sessions_limit);
}

SecondFactor factor_of(const User& user) { return {user.id, "k:sealed", false, 0, 1'000, 0}; }

TEST_P(AccountStoreConformance, ASecondFactorIsPutConfirmedAndRemoved) {
  const auto ada = add("ada"), bob = add("bob");
  auto factor = factor_of(ada);
  EXPECT_EQ(*store->find_second_factor(ada.id), std::nullopt);
  EXPECT_TRUE(store->put_second_factor(factor, event("begun")));
  EXPECT_EQ(*store->find_second_factor(ada.id), factor);
  EXPECT_FALSE(*store->take_code(ada.id, 5));  // not before it is confirmed
  const auto before = factor;
  factor.secret = "k:another";
  EXPECT_TRUE(store->put_second_factor(factor, event("begun")));
  const std::vector<std::string> digests = {digest_text("1"), digest_text("2")};
  const auto confirm = [&](const SecondFactor& which) {
    return *store->confirm_second_factor(which, 7, digests, event("added"));
  };
  EXPECT_FALSE(confirm(before));
  EXPECT_FALSE(confirm(factor_of(bob)));
  EXPECT_TRUE(confirm(factor));
  EXPECT_FALSE(confirm(factor));
  factor.confirmed = true;
  factor.last_step = 7;
  factor.recovery_codes = 2;
  EXPECT_EQ(*store->find_second_factor(ada.id), factor);
  EXPECT_TRUE(store->put_second_factor(factor_of(bob), event("begun")));
  EXPECT_EQ(*store->list_second_factors(), (std::vector<SecondFactor>{factor}));
  EXPECT_EQ(store->put_second_factor(before, event("begun")).error().code, ErrorCode::conflict);
  EXPECT_EQ(*store->find_second_factor(ada.id), factor);
  EXPECT_TRUE(store->remove_second_factor(bob.id, event("reset")));
  EXPECT_EQ(store->remove_second_factor(bob.id, event("reset")).error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->remove_second_factor(ada.id, event("reset")));
  EXPECT_EQ(*store->find_second_factor(ada.id), std::nullopt);
  EXPECT_FALSE(*store->take_recovery_code(ada.id, digest_text("1"), event("used")));
  EXPECT_TRUE(store->put_second_factor(before, event("begun")));
  EXPECT_EQ(store->find_second_factor(ada.id).value()->recovery_codes, 0);
  EXPECT_THAT(actions(), testing::ElementsAre("begun", "reset", "reset", "begun", "added", "begun",
                                              "begun", "user_created", "user_created"));
}

TEST_P(AccountStoreConformance, ARemovedSecondFactorTakesTheSessionsWithIt) {
  const auto ada = add("ada");
  const auto bob = add("bob");
  for (const auto& user : {ada, bob})
    ASSERT_TRUE(store->put_second_factor(factor_of(user), event("second_factor_begun")));
  begin("s1", ada, "t1");
  begin("s2", ada, "t2");
  begin("s3", bob, "t3");
  ASSERT_TRUE(store->end_session("s1", 1'100, event("sign_out")));
  ASSERT_TRUE(store->remove_second_factor(ada.id, event("second_factor_reset", 1'500)));
  EXPECT_EQ(store->find_session_by_id("s1").value()->ended_at, 1'100);
  EXPECT_EQ(store->find_session_by_id("s2").value()->ended_at, 1'500);
  EXPECT_EQ(store->find_session_by_id("s3").value()->ended_at, std::nullopt);
  begin("s4", ada, "t4");
  EXPECT_FALSE(store->remove_second_factor(ada.id, event("second_factor_reset", 1'600)));
  EXPECT_EQ(store->find_session_by_id("s4").value()->ended_at, std::nullopt)
      << "what did not happen ends nothing";
}

TEST_P(AccountStoreConformance, ACodeIsTakenOnceAlsoByManyAtOnce) {
  const auto ada = add("ada");
  ASSERT_TRUE(store->put_second_factor(factor_of(ada), event("begun")));
  ASSERT_TRUE(*store->confirm_second_factor(factor_of(ada), 7, {digest_text("1")}, event("added")));
  EXPECT_FALSE(*store->take_code(ada.id, 6));
  EXPECT_FALSE(*store->take_code(ada.id, 7));
  EXPECT_FALSE(*store->take_code("nobody", 8));
  std::atomic<int> taken = 0, recovered = 0;
  std::vector<std::thread> threads;
  threads.reserve(6);
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      const auto code = store->take_code(ada.id, 8);
      EXPECT_TRUE(code) << error_text(code.error());
      taken += code && *code;
      const auto recovery = store->take_recovery_code(ada.id, digest_text("1"), event("used"));
      EXPECT_TRUE(recovery) << error_text(recovery.error());
      recovered += recovery && *recovery;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 1);
  EXPECT_EQ(recovered, 1);
  EXPECT_EQ(store->find_second_factor(ada.id).value()->last_step, 8);
}

TEST_P(AccountStoreConformance, KeysAreFoundListedTouchedAndRevoked) {
  const auto ada = add("ada");
  const auto bob = add("bob");
  ApiKey first = {
      "k1",  ada.id, "laptop", digest_text("1"), {Scope::compute, Scope::read_runs}, 1'000,
      5'000, {},     {}};
  ApiKey second = {"k0", ada.id, "é'\"", digest_text("2"), {Scope::play}, 1'001, {}, {}, {}};
  EXPECT_TRUE(store->add_key(first, event("key_created")));
  EXPECT_TRUE(store->add_key(second, event("key_created")));
  EXPECT_EQ(*store->find_key("k1"), first);
  EXPECT_EQ(*store->find_key("k2"), std::nullopt);
  EXPECT_EQ(*store->list_keys(ada.id), (std::vector<ApiKey>{first, second}));
  EXPECT_EQ(*store->list_keys(bob.id), std::vector<ApiKey>{});
  EXPECT_TRUE(store->touch_key("k1", 1'500));
  EXPECT_EQ(store->revoke_key(bob.id, "k1", 1'600, event("key_revoked")).error().code,
            ErrorCode::not_found);
  EXPECT_TRUE(store->revoke_key(ada.id, "k1", 1'600, event("key_revoked")));
  EXPECT_EQ(store->revoke_key(ada.id, "k1", 1'700, event("key_revoked")).error().code,
            ErrorCode::not_found);
  first.used_at = 1'500;
  first.revoked_at = 1'600;
  EXPECT_EQ(*store->find_key("k1"), first);
}

TEST_P(AccountStoreConformance, AUserHasSoManyKeysAndNotMore) {
  const auto ada = add("ada");
  for (std::size_t i = 0; i <= keys_of_a_user_limit; ++i) {
    const auto name = std::to_string(i);
    const auto status = store->add_key(
        {"k" + name, ada.id, "x", digest_text(name), {Scope::play}, 1'000, {}, {}, {}},
        event("key_created"));
    EXPECT_EQ(status.has_value(), i < keys_of_a_user_limit) << i;
  }
  EXPECT_TRUE(store->revoke_key(ada.id, "k0", 1'000, event("key_revoked")));
  EXPECT_TRUE(
      store->add_key({"kx", ada.id, "x", digest_text("x"), {Scope::play}, 1'000, {}, {}, {}},
                     event("key_created")));
}

TEST_P(AccountStoreConformance, RunsHaveOneOwnerAndAreShared) {
  const auto ada = add("ada");
  const auto bob = add("bob");
  EXPECT_TRUE(store->set_owner("r1", ada.id, event("run_launched")));
  EXPECT_TRUE(store->set_owner("r1", ada.id, event("run_launched")));
  EXPECT_EQ(store->set_owner("r1", bob.id, event("run_launched")).error().code,
            ErrorCode::conflict);
  EXPECT_TRUE(store->share_run("r1", bob.id, event("run_shared")));
  EXPECT_TRUE(store->share_run("r1", bob.id, event("run_shared")));
  EXPECT_TRUE(store->share_run("r2", ada.id, event("run_shared")));
  const auto of_bob = store->find_owned("r1", bob.id);
  EXPECT_EQ(of_bob->owner, ada.id);
  EXPECT_TRUE(of_bob->shared);
  EXPECT_FALSE(store->find_owned("r1", ada.id)->shared);
  EXPECT_EQ(store->find_owned("r3", ada.id)->owner, std::nullopt);
  EXPECT_THAT(*store->shares_of("r1"), testing::ElementsAre(bob.id));
  EXPECT_TRUE(store->unshare_run("r1", bob.id, event("run_unshared")));
  EXPECT_EQ(store->unshare_run("r1", bob.id, event("run_unshared")).error().code,
            ErrorCode::not_found);
  EXPECT_THAT(*store->shares_of("r1"), testing::IsEmpty());
}

TEST_P(AccountStoreConformance, TheAuditLogGoesOnAndIsReadBackwards) {
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < 5; ++i) {
    auto one = event("a" + std::to_string(i), 1'000 + i);
    one.object = "odd \n ' \" \\ é";
    EXPECT_TRUE(store->append_audit(one));
  }
  const auto all = store->list_audit(200, std::nullopt);
  ASSERT_EQ(all->size(), 5U);
  auto expected = event("a4", 1'004);
  expected.object = "odd \n ' \" \\ é";
  expected.number = all->front().number;
  EXPECT_EQ(all->front(), expected);
  for (std::size_t i = 0; i + 1 < all->size(); ++i)
    EXPECT_GT((*all)[i].number, (*all)[i + 1].number);
  const auto page = store->list_audit(2, (*all)[1].number);
  EXPECT_EQ(*page, (std::vector<AuditEvent>{(*all)[2], (*all)[3]}));
  EXPECT_FALSE(store->list_audit(0, std::nullopt));
  EXPECT_FALSE(store->list_audit(201, std::nullopt));
}

// Those that outlive their process.
class DurableAccountStore : public AccountStoreConformance {};

// The pages of a user's runs against what they own and what is shared with them, run by run.
TEST_P(DurableAccountStore, AUsersRunsAreListedInPages) {
  const auto ada = add("ada"), bob = add("bob");
  const auto runs = *open_store(target);
  ExperimentSpec spec;
  spec.environments = {"chain-v1"};
  spec.agents = {"ideal"};
  for (int i = 59; i >= 0; --i) {
    const auto id = "r" + std::to_string(100 + (i * 37) % 60);
    const auto second = std::to_string(10 + i / 2);  // two at a time
    ASSERT_TRUE(runs->create_run({id, "2026-01-01T00:00:" + second + ".000Z", spec}));
    if (i % 3 < 2) {
      ASSERT_TRUE(store->set_owner(id, i % 3 == 0 ? ada.id : bob.id, event("run_launched")));
    }
    if (i % 5 == 2) {
      ASSERT_TRUE(store->share_run(id, ada.id, event("run_shared")));
    }
  }
  const auto pages = [](const auto& list) {
    std::vector<std::string> ids;
    std::optional<std::string> cursor;
    do {
      const auto page = list(cursor);
      EXPECT_TRUE(page);
      for (const auto& run : page->runs) ids.push_back(run.id);
      cursor = page->next_cursor;
    } while (cursor);
    return ids;
  };
  const auto all = pages([&](const auto& cursor) { return runs->list_runs(7, cursor); });
  ASSERT_EQ(all.size(), 60U);
  for (const auto& user : {ada, bob}) {
    std::vector<std::string> known;
    for (const auto& id : all) {
      const auto owned = store->find_owned(id, user.id);
      if (owned->owner == user.id || owned->shared) known.push_back(id);
    }
    EXPECT_GE(known.size(), 20U);
    for (const std::size_t limit : {1U, 3U, 20U, 200U})
      EXPECT_EQ(pages([&](const auto& cursor) {
                  return runs->find_runs({.limit = limit, .cursor = cursor, .reader = user.id});
                }),
                known)
          << user.name << " " << limit;
  }
  EXPECT_TRUE(runs->find_runs({.limit = 5, .reader = "nobody"})->runs.empty());
  EXPECT_EQ(runs->find_runs({.limit = 0, .reader = ada.id}).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(runs->find_runs({.cursor = "no/cursor", .reader = ada.id}).error().code,
            ErrorCode::invalid_argument);
}

// Of many who take the last place at once, one has it.
TEST_P(DurableAccountStore, ARunIsSharedWithSoManyUsersAndNotMore) {
  ExperimentSpec spec;
  spec.environments = {"chain-v1"};
  spec.agents = {"ideal"};
  ASSERT_TRUE((*open_store(target))->create_run({"r1", "2026-01-01T00:00:00.000Z", spec}));
  const auto database = open_database(target, {});
  ASSERT_TRUE(database && (*database)->make_durable());
  const auto last = std::to_string(shares_of_a_run_limit - 1);
  const auto numbers =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + last + ") ";
  ASSERT_TRUE(
      (*database)->execute((numbers + "INSERT INTO users (id, name, role, disabled, password_hash,"
                                      " created_at) SELECT 'id-u' || i, 'u' || i, 'viewer', 0,"
                                      " '$argon2id$hash', 1000 FROM n")
                               .c_str()));
  ASSERT_TRUE((*database)->execute(
      (numbers + "INSERT INTO run_shares (run, user_id) SELECT 'r1', 'id-u' || i FROM n").c_str()));
  std::vector<User> users;
  for (int i = 0; i < 6; ++i) users.push_back(add("ada-" + std::to_string(i)));
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> shared = 0;
    std::vector<std::thread> threads;
    threads.reserve(users.size());
    for (const auto& user : users)
      threads.emplace_back([&] {
        const auto status = store->share_run("r1", user.id, event("run_shared"));
        shared += status.has_value();
        EXPECT_TRUE(status || status.error().code == ErrorCode::limit_exceeded);
      });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(shared, 1) << round;
    EXPECT_EQ(store->shares_of("r1")->size(), shares_of_a_run_limit);
    EXPECT_TRUE(store->share_run("r1", "id-u1", event("run_shared"))) << "which it was before";
    for (const auto& user : users)
      if (store->find_owned("r1", user.id)->shared) {
        EXPECT_TRUE(store->unshare_run("r1", user.id, event("run_unshared")));
      }
  }
}

TEST_P(DurableAccountStore, WhatWasDoneIsThereForTheNextProcess) {
  const auto ada = add("ada");
  begin("s1", ada, "t1");
  store = reopened();
  EXPECT_EQ(*store->find_user(ada.id), ada);
  EXPECT_EQ(store->find_session(digest_text("t1")).value()->session.id, "s1");
  EXPECT_EQ(actions(), (std::vector<std::string>{"sign_in", "user_created"}));
}

// Whoever writes, also by hand.
TEST_P(DurableAccountStore, TheTablesRefuseWhatMakesNoSense) {
  add("ada");
  const auto database = open_database(target, {});
  ASSERT_TRUE(database && (*database)->make_durable());
  EXPECT_TRUE((*database)->execute("UPDATE users SET role = 'admin' WHERE name = 'ada'"));
  for (const char* sql :
       {"UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log",
        "UPDATE users SET role = 'king'", "UPDATE users SET name = 'ADA'",
        "UPDATE users SET password_must_change = 2", "UPDATE users SET password_must_change = NULL",
        "UPDATE users SET password_hash = 'plain'", "UPDATE users SET disabled = 2",
        "INSERT INTO api_keys (id, user_id, label, digest, scopes, created_at)"
        " VALUES ('k', 'nobody', 'x', 'short', 'play', 1)",
        "INSERT INTO run_owners (run, user_id) VALUES ('r', 'nobody')",
        "INSERT INTO sessions (id, user_id, browser, created_at, used_at, expires_at)"
        " VALUES ('s', 'id-ada', 0, 10, 10, 10)"})
    EXPECT_FALSE((*database)->execute(sql)) << sql;
}

std::string place_name(const testing::TestParamInfo<Place>& place) {
  constexpr const char* names[] = {"Memory", "Sqlite", "Postgres", "PgBouncer"};
  return names[static_cast<std::size_t>(place.param)];
}

INSTANTIATE_TEST_SUITE_P(Places, AccountStoreConformance,
                         testing::Values(Place::memory, Place::sqlite, Place::postgres,
                                         Place::pgbouncer),
                         place_name);
INSTANTIATE_TEST_SUITE_P(Places, DurableAccountStore,
                         testing::Values(Place::sqlite, Place::postgres, Place::pgbouncer),
                         place_name);

}  // namespace
}  // namespace causal_gym
