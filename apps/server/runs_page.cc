#include "apps/server/runs_page.h"

#include <fmt/format.h>

#include "api/run_query_json.h"
#include "apps/server/card_table.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string value_of(const json& fields, const std::string& name) {
  if (!fields.contains(name)) return {};
  const auto& value = fields[name];
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (!value.is_array()) return value.is_string() ? value.get<std::string>() : value.dump();
  std::string texts;
  for (const auto& each : value) texts += (texts.empty() ? "" : ",") + each.get<std::string>();
  return texts;
}

std::string choice(const std::string& value, const std::string& shown, const std::string& chosen) {
  return fmt::format("<option value=\"{}\"{}>{}</option>", html_escape(value),
                     value == chosen ? " selected" : "", html_escape(shown));
}

std::string select_of(const json& fields, const std::string& name, const std::string& label,
                      const std::vector<std::pair<std::string, std::string>>& choices) {
  const auto chosen = value_of(fields, name);
  std::string html = "<label>" + label + "<select name=\"" + name + "\">";
  bool is_listed = false;
  for (const auto& [value, shown] : choices) {
    html += choice(value, shown, chosen);
    is_listed = is_listed || value == chosen;
  }
  return html + (is_listed ? "" : choice(chosen, chosen, chosen)) + "</select></label>";
}

std::string input_of(const json& fields, const std::string& name, const std::string& label,
                     const std::string& hint) {
  return fmt::format("<label>{}<input name=\"{}\" value=\"{}\" placeholder=\"{}\"></label>", label,
                     name, html_escape(value_of(fields, name)), hint);
}

// What the runs of a state are called in the table.
std::string state_choice(RunState state) {
  if (state == RunState::running) return "running or waiting";
  if (state == RunState::interrupted) return "interrupted, paused or waiting";
  return std::string(run_state_name(state));
}

std::string filter_form(const json& fields, const Visitor& visitor) {
  std::vector<std::pair<std::string, std::string>> states = {{"", "any"}};
  for (const auto state : all_run_states)
    states.emplace_back(run_state_name(state), state_choice(state));
  std::vector<std::pair<std::string, std::string>> environments = {{"", "any"}};
  for (const auto& environment : all_environments())
    environments.emplace_back(environment.id, environment.id);
  std::string form = "<form method=\"get\" action=\"/runs\" aria-label=\"Filter\">";
  form += select_of(fields, "state", "State", states);
  form += select_of(fields, "environment", "Environment", environments);
  form += input_of(fields, "agent", "Agent", "any");
  if (!visitor.name.empty()) {
    form += input_of(fields, "owner", "Owner", "any");
    form += select_of(fields, "mine", "Whose", {{"", "all I may see"}, {"true", "mine"}});
  }
  form += input_of(fields, "since", "Created since", "2026-11-23");
  form += input_of(fields, "until", "Created until", "2026-11-23");
  form += input_of(fields, "id_prefix", "Id begins with", "");
  form += select_of(fields, "order", "Order",
                    {{"", "newest first"},
                     {"oldest", "oldest first"},
                     {"most_episodes", "most episodes first"},
                     {"fewest_episodes", "fewest episodes first"}});
  return form + "<button>Show</button></form>";
}

std::string next_link(const std::string& cursor, const json& fields) {
  std::string query = "cursor=" + url_escape(cursor);
  for (const auto field : run_query_fields) {
    const auto value = value_of(fields, std::string(field));
    if (field != "cursor" && !value.empty())
      query += "&amp;" + std::string(field) + "=" + url_escape(value);
  }
  return "<p><a rel=\"next\" href=\"/runs?" + query + "\">Next page</a></p>";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return html_escape(all);
}

}  // namespace

json run_query_of(const HttpRequest& request) {
  json fields = json::object();
  for (const auto name : run_query_fields) {
    const auto value = request.parameter(name);
    if (!value || value->empty()) continue;
    auto& field = fields[std::string(name)];
    if (name == "state") {
      field = comma_separated(*value);
    } else if (name == "limit" || name == "mine") {
      const auto read = json::parse(*value, nullptr, /*allow_exceptions=*/false);
      field = read.is_number() || read.is_boolean() ? read : json(*value);
    } else {
      field = *value;
    }
  }
  return fields;
}

std::string run_table(const RunListing& runs, const JobPlaces& places) {
  static constexpr Column columns[] = {
      {"run"}, {"created"}, {"state"}, {"episodes", true}, {"agents"}, {"environments", true}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& run : runs.runs)
    rows.push_back({fmt::format("<a href=\"/runs/{0}\">{0}</a>", html_escape(run.id)),
                    time_html(run.created_at),
                    std::string(run_standing_name(standing_of(run, place_in(places, run.id)))),
                    fmt::format("{}/{}", run.episodes_finished, run.episodes_planned),
                    joined(run.spec.agents), std::to_string(run.spec.environments.size())});
  return card_table("Runs", columns, rows);
}

std::string runs_page(const RunListing& runs, const JobPlaces& places, const json& fields,
                      const Visitor& visitor) {
  std::string body = "<h1>Runs</h1>" + filter_form(fields, visitor);
  body +=
      runs.runs.empty() ? "<p class=\"soft\">No run is like that.</p>" : run_table(runs, places);
  if (runs.next_cursor) body += next_link(*runs.next_cursor, fields);
  return html_page("Runs", body, visitor);
}

}  // namespace causal_gym
