// How language models are asked in a run: the options, and their JSON, which the run keeps so that
// it goes on in the same way. Cost: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace causal_gym {

struct ModelOptions {    // absent or empty: not said, so that the default holds
  std::string base_url;  // where the environment says
  std::optional<int> max_connections;
  std::optional<double> max_retry_wait;  // seconds
  std::optional<int> max_failures;       // in a row, of a provider
  std::optional<double> timeout;         // seconds, of one request
  std::optional<std::int64_t> max_calls;
  std::optional<std::int64_t> max_input_tokens;
  std::optional<std::int64_t> max_output_tokens;
  std::optional<double> max_cost;  // USD
  std::optional<double> max_time;  // seconds, of each start of the run
  std::optional<bool> cache;       // replies of other runs serve too
  std::optional<double> cache_days;
  std::string ca_file;  // as trusted_authorities
  std::string prices;   // a file of prices; the built-in ones alone
  friend bool operator==(const ModelOptions&, const ModelOptions&) = default;
};

inline constexpr int default_max_connections = 64;
inline constexpr double default_max_retry_wait = 120;
inline constexpr int default_max_failures = 3;
inline constexpr double default_timeout = 600;
inline constexpr double default_cache_days = 30;

// What the number of that name may be.
struct NumberRange {
  std::string_view name;
  double low;
  double high;
  bool whole = false;
};
[[nodiscard]] const NumberRange& model_number_range(std::string_view name);
[[nodiscard]] std::string range_text(const NumberRange& range);  // "0 to 86400"
// Not a number is in no range.
[[nodiscard]] bool is_in(const NumberRange& range, double value);

// Errors: invalid_argument (an option that says nothing without another one).
[[nodiscard]] Status check_model_options(const ModelOptions& options);

// What is said, each by its name; paths of files as they are found from everywhere.
[[nodiscard]] std::string model_options_text(const ModelOptions& options);
// Of a JSON object as model_options_text writes it, wherever it is from; passes over names that it
// does not know. Errors: invalid_argument, at the option's name (one that it cannot be).
[[nodiscard]] Result<ModelOptions> parse_model_options(const std::string& text);
// The same of one that a run keeps; an empty text says nothing. Errors: unavailable (not
// what model_options_text writes: a damaged database).
[[nodiscard]] Result<ModelOptions> read_model_options(const std::string& text);

// What `first` says, and what `then` says where it says nothing.
[[nodiscard]] ModelOptions before(const ModelOptions& first, const ModelOptions& then);

}  // namespace causal_gym
