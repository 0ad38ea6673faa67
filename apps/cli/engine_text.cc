#include "apps/cli/engine_text.h"

#include <fmt/format.h>

#include "apps/cli/text_table.h"
#include "engine/graph/text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

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

// What the symbols of a formula stand for; empty where their names say it.
std::string meanings_text(const json& identification) {
  std::string meanings;
  if (identification.contains("meanings"))
    for (const auto& [symbol, meaning] : identification["meanings"].items())
      meanings += (meanings.empty() ? "" : "; ") + symbol + ": " + meaning.get<std::string>();
  return meanings;
}

// The verdict with its reason, and the effect with its estimand: the whole of an identification but
// for its proofs.
std::string verdict_text(const json& identification, const std::string& indent) {
  const auto& identifiable = identification.at("identifiable");
  std::string verdict = "not decided: ";
  if (identifiable.is_boolean())
    verdict = identifiable.get<bool>() ? "identifiable: " : "not identifiable: ";
  auto text = indent +
              wrapped(verdict + identification.at("reason").get<std::string>(), 96, indent + "  ") +
              "\n";
  if (identification.at("estimand").is_object())
    text += indent + "  " + identification.at("effect").get<std::string>() + " = " +
            identification["estimand"].at("text").get<std::string>() + "\n";
  const auto meanings = meanings_text(identification);
  if (identification.at("estimand").is_object() && !meanings.empty())
    text += indent + "  where " + meanings + "\n";
  if (identification.at("estimand").is_object() && identification.contains("assumptions"))
    for (const auto& assumption : identification["assumptions"])
      text += indent + "  " +
              wrapped("rests on: " + assumption.get<std::string>(), 96, indent + "    ") + "\n";
  const auto& free = identification.at("free");
  if (free.is_array() && !free.empty())
    text += indent + "  the same for every state of " + names_text(free) + "\n";
  return text;
}

std::string sources_text(const json& identification) {
  std::string text;
  if (identification.contains("sources"))
    for (const auto& source : identification["sources"])
      text += "  " + (source.at("c_factor").is_null() ? "all" : names_text(source["c_factor"])) +
              " from " + source.at("text").get<std::string>() + "\n";
  if (identification.contains("thicket") && identification["thicket"].is_object())
    for (const auto& refusal : identification["thicket"].at("refusals"))
      text += "  " + refusal.at("text").get<std::string>() + "\n";
  return text;
}

std::string models_text(const json& models) {
  if (models.at("first").is_null()) return "\n" + models.at("reason").get<std::string>() + "\n";
  return fmt::format(
      "\nTwo models that agree on what is seen (to {:.0e}, in {}{} states) and disagree:\n"
      "  {} = {} in one, {} in the other\n"
      "  (--json prints both)\n",
      std::max(models.at("seen_difference").get<double>(), 1e-16),
      models.at("compared_all").get<bool>() ? "all " : "", models.at("compared").get<std::size_t>(),
      models.at("question").get<std::string>(), fixed_number(models.at("answers")[0].get<double>()),
      fixed_number(models.at("answers")[1].get<double>()));
}

}  // namespace

std::string names_text(const json& names) {
  std::string text = "{";
  for (const auto& name : names)
    text += (text.size() > 1 ? ", " : "") + quoted_name(name.get<std::string>());
  return text + "}";
}

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

// A formula that holds when more is assumed than the graph.
std::string assumed_text(const json& result, const json& assumed) {
  std::string assumptions;
  for (const auto& one : assumed.at("assumptions"))
    assumptions += (assumptions.empty() ? "" : "; ") + one.get<std::string>();
  auto text = "  " + wrapped("if " + assumptions + ":", 96, "    ") + "\n    " +
              result.at("effect").get<std::string>() + " = " +
              assumed.at("text").get<std::string>() + "\n";
  if (const auto meanings = meanings_text(result); !meanings.empty())
    text += "    where " + meanings + "\n";
  return text;
}

std::string identification_text(const json& result) {
  auto text = verdict_text(result, "") + sources_text(result);
  if (result.at("positive").is_array() && !result["positive"].empty()) {
    std::string list;
    for (const auto& positive : result["positive"]) {
      const auto one = positive.get<std::string>();
      list += (list.empty() ? "" : "; ") + one + (one.starts_with("and ") ? "" : " > 0");
    }
    text += "  " + wrapped("needs " + list, 96, "    ") + "\n";
  }
  if (result.contains("under_assumptions"))
    for (const auto& assumed : result["under_assumptions"]) text += assumed_text(result, assumed);
  if (result.contains("no_derivation"))
    text += "  no derivation: " + result["no_derivation"].get<std::string>() + "\n";
  if (result.at("derivation").is_object())
    text += "\n" + result["derivation"].at("text").get<std::string>();
  if (result.contains("models")) text += models_text(result["models"]);
  return text;
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
                    open ? "open" : "blocked by " + names_text(path.at("blocked_by"))});
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
    text += names_text(set) + (set.empty() ? "  (nothing is needed)" : "") + "\n";
  if (!result.value("complete", true)) text += "(there are more: the limit stopped the search)\n";
  return text;
}

std::string check_text(const json& result) {
  std::string text = (result.at("valid").get<bool>() ? "valid: " : "not valid: ") +
                     result.at("reason").get<std::string>() + "\n";
  for (const auto& sentence : result.at("explanation").at("sentences"))
    text += "  " + wrapped(sentence.get<std::string>(), 96, "    ") + "\n";
  return text;
}

}  // namespace causal_gym
