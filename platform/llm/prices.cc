#include "platform/llm/prices.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "engine/base/check.h"
#include "platform/llm/built_in_prices.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::size_t largest_table_bytes = 1 << 20;
constexpr std::size_t most_rows = 10'000;
constexpr double most_price = 1e6;
constexpr double million = 1e6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "-2024-08-06" or "-20240806".
bool is_date_suffix(std::string_view text) {
  std::string shape;
  for (const char c : text) shape += is_digit(c) ? '0' : c;
  return shape == "-0000-00-00" || shape == "-00000000";
}

bool matches_model(std::string_view pattern, std::string_view model) {
  if (pattern.ends_with('*')) return model.starts_with(pattern.substr(0, pattern.size() - 1));
  return model.starts_with(pattern) &&
         (model.size() == pattern.size() || is_date_suffix(model.substr(pattern.size())));
}

// "https://api.openai.com:443/v1" -> "api.openai.com", in lower case.
std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  const auto end = url.starts_with('[') ? url.find(']') : url.find(':');
  std::string host(url.substr(0, end == std::string_view::npos ? end
                                 : url.starts_with('[')        ? end + 1
                                                               : end));
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return host;
}

bool is_local(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") &&
          std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; }));
}

bool matches_host(std::string_view pattern, std::string_view host) {
  return pattern == "*" || pattern == host || (pattern == "local" && is_local(host));
}

Result<double> read_price(const WireJson& row, const char* name, const std::string& where) {
  const auto* value = wire_member(row, name);
  if (value == nullptr || !value->is_number())
    return fail(ErrorCode::parse_error, std::string("\"") + name + "\" must be a number", where);
  const auto price = value->get<double>();
  if (!(price >= 0 && price <= most_price))
    return fail(ErrorCode::invalid_argument,
                std::string("\"") + name + "\" must be from 0 to 1000000 USD per million tokens",
                where);
  return price;
}

Result<PriceRow> read_row(const WireJson& value, const std::string& where) {
  PriceRow row;
  row.host = wire_string(value, "host");
  row.model = wire_string(value, "model");
  row.source = wire_string(value, "source");
  row.as_of = wire_string(value, "as_of");
  if (row.host.empty() || row.model.empty())
    return fail(ErrorCode::parse_error, "a price needs \"host\" and \"model\"", where);
  CAUSAL_GYM_TRY(input, read_price(value, "input", where));
  CAUSAL_GYM_TRY(output, read_price(value, "output", where));
  row.price = {input, input, output};
  if (wire_member(value, "cached_input") != nullptr) {
    CAUSAL_GYM_TRY(cached, read_price(value, "cached_input", where));
    row.price.cached_input = cached;
  }
  if (wire_member(value, "most_input_tokens") != nullptr) {
    row.most_input_tokens = wire_count(value, "most_input_tokens");
    if (!row.most_input_tokens)
      return fail(ErrorCode::parse_error, "\"most_input_tokens\" must be a whole number", where);
  }
  return row;
}

}  // namespace

double cost_usd(const Price& price, std::int64_t input, std::int64_t cached, std::int64_t output) {
  const double read = static_cast<double>(std::clamp<std::int64_t>(cached, 0, input));
  return ((static_cast<double>(input) - read) * price.input + read * price.cached_input +
          static_cast<double>(output) * price.output) /
         million;
}

const PriceTable& PriceTable::built_in() {
  static const PriceTable table = [] {
    auto read = parse(built_in_prices_json());
    CHECK(read.has_value());
    return *std::move(read);
  }();
  return table;
}

Result<PriceTable> PriceTable::parse(std::string_view json) {
  if (json.size() > largest_table_bytes)
    return fail(ErrorCode::limit_exceeded, "a price table has at most 1 MiB");
  const auto value = read_wire_json(json);
  const auto* list = value ? wire_member(*value, "prices") : nullptr;
  if (list == nullptr || !list->is_array())
    return fail(ErrorCode::parse_error, "a price table is a JSON object with a list \"prices\"");
  if (list->size() > most_rows)
    return fail(ErrorCode::limit_exceeded, "a price table has at most 10000 rows");
  PriceTable table;
  for (const auto& entry : *list) {
    CAUSAL_GYM_TRY(row, read_row(entry, "prices[" + std::to_string(table.rows_.size()) + "]"));
    table.rows_.push_back(std::move(row));
  }
  return table;
}

PriceTable PriceTable::before(const PriceTable& later) const {
  PriceTable both = *this;
  both.rows_.insert(both.rows_.end(), later.rows_.begin(), later.rows_.end());
  return both;
}

std::optional<Price> PriceTable::find(std::string_view base_url, std::string_view model,
                                      std::int64_t input_tokens) const {
  const auto host = host_of(base_url);
  for (const auto& row : rows_)
    if (matches_host(row.host, host) && matches_model(row.model, model) &&
        input_tokens <= row.most_input_tokens.value_or(input_tokens))
      return row.price;
  return std::nullopt;
}

}  // namespace causal_gym
