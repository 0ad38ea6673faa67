// A chat with a language model as every provider means it: what is asked, and what came of it.
//
// Values only; codecs translate them to and from a provider's bytes. Texts are UTF-8, JSON inside
// them is kept as text so that it goes out and is stored as it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace causal_gym {

enum class ChatRole { system, user, assistant, tool };

struct ToolCall {
  std::string id;  // the provider's, or made up by the codec where it has none
  std::string name;
  std::string arguments;  // a JSON text as the model wrote it; may be malformed
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

struct ChatMessage {
  ChatRole role = ChatRole::user;
  std::string text;
  std::vector<ToolCall> tool_calls = {};  // of the assistant
  std::string tool_call_id = {};          // of a tool's result: which call it answers
  std::string tool_name = {};             // of a tool's result
  friend bool operator==(const ChatMessage&, const ChatMessage&) = default;
};

struct ToolSpec {
  std::string name;
  std::string description;
  std::string parameters;  // a strict JSON schema: every property required, no others
  friend bool operator==(const ToolSpec&, const ToolSpec&) = default;
};

enum class ToolChoice { automatic, required, none };

struct ReplySchema {
  std::string name;    // [A-Za-z0-9_-], at most 64
  std::string schema;  // a strict JSON schema
  friend bool operator==(const ReplySchema&, const ReplySchema&) = default;
};

struct ChatRequest {
  std::string model;
  std::vector<ChatMessage> messages;
  std::int64_t max_output_tokens = 1'024;
  std::optional<double> temperature = {};
  std::optional<std::int64_t> seed = {};  // sent where the provider has one, never relied on
  std::vector<ToolSpec> tools = {};
  ToolChoice tool_choice = ToolChoice::automatic;
  std::optional<ReplySchema> schema = {};
  bool stream = false;
  friend bool operator==(const ChatRequest&, const ChatRequest&) = default;
};

struct ChatUsage {                    // in tokens; absent: the provider did not say
  std::optional<std::int64_t> input;  // all of it, cached parts included
  std::optional<std::int64_t> cached_input;
  std::optional<std::int64_t> output;  // all of it, reasoning included
  std::optional<std::int64_t> reasoning;
  friend bool operator==(const ChatUsage&, const ChatUsage&) = default;
};

// said: text or tool calls, complete. refused: the model declined. cut_off: the output or context
// limit ended it. filtered: the provider's content filter stopped it, or the prompt.
enum class ReplyKind { said, refused, cut_off, filtered };

struct ChatReply {
  ReplyKind kind = ReplyKind::said;
  std::string text;  // of a refusal: the refusal's words, may be empty
  std::vector<ToolCall> tool_calls;
  std::string finish_reason;  // the provider's own word
  std::string id;             // the provider's
  std::string model;          // the version that answered
  ChatUsage usage;
  friend bool operator==(const ChatReply&, const ChatReply&) = default;
};

// What can be done about a failure. rate_limited, overloaded, server, connection, timeout and
// interrupted (a stream or body that broke off): again, later. quota, authentication, forbidden,
// not_found, invalid_request, too_large, untrusted (nobody trusted vouches for the server): never
// as it is. unsupported_parameter: again without it. malformed: the provider broke its own format;
// again. budget, cancelled: ours.
enum class FailureKind {
  rate_limited,
  overloaded,
  server,
  connection,
  untrusted,
  timeout,
  interrupted,
  malformed,
  unsupported_parameter,
  quota,
  authentication,
  forbidden,
  not_found,
  invalid_request,
  too_large,
  budget,
  cancelled,
};

struct ChatFailure {
  FailureKind kind = FailureKind::server;
  int status = 0;                         // HTTP; 0: none came
  std::string code;                       // the provider's error code or type
  std::string message;                    // the provider's words, or ours
  std::string parameter;                  // unsupported_parameter: it; budget: what raises it
  std::optional<double> retry_after;      // seconds, from the headers
  std::optional<bool> should_retry = {};  // the provider's own x-should-retry
  bool lasting = false;                   // the client asks this provider or model no more
  friend bool operator==(const ChatFailure&, const ChatFailure&) = default;
};

using ChatOutcome = std::variant<ChatReply, ChatFailure>;

}  // namespace causal_gym
