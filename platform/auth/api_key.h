// API keys as texts: "cg_" + 16 hexadecimal digits that name it + "_" + a random secret.
//
// The prefix lets secret scanners find one that has leaked; the name finds its row; only the digest
// of the whole is kept. Cost: linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causal_gym {

struct NewApiKey {
  std::string id;
  std::string text;    // shown once
  std::string digest;  // kept
};

[[nodiscard]] NewApiKey make_api_key();

// Whether a text has the form of a key, which no access token has.
[[nodiscard]] bool is_api_key(std::string_view text);

// The name in a key of the right form.
[[nodiscard]] std::optional<std::string> api_key_id(std::string_view text);

}  // namespace causal_gym
