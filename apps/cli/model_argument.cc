#include "apps/cli/model_argument.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "api/json_text.h"
#include "engine/base/limits.h"

namespace causal_gym {

namespace {

bool ends_with(const std::string& text, const char* ending) { return text.ends_with(ending); }

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t limit_bytes) {
  errno = 0;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable;
    return fail(code, "cannot read '" + path + "': " + std::strerror(errno));
  }
  const auto size = file.tellg();
  if (size < 0)
    return fail(ErrorCode::unavailable, "cannot read '" + path + "': not a regular file");
  CAUSAL_GYM_CHECKED(
      check_limit("bytes of '" + path + "'", static_cast<std::size_t>(size), limit_bytes));
  std::string text(static_cast<std::size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
    return fail(ErrorCode::unavailable, "cannot read '" + path + "': " + std::strerror(errno));
  return text;
}

Result<nlohmann::json> model_argument(const std::string& text) {
  if (ends_with(text, ".bif")) {
    CAUSAL_GYM_TRY(bif, read_text_file(text, Limits{}.model_text_bytes));
    return nlohmann::json{{"bif", std::move(bif)}};
  }
  if (ends_with(text, ".json")) {
    CAUSAL_GYM_TRY(body, read_text_file(text, Limits{}.model_text_bytes));
    auto model = parse_json(body);
    if (!model) {
      auto error = std::move(model).error();
      error.where = error.where.empty() ? text : text + ", " + error.where;
      return fail(std::move(error));
    }
    return model;
  }
  return nlohmann::json(text);
}

Result<nlohmann::json> graph_argument(const std::string& text) {
  if (text.find_first_of("<>{}[];~\n") != std::string::npos) return nlohmann::json{{"graph", text}};
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
  if (value) return value;
  auto error = std::move(value).error();
  error.where = error.where.empty() ? text : text + ", " + error.where;
  return fail(std::move(error));
}

}  // namespace causal_gym
