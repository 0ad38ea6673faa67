// Who may do what: the one table and the one function that decide it.
//
//                viewer            researcher        admin
// public         yes               yes               yes        health, sign-in, the API's document
// finish_sign_in yes               yes               yes        password, second factor, sign-out
// use_account    yes               yes               yes        one's own keys
// compute        yes               yes               yes        operations, environments
// play           yes               yes               yes        episodes over MCP
// reference      yes               yes               yes        the built-in agents on /v1
// see_runs       own and shared    own and shared    all
// launch_runs    -                 yes               yes
// change_runs    -                 own               all        share, cancel, pause, retry,
// priority administer     -                 -                 yes        users, the audit log
//
// An API key may what its user may and one of its scopes covers; neither of the two above, so that
// a key that was stolen makes no others. A session of which something is due may finish_sign_in
// alone. Cost: constant.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

enum class Role { viewer, researcher, admin };
[[nodiscard]] std::string_view role_name(Role role);
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<Role> find_role(std::string_view name);

enum class Permission {
  see_public,
  finish_sign_in,
  use_account,
  compute,
  play,
  use_reference,
  see_runs,
  launch_runs,
  change_runs,
  administer,
};
inline constexpr Permission all_permissions[] = {
    Permission::see_public, Permission::finish_sign_in, Permission::use_account,
    Permission::compute,    Permission::play,           Permission::use_reference,
    Permission::see_runs,   Permission::launch_runs,    Permission::change_runs,
    Permission::administer,
};
[[nodiscard]] std::string_view permission_name(Permission permission);

enum class Scope { compute, play, reference, read_runs, write_runs, administer };
inline constexpr Scope all_scopes[] = {Scope::compute,   Scope::play,       Scope::reference,
                                       Scope::read_runs, Scope::write_runs, Scope::administer};
[[nodiscard]] std::string_view scope_name(Scope scope);
// Names with spaces between, as they are kept, in the order of the enumeration, each once.
[[nodiscard]] std::string scopes_text(std::span<const Scope> scopes);
// Errors: unknown_name with the nearest spelling; invalid_argument (none).
[[nodiscard]] Result<std::vector<Scope>> find_scopes(std::string_view text);

// Who asks. everyone: access is off. nobody: no proof was given.
enum class CallerKind { nobody, everyone, person, key };

// What a person has to do before anything else.
enum class Due { nothing, change_password, add_second_factor };
[[nodiscard]] std::string_view due_name(Due due);

struct Caller {
  CallerKind kind = CallerKind::nobody;
  std::string user;  // an id
  std::string name;
  Role role = Role::viewer;
  std::vector<Scope> scopes;  // of a key
  std::string session;        // of a person: its id; of a key: the key's id
  Due due = Due::nothing;     // of a person
};

// A run, as the caller meets it. Without an owner it belongs to the operator.
struct OwnedObject {
  std::optional<std::string> owner;  // the id of a user
  bool shared = false;               // with the caller
};

// finish_first: something is due. forbidden: the caller may know of the object. hidden: not even
// that.
enum class Decision { allowed, sign_in_first, finish_first, forbidden, hidden };

// May the caller do that, to any object if none is given? `object` matters for see_runs and
// change_runs alone.
[[nodiscard]] Decision may(const Caller& caller, Permission permission,
                           const std::optional<OwnedObject>& object = {});

// Are there runs that the caller may not see?
[[nodiscard]] bool sees_all_runs(const Caller& caller);

}  // namespace causal_gym
