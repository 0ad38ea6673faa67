#include "platform/auth/password.h"

#include <sodium.h>
#include <zxcvbn.h>

#include <cmath>
#include <utility>

#include "engine/base/check.h"
#include "platform/auth/secret_text.h"
#include "platform/auth/utf8.h"

namespace causal_gym {

namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

// How many are tried before this one, by somebody who knows the words.
double guesses_for(const std::string& password, const std::vector<std::string>& words) {
  std::vector<std::string> lower;
  for (const auto& word : words)
    if (!word.empty()) lower.push_back(lower_case(word));
  std::vector<const char*> dictionary;
  for (const auto& word : lower) dictionary.push_back(word.c_str());
  dictionary.push_back(nullptr);
  return std::exp2(ZxcvbnMatch(password.c_str(), dictionary.data(), nullptr));
}

std::optional<std::string> hashed(std::string_view password, const PasswordCost& cost) {
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost.passes,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return std::nullopt;
  hash.resize(hash.find('\0'));
  return hash;
}

std::string hash_of_nobody(const PasswordCost& cost) {
  const auto hash = hashed(random_text(), cost);
  CHECK(hash.has_value());  // at the start of the program, before anything is served
  return *hash;
}

}  // namespace

Status check_new_password(std::string_view name, std::string_view password,
                          const std::vector<std::string>& words) {
  const auto refuse = [](std::string reason) {
    return fail(ErrorCode::invalid_argument, std::move(reason), "password",
                "a few words that do not belong together are easy to keep in mind");
  };
  if (password.size() > longest_password_bytes)
    return refuse("the password has over " + std::to_string(longest_password_bytes) + " bytes");
  const auto characters = code_points(password);
  if (!characters) return refuse("the password is not UTF-8");
  if (characters->size() < shortest_password)
    return refuse("the password has fewer than " + std::to_string(shortest_password) +
                  " characters");
  std::vector<std::string> known = {"causal", "interface", "gym", "causalgym", "admin"};
  known.emplace_back(name);
  known.insert(known.end(), words.begin(), words.end());
  if (guesses_for(std::string(password), known) < fewest_guesses)
    return refuse("the password is among the first that somebody would guess");
  return {};
}

PasswordHasher::Turn::Turn(PasswordHasher& hasher) : hasher_(hasher) {
  std::unique_lock lock(hasher_.mutex_);
  ++hasher_.waiting_;
  hasher_.changed_.wait(lock, [this] { return hasher_.under_way_ < hasher_.cost_.at_once; });
  --hasher_.waiting_;
  ++hasher_.under_way_;
}

PasswordHasher::Turn::~Turn() {
  const std::lock_guard lock(hasher_.mutex_);
  --hasher_.under_way_;
  hasher_.changed_.notify_one();
}

PasswordHasher::PasswordHasher(PasswordCost cost, std::function<void()> at_hash)
    : cost_(cost), at_hash_(std::move(at_hash)), nobodys_(hash_of_nobody(cost)) {
  CHECK(cost_.at_once > 0);
}

std::size_t PasswordHasher::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

Result<std::string> PasswordHasher::hash(std::string_view password) {
  if (at_hash_) at_hash_();
  const Turn turn(*this);
  auto hash = hashed(password, cost_);
  if (!hash) return fail(ErrorCode::unavailable, "there is no memory to hash a password");
  return *std::move(hash);
}

bool PasswordHasher::matches(const std::optional<std::string>& hash, std::string_view password) {
  if (at_hash_) at_hash_();
  const Turn turn(*this);
  // What is too long for any password is compared up to there, and refused.
  const auto compared = password.substr(0, longest_password_bytes);
  const bool same = crypto_pwhash_str_verify((hash ? *hash : nobodys_).c_str(), compared.data(),
                                             compared.size()) == 0;
  return same && hash.has_value() && password.size() <= longest_password_bytes;
}

bool PasswordHasher::needs_rehash(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.passes, cost_.memory_bytes) != 0;
}

}  // namespace causal_gym
