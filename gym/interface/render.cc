// An observation as plain text: one section a component.
#include <array>
#include <charconv>

#include "gym/interface/observation.h"

namespace causal_gym {

namespace {

// Three digits after the point, the same on every platform.
std::string rounded(double value) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, 3);
  const std::string text(buffer.data(), end.ptr);
  return text == "-0.000" ? "0.000" : text;
}

std::string section(const std::string& heading, const std::string& lines) {
  return "== " + heading + " ==\n" + lines;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string render(const ShownStory& story) {
  std::string lines = story.text + "\n";
  for (const auto& variable : story.variables) {
    lines += "- " + variable.name;
    if (!variable.label.empty()) lines += " (" + variable.label + ")";
    lines += ": " + joined(variable.states) + "\n";
  }
  return section(story.title, lines);
}

std::string render(const ShownGraph& graph) {
  return section("Causal graph",
                 graph.text + (graph.text.empty() || graph.text.back() != '\n' ? "\n" : ""));
}

std::string render(const ShownCorrelations& table) {
  std::string lines;
  for (const auto& marginal : table.marginals)
    for (std::size_t s = 0; s < marginal.states.size(); ++s)
      lines += "P(" + marginal.variable + "=" + marginal.states[s] +
               ") = " + rounded(marginal.probabilities[s]) + "\n";
  for (const auto& pair : table.correlations)
    lines += pair.first + " and " + pair.second + ": " +
             (pair.value ? std::string(pair.is_signed ? "r = " : "V = ") + rounded(*pair.value)
                         : std::string("constant")) +
             "\n";
  return section("What is seen without interventions", lines);
}

std::string render(const ShownUnit& unit) {
  std::string lines;
  for (const auto& value : unit.values) lines += value.variable + " = " + value.state + "\n";
  return section("One unit observed", lines);
}

std::string render(const ShownButtons& buttons) {
  std::string lines;
  for (const auto& button : buttons.buttons)
    lines +=
        "[ " + button.intervention + " ]" + (button.label.empty() ? "" : " " + button.label) + "\n";
  return section("Possible interventions", lines);
}

std::string render(const ShownQueries& queries) {
  std::string lines;
  for (const auto& query : queries.queries) lines += "- " + query + "\n";
  return section("Beliefs asked for", lines);
}

}  // namespace

std::string render_text(const Observation& observation) {
  std::string text;
  if (!observation.regime.empty()) text += "Intervention in force: " + observation.regime + "\n";
  for (const auto& component : observation.components) {
    if (!text.empty()) text += "\n";
    text += std::visit([](const auto& content) { return render(content); }, component);
  }
  if (text.empty()) text = "Nothing is shown.\n";
  return text;
}

}  // namespace causal_gym
