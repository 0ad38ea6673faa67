// Passwords: what is kept of one, and whether a text is it.
//
// Source: Argon2id (RFC 9106) of libsodium; NIST SP 800-63B section 5.1.1 (length counts, no rules
// of composition). Cost: tens of milliseconds and PasswordCost::memory_bytes for each hash.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

inline constexpr std::size_t shortest_password = 12;        // in characters
inline constexpr std::size_t longest_password_bytes = 256;  // of its UTF-8

// Ok for a password that may be set. Errors: invalid_argument (too short, too long, not UTF-8,
// one character or the name over and over); the message never holds the password.
[[nodiscard]] Status check_new_password(std::string_view name, std::string_view password);

struct PasswordCost {
  unsigned long long passes = 3;
  std::size_t memory_bytes = 64 << 20;
  std::size_t at_once = 2;  // hashes under way: what bounds the memory
};

// Safe from any thread; waits for its turn when `at_once` hashes are under way.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost = {});

  // With a salt of its own and the cost in it. Errors: unavailable (no memory).
  [[nodiscard]] Result<std::string> hash(std::string_view password);
  // Without a hash, as of a user that there is not, it takes as long and is false.
  [[nodiscard]] bool matches(const std::optional<std::string>& hash, std::string_view password);
  // Was it made at another cost?
  [[nodiscard]] bool needs_rehash(const std::string& hash) const;

 private:
  class Turn;
  const PasswordCost cost_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  const std::string nobodys_;  // the hash of a random password
};

}  // namespace causal_gym
