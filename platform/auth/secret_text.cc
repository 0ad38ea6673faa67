#include "platform/auth/secret_text.h"

#include <sodium.h>

#include <array>
#include <vector>

#include "engine/base/check.h"

namespace causal_gym {

namespace {

void make_ready() {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(const unsigned char* bytes, std::size_t count, int variant) {
  std::string text(sodium_base64_encoded_len(count, variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes, count, variant);
  text.pop_back();  // its end of a C text
  return text;
}

std::string hexadecimal(const unsigned char* bytes, std::size_t count) {
  std::string text(2 * count + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, count);
  text.pop_back();
  return text;
}

std::vector<unsigned char> random_bytes(std::size_t count) {
  make_ready();
  std::vector<unsigned char> bytes(count);
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::array<unsigned char, crypto_hash_sha256_BYTES> sha256(std::string_view text) {
  make_ready();
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), bytes_of(text), text.size());
  return digest;
}

}  // namespace

std::string random_secret(std::size_t bytes) {
  const auto random = random_bytes(bytes);
  return {random.begin(), random.end()};
}

std::string random_text(std::size_t bytes) {
  const auto random = random_bytes(bytes);
  return base64(random.data(), random.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string random_id(std::size_t bytes) {
  const auto random = random_bytes(bytes);
  return hexadecimal(random.data(), random.size());
}

std::string digest_text(std::string_view secret) {
  const auto digest = sha256(secret);
  return hexadecimal(digest.data(), digest.size());
}

std::string digest_base64(std::string_view text) {
  const auto digest = sha256(text);
  return base64(digest.data(), digest.size(), sodium_base64_VARIANT_ORIGINAL);
}

std::string keyed_digest(std::string_view key, std::string_view text) {
  make_ready();
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  return base64(digest.data(), digest.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool same_secret(std::string_view a, std::string_view b) {
  make_ready();
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace causal_gym
