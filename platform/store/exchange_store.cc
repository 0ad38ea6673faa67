#include "platform/store/exchange_store.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "platform/store/exchange_attempts.h"
#include "platform/store/job_queue.h"
#include "platform/store/open_store.h"
#include "platform/store/spending_ledger.h"

namespace causal_gym {

namespace {

using nlohmann::json;
using Kind = TransactionKind;

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
          {"cost_usd", charge.cost_usd ? json(*charge.cost_usd) : json(nullptr)},
          {"is_worst", charge.is_worst}};
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

// Those that got on by a reply.
std::set<std::string_view> answered_runs(std::span<const Exchange> exchanges) {
  std::set<std::string_view> runs;
  for (const auto& exchange : exchanges)
    if (!exchange.failure) runs.insert(exchange.key.run);
  return runs;
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

Result<std::unique_ptr<ExchangeStore>> ExchangeStore::open(const std::string& target,
                                                           const DatabaseOptions& options) {
  CAUSAL_GYM_TRY(pool, open_pool(target, options));
  return std::unique_ptr<ExchangeStore>(new ExchangeStore(std::move(pool)));
}

Status ExchangeStore::record(std::span<const Exchange> exchanges, std::int64_t now,
                             const std::string& holder) {
  return pool_->transact(Kind::write, [&](Database& database) -> Status {
    if (!holder.empty()) CAUSAL_GYM_CHECKED(settle_reservations(database, holder, exchanges));
    CAUSAL_GYM_TRY(
        statement,
        database.statement(
            "INSERT INTO exchanges (run, episode, sequence, trial, recorded_at, provider, base_url,"
            " model, model_version, cache_key, request, status, headers, response, response_cut,"
            " stream, cached, failure, failure_message, input_tokens, cached_input_tokens,"
            " output_tokens, reasoning_tokens, cost_usd, seconds, attempts)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
            " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)"));
    for (const auto& exchange : exchanges) {
      bind_call(*statement, exchange, now);
      bind_answer(*statement, exchange);
      CAUSAL_GYM_CHECKED(statement->run_later());
    }
    for (const auto run : answered_runs(exchanges))
      CAUSAL_GYM_CHECKED(forget_crashes_of(database, run));
    return {};
  });
}

Result<std::unique_ptr<SpendingLedger>> ExchangeStore::open_ledger(const std::string& run,
                                                                   const BudgetLimits& limits,
                                                                   std::int64_t lease_seconds) {
  return SpendingLedger::open(pool_, run, limits, lease_seconds);
}

Result<std::optional<WireResponse>> ExchangeStore::find(std::string_view cache_key,
                                                        const ExchangeFilter& filter) {
  std::optional<WireResponse> response;
  CAUSAL_GYM_CHECKED(pool_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(statement,
                   database.statement("SELECT status, headers, response FROM exchanges"
                                      " WHERE cache_key = ?1 AND recorded_at >= ?2"
                                      " AND (?3 = '' OR (run = ?3 AND episode = ?4 AND"
                                      " sequence = ?5))"
                                      " AND failure IS NULL AND response_cut = 0"
                                      " ORDER BY recorded_at DESC, number DESC LIMIT 1"));
    const auto call = filter.call.value_or(CallKey());
    statement->bind(1, cache_key).bind(2, filter.since).bind(3, std::string_view(call.run));
    statement->bind(4, call.episode).bind(5, call.sequence);
    CAUSAL_GYM_TRY(found, statement->step());
    if (!found) return {};
    response = response_of(*statement, 0);
    statement->reset();
    return {};
  }));
  return response;
}

Status ExchangeStore::read(const char* sql, const std::string& run,
                           const std::function<void(const Statement&)>& row) {
  return pool_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(statement, database.statement(sql));
    statement->bind(1, std::string_view(run));
    return for_each_row(*statement, [&](const Statement& each) -> Status {
      row(each);
      return {};
    });
  });
}

Result<std::vector<StoredExchange>> ExchangeStore::of_run(const std::string& run) {
  std::vector<StoredExchange> exchanges;
  const auto keep = [&](const Statement& row) {
    exchanges.push_back({{run, row.integer(0), row.integer(1), row.integer(2)},
                         row.text(3),
                         row.text(4),
                         row.text(5),
                         row.integer(6) != 0,
                         row.integer(7) != 0,
                         row.integer(8) != 0,
                         failure_of(row.optional_text(9)),
                         row.text(10),
                         response_of(row, 11)});
  };
  CAUSAL_GYM_CHECKED(
      read("SELECT episode, sequence, trial, provider, base_url, cache_key, stream,"
           " cached, response_cut, failure, failure_message, status, headers,"
           " response FROM exchanges WHERE run = ?1"
           " ORDER BY episode, sequence, number",
           run, keep));
  return exchanges;
}

Result<Spending> ExchangeStore::spent_by(const std::string& run) {
  Spending spent;
  CAUSAL_GYM_CHECKED(pool_->transact(Kind::read, [&](Database& database) -> Status {
    CAUSAL_GYM_TRY(read, spent_on_record(database, run));
    spent = read;
    return {};
  }));
  return spent;
}

Result<std::vector<LeftOut>> ExchangeStore::left_out_by(const std::string& run) {
  std::set<std::tuple<std::string, std::string, std::string>> found;
  CAUSAL_GYM_CHECKED(read("SELECT provider, model, attempts FROM exchanges WHERE run = ?1", run,
                          [&](const Statement& row) {
                            for (auto& name : parameters_left_out(row.text(2)))
                              found.emplace(row.text(0), row.text(1), std::move(name));
                          }));
  std::vector<LeftOut> list;
  list.reserve(found.size());
  for (const auto& [provider, model, parameter] : found)
    list.push_back({provider, model, parameter});
  return list;
}

Result<std::map<std::string, std::string>> ExchangeStore::addresses_of(const std::string& run) {
  std::map<std::string, std::string> addresses;
  CAUSAL_GYM_CHECKED(
      read("SELECT provider, base_url FROM exchanges WHERE number IN"
           " (SELECT max(number) FROM exchanges WHERE run = ?1 GROUP BY provider)",
           run, [&](const Statement& row) { addresses[row.text(0)] = row.text(1); }));
  return addresses;
}

}  // namespace causal_gym
