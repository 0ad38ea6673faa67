#include "platform/llm/ollama.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "platform/llm/event_stream.h"
#include "platform/llm/failure_kinds.h"
#include "platform/llm/reply_draft.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

constexpr std::int64_t smallest_context_tokens = 4'096;
constexpr std::int64_t largest_context_tokens = 131'072;

const char* role_word(ChatRole role) {
  switch (role) {
    case ChatRole::system: return "system";
    case ChatRole::assistant: return "assistant";
    case ChatRole::tool: return "tool";
    case ChatRole::user: break;
  }
  return "user";
}

WrittenJson written_message(const ChatMessage& message) {
  WrittenJson object;
  object["role"] = role_word(message.role);
  object["content"] = message.text;
  if (message.role == ChatRole::tool) object["tool_name"] = message.tool_name;
  for (const auto& call : message.tool_calls) {
    WrittenJson written;
    written["function"]["name"] = call.name;
    written["function"]["arguments"] = arguments_object(call.arguments);
    object["tool_calls"].push_back(std::move(written));
  }
  return object;
}

void write_tools(const ChatRequest& request, WrittenJson& body) {
  for (const auto& tool : request.tools) {
    WrittenJson written;
    written["type"] = "function";
    written["function"]["name"] = tool.name;
    written["function"]["description"] = tool.description;
    written["function"]["parameters"] = read_own_json(tool.parameters);
    body["tools"].push_back(std::move(written));
  }
}

void take_call(const WireJson& value, ReplyDraft& draft) {
  auto* call = draft.new_call();
  if (call == nullptr) return;
  const auto& function = wire_object(value, "function");
  call->id = wire_string(value, "id");
  call->name = wire_string(function, "name");
  draft.append(call->arguments, wire_text(wire_object(function, "arguments")));
}

// A whole answer, or a line of a stream: the same shape. The one that is done has the counts.
void take_answer(const WireJson& value, ReplyDraft& draft) {
  if (settle_error(value, draft)) return;
  if (draft.reply.model.empty()) draft.reply.model = wire_string(value, "model");
  const auto& message = wire_object(value, "message");
  draft.append(draft.reply.text, wire_string(message, "content"));
  for (const auto& call : wire_list(message, "tool_calls")) take_call(call, draft);
  const auto* done = wire_member(value, "done");
  if (done == nullptr || *done != true) return;
  draft.reply.finish_reason = wire_string(value, "done_reason");
  draft.reply.usage.input = wire_count(value, "prompt_eval_count");
  draft.reply.usage.output = wire_count(value, "eval_count");
  draft.end();
}

class OllamaReader final : public ChatStreamReader {
 public:
  bool feed(std::string_view bytes) override {
    if (draft_.is_settled()) return true;
    for (const auto& line : lines_.feed(bytes)) {
      take_line(line, draft_);
      if (draft_.is_settled()) return true;
    }
    if (lines_.too_large()) draft_.settle(malformed("a line of the stream is too large"));
    return draft_.is_settled();
  }

  // The last line may lack its end: an object that is whole needs none.
  [[nodiscard]] ChatOutcome finish() override {
    auto draft = draft_;
    const auto rest = read_wire_json(lines_.rest());
    if (!draft.is_settled() && rest && rest->is_object()) take_answer(*rest, draft);
    return draft.outcome();
  }

 private:
  static void take_line(const std::string& line, ReplyDraft& draft) {
    const auto value = read_wire_json(line);
    if (!value || !value->is_object())
      return draft.settle(malformed("a line of the stream is not a JSON object"));
    take_answer(*value, draft);
  }

  LineStream lines_;
  ReplyDraft draft_;
};

}  // namespace

std::int64_t ollama_context_tokens(const ChatRequest& request) {
  auto bytes = request.schema ? request.schema->schema.size() : 0;
  for (const auto& tool : request.tools)
    bytes += tool.name.size() + tool.description.size() + tool.parameters.size();
  for (const auto& message : request.messages) {
    bytes += message.text.size() + 16;  // what marks a turn
    for (const auto& call : message.tool_calls) bytes += call.name.size() + call.arguments.size();
  }
  const auto prompt_tokens = std::min(static_cast<std::int64_t>(bytes / 2), largest_context_tokens);
  const auto needed = prompt_tokens + std::clamp<std::int64_t>(request.max_output_tokens, 0,
                                                               largest_context_tokens);
  auto tokens = smallest_context_tokens;
  while (tokens < needed && tokens < largest_context_tokens) tokens *= 2;
  return tokens;
}

WireRequest encode_ollama(const ChatRequest& request, const Endpoint& endpoint,
                          const ChatCapabilities& capabilities) {
  WrittenJson body;
  body["model"] = request.model;
  body["messages"] = WrittenJson::array();
  for (const auto& message : request.messages) body["messages"].push_back(written_message(message));
  body["stream"] = request.stream;  // left out, it would be true
  if (capabilities.tools) write_tools(request, body);
  if (request.schema && capabilities.schema) body["format"] = read_own_json(request.schema->schema);
  auto& options = body["options"];
  options["num_ctx"] = ollama_context_tokens(request);
  options["num_predict"] = request.max_output_tokens;
  if (request.temperature && capabilities.temperature)
    options["temperature"] = *request.temperature;
  if (request.seed && capabilities.seed) options["seed"] = *request.seed;

  WireRequest wire;
  wire.url = endpoint.base_url + "/api/chat";
  wire.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  if (!endpoint.key.empty()) {
    wire.secret_header = "authorization";
    wire.secret_prefix = "Bearer ";
  }
  wire.body = wire_text(body);
  return wire;
}

ChatOutcome decode_ollama(const WireResponse& response) {
  if (!is_success(response.status)) return refused_outcome(response);
  const auto body = read_body(response);
  if (!body) return body.error();
  ReplyDraft draft;
  if (wire_member(*body, "message") == nullptr && wire_member(*body, "error") == nullptr)
    return malformed("the answer has no message");
  take_answer(*body, draft);
  return draft.outcome();
}

std::unique_ptr<ChatStreamReader> ollama_stream_reader() {
  return std::make_unique<OllamaReader>();
}

}  // namespace causal_gym
