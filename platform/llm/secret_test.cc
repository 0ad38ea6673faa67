// A key is found and hidden in every form in which a server may say it back.
#include "platform/llm/secret.h"

#include <gtest/gtest.h>

#include <string>

namespace causal_gym {
namespace {

std::string hidden(const std::string& key, const std::string& text) {
  auto left = text;
  const bool found = Secret(key).hide_in(left);
  EXPECT_EQ(found, left != text);
  return left;
}

TEST(Secret, StaysUnseenAsItIsAndAsJsonAndUrlsWriteIt) {
  const std::string key = "sk/a+b=\"c\\d";
  EXPECT_EQ(hidden(key, R"(<sk/a+b="c\d><sk/a+b="c\d>)"), "<[key]><[key]>");
  EXPECT_EQ(hidden(key, R"({"a":"sk/a+b=\"c\\d"})"), R"({"a":"[key]"})");
  EXPECT_EQ(hidden(key, R"({"a":"sk\/a+b=\"c\\d"})"), R"({"a":"[key]"})");
  EXPECT_EQ(hidden(key, "?k=sk%2Fa%2Bb%3D%22c%5Cd&x"), "?k=[key]&x");
  EXPECT_EQ(hidden(key, "?k=sk%2fa%2bb%3d%22c%5cd&x"), "?k=[key]&x");
  EXPECT_EQ(hidden(key, "?k=sk/a%2Bb=%22c%5Cd&x"), "?k=[key]&x");  // not all that may be escaped
  EXPECT_EQ(hidden(key, R"({"a":"\u0073k\/a\u002Bb=\"c\\d"})"), R"({"a":"[key]"})");
  EXPECT_EQ(hidden(key, "sk%2"), "sk%2");
  EXPECT_EQ(hidden(key, "sk\\u002"), "sk\\u002");
}

// Encoded by coreutils' base64.
TEST(Secret, StaysUnseenInsideOfBase64WhereverItStands) {
  const std::string key = "sk-planted-5f1b0c";
  EXPECT_EQ(hidden(key, "c2stcGxhbnRlZC01ZjFiMGM="), "[key]M=");          // alone
  EXPECT_EQ(hidden(key, "OnNrLXBsYW50ZWQtNWYxYjBj"), "On[key]");          // ":key"
  EXPECT_EQ(hidden(key, "YTpzay1wbGFudGVkLTVmMWIwYw=="), "YTp[key]w==");  // "a:key"
  EXPECT_EQ(hidden(key, "QmVhcmVyIHNrLXBsYW50ZWQtNWYxYjBjIQ=="),
            "QmVhcmVyIH[key]IQ==");                          // "Bearer key!"
  EXPECT_EQ(hidden("~~~?????", "fn5-Pz8_Pz8="), "[key]8=");  // the alphabet of URLs
}

TEST(Secret, StaysUnseenWhereATextBreaksOffInIt) {
  const std::string key = "sk-plant/ed-5f1b0c";
  EXPECT_EQ(hidden(key, "key: sk-plant/ed-5f1b0"), "key: [key]");
  EXPECT_EQ(hidden(key, "key: sk-plant"), "key: [key]");
  EXPECT_EQ(hidden(key, "key: sk-plan"), "key: sk-plan");  // tells little
  for (const std::string cut : {"%", "%2", "%2F", "\\", "\\u", "\\u002", "\\u002f", "\\/"})
    EXPECT_EQ(hidden(key, "key: sk-plant" + cut), "key: [key]") << cut;
  EXPECT_EQ(hidden(key, "key: sk-plant/ed, and so on"), "key: sk-plant/ed, and so on");
  EXPECT_EQ(hidden(key, "c2stcGxhbnQvZWQtNWY"), "[key]");  // of c2stcGxhbnQvZWQtNWYxYjBj
  EXPECT_EQ(hidden(key, "c2stcGxhbnQvZWQtNWY, and"), "c2stcGxhbnQvZWQtNWY, and");
  EXPECT_EQ(hidden(key, "c2stcGxh c2stcGxh"), "c2stcGxh [key]");
  EXPECT_EQ(hidden(key, "c2stcGx"), "c2stcGx");
  EXPECT_EQ(hidden(key, ""), "");
}

TEST(Secret, OtherTextsStayAsTheyAre) {
  EXPECT_EQ(hidden("sk-planted-5f1b0c", "sk-planted-5f1b0d"), "sk-planted-5f1b0d");
  EXPECT_EQ(hidden("", "any"), "any");
  EXPECT_EQ(hidden("1234567", "1234567"), "1234567");  // a placeholder
  EXPECT_EQ(hidden("12345678", "12345678"), "[key]");
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("abc").reveal(), "abc");
}

}  // namespace
}  // namespace causal_gym
