// The OpenAPI document as a page: every operation and every schema, readable without script.
//
// Cost: tens of milliseconds for our own document; whoever serves the page keeps it.
#pragma once

#include <string>
#include <string_view>

#include "apps/server/html.h"
#include "engine/base/result.h"

namespace causal_gym {

// What stands between the page's header and footer. A reference becomes a link to its schema, an
// example the JSON that it is. Errors: parse_error (no YAML, or no OpenAPI document: what is
// missing).
[[nodiscard]] Result<std::string> api_page_body(std::string_view document);

}  // namespace causal_gym
