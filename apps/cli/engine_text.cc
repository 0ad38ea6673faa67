#include "apps/cli/engine_text.h"

#include <fmt/format.h>

#include "apps/cli/text_table.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string set_text(const json& names) {
  std::string text = "{";
  for (const auto& name : names) text += (text.size() > 1 ? ", " : "") + name.get<std::string>();
  return text + "}";
}

std::string distribution_text(const json& distribution) {
  std::vector<Column> columns;
  for (const auto& name : distribution.at("variables"))
    columns.push_back({name.get<std::string>(), Align::left});
  columns.push_back({"probability", Align::right});
  const auto& states = distribution.at("states");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> position(states.size(), 0);
  for (const auto& probability : distribution.at("probabilities")) {
    std::vector<std::string> row;
    for (std::size_t v = 0; v < states.size(); ++v)
      row.push_back(states[v][position[v]].get<std::string>());
    row.push_back(plain_number(probability.get<double>()));
    rows.push_back(std::move(row));
    for (std::size_t v = states.size(); v-- > 0;) {
      if (++position[v] < states[v].size()) break;
      position[v] = 0;
    }
  }
  return text_table(columns, rows);
}

// "identifiable by adjustment for {season}" and the estimand.
std::string verdict_text(const json& identification, const std::string& indent) {
  const auto& identifiable = identification.at("identifiable");
  std::string text = indent;
  if (identifiable.is_null())
    text += "not decided: ";
  else
    text += identifiable.get<bool>() ? "identifiable from observation: "
                                     : "not identifiable from observation: ";
  text += identification.value("reason", "") + "\n";
  if (identification.contains("estimand") && identification["estimand"].is_object())
    text += indent + "  = " + identification["estimand"].at("text").get<std::string>() + "\n";
  return text;
}

}  // namespace

std::string plain_number(double value) { return fmt::format("{:.10g}", value == 0 ? 0.0 : value); }

std::string answer_text(const std::string& query, const json& result) {
  std::string text;
  if (result.contains("value"))
    text = query + " = " + plain_number(result["value"].get<double>()) + "\n";
  else if (result.contains("interval"))
    text =
        fmt::format("{} is in [{}, {}]\n", query, plain_number(result["interval"][0].get<double>()),
                    plain_number(result["interval"][1].get<double>()));
  else
    text = query + "\n" + distribution_text(result.at("distribution"));
  if (result.contains("identification") && result["identification"].is_object())
    text += verdict_text(result["identification"], "  ");
  return text;
}

std::string identification_text(const std::string& query, const json& result) {
  return query + "\n" + verdict_text(result, "  ");
}

std::string separation_text(const json& result) {
  if (result.at("separated").get<bool>()) return "separated: every path is blocked\n";
  return "connected: " + result.at("open_path").at("text").get<std::string>() + " is open\n";
}

std::string paths_text(const json& result) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& path : result.at("paths")) {
    const bool open = path.at("open").get<bool>();
    rows.push_back({path.at("text").get<std::string>(), path.at("kind").get<std::string>(),
                    open ? "open" : "blocked by " + set_text(path.at("blocked_by"))});
  }
  if (rows.empty()) return "no path\n";
  std::string text = text_table({{"path"}, {"kind"}, {"state"}}, rows);
  if (!result.value("complete", true)) text += "(there are more: the limit stopped the search)\n";
  return text;
}

std::string sets_text(const json& result) {
  if (!result.at("exists").get<bool>()) return "none exists\n";
  std::string text;
  for (const auto& set : result.at("sets"))
    text += set_text(set) + (set.empty() ? "  (nothing is needed)" : "") + "\n";
  if (!result.value("complete", true)) text += "(there are more: the limit stopped the search)\n";
  return text;
}

std::string check_text(const json& result) {
  return (result.at("valid").get<bool>() ? "valid: " : "not valid: ") +
         result.at("reason").get<std::string>() + "\n";
}

}  // namespace causal_gym
