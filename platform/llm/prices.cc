#include "platform/llm/prices.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>

#include "engine/base/check.h"
#include "engine/base/spelling.h"
#include "platform/llm/built_in_prices.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::size_t largest_table_bytes = 1 << 20;
constexpr std::size_t most_rows = 10'000;
constexpr double most_price = 1e6;
constexpr double million = 1e6;
constexpr std::size_t longest_shown = 200;
constexpr std::string_view never_in_hosts = "*?#@ \t\r\n";

const std::vector<std::string> file_members = {"about", "collected", "prices"};
const std::vector<std::string> row_members = {"host",         "model",  "input",
                                              "cached_input", "output", "most_input_tokens",
                                              "source",       "as_of",  "provider"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "-2024-08-06" or "-20240806".
bool is_date_suffix(std::string_view text) {
  std::string shape;
  for (const char c : text) shape += is_digit(c) ? '0' : c;
  return shape == "-0000-00-00" || shape == "-00000000";
}

// "2024-08-06".
bool is_day(std::string_view text) {
  std::string shape;
  for (const char c : text) shape += is_digit(c) ? '0' : c;
  if (shape != "0000-00-00") return false;
  const auto number = [&](std::size_t at, std::size_t size) {
    unsigned value = 0;
    for (const char c : text.substr(at, size)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(number(0, 4))),
                                     std::chrono::month(number(5, 2)),
                                     std::chrono::day(number(8, 2)))
      .ok();
}

bool matches_model(std::string_view pattern, std::string_view model) {
  if (pattern.ends_with('*')) return model.starts_with(pattern.substr(0, pattern.size() - 1));
  return model.starts_with(pattern) &&
         (model.size() == pattern.size() || is_date_suffix(model.substr(pattern.size())));
}

bool is_local(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") &&
          std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; }));
}

bool matches_host(std::string_view pattern, std::string_view host) {
  return pattern == "*" || pattern == host || (pattern == "local" && is_local(host));
}

// Ollama hands such a model on to its own cloud, which has a price whoever is asked.
bool is_handed_on(const PricedModel& asked) {
  if (asked.provider != "ollama") return false;
  std::string model(asked.model);
  for (char& c : model) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::string_view default_tag = ":latest";
  if (model.ends_with(default_tag)) model.resize(model.size() - default_tag.size());
  return model.ends_with("-cloud") || model.ends_with(":cloud");
}

bool holds_for(const PriceRow& row, const PricedModel& asked, std::string_view host) {
  if (is_handed_on(asked) && row.host == "local" && row.model == "*") return false;
  return (row.provider.empty() || row.provider == asked.provider) && matches_host(row.host, host) &&
         matches_model(row.model, asked.model);
}

// A misspelt member would otherwise be a price that silently does not hold.
Status check_members(const WireJson& object, std::span<const std::string> known,
                     const std::string& where) {
  for (const auto& [name, value] : object.items())
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      auto suggestion = spelling_suggestion(name, known);
      if (suggestion.empty()) {
        suggestion = "known here:";
        for (const auto& each : known) suggestion += ' ' + each;
      }
      return fail(ErrorCode::unknown_name, "no member \"" + name + "\" of a price table", where,
                  std::move(suggestion));
    }
  return {};
}

Result<std::string> read_text(const WireJson& object, const char* name, const std::string& where) {
  const auto* value = wire_member(object, name);
  if (value == nullptr) return std::string();
  if (!value->is_string())
    return fail(ErrorCode::parse_error, std::string("\"") + name + "\" must be a text", where);
  return value->get<std::string>();
}

// Empty when it is not there.
Result<std::string> read_day(const WireJson& object, const char* name, const std::string& where) {
  CAUSAL_GYM_TRY(day, read_text(object, name, where));
  if (day.empty() || is_day(day)) return day;
  return fail(ErrorCode::invalid_argument,
              std::string("\"") + name + "\" must be a day such as 2026-11-26, and is '" +
                  day.substr(0, longest_shown) + "'",
              where);
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

// What to write instead, which would hold.
std::string right_host(const std::string& alone, bool is_sound) {
  if (is_local(alone)) return "write \"local\"";
  if (is_sound && !alone.empty()) return "write \"" + alone.substr(0, longest_shown) + "\"";
  return "write one host, \"local\" for this machine, or \"*\" for any";
}

// As price_host gives them; anything else would be a price that silently does not hold.
Result<std::string> read_host(const WireJson& value, const std::string& where) {
  CAUSAL_GYM_TRY(host, read_text(value, "host", where));
  if (host == "*") return host;
  const bool is_sound = host.find_first_of(never_in_hosts) == std::string::npos;
  const auto alone = price_host(host);
  std::string lower = host;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (is_sound && lower == alone) return alone;
  return fail(
      ErrorCode::invalid_argument,
      "'" + host.substr(0, longest_shown) + "' is no host, which has no scheme, port or path",
      where + ".host", right_host(alone, is_sound));
}

Status read_texts(const WireJson& value, const std::string& collected, const std::string& where,
                  PriceRow& row) {
  CAUSAL_GYM_TRY(host, read_host(value, where));
  CAUSAL_GYM_TRY(model, read_text(value, "model", where));
  CAUSAL_GYM_TRY(provider, read_text(value, "provider", where));
  if (!provider.empty())
    if (const auto known = find_provider(provider); !known)
      return fail(ErrorCode::unknown_name, known.error().message, where + ".provider",
                  known.error().suggestion);
  CAUSAL_GYM_TRY(source, read_text(value, "source", where));
  CAUSAL_GYM_TRY(as_of, read_day(value, "as_of", where));
  if (host.empty() || model.empty())
    return fail(ErrorCode::parse_error, "a price needs \"host\" and \"model\"", where);
  row.host = std::move(host);
  row.model = std::move(model);
  row.source = std::move(source);
  row.provider = std::move(provider);
  row.as_of = std::move(as_of);
  if (row.as_of.empty()) row.as_of = collected;
  if (row.as_of.empty())
    return fail(ErrorCode::parse_error,
                "the price of '" + row.model.substr(0, longest_shown) + "' has no date", where,
                "write \"as_of\" in it, or \"collected\" beside \"prices\"");
  return {};
}

Result<PriceRow> read_row(const WireJson& value, const std::string& collected,
                          const std::string& where) {
  if (!value.is_object()) return fail(ErrorCode::parse_error, "a price is a JSON object", where);
  PriceRow row;
  CAUSAL_GYM_CHECKED(check_members(value, row_members, where));
  CAUSAL_GYM_CHECKED(read_texts(value, collected, where, row));
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
      return fail(ErrorCode::parse_error,
                  "\"most_input_tokens\" must be a whole number of at least 0", where);
  }
  return row;
}

}  // namespace

std::string price_host(std::string_view base_url) {
  auto url = base_url;
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

std::string how_to_price(const PricedModel& asked) {
  const auto host = price_host(asked.base_url);
  const std::string row = wire_text(WireJson(host.empty() ? "*" : host)) +
                          ", \"model\": " + wire_text(WireJson(std::string(asked.model)));
  return "give --prices FILE, such as {\"prices\": [{\"host\": " + row +
         ", \"input\": 1.0, \"output\": 4.0, \"as_of\": \"2026-11-26\"}]} with USD per million "
         "tokens, 0 where it is free";
}

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
  CAUSAL_GYM_CHECKED(check_members(*value, file_members, {}));
  CAUSAL_GYM_CHECKED(read_text(*value, "about", {}));
  CAUSAL_GYM_TRY(collected, read_day(*value, "collected", {}));
  PriceTable table;
  for (const auto& entry : *list) {
    CAUSAL_GYM_TRY(
        row, read_row(entry, collected, "prices[" + std::to_string(table.rows_.size()) + "]"));
    table.rows_.push_back(std::move(row));
  }
  return table;
}

PriceTable PriceTable::before(const PriceTable& later) const {
  PriceTable both = *this;
  both.rows_.insert(both.rows_.end(), later.rows_.begin(), later.rows_.end());
  return both;
}

std::optional<Price> PriceTable::find(const PricedModel& asked, std::int64_t input_tokens) const {
  const auto host = price_host(asked.base_url);
  for (const auto& row : rows_)
    if (holds_for(row, asked, host) && input_tokens <= row.most_input_tokens.value_or(input_tokens))
      return row.price;
  return std::nullopt;
}

bool PriceTable::is_free_here(const PricedModel& asked) const {
  return is_local(price_host(asked.base_url)) && find(asked, 0) == Price{};
}

std::optional<std::int64_t> PriceTable::known_up_to(const PricedModel& asked) const {
  const auto host = price_host(asked.base_url);
  std::optional<std::int64_t> most;
  for (const auto& row : rows_)
    if (holds_for(row, asked, host))
      most = std::max(most.value_or(0),
                      row.most_input_tokens.value_or(std::numeric_limits<std::int64_t>::max()));
  return most;
}

}  // namespace causal_gym
