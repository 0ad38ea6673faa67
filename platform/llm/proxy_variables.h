// The proxies that libcurl reads from the environment, judged before anything is sent: its own
// messages repeat an address that it does not understand, with the password in it.
//
// Source: libcurl(3) on CURLOPT_PROXY and its environment variables. Cost: none.
#pragma once

#include "platform/llm/provider_config.h"

namespace causal_gym {

// Ok when each of http_proxy, https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY that is set is
// [scheme://][user[:password]@]host[:port] with a scheme of a proxy. Errors: invalid_argument,
// naming the variable and never its value.
[[nodiscard]] Status check_proxy_variables(const ConfigSources& sources);

}  // namespace causal_gym
