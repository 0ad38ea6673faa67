// A reply while it is read, from a body at once or from a stream piece by piece, and the rules that
// hold for every provider about what it amounts to.
//
// A reply is `said` only when the provider's own word for its end is known to mean "complete": a
// word that is not known counts as cut off, and no word at all as malformed. Cost: linear.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "platform/llm/chat.h"
#include "platform/llm/event_stream.h"
#include "platform/llm/wire.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

inline constexpr std::size_t most_tool_calls = 128;

class ReplyDraft {
 public:
  ChatReply reply;      // its kind is settled by `outcome`
  std::string refusal;  // words of a refusal that stand apart from the text

  // Adds to one of this draft's texts; all of them together have a limit.
  void append(std::string& text, std::string_view piece);
  // The call of that position, which is made with all before it; null beyond the limit.
  [[nodiscard]] ToolCall* call_at(std::size_t position);
  [[nodiscard]] ToolCall* new_call() { return call_at(reply.tool_calls.size()); }

  void end() { ended_ = true; }
  void settle(ChatOutcome outcome);  // the first one holds
  [[nodiscard]] bool is_settled() const { return ended_ || settled_.has_value(); }
  [[nodiscard]] ChatOutcome outcome() const;

 private:
  std::optional<ChatOutcome> settled_;
  std::size_t bytes_ = 0;
  bool ended_ = false;
};

// What a provider's word for the end of a reply means, over all providers.
[[nodiscard]] ReplyKind reply_kind(std::string_view finish_reason);

// Settles the draft when the value carries an "error" member; true when it does.
bool settle_error(const WireJson& value, ReplyDraft& draft);

// A reader of server-sent events: `take` is called for each whose data is a JSON object and not an
// error. Empty data is skipped, "[DONE]" ends.
using TakeEvent = void (*)(const StreamEvent& event, const WireJson& data, ReplyDraft& draft);
[[nodiscard]] std::unique_ptr<ChatStreamReader> event_reader(TakeEvent take);

// The body of a successful answer as an object; otherwise the failure.
[[nodiscard]] tl::expected<WireJson, ChatFailure> read_body(const WireResponse& response);

}  // namespace causal_gym
