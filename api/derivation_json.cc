#include "api/derivation_json.h"

#include "api/answer_json.h"
#include "api/expression_json.h"
#include "api/json_fields.h"
#include "engine/base/spelling.h"
#include "engine/expression/print.h"
#include "engine/identify/derivation_text.h"

namespace causal_gym {

namespace {

using nlohmann::json;

json separation_json(const Graph& graph, const SeparationStatement& separation) {
  return {{"left", node_names_json(graph, separation.left)},
          {"right", node_names_json(graph, separation.right)},
          {"given", node_names_json(graph, separation.given)},
          {"no_incoming", node_names_json(graph, separation.no_incoming)},
          {"no_outgoing", node_names_json(graph, separation.no_outgoing)},
          {"text", separation_text(graph, separation)}};
}

class DerivationReader {
 public:
  explicit DerivationReader(const Graph& graph) : graph_(graph) {}

  Result<Derivation> read(const json& value, const std::string& path) {
    static const std::vector<std::string> known = {"goal", "steps", "text", "latex"};
    CAUSAL_GYM_CHECKED(check_object(value, known, path));
    Derivation derivation;
    CAUSAL_GYM_TRY(goal, expression(value, "goal", path));
    derivation.goal = std::move(goal);
    const auto steps = value.find("steps");
    if (steps == value.end() || !steps->is_array())
      return fail(ErrorCode::invalid_argument, "a derivation has a list of 'steps'", path);
    if (auto status = check_limit("steps of the derivation", steps->size(), most_steps); !status)
      return fail(error_at(status.error(), joined_path(path, "steps")));
    for (std::size_t i = 0; i < steps->size(); ++i) {
      CAUSAL_GYM_TRY(
          step, read_step((*steps)[i], joined_path(path, "steps") + "[" + std::to_string(i) + "]"));
      derivation.steps.push_back(std::move(step));
    }
    return derivation;
  }

 private:
  static constexpr std::size_t most_steps = 10'000;

  Result<DerivationStep> read_step(const json& value, const std::string& path) {
    static const std::vector<std::string> known = {"rule",       "from",       "to",
                                                   "expression", "separation", "reason"};
    CAUSAL_GYM_CHECKED(check_object(value, known, path));
    DerivationStep step;
    CAUSAL_GYM_TRY(kind, read_kind(value, path));
    CAUSAL_GYM_TRY(from, expression(value, "from", path));
    CAUSAL_GYM_TRY(to, expression(value, "to", path));
    step.kind = kind;
    step.from = std::move(from);
    step.to = std::move(to);
    if (value.contains("expression") && !value["expression"].is_null()) {
      CAUSAL_GYM_TRY(whole, expression(value, "expression", path));
      step.whole = std::move(whole);
    }
    if (value.contains("separation") && !value["separation"].is_null()) {
      CAUSAL_GYM_TRY(separation,
                     read_separation(value["separation"], joined_path(path, "separation")));
      step.separation = std::move(separation);
    }
    return step;
  }

  static Result<DerivationStepKind> read_kind(const json& value, const std::string& path) {
    if (!value.contains("rule"))
      return fail(ErrorCode::invalid_argument, "'rule' is missing", path);
    CAUSAL_GYM_TRY(word, read_text(value["rule"], joined_path(path, "rule")));
    std::vector<std::string> words;
    for (const auto kind : all_derivation_step_kinds) {
      words.emplace_back(derivation_step_name(kind));
      if (words.back() == word) return kind;
    }
    return fail(ErrorCode::unknown_name, "no rule '" + word + "'", joined_path(path, "rule"),
                spelling_suggestion(word, words));
  }

  Result<SeparationStatement> read_separation(const json& value, const std::string& path) {
    static const std::vector<std::string> known = {"left",        "right",       "given",
                                                   "no_incoming", "no_outgoing", "text"};
    CAUSAL_GYM_CHECKED(check_object(value, known, path));
    SeparationStatement statement;
    const std::pair<const char*, NodeSet*> parts[] = {{"left", &statement.left},
                                                      {"right", &statement.right},
                                                      {"given", &statement.given},
                                                      {"no_incoming", &statement.no_incoming},
                                                      {"no_outgoing", &statement.no_outgoing}};
    for (const auto& [key, set] : parts) {
      if (!value.contains(key)) continue;
      CAUSAL_GYM_TRY(names, read_texts(value[key], joined_path(path, key)));
      for (const auto& name : names) {
        const auto node = graph_.require(name);
        if (!node) return fail(error_at(node.error(), joined_path(path, key)));
        set->insert(*node);
      }
    }
    return statement;
  }

  Result<ExpressionPtr> expression(const json& value, const char* key, const std::string& path) {
    if (!value.contains(key))
      return fail(ErrorCode::invalid_argument, std::string("'") + key + "' is missing", path);
    return read_expression(value[key], joined_path(path, key),
                           [this](const std::string& name) { return graph_.require(name); });
  }

  const Graph& graph_;
};

}  // namespace

json derivation_json(const Graph& graph, const Derivation& derivation) {
  const auto names = graph.names();
  json steps = json::array();
  for (const auto& step : derivation.steps)
    steps.push_back(
        {{"rule", derivation_step_name(step.kind)},
         {"from", expression_json(step.from, names)},
         {"to", expression_json(step.to, names)},
         {"expression", expression_json(step.whole, names)},
         {"separation", step.separation ? separation_json(graph, *step.separation) : json(nullptr)},
         {"reason", step_reason(graph, step)}});
  return {{"goal", expression_json(derivation.goal, names)},
          {"steps", std::move(steps)},
          {"text", derivation_text(graph, derivation)},
          {"latex", derivation_latex(graph, derivation)}};
}

Result<Derivation> read_derivation(const json& value, std::string_view path, const Graph& graph) {
  return DerivationReader(graph).read(value, std::string(path));
}

}  // namespace causal_gym
