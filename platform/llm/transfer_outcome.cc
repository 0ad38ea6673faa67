#include "platform/llm/transfer_outcome.h"

#include <utility>

#include "platform/llm/wait_hints.h"

namespace causal_gym {

namespace {

constexpr int http_ok = 200;
constexpr int first_error_status = 400;

FailureKind kind_of(TransferEnd end) {
  switch (end) {
    case TransferEnd::bad_request: return FailureKind::invalid_request;
    case TransferEnd::connection: return FailureKind::connection;
    case TransferEnd::untrusted: return FailureKind::untrusted;
    case TransferEnd::timeout: return FailureKind::timeout;
    case TransferEnd::finished:
    case TransferEnd::interrupted: return FailureKind::interrupted;
    case TransferEnd::malformed: return FailureKind::malformed;
    case TransferEnd::too_large: return FailureKind::too_large;
    case TransferEnd::cancelled: return FailureKind::cancelled;
  }
  return FailureKind::server;
}

// Whether it stood in the body.
bool hide_key(const Secret& key, WireResponse& response) {
  const bool was_said = key.hide_in(response.body);
  for (auto& [name, value] : response.headers) key.hide_in(value);
  return was_said;
}

void hide_key(const Secret& key, ChatOutcome& outcome) {
  if (auto* failure = std::get_if<ChatFailure>(&outcome)) {
    for (auto* text : {&failure->code, &failure->message, &failure->parameter}) key.hide_in(*text);
    return;
  }
  auto& reply = std::get<ChatReply>(outcome);
  for (auto* text : {&reply.text, &reply.finish_reason, &reply.id, &reply.model})
    key.hide_in(*text);
  for (auto& call : reply.tool_calls)
    for (auto* text : {&call.id, &call.name, &call.arguments}) key.hide_in(*text);
}

// A page for people where an answer was to be comes of what stands between: a proxy, a sign-in, a
// web server at a wrong address. It says nothing of the model, whatever its status claims.
bool is_web_page(const WireResponse& response) {
  return response.status == http_ok &&
         header_value(response.headers, "content-type").starts_with("text/html");
}

ChatOutcome decode(const Provider& provider, const WireResponse& response) {
  if (!is_web_page(response)) return provider.decode(response);
  return failure_of_ours(FailureKind::server,
                         "a web page came instead of an answer: is this the API's address?");
}

// What was asked for as a stream and came as something else: a whole reply, of a server that does
// not stream, or the page of a proxy. What the reader makes of it is that it broke off.
ChatOutcome streamed_outcome(const Provider& provider, const WireResponse& response,
                             ChatOutcome read) {
  const auto* failure = std::get_if<ChatFailure>(&read);
  if (failure != nullptr && is_web_page(response)) return decode(provider, response);
  const auto type = header_value(response.headers, "content-type");
  if (failure == nullptr || failure->kind != FailureKind::interrupted || type.empty() ||
      type.starts_with("text/event-stream") || type.starts_with("application/x-ndjson"))
    return read;
  return decode(provider, response);
}

}  // namespace

ChatFailure failure_of_ours(FailureKind kind, std::string message) {
  ChatFailure failure;
  failure.kind = kind;
  failure.message = std::move(message);
  return failure;
}

ChatFailure failure_of_budget(std::string message, std::string option) {
  auto failure = failure_of_ours(FailureKind::budget, std::move(message));
  failure.parameter = std::move(option);
  return failure;
}

ChatOutcome read_response(const Provider& provider, bool stream, const WireResponse& response) {
  if (!stream || response.status != http_ok) return decode(provider, response);
  const auto reader = provider.stream_reader();
  reader->feed(response.body);
  return streamed_outcome(provider, response, reader->finish());
}

ChatOutcome transfer_outcome(const Provider& provider, const Secret& key,
                             std::unique_ptr<ChatStreamReader> reader, TransferResult& result) {
  const bool is_read = reader != nullptr && result.response.status == http_ok;
  if (hide_key(key, result.response) && is_read) {
    // What was read so far may hold the key, or a part of it: texts are cut where they are too
    // long.
    reader = provider.stream_reader();
    reader->feed(result.response.body);
  }
  key.hide_in(result.message);
  ChatOutcome outcome = failure_of_ours(kind_of(result.end), result.message);
  if (result.end == TransferEnd::finished)
    outcome = is_read ? streamed_outcome(provider, result.response, reader->finish())
                      : decode(provider, result.response);
  if (result.end == TransferEnd::interrupted) {
    // An error that came whole says more than how the connection ended.
    if (result.response.status >= first_error_status) outcome = provider.decode(result.response);
    if (is_read) {
      auto read = reader->finish();
      const auto* failure = std::get_if<ChatFailure>(&read);
      if (failure == nullptr || failure->kind != FailureKind::interrupted)
        outcome = std::move(read);
    }
  }
  hide_key(key, outcome);
  if (auto* failure = std::get_if<ChatFailure>(&outcome);
      failure != nullptr && failure->status == 0)
    failure->status = result.response.status;
  return outcome;
}

void write_outcome(const ChatOutcome& outcome, Exchange& exchange) {
  if (const auto* failure = std::get_if<ChatFailure>(&outcome)) {
    exchange.failure = failure->kind;
    exchange.failure_message = failure->message;
    return;
  }
  const auto& reply = std::get<ChatReply>(outcome);
  exchange.usage = reply.usage;
  exchange.model_version = reply.model;
}

}  // namespace causal_gym
