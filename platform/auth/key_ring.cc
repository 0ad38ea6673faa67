#include "platform/auth/key_ring.h"

#include <algorithm>
#include <utility>

#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

constexpr std::size_t longest_id = 64;
constexpr std::size_t made_id_digits = 12;

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_id &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

SigningKey key_of(std::string_view line) {
  const auto colon = line.find(':');
  if (colon != std::string_view::npos && is_id(line.substr(0, colon)))
    return {std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))};
  return {digest_text("kid " + std::string(line)).substr(0, made_id_digits), std::string(line)};
}

Status check_key(const SigningKey& key, const std::vector<SigningKey>& before) {
  const auto refuse = [](std::string reason) {
    return fail(ErrorCode::invalid_argument, std::move(reason), {},
                "make one with: openssl rand -base64 48");
  };
  const auto& secret = key.secret;
  if (secret.size() < shortest_key_bytes)
    return refuse("the key has fewer than " + std::to_string(shortest_key_bytes) + " bytes");
  if (secret.size() > longest_key_bytes)
    return refuse("the key has over " + std::to_string(longest_key_bytes) + " bytes");
  if (secret.find_first_not_of(secret.front()) == std::string::npos)
    return refuse("the key is one character over and over");
  for (const auto& other : before)
    if (other.id == key.id) return refuse("a key of this id stands above");
  return {};
}

}  // namespace

Result<KeyRing> KeyRing::read(std::string_view text) {
  std::vector<SigningKey> keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (keys.size() == keys_of_a_ring_limit)
      return fail(ErrorCode::limit_exceeded,
                  "there are more than " + std::to_string(keys_of_a_ring_limit) + " keys");
    auto key = key_of(line);
    if (const auto status = check_key(key, keys); !status)
      return fail(status.error().code,
                  "line " + std::to_string(number) + " of the keys: " + status.error().message,
                  "line " + std::to_string(number), status.error().suggestion);
    keys.push_back(std::move(key));
  }
  if (keys.empty())
    return fail(ErrorCode::invalid_argument, "there is no key to sign with", {},
                "make one with: openssl rand -base64 48");
  return KeyRing(std::move(keys));
}

}  // namespace causal_gym
