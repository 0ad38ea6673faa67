#include "apps/server/account_page.h"

#include <fmt/format.h>

#include "apps/server/card_table.h"
#include "apps/server/qr_picture.h"
#include "platform/telemetry/clock.h"

namespace causal_gym {

namespace {

std::string moment(std::int64_t seconds) {
  return time_html(
      timestamp_text(std::chrono::system_clock::time_point(std::chrono::seconds(seconds))));
}

std::string password_form(const Visitor& visitor) {
  return "<h2>Change your password</h2><p class=\"soft\">At least 12 characters. Your other "
         "sessions end.</p><form class=\"stacked\" method=\"post\" action=\"/account/password\">" +
         form_token_field(visitor) + "<input name=\"name\" value=\"" + html_escape(visitor.name) +
         "\" autocomplete=\"username\" hidden readonly>"
         "<label>Current password<input name=\"current\" type=\"password\" "
         "autocomplete=\"current-password\" maxlength=\"256\" required></label>"
         "<label>New password<input name=\"new\" type=\"password\" autocomplete=\"new-password\" "
         "minlength=\"12\" maxlength=\"256\" required></label><button>Change it</button></form>";
}

std::vector<std::string> session_row(const Session& session, const AccountView& view) {
  auto client = session.client.empty() ? "unknown" : html_escape(session.client);
  if (!session.browser) client += " (program)";
  auto end = std::string("this one");
  if (session.id != view.caller.session)
    end = fmt::format(
        "<form method=\"post\" action=\"/account/sessions/{}/end\">{}<button aria-label=\"End the "
        "session of {}\">End</button></form>",
        url_escape(session.id), form_token_field(view.visitor), client);
  return {client, html_escape(session.address), moment(session.created_at), moment(session.used_at),
          std::move(end)};
}

std::string session_table(const AccountView& view) {
  static constexpr Column columns[] = {
      {"client"}, {"address"}, {"begun"}, {"last used"}, {"end it"}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& session : view.sessions) rows.push_back(session_row(session, view));
  return "<h2>Your sessions</h2>" + card_table("Sessions", columns, rows);
}

std::string shown_once(const FactorView& factor) {
  std::string html;
  if (const auto& made = factor.enrolment)
    html +=
        "<p>Scan this picture with an authenticator app, give it the secret below, or open the "
        "link on the device that has one. None of them is shown again.</p>" +
        qr_picture(made->uri,
                   "QR code of the link below, to be scanned with an authenticator app") +
        "<p><code>" + html_escape(made->secret) + "</code></p><p><a href=\"" +
        html_escape(made->uri) + "\">Add it on this device</a></p>";
  if (!factor.recovery_codes.empty()) {
    html +=
        "<p>Keep these recovery codes where your device is not. Each signs you in once, and "
        "they are not shown again.</p><ul>";
    for (const auto& code : factor.recovery_codes)
      html += "<li><code>" + html_escape(code) + "</code></li>";
    html += "</ul>";
  }
  return html;
}

// Begun with the password, confirmed with a code.
std::string factor_part(const AccountView& view) {
  const auto& factor = view.factor;
  std::string html = "<h2>Second factor</h2>" + shown_once(factor);
  if (factor.state == FactorState::no_key || factor.state == FactorState::another_key)
    html += fmt::format(
        "<p role=\"alert\">This server cannot check the codes of your device (any more): its key "
        "for "
        "them is gone. When you have signed out, {} Tell the operator, or ask an admin to reset "
        "your "
        "second factor.</p>",
        factor.state == FactorState::no_key ? "you cannot sign in again."
                                            : "a recovery code is all that signs you in.");
  if (factor.kept && factor.kept->confirmed)
    return html + fmt::format(
                      "<p>Signing in asks for a code of your device. Recovery codes left: "
                      "{}. If both are lost, an admin resets it.</p>",
                      factor.kept->recovery_codes);
  if (!factor.may_be_added)
    return html + "<p class=\"soft\">This server keeps none: it has no key for them.</p>";
  if (factor.kept)
    html += "<form class=\"stacked\" method=\"post\" action=\"/account/second-factor/confirm\">" +
            form_token_field(view.visitor) +
            "<label>Code of your device<input name=\"code\" autocomplete=\"one-time-code\" "
            "inputmode=\"numeric\" maxlength=\"6\" required></label><button>Confirm it</button>"
            "</form>";
  if (!factor.kept)
    html +=
        "<p class=\"soft\">A device that makes codes, such as a phone with an authenticator app. "
        "From then on, signing in asks for a code of it after the password.</p>";
  return html + "<form class=\"stacked\" method=\"post\" action=\"/account/second-factor\">" +
         form_token_field(view.visitor) +
         "<label>Your password<input name=\"password\" type=\"password\" "
         "autocomplete=\"current-password\" maxlength=\"256\" required></label><button>" +
         (factor.kept ? "Begin again" : "Add a device") + "</button></form>";
}

}  // namespace

std::string account_page(const AccountView& view) {
  std::string body = fmt::format("<h1>{}</h1><p>You are signed in. Your role: {}.</p>",
                                 html_escape(view.visitor.name), role_name(view.caller.role));
  body += notice_html(view.said);
  if (view.caller.due == Due::change_password)
    body += "<p>An admin has set your password. Change it before you go on.</p>";
  if (view.caller.due == Due::add_second_factor)
    body += "<p>A second factor is required. Add it before you go on.</p>";
  if (view.caller.due != Due::change_password) body += factor_part(view);
  body += password_form(view.visitor);
  if (view.caller.due == Due::nothing) body += session_table(view);
  return html_page("Your account", body, view.visitor);
}

}  // namespace causal_gym
