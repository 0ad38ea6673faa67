#include "apps/cli/model_argument.h"

#include "api/json_text.h"
#include "engine/base/limits.h"
#include "engine/model/bif.h"

namespace causal_gym {

namespace {

bool ends_with(const std::string& text, const char* ending) { return text.ends_with(ending); }

// The error with the file that it is in.
Error error_in(Error error, const std::string& path) {
  error.where = error.where.empty() ? path : path + ", " + error.where;
  return error;
}

// Text that no id of an environment is: with an edge, a bracket, a blank, or nothing at all.
bool is_graph_text(const std::string& text) {
  return text.find_first_of("<>{}[];~\n") != std::string::npos ||
         text.find("--") != std::string::npos || text.find_first_not_of(" \t") == std::string::npos;
}

}  // namespace

Result<nlohmann::json> model_argument(const std::string& text) {
  if (ends_with(text, ".bif")) {
    CAUSAL_GYM_TRY(bif, read_text_file(text, Limits{}.model_text_bytes));
    // Read here once, so that an error names the file and not the request's field.
    if (auto model = parse_bif(bif); !model) return fail(error_in(std::move(model).error(), text));
    return nlohmann::json{{"bif", std::move(bif)}};
  }
  if (ends_with(text, ".json")) {
    CAUSAL_GYM_TRY(body, read_text_file(text, Limits{}.model_text_bytes));
    auto model = parse_json(body);
    if (!model) return fail(error_in(std::move(model).error(), text));
    return model;
  }
  return nlohmann::json(text);
}

Result<nlohmann::json> graph_argument(const std::string& text) {
  if (is_graph_text(text)) return nlohmann::json{{"graph", text}};
  for (const char* ending : {".dag", ".txt", ".dot", ".gml", ".graphml", ".lav"}) {
    if (!ends_with(text, ending)) continue;
    CAUSAL_GYM_TRY(body, read_text_file(text, Limits{}.graph_text_bytes));
    return nlohmann::json{{"graph", std::move(body)}};
  }
  CAUSAL_GYM_TRY(model, model_argument(text));
  return nlohmann::json{{"model", std::move(model)}};
}

Result<nlohmann::json> graph_only_argument(const std::string& text) {
  CAUSAL_GYM_TRY(argument, graph_argument(text));
  return argument.contains("graph") ? std::move(argument["graph"]) : argument;
}

Result<nlohmann::json> json_argument(const std::string& text) {
  if (!ends_with(text, ".json")) return parse_json(text);
  CAUSAL_GYM_TRY(body, read_text_file(text, Limits{}.model_text_bytes));
  auto value = parse_json(body);
  if (!value) return fail(error_in(std::move(value).error(), text));
  return value;
}

}  // namespace causal_gym
