// Each kind of value at the edges of what it allows, from text and from TOML, and what is hidden.
#include "platform/config/value_kind.h"

#include <gtest/gtest.h>

#include <limits>

namespace causal_gym {
namespace {

using Texts = std::vector<std::string>;

std::string from_text(const ValueKind& kind, std::string_view text) {
  const auto value = value_from_text(kind, text);
  return value ? shown_value(kind, *value)
               : value.error().message + "; " + value.error().suggestion;
}

std::string from_toml(const ValueKind& kind, const TomlValue& toml) {
  const auto value = value_from_toml(kind, toml);
  return value ? shown_value(kind, *value) : value.error().message;
}

TEST(ValueKind, IntegersEndAtTheirLimits) {
  const ValueKind kind = IntegerKind{-1, 10};
  EXPECT_EQ(from_text(kind, "-1"), "-1");
  EXPECT_EQ(from_text(kind, "10"), "10");
  for (const char* text :
       {"-2", "11", "", " 1", "1 ", "+1", "1.0", "0x1", "x", "99999999999999999999999"})
    EXPECT_EQ(from_text(kind, text),
              "is '" + std::string(text) + "', not an integer from -1 to 10; ");
  EXPECT_EQ(from_toml(kind, std::int64_t{10}), "10");
  EXPECT_EQ(from_toml(kind, std::int64_t{11}), "is 11, not an integer from -1 to 10");
  EXPECT_EQ(from_toml(kind, 1.0), "is 1.0, not an integer from -1 to 10");
  EXPECT_EQ(from_toml(kind, true), "is true, not an integer from -1 to 10");
  EXPECT_EQ(from_toml(kind, "1"), "is the text '1', not an integer from -1 to 10");
  EXPECT_EQ(from_toml(kind, Texts{}), "is a list, not an integer from -1 to 10");
  EXPECT_EQ(from_toml(kind, OtherToml{"a date"}), "is a date, not an integer from -1 to 10");
}

TEST(ValueKind, SecondsAreNumbersWithinLimits) {
  const ValueKind kind = SecondsKind{0, 2.5};
  EXPECT_EQ(from_text(kind, "2.5"), "2.5");
  EXPECT_EQ(from_text(kind, "0"), "0.0");
  EXPECT_EQ(from_text(kind, "1e-1"), "0.1");
  for (const char* text : {"2.51", "-0.1", "nan", "inf", "", "1s"})
    EXPECT_EQ(from_text(kind, text),
              "is '" + std::string(text) + "', not a number of seconds from 0 to 2.5; ");
  EXPECT_EQ(from_toml(kind, std::int64_t{2}), "2.0");
  EXPECT_EQ(from_toml(kind, 2.5), "2.5");
  EXPECT_EQ(from_toml(kind, "2"), "is the text '2', not a number of seconds from 0 to 2.5");
  EXPECT_EQ(from_toml(kind, std::numeric_limits<double>::quiet_NaN()),
            "is nan, not a number of seconds from 0 to 2.5");
}

TEST(ValueKind, BytesMayHaveAUnit) {
  const ValueKind kind = BytesKind{1, std::int64_t{2} << 30};
  EXPECT_EQ(from_text(kind, "3"), "3");
  EXPECT_EQ(from_text(kind, "3KiB"), "3072");
  EXPECT_EQ(from_text(kind, "3 MiB"), "3145728");
  EXPECT_EQ(from_text(kind, "2GiB"), "2147483648");
  EXPECT_EQ(from_toml(kind, std::int64_t{3}), "3");
  EXPECT_EQ(from_toml(kind, "3KiB"), "3072");
  for (const char* text : {"0", "3GiB", "3MB", "KiB", "", "-1", "9223372036854775807GiB"})
    EXPECT_EQ(from_text(kind, text), "is '" + std::string(text) +
                                         "', not a number of bytes from 1 to 2147483648, which may "
                                         "end in KiB, MiB or GiB; ");
}

TEST(ValueKind, BooleansOfTheEnvironmentHaveMoreWordsThanThoseOfToml) {
  const ValueKind kind = BooleanKind{};
  for (const char* text : {"true", "1", "yes", "ON"}) EXPECT_EQ(from_text(kind, text), "true");
  for (const char* text : {"false", "0", "No", "off"}) EXPECT_EQ(from_text(kind, text), "false");
  EXPECT_EQ(from_text(kind, "2"), "is '2', not true or false; ");
  EXPECT_EQ(from_toml(kind, true), "true");
  EXPECT_EQ(from_toml(kind, std::int64_t{1}), "is 1, not true or false");
}

TEST(ValueKind, TextsAndPathsAreOneLine) {
  const ValueKind text = TextKind{3}, path = PathKind{};
  EXPECT_EQ(from_text(text, "abc"), "\"abc\"");
  EXPECT_EQ(from_text(text, "abcd"), "is 'abcd', not a text of 1 to 3 bytes on one line; ");
  EXPECT_EQ(from_text(text, ""), "is '', not a text of 1 to 3 bytes on one line; ");
  EXPECT_EQ(from_text(text, "a\n"), "is 'a\n', not a text of 1 to 3 bytes on one line; ");
  EXPECT_EQ(from_toml(text, "abc"), "\"abc\"");
  EXPECT_EQ(from_text(TextKind{3, true}, ""), "\"\"");
  EXPECT_EQ(from_text(TextKind{3, true}, "\n"),
            "is '\n', not empty or a text of 1 to 3 bytes on one line; ");
  EXPECT_EQ(from_text(path, std::string(4096, 'x')), toml_quoted(std::string(4096, 'x')));
  EXPECT_EQ(from_text(path, std::string(4097, 'x')),
            "is '" + std::string(100, 'x') + "...', not a path of 1 to 4096 bytes on one line; ");
}

TEST(ValueKind, ChoicesKnowTheirSynonymsAndTheNearestWord) {
  const ValueKind kind = ChoiceKind{{"info", "warn"}, {{"warning", "warn"}}};
  EXPECT_EQ(from_text(kind, "info"), "\"info\"");
  EXPECT_EQ(from_text(kind, "INFO"), "\"info\"");
  EXPECT_EQ(from_text(kind, "Warning"), "\"warn\"");
  EXPECT_EQ(from_text(kind, "inof"), "is 'inof', not one of info, warn; did you mean 'info'?");
  EXPECT_EQ(from_toml(kind, "warning"), "\"warn\"");
  EXPECT_EQ(from_toml(kind, std::int64_t{1}), "is 1, not one of info, warn");
}

TEST(ValueKind, ListsAreBoundedInNumberAndLength) {
  const ValueKind kind = ListKind{2, 3};
  EXPECT_EQ(from_text(kind, ""), "[]");
  EXPECT_EQ(from_text(kind, "a, bcd"), "[\"a\", \"bcd\"]");
  for (const char* text : {"a,b,c", "a,,b", "a,", ",", "abcd"})
    EXPECT_EQ(from_text(kind, text),
              "is '" + std::string(text) + "', not a list of at most 2 texts of 1 to 3 bytes; ");
  EXPECT_EQ(from_toml(kind, Texts{"a", "b"}), "[\"a\", \"b\"]");
  EXPECT_EQ(from_toml(kind, Texts{"a", "b", "c"}),
            "is a list, not a list of at most 2 texts of 1 to 3 bytes");
  EXPECT_EQ(from_toml(kind, "a"), "is the text 'a', not a list of at most 2 texts of 1 to 3 bytes");
}

TEST(ValueKind, UrlsHaveASchemeOrAreSomethingElse) {
  const ValueKind either = UrlKind{{"postgresql", "postgres"}, "a SQLite path"};
  const ValueKind only = UrlKind{{"redis"}, ""};
  EXPECT_EQ(from_text(either, "/var/x.sqlite"), "\"/var/x.sqlite\"");
  EXPECT_EQ(from_text(either, "POSTGRES://h/d"), "\"POSTGRES://h/d\"");
  EXPECT_EQ(from_text(either, "mysql://u:hidden@h/d"),
            "is 'mysql://u:[masked]@h/d', not a SQLite path or a postgresql:// URL of at most 4096 "
            "bytes on one line; ");
  EXPECT_EQ(from_text(only, "redis://h"), "\"redis://h\"");
  EXPECT_EQ(from_text(only, "h:6379"),
            "is 'h:6379', not a redis:// URL of at most 4096 bytes on one line; ");
}

TEST(ValueKind, SecretsAreShownNeitherRightNorWrong) {
  const ValueKind kind = SecretKind{4, 6};
  EXPECT_EQ(std::get<std::string>(*value_from_text(kind, "hush")), "hush");
  EXPECT_EQ(from_text(kind, "hush"), "\"[masked]\"");
  EXPECT_EQ(from_text(kind, "hushhh"), "\"[masked]\"");
  for (const char* text : {"hus", "hushhhh", ""})
    EXPECT_EQ(from_text(kind, text), "is [masked], not a secret of 4 to 6 bytes; ");
  EXPECT_EQ(from_toml(kind, std::int64_t{12345}), "is [masked], not a secret of 4 to 6 bytes");
  EXPECT_EQ(from_toml(kind, "hus"), "is [masked], not a secret of 4 to 6 bytes");
}

TEST(ValueKind, PasswordsOfUrlsAreMaskedWhateverTheyHold) {
  EXPECT_EQ(without_password("postgresql://u:p@h:5432/d"), "postgresql://u:[masked]@h:5432/d");
  EXPECT_EQ(without_password("postgresql://u:p/w?@x@h/d"), "postgresql://u:[masked]@h/d");
  EXPECT_EQ(without_password("redis://:p@h"), "redis://:[masked]@h");
  EXPECT_EQ(without_password("postgresql://h/d?password=p&sslPassword=q&x=1"),
            "postgresql://h/d?password=[masked]&sslPassword=[masked]&x=1");
  EXPECT_EQ(without_password("host=h password=p user=u"), "host=h password=[masked] user=u");
  for (const char* text : {"postgresql://u@h:1/d", "/a:b/c@d.sqlite", "", "postgresql://h:1/d"})
    EXPECT_EQ(without_password(text), text);
}

TEST(ValueKind, QuotesAreThoseOfToml) {
  EXPECT_EQ(toml_quoted("a\"b\\c\x01\x7f\xc3\xa9"), "\"a\\\"b\\\\c\\u0001\\u007F\xc3\xa9\"");
}

}  // namespace
}  // namespace causal_gym
