#include "platform/auth/api_key.h"

#include <algorithm>

#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

constexpr std::string_view prefix = "cg_";
constexpr std::size_t id_digits = 16;
constexpr std::size_t secret_characters = 43;  // of secret_bytes in base64url

}  // namespace

NewApiKey make_api_key() {
  const auto id = random_id(id_digits / 2);
  auto text = std::string(prefix) + id + "_" + random_text(secret_bytes);
  auto digest = digest_text(text);
  return {id, std::move(text), std::move(digest)};
}

bool is_api_key(std::string_view text) { return text.starts_with(prefix); }

std::optional<std::string> api_key_id(std::string_view text) {
  if (!is_api_key(text) || text.size() != prefix.size() + id_digits + 1 + secret_characters ||
      text[prefix.size() + id_digits] != '_')
    return std::nullopt;
  const auto id = text.substr(prefix.size(), id_digits);
  const bool hexadecimal = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return hexadecimal ? std::optional(std::string(id)) : std::nullopt;
}

}  // namespace causal_gym
