// Access tokens: what they carry, rotation of keys, the edges of their time, and a corpus of forged
// ones.
#include "platform/auth/access_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <nlohmann/json.hpp>

#include "platform/auth/secret_text.h"

namespace causal_gym {
namespace {

using nlohmann::json;

const std::string key_text = "0123456789abcdef0123456789abcdef";
const std::string other_text = "fedcba9876543210fedcba9876543210";
constexpr std::int64_t start = 1'800'000'000;

std::string base64url(const std::string& text) {
  std::string encoded(
      sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(encoded.data(), encoded.size(),
                    reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  encoded.pop_back();
  return encoded;
}

std::string decoded(const std::string& text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(),
                              text.data(), text.size(), nullptr, &size, nullptr,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING),
            0);
  bytes.resize(size);
  return bytes;
}

std::string signed_text(const std::string& header, const std::string& body,
                        const std::string& key = key_text) {
  const auto text = base64url(header) + "." + base64url(body);
  return text + "." + keyed_digest(key, text);
}

json good_header() { return {{"alg", "HS256"}, {"typ", "JWT"}, {"kid", "a"}}; }
json good_body() {
  return {{"use", "access"}, {"iss", "causal-gym"}, {"aud", "causal-gym-api"},
          {"sub", "u1"},     {"sid", "s1"},         {"iat", start},
          {"nbf", start},    {"exp", start + 600}};
}

class AccessTokenTest : public testing::Test {
 protected:
  static AccessTokens tokens_of(const std::string& ring, const Clock& clock) {
    auto read = KeyRing::read(ring);
    EXPECT_TRUE(read);
    return {*std::move(read), {}, clock};
  }
  FixedClock clock{std::chrono::system_clock::time_point(std::chrono::seconds(start))};
  AccessTokens tokens = tokens_of("a:" + key_text, clock);
};

TEST_F(AccessTokenTest, CarriesUserAndSessionUnderTheRingsFirstKey) {
  const auto token = tokens.issue({"u1", "s1"});
  ASSERT_TRUE(token);
  const auto dot = token->find('.');
  EXPECT_EQ(json::parse(decoded(token->substr(0, dot))), good_header());
  EXPECT_EQ(json::parse(decoded(token->substr(dot + 1, token->rfind('.') - dot - 1))), good_body());
  const auto claims = tokens.verify(*token);
  ASSERT_TRUE(claims);
  EXPECT_EQ(*claims, (AccessClaims{"u1", "s1"}));
}

// What the corpus below is made of is right but for its one fault.
TEST_F(AccessTokenTest, TakesATokenThatIsSignedElsewhereWithTheSameKey) {
  EXPECT_TRUE(tokens.verify(signed_text(good_header().dump(), good_body().dump())));
}

TEST_F(AccessTokenTest, RotationOverlaps) {
  const auto old_token = tokens.issue({"u1", "s1"});
  ASSERT_TRUE(old_token);
  const auto both = tokens_of("b:" + other_text + "\na:" + key_text, clock);
  EXPECT_TRUE(both.verify(*old_token));
  const auto new_token = both.issue({"u1", "s1"});
  ASSERT_TRUE(new_token);
  EXPECT_TRUE(both.verify(*new_token));
  EXPECT_FALSE(tokens.verify(*new_token));
  const auto retired = tokens_of("b:" + other_text, clock);
  EXPECT_FALSE(retired.verify(*old_token));
  EXPECT_TRUE(retired.verify(*new_token));
}

TEST_F(AccessTokenTest, EndsWithItsTimeAndTheLeeway) {
  const auto token = tokens.issue({"u1", "s1"});
  ASSERT_TRUE(token);
  clock.advance(std::chrono::seconds(629));
  EXPECT_TRUE(tokens.verify(*token));
  clock.advance(std::chrono::seconds(1));
  const auto late = tokens.verify(*token);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "the access token has expired");
}

TEST_F(AccessTokenTest, BeginsWithItsTimeLessTheLeeway) {
  auto body = good_body();
  body["nbf"] = start + 30;
  EXPECT_TRUE(tokens.verify(signed_text(good_header().dump(), body.dump())));
  body["nbf"] = start + 31;
  EXPECT_FALSE(tokens.verify(signed_text(good_header().dump(), body.dump())));
}

std::vector<std::string> forged_headers() {
  std::vector<std::string> corpus;
  const auto body = good_body().dump();
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", "RS256", "HS384", "HS512", "ES256",
                          "EdDSA", "hs256", "HS256 "}) {
    auto header = good_header();
    header["alg"] = alg;
    const auto text = base64url(header.dump()) + "." + base64url(body);
    corpus.push_back(text + ".");
    corpus.push_back(text);
    corpus.push_back(text + "." + keyed_digest("", text));
    corpus.push_back(signed_text(header.dump(), body));  // even with the right key
  }
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, json>>{{"typ", "at+jwt"},
                                                 {"typ", nullptr},
                                                 {"typ", 1},
                                                 {"kid", "b"},
                                                 {"kid", "../../dev/null"},
                                                 {"kid", nullptr},
                                                 {"kid", "a' OR '1'='1"},
                                                 {"alg", nullptr},
                                                 {"alg", 1},
                                                 {"alg", {"HS256"}},
                                                 {"crit", "x"}}) {
    auto header = good_header();
    header[name] = value;
    corpus.push_back(signed_text(header.dump(), body));
  }
  for (const char* missing : {"alg", "typ", "kid"}) {
    auto header = good_header();
    header.erase(missing);
    corpus.push_back(signed_text(header.dump(), body));
  }
  // A key that the token brings along.
  auto own_key = good_header();
  own_key["jwk"] = {{"kty", "oct"}, {"k", base64url(other_text)}};
  corpus.push_back(signed_text(own_key.dump(), body, other_text));
  corpus.push_back(signed_text("", body));
  corpus.push_back(signed_text("{", body));
  corpus.push_back(signed_text("[]", body));
  return corpus;
}

std::vector<std::string> forged_bodies() {
  std::vector<std::string> corpus;
  const auto header = good_header().dump();
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, json>>{{"use", "refresh"},
                                                 {"use", "refresh"},
                                                 {"iss", "evil"},
                                                 {"iss", nullptr},
                                                 {"aud", "other"},
                                                 {"aud", {"causal-gym-api"}},
                                                 {"exp", start - 30},
                                                 {"exp", 0},
                                                 {"exp", -1},
                                                 {"exp", "2000000000"},
                                                 {"exp", nullptr},
                                                 {"exp", 1e300},
                                                 {"nbf", start + 31},
                                                 {"nbf", "0"},
                                                 {"sub", 1},
                                                 {"sub", nullptr},
                                                 {"sid", {"s1"}}}) {
    auto body = good_body();
    body[name] = value;
    corpus.push_back(signed_text(header, body.dump()));
  }
  for (const char* missing : {"use", "iss", "aud", "exp", "nbf", "sub", "sid"}) {
    auto body = good_body();
    body.erase(missing);
    corpus.push_back(signed_text(header, body.dump()));
  }
  for (const char* body : {"", "{", "null", "[]", "1", "\"sub\""})
    corpus.push_back(signed_text(header, body));
  return corpus;
}

std::vector<std::string> forged_texts() {
  const auto good = signed_text(good_header().dump(), good_body().dump());
  const auto dot = good.rfind('.');
  auto other_body = good_body();
  other_body["sub"] = "admin";
  const auto signature = good.substr(dot + 1);
  std::vector<std::string> corpus = {
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      good + ".",
      good + "=",
      good + " ",
      " " + good,
      "." + good,
      good.substr(0, dot),
      good.substr(0, dot + 1),
      good.substr(0, good.size() - 1),
      good + "A",
      base64url(good_header().dump()) + "." + base64url(other_body.dump()) + "." + signature,
      signed_text(good_header().dump(), good_body().dump(), other_text),
      signed_text(good_header().dump(), good_body().dump(), ""),
      std::string(longest_token_bytes + 1, 'a'),
      std::string(1 << 20, '.'),
      good + "." + good,
      std::string("a\0b.c", 5)};
  // One bit of the signature.
  auto flipped = good;
  flipped[dot + 1] = flipped[dot + 1] == 'A' ? 'B' : 'A';
  corpus.push_back(flipped);
  return corpus;
}

TEST_F(AccessTokenTest, RefusesEveryForgedToken) {
  std::size_t count = 0;
  for (const auto& corpus : {forged_headers(), forged_bodies(), forged_texts()})
    for (const auto& token : corpus) {
      ++count;
      const auto claims = tokens.verify(token);
      EXPECT_FALSE(claims) << token.substr(0, 400);
      EXPECT_TRUE(claims || claims.error().code == ErrorCode::unauthorized);
    }
  EXPECT_GT(count, 100U);
}

}  // namespace
}  // namespace causal_gym
