// Base64 of RFC 4648 section 4, with padding: pictures in answers, names in headers. Cost: linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

[[nodiscard]] std::string base64_encoded(std::string_view bytes);
// None when the text is not what base64_encoded gives for some bytes.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace causal_gym
