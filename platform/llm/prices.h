// What tokens cost, as data with a date: platform/llm/prices.json, which is part of the program,
// and a file of the user's that goes before it.
//
// A price holds at a host, since who is paid sets the price: rows of api.openai.com say nothing
// about a gateway in front of it. Cost: linear in the table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

struct Price {  // USD per million tokens
  double input = 0;
  double cached_input = 0;
  double output = 0;
  friend bool operator==(const Price&, const Price&) = default;
};

// In USD; `cached` of the `input` tokens came from the provider's cache.
[[nodiscard]] double cost_usd(const Price& price, std::int64_t input, std::int64_t cached,
                              std::int64_t output);

// The file: {"about": "...", "collected": "2026-11-26", "prices": [row, ...]}, where "prices" alone
// must be there, and nothing else may. A row:
//   {"host": "api.openai.com" | "local" | "*", "model": "name" | "prefix*", "input": 1.0,
//    "cached_input": 0.1, "output": 2.0, "most_input_tokens": 200000, "provider": "openai",
//    "source": "address", "as_of": "2026-11-05"}
// A host has no scheme, port or path; "local" means this machine. A row with a provider is of
// models asked by that wire alone. A row of all models of this machine says nothing of
// those that Ollama hands on to its cloud (name-cloud). A name also means its dated versions
// (name-2024-08-06, name-20240806). cached_input absent: as input. Beyond most_input_tokens the row
// does not hold. A row without as_of is of the day when the file was collected; it must have one or
// the other.
struct PriceRow {
  std::string host;
  std::string model;
  Price price;
  std::optional<std::int64_t> most_input_tokens = {};
  std::string source;
  std::string as_of;
  std::string provider = {};  // empty: whichever
};

// Who is asked for what.
struct PricedModel {
  std::string_view provider;
  std::string_view base_url;
  std::string_view model;
};

// "give --prices FILE, with its price: {...}": a file that holds for this model, but for the
// numbers.
[[nodiscard]] std::string how_to_price(const PricedModel& asked);

// Which host a row must name to hold at this address: "https://api.openai.com:443/v1" ->
// "api.openai.com", in lower case.
[[nodiscard]] std::string price_host(std::string_view base_url);

class PriceTable {
 public:
  // The table that is part of the program.
  [[nodiscard]] static const PriceTable& built_in();
  // Errors: parse_error (not the JSON above, no date), unknown_name (a member), invalid_argument (a
  // price that is negative or over 10^6 USD, a day or host that is none), limit_exceeded (1 MiB,
  // 10,000 rows), each naming the row.
  [[nodiscard]] static Result<PriceTable> parse(std::string_view json);

  // These rows before those of `later`.
  [[nodiscard]] PriceTable before(const PriceTable& later) const;

  // Of the first row that holds; nothing when the price is not known.
  [[nodiscard]] std::optional<Price> find(const PricedModel& asked,
                                          std::int64_t input_tokens) const;
  // Whether it runs on this machine and costs nothing.
  [[nodiscard]] bool is_free_here(const PricedModel& asked) const;
  // Up to how many input tokens its price is known; nothing when it is not known at all.
  [[nodiscard]] std::optional<std::int64_t> known_up_to(const PricedModel& asked) const;

  [[nodiscard]] const std::vector<PriceRow>& rows() const { return rows_; }

 private:
  std::vector<PriceRow> rows_;
};

}  // namespace causal_gym
