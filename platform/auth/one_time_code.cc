#include "platform/auth/one_time_code.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "engine/base/check.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {

std::string counter_code(std::string_view secret, std::uint64_t counter, std::size_t digits) {
  std::array<unsigned char, 8> message{};
  for (std::size_t i = 0; i < message.size(); ++i)
    message[i] = static_cast<unsigned char>(counter >> (8 * (message.size() - 1 - i)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message.data(),
             message.size(), digest.data(), &size) != nullptr);
  // RFC 4226, section 5.3: four bytes from where the last half byte says, without their sign.
  const std::size_t offset = digest[size - 1] & 0x0FU;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = (number << 8U) | digest[offset + i];
  number &= 0x7FFFFFFFU;
  std::string code(digits, '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, number /= 10)
    *digit = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> step_of_code(std::string_view secret, std::string_view code,
                                         std::int64_t at, std::int64_t last_step) {
  const auto now = at / code_step_seconds;
  std::optional<std::int64_t> found;
  for (auto step = now - 1; step <= now + 1; ++step)
    if (step > last_step && step >= 0 &&
        same_secret(counter_code(secret, static_cast<std::uint64_t>(step)), code))
      found = step;
  return found;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = (held << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text += letters[(held >> (bits - 5)) & 31U];
  }
  if (bits > 0) text += letters[(held << (5 - bits)) & 31U];
  return text;
}

std::string otpauth_uri(std::string_view issuer, std::string_view name, std::string_view secret) {
  std::string label;  // of a user's name, '@' alone may not stand as it is
  for (const char c : name) label += c == '@' ? std::string("%40") : std::string(1, c);
  std::string uri = "otpauth://totp/";
  uri.append(issuer).append(":").append(label).append("?secret=").append(base32(secret));
  return uri.append("&issuer=").append(issuer).append("&algorithm=SHA1&digits=6&period=30");
}

}  // namespace causal_gym
