#include "platform/llm/anthropic.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "platform/llm/failure_kinds.h"
#include "platform/llm/reply_draft.h"
#include "platform/llm/wire_json.h"

namespace causal_gym {

namespace {

WrittenJson text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

// The blocks of one message; empty texts are not allowed.
WrittenJson content_blocks(const ChatMessage& message) {
  auto blocks = WrittenJson::array();
  if (message.role == ChatRole::tool) {
    blocks.push_back({{"type", "tool_result"},
                      {"tool_use_id", message.tool_call_id},
                      {"content", message.text}});
    return blocks;
  }
  if (!message.text.empty()) blocks.push_back(text_block(message.text));
  for (const auto& call : message.tool_calls)
    blocks.push_back({{"type", "tool_use"},
                      {"id", call.id},
                      {"name", call.name},
                      {"input", arguments_object(call.arguments)}});
  return blocks;
}

// Turns alternate: messages of one side that follow each other become one.
void write_messages(const ChatRequest& request, WrittenJson& body) {
  std::string system;
  auto turns = WrittenJson::array();
  for (const auto& message : request.messages) {
    if (message.role == ChatRole::system) {
      system += (system.empty() ? "" : "\n\n") + message.text;
      continue;
    }
    const std::string role = message.role == ChatRole::assistant ? "assistant" : "user";
    auto blocks = content_blocks(message);
    if (blocks.empty()) continue;
    if (turns.empty() || turns.back()["role"] != role) {
      WrittenJson turn;
      turn["role"] = role;
      turn["content"] = WrittenJson::array();
      turns.push_back(std::move(turn));
    }
    for (auto& block : blocks) turns.back()["content"].push_back(std::move(block));
  }
  if (!system.empty()) body["system"] = std::move(system);
  body["messages"] = std::move(turns);
}

void write_tools(const ChatRequest& request, const ChatCapabilities& capabilities,
                 WrittenJson& body) {
  if (request.tools.empty() || !capabilities.tools) return;
  for (const auto& tool : request.tools) {
    WrittenJson object;
    object["name"] = tool.name;
    object["description"] = tool.description;
    object["input_schema"] = read_own_json(tool.parameters);
    if (capabilities.schema) object["strict"] = true;
    body["tools"].push_back(std::move(object));
  }
  if (!capabilities.tool_choice) return;
  const char* type = request.tool_choice == ToolChoice::required ? "any"
                     : request.tool_choice == ToolChoice::none   ? "none"
                                                                 : "auto";
  body["tool_choice"]["type"] = type;
}

std::string messages_url(const std::string& base) {
  return base + (base.ends_with("/v1") ? "/messages" : "/v1/messages");
}

// Input is told in up to three disjoint parts. In a stream, later counts replace earlier ones.
void take_usage(const WireJson& usage, ChatUsage& to) {
  if (const auto fresh = wire_count(usage, "input_tokens")) {
    const auto written = wire_count(usage, "cache_creation_input_tokens");
    const auto cached = wire_count(usage, "cache_read_input_tokens");
    to.input = *fresh + written.value_or(0) + cached.value_or(0);
    to.cached_input = cached;
  }
  if (const auto output = wire_count(usage, "output_tokens")) to.output = output;
  const auto& details = wire_object(usage, "output_tokens_details");
  if (const auto thought = wire_count(details, "thinking_tokens")) to.reasoning = thought;
}

void take_heading(const WireJson& message, ReplyDraft& draft) {
  draft.reply.id = wire_string(message, "id");
  draft.reply.model = wire_string(message, "model");
  take_usage(wire_object(message, "usage"), draft.reply.usage);
}

// Members stop_reason and stop_details, of a message or a message_delta's delta.
void take_stop(const WireJson& value, ReplyDraft& draft) {
  auto word = wire_string(value, "stop_reason");
  if (word.empty()) return;
  draft.reply.finish_reason = std::move(word);
  if (draft.reply.finish_reason == "refusal")
    draft.append(draft.refusal, wire_string(wire_object(value, "stop_details"), "explanation"));
}

void take_block(const WireJson& block, ReplyDraft& draft) {
  const auto type = wire_string(block, "type");
  if (type == "text") draft.append(draft.reply.text, wire_string(block, "text"));
  if (type != "tool_use") return;
  auto* call = draft.new_call();
  if (call == nullptr) return;
  call->id = wire_string(block, "id");
  call->name = wire_string(block, "name");
  // In a stream the input begins empty and comes in pieces.
  if (const auto& input = wire_object(block, "input"); !input.empty())
    draft.append(call->arguments, wire_text(input));
}

void take_block_delta(const WireJson& delta, ReplyDraft& draft) {
  const auto type = wire_string(delta, "type");
  if (type == "text_delta") draft.append(draft.reply.text, wire_string(delta, "text"));
  // Blocks come one after the other: a piece belongs to the call that began last.
  if (type == "input_json_delta" && !draft.reply.tool_calls.empty())
    draft.append(draft.reply.tool_calls.back().arguments, wire_string(delta, "partial_json"));
}

// A call without arguments has an empty object.
void fill_arguments(ReplyDraft& draft) {
  for (auto& call : draft.reply.tool_calls)
    if (call.arguments.empty()) call.arguments = "{}";
}

void take_event(const StreamEvent& event, const WireJson& data, ReplyDraft& draft) {
  auto type = wire_string(data, "type");
  if (type.empty()) type = event.type;
  if (type == "message_start") {
    take_heading(wire_object(data, "message"), draft);
  } else if (type == "content_block_start") {
    take_block(wire_object(data, "content_block"), draft);
  } else if (type == "content_block_delta") {
    take_block_delta(wire_object(data, "delta"), draft);
  } else if (type == "message_delta") {
    take_stop(wire_object(data, "delta"), draft);
    take_usage(wire_object(data, "usage"), draft.reply.usage);
  } else if (type == "message_stop") {
    fill_arguments(draft);
    draft.end();
  }
}

}  // namespace

WireRequest encode_anthropic(const ChatRequest& request, const Endpoint& endpoint,
                             const ChatCapabilities& capabilities) {
  WrittenJson body;
  body["model"] = request.model;
  body["max_tokens"] = request.max_output_tokens;
  write_messages(request, body);
  if (request.temperature && capabilities.temperature) body["temperature"] = *request.temperature;
  write_tools(request, capabilities, body);
  if (request.schema && capabilities.schema)
    body["output_config"]["format"] = {{"type", "json_schema"},
                                       {"schema", read_own_json(request.schema->schema)}};
  if (request.stream) body["stream"] = true;

  WireRequest wire;
  wire.url = messages_url(endpoint.base_url);
  const std::string version = endpoint.api_version.empty()
                                  ? std::string(anthropic_version_with_api_key)
                                  : endpoint.api_version;
  wire.headers = {{"content-type", "application/json"},
                  {"accept", "application/json"},
                  {"anthropic-version", version}};
  if (!endpoint.key.empty()) {
    const bool bearer = version == anthropic_version_with_bearer;
    wire.secret_header = bearer ? "authorization" : "x-api-key";
    wire.secret_prefix = bearer ? "Bearer " : "";
  }
  wire.body = wire_text(body);
  return wire;
}

ChatOutcome decode_anthropic(const WireResponse& response) {
  if (!is_success(response.status)) return refused_outcome(response);
  const auto body = read_body(response);
  if (!body) return body.error();
  ReplyDraft draft;
  if (!settle_error(*body, draft)) {
    if (wire_member(*body, "content") == nullptr || !wire_member(*body, "content")->is_array())
      return malformed("the answer has no list of content");
    take_heading(*body, draft);
    for (const auto& block : wire_list(*body, "content")) take_block(block, draft);
    take_stop(*body, draft);
    fill_arguments(draft);
    draft.end();
  }
  return draft.outcome();
}

std::unique_ptr<ChatStreamReader> anthropic_stream_reader() { return event_reader(take_event); }

}  // namespace causal_gym
