// Accounts over HTTP: sign-in and its tokens, users, API keys, sharing of runs, the audit log.
#include <algorithm>
#include <utility>

#include "api/http_status.h"
#include "api/json_text.h"
#include "apps/server/page_response.h"
#include "apps/server/request_body.h"
#include "apps/server/routes.h"
#include "apps/server/run_change.h"
#include "platform/auth/browser.h"
#include "platform/http/error_response.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::size_t usual_audit_page = 50;

HttpResponse refused(const Error& error) { return error_response(http_status(error.code), error); }

HttpResponse result(const json& value, int status = 200) {
  return {status,
          "application/json",
          {{"Cache-Control", "no-store"}},
          json_line(json{{"result", value}}) + "\n"};
}

std::string time_text(std::int64_t seconds) {
  return timestamp_text(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}
json time_json(const std::optional<std::int64_t>& seconds) {
  return seconds ? json(time_text(*seconds)) : json(nullptr);
}

json user_json(const User& user) {
  return {{"name", user.name},
          {"role", role_name(user.role)},
          {"disabled", user.disabled},
          {"password_must_change", user.password_must_change},
          {"password_expires_at", time_json(user.password_expires_at)},
          {"created_at", time_text(user.created_at)}};
}

json key_json(const ApiKey& key) {
  return {{"id", key.id},
          {"label", key.label},
          {"scopes", scopes_text(key.scopes)},
          {"created_at", time_text(key.created_at)},
          {"expires_at", time_json(key.expires_at)},
          {"used_at", time_json(key.used_at)},
          {"revoked_at", time_json(key.revoked_at)}};
}

json session_json(const Session& session, const Caller& caller) {
  return {{"id", session.id},
          {"browser", session.browser},
          {"current", session.id == caller.session},
          {"client", session.client},
          {"address", session.address},
          {"created_at", time_text(session.created_at)},
          {"used_at", time_text(session.used_at)},
          {"expires_at", time_text(session.expires_at)}};
}

json event_json(const AuditEvent& event) {
  return {
      {"number", event.number},   {"at", time_text(event.at)},      {"actor", event.actor},
      {"action", event.action},   {"object", event.object},         {"outcome", event.outcome},
      {"address", event.address}, {"request_id", event.request_id}, {"trace_id", event.trace_id}};
}

// Never shows the value, which may be a password.
Result<std::string> text_of(const json& body, const std::string& name) {
  const auto field = body.find(name);
  if (field == body.end() || !field->is_string())
    return fail(ErrorCode::invalid_argument, "'" + name + "' is missing or no text", name);
  return field->get<std::string>();
}

// What is due stands there only when something is.
json caller_json(const Caller& caller) {
  json who = {{"name", caller.name}, {"role", role_name(caller.role)}};
  if (caller.due != Due::nothing) who["due"] = due_name(caller.due);
  return who;
}

json signed_in_json(const Accounts& accounts, const SignedIn& signed_in) {
  return {{"access_token", signed_in.access},
          {"token_type", "Bearer"},
          {"expires_in", accounts.token_policy().lifetime.count()},
          {"refresh_token", signed_in.token},
          {"user", caller_json(signed_in.caller)}};
}

using SignInResult = tl::expected<SignedIn, SignInRefusal>;

HttpResponse sign_in_answer(const Accounts& accounts, const SignInResult& signed_in) {
  if (signed_in && !signed_in->challenge.empty())
    return result({{"challenge", signed_in->challenge},
                   {"expires_in", accounts.second_factors().challenge_seconds()}});
  if (signed_in) return result(signed_in_json(accounts, *signed_in));
  const auto& refusal = signed_in.error();
  if (refusal.wait.count() > 0) {
    auto response = error_response(429, refusal.error);
    response.headers.emplace_back("Retry-After", retry_after(refusal.wait));
    return response;
  }
  auto response = refused(refusal.error);
  if (response.status == 401)
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"causal-gym\"");
  return response;
}

// Two texts of the body, for which there are tokens or there are not.
HttpResponse sign_in_with(Accounts& accounts, const Call& call, const char* first_name,
                          const char* second_name,
                          SignInResult (Accounts::*enter)(std::string_view, std::string_view, bool,
                                                          const Origin&)) {
  const auto body = read_body(call, {first_name, second_name});
  if (!body) return refused(body.error());
  const auto first = text_of(*body, first_name);
  const auto second = text_of(*body, second_name);
  if (!first || !second) return refused(first ? second.error() : first.error());
  return sign_in_answer(accounts, (accounts.*enter)(*first, *second, false, call.origin));
}

HttpResponse sign_in(Accounts& accounts, const Call& call) {
  return sign_in_with(accounts, call, "name", "password", &Accounts::sign_in);
}

HttpResponse sign_in_code(Accounts& accounts, const Call& call) {
  return sign_in_with(accounts, call, "challenge", "code", &Accounts::sign_in_with_code);
}

HttpResponse refresh(Accounts& accounts, const Call& call) {
  const auto body = read_body(call, {"refresh_token"});
  const auto token =
      body ? text_of(*body, "refresh_token") : Result<std::string>(fail(body.error()));
  if (!token) return refused(token.error());
  const auto signed_in = accounts.refresh(*token, call.origin);
  if (signed_in) return result(signed_in_json(accounts, *signed_in));
  auto response = refused(signed_in.error());
  if (response.status == 401)
    response.headers.emplace_back("WWW-Authenticate",
                                  "Bearer realm=\"causal-gym\", error=\"invalid_token\"");
  return response;
}

HttpResponse done(const Status& status) {
  return status ? HttpResponse{.status = 204} : refused(status.error());
}

// Who asks is known; it is the password or code in the body that is wrong.
HttpResponse refused_proof(const Error& error) {
  if (error.code == ErrorCode::unauthorized) return error_response(403, error);
  if (error.code == ErrorCode::limit_exceeded) return error_response(429, error);
  return refused(error);
}

HttpResponse me(const Call& call) {
  auto who = caller_json(call.caller);
  if (const auto cookie = cookie_of(call.request, CookieKind::session))
    who["csrf_token"] = form_token(*cookie);
  return result(who);
}

HttpResponse change_password(Accounts& accounts, const Call& call) {
  const auto body = read_body(call, {"current", "new"});
  if (!body) return refused(body.error());
  const auto current = text_of(*body, "current");
  const auto next = text_of(*body, "new");
  if (!current || !next) return refused(current ? next.error() : current.error());
  const auto status = accounts.change_password(call.caller, *current, *next, call.origin);
  return status ? done(status) : refused_proof(status.error());
}

HttpResponse second_factor(Accounts& accounts, const Call& call) {
  const auto factor = accounts.store().find_second_factor(call.caller.user);
  if (!factor) return refused(factor.error());
  const bool confirmed = *factor && (*factor)->confirmed;
  return result({{"confirmed", confirmed},
                 {"required", accounts.second_factors().required()},
                 {"recovery_codes", confirmed ? (*factor)->recovery_codes : 0}});
}

HttpResponse enrol_second_factor(Accounts& accounts, const Call& call) {
  const auto body = read_body(call, {"password"});
  if (!body) return refused(body.error());
  const auto password = text_of(*body, "password");
  if (!password) return refused(password.error());
  const auto made = accounts.enrol_second_factor(call.caller, *password, call.origin);
  return made ? result({{"secret", made->secret}, {"uri", made->uri}}, 201)
              : refused_proof(made.error());
}

HttpResponse confirm_second_factor(Accounts& accounts, const Call& call) {
  const auto body = read_body(call, {"code"});
  if (!body) return refused(body.error());
  const auto code = text_of(*body, "code");
  if (!code) return refused(code.error());
  const auto codes = accounts.confirm_second_factor(call.caller, *code, call.origin);
  return codes ? result({{"recovery_codes", *codes}}) : refused_proof(codes.error());
}

HttpResponse list_sessions(Accounts& accounts, const Call& call) {
  const auto sessions = accounts.list_sessions(call.caller);
  if (!sessions) return refused(sessions.error());
  json list = json::array();
  for (const auto& session : *sessions) list.push_back(session_json(session, call.caller));
  return result({{"sessions", std::move(list)}});
}

HttpResponse list_users(Accounts& accounts) {
  const auto users = accounts.store().list_users();
  if (!users) return refused(users.error());
  json list = json::array();
  for (const auto& user : *users) list.push_back(user_json(user));
  return result({{"users", std::move(list)}});
}

HttpResponse add_user(Accounts& accounts, const Call& call) {
  const auto body = read_body(call, {"name", "role", "password"});
  if (!body) return refused(body.error());
  const auto name = text_of(*body, "name");
  const auto role_text = text_of(*body, "role");
  const auto password = text_of(*body, "password");
  for (const auto* field : {&name, &role_text, &password})
    if (!*field) return refused(field->error());
  const auto role = find_role(*role_text);
  if (!role) return refused(role.error());
  const auto user = accounts.add_user(call.caller.name, *name, *role, *password, call.origin);
  return user ? result(user_json(*user), 201) : refused(user.error());
}

Result<Accounts::UserChange> user_change(const Call& call) {
  CAUSAL_GYM_TRY(body, read_body(call, {"role", "disabled", "password"}));
  Accounts::UserChange change;
  if (body.contains("role")) {
    CAUSAL_GYM_TRY(text, text_of(body, "role"));
    CAUSAL_GYM_TRY(role, find_role(text));
    change.role = role;
  }
  if (const auto disabled = body.find("disabled"); disabled != body.end()) {
    if (!disabled->is_boolean())
      return fail(ErrorCode::invalid_argument, "'disabled' is not true or false", "disabled");
    change.disabled = disabled->get<bool>();
  }
  if (body.contains("password")) {
    CAUSAL_GYM_TRY(password, text_of(body, "password"));
    change.password = std::move(password);
  }
  return change;
}

HttpResponse change_user(Accounts& accounts, const Call& call) {
  const auto change = user_change(call);
  if (!change) return refused(change.error());
  const auto user =
      accounts.change_user(call.caller.name, call.path[0].second, *change, call.origin);
  return user ? result(user_json(*user)) : refused(user.error());
}

HttpResponse list_keys(Accounts& accounts, const Call& call) {
  const auto keys = accounts.store().list_keys(call.caller.user);
  if (!keys) return refused(keys.error());
  json list = json::array();
  for (const auto& key : *keys) list.push_back(key_json(key));
  return result({{"keys", std::move(list)}});
}

HttpResponse add_key(Accounts& accounts, const Call& call) {
  const auto body = read_body(call, {"label", "scopes", "expires_in"});
  if (!body) return refused(body.error());
  const auto label = text_of(*body, "label");
  const auto scopes_given = text_of(*body, "scopes");
  if (!label || !scopes_given) return refused(label ? scopes_given.error() : label.error());
  const auto scopes = find_scopes(*scopes_given);
  if (!scopes) return refused(scopes.error());
  std::optional<std::chrono::seconds> lifetime;
  if (const auto given = body->find("expires_in"); given != body->end()) {
    if (!given->is_number_integer())
      return refused({ErrorCode::invalid_argument, "'expires_in' is no whole number of seconds",
                      "expires_in", ""});
    lifetime = std::chrono::seconds(given->get<std::int64_t>());
  }
  const auto made = accounts.add_key(call.caller, *label, *scopes, lifetime, call.origin);
  if (!made) return refused(made.error());
  auto shown = key_json(made->key);
  shown["key"] = made->text;
  return result(shown, 201);
}

HttpResponse refused_change(const Error& error) {
  return error_response(change_status(error), error);
}

HttpResponse shares(ServerParts& parts, const Call& call) {
  if (const auto allowed = check_change(parts, call); !allowed)
    return refused_change(allowed.error());
  const auto names = names_shared_with(parts, call.path[0].second);
  return names ? result({{"users", *names}}) : refused(names.error());
}

HttpResponse change_share(ServerParts& parts, const Call& call,
                          Status (*change)(ServerParts&, const Call&, const std::string&)) {
  const auto status = change(parts, call, call.path[1].second);
  return status ? done(status) : refused_change(status.error());
}

Result<std::int64_t> whole_number(std::string_view text, const std::string& name) {
  const auto number = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!number.is_number_integer())
    return fail(ErrorCode::invalid_argument, "'" + name + "' is no whole number", name);
  return number.get<std::int64_t>();
}

HttpResponse audit(Accounts& accounts, const Call& call) {
  std::size_t limit = usual_audit_page;
  std::optional<std::int64_t> before;
  if (const auto given = call.request.parameter("limit")) {
    const auto number = whole_number(*given, "limit");
    if (!number) return refused(number.error());
    limit = *number < 0 ? 0 : static_cast<std::size_t>(*number);
  }
  if (const auto given = call.request.parameter("before")) {
    const auto number = whole_number(*given, "before");
    if (!number) return refused(number.error());
    before = *number;
  }
  const auto events = accounts.store().list_audit(limit, before);
  if (!events) return refused(events.error());
  json list = json::array();
  for (const auto& event : *events) list.push_back(event_json(event));
  return result({{"events", std::move(list)}});
}

// A handler that needs accounts, which there are where access is on.
template <class Handler>
CallHandler with_accounts(ServerParts& parts, Handler handler) {
  return [&parts, handler](const Call& call) -> HttpResponse {
    if (parts.accounts == nullptr)
      return error_response(409, {ErrorCode::conflict, "access is off: there are no accounts",
                                  "auth.access", "set auth.access to on"});
    return handler(call);
  };
}

using Names = std::vector<std::string>;

std::vector<ServerRoute> own_account_routes(ServerParts& parts) {
  const auto with = [&parts](HttpResponse (*handler)(Accounts&, const Call&)) {
    return with_accounts(
        parts, [&parts, handler](const Call& call) { return handler(*parts.accounts, call); });
  };
  return {
      {"POST", "/api/v1/auth/sign-in", Permission::see_public, with(sign_in), Names{},
       Hashing::always},
      {"POST", "/api/v1/auth/sign-in/code", Permission::see_public, with(sign_in_code), Names{}},
      {"POST", "/api/v1/auth/refresh", Permission::see_public, with(refresh), Names{}},
      {"POST", "/api/v1/auth/sign-out", Permission::finish_sign_in,
       with([](Accounts& accounts, const Call& call) {
         return done(accounts.sign_out(call.caller, call.origin));
       }),
       Names{}},
      {"GET", "/api/v1/auth/me", Permission::finish_sign_in,
       with([](Accounts&, const Call& call) { return me(call); }), Names{}},
      {"POST", "/api/v1/auth/password", Permission::finish_sign_in, with(change_password), Names{},
       Hashing::always},
      {"GET", "/api/v1/auth/second-factor", Permission::finish_sign_in, with(second_factor),
       Names{}},
      {"POST", "/api/v1/auth/second-factor", Permission::finish_sign_in, with(enrol_second_factor),
       Names{}, Hashing::always},
      {"POST", "/api/v1/auth/second-factor/confirm", Permission::finish_sign_in,
       with(confirm_second_factor), Names{}},
      {"GET", "/api/v1/auth/sessions", Permission::use_account, with(list_sessions), Names{}},
      {"DELETE", "/api/v1/auth/sessions/{id}", Permission::use_account,
       with([](Accounts& accounts, const Call& call) {
         return done(accounts.end_session(call.caller, call.path[0].second, call.origin));
       }),
       Names{}},
      {"GET", "/api/v1/keys", Permission::use_account, with(list_keys), Names{}},
      {"POST", "/api/v1/keys", Permission::use_account, with(add_key), Names{}},
      {"DELETE", "/api/v1/keys/{id}", Permission::use_account,
       with([](Accounts& accounts, const Call& call) {
         return done(accounts.revoke_key(call.caller, call.path[0].second, call.origin));
       }),
       Names{}},
  };
}

std::vector<ServerRoute> other_account_routes(ServerParts& parts) {
  const auto share = [&parts](auto change) {
    return with_accounts(
        parts, [&parts, change](const Call& call) { return change_share(parts, call, change); });
  };
  const auto with = [&parts](HttpResponse (*handler)(Accounts&, const Call&)) {
    return with_accounts(
        parts, [&parts, handler](const Call& call) { return handler(*parts.accounts, call); });
  };
  return {
      {"GET", "/api/v1/users", Permission::administer,
       with([](Accounts& accounts, const Call&) { return list_users(accounts); }), Names{}},
      {"POST", "/api/v1/users", Permission::administer, with(add_user), Names{}, Hashing::always},
      {"PATCH", "/api/v1/users/{name}", Permission::administer, with(change_user), Names{},
       Hashing::of_new_password},
      {"DELETE", "/api/v1/users/{name}/second-factor", Permission::administer,
       with([](Accounts& accounts, const Call& call) {
         return done(
             accounts.reset_second_factor(call.caller.name, call.path[0].second, call.origin));
       }),
       Names{}},
      {"GET", "/api/v1/audit", Permission::administer, with(audit), Names{"limit", "before"}},
      {"GET", "/api/v1/runs/{id}/shares", Permission::change_runs,
       with_accounts(parts, [&parts](const Call& call) { return shares(parts, call); }), Names{}},
      {"PUT", "/api/v1/runs/{id}/shares/{user}", Permission::change_runs, share(&share_run),
       Names{}},
      {"DELETE", "/api/v1/runs/{id}/shares/{user}", Permission::change_runs, share(&unshare_run),
       Names{}},
  };
}

}  // namespace

std::vector<ServerRoute> account_routes(ServerParts& parts) {
  auto routes = own_account_routes(parts);
  for (auto& route : other_account_routes(parts)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace causal_gym
