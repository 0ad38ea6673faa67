// Passwords: what is kept of one, and whether a text is it.
//
// Source: Argon2id (RFC 9106) of libsodium; NIST SP 800-63B section 5.1.1 (length counts, no rules
// of composition); Wheeler, "zxcvbn: low-budget password strength estimation" (USENIX Security
// 2016), by its C library, which knows common passwords, words, names, keyboards, dates and
// spellings of all these. Cost: tens of milliseconds and PasswordCost::memory_bytes for each hash.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

inline constexpr std::size_t shortest_password = 12;        // in characters
inline constexpr std::size_t longest_password_bytes = 256;  // of its UTF-8

// Below, a password is guessed with what is known of people's: the limit of zxcvbn's highest step.
inline constexpr double fewest_guesses = 1e10;

// Ok for a password that may be set. `words` are those of the place, which everyone tries first,
// beside the user's name and the program's own. Errors: invalid_argument (too short, too long, not
// UTF-8, guessed within `fewest_guesses`); the message never holds the password. Cost: up to 2 ms.
[[nodiscard]] Status check_new_password(std::string_view name, std::string_view password,
                                        const std::vector<std::string>& words = {});

struct PasswordCost {
  unsigned long long passes = 3;
  std::size_t memory_bytes = 64 << 20;
  std::size_t at_once = 2;  // hashes under way: what bounds the memory
};

// Safe from any thread; waits for its turn when `at_once` hashes are under way.
class PasswordHasher {
 public:
  // `at_hash` is told of each one, on the thread that is about to wait for its turn.
  explicit PasswordHasher(PasswordCost cost = {}, std::function<void()> at_hash = {});

  // With a salt of its own and the cost in it. Errors: unavailable (no memory).
  [[nodiscard]] Result<std::string> hash(std::string_view password);
  // Without a hash, as of a user that there is not, it takes as long and is false.
  [[nodiscard]] bool matches(const std::optional<std::string>& hash, std::string_view password);
  // Was it made at another cost?
  [[nodiscard]] bool needs_rehash(const std::string& hash) const;

  // One of the hashes under way, or in place of one: waits for its turn, and has it as long as it
  // lives.
  class Turn {
   public:
    explicit Turn(PasswordHasher& hasher);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    PasswordHasher& hasher_;
  };
  // How many wait for theirs.
  [[nodiscard]] std::size_t waiting() const;

 private:
  const PasswordCost cost_;
  const std::function<void()> at_hash_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::size_t waiting_ = 0;
  const std::string nobodys_;  // the hash of a random password
};

}  // namespace causal_gym
