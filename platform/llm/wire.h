// The bytes that go to a provider and come from it, and the codec that makes and reads them.
//
// Pure: no socket, no clock. Source of the formats: the providers' published APIs, of which each
// codec's file names the page.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "platform/llm/chat.h"
#include "platform/llm/secret.h"

namespace causal_gym {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

struct WireRequest {  // a POST
  std::string url;
  HeaderFields headers;       // without the key's
  std::string secret_header;  // name of the header that carries the key; empty: none
  std::string secret_prefix;  // "Bearer " or empty
  std::string body;           // JSON
  friend bool operator==(const WireRequest&, const WireRequest&) = default;
};

struct WireResponse {
  int status = 0;
  HeaderFields headers;  // names as they came; compared without regard to case. Moments to wait for
                         // count from Date: who receives an answer without one adds it
  std::string body;
};

// Where a provider is and how it is spoken to.
struct Endpoint {
  std::string base_url;          // without a slash at its end
  Secret key;                    // empty: the provider takes none
  std::string api_version = {};  // Anthropic's header, Azure's query parameter
  std::string organization = {};
  std::string project = {};
};

// Which optional parameters may be sent. A refusal of one turns it off for that model from then on,
// with a line in the log (without_parameter).
struct ChatCapabilities {
  bool temperature = true;
  bool seed = true;
  bool schema = true;  // structured output; otherwise the prompt asks for JSON alone
  bool tools = true;
  bool tool_choice = true;
  bool max_completion_tokens = true;  // false: the older name max_tokens
  bool stream_usage = true;           // stream_options
  friend bool operator==(const ChatCapabilities&, const ChatCapabilities&) = default;
};

// Takes a stream's bytes as they come, in pieces of any size.
class ChatStreamReader {
 public:
  virtual ~ChatStreamReader() = default;
  // Errors are kept for `finish`. True when the stream has said all there is.
  virtual bool feed(std::string_view bytes) = 0;
  // What came of it; interrupted when the end has not been seen.
  [[nodiscard]] virtual ChatOutcome finish() = 0;
};

using EncodeFunction = WireRequest (*)(const ChatRequest&, const Endpoint&,
                                       const ChatCapabilities&);
using DecodeFunction = ChatOutcome (*)(const WireResponse&);
using StreamReaderFunction = std::unique_ptr<ChatStreamReader> (*)();

struct Provider {
  std::string_view name;          // "anthropic", as in provider/model
  std::string_view description;   // a phrase for --help
  ChatCapabilities capabilities;  // before anything was refused
  EncodeFunction encode = nullptr;
  DecodeFunction decode = nullptr;
  StreamReaderFunction stream_reader = nullptr;
  double most_temperature = 2;  // that it takes
};

[[nodiscard]] std::span<const Provider> all_providers();
// Errors: unknown_name with the nearest spelling.
[[nodiscard]] Result<const Provider*> find_provider(std::string_view name);

// The capabilities after the provider refused `parameter`; nothing when it is none of them, or is
// off already. The two names of the output's limit give way to each other, so that a server which
// refuses both goes on for ever: the caller bounds the changes.
[[nodiscard]] std::optional<ChatCapabilities> without_parameter(const ChatCapabilities& before,
                                                                std::string_view parameter);

}  // namespace causal_gym
