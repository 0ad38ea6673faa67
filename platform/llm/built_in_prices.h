// The text of prices.json, which CMake makes part of the program (built_in_prices.cc.in).
#pragma once

#include <string_view>

namespace causal_gym {

[[nodiscard]] std::string_view built_in_prices_json();

}  // namespace causal_gym
