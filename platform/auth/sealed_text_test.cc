// Sealed texts: whole, for their purpose, under a key of the ring, or not at all.
#include "platform/auth/sealed_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

KeyRing ring(const std::string& text) {
  auto keys = KeyRing::read(text);
  EXPECT_TRUE(keys);
  return *std::move(keys);
}
const std::string one = "one:0123456789abcdef0123456789abcdef";
const std::string two = "two:fedcba9876543210fedcba9876543210";

TEST(SealedText, OpensForItsPurposeAlone) {
  const auto keys = ring(one);
  const std::string secret("with\0zero and \xFF", 15);
  const auto box = sealed(keys, "of ada", secret);
  EXPECT_THAT(box, testing::StartsWith("one:"));
  EXPECT_THAT(box, testing::Not(testing::HasSubstr("with")));
  EXPECT_EQ(unsealed(keys, "of ada", box), secret);
  EXPECT_EQ(unsealed(keys, "of eve", box), std::nullopt);
  EXPECT_EQ(unsealed(keys, "", box), std::nullopt);
  EXPECT_NE(sealed(keys, "of ada", secret), box);
  EXPECT_EQ(unsealed(keys, "x", sealed(keys, "x", "")), "");
}

TEST(SealedText, DoesNotOpenWhenItWasChanged) {
  const auto keys = ring(one);
  const auto box = sealed(keys, "p", "secret");
  for (std::size_t i = 0; i < box.size(); ++i) {
    auto changed = box;
    changed[i] = changed[i] == 'A' ? 'Q' : 'A';
    EXPECT_EQ(unsealed(keys, "p", changed), std::nullopt) << i;
    EXPECT_EQ(unsealed(keys, "p", box.substr(0, i)), std::nullopt) << i;
  }
  for (const auto& bad : {std::string(), std::string(":"), std::string("one:"),
                          std::string("one:AAAA"), box + "A", "one:" + std::string(5'000, 'A')})
    EXPECT_EQ(unsealed(keys, "p", bad), std::nullopt) << bad;
}

TEST(SealedText, KeysRotate) {
  const auto box = sealed(ring(one), "p", "secret");
  EXPECT_EQ(unsealed(ring(two + "\n" + one), "p", box), "secret");
  EXPECT_EQ(unsealed(ring(two), "p", box), std::nullopt);
  EXPECT_EQ(unsealed(ring("one:another key of thirty-two bytes!"), "p", box), std::nullopt);
  EXPECT_THAT(sealed(ring(two + "\n" + one), "p", "secret"), testing::StartsWith("two:"));
}

}  // namespace
}  // namespace causal_gym
