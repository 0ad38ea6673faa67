// GET /v1/models and /v1/models/{id}: the built-in agents, in the form of either provider.
#pragma once

#include <string_view>

#include "api/reference/wire_answer.h"

namespace causal_gym {

enum class ModelListForm { openai, anthropic };

// All on one page. An agent's release has no date: the epoch stands for it, as both APIs allow.
[[nodiscard]] WireAnswer list_reference_models(ModelListForm form);
// 404 when there is no such model. `request_id`: for the body of an error.
[[nodiscard]] WireAnswer find_reference_model(ModelListForm form, std::string_view id,
                                              std::string_view request_id);

}  // namespace causal_gym
