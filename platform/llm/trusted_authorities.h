// Whose certificates are trusted. Certificates are always verified: who has an authority of their
// own names it, and nothing switches the check off.
//
// SSL_CERT_FILE is read as OpenSSL and the vendors' own tools read it: its authorities stand in
// place of the system's. Proxies are left to libcurl, which reads http_proxy (in lower case alone),
// https_proxy or HTTPS_PROXY, all_proxy or ALL_PROXY, and no_proxy or NO_PROXY; the certificate
// behind a proxy is verified too. Cost: reads the file once.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "platform/llm/provider_config.h"

namespace causal_gym {

// The PEM file of trusted authorities: `given` (of --ca-file), else what SSL_CERT_FILE says; empty:
// the system's. Errors, each naming where the file was named: not_found, unavailable (it cannot be
// read); invalid_argument (it holds no certificate); limit_exceeded (16 MiB).
[[nodiscard]] Result<std::string> trusted_authorities(const ConfigSources& sources,
                                                      const std::string& given);

}  // namespace causal_gym
