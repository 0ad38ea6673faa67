// Who may do what: the whole table, spelled out a second time.
#include "platform/auth/permission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace causal_gym {
namespace {

Caller person(Role role) { return {CallerKind::person, "me", "me", role, {}, "s"}; }
Caller key(Role role, std::vector<Scope> scopes) {
  return {CallerKind::key, "me", "me", role, std::move(scopes), "k"};
}

const OwnedObject mine = {"me", false};
const OwnedObject shared_with_me = {"another", true};
const OwnedObject of_another = {"another", false};
const OwnedObject of_nobody = {};

// By role; y: allowed, f: forbidden, h: hidden.
const std::map<Permission, std::map<Role, std::string>> expected_without_object = {
    {Permission::see_public, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::finish_sign_in,
     {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::use_account, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::compute, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::play, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::use_reference, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::see_runs, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::launch_runs, {{Role::viewer, "f"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::change_runs, {{Role::viewer, "f"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Permission::administer, {{Role::viewer, "f"}, {Role::researcher, "f"}, {Role::admin, "y"}}},
};
// Of mine, shared with me, another's, nobody's.
const std::map<Permission, std::map<Role, std::string>> expected_of_objects = {
    {Permission::see_runs,
     {{Role::viewer, "yyhh"}, {Role::researcher, "yyhh"}, {Role::admin, "yyyy"}}},
    {Permission::change_runs,
     {{Role::viewer, "ffhh"}, {Role::researcher, "yfhh"}, {Role::admin, "yyyy"}}},
};

std::string letter(Decision decision) {
  switch (decision) {
    case Decision::allowed: return "y";
    case Decision::sign_in_first: return "s";
    case Decision::finish_first: return "d";
    case Decision::forbidden: return "f";
    case Decision::hidden: return "h";
  }
  return "?";
}

std::string of_objects(const Caller& caller, Permission permission) {
  std::string letters;
  for (const auto& object : {mine, shared_with_me, of_another, of_nobody})
    letters += letter(may(caller, permission, object));
  return letters;
}

TEST(Permission, TheTableIsAsWritten) {
  for (const auto permission : all_permissions)
    for (const auto role : {Role::viewer, Role::researcher, Role::admin}) {
      SCOPED_TRACE(std::string(permission_name(permission)) + " " + std::string(role_name(role)));
      EXPECT_EQ(letter(may(person(role), permission)),
                expected_without_object.at(permission).at(role));
      const auto objects = expected_of_objects.find(permission);
      if (objects != expected_of_objects.end()) {
        EXPECT_EQ(of_objects(person(role), permission), objects->second.at(role));
      }
    }
}

TEST(Permission, NobodySeesThePublicAlone) {
  for (const auto permission : all_permissions) {
    const auto expected = permission == Permission::see_public ? "y" : "s";
    EXPECT_EQ(letter(may({}, permission)), expected) << permission_name(permission);
    EXPECT_EQ(letter(may({}, permission, mine)), expected) << permission_name(permission);
  }
}

TEST(Permission, WhatIsDueComesBeforeAllElse) {
  for (const auto role : {Role::viewer, Role::researcher, Role::admin}) {
    auto caller = person(role);
    caller.due = Due::change_password;
    for (const auto permission : all_permissions) {
      const bool open =
          permission == Permission::see_public || permission == Permission::finish_sign_in;
      EXPECT_EQ(letter(may(caller, permission)), open ? "y" : "d") << permission_name(permission);
      EXPECT_EQ(letter(may(caller, permission, mine)), open ? "y" : "d")
          << permission_name(permission);
    }
    EXPECT_FALSE(sees_all_runs(caller));
  }
}

TEST(Permission, WithoutAccessEveryoneMayDoEverything) {
  for (const auto permission : all_permissions)
    for (const auto& object : {mine, shared_with_me, of_another, of_nobody})
      EXPECT_EQ(may({CallerKind::everyone, {}, {}, {}, {}, {}}, permission, object),
                Decision::allowed);
}

TEST(Permission, AKeyMayWhatItsScopeSaysAndItsUserMay) {
  const std::map<Scope, std::vector<Permission>> covered = {
      {Scope::compute, {Permission::compute}},
      {Scope::play, {Permission::play}},
      {Scope::reference, {Permission::use_reference}},
      {Scope::read_runs, {Permission::see_runs}},
      {Scope::write_runs, {Permission::launch_runs, Permission::change_runs}},
      {Scope::administer, {Permission::administer}}};
  for (const auto scope : all_scopes)
    for (const auto role : {Role::viewer, Role::researcher, Role::admin})
      for (const auto permission : all_permissions) {
        const auto& permissions_of_it = covered.at(scope);
        const bool in_scope = permission == Permission::see_public ||
                              std::find(permissions_of_it.begin(), permissions_of_it.end(),
                                        permission) != permissions_of_it.end();
        const bool of_user = may(person(role), permission) == Decision::allowed;
        EXPECT_EQ(may(key(role, {scope}), permission) == Decision::allowed, in_scope && of_user)
            << scope_name(scope) << " " << role_name(role) << " " << permission_name(permission);
      }
}

TEST(Permission, AKeyWithoutReadingLearnsNothingOfARun) {
  EXPECT_EQ(of_objects(key(Role::admin, {Scope::compute}), Permission::see_runs), "hhhh");
  EXPECT_EQ(of_objects(key(Role::researcher, {Scope::write_runs}), Permission::change_runs),
            "yhhh");
}

TEST(Permission, OnlyAdminsAndAnOpenServerSeeAllRuns) {
  EXPECT_TRUE(sees_all_runs(person(Role::admin)));
  EXPECT_TRUE(sees_all_runs({CallerKind::everyone, {}, {}, {}, {}, {}}));
  EXPECT_FALSE(sees_all_runs(person(Role::researcher)));
  EXPECT_FALSE(sees_all_runs(key(Role::admin, {Scope::compute})));
  EXPECT_FALSE(sees_all_runs({}));
}

TEST(Permission, NamesAreFoundAndMisspeltOnesHinted) {
  EXPECT_EQ(*find_role("admin"), Role::admin);
  EXPECT_EQ(find_role("admn").error().suggestion, "did you mean 'admin'?");
  const auto scopes = find_scopes(" read_runs  compute read_runs ");
  ASSERT_TRUE(scopes);
  EXPECT_EQ(scopes_text(*scopes), "compute read_runs");
  EXPECT_EQ(find_scopes("read_run").error().suggestion, "did you mean 'read_runs'?");
  EXPECT_FALSE(find_scopes(""));
  EXPECT_FALSE(find_scopes("  "));
  for (const auto scope : all_scopes)
    EXPECT_EQ(find_scopes(scope_name(scope)), (std::vector<Scope>{scope}));
}

}  // namespace
}  // namespace causal_gym
