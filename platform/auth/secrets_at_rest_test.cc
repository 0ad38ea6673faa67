// Digests against published vectors, passwords, key rings and API keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "platform/auth/api_key.h"
#include "platform/auth/key_ring.h"
#include "platform/auth/password.h"
#include "platform/auth/secret_text.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr PasswordCost cheap = {1, 8'192, 2};

TEST(SecretText, DigestsAreThoseOfTheStandards) {
  // FIPS 180-4, "abc".
  EXPECT_EQ(digest_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_base64("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  // RFC 4231, case 2.
  EXPECT_EQ(keyed_digest("Jefe", "what do ya want for nothing?"),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

TEST(SecretText, RandomTextsDifferAndHaveTheirLength) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const auto text = random_text();
    EXPECT_EQ(text.size(), 43U);
    EXPECT_TRUE(seen.insert(text).second);
  }
  EXPECT_EQ(random_id(8).size(), 16U);
}

TEST(SecretText, ComparisonSeesEveryByteAndTheLength) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "bbc"));
  EXPECT_FALSE(same_secret("abc", "abcd"));
  EXPECT_FALSE(same_secret("abc", ""));
}

TEST(Password, AHashIsSaltedTellsItsCostAndMatchesItsPasswordAlone) {
  PasswordHasher hasher(cheap);
  const auto one = hasher.hash("correct horse battery");
  const auto two = hasher.hash("correct horse battery");
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
  EXPECT_THAT(*one, testing::StartsWith("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_TRUE(hasher.matches(*one, "correct horse battery"));
  EXPECT_FALSE(hasher.matches(*one, "correct horse batterz"));
  EXPECT_FALSE(hasher.matches(*one, ""));
  EXPECT_FALSE(hasher.matches(*one, std::string(1 << 20, 'x')));
  EXPECT_FALSE(hasher.matches(std::nullopt, "correct horse battery"));
  EXPECT_FALSE(hasher.matches("no hash", "correct horse battery"));
}

TEST(Password, WhatIsBeyondTheLongestPasswordIsNotLeftOut) {
  PasswordHasher hasher(cheap);
  const std::string longest(longest_password_bytes, 'p');
  const auto hash = hasher.hash(longest);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hasher.matches(*hash, longest));
  EXPECT_FALSE(hasher.matches(*hash, longest + "q"));
}

TEST(Password, AHashOfAnotherCostIsToBeMadeAnew) {
  PasswordHasher hasher(cheap);
  PasswordHasher dearer({2, 16'384, 2});
  const auto hash = hasher.hash("correct horse battery");
  ASSERT_TRUE(hash);
  EXPECT_FALSE(hasher.needs_rehash(*hash));
  EXPECT_TRUE(dearer.needs_rehash(*hash));
  EXPECT_TRUE(dearer.matches(*hash, "correct horse battery"));
  EXPECT_TRUE(hasher.needs_rehash("no hash"));
}

TEST(Password, ManyAtOnceWaitForTheirTurn) {
  PasswordHasher hasher({1, 8'192, 1});
  const auto hash = hasher.hash("correct horse battery");
  ASSERT_TRUE(hash);
  std::atomic<int> matched = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { matched += hasher.matches(*hash, "correct horse battery"); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(matched, 8);
}

TEST(Password, TheLimitsOfANewOneAreNamed) {
  EXPECT_TRUE(check_new_password("ada", "twelve chars"));
  EXPECT_TRUE(check_new_password("ada", "a rather long sentence " + std::string(233, 'b')));
  EXPECT_TRUE(check_new_password("ada", "äöüäöüäöüäöz"));  // 12 characters, 23 bytes
  for (const auto& bad :
       {std::string("eleven char"), "a rather long sentence " + std::string(234, 'b'),
        std::string("äöüäöüäöüäö"), std::string(20, 'a'), std::string("adaadaadaada"),
        std::string("not utf-8 \xff\xfe\xfd"), std::string("cut off here \xc3"), std::string()}) {
    const auto status = check_new_password("ada", bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().where, "password");
    EXPECT_TRUE(bad.empty() || error_text(status.error()).find(bad) == std::string::npos);
  }
}

// What cracking tools try first, as it is and in disguise; "Chang3M3N0w!" has every class of
// character. The last three lean on the user, the program and the place.
TEST(Password, WhatIsGuessedFirstIsRefused) {
  for (const char* guessed :
       {"123456789012", "password1234", "P@ssw0rd1234", "passwordpassword", "qwertyuiop123",
        "1q2w3e4r5t6y", "abcdefghijkl", "trustno1trustno1", "iloveyou1234", "Chang3M3N0w!",
        "Welcome2026!!", "ada.lovelace1815", "Causal-Gym-2026", "bletchley1940!"}) {
    const auto status = check_new_password("ada.lovelace", guessed, {"Bletchley"});
    ASSERT_FALSE(status) << guessed;
    EXPECT_EQ(status.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(error_text(status.error()).find(guessed), std::string::npos);
  }
  EXPECT_TRUE(check_new_password("grace", "bletchley-park-1940 hut 6"));
  EXPECT_TRUE(check_new_password("grace", "correct horse battery staple", {"Bletchley"}));
}

const std::string secret_a(32, 'a');

TEST(KeyRing, TheFirstKeySignsAndAllAreThere) {
  const auto ring = KeyRing::read(
      "# the new one\nnew:0123456789abcdef0123456789abcdef\r\n\n"
      "  old:fedcba9876543210fedcba9876543210  \n");
  ASSERT_TRUE(ring);
  ASSERT_EQ(ring->keys().size(), 2U);
  EXPECT_EQ(ring->signer().id, "new");
  EXPECT_EQ(ring->signer().secret, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(ring->keys()[1].id, "old");
  EXPECT_EQ(ring->keys()[1].secret, "fedcba9876543210fedcba9876543210");
}

TEST(KeyRing, ABareSecretHasAnIdOfItsOwn) {
  const auto one = KeyRing::read("0123456789abcdef0123456789abcdef");
  const auto other = KeyRing::read("0123456789abcdef0123456789abcdeg");
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->signer().id.size(), 12U);
  EXPECT_NE(one->signer().id, other->signer().id);
  EXPECT_EQ(one->signer().id, KeyRing::read("0123456789abcdef0123456789abcdef")->signer().id);
}

TEST(KeyRing, BadKeysAreRefusedByLineAndNeverShown) {
  const std::string good = "0123456789abcdef0123456789abcdef";
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"k:" + good + "\nshort:0123456789abcdef0123456789abcde", "line 2"},
      {good.substr(1), "line 1"},
      {secret_a, "line 1"},
      {"k:" + good + "\nk:" + good + "x", "line 2"},
      {"k:" + good + std::string(longest_key_bytes, 'x'), "line 1"},
  };
  for (const auto& [text, where] : bad) {
    const auto ring = KeyRing::read(text);
    ASSERT_FALSE(ring) << text;
    EXPECT_EQ(ring.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(ring.error().where, where);
    EXPECT_THAT(error_text(ring.error()), Not(HasSubstr("0123")));
  }
  EXPECT_FALSE(KeyRing::read(""));
  EXPECT_FALSE(KeyRing::read("# nothing\n"));
  std::string many;
  for (std::size_t i = 0; i <= keys_of_a_ring_limit; ++i)
    many.append("k" + std::to_string(i) + ":").append(good).append("\n");
  ASSERT_FALSE(KeyRing::read(many));
  EXPECT_EQ(KeyRing::read(many).error().code, ErrorCode::limit_exceeded);
}

TEST(ApiKey, AKeyNamesItsRowAndOnlyItsDigestIsKept) {
  const auto key = make_api_key();
  EXPECT_EQ(key.text.size(), 63U);
  EXPECT_TRUE(is_api_key(key.text));
  EXPECT_EQ(api_key_id(key.text), key.id);
  EXPECT_EQ(key.digest, digest_text(key.text));
  EXPECT_NE(make_api_key().text, key.text);
  for (const auto& bad :
       {key.text + "x", key.text.substr(1), key.text.substr(0, 62),
        "cg_" + std::string(16, 'G') + key.text.substr(19), std::string("cg_"), std::string()})
    EXPECT_EQ(api_key_id(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace causal_gym
