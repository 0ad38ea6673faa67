// What tests ask of the client: one call against a scripted server, and what came of many.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "platform/llm/chat_client.h"
#include "platform/llm/tiny_provider.h"

namespace causal_gym {

inline ChatCall call_to(const std::string& base_url, std::int64_t sequence = 0,
                        bool stream = false) {
  ChatCall call;
  call.provider = &tiny_provider;
  call.endpoint = Endpoint{base_url, Secret(std::string(planted_key)), "", "", ""};
  call.request.model = "m-1";
  call.request.messages = {{ChatRole::user, "question " + std::to_string(sequence)}};
  call.request.max_output_tokens = 60;
  call.request.temperature = 0.5;
  call.request.stream = stream;
  call.key = {"run-1", 1, sequence, 0};
  return call;
}

// Waits that a test can afford.
inline ChatClientOptions quick_options() {
  ChatClientOptions options;
  options.retry.first_wait_seconds = 0.001;
  options.retry.most_backoff_seconds = 0.01;
  options.attempt.first_byte = std::chrono::milliseconds(5'000);
  options.attempt.total = std::chrono::milliseconds(10'000);
  options.most_failures = 1'000'000;
  return options;
}

inline const Clock& test_clock() {
  static const SystemClock clock;
  return clock;
}

inline std::unique_ptr<ChatClient> client_of(ChatClientOptions options) {
  auto client = ChatClient::start(std::move(options), test_clock());
  EXPECT_TRUE(client.has_value()) << error_text(client.error());
  return client ? *std::move(client) : nullptr;
}

// Results in the order of their coming; safe from any thread.
class Results {
 public:
  ChatDone taker() {
    return [this](ChatResult result) {
      const std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
    };
  }
  [[nodiscard]] std::vector<ChatResult> all() const {
    const std::lock_guard lock(mutex_);
    return results_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ChatResult> results_;
};

inline ChatResult result_of(ChatClient& client, ChatCall call) {
  std::promise<ChatResult> promise;
  auto future = promise.get_future();
  const auto id = client.submit(std::move(call),
                                [&](ChatResult result) { promise.set_value(std::move(result)); });
  EXPECT_TRUE(id.has_value());
  return future.get();
}

inline std::vector<ChatResult> results_of(ChatClient& client, const std::vector<ChatCall>& calls) {
  Results results;
  for (const auto& call : calls) EXPECT_TRUE(client.submit(call, results.taker()).has_value());
  client.wait();
  return results.all();
}

inline std::vector<ChatCall> calls_to(const std::string& base_url, int count) {
  std::vector<ChatCall> calls;
  for (int i = 0; i < count; ++i) calls.push_back(call_to(base_url, i));
  return calls;
}

// "reply", or the kind of the failure.
inline std::string word_of(const ChatResult& result) {
  const auto* failure = std::get_if<ChatFailure>(&result.outcome);
  return failure == nullptr ? "reply" : std::string(failure_kind_name(failure->kind));
}

inline std::string message_of(const ChatResult& result) {
  const auto* failure = std::get_if<ChatFailure>(&result.outcome);
  return failure == nullptr ? "" : failure->message;
}

inline int count_of(const std::vector<ChatResult>& results, std::string_view word) {
  int count = 0;
  for (const auto& result : results) count += word_of(result) == word ? 1 : 0;
  return count;
}

// Every text of an exchange, one after the other.
inline std::string exchange_text(const Exchange& exchange) {
  std::ostringstream text;
  text << call_key_text(exchange.key) << exchange.provider << exchange.base_url << exchange.model
       << exchange.cache_key << exchange.request_body << exchange.response_body
       << exchange.failure_message << exchange.model_version;
  for (const auto& [name, value] : exchange.headers) text << name << value;
  for (const auto& attempt : exchange.attempts)
    text << attempt.code << attempt.message << attempt.parameter;
  return text.str();
}

inline std::string outcome_text(const ChatOutcome& outcome) {
  if (const auto* failure = std::get_if<ChatFailure>(&outcome))
    return failure->code + failure->message + failure->parameter;
  const auto& reply = std::get<ChatReply>(outcome);
  std::string text = reply.text + reply.finish_reason + reply.id + reply.model;
  for (const auto& call : reply.tool_calls) text += call.id + call.name + call.arguments;
  return text;
}

}  // namespace causal_gym
