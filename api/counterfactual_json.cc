#include "api/counterfactual_json.h"

#include <algorithm>

#include "api/expression_json.h"
#include "engine/base/check.h"
#include "engine/expression/print.h"

namespace causal_gym {

namespace {

using nlohmann::json;

std::string_view verdict_word(CounterfactualVerdict verdict) {
  switch (verdict) {
    case CounterfactualVerdict::identifiable: return "identifiable";
    case CounterfactualVerdict::zero: return "zero";
    case CounterfactualVerdict::undefined: return "undefined";
    case CounterfactualVerdict::not_identifiable: return "not_identifiable";
    case CounterfactualVerdict::unknown: return "unknown";
  }
  CHECK(false);
}

json identifiable_json(CounterfactualVerdict verdict) {
  if (verdict == CounterfactualVerdict::undefined || verdict == CounterfactualVerdict::unknown)
    return nullptr;
  return verdict != CounterfactualVerdict::not_identifiable;
}

json part_json(const Graph& graph, const IdentifiedPart& part) {
  const auto& answer = part.answer;
  const auto names = answer.symbols.names();
  json free = json::array();
  for (const auto v : answer.free) free.push_back(names[static_cast<std::size_t>(v)]);
  return {{"sign", part.sign},
          {"question", counterfactual_text(graph, answer.symbols, part.question)},
          {"verdict", verdict_word(answer.verdict)},
          {"estimand", answer.estimand ? expression_json(answer.estimand, names) : json(nullptr)},
          {"reason", answer.reason},
          {"free", std::move(free)},
          {"positive", expression_texts(answer.positive, names)}};
}

std::string limit_of(const QueryIdentification& answer) {
  for (const auto& part : answer.parts)
    if (!part.answer.limit.empty()) return part.answer.limit;
  return answer.reason;
}

}  // namespace

json query_identification_json(const Graph& graph, const std::string& query,
                               const QueryIdentification& answer) {
  const bool known = answer.verdict == CounterfactualVerdict::identifiable ||
                     answer.verdict == CounterfactualVerdict::zero;
  json parts = json::array();
  for (const auto& part : answer.parts) parts.push_back(part_json(graph, part));
  json assumed = json::array();
  for (const auto& one : answer.under_assumptions)
    assumed.push_back({{"assumptions", one.assumptions}, {"text", one.text}, {"latex", one.latex}});
  json meanings = json::object();
  const auto names = answer.symbols.names();
  for (const auto& meaning : answer.meanings)
    meanings[names[static_cast<std::size_t>(meaning.symbol)]] = meaning.text;
  json value = {{"identifiable", identifiable_json(answer.verdict)},
                {"verdict", verdict_word(answer.verdict)},
                {"effect", query},
                {"strategy", known ? json("counterfactual") : json(nullptr)},
                {"reason", answer.reason},
                {"meanings", std::move(meanings)},
                {"assumptions", answer.assumptions},
                {"parts", std::move(parts)},
                {"under_assumptions", std::move(assumed)}};
  for (const auto* key : {"estimand", "set", "free", "positive", "derivation", "hedge", "limit"})
    value[key] = nullptr;
  if (known) {
    json positive = json::array();
    for (const auto& part : value["parts"])
      for (const auto& one : part.at("positive"))
        if (std::find(positive.begin(), positive.end(), one) == positive.end())
          positive.push_back(one);
    value["positive"] = std::move(positive);
    value["estimand"] = {{"text", answer.text}, {"latex", answer.latex}, {"tree", nullptr}};
  }
  if (answer.verdict == CounterfactualVerdict::unknown) value["limit"] = limit_of(answer);
  return value;
}

}  // namespace causal_gym
