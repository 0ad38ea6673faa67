#include "apps/cli/graph_text.h"

#include <fmt/format.h>

#include "apps/cli/engine_text.h"
#include "apps/cli/text_table.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr const char* more_text = "(there are more: the limit stopped the search)\n";

std::string edge_text(const json& edge, const char* joint) {
  return edge[0].get<std::string>() + joint + edge[1].get<std::string>();
}

}  // namespace

std::string independencies_text(const json& result) {
  std::string text;
  for (const auto& one : result.at("independencies"))
    text += one.at("text").get<std::string>() + "\n";
  const bool complete = result.at("complete").get<bool>();
  if (text.empty() && complete) text = "none: every two variables are joined or inseparable\n";
  for (const auto& one : result.at("verma")) text += one.at("text").get<std::string>() + "\n";
  if (!complete) text += more_text;
  return text;
}

std::string comparison_text(const json& result) {
  std::string text = fmt::format(
      "structural Hamming distance  {}  ({} of the pairs)\n"
      "directed edges               precision {}, recall {}, F1 {}\n",
      result.at("structural_hamming").get<std::size_t>(),
      fixed_number(result.at("normalised").get<double>()),
      fixed_number(result.at("precision").get<double>()),
      fixed_number(result.at("recall").get<double>()), fixed_number(result.at("f1").get<double>()));
  for (const auto& [strategy, distance] : result.at("adjustment_identification").items()) {
    text += fmt::format("{:<29}", strategy + " AID");
    text += distance.at("wrong").is_null()
                ? "none: " + distance.at("reason").get<std::string>() + "\n"
                : fmt::format("{} of {} effects wrong\n", distance["wrong"].get<std::size_t>(),
                              distance["pairs"].get<std::size_t>());
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& difference : result.at("differences"))
    rows.push_back({difference.at("kind").get<std::string>(),
                    difference.at("from").get<std::string>(),
                    difference.at("to").get<std::string>()});
  if (!rows.empty()) text += "\n" + text_table({{"difference"}, {"from"}, {"to"}}, rows);
  return text;
}

std::string equivalence_class_text(const json& result) {
  std::string text = result.at("size").get<std::string>() + " DAG" +
                     (result["size"] == "1" ? "" : "s") + " with the same separations\n";
  for (const auto& edge : result.at("directed"))
    text += "  " + edge_text(edge, " -> ") + "  in all of them\n";
  for (const auto& edge : result.at("undirected"))
    text += "  " + edge_text(edge, " -- ") + "  one way or the other\n";
  if (!result.at("equivalent").is_null())
    text +=
        result["equivalent"].get<bool>()
            ? "the other graph is one of them\n"
            : "the other graph is none of them: " + result.at("reason").get<std::string>() + "\n";
  return text;
}

std::string instruments_text(const json& result) {
  std::string text;
  if (result.contains("valid"))
    text = (result["valid"].get<bool>() ? "valid: " : "not valid: ") +
           result.at("reason").get<std::string>() + "\n";
  for (const auto& one : result.at("instruments")) {
    text += one.at("instrument").get<std::string>();
    if (!one.at("given").empty()) text += " given " + names_text(one["given"]);
    text += ":  " + one.at("estimand").get<std::string>() + "\n";
    for (const auto& assumption : one.at("assumptions"))
      text += "  " +
              wrapped(fmt::format("{} {}: {}", assumption.at("in_graph").get<bool>() ? "+" : "?",
                                  assumption.at("name").get<std::string>(),
                                  assumption.at("statement").get<std::string>()),
                      88, "      ") +
              "\n";
  }
  if (text.empty()) return "none, whatever is conditioned on\n";
  if (!result.at("instruments").empty())
    text += "(+ the graph vouches for it, ? it is an assumption of yours)\n";
  return text;
}

std::string explanation_text(const json& result) {
  std::string text;
  for (const auto& section : result.at("page")) {
    if (!text.empty()) text += "\n";
    text += section.at("title").get<std::string>() + "\n";
    for (const auto& line : section.at("lines"))
      text += "  " + wrapped(line.get<std::string>(), 96, "    ") + "\n";
  }
  return text;
}

std::string derivation_check_text(const json& result) {
  return result.at("verdict").get<std::string>() + ": " + result.at("reason").get<std::string>() +
         "\n";
}

}  // namespace causal_gym
