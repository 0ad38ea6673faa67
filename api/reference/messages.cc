#include "api/reference/messages.h"

#include <limits>

#include "api/json_fields.h"
#include "api/reference/request_fields.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr auto largest_integer = std::numeric_limits<std::int64_t>::max();

Result<ReferenceRole> read_role(const json& message, std::string_view path) {
  CAUSAL_GYM_TRY(role, require_text(message, "role", path));
  if (role == "user") return ReferenceRole::user;
  if (role == "assistant") return ReferenceRole::assistant;
  if (role == "system") return ReferenceRole::system;
  return fail(ErrorCode::invalid_argument, "unknown role '" + role + "'", joined_path(path, "role"),
              "use user or assistant");
}

// A block that is a turn of its own; the texts of the others are one turn.
Result<std::optional<ReferenceTurn>> read_block(const json& block, std::string_view path,
                                                CalledTools& called) {
  CAUSAL_GYM_TRY(type, require_text(block, "type", path));
  if (type == "tool_use") {
    CAUSAL_GYM_TRY(id, require_text(block, "id", path));
    CAUSAL_GYM_TRY(name, require_text(block, "name", path));
    called[id] = name;
  }
  if (type != "tool_result") return std::nullopt;
  CAUSAL_GYM_TRY(id, require_text(block, "tool_use_id", path));
  CAUSAL_GYM_TRY(tool, tool_of(called, id, joined_path(path, "tool_use_id")));
  ReferenceTurn turn{ReferenceRole::tool_result, {}, std::move(tool)};
  if (const auto* content = find_field(block, "content")) {
    CAUSAL_GYM_TRY(text, content_text(*content, joined_path(path, "content")));
    turn.text = std::move(text);
  }
  return turn;
}

Status read_message(const json& message, const std::string& path, CalledTools& called,
                    std::vector<ReferenceTurn>& turns) {
  CAUSAL_GYM_TRY(role, read_role(message, path));
  CAUSAL_GYM_TRY(content, require_field(message, "content", path));
  const auto inner = joined_path(path, "content");
  CAUSAL_GYM_TRY(text, content_text(*content, inner));
  for (std::size_t i = 0; content->is_array() && i < content->size(); ++i) {
    CAUSAL_GYM_TRY(turn, read_block((*content)[i], item_path(inner, i), called));
    if (turn) turns.push_back(*std::move(turn));
  }
  turns.push_back({role, std::move(text)});
  return {};
}

Status read_messages(const json& body, ReferenceRequest& request) {
  request.turns_path = "messages";
  if (const auto* system = find_field(body, "system")) {
    CAUSAL_GYM_TRY(text, content_text(*system, "system"));
    request.turns.push_back({ReferenceRole::system, std::move(text)});
  }
  CAUSAL_GYM_TRY(field, require_field(body, "messages"));
  CAUSAL_GYM_TRY(messages, optional_list(body, "messages", most_turns));
  if (field->empty())
    return fail(ErrorCode::invalid_argument, "expected at least one message", "messages");
  CalledTools called;
  for (std::size_t i = 0; i < messages->size(); ++i)
    CAUSAL_GYM_CHECKED(
        read_message((*messages)[i], item_path("messages", i), called, request.turns));
  return {};
}

Status read_tools(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(tools, optional_list(body, "tools", most_tools));
  for (std::size_t i = 0; i < tools->size(); ++i) {
    const auto path = item_path("tools", i);
    CAUSAL_GYM_TRY(name, require_text((*tools)[i], "name", path));
    CAUSAL_GYM_TRY(schema, optional_object((*tools)[i], "input_schema", path));
    request.tools.push_back(
        {name, schema != nullptr ? *schema : json(nullptr), joined_path(path, "input_schema")});
  }
  return {};
}

Status read_tool_choice(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(choice, optional_object(body, "tool_choice"));
  if (choice == nullptr) return {};
  CAUSAL_GYM_TRY(type, require_text(*choice, "type", "tool_choice"));
  if (type == "tool") {
    CAUSAL_GYM_TRY(name, require_text(*choice, "name", "tool_choice"));
    request.named_tool = name;
  } else if (type == "any") {
    request.tool_use = ReferenceToolUse::required;
  } else if (type == "none") {
    request.tool_use = ReferenceToolUse::forbidden;
  } else if (type != "auto") {
    return fail(ErrorCode::invalid_argument, "unknown type '" + type + "'", "tool_choice.type",
                "use auto, any, tool or none");
  }
  return {};
}

Status read_format(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(config, optional_object(body, "output_config"));
  if (config == nullptr) return {};
  CAUSAL_GYM_TRY(format, optional_object(*config, "format", "output_config"));
  if (format == nullptr) return {};
  CAUSAL_GYM_TRY(type, require_text(*format, "type", "output_config.format"));
  if (type != "json_schema")
    return fail(ErrorCode::invalid_argument, "unknown type '" + type + "'",
                "output_config.format.type", "use json_schema");
  CAUSAL_GYM_TRY(required, require_field(*format, "schema", "output_config.format"));
  CAUSAL_GYM_TRY(schema, optional_object(*format, "schema", "output_config.format"));
  request.schema_path = "output_config.format.schema";
  request.schema = *(schema != nullptr ? schema : required);
  return {};
}

Status read_limits(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_CHECKED(check_number(body, "temperature", 0, 1));
  CAUSAL_GYM_CHECKED(check_number(body, "top_p", 0, 1));
  CAUSAL_GYM_TRY(required, require_field(body, "max_tokens"));
  CAUSAL_GYM_CHECKED(read_integer(*required, "max_tokens"));
  CAUSAL_GYM_TRY(most, optional_integer(body, "max_tokens", 0, largest_integer));
  request.most_tokens = most;
  CAUSAL_GYM_TRY(stops, stop_sequences(body, "stop_sequences", most_stops));
  request.stops = std::move(stops);
  return {};
}

Result<ReferenceRequest> read_request(std::string_view text) {
  CAUSAL_GYM_TRY(body, read_body(text));
  CAUSAL_GYM_TRY(request, begin_request(body));
  for (const auto read : {read_limits, read_messages, read_tools, read_tool_choice, read_format})
    CAUSAL_GYM_CHECKED(read(body, request));
  return request;
}

// "tool_use", and what else ends a message.
const char* stop_reason(const ReferenceChoice& choice) {
  if (choice.kind == ReferenceKind::refusal) return "refusal";
  if (choice.is_cut) return "max_tokens";
  if (!choice.stop.empty()) return "stop_sequence";
  return choice.kind == ReferenceKind::tool_call ? "tool_use" : "end_turn";
}

OrderedJson stop_fields(const ReferenceChoice& choice) {
  OrderedJson fields = {
      {"stop_reason", stop_reason(choice)}, {"stop_sequence", nullptr}, {"stop_details", nullptr}};
  if (!choice.stop.empty()) fields["stop_sequence"] = choice.stop;
  if (choice.kind == ReferenceKind::refusal)
    fields["stop_details"] = {
        {"type", "refusal"}, {"category", nullptr}, {"explanation", choice.text}};
  return fields;
}

OrderedJson usage_of(const ReferenceRequest& request, std::int64_t output_tokens) {
  return {{"input_tokens", request.input_tokens},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", 0},
          {"cache_creation", {{"ephemeral_5m_input_tokens", 0}, {"ephemeral_1h_input_tokens", 0}}},
          {"output_tokens", output_tokens},
          {"output_tokens_details", {{"thinking_tokens", 0}}},
          {"server_tool_use", nullptr},
          {"service_tier", "standard"}};
}

// The block in which the choice is said; a refusal says nothing.
std::optional<OrderedJson> block_of(const ReferenceRequest& request,
                                    const ReferenceChoice& choice) {
  if (choice.kind == ReferenceKind::tool_call) {
    auto input = OrderedJson::parse(choice.text, nullptr, /*allow_exceptions=*/false);
    return OrderedJson{{"type", "tool_use"},
                       {"id", wire_id("toolu_", request.hash)},
                       {"name", choice.tool},
                       {"input", input.is_object() ? std::move(input) : OrderedJson::object()}};
  }
  if (choice.kind == ReferenceKind::refusal || choice.text.empty()) return std::nullopt;
  return OrderedJson{{"type", "text"}, {"text", choice.text}, {"citations", nullptr}};
}

OrderedJson body_of(const ReferenceRequest& request, const ReferenceChoice& choice) {
  OrderedJson body = {{"id", wire_id("msg_", request.hash)},
                      {"type", "message"},
                      {"role", "assistant"},
                      {"model", request.model},
                      {"content", OrderedJson::array()}};
  if (auto block = block_of(request, choice)) body["content"].push_back(*std::move(block));
  body.update(stop_fields(choice));
  body["container"] = nullptr;
  body["usage"] = usage_of(request, choice.tokens);
  return body;
}

std::string event_of(const char* type, const OrderedJson& fields) {
  OrderedJson event = {{"type", type}};
  event.update(fields);
  return stream_event(event, type);
}

// One block begins empty, grows by pieces, and stops.
std::string block_events(const OrderedJson& block, const ReferenceChoice& choice) {
  const bool calls = choice.kind == ReferenceKind::tool_call;
  auto begun = block;
  begun[calls ? "input" : "text"] = calls ? OrderedJson::object() : OrderedJson("");
  auto text = event_of("content_block_start", {{"index", 0}, {"content_block", std::move(begun)}});
  for (auto& piece : stream_pieces(choice.text)) {
    OrderedJson delta = {{"type", calls ? "input_json_delta" : "text_delta"}};
    delta[calls ? "partial_json" : "text"] = std::move(piece);
    text += event_of("content_block_delta", {{"index", 0}, {"delta", std::move(delta)}});
  }
  return text + event_of("content_block_stop", {{"index", 0}});
}

WireAnswer streamed(const ReferenceRequest& request, const ReferenceChoice& choice) {
  auto begun = body_of(request, choice);
  begun["content"] = OrderedJson::array();
  for (const auto* field : {"stop_reason", "stop_sequence", "stop_details"}) begun[field] = nullptr;
  begun["usage"] = usage_of(request, 0);
  WireAnswer answer{200, true, event_of("message_start", {{"message", std::move(begun)}})};
  answer.body += event_of("ping", OrderedJson::object());
  if (const auto block = block_of(request, choice)) answer.body += block_events(*block, choice);
  answer.body += event_of("message_delta", {{"delta", stop_fields(choice)},
                                            {"usage", usage_of(request, choice.tokens)}});
  answer.body += event_of("message_stop", OrderedJson::object());
  return answer;
}

}  // namespace

WireAnswer answer_messages(std::string_view body, std::string_view request_id) {
  const auto request = read_request(body);
  const auto refused = [&](const Error& error) {
    return anthropic_error(error, wire_status(error), request_id);
  };
  if (!request) return refused(request.error());
  const auto choices = answer_reference_chat(*request);
  if (!choices) return refused(choices.error());
  const auto& choice = choices->front();
  return request->stream ? streamed(*request, choice) : json_answer(body_of(*request, choice));
}

}  // namespace causal_gym
