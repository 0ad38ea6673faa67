#include "platform/store/exchange_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr double most_counted = 9e18;  // below 2^63

// Bytes that are no UTF-8 become the replacement character: a response is bytes, a column is text.
std::string json_text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string headers_text(const HeaderFields& headers) {
  json list = json::array();
  for (const auto& [name, value] : headers) list.push_back({name, value});
  return json_text(list);
}

HeaderFields read_headers(const std::string& text) {
  HeaderFields headers;
  const auto list = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return headers;
  for (const auto& pair : list)
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string())
      headers.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  return headers;
}

json charge_json(const Charge& charge) {
  return {{"calls", charge.calls},
          {"input_tokens", charge.input_tokens},
          {"output_tokens", charge.output_tokens},
          {"cost_usd", charge.cost_usd ? json(*charge.cost_usd) : json(nullptr)}};
}

std::string attempts_text(const std::vector<ExchangeAttempt>& attempts) {
  json list = json::array();
  for (const auto& attempt : attempts) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    list.push_back(
        {{"begun_ms", duration_cast<milliseconds>(attempt.begun.time_since_epoch()).count()},
         {"waited_seconds", attempt.waited_seconds},
         {"seconds", attempt.seconds},
         {"status", attempt.status},
         {"failure", attempt.failure ? json(failure_kind_name(*attempt.failure)) : json(nullptr)},
         {"code", attempt.code},
         {"message", attempt.message},
         {"charge", charge_json(attempt.charge)},
         {"parameter", attempt.parameter}});
  }
  return json_text(list);
}

void bind_call(Statement& statement, const Exchange& exchange, std::int64_t now) {
  statement.bind(1, std::string_view(exchange.key.run))
      .bind(2, exchange.key.episode)
      .bind(3, exchange.key.sequence)
      .bind(4, exchange.key.trial)
      .bind(5, now)
      .bind(6, std::string_view(exchange.provider))
      .bind(7, std::string_view(exchange.base_url))
      .bind(8, std::string_view(exchange.model))
      .bind(9, std::string_view(exchange.model_version))
      .bind(10, std::string_view(exchange.cache_key))
      .bind(11, std::string_view(exchange.request_body));
}

void bind_answer(Statement& statement, const Exchange& exchange) {
  const auto failure = exchange.failure
                           ? std::optional(std::string(failure_kind_name(*exchange.failure)))
                           : std::nullopt;
  statement.bind(12, std::int64_t{exchange.status})
      .bind(13, std::string_view(headers_text(exchange.headers)))
      .bind(14, std::string_view(exchange.response_body))
      .bind(15, std::int64_t{exchange.response_cut})
      .bind(16, std::int64_t{exchange.stream})
      .bind(17, std::int64_t{exchange.cached})
      .bind(18, failure)
      .bind(19, std::string_view(exchange.failure_message))
      .bind(20, exchange.usage.input)
      .bind(21, exchange.usage.cached_input)
      .bind(22, exchange.usage.output)
      .bind(23, exchange.usage.reasoning)
      .bind(24, exchange.cost_usd)
      .bind(25, exchange.seconds)
      .bind(26, std::string_view(attempts_text(exchange.attempts)));
}

// A kind that a later version has and this one does not is a failure all the same.
std::optional<FailureKind> failure_of(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  return find_failure_kind(*name).value_or(FailureKind::malformed);
}

WireResponse response_of(const Statement& row, int first) {
  return {static_cast<int>(row.integer(first)), read_headers(row.text(first + 1)),
          row.text(first + 2)};
}

}  // namespace

Result<std::unique_ptr<ExchangeStore>> ExchangeStore::open(const std::string& path,
                                                           const DatabaseOptions& options) {
  CAUSAL_GYM_TRY(database, Database::open(path, options));
  if (!options.read_only) CAUSAL_GYM_CHECKED(database->make_durable());
  return std::unique_ptr<ExchangeStore>(new ExchangeStore(std::move(database)));
}

Status ExchangeStore::record(std::span<const Exchange> exchanges, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(transaction, Transaction::begin(*database_, Transaction::Kind::write));
  CAUSAL_GYM_TRY(
      statement,
      database_->statement(
          "INSERT INTO exchanges (run, episode, sequence, trial, recorded_at, provider, base_url,"
          " model, model_version, cache_key, request, status, headers, response, response_cut,"
          " stream, cached, failure, failure_message, input_tokens, cached_input_tokens,"
          " output_tokens, reasoning_tokens, cost_usd, seconds, attempts)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
          " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)"));
  for (const auto& exchange : exchanges) {
    bind_call(*statement, exchange, now);
    bind_answer(*statement, exchange);
    CAUSAL_GYM_CHECKED(statement->run());
  }
  return transaction.commit();
}

Result<std::optional<WireResponse>> ExchangeStore::find(std::string_view cache_key,
                                                        const ExchangeFilter& filter) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(statement,
                 database_->statement("SELECT status, headers, response FROM exchanges"
                                      " WHERE cache_key = ?1 AND recorded_at >= ?2"
                                      " AND (?3 = '' OR run = ?3)"
                                      " AND failure IS NULL AND response_cut = 0"
                                      " ORDER BY recorded_at DESC, number DESC LIMIT 1"));
  statement->bind(1, cache_key).bind(2, filter.since).bind(3, std::string_view(filter.run));
  CAUSAL_GYM_TRY(found, statement->step());
  if (!found) return std::optional<WireResponse>();
  auto response = response_of(*statement, 0);
  statement->reset();
  return std::optional(std::move(response));
}

Result<std::vector<StoredExchange>> ExchangeStore::of_run(const std::string& run) {
  const std::lock_guard lock(mutex_);
  CAUSAL_GYM_TRY(statement,
                 database_->statement("SELECT episode, sequence, trial, provider, base_url,"
                                      " cache_key, stream, cached, response_cut, failure,"
                                      " failure_message, status, headers, response"
                                      " FROM exchanges WHERE run = ?1"
                                      " ORDER BY episode, sequence, number"));
  statement->bind(1, std::string_view(run));
  std::vector<StoredExchange> exchanges;
  for (;;) {
    CAUSAL_GYM_TRY(more, statement->step());
    if (!more) return exchanges;
    exchanges.push_back({{run, statement->integer(0), statement->integer(1), statement->integer(2)},
                         statement->text(3),
                         statement->text(4),
                         statement->text(5),
                         statement->integer(6) != 0,
                         statement->integer(7) != 0,
                         statement->integer(8) != 0,
                         failure_of(statement->optional_text(9)),
                         statement->text(10),
                         response_of(*statement, 11)});
  }
}

Result<Spending> ExchangeStore::spent_by(const std::string& run) {
  const std::lock_guard lock(mutex_);
  // An attempt of a version that wrote no charge counts as a call, with the usage of its exchange
  // when it is the one that was answered. Sums are of doubles, which do not overflow.
  CAUSAL_GYM_TRY(
      statement,
      database_->statement(
          "SELECT total(calls), total(input), total(output), total(cost),"
          " total(iif(cost IS NULL, calls, 0)) FROM ("
          "SELECT coalesce(each.value ->> '$.charge.calls', 1) AS calls,"
          " coalesce(each.value ->> '$.charge.input_tokens',"
          "  iif(each.value ->> '$.failure' IS NULL, input_tokens, 0)) AS input,"
          " coalesce(each.value ->> '$.charge.output_tokens',"
          "  iif(each.value ->> '$.failure' IS NULL, output_tokens, 0)) AS output,"
          " CASE WHEN each.value -> '$.charge' IS NOT NULL THEN each.value ->> '$.charge.cost_usd'"
          "  WHEN each.value ->> '$.failure' IS NULL THEN cost_usd ELSE 0 END AS cost"
          " FROM exchanges, json_each(exchanges.attempts) AS each WHERE run = ?1)"));
  statement->bind(1, std::string_view(run));
  CAUSAL_GYM_TRY(found, statement->step());
  Spending spending;
  if (found) {
    const auto count = [&](int column) {
      return static_cast<std::int64_t>(std::min(statement->real(column), most_counted));
    };
    spending.spent = {count(0), count(1), count(2), statement->real(3)};
    spending.calls_of_unknown_cost = count(4);
  }
  statement->reset();
  return spending;
}

Result<std::vector<LeftOut>> ExchangeStore::left_out_by(const std::string& run) {
  const std::lock_guard lock(mutex_);
  // What was refused last ended the call: nothing was left to leave out.
  CAUSAL_GYM_TRY(
      statement,
      database_->statement(
          "SELECT DISTINCT provider, model, each.value ->> '$.parameter'"
          " FROM exchanges, json_each(exchanges.attempts) AS each WHERE run = ?1"
          " AND each.value ->> '$.failure' = 'unsupported_parameter'"
          " AND each.value ->> '$.parameter' <> '' AND each.key < json_array_length(attempts) - 1"
          " ORDER BY 1, 2, 3"));
  statement->bind(1, std::string_view(run));
  std::vector<LeftOut> list;
  for (;;) {
    CAUSAL_GYM_TRY(more, statement->step());
    if (!more) return list;
    list.push_back({statement->text(0), statement->text(1), statement->text(2)});
  }
}

Result<std::map<std::string, std::string>> ExchangeStore::addresses_of(const std::string& run) {
  const std::lock_guard lock(mutex_);
  // Of columns beside the only max(), SQLite gives those of its row.
  CAUSAL_GYM_TRY(statement,
                 database_->statement("SELECT provider, base_url, max(number) FROM exchanges"
                                      " WHERE run = ?1 GROUP BY provider"));
  statement->bind(1, std::string_view(run));
  std::map<std::string, std::string> addresses;
  for (;;) {
    CAUSAL_GYM_TRY(more, statement->step());
    if (!more) return addresses;
    addresses[statement->text(0)] = statement->text(1);
  }
}

}  // namespace causal_gym
