// The pages to sign in and out with, and one's account: forms that work without script.
#include "api/http_status.h"
#include "apps/server/account_page.h"
#include "apps/server/gate.h"
#include "apps/server/page_response.h"
#include "apps/server/pages.h"
#include "apps/server/routes.h"
#include "platform/auth/browser.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

HttpResponse page_of(const Error& error) { return page_of_error(http_status(error.code), error); }

HttpResponse access_is_off() {
  return page_of_error(404, {ErrorCode::not_found, "nobody signs in here: access is off", "", ""});
}

// The form, bound to the browser by a cookie of its own: nobody is signed in by a page of others.
HttpResponse form_page(const HttpRequest& request, int status, const std::string& next,
                       const std::string& name, const std::string& fault) {
  const auto known = cookie_of(request, CookieKind::form);
  const auto cookie = known ? *known : random_text();
  auto response = page_response(status, sign_in_page(next, form_token(cookie), name, fault));
  response.headers.emplace_back("Cache-Control", "no-store");
  if (!known)
    response.headers.emplace_back("Set-Cookie",
                                  set_cookie(CookieKind::form, cookie, came_over_tls(request)));
  return response;
}

// The second step, in the browser of the first.
HttpResponse ask_for_code(const HttpRequest& request, int status, const std::string& next,
                          const std::string& challenge, const std::string& fault) {
  const auto cookie = cookie_of(request, CookieKind::form).value_or("");
  auto response = page_response(status, code_page(next, form_token(cookie), challenge, fault));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// What was sent with the form that is shown again: a name, or the challenge of a code.
struct Sent {
  std::string name;
  std::string challenge;
};

std::string fault_of(const Error& error) {
  if (error.where == "code") return "The code is wrong.";
  if (error.where == "challenge") return "That took too long. Sign in again.";
  return error.suggestion.empty() ? "Name or password is wrong."
                                  : "This first password has expired. Ask an admin for a new one.";
}

HttpResponse not_entered(const HttpRequest& request, const std::string& next, const Sent& sent,
                         const SignInRefusal& refusal) {
  const bool waits = refusal.wait.count() > 0;
  if (!waits && refusal.error.code != ErrorCode::unauthorized) return page_of(refusal.error);
  const auto fault =
      waits ? "Too many attempts. Try again in " + retry_after(refusal.wait) + " seconds."
            : fault_of(refusal.error);
  const int status = waits ? 429 : 401;
  auto response = sent.challenge.empty() || refusal.error.where == "challenge"
                      ? form_page(request, status, next, sent.name, fault)
                      : ask_for_code(request, status, next, sent.challenge, fault);
  if (waits) response.headers.emplace_back("Retry-After", retry_after(refusal.wait));
  return response;
}

HttpResponse entered(const Call& call, const std::string& next, const Sent& sent,
                     const tl::expected<SignedIn, SignInRefusal>& signed_in) {
  if (!signed_in) return not_entered(call.request, next, sent, signed_in.error());
  if (!signed_in->challenge.empty())
    return ask_for_code(call.request, 200, next, signed_in->challenge, "");
  auto response = see_other(next);
  const bool tls = came_over_tls(call.request);
  response.headers.emplace_back("Set-Cookie",
                                set_cookie(CookieKind::session, signed_in->token, tls));
  response.headers.emplace_back("Set-Cookie",
                                set_cookie(CookieKind::form, "", tls, std::chrono::seconds(0)));
  return response;
}

HttpResponse show_form(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto next = safe_next(call.request.parameter("next").value_or("/"));
  if (call.caller.kind == CallerKind::person) return see_other(next);
  return form_page(call.request, 200, next, "", "");
}

HttpResponse sign_in(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto& request = call.request;
  const auto fields = form_fields(request.body);
  if (!fields) return page_of(fields.error());
  const auto next = safe_next(field_of(*fields, "next"));
  const std::string name(field_of(*fields, "name"));
  const auto cookie = cookie_of(request, CookieKind::form).value_or("");
  if (is_cross_site(request) || !is_form_token(field_of(*fields, "csrf"), cookie))
    return form_page(request, 403, next, name, "The form was not from this page. Try again.");
  return entered(call, next, {name, ""},
                 parts.accounts->sign_in(name, field_of(*fields, "password"), true, call.origin));
}

HttpResponse sign_in_with_code(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto& request = call.request;
  const auto fields = form_fields(request.body);
  if (!fields) return page_of(fields.error());
  const auto next = safe_next(field_of(*fields, "next"));
  const auto cookie = cookie_of(request, CookieKind::form).value_or("");
  if (is_cross_site(request) || !is_form_token(field_of(*fields, "csrf"), cookie))
    return form_page(request, 403, next, "", "The form was not from this page. Try again.");
  const std::string challenge(field_of(*fields, "challenge"));
  return entered(
      call, next, {"", challenge},
      parts.accounts->sign_in_with_code(challenge, field_of(*fields, "code"), true, call.origin));
}

HttpResponse sign_out(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  if (const auto status = parts.accounts->sign_out(call.caller, call.origin); !status)
    return page_of(status.error());
  auto response = see_other("/sign-in");
  response.headers.emplace_back(
      "Set-Cookie",
      set_cookie(CookieKind::session, "", came_over_tls(call.request), std::chrono::seconds(0)));
  response.headers.emplace_back("Clear-Site-Data", "\"cache\"");
  return response;
}

HttpResponse account_response(ServerParts& parts, const Call& call, const Caller& caller,
                              int status, const std::string& said, FactorView factor = {}) {
  auto sessions = parts.accounts->list_sessions(caller);
  if (!sessions) return page_of(sessions.error());
  auto kept = parts.accounts->store().find_second_factor(caller.user);
  if (!kept) return page_of(kept.error());
  factor.may_be_added = parts.accounts->second_factors().may_be_added();
  factor.kept = *std::move(kept);
  factor.state = parts.accounts->second_factors().state_of(factor.kept);
  return page_response(status, account_page({caller,
                                             visitor_of(call),
                                             {said, status != 200},
                                             *std::move(sessions),
                                             std::move(factor)}));
}

HttpResponse show_account(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  return account_response(parts, call, call.caller, 200, "");
}

HttpResponse change_password(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto fields = form_fields(call.request.body);
  if (!fields) return page_of(fields.error());
  const auto status = parts.accounts->change_password(call.caller, field_of(*fields, "current"),
                                                      field_of(*fields, "new"), call.origin);
  auto caller = call.caller;
  if (status) caller.due = Due::nothing;
  const auto said = status ? std::string("Your password is changed.") : status.error().message;
  return account_response(parts, call, caller, status ? 200 : http_status(status.error().code),
                          said);
}

HttpResponse enrol_second_factor(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto fields = form_fields(call.request.body);
  if (!fields) return page_of(fields.error());
  auto made =
      parts.accounts->enrol_second_factor(call.caller, field_of(*fields, "password"), call.origin);
  if (!made)
    return account_response(parts, call, call.caller, http_status(made.error().code),
                            made.error().message);
  FactorView factor;
  factor.enrolment = *std::move(made);
  return account_response(parts, call, call.caller, 200, "", std::move(factor));
}

HttpResponse confirm_second_factor(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto fields = form_fields(call.request.body);
  if (!fields) return page_of(fields.error());
  auto codes =
      parts.accounts->confirm_second_factor(call.caller, field_of(*fields, "code"), call.origin);
  if (!codes)
    return account_response(parts, call, call.caller, http_status(codes.error().code),
                            codes.error().message);
  auto caller = call.caller;
  caller.due = Due::nothing;
  FactorView factor;
  factor.recovery_codes = *std::move(codes);
  return account_response(parts, call, caller, 200, "Your device is added.", std::move(factor));
}

HttpResponse end_session(ServerParts& parts, const Call& call) {
  if (parts.accounts == nullptr) return access_is_off();
  const auto status = parts.accounts->end_session(call.caller, call.path[0].second, call.origin);
  return status ? see_other("/account") : page_of(status.error());
}

}  // namespace

std::vector<ServerRoute> sign_in_routes(ServerParts& parts) {
  using Names = std::vector<std::string>;
  return {{"GET", "/sign-in", Permission::see_public,
           [&parts](const Call& call) { return show_form(parts, call); }, Names{"next"}},
          {"POST", "/sign-in", Permission::see_public,
           [&parts](const Call& call) { return sign_in(parts, call); }, Names{}, Hashing::always},
          {"POST", "/sign-in/code", Permission::see_public,
           [&parts](const Call& call) { return sign_in_with_code(parts, call); }, Names{}},
          {"POST", "/sign-out", Permission::finish_sign_in,
           [&parts](const Call& call) { return sign_out(parts, call); }, Names{}},
          {"GET", "/account", Permission::finish_sign_in,
           [&parts](const Call& call) { return show_account(parts, call); }, Names{}},
          {"POST", "/account/second-factor", Permission::finish_sign_in,
           [&parts](const Call& call) { return enrol_second_factor(parts, call); }, Names{},
           Hashing::always},
          {"POST", "/account/second-factor/confirm", Permission::finish_sign_in,
           [&parts](const Call& call) { return confirm_second_factor(parts, call); }, Names{}},
          {"POST", "/account/sessions/{id}/end", Permission::use_account,
           [&parts](const Call& call) { return end_session(parts, call); }, Names{}},
          {"POST", "/account/password", Permission::finish_sign_in,
           [&parts](const Call& call) { return change_password(parts, call); }, Names{},
           Hashing::always}};
}

}  // namespace causal_gym
