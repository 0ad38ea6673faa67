#include "apps/server/ops_page.h"

#include <fmt/format.h>

#include "apps/server/ops_figures.h"
#include "apps/server/ops_history.h"

namespace causal_gym {

namespace {

// "42 s", "3 min", "2 h 5 min", "3 d 4 h".
std::string shown_duration(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  const auto minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (minutes == 0) return fmt::format("{} s", seconds);
  if (hours == 0) return fmt::format("{} min", minutes);
  if (days == 0 && minutes % 60 == 0) return fmt::format("{} h", hours);
  if (days == 0) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} d {} h", days, hours % 24);
}

std::string check_item(const HealthCheck& check) {
  auto item = fmt::format(
      "<li class=\"check {}\"><b>{}</b> <span class=\"state\">{}</span> <span "
      "class=\"soft\">{:.1f} ms{}</span>",
      check.passed ? "well" : "ill", html_escape(check.name),
      check.passed ? "✓ healthy" : "✕ unhealthy",
      std::chrono::duration<double, std::milli>(check.latency).count(),
      check.critical ? " · critical" : "");
  if (!check.passed) item += "<br>" + html_escape(check.message);
  return item + "</li>";
}

std::string health_part(const Health& health) {
  std::string html =
      fmt::format("<h2 id=\"health\">Health: {}</h2><ul class=\"checks\">", health_status(health));
  for (const auto& check : health.checks) html += check_item(check);
  return html + "</ul>";
}

std::string what_there_is(const OpsView& view) {
  if (view.samples.size() < 2)
    return fmt::format("No samples yet: lines begin {} s after the server does.",
                       ops_interval.count());
  return fmt::format(
      "<span id=\"samples\">{}</span> samples over {}, the newest {} ago. Rates, shares and times "
      "are those of the minute before each point.",
      view.samples.size(), shown_duration(view.samples.back().at - view.samples.front().at),
      shown_duration(view.now - view.samples.back().at));
}

std::string refresh_part(bool refreshes) {
  return refreshes ? fmt::format(
                         "Loaded again every {} s. <a href=\"/ops?refresh=off\">Stop "
                         "that</a>",
                         ops_refresh_seconds)
                   : fmt::format("Not loaded again by itself. <a href=\"/ops\">Every {} s</a>",
                                 ops_refresh_seconds);
}

}  // namespace

std::string ops_page(const OpsView& view) {
  auto body = fmt::format(
      "<h1>Operations</h1><p>Server <b>{}</b>, version {}, up for {}. {}</p><p class=\"soft\">{} "
      "All "
      "of it is measured by this server itself; others have pages of their own.</p>",
      html_escape(view.server), CAUSAL_GYM_VERSION, shown_duration(view.health.uptime),
      refresh_part(view.refreshes), what_there_is(view));
  body += health_part(view.health);
  const std::string_view nothing = view.samples.size() < 2 ? "no samples yet" : "none in this time";
  for (const auto& section : ops_figures(view.samples, view.now)) {
    body += "<h2>" + html_escape(section.title) + "</h2><div class=\"charts\">";
    for (const auto& chart : section.charts) body += draw_chart(chart, nothing);
    body += "</div>";
  }
  return html_page("Operations", body, view.visitor);
}

}  // namespace causal_gym
