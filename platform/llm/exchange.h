// One chat as it happened on the wire: what was asked, what came, and each attempt; without any
// secret. A store keeps exchanges so that every figure can be recomputed without a provider.
//
// Cost: linear in the texts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "platform/llm/budget.h"
#include "platform/llm/chat.h"
#include "platform/llm/wire.h"

namespace causal_gym {

// Which call of which run: the same call has the same key whenever it is made again.
struct CallKey {
  std::string run;
  std::int64_t episode = 0;
  std::int64_t sequence = 0;  // within the episode
  std::int64_t trial = 0;     // which of several independent samples
  friend bool operator==(const CallKey&, const CallKey&) = default;
};

// "run/episode/sequence/trial".
[[nodiscard]] std::string call_key_text(const CallKey& key);

struct ExchangeAttempt {
  std::chrono::system_clock::time_point begun;
  double waited_seconds = 0;                // before it, as the retry policy said
  double seconds = 0;                       // from sending to the end
  int status = 0;                           // HTTP; 0: none came
  std::optional<FailureKind> failure = {};  // absent: a reply came
  std::string code = {};
  std::string message = {};
  Charge charge = {};          // what it counted for in the budget
  std::string parameter = {};  // that was refused
  friend bool operator==(const ExchangeAttempt&, const ExchangeAttempt&) = default;
};

struct Exchange {
  CallKey key;
  std::string provider;
  std::string base_url;
  std::string model;         // as asked for
  std::string cache_key;     // of the request as asked, before anything was refused
  std::string request_body;  // as last sent
  int status = 0;            // of the last attempt; 0: none came
  HeaderFields headers;      // of interest
  std::string response_body;
  bool response_cut = false;  // response_body is only its beginning
  bool stream = false;
  bool cached = false;  // read from the cache; nothing was sent
  std::optional<FailureKind> failure;
  std::string failure_message;
  ChatUsage usage;
  std::string model_version;  // that answered
  std::optional<double> cost_usd;
  double seconds = 0;  // from submission to the end, waits included
  std::vector<ExchangeAttempt> attempts;
  std::uint64_t call = 0;  // of the client that made it, by which it reserved; 0: it did not
};

// What a later reader needs of an exchange to read its outcome again.
struct StoredExchange {
  CallKey key;
  std::string provider;
  std::string base_url;
  std::string cache_key;
  bool stream = false;
  bool cached = false;
  bool response_cut = false;
  std::optional<FailureKind> failure;
  std::string failure_message;
  WireResponse response;
};

// "rate_limited", "interrupted", ...
[[nodiscard]] std::string_view failure_kind_name(FailureKind kind);
[[nodiscard]] std::optional<FailureKind> find_failure_kind(std::string_view name);

// Request ids, versions, limits and waits; never a cookie.
[[nodiscard]] HeaderFields headers_of_interest(const HeaderFields& headers);

// 64 hexadecimal digits: SHA-256 over each part with its length, so that no two calls share one
// unless all parts are the same.
[[nodiscard]] std::string exchange_cache_key(std::string_view provider, std::string_view base_url,
                                             std::string_view request_body, std::int64_t trial);

// Records exchanges, at least one; is called by one thread at a time. When it returns a value, all
// are kept; otherwise none is.
using ExchangeSink = std::function<Status(std::span<const Exchange>)>;
// A whole response that was kept under the cache_key of what is asked, whose key and request stand
// in it, and nothing of a response yet; safe from any thread.
using ExchangeCache = std::function<std::optional<WireResponse>(const Exchange& asked)>;

}  // namespace causal_gym
