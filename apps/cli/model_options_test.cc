// How models are asked is kept whole, comes back as it was, and gives way to what is said anew.
#include "apps/cli/model_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace causal_gym {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::SizeIs;

ModelOptions read_from(std::vector<const char*> words) {
  ModelOptions options;
  CLI::App app("", "test");
  add_model_options(app, options);
  words.insert(words.begin(), "test");
  app.parse(static_cast<int>(words.size()), words.data());
  return options;
}

ModelOptions everything() {
  return read_from({"--base-url",
                    "http://127.0.0.1:1/v1",
                    "--max-connections",
                    "7",
                    "--max-failures",
                    "4",
                    "--max-retry-wait",
                    "5.5",
                    "--timeout",
                    "0.25",
                    "--max-calls",
                    "9",
                    "--max-input-tokens",
                    "10",
                    "--max-output-tokens",
                    "11",
                    "--max-cost",
                    "0.1",
                    "--max-time",
                    "12",
                    "--cache",
                    "--cache-days",
                    "2",
                    "--ca-file",
                    "/x/ca.pem",
                    "--prices",
                    "/x/prices.json"});
}

// What the command line is told of the words; empty: they are fine.
std::string problem_with(const std::vector<const char*>& words) {
  try {
    read_from(words);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return {};
}

struct OptionEdges {
  const char* option;
  const char* low;
  const char* high;
  std::vector<const char*> below = {};
  std::vector<const char*> above = {};
  std::string range = std::string(low) + " to " + high;
};

TEST(ModelOptions, NumbersAreFiniteAndInTheirRange) {
  const std::vector<OptionEdges> all = {
      {"--max-connections", "1", "10000", {"0", "-1"}, {"10001"}},
      {"--max-retry-wait", "0", "86400", {"-0.1"}, {"86400.1"}},
      {"--max-failures", "1", "1000000", {"0"}, {"1000001"}},
      {"--timeout", "0.001", "86400", {"0", "0.0009"}, {"86401"}},
      {"--max-calls", "0", "1000000000000", {"-1"}, {"1000000000001", "9223372036854775808"}},
      {"--max-input-tokens", "0", "1000000000000", {"-1"}, {"1000000000001"}},
      {"--max-output-tokens", "0", "1000000000000", {"-1"}, {"1000000000001"}},
      {"--max-cost", "0", "1000000000", {"-1e-9"}, {"1000000000.5", "1e999"}},
      {"--max-time", "0", "31622400", {"-1"}, {"31622401"}},
      {"--cache-days", "0", "36500", {"-1"}, {"36501"}}};
  for (const auto& each : all) {
    for (const char* good : {each.low, each.high})
      EXPECT_EQ(problem_with({each.option, good}), "") << each.option << ' ' << good;
    std::vector<const char*> bad = {"nan", "inf", "-inf", "", "1x", "one", "0x10", " 1"};
    bad.insert(bad.end(), each.below.begin(), each.below.end());
    bad.insert(bad.end(), each.above.begin(), each.above.end());
    for (const char* value : bad) {
      const auto problem = problem_with({each.option, value});
      EXPECT_THAT(problem, HasSubstr(std::string(each.option) + ": '" + value + "' is not a "));
      EXPECT_TRUE(problem.ends_with("number from " + each.range)) << problem;
    }
  }
  EXPECT_THAT(problem_with({"--max-calls", "1.5"}), HasSubstr("not a whole number"));
  EXPECT_THAT(problem_with({"--max-calls", std::string(1'000, '9').c_str()}),
              AllOf(HasSubstr("'" + std::string(40, '9') + "...'"), SizeIs(Le(200U))));
}

TEST(ModelOptions, AnEmptyTextIsNoAddressAndNoFile) {
  EXPECT_THAT(problem_with({"--base-url", ""}), AllOf(HasSubstr("--base-url"), HasSubstr("empty")));
  EXPECT_THAT(problem_with({"--base-url", " "}), HasSubstr("empty"));
  for (const char* option : {"--prices", "--ca-file"})
    EXPECT_THAT(problem_with({option, ""}), AllOf(HasSubstr(option), HasSubstr("no file")));
}

TEST(ModelOptions, AnAddressIsOneThatSomeProviderTakes) {
  for (const char* address : {"http://127.0.0.1:1/v1", "https://h", "127.0.0.1:11434", "[::1]:1"})
    EXPECT_EQ(problem_with({"--base-url", address}), "") << address;
  for (const char* address : {"ftp://h", "http://h:70000", "a b", "http://"})
    EXPECT_THAT(problem_with({"--base-url", address}),
                AllOf(HasSubstr("--base-url"), HasSubstr("no address of a server")))
        << address;
  for (const char* address : {"https://me:planted@h/v1", "https://h/v1?key=planted", "h?planted",
                              "me:planted@h", "https://h?key=x@planted"})
    EXPECT_THAT(problem_with({"--base-url", address}),
                AllOf(HasSubstr("--base-url"), Not(HasSubstr("planted"))))
        << address;
}

TEST(ModelOptions, APasswordInAnAddressIsNamedAsWhatIsWrong) {
  EXPECT_THAT(problem_with({"--base-url", "https://me:planted@h/v1"}), HasSubstr("a user name"));
}

TEST(ModelOptions, EachComesBackFromItsText) {
  const auto options = everything();
  const auto text = model_options_text(options);
  for (const char* name : {"base_url", "max_connections", "max_retry_wait", "max_failures",
                           "timeout", "max_calls", "max_input_tokens", "max_output_tokens",
                           "max_cost", "max_time", "cache", "cache_days", "ca_file", "prices"})
    EXPECT_THAT(text, HasSubstr("\"" + std::string(name) + "\":"));
  EXPECT_EQ(read_model_options(text).value(), options);
  EXPECT_EQ(read_from({"--no-cache"}).cache, false);
}

TEST(ModelOptions, WhatIsNotSaidIsNotKept) {
  EXPECT_EQ(model_options_text(read_from({})), "{}");
  EXPECT_EQ(read_model_options("").value(), ModelOptions());
  EXPECT_EQ(read_model_options(R"({"of a later version":1,"max_calls":3})").value(),
            read_from({"--max-calls", "3"}));
}

TEST(ModelOptions, FilesAreKeptByAPathThatHoldsFromEverywhere) {
  const auto kept = read_model_options(model_options_text(read_from({"--prices", "p.json"})));
  EXPECT_EQ(kept->prices, (std::filesystem::current_path() / "p.json").string());
}

TEST(ModelOptions, WhatIsSaidAnewGoesBeforeWhatIsKept) {
  const auto kept = everything();
  EXPECT_EQ(before(ModelOptions(), kept), kept);
  auto expected = kept;
  expected.max_cost = 4;
  expected.cache = false;
  expected.base_url = "http://elsewhere";
  EXPECT_EQ(
      before(read_from({"--max-cost", "4", "--no-cache", "--base-url", "http://elsewhere"}), kept),
      expected);
}

TEST(ModelOptions, WhatIsDamagedIsNamed) {
  EXPECT_THAT(read_model_options("[]").error().message, HasSubstr("no JSON object"));
  EXPECT_THAT(read_model_options("{").error().message, HasSubstr("no JSON object"));
  for (const char* text : {R"({"max_cost":"2"})", R"({"max_cost":true})"})
    EXPECT_THAT(read_model_options(text).error().message, HasSubstr("'max_cost'"));
  for (const char* text : {R"({"max_calls":-1})", R"({"max_calls":1e300})", R"({"max_calls":1.5})",
                           R"({"max_calls":18446744073709551615})"})
    EXPECT_THAT(read_model_options(text).error().message, HasSubstr("'max_calls'")) << text;
  EXPECT_THAT(read_model_options(R"({"timeout":0})").error().message,
              HasSubstr("'timeout' must be a number from 0.001 to 86400"));
  EXPECT_THAT(read_model_options(R"({"max_calls":1.5})").error().message,
              HasSubstr("'max_calls' must be a whole number from 0 to 1000000000000"));
  EXPECT_THAT(read_model_options(R"({"cache":1})").error().message, HasSubstr("'cache'"));
}

}  // namespace
}  // namespace causal_gym
