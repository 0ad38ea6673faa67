// The configuration as texts: what was read, as a TOML file; the table of keys, as the operators'
// document docs/operations/configuration.md. Secrets are masked.
// Cost: linear in the keys.
#pragma once

#include <string>

#include "platform/config/read_configuration.h"

namespace causal_gym {

// A TOML file that reads back to the same values, but for what is masked. `with_sources`: each
// value is followed by a comment that says where it comes from.
[[nodiscard]] std::string configuration_toml(const ConfigReading& reading, bool with_sources);

[[nodiscard]] std::string configuration_document();

}  // namespace causal_gym
