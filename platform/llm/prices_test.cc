// The price table: which row holds, what is refused, and that the built-in one can be read.
#include "platform/llm/prices.h"

#include <gtest/gtest.h>

#include <limits>

namespace causal_gym {
namespace {

PriceTable table_of(const std::string& rows) {
  auto table = PriceTable::parse(R"({"collected": "2026-01-31", "prices": [)" + rows + "]}");
  EXPECT_TRUE(table.has_value()) << error_text(table.error());
  return table.value_or(PriceTable{});
}

constexpr const char* own_rows =
    R"({"host": "api.example.com", "model": "small", "input": 1, "cached_input": 0.5, "output": 4},
       {"host": "api.example.com", "model": "banded", "input": 1, "output": 2,
        "most_input_tokens": 100},
       {"host": "api.example.com", "model": "banded", "input": 10, "output": 20},
       {"host": "*", "model": "any-*", "input": 3, "output": 3},
       {"host": "local", "model": "*", "input": 0, "output": 0})";

TEST(Prices, ANameAlsoMeansItsDatedVersionsAndNoOthers) {
  const auto table = table_of(own_rows);
  const auto known = [&](std::string_view model) {
    return table.find({"openai", "https://api.example.com/v1", model}, 1).has_value();
  };
  EXPECT_TRUE(known("small"));
  EXPECT_TRUE(known("small-2024-08-06"));
  EXPECT_TRUE(known("small-20240806"));
  EXPECT_FALSE(known("small-2"));
  EXPECT_FALSE(known("small-turbo"));
  EXPECT_FALSE(known("smaller"));
  EXPECT_TRUE(known("any-thing"));
}

TEST(Prices, APriceHoldsAtItsHostAlone) {
  const auto table = table_of(own_rows);
  EXPECT_TRUE(table.find({"openai", "https://API.example.com:443/v1", "small"}, 1));
  EXPECT_FALSE(table.find({"openai", "https://gateway.example.com/v1", "small"}, 1));
  EXPECT_FALSE(table.find({"openai", "https://api.example.com.evil.org", "small"}, 1));
}

TEST(Prices, ThisMachineIsLocalUnderEachOfItsNames) {
  const auto table = table_of(own_rows);
  for (const auto* url : {"http://localhost:11434", "http://127.0.0.1:8000/v1", "http://[::1]:80"})
    EXPECT_EQ(table.find({"openai", url, "llama"}, 1), Price{}) << url;
  for (const auto* url : {"http://127.evil.org", "http://localhost.evil.org", "http://10.0.0.1"})
    EXPECT_FALSE(table.find({"openai", url, "llama"}, 1)) << url;
}

TEST(Prices, ARowHoldsUpToItsInputTokens) {
  const auto table = table_of(own_rows);
  EXPECT_EQ(table.find({"openai", "https://api.example.com", "banded"}, 100)->input, 1);
  EXPECT_EQ(table.find({"openai", "https://api.example.com", "banded"}, 101)->input, 10);
}

TEST(Prices, ItIsKnownUpToHowManyTokensAPriceHolds) {
  const auto table = table_of(
      R"({"host": "h", "model": "banded", "input": 1, "output": 2, "most_input_tokens": 100},
         {"host": "h", "model": "banded", "input": 2, "output": 2, "most_input_tokens": 200},
         {"host": "h", "model": "small", "input": 1, "output": 2})");
  const auto up_to = [&](std::string_view model) {
    return table.known_up_to({"openai", "https://h/v1", model});
  };
  EXPECT_EQ(up_to("banded"), 200);
  EXPECT_EQ(up_to("small"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(up_to("other"), std::nullopt);
}

TEST(Prices, LongRequestsHaveTheirOwnPrice) {
  for (const auto* model : {"gpt-5.5", "gpt-5.4"}) {
    const PricedModel asked{"openai", "https://api.openai.com/v1", model};
    const auto usual = PriceTable::built_in().find(asked, 270'000);
    const auto longer = PriceTable::built_in().find(asked, 270'001);
    ASSERT_TRUE(usual && longer) << model;
    EXPECT_EQ(longer->input, 2 * usual->input);
    EXPECT_EQ(longer->cached_input, 2 * usual->cached_input);
    EXPECT_EQ(longer->output, 1.5 * usual->output);
    EXPECT_FALSE(PriceTable::built_in().find(asked, 1'050'001));
  }
}

TEST(Prices, ARowMayBeOfOneProvider) {
  const auto table =
      table_of(R"({"provider": "ollama", "host": "local", "model": "*", "input": 0, "output": 0})");
  EXPECT_TRUE(table.find({"ollama", "http://localhost:1", "m"}, 1));
  EXPECT_FALSE(table.find({"openai", "http://localhost:1", "m"}, 1));
}

TEST(Prices, OnThisMachineOnlyWhatNobodyBillsIsFree) {
  const auto& table = PriceTable::built_in();
  const auto* here = "http://127.0.0.1:4000/v1";
  EXPECT_EQ(table.find({"ollama", here, "llama"}, 1), Price{});
  EXPECT_EQ(table.find({"openai", here, "causal-gym/ideal"}, 1), Price{});
  EXPECT_TRUE(table.is_free_here({"ollama", here, "llama"}));
  EXPECT_FALSE(table.is_free_here({"ollama", "http://10.0.0.1:11434", "llama"}));
  EXPECT_FALSE(table.is_free_here({"openai", here, "gpt-5.5"}));
  // Ollama hands these on to its own cloud.
  EXPECT_FALSE(table.find({"ollama", here, "gpt-oss:120b-cloud"}, 1));
  EXPECT_FALSE(table.find({"ollama", here, "glm-4.6:cloud"}, 1));
  EXPECT_FALSE(table.find({"ollama", here, "gpt-oss:120B-CLOUD"}, 1));
  EXPECT_FALSE(table.find({"ollama", here, "llama3.2-cloud:latest"}, 1));
  // A gateway may stand there, behind which somebody is paid.
  EXPECT_FALSE(table.find({"openai", here, "gpt-5.5"}, 1));
  EXPECT_FALSE(table.find({"compatible", here, "llama"}, 1));
}

TEST(Prices, AHostThatNoAddressHasIsRefused) {
  const auto error = [](const std::string& host) {
    const auto table = PriceTable::parse(R"({"collected": "2026-01-31", "prices": [{"host": ")" +
                                         host + R"(", "model": "m", "input": 1, "output": 1}]})");
    return table ? std::string() : error_text(table.error());
  };
  for (const std::string host : {"api.example.com", "API.Example.com", "*", "local", "[::1]"})
    EXPECT_EQ(error(host), "") << host;
  EXPECT_EQ(error("127.0.0.1:33761"),
            "invalid_argument: '127.0.0.1:33761' is no host, which has no scheme, port or path "
            "(prices[0].host); write \"local\"");
  EXPECT_EQ(error("https://api.example.com/v1"),
            "invalid_argument: 'https://api.example.com/v1' is no host, which has no scheme, port "
            "or path (prices[0].host); write \"api.example.com\"");
  for (const std::string host : {"http://h", "h/v1", "h:1", "*.example.com", "[::1]:80"})
    EXPECT_NE(error(host), "") << host;
  for (const std::string host : {"*.example.com", "::1", "http://", "h ", "h?v=1", "u:p@h"})
    EXPECT_TRUE(
        error(host).ends_with("; write one host, \"local\" for this machine, or \"*\" for any"))
        << host << ": " << error(host);
  EXPECT_TRUE(table_of(R"({"host": "API.example.com", "model": "m", "input": 1, "output": 1})")
                  .find({"openai", "https://api.example.com", "m"}, 1));
}

TEST(Prices, OwnRowsGoBeforeTheOthers) {
  const auto mine =
      table_of(R"({"host": "api.example.com", "model": "small", "input": 7, "output": 7})");
  EXPECT_EQ(mine.before(table_of(own_rows))
                .find({"openai", "https://api.example.com", "small"}, 1)
                ->input,
            7);
}

TEST(Prices, CostCountsCachedInputAtItsOwnPrice) {
  const Price price{2, 0.5, 10};
  EXPECT_DOUBLE_EQ(cost_usd(price, 1'000'000, 0, 1'000'000), 12);
  EXPECT_DOUBLE_EQ(cost_usd(price, 1'000'000, 400'000, 0), 1.4);
  EXPECT_DOUBLE_EQ(cost_usd(price, 100, 1'000, 0), cost_usd(price, 100, 100, 0));
}

TEST(Prices, CachedInputThatIsNotSaidCostsAsInput) {
  EXPECT_EQ(
      table_of(own_rows).find({"openai", "https://api.example.com", "banded"}, 1)->cached_input, 1);
}

TEST(Prices, BadTablesAreRefusedWithTheRow) {
  const auto error = [](const char* json) { return PriceTable::parse(json).error(); };
  EXPECT_EQ(error("[").code, ErrorCode::parse_error);
  EXPECT_EQ(error(R"({"prices": {}})").code, ErrorCode::parse_error);
  EXPECT_EQ(PriceTable::parse(std::string((1 << 20) + 1, ' ')).error().code,
            ErrorCode::limit_exceeded);
}

// What is wrong with a row that stands second in a file without a date.
Error row_error(const std::string& members) {
  const auto table =
      PriceTable::parse(R"({"prices": [{"host": "h", "model": "m", "input": 1, "output": 1,)"
                        R"( "as_of": "2026-01-31"}, {)" +
                        members + "}]}");
  EXPECT_FALSE(table.has_value()) << members;
  return table ? Error{} : table.error();
}

constexpr const char* sound_row =
    R"("host": "h", "model": "m", "input": 1, "output": 1, "as_of": "2026-01-31")";

TEST(Prices, ARowThatCannotHoldIsNamedWithWhatIsWrong) {
  struct Wrong {
    std::string members;
    ErrorCode code;
    std::string message;
  };
  const std::string sound = sound_row;
  const Wrong rows[] = {
      {R"("host": "h", "model": "m", "input": -1, "output": 1, "as_of": "2026-01-31")",
       ErrorCode::invalid_argument, R"("input" must be from 0 to 1000000 USD per million tokens)"},
      {R"("host": "h", "model": "m", "input": "1", "output": 1, "as_of": "2026-01-31")",
       ErrorCode::parse_error, R"("input" must be a number)"},
      {R"("host": "h", "model": "m", "input": 1, "as_of": "2026-01-31")", ErrorCode::parse_error,
       R"("output" must be a number)"},
      {R"("host": "h", "input": 1, "output": 1, "as_of": "2026-01-31")", ErrorCode::parse_error,
       R"(a price needs "host" and "model")"},
      {R"("host": 4, "model": "m", "input": 1, "output": 1)", ErrorCode::parse_error,
       R"("host" must be a text)"},
      {R"("host": "h", "model": "m", "input": 1, "output": 1)", ErrorCode::parse_error,
       "the price of 'm' has no date"},
      {sound + R"(, "cached_input": -0.5)", ErrorCode::invalid_argument,
       R"("cached_input" must be from 0 to 1000000 USD per million tokens)"},
      {sound + R"(, "most_input_tokens": -1)", ErrorCode::parse_error,
       R"("most_input_tokens" must be a whole number of at least 0)"},
      {sound + R"(, "cache_input": 1)", ErrorCode::unknown_name,
       R"(no member "cache_input" of a price table)"}};
  for (const auto& row : rows) {
    const auto error = row_error(row.members);
    EXPECT_EQ(error.code, row.code) << row.members;
    EXPECT_EQ(error.message, row.message);
    EXPECT_EQ(error.where, "prices[1]");
  }
  EXPECT_EQ(row_error(sound + R"(, "cache_input": 1)").suggestion, "did you mean 'cached_input'?");
}

TEST(Prices, ADayIsOneOfTheCalendar) {
  for (const char* day : {"2026-02-29", "2026-13-01", "26-11-05", "2026-11-5", "yesterday"}) {
    const auto table =
        PriceTable::parse(R"({"collected": ")" + std::string(day) + R"(", "prices": []})");
    ASSERT_FALSE(table.has_value()) << day;
    EXPECT_NE(table.error().message.find(day), std::string::npos);
  }
  EXPECT_TRUE(PriceTable::parse(R"({"collected": "2028-02-29", "prices": []})"));
}

TEST(Prices, ARowWithoutADateIsOfTheDayWhenTheFileWasCollected) {
  const auto table = table_of(R"({"host": "h", "model": "m", "input": 1, "output": 1},
      {"host": "h", "model": "m", "input": 1, "output": 1, "as_of": "2025-12-01"})");
  ASSERT_EQ(table.rows().size(), 2U);
  EXPECT_EQ(table.rows()[0].as_of, "2026-01-31");
  EXPECT_EQ(table.rows()[1].as_of, "2025-12-01");
}

TEST(Prices, AFileHasNoOtherMembers) {
  const auto table = PriceTable::parse(R"({"colected": "2026-01-31", "prices": []})");
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(error_text(table.error()),
            "unknown_name: no member \"colected\" of a price table; did you mean 'collected'?");
}

TEST(Prices, EveryBuiltInRowHasASourceAndADate) {
  ASSERT_FALSE(PriceTable::built_in().rows().empty());
  for (const auto& row : PriceTable::built_in().rows()) {
    EXPECT_FALSE(row.source.empty()) << row.model;
    EXPECT_EQ(row.as_of.size(), 10U) << row.model;
    EXPECT_LE(row.price.cached_input, row.price.input) << row.model;
    EXPECT_LE(row.price.input, row.price.output) << row.model;
  }
  EXPECT_EQ(PriceTable::built_in().find({"ollama", "http://127.0.0.1:11434", "llama3.2:3b"}, 10),
            Price{});
  EXPECT_FALSE(
      PriceTable::built_in().find({"openai", "https://api.openai.com/v1", "no-such-model"}, 10));
}

}  // namespace
}  // namespace causal_gym
