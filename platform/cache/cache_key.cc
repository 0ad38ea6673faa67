#include "platform/cache/cache_key.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "engine/base/check.h"

namespace causal_gym {

std::string cache_key(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  const auto take = [&](std::string_view bytes) {
    CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  };
  for (const auto part : parts) {
    take(std::to_string(part.size()) + ':');
    take(part);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

}  // namespace causal_gym
