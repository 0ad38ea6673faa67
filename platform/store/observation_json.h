// An observation as JSON, for event_codec. Reading may throw nlohmann's exceptions.
#pragma once

#include <nlohmann/json.hpp>

#include "gym/interface/observation.h"

namespace causal_gym {

using StoredJson = nlohmann::ordered_json;

[[nodiscard]] StoredJson values_json(std::span<const ShownValue> values);
[[nodiscard]] std::vector<ShownValue> values_of(const StoredJson& json);

[[nodiscard]] StoredJson observation_json(const Observation& observation);
[[nodiscard]] Observation observation_of(const StoredJson& json);

}  // namespace causal_gym
