#include "apps/server/request_body.h"

#include <algorithm>

#include "api/json_text.h"
#include "engine/base/spelling.h"

namespace causal_gym {

Result<nlohmann::json> read_body(const Call& call, const std::vector<std::string>& known) {
  const auto type = call.request.header("Content-Type").value_or("");
  if (!type.starts_with("application/json"))
    return fail(ErrorCode::invalid_argument, "the body is not application/json", "Content-Type",
                "send Content-Type: application/json");
  CAUSAL_GYM_TRY(body, parse_json(call.request.body));
  if (!body.is_object())
    return fail(ErrorCode::invalid_argument, "the body is not an object", "body");
  for (const auto& [name, value] : body.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fail(ErrorCode::unknown_name, "no field '" + name + "' here", name,
                  spelling_suggestion(name, known));
  return body;
}

}  // namespace causal_gym
