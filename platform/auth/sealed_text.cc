#include "platform/auth/sealed_text.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t longest_sealed_text = 4'096;
constexpr int encoding = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES> key_of(
    const SigningKey& key) {
  CHECK(sodium_init() >= 0);
  std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES> made{};
  const auto digest = keyed_digest(key.secret, "sealed text");
  CHECK(sodium_base642bin(made.data(), made.size(), digest.data(), digest.size(), nullptr, nullptr,
                          nullptr, encoding) == 0);
  return made;
}

}  // namespace

std::string sealed(const KeyRing& keys, std::string_view purpose, std::string_view text) {
  const auto key = key_of(keys.signer());
  std::string box(nonce_bytes + text.size() + tag_bytes, '\0');
  randombytes_buf(box.data(), nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(box) + nonce_bytes, nullptr, bytes_of(text),
                                             text.size(), bytes_of(purpose), purpose.size(),
                                             nullptr, bytes_of(box), key.data());
  std::string encoded(sodium_base64_encoded_len(box.size(), encoding), '\0');
  sodium_bin2base64(encoded.data(), encoded.size(), bytes_of(box), box.size(), encoding);
  encoded.pop_back();  // its end of a C text
  return keys.signer().id + ":" + encoded;
}

std::optional<std::string> unsealed(const KeyRing& keys, std::string_view purpose,
                                    std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.size() > longest_sealed_text) return std::nullopt;
  const auto key = std::find_if(keys.keys().begin(), keys.keys().end(), [&](const SigningKey& one) {
    return one.id == text.substr(0, colon);
  });
  if (key == keys.keys().end()) return std::nullopt;
  const auto encoded = text.substr(colon + 1);
  std::string box(encoded.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(bytes_of(box), box.size(), encoded.data(), encoded.size(), nullptr, &size,
                        nullptr, encoding) != 0 ||
      size < nonce_bytes + tag_bytes)
    return std::nullopt;
  std::string opened(size - nonce_bytes - tag_bytes, '\0');
  const auto made = key_of(*key);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          bytes_of(opened), nullptr, nullptr, bytes_of(box) + nonce_bytes, size - nonce_bytes,
          bytes_of(purpose), purpose.size(), bytes_of(box), made.data()) != 0)
    return std::nullopt;
  return opened;
}

}  // namespace causal_gym
