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
const std::map<Action, std::map<Role, std::string>> expected_without_object = {
    {Action::see_public, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::use_account, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::compute, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::play, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::use_reference, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::see_runs, {{Role::viewer, "y"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::launch_runs, {{Role::viewer, "f"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::share_runs, {{Role::viewer, "f"}, {Role::researcher, "y"}, {Role::admin, "y"}}},
    {Action::administer, {{Role::viewer, "f"}, {Role::researcher, "f"}, {Role::admin, "y"}}},
};
// Of mine, shared with me, another's, nobody's.
const std::map<Action, std::map<Role, std::string>> expected_of_objects = {
    {Action::see_runs, {{Role::viewer, "yyhh"}, {Role::researcher, "yyhh"}, {Role::admin, "yyyy"}}},
    {Action::share_runs,
     {{Role::viewer, "ffhh"}, {Role::researcher, "yfhh"}, {Role::admin, "yyyy"}}},
};

std::string letter(Decision decision) {
  switch (decision) {
    case Decision::allowed: return "y";
    case Decision::sign_in_first: return "s";
    case Decision::forbidden: return "f";
    case Decision::hidden: return "h";
  }
  return "?";
}

std::string of_objects(const Caller& caller, Action action) {
  std::string letters;
  for (const auto& object : {mine, shared_with_me, of_another, of_nobody})
    letters += letter(may(caller, action, object));
  return letters;
}

TEST(Permission, TheTableIsAsWritten) {
  for (const auto action : all_actions)
    for (const auto role : {Role::viewer, Role::researcher, Role::admin}) {
      SCOPED_TRACE(std::string(action_name(action)) + " " + std::string(role_name(role)));
      EXPECT_EQ(letter(may(person(role), action)), expected_without_object.at(action).at(role));
      const auto objects = expected_of_objects.find(action);
      if (objects != expected_of_objects.end()) {
        EXPECT_EQ(of_objects(person(role), action), objects->second.at(role));
      }
    }
}

TEST(Permission, NobodySeesThePublicAlone) {
  for (const auto action : all_actions) {
    const auto expected = action == Action::see_public ? "y" : "s";
    EXPECT_EQ(letter(may({}, action)), expected) << action_name(action);
    EXPECT_EQ(letter(may({}, action, mine)), expected) << action_name(action);
  }
}

TEST(Permission, WithoutAccessEveryoneMayDoEverything) {
  for (const auto action : all_actions)
    for (const auto& object : {mine, shared_with_me, of_another, of_nobody})
      EXPECT_EQ(may({CallerKind::everyone, {}, {}, {}, {}, {}}, action, object), Decision::allowed);
}

TEST(Permission, AKeyMayWhatItsScopeSaysAndItsUserMay) {
  const std::map<Scope, std::vector<Action>> covered = {
      {Scope::compute, {Action::compute}},
      {Scope::play, {Action::play}},
      {Scope::reference, {Action::use_reference}},
      {Scope::read_runs, {Action::see_runs}},
      {Scope::write_runs, {Action::launch_runs, Action::share_runs}},
      {Scope::administer, {Action::administer}}};
  for (const auto scope : all_scopes)
    for (const auto role : {Role::viewer, Role::researcher, Role::admin})
      for (const auto action : all_actions) {
        const auto& actions = covered.at(scope);
        const bool in_scope = action == Action::see_public ||
                              std::find(actions.begin(), actions.end(), action) != actions.end();
        const bool of_user = may(person(role), action) == Decision::allowed;
        EXPECT_EQ(may(key(role, {scope}), action) == Decision::allowed, in_scope && of_user)
            << scope_name(scope) << " " << role_name(role) << " " << action_name(action);
      }
}

TEST(Permission, AKeyWithoutReadingLearnsNothingOfARun) {
  EXPECT_EQ(of_objects(key(Role::admin, {Scope::compute}), Action::see_runs), "hhhh");
  EXPECT_EQ(of_objects(key(Role::researcher, {Scope::write_runs}), Action::share_runs), "yhhh");
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
