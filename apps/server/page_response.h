// Pages as HTTP responses, and the forms that come back from them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "platform/http/http_message.h"

namespace causal_gym {

// Nothing is loaded from elsewhere, and of styles only ours apply: by their digest. No script runs
// but the one that is given, which may ask this server.
[[nodiscard]] HttpResponse page_response(int status, std::string html,
                                         std::string_view script = {});

[[nodiscard]] HttpResponse page_of_error(int status, const Error& error);

// A browser is to GET that path of ours next.
[[nodiscard]] HttpResponse see_other(const std::string& path);

// The first field of that name; empty when there is none.
[[nodiscard]] std::string_view field_of(const NamedTexts& fields, std::string_view name);

// Whole seconds, rounded up, as Retry-After gives them.
[[nodiscard]] std::string retry_after(std::chrono::nanoseconds wait);

}  // namespace causal_gym
