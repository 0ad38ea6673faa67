#include "apps/server/run_forms.h"

#include <fmt/format.h>

namespace causal_gym {

namespace {

// `fields` stand before the button.
std::string form_of(const RunView& view, std::string_view action, const std::string& fields,
                    std::string_view button) {
  return fmt::format("<form method=\"post\" action=\"/runs/{}/{}\">{}{}<button>{}</button></form>",
                     url_escape(view.run.summary.id), action, form_token_field(view.visitor),
                     fields, button);
}

std::string cancel_form(const RunView& view) {
  return "<details><summary>Cancel the run</summary><p>Whoever works on it stops. What it has "
         "finished stays" +
         std::string(view.place ? ", and it can be taken up again later.</p>" : ".</p>") +
         form_of(view, "cancel", "", "Yes, cancel it") + "</details>";
}

std::string priority_form(const RunView& view) {
  const auto most = view.rights.may_prefer ? job_priority_limit : 0;
  const auto field = fmt::format(
      "<label>Priority in the queue, from -{0} to {1}<input name=\"priority\" type=\"number\" "
      "min=\"-{0}\" max=\"{1}\" step=\"1\" value=\"{2}\" required></label>",
      job_priority_limit, most, view.place->priority);
  return form_of(view, "priority", field, "Set priority");
}

std::string share_forms(const RunView& view) {
  std::string html = "<h3>Who else sees it</h3>";
  if (view.shared_with.empty())
    html += "<p class=\"soft\">Its owner and admins alone.</p>";
  else
    html += "<ul class=\"plain\">";
  for (const auto& name : view.shared_with) {
    const auto shown = html_escape(name);
    html +=
        "<li>" + shown +
        form_of(view, "unshare", "<input type=\"hidden\" name=\"user\" value=\"" + shown + "\">",
                "Stop sharing with " + shown) +
        "</li>";
  }
  if (!view.shared_with.empty()) html += "</ul>";
  return html + form_of(view, "share",
                        "<label>Name of a user<input name=\"user\" maxlength=\"64\" "
                        "autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" "
                        "required></label>",
                        "Share");
}

// Of a run that has not ended.
std::string open_forms(const RunView& view, RunStanding standing) {
  std::string html;
  if (view.place)
    html += standing == RunStanding::paused ? form_of(view, "retry", "", "Resume")
                                            : form_of(view, "pause", "", "Pause");
  html += cancel_form(view);
  if (view.place) html += priority_form(view);
  return html;
}

std::string forms_as_it_stands(const RunView& view) {
  const auto standing = standing_of(view.run.summary, view.place);
  switch (standing) {
    case RunStanding::finished: return {};
    case RunStanding::failed:
    case RunStanding::cancelled: return view.place ? form_of(view, "retry", "", "Try again") : "";
    default: return open_forms(view, standing);
  }
}

}  // namespace

std::string run_forms(const RunView& view) {
  std::string html;
  if (view.rights.may_change) html += forms_as_it_stands(view);
  if (view.rights.may_share) html += share_forms(view);
  if (html.empty()) return {};
  return "<section aria-labelledby=\"acts\"><h2 id=\"acts\">What you can do</h2>"
         "<div class=\"acts\">" +
         html + "</div></section>";
}

}  // namespace causal_gym
