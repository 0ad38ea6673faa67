#include "gym/episode/event.h"

#include <array>

#include "engine/base/exact_text.h"

namespace causal_gym {

namespace {

constexpr std::array<std::string_view, std::variant_size_v<EventContent>> kind_names = {
    "episode_started", "observation_shown",  "belief_requested", "belief_stated",
    "belief_refused",  "belief_unparseable", "action_taken",     "intervention_applied",
    "data_drawn",      "agent_error",        "episode_ended"};

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : " | ") + text;
  return all;
}

std::string indented(const std::string& lines) {
  std::string text;
  std::size_t begin = 0;
  while (begin < lines.size()) {
    auto end = lines.find('\n', begin);
    if (end == std::string::npos) end = lines.size();
    if (end > begin) text += "    " + lines.substr(begin, end - begin);
    text += "\n";
    begin = end + 1;
  }
  return text;
}

// What follows the kind, with the line's end.
std::string detail(const EpisodeStarted& event) {
  return " environment=" + event.environment + " interface=" + event.interface +
         " agent=" + event.agent + " seed=" + std::to_string(event.seed) +
         "\n    interventions: " + joined(event.interventions) +
         "\n    queries: " + joined(event.queries) + "\n";
}
std::string detail(const ObservationShown& event) {
  return "\n" + indented(render_text(event.observation));
}
std::string detail(const BeliefRequested& event) { return " " + event.query + "\n"; }
std::string detail(const BeliefStated& event) {
  return " " + event.query + " = " + exact_text(event.value) + "\n";
}
std::string detail(const BeliefRefused& event) {
  return " " + event.query + ": " + event.reason + "\n";
}
std::string detail(const BeliefUnparseable& event) {
  const auto reason = event.reason.empty() ? std::string() : " (" + event.reason + ")";
  return " " + event.query + reason + ": " + event.text + "\n";
}
std::string detail(const ActionTaken& event) { return " " + event.action + "\n"; }
std::string detail(const InterventionApplied&) { return "\n"; }
std::string detail(const DataDrawn& event) {
  std::string text;
  for (const auto& value : event.values) text += " " + value.variable + "=" + value.state;
  return text + "\n";
}
std::string detail(const AgentError& event) {
  return " " + event.query + ": " + error_text(event.error) + "\n";
}
std::string detail(const EpisodeEnded&) { return "\n"; }

}  // namespace

std::string_view event_kind_name(const EventContent& content) {
  return kind_names[content.index()];
}

std::span<const std::string_view> event_kind_names() { return kind_names; }

std::string event_text(const EpisodeEvent& event) {
  std::string text = std::to_string(event.sequence) + " phase " + std::to_string(event.phase);
  if (!event.regime.empty()) text += " [" + event.regime + "]";
  text += " " + std::string(event_kind_name(event.content));
  return text + std::visit([](const auto& content) { return detail(content); }, event.content);
}

std::string log_text(std::span<const EpisodeEvent> events) {
  std::string text;
  for (const auto& event : events) text += event_text(event);
  return text;
}

}  // namespace causal_gym
