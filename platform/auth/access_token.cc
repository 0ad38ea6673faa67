#include "platform/auth/access_token.h"

#include <jwt.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>

#include "platform/auth/secret_text.h"

namespace causal_gym {

namespace {

// libjwt 1.10 writes and takes no other `typ`, so a claim of ours tells access tokens from tokens
// of any other use.
constexpr const char* header_type = "JWT";
constexpr const char* token_use = "access";

struct TokenEnd {
  void operator()(jwt_t* token) const { jwt_free(token); }
};
using Token = std::unique_ptr<jwt_t, TokenEnd>;

struct TextEnd {
  void operator()(char* text) const { free(text); }  // NOLINT: made by malloc
};

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

tl::unexpected<Error> refused() {
  return fail(ErrorCode::unauthorized, "the access token is not valid", "Authorization",
              "sign in again");
}

bool is(const char* value, std::string_view expected) {
  return value != nullptr && value == expected;
}

// A time of the token's body; nothing when it is missing, or no whole number, which reads as 0.
std::optional<std::int64_t> number_of(jwt_t* token, const char* name) {
  errno = 0;
  const long number = jwt_get_grant_int(token, name);
  return errno == 0 && number > 0 ? std::optional<std::int64_t>(number) : std::nullopt;
}

// "header.body.signature" signed with that key, and nothing else?
const SigningKey* signer_of(std::string_view token, std::span<const SigningKey> keys) {
  if (token.size() > longest_token_bytes || std::count(token.begin(), token.end(), '.') != 2)
    return nullptr;
  const auto dot = token.rfind('.');
  const SigningKey* signer = nullptr;
  for (const auto& key : keys)
    if (same_secret(keyed_digest(key.secret, token.substr(0, dot)), token.substr(dot + 1)))
      signer = &key;
  return signer;
}

Token parsed(std::string_view token, const SigningKey& key) {
  jwt_t* read = nullptr;
  const int failed = jwt_decode(&read, std::string(token).c_str(), bytes_of(key.secret),
                                static_cast<int>(key.secret.size()));
  Token owned(read);
  return failed == 0 ? std::move(owned) : nullptr;
}

bool is_ours(jwt_t* token, const SigningKey& key, const TokenPolicy& policy) {
  return is(jwt_get_header(token, "alg"), "HS256") &&
         is(jwt_get_header(token, "typ"), header_type) &&
         is(jwt_get_header(token, "kid"), key.id) && jwt_get_header(token, "crit") == nullptr &&
         is(jwt_get_grant(token, "use"), token_use) &&
         is(jwt_get_grant(token, "iss"), policy.issuer) &&
         is(jwt_get_grant(token, "aud"), policy.audience);
}

}  // namespace

Result<std::string> AccessTokens::issue(const AccessClaims& claims) const {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  const auto& key = keys_.signer();
  jwt_t* made = nullptr;
  bool failed = jwt_new(&made) != 0;
  const Token token(made);
  const auto add = [&](const char* name, const std::string& value) {
    failed = failed || jwt_add_grant(token.get(), name, value.c_str()) != 0;
  };
  const auto add_time = [&](const char* name, std::int64_t time) {
    failed = failed || jwt_add_grant_int(token.get(), name, time) != 0;
  };
  failed = failed || jwt_set_alg(token.get(), JWT_ALG_HS256, bytes_of(key.secret),
                                 static_cast<int>(key.secret.size())) != 0;
  failed = failed || jwt_add_header(token.get(), "kid", key.id.c_str()) != 0;
  add("use", token_use);
  add("iss", policy_.issuer);
  add("aud", policy_.audience);
  add("sub", claims.user);
  add("sid", claims.session);
  add_time("iat", now);
  add_time("nbf", now);
  add_time("exp", now + policy_.lifetime.count());
  const std::unique_ptr<char, TextEnd> text(failed ? nullptr : jwt_encode_str(token.get()));
  if (!text) return fail(ErrorCode::unavailable, "the access token could not be made");
  return std::string(text.get());
}

Result<AccessClaims> AccessTokens::verify(std::string_view token) const {
  const auto* key = signer_of(token, keys_.keys());
  if (key == nullptr) return refused();
  const auto read = parsed(token, *key);
  if (!read || !is_ours(read.get(), *key, policy_)) return refused();
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  const auto from = number_of(read.get(), "nbf");
  const auto until = number_of(read.get(), "exp");
  const auto leeway = policy_.leeway.count();
  if (!from || !until || *from > now + leeway) return refused();
  if (*until <= now - leeway)
    return fail(ErrorCode::unauthorized, "the access token has expired", "Authorization",
                "refresh it");
  const auto* user = jwt_get_grant(read.get(), "sub");
  const auto* session = jwt_get_grant(read.get(), "sid");
  if (user == nullptr || session == nullptr) return refused();
  return AccessClaims{user, session};
}

}  // namespace causal_gym
