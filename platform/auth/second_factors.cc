#include "platform/auth/second_factors.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "platform/auth/one_time_code.h"
#include "platform/auth/sealed_text.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

constexpr const char* issuer = "causal-gym";
constexpr const char* no_key = "this server has no key for second factors";
constexpr const char* challenge_purpose = "challenge";
constexpr std::size_t recovery_code_bytes = 15;
constexpr std::size_t recovery_code_letters = 24;
constexpr std::size_t recovery_group_letters = 6;

// To who has a device, and whose password was right.
Error cannot_check(std::string reason, std::string suggestion) {
  return {ErrorCode::unavailable, "your second factor cannot be checked: " + std::move(reason),
          second_factor_key_name, std::move(suggestion)};
}

std::string purpose_of(const std::string& user) { return "second factor of " + user; }

// "ABCDEF-GHIJKL-..."
std::string new_recovery_code() {
  const auto letters = base32(random_secret(recovery_code_bytes));
  std::string code;
  for (std::size_t i = 0; i < letters.size(); i += recovery_group_letters)
    code += (i == 0 ? "" : "-") + letters.substr(i, recovery_group_letters);
  return code;
}

// As people type them: in any case, with or without the strokes between.
std::string plain(std::string_view code) {
  std::string letters;
  for (const char c : code.substr(0, 2 * recovery_code_letters))
    if (c != '-' && c != ' ')
      letters += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return letters;
}

}  // namespace

std::string_view factor_state_name(FactorState state) {
  switch (state) {
    case FactorState::none: return "none";
    case FactorState::ready: return "ready";
    case FactorState::no_key: return "no_key";
    case FactorState::another_key: return "another_key";
  }
  return "none";
}

std::int64_t SecondFactors::now() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
}

std::optional<std::string> SecondFactors::secret_of(const SecondFactor& factor) const {
  return policy_.keys ? unsealed(*policy_.keys, purpose_of(factor.user), factor.secret)
                      : std::nullopt;
}

FactorState SecondFactors::state_of(const std::optional<SecondFactor>& factor) const {
  if (!factor || !factor->confirmed) return FactorState::none;
  if (!policy_.keys) return FactorState::no_key;
  return secret_of(*factor) ? FactorState::ready : FactorState::another_key;
}

Result<std::size_t> SecondFactors::count_not_opened() const {
  CAUSAL_GYM_TRY(factors, store_.list_second_factors());
  return static_cast<std::size_t>(
      std::count_if(factors.begin(), factors.end(),
                    [this](const auto& factor) { return state_of(factor) != FactorState::ready; }));
}

Result<bool> SecondFactors::asks(const std::string& user) {
  CAUSAL_GYM_TRY(factor, store_.find_second_factor(user));
  return factor && factor->confirmed;
}

Result<Enrolment> SecondFactors::enrol(const User& user, const AuditEvent& event) {
  if (!policy_.keys)
    return fail(ErrorCode::conflict, no_key, second_factor_key_name, "ask the operator to set one");
  const auto secret = random_secret(code_secret_bytes);
  CAUSAL_GYM_CHECKED(store_.put_second_factor(
      {user.id, sealed(*policy_.keys, purpose_of(user.id), secret), false, 0, now(), 0}, event));
  return Enrolment{base32(secret), otpauth_uri(issuer, user.name, secret)};
}

Result<std::vector<std::string>> SecondFactors::confirm(const std::string& user,
                                                        std::string_view code,
                                                        const AuditEvent& event) {
  CAUSAL_GYM_TRY(factor, store_.find_second_factor(user));
  if (!policy_.keys)
    return fail(ErrorCode::conflict, no_key, second_factor_key_name, "ask the operator to set one");
  const auto secret = factor && !factor->confirmed ? secret_of(*factor) : std::nullopt;
  if (!secret)
    return fail(ErrorCode::conflict, "there is no second factor to confirm", "code",
                "begin with POST /api/v1/auth/second-factor");
  const auto step = step_of_code(*secret, code, now(), factor->last_step);
  if (!step) return fail(ErrorCode::unauthorized, "the code is wrong", "code");
  std::vector<std::string> codes, digests;
  for (std::size_t i = 0; i < recovery_codes_of_a_user; ++i) {
    codes.push_back(new_recovery_code());
    digests.push_back(digest_text(plain(codes.back())));
  }
  CAUSAL_GYM_TRY(confirmed, store_.confirm_second_factor(*factor, *step, digests, event));
  if (!confirmed)
    return fail(ErrorCode::conflict, "the second factor was changed meanwhile", "code");
  return codes;
}

Result<bool> SecondFactors::takes(const std::string& user, std::string_view code,
                                  const AuditEvent& event) {
  if (code.size() != code_digits) {
    const auto letters = plain(code);
    if (letters.size() != recovery_code_letters) return false;
    return store_.take_recovery_code(user, digest_text(letters), event);
  }
  CAUSAL_GYM_TRY(factor, store_.find_second_factor(user));
  if (!factor || !factor->confirmed) return false;
  const auto secret = secret_of(*factor);
  if (!secret)
    return fail(cannot_check("it was sealed with a key that this server has not (any more)",
                             "use a recovery code, ask the operator to add that key again, or an "
                             "admin to reset your second factor"));
  const auto step = step_of_code(*secret, code, now(), factor->last_step);
  if (!step) return false;
  return store_.take_code(user, *step);
}

Result<std::string> SecondFactors::challenge(const User& user) const {
  if (!policy_.keys)
    return fail(cannot_check("this server has no key for second factors (any more)",
                             "ask the operator to set the key again, or an admin to reset your "
                             "second factor"));
  const auto ends = std::to_string(now() + policy_.challenge_seconds);
  return sealed(*policy_.keys, challenge_purpose,
                ends + " " + user.id + " " + digest_text(user.password_hash));
}

std::optional<SecondFactors::Challenged> SecondFactors::read_challenge(
    std::string_view challenge) const {
  if (!policy_.keys) return std::nullopt;
  const auto text = unsealed(*policy_.keys, challenge_purpose, challenge);
  if (!text) return std::nullopt;
  std::int64_t ends = 0;
  std::from_chars(text->data(), text->data() + text->size(), ends);
  const auto first = text->find(' ');
  const auto second = text->rfind(' ');
  if (ends <= now() || first == std::string::npos || first == second) return std::nullopt;
  return Challenged{text->substr(first + 1, second - first - 1), text->substr(second + 1)};
}

bool SecondFactors::matches(const Challenged& challenged, const User& user) {
  return challenged.user == user.id &&
         challenged.password_digest == digest_text(user.password_hash);
}

}  // namespace causal_gym
