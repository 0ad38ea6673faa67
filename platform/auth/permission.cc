#include "platform/auth/permission.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/spelling.h"

namespace causal_gym {

namespace {

// How far a permission reaches: to whose objects.
enum class Reach { nothing, own, known, all };

struct PermissionRow {
  Permission permission;
  std::array<Reach, 3> of_role;  // viewer, researcher, admin
  std::optional<Scope> scope;    // that a key needs; none: no key may
};

constexpr PermissionRow permissions[] = {
    {Permission::finish_sign_in, {Reach::all, Reach::all, Reach::all}, std::nullopt},
    {Permission::use_account, {Reach::all, Reach::all, Reach::all}, std::nullopt},
    {Permission::compute, {Reach::all, Reach::all, Reach::all}, Scope::compute},
    {Permission::play, {Reach::all, Reach::all, Reach::all}, Scope::play},
    {Permission::use_reference, {Reach::all, Reach::all, Reach::all}, Scope::reference},
    {Permission::see_runs, {Reach::known, Reach::known, Reach::all}, Scope::read_runs},
    {Permission::launch_runs, {Reach::nothing, Reach::all, Reach::all}, Scope::write_runs},
    {Permission::change_runs, {Reach::nothing, Reach::own, Reach::all}, Scope::write_runs},
    {Permission::administer, {Reach::nothing, Reach::nothing, Reach::all}, Scope::administer},
};

const PermissionRow& row_of(Permission permission) {
  const auto row = std::find_if(std::begin(permissions), std::end(permissions),
                                [&](const auto& one) { return one.permission == permission; });
  CHECK(row != std::end(permissions));
  return *row;
}

Reach reach_of(const Caller& caller, Permission permission) {
  const auto& row = row_of(permission);
  if (caller.kind == CallerKind::key) {
    const auto& scopes = caller.scopes;
    if (!row.scope || std::find(scopes.begin(), scopes.end(), *row.scope) == scopes.end())
      return Reach::nothing;
  }
  return row.of_role[static_cast<std::size_t>(caller.role)];
}

bool reaches(Reach reach, const Caller& caller, const OwnedObject& object) {
  if (reach == Reach::all) return true;
  if (reach == Reach::nothing) return false;
  return object.owner == caller.user || (reach == Reach::known && object.shared);
}

template <class Value, std::size_t size>
Result<Value> value_of(const std::array<std::string_view, size>& names, std::string_view name,
                       const std::string& what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Value>(found - names.begin());
  const std::vector<std::string> known(names.begin(), names.end());
  return fail(ErrorCode::unknown_name, "no " + what + " '" + std::string(name) + "'", what,
              spelling_suggestion(name, known));
}

constexpr std::array<std::string_view, 3> role_names = {"viewer", "researcher", "admin"};
constexpr std::array<std::string_view, 6> scope_names = {"compute",   "play",       "reference",
                                                         "read_runs", "write_runs", "administer"};
constexpr std::array<std::string_view, 10> permission_names = {
    "see_public",    "finish_sign_in", "use_account", "compute",     "play",
    "use_reference", "see_runs",       "launch_runs", "change_runs", "administer"};
constexpr std::array<std::string_view, 3> due_names = {"nothing", "change_password",
                                                       "add_second_factor"};

}  // namespace

std::string_view role_name(Role role) { return role_names[static_cast<std::size_t>(role)]; }
Result<Role> find_role(std::string_view name) { return value_of<Role>(role_names, name, "role"); }
std::string_view permission_name(Permission permission) {
  return permission_names[static_cast<std::size_t>(permission)];
}
std::string_view due_name(Due due) { return due_names[static_cast<std::size_t>(due)]; }
std::string_view scope_name(Scope scope) { return scope_names[static_cast<std::size_t>(scope)]; }

std::string scopes_text(std::span<const Scope> scopes) {
  std::string text;
  for (const auto scope : all_scopes)
    if (std::find(scopes.begin(), scopes.end(), scope) != scopes.end())
      text.append(text.empty() ? "" : " ").append(scope_name(scope));
  return text;
}

Result<std::vector<Scope>> find_scopes(std::string_view text) {
  std::vector<Scope> scopes;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) {
      CAUSAL_GYM_TRY(scope, value_of<Scope>(scope_names, text.substr(0, end), "scope"));
      if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) scopes.push_back(scope);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (scopes.empty())
    return fail(ErrorCode::invalid_argument, "there is no scope", "scopes",
                "name at least one of " + scopes_text(all_scopes));
  return scopes;
}

Decision may(const Caller& caller, Permission permission,
             const std::optional<OwnedObject>& object) {
  if (permission == Permission::see_public || caller.kind == CallerKind::everyone)
    return Decision::allowed;
  if (caller.kind == CallerKind::nobody) return Decision::sign_in_first;
  if (caller.due != Due::nothing && permission != Permission::finish_sign_in)
    return Decision::finish_first;
  const auto reach = reach_of(caller, permission);
  if (!object) return reach == Reach::nothing ? Decision::forbidden : Decision::allowed;
  if (reaches(reach, caller, *object)) return Decision::allowed;
  const bool known = reaches(reach_of(caller, Permission::see_runs), caller, *object);
  return known ? Decision::forbidden : Decision::hidden;
}

bool sees_all_runs(const Caller& caller) {
  return may(caller, Permission::see_runs, OwnedObject{}) == Decision::allowed;
}

}  // namespace causal_gym
