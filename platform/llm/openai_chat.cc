#include "platform/llm/openai_chat.h"

#include <cstddef>
#include <string>
#include <utility>

#include "platform/llm/reply_draft.h"

namespace causal_gym {

namespace {

WrittenJson written_message(const ChatMessage& message) {
  WrittenJson object;
  switch (message.role) {
    case ChatRole::system: object["role"] = "system"; break;
    case ChatRole::user: object["role"] = "user"; break;
    case ChatRole::assistant: object["role"] = "assistant"; break;
    case ChatRole::tool: object["role"] = "tool"; break;
  }
  object["content"] = message.text;
  if (message.role == ChatRole::tool) object["tool_call_id"] = message.tool_call_id;
  if (message.tool_calls.empty()) return object;
  if (message.text.empty()) object["content"] = nullptr;
  for (const auto& call : message.tool_calls) {
    WrittenJson function = {{"name", call.name}, {"arguments", call.arguments}};
    object["tool_calls"].push_back(
        {{"id", call.id}, {"type", "function"}, {"function", std::move(function)}});
  }
  return object;
}

void write_tools(const ChatRequest& request, const ChatCapabilities& capabilities,
                 WrittenJson& body) {
  if (request.tools.empty() || !capabilities.tools) return;
  for (const auto& tool : request.tools) {
    WrittenJson function = {{"name", tool.name},
                            {"description", tool.description},
                            {"parameters", read_own_json(tool.parameters)}};
    if (capabilities.schema) function["strict"] = true;
    body["tools"].push_back({{"type", "function"}, {"function", std::move(function)}});
  }
  if (capabilities.tool_choice) body["tool_choice"] = tool_choice_word(request.tool_choice);
}

// A text, or a list of parts whose texts are joined; anything else is empty.
std::string content_text(const WireJson& message) {
  auto text = wire_string(message, "content");
  for (const auto& part : wire_list(message, "content")) text += wire_string(part, "text");
  return text;
}

void take_arguments(const WireJson& function, ToolCall& call, ReplyDraft& draft) {
  const auto* arguments = wire_member(function, "arguments");
  if (arguments == nullptr) return;
  const auto* text = arguments->get_ptr<const std::string*>();
  draft.append(call.arguments, text != nullptr ? *text : wire_text(*arguments));
}

// Which call a piece belongs to: its index says so. A piece without one is the call of its place in
// the list, or a new one when that place is taken by another id.
ToolCall* call_of(const WireJson& piece, std::size_t place, ReplyDraft& draft) {
  if (const auto index = wire_count(piece, "index"))
    return draft.call_at(static_cast<std::size_t>(*index));
  const auto id = wire_string(piece, "id");
  auto* call = draft.call_at(place);
  const bool taken = call != nullptr && !id.empty() && !call->id.empty() && call->id != id;
  return taken ? draft.new_call() : call;
}

// Calls of a message, or their pieces in a delta.
void take_calls(const WireJson& message, ReplyDraft& draft) {
  std::size_t place = 0;
  for (const auto& piece : wire_list(message, "tool_calls")) {
    auto* call = call_of(piece, place++, draft);
    if (call == nullptr) return;
    const auto& function = wire_object(piece, "function");
    if (call->id.empty()) call->id = wire_string(piece, "id");
    if (call->name.empty()) call->name = wire_string(function, "name");
    take_arguments(function, *call, draft);
  }
}

void take_message(const WireJson& message, ReplyDraft& draft) {
  draft.append(draft.reply.text, content_text(message));
  draft.append(draft.refusal, wire_string(message, "refusal"));
  take_calls(message, draft);
}

// What bodies and chunks share. Azure's first chunk has no choices; others than the first are not
// asked for.
void take_completion(const WireJson& value, std::string_view message_name, ReplyDraft& draft) {
  auto& reply = draft.reply;
  if (reply.id.empty()) reply.id = wire_string(value, "id");
  if (reply.model.empty()) reply.model = wire_string(value, "model");
  if (const auto* usage = wire_member(value, "usage")) {
    reply.usage.input = wire_count(*usage, "prompt_tokens");
    reply.usage.output = wire_count(*usage, "completion_tokens");
    reply.usage.cached_input =
        wire_count(wire_object(*usage, "prompt_tokens_details"), "cached_tokens");
    reply.usage.reasoning =
        wire_count(wire_object(*usage, "completion_tokens_details"), "reasoning_tokens");
  }
  const auto& choices = wire_list(value, "choices");
  if (choices.empty() || wire_count(choices.front(), "index").value_or(0) != 0) return;
  take_message(wire_object(choices.front(), message_name), draft);
  if (auto word = wire_string(choices.front(), "finish_reason"); !word.empty())
    reply.finish_reason = std::move(word);
}

void take_chunk(const StreamEvent&, const WireJson& data, ReplyDraft& draft) {
  take_completion(data, "delta", draft);
}

}  // namespace

std::string tool_choice_word(ToolChoice choice) {
  switch (choice) {
    case ToolChoice::required: return "required";
    case ToolChoice::none: return "none";
    case ToolChoice::automatic: break;
  }
  return "auto";
}

WireRequest openai_request(std::string url, const Endpoint& endpoint, const WrittenJson& body) {
  WireRequest wire;
  wire.url = std::move(url);
  wire.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
  if (!endpoint.organization.empty())
    wire.headers.emplace_back("OpenAI-Organization", endpoint.organization);
  if (!endpoint.project.empty()) wire.headers.emplace_back("OpenAI-Project", endpoint.project);
  if (!endpoint.key.empty()) {
    wire.secret_header = "authorization";
    wire.secret_prefix = "Bearer ";
  }
  wire.body = wire_text(body);
  return wire;
}

WrittenJson openai_chat_body(const ChatRequest& request, const ChatCapabilities& capabilities) {
  WrittenJson body;
  body["model"] = request.model;
  body["messages"] = WrittenJson::array();
  for (const auto& message : request.messages) body["messages"].push_back(written_message(message));
  body[capabilities.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] =
      request.max_output_tokens;
  if (request.temperature && capabilities.temperature) body["temperature"] = *request.temperature;
  if (request.seed && capabilities.seed) body["seed"] = *request.seed;
  write_tools(request, capabilities, body);
  if (request.schema && capabilities.schema) {
    WrittenJson schema = {{"name", request.schema->name},
                          {"schema", read_own_json(request.schema->schema)},
                          {"strict", true}};
    body["response_format"] = {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
  }
  if (request.stream) {
    body["stream"] = true;
    if (capabilities.stream_usage) body["stream_options"] = {{"include_usage", true}};
  }
  return body;
}

WireRequest encode_openai_chat(const ChatRequest& request, const Endpoint& endpoint,
                               const ChatCapabilities& capabilities) {
  return openai_request(endpoint.base_url + "/chat/completions", endpoint,
                        openai_chat_body(request, capabilities));
}

ChatOutcome decode_openai_chat(const WireResponse& response) {
  return decode_openai_chat(response, QuotaMeaning::final);
}

ChatOutcome decode_openai_chat(const WireResponse& response, QuotaMeaning meaning) {
  if (!is_success(response.status)) return refused_outcome(response, meaning);
  const auto body = read_body(response);
  if (!body) return body.error();
  ReplyDraft draft;
  if (!settle_error(*body, draft)) {
    const auto& choices = wire_list(*body, "choices");
    if (choices.empty() || wire_member(choices.front(), "message") == nullptr)
      return malformed("the answer has no choices[0].message");
    take_completion(*body, "message", draft);
    draft.end();
  }
  return draft.outcome();
}

std::unique_ptr<ChatStreamReader> openai_chat_stream_reader() { return event_reader(take_chunk); }

}  // namespace causal_gym
