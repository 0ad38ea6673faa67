// TOML as a flat list: names, values, places, and errors that repeat no value.
#include "platform/config/toml_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causal_gym {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string listed(std::string_view text) {
  const auto entries = read_toml(text);
  if (!entries) return error_text(entries.error());
  std::string out;
  for (const auto& entry : *entries)
    out += entry.name + " " + std::to_string(entry.value.index()) + " " +
           place_text(entry.key_place) + " " + place_text(entry.value_place) + "\n";
  return out;
}

TEST(TomlFile, EntriesStandInTheOrderOfTheTextWithTheirPlaces) {
  EXPECT_EQ(listed("z = 1\n[b]\nr = 1.5\n  a = \"x\"\n[a]\nt = true\nl = ['x', \"y\"]\n"),
            "z 0 line 1, column 1 line 1, column 5\n"
            "b.r 1 line 3, column 1 line 3, column 5\n"
            "b.a 3 line 4, column 3 line 4, column 7\n"
            "a.t 2 line 6, column 1 line 6, column 5\n"
            "a.l 4 line 7, column 1 line 7, column 5\n");
}

TEST(TomlFile, WhatNoKeyTakesIsNamed) {
  const auto entries = read_toml(
      "d = 2026-01-02\nt = 10:00:00\nb = 2026-01-02T10:00:00Z\nm = [1, 'x']\n[e]\n[[l]]\nx = 1\n");
  ASSERT_TRUE(entries) << error_text(entries.error());
  std::vector<std::string> whats;
  for (const auto& entry : *entries) whats.push_back(std::get<OtherToml>(entry.value).what);
  EXPECT_THAT(whats, testing::ElementsAre("a date", "a time", "a date and time",
                                          "a list that holds something else than texts", "a table",
                                          "a list that holds something else than texts"));
}

TEST(TomlFile, ADotInQuotesIsNoStep) {
  EXPECT_THAT(listed("\"server.port\" = 1\n"), HasSubstr("\"server.port\" 0"));
  EXPECT_THAT(listed("server.port = 1\n"), HasSubstr("server.port 0"));
}

TEST(TomlFile, ErrorsHaveTheirPlace) {
  EXPECT_EQ(listed("a = 1\nb 2\n"),
            "parse_error: not TOML: Error while parsing key-value pair: expected '=', saw '2' "
            "(line 2, column 3)");
  EXPECT_EQ(listed("[s]\na = 1\na = 2\n"),
            "parse_error: not TOML: Error while parsing key-value pair: cannot redefine existing "
            "integer 'a' (line 3, column 5)");
}

TEST(TomlFile, AHeaderThatBeginsWithNoKeyIsAnErrorLikeAnother) {
  for (const char* text : {"[=", "[\\u0]", "[[[a]]]", "[[=", "[#]\n", "[.a]"})
    EXPECT_THAT(listed(text),
                testing::MatchesRegex("parse_error: not TOML: Error while parsing .*expected bare "
                                      "key starting character .*\\(line 1, column .\\)"))
        << text;
}

TEST(TomlFile, LettersBeyondAsciiStandInQuotesAlone) {
  EXPECT_THAT(listed("gr\xc3\xb6\xc3\x9f"
                     "e = 1\n"),
              HasSubstr("(line 1, column 3)"));
  EXPECT_EQ(listed("k = \"gr\xc3\xb6\xc3\x9f"
                   "e\"  # \xc3\xa9\n"),
            "k 3 line 1, column 1 line 1, column 5\n");
}

TEST(TomlFile, ErrorsRepeatNoValue) {
  for (const char* text :
       {"k = hunter2\n", "k = \"hunter2\n", "k = 12hunter2\n", "k = thunter2\n", "k = -hunter2\n",
        "k = 'a' hunter2\n", "k = \"\\hunter2\"\n", "k = [hunter2\n", "k = {a = hunter2\n"})
    EXPECT_THAT(listed(text), Not(HasSubstr("hunter2"))) << text;
  EXPECT_THAT(listed("k = 777777777777777777777777\n"), Not(HasSubstr("777")));
  EXPECT_EQ(
      listed("k = trixy\n"),
      "parse_error: not TOML: Error while parsing boolean: expected 'true' (line 1, column 7)");
}

TEST(TomlFile, DepthIsBounded) {
  EXPECT_THAT(listed("k = " + std::string(100'000, '[')), HasSubstr("parse_error"));
}

}  // namespace
}  // namespace causal_gym
