#include "platform/llm/reply_draft.h"

#include <algorithm>
#include <span>
#include <utility>

#include "platform/llm/failure_kinds.h"

namespace causal_gym {

namespace {

constexpr std::string_view said_words[] = {"stop",      "tool_calls", "function_call",
                                           "completed", "end_turn",   "tool_use",
                                           "eos",       "eos_token",  "stop_sequence"};
constexpr std::string_view broken_words[] = {"error", "abort", "cancelled"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class EventReader final : public ChatStreamReader {
 public:
  explicit EventReader(TakeEvent take) : take_(take) {}

  bool feed(std::string_view bytes) override {
    if (draft_.is_settled()) return true;
    for (const auto& event : events_.feed(bytes)) {
      take_one(event);
      if (draft_.is_settled()) return true;
    }
    if (events_.too_large()) draft_.settle(malformed("an event of the stream is too large"));
    return draft_.is_settled();
  }

  [[nodiscard]] ChatOutcome finish() override { return draft_.outcome(); }

 private:
  void take_one(const StreamEvent& event) {
    if (event.data.empty()) return;
    if (event.data == "[DONE]") return draft_.end();
    const auto data = read_wire_json(event.data);
    if (!data || !data->is_object())
      return draft_.settle(malformed("an event of the stream is not a JSON object"));
    if (!settle_error(*data, draft_)) take_(event, *data, draft_);
  }

  TakeEvent take_;
  EventStream events_;
  ReplyDraft draft_;
};

}  // namespace

void ReplyDraft::append(std::string& text, std::string_view piece) {
  bytes_ += piece.size();
  if (bytes_ > largest_reply_bytes) return settle(malformed("the reply is too large"));
  text += piece;
}

ToolCall* ReplyDraft::call_at(std::size_t position) {
  if (position >= most_tool_calls) {
    settle(malformed("the reply has more than " + std::to_string(most_tool_calls) + " tool calls"));
    return nullptr;
  }
  if (position >= reply.tool_calls.size()) reply.tool_calls.resize(position + 1);
  return &reply.tool_calls[position];
}

void ReplyDraft::settle(ChatOutcome outcome) {
  if (!settled_) settled_ = std::move(outcome);
}

ChatOutcome ReplyDraft::outcome() const {
  if (settled_) return *settled_;
  if (!ended_) return interrupted("the stream broke off before its end");
  if (reply.finish_reason.empty()) return malformed("the reply does not say why it ended");
  if (is_one_of(reply.finish_reason, broken_words))
    return interrupted("the provider broke the reply off: '" + reply.finish_reason + "'");
  auto complete = reply;
  complete.kind = reply_kind(reply.finish_reason);
  if (!refusal.empty()) {
    complete.kind = ReplyKind::refused;
    complete.text = refusal;
  }
  for (std::size_t i = 0; i < complete.tool_calls.size(); ++i) {
    auto& call = complete.tool_calls[i];
    if (call.name.empty()) return malformed("a tool call names no tool");
    if (call.id.empty()) call.id = "call_" + std::to_string(i);
  }
  return complete;
}

ReplyKind reply_kind(std::string_view finish_reason) {
  if (is_one_of(finish_reason, said_words)) return ReplyKind::said;
  if (finish_reason == "content_filter") return ReplyKind::filtered;
  if (finish_reason == "refusal") return ReplyKind::refused;
  return ReplyKind::cut_off;
}

bool settle_error(const WireJson& value, ReplyDraft& draft) {
  if (wire_member(value, "error") == nullptr && wire_string(value, "object") != "error")
    return false;
  draft.settle(inner_error_outcome(read_provider_error(value)));
  return true;
}

std::unique_ptr<ChatStreamReader> event_reader(TakeEvent take) {
  return std::make_unique<EventReader>(take);
}

tl::expected<WireJson, ChatFailure> read_body(const WireResponse& response) {
  if (response.body.size() > largest_reply_bytes)
    return tl::unexpected(malformed("the answer is too large"));
  auto body = read_wire_json(response.body);
  if (!body) return tl::unexpected(malformed("the answer is not JSON"));
  if (!body->is_object()) return tl::unexpected(malformed("the answer is not a JSON object"));
  return *std::move(body);
}

}  // namespace causal_gym
