// Which servers models may be asked at, so that no address that somebody writes makes this program
// call another: the operator's list in CAUSAL_GYM_MODEL_HOSTS. Without one, all.
//
// "api.openai.com 127.0.0.1:11434": hosts, or hosts with ports, separated by commas or spaces; a
// host alone means the port of the address's scheme. Redirects are not followed (transfer.h).
// Cost: linear in the list.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

inline constexpr const char* model_hosts_variable = "CAUSAL_GYM_MODEL_HOSTS";
inline constexpr std::size_t model_hosts_limit = 64;

// Ok when the list is empty or has the host of `base_url`, http(s)://host[:port][/path]. Errors:
// invalid_argument, naming the host and the list; limit_exceeded (model_hosts_limit).
[[nodiscard]] Status check_allowed_host(std::string_view base_url, std::string_view list);

}  // namespace causal_gym
