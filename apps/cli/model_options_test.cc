// How models are asked is kept whole, comes back as it was, and gives way to what is said anew.
#include "apps/cli/model_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

namespace causal_gym {
namespace {

using testing::HasSubstr;

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
  EXPECT_THAT(read_model_options(R"({"cache":1})").error().message, HasSubstr("'cache'"));
}

}  // namespace
}  // namespace causal_gym
