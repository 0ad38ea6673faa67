// A label shows as what it is.
#include "platform/auth/label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "platform/auth/utf8.h"

namespace causal_gym {
namespace {

using testing::HasSubstr;

TEST(Label, TakesWhatPeopleWrite) {
  for (const std::string label : {"laptop", "Ada's laptop, 2nd floor", "Rechner für Übungen",
                                  "מחשב נייד", "实验室", "\U0001F9EA", " ", "a\u00A0b"})
    EXPECT_TRUE(check_label(label)) << label;
  EXPECT_TRUE(check_label(std::string(100, 'x')));
}

TEST(Label, NamesTheCharacterThatItRefuses) {
  using namespace std::string_literals;
  const std::pair<std::string, const char*> cases[] = {
      {"a\0b"s, "U+0000"},          {"a\nb", "U+000A"},     {"\x1B[31m", "U+001B"},
      {"a\x7F", "U+007F"},          {"a\u0080", "U+0080"},  {"a\u009Fb", "U+009F"},
      {"a\u061C", "U+061C"},        {"a\u200Eb", "U+200E"}, {"a\u200Fb", "U+200F"},
      {"a\u2028b", "U+2028"},       {"a\u2029b", "U+2029"}, {"a\u202Ab", "U+202A"},
      {"yek\u202Enimda", "U+202E"}, {"a\u2066b", "U+2066"}, {"a\u2069b", "U+2069"},
  };
  for (const auto& [label, name] : cases) {
    const auto status = check_label(label);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(status.error().where, "label");
    EXPECT_THAT(status.error().message, HasSubstr(name));
  }
  for (const char* beside :
       {"a\u00A0", "a\u061B", "a\u200D", "a\u2010", "a\u2027", "a\u202F", "a\u2065", "a\u206A"})
    EXPECT_TRUE(check_label(beside)) << beside << " is beside what is refused";
}

TEST(Label, HasItsLengthAndItsForm) {
  for (const auto& bad : {std::string(), std::string(101, 'x'), std::string("\xFF"),
                          std::string("\xC0\xAE"), std::string("\xE2\x80")})
    EXPECT_EQ(check_label(bad).error().where, "label");
}

TEST(Utf8, IsTakenApartAndNothingElseIs) {
  EXPECT_EQ(code_points("aé€\U0001F9EA"), (std::vector<char32_t>{'a', 0xE9, 0x20AC, 0x1F9EA}));
  EXPECT_EQ(code_points("\xF4\x8F\xBF\xBF"), (std::vector<char32_t>{0x10FFFF}));
  EXPECT_EQ(code_points(""), std::vector<char32_t>());
  for (const char* bad :
       {"\x80", "\xC1\x81", "\xC3", "\xC3(", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"})
    EXPECT_EQ(code_points(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace causal_gym
