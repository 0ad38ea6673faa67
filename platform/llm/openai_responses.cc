#include "platform/llm/openai_responses.h"

#include <string>
#include <utility>

#include "platform/llm/openai_chat.h"
#include "platform/llm/reply_draft.h"

namespace causal_gym {

namespace {

void write_message(const ChatMessage& message, WrittenJson& input) {
  if (message.role == ChatRole::tool) {
    input.push_back({{"type", "function_call_output"},
                     {"call_id", message.tool_call_id},
                     {"output", message.text}});
    return;
  }
  if (!message.text.empty() || message.tool_calls.empty()) {
    const char* role = message.role == ChatRole::assistant ? "assistant"
                       : message.role == ChatRole::system  ? "system"
                                                           : "user";
    input.push_back({{"role", role}, {"content", message.text}});
  }
  for (const auto& call : message.tool_calls)
    input.push_back({{"type", "function_call"},
                     {"call_id", call.id},
                     {"name", call.name},
                     {"arguments", call.arguments}});
}

// What the system says first are the instructions; the rest is the input.
void write_messages(const ChatRequest& request, WrittenJson& body) {
  std::string instructions;
  auto input = WrittenJson::array();
  for (const auto& message : request.messages) {
    if (message.role == ChatRole::system && input.empty())
      instructions += (instructions.empty() ? "" : "\n\n") + message.text;
    else
      write_message(message, input);
  }
  if (!instructions.empty()) body["instructions"] = std::move(instructions);
  body["input"] = std::move(input);
}

void write_tools(const ChatRequest& request, const ChatCapabilities& capabilities,
                 WrittenJson& body) {
  if (request.tools.empty() || !capabilities.tools) return;
  for (const auto& tool : request.tools)
    body["tools"].push_back({{"type", "function"},
                             {"name", tool.name},
                             {"description", tool.description},
                             {"parameters", read_own_json(tool.parameters)},
                             {"strict", capabilities.schema}});
  if (capabilities.tool_choice) body["tool_choice"] = tool_choice_word(request.tool_choice);
}

void take_output_item(const WireJson& item, ReplyDraft& draft) {
  const auto type = wire_string(item, "type");
  if (type == "function_call") {
    auto* call = draft.new_call();
    if (call == nullptr) return;
    call->id = wire_string(item, "call_id");
    call->name = wire_string(item, "name");
    draft.append(call->arguments, wire_string(item, "arguments"));
  }
  if (type != "message") return;
  for (const auto& part : wire_list(item, "content")) {
    if (wire_string(part, "type") == "output_text")
      draft.append(draft.reply.text, wire_string(part, "text"));
    if (wire_string(part, "type") == "refusal")
      draft.append(draft.refusal, wire_string(part, "refusal"));
  }
}

void take_usage(const WireJson& usage, ChatUsage& to) {
  to.input = wire_count(usage, "input_tokens");
  to.cached_input = wire_count(wire_object(usage, "input_tokens_details"), "cached_tokens");
  to.output = wire_count(usage, "output_tokens");
  to.reasoning = wire_count(wire_object(usage, "output_tokens_details"), "reasoning_tokens");
}

// A whole response object, which ends the draft.
void take_response(const WireJson& response, ReplyDraft& draft) {
  if (settle_error(response, draft)) return;
  const auto status = wire_string(response, "status");
  if (status != "completed" && status != "incomplete" && status != "cancelled")
    return draft.settle(malformed("the response's status is '" + status.substr(0, 64) + "'"));
  draft.reply.id = wire_string(response, "id");
  draft.reply.model = wire_string(response, "model");
  draft.reply.finish_reason = status;
  if (const auto reason = wire_string(wire_object(response, "incomplete_details"), "reason");
      status == "incomplete" && !reason.empty())
    draft.reply.finish_reason = reason;
  if (wire_member(response, "output") == nullptr)
    return draft.settle(malformed("the response has no output"));
  for (const auto& item : wire_list(response, "output")) take_output_item(item, draft);
  take_usage(wire_object(response, "usage"), draft.reply.usage);
  draft.end();
}

void take_event(const StreamEvent& event, const WireJson& data, ReplyDraft& draft) {
  auto type = wire_string(data, "type");
  if (type.empty()) type = event.type;
  if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
    take_response(wire_object(data, "response"), draft);
  } else if (type == "error") {
    auto error = read_provider_error(data);
    if (error.type == "error") error.type.clear();
    draft.settle(inner_error_outcome(error));
  }
}

}  // namespace

WrittenJson openai_responses_body(const ChatRequest& request,
                                  const ChatCapabilities& capabilities) {
  WrittenJson body;
  body["model"] = request.model;
  write_messages(request, body);
  body["max_output_tokens"] = request.max_output_tokens;
  if (request.temperature && capabilities.temperature) body["temperature"] = *request.temperature;
  write_tools(request, capabilities, body);
  if (request.schema && capabilities.schema)
    body["text"]["format"] = {{"type", "json_schema"},
                              {"name", request.schema->name},
                              {"schema", read_own_json(request.schema->schema)},
                              {"strict", true}};
  body["store"] = false;
  if (request.stream) body["stream"] = true;
  return body;
}

WireRequest encode_openai_responses(const ChatRequest& request, const Endpoint& endpoint,
                                    const ChatCapabilities& capabilities) {
  return openai_request(endpoint.base_url + "/responses", endpoint,
                        openai_responses_body(request, capabilities));
}

ChatOutcome decode_openai_responses(const WireResponse& response) {
  return decode_openai_responses(response, QuotaMeaning::final);
}

ChatOutcome decode_openai_responses(const WireResponse& response, QuotaMeaning meaning) {
  if (!is_success(response.status)) return refused_outcome(response, meaning);
  const auto body = read_body(response);
  if (!body) return body.error();
  ReplyDraft draft;
  take_response(*body, draft);
  return draft.outcome();
}

std::unique_ptr<ChatStreamReader> openai_responses_stream_reader() {
  return event_reader(take_event);
}

}  // namespace causal_gym
