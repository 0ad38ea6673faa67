#include "apps/server/pages.h"

#include <fmt/format.h>

#include "apps/server/html.h"
#include "apps/server/runs_page.h"

namespace causal_gym {

namespace {

std::string environment_card(const Environment& environment) {
  return fmt::format(
      "<li class=\"card\"><h3><a href=\"/environments/{}\">{}</a></h3><p class=\"soft\">{} "
      "variables · effect of {} on "
      "{}</p></li>",
      url_escape(environment.id), html_escape(environment.title),
      environment.model.variable_count(), html_escape(environment.roles.treatment),
      html_escape(environment.roles.outcome));
}

}  // namespace

std::string home_page(std::span<const Environment> environments, const RunListing& runs,
                      const JobPlaces& places, const Visitor& visitor) {
  std::string body =
      "<h1>Seeing is not doing</h1>"
      "<p>People and language models confuse P(Y | X), what goes with X, and P(Y | do(X)), what X "
      "brings about. "
      "Each environment below is a causal world with exact answers to both.</p>"
      "<h2 id=\"environments\">Environments</h2><ul class=\"cards\">";
  for (const auto& environment : environments) body += environment_card(environment);
  body += "</ul><h2 id=\"runs\">Runs</h2>";
  if (runs.runs.empty())
    body += "<p class=\"soft\">None yet: <code>causal-gym run</code> makes one.</p>";
  else
    body += run_table(runs, places);
  body += "<p><a href=\"/runs\">All runs, to be filtered and sorted</a></p>";
  return html_page("Environments and runs", body, visitor);
}

std::string sign_in_page(const std::string& next, const std::string& token, const std::string& name,
                         const std::string& fault) {
  std::string body = "<h1>Sign in</h1>";
  if (!fault.empty()) body += "<p role=\"alert\">" + html_escape(fault) + "</p>";
  body += fmt::format(
      "<form class=\"stacked\" method=\"post\" action=\"/sign-in\">{}<input type=\"hidden\" "
      "name=\"next\" value=\"{}\">"
      "<label>Name<input name=\"name\" value=\"{}\" autocomplete=\"username\" "
      "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" required></label>"
      "<label>Password<input name=\"password\" type=\"password\" "
      "autocomplete=\"current-password\" maxlength=\"256\" required></label>"
      "<button>Sign in</button></form>",
      form_token_field({"", token}), html_escape(next), html_escape(name));
  return html_page("Sign in", body);
}

std::string code_page(const std::string& next, const std::string& token,
                      const std::string& challenge, const std::string& fault) {
  std::string body = "<h1>Your code</h1>";
  if (!fault.empty()) body += "<p role=\"alert\">" + html_escape(fault) + "</p>";
  body += fmt::format(
      "<p class=\"soft\">Six digits from your device, or a recovery code.</p>"
      "<form class=\"stacked\" method=\"post\" action=\"/sign-in/code\">{}"
      "<input type=\"hidden\" name=\"next\" value=\"{}\">"
      "<input type=\"hidden\" name=\"challenge\" value=\"{}\">"
      "<label>Code<input name=\"code\" autocomplete=\"one-time-code\" autocapitalize=\"none\" "
      "spellcheck=\"false\" maxlength=\"40\" required></label>"
      "<button>Sign in</button></form>",
      form_token_field({"", token}), html_escape(next), html_escape(challenge));
  return html_page("Your code", body);
}

std::string error_page(int status, const Error& error) {
  std::string body = fmt::format("<h1>{}</h1><p>{}</p>", status, html_escape(error.message));
  if (!error.suggestion.empty())
    body += "<p class=\"soft\">" + html_escape(error.suggestion) + "</p>";
  return html_page(std::to_string(status), body + "<p><a href=\"/\">Environments and runs</a></p>");
}

}  // namespace causal_gym
