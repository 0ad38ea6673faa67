#include "api/reference/responses.h"

#include <limits>

#include "api/json_fields.h"
#include "api/reference/request_fields.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr auto largest_integer = std::numeric_limits<std::int64_t>::max();

// The request, and what of it the response repeats.
struct Asked {
  ReferenceRequest request;
  json body;
};

Result<ReferenceRole> read_role(const json& item, std::string_view path) {
  CAUSAL_GYM_TRY(role, require_text(item, "role", path));
  if (role == "system" || role == "developer") return ReferenceRole::system;
  if (role == "user") return ReferenceRole::user;
  if (role == "assistant") return ReferenceRole::assistant;
  return fail(ErrorCode::invalid_argument, "unknown role '" + role + "'", joined_path(path, "role"),
              "use system, developer, user or assistant");
}

Result<ReferenceTurn> read_item(const json& item, std::string_view path, CalledTools& called) {
  CAUSAL_GYM_TRY(given, optional_text(item, "type", path));
  const auto type = given.value_or("message");
  if (type == "message") {
    CAUSAL_GYM_TRY(role, read_role(item, path));
    CAUSAL_GYM_TRY(content, require_field(item, "content", path));
    CAUSAL_GYM_TRY(text, content_text(*content, joined_path(path, "content")));
    return ReferenceTurn{role, std::move(text)};
  }
  if (type == "function_call") {
    CAUSAL_GYM_TRY(id, require_text(item, "call_id", path));
    CAUSAL_GYM_TRY(name, require_text(item, "name", path));
    called[id] = name;
    return ReferenceTurn{ReferenceRole::assistant, {}};
  }
  if (type == "function_call_output") {
    CAUSAL_GYM_TRY(id, require_text(item, "call_id", path));
    CAUSAL_GYM_TRY(output, require_field(item, "output", path));
    CAUSAL_GYM_TRY(text, content_text(*output, joined_path(path, "output")));
    CAUSAL_GYM_TRY(tool, tool_of(called, id, joined_path(path, "call_id")));
    return ReferenceTurn{ReferenceRole::tool_result, std::move(text), std::move(tool)};
  }
  if (type == "reasoning") return ReferenceTurn{ReferenceRole::assistant, {}};
  return fail(ErrorCode::invalid_argument, "unknown type '" + type + "'", joined_path(path, "type"),
              "use message, function_call, function_call_output or reasoning");
}

Status read_input(const json& body, ReferenceRequest& request) {
  request.turns_path = "input";
  CAUSAL_GYM_TRY(instructions, optional_text(body, "instructions"));
  CAUSAL_GYM_TRY(input, require_field(body, "input"));
  if (input->is_string()) {
    request.turns.push_back({ReferenceRole::user, input->get<std::string>()});
    return {};
  }
  CAUSAL_GYM_TRY(items, optional_list(body, "input", most_turns));
  CalledTools called;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto path = item_path("input", i);
    if (!(*items)[i].is_object())
      return fail(ErrorCode::invalid_argument,
                  std::string("expected an object, but found ") + (*items)[i].type_name(), path);
    CAUSAL_GYM_TRY(turn, read_item((*items)[i], path, called));
    request.turns.push_back(std::move(turn));
  }
  return {};
}

Status read_tools(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(tools, optional_list(body, "tools", most_tools));
  for (std::size_t i = 0; i < tools->size(); ++i) {
    const auto path = item_path("tools", i);
    CAUSAL_GYM_TRY(type, require_text((*tools)[i], "type", path));
    if (type != "function") continue;  // the provider's own tools: never called
    CAUSAL_GYM_TRY(name, require_text((*tools)[i], "name", path));
    CAUSAL_GYM_TRY(schema, optional_object((*tools)[i], "parameters", path));
    request.tools.push_back(
        {name, schema != nullptr ? *schema : json(nullptr), joined_path(path, "parameters")});
  }
  return {};
}

Status read_tool_choice(const json& body, ReferenceRequest& request) {
  const auto* choice = find_field(body, "tool_choice");
  if (choice == nullptr) return {};
  if (choice->is_object()) {
    CAUSAL_GYM_TRY(name, require_text(*choice, "name", "tool_choice"));
    request.named_tool = name;
    return {};
  }
  CAUSAL_GYM_TRY(word, read_text(*choice, "tool_choice"));
  if (word == "required")
    request.tool_use = ReferenceToolUse::required;
  else if (word == "none")
    request.tool_use = ReferenceToolUse::forbidden;
  else if (word != "auto")
    return fail(ErrorCode::invalid_argument, "unknown choice '" + word + "'", "tool_choice",
                "use none, auto, required or a function");
  return {};
}

Status read_format(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(text, optional_object(body, "text"));
  if (text == nullptr) return {};
  CAUSAL_GYM_TRY(format, optional_object(*text, "format", "text"));
  if (format == nullptr) return {};
  CAUSAL_GYM_TRY(type, require_text(*format, "type", "text.format"));
  if (type == "text" || type == "json_object") return {};
  if (type != "json_schema")
    return fail(ErrorCode::invalid_argument, "unknown type '" + type + "'", "text.format.type",
                "use text, json_object or json_schema");
  CAUSAL_GYM_TRY(name, require_text(*format, "name", "text.format"));
  CAUSAL_GYM_TRY(required, require_field(*format, "schema", "text.format"));
  CAUSAL_GYM_TRY(schema, optional_object(*format, "schema", "text.format"));
  request.schema_path = "text.format.schema";
  request.schema = *(schema != nullptr ? schema : required);
  return {};
}

Status read_limits(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_CHECKED(check_number(body, "temperature", 0, 2));
  CAUSAL_GYM_CHECKED(check_number(body, "top_p", 0, 1));
  CAUSAL_GYM_TRY(most, optional_integer(body, "max_output_tokens", 1, largest_integer));
  request.most_tokens = most;
  for (const auto* field : {"previous_response_id", "conversation"})
    if (find_field(body, field) != nullptr)
      return fail(ErrorCode::invalid_argument, "nothing is stored here to go on from", field,
                  "send the whole input");
  CAUSAL_GYM_TRY(background, optional_flag(body, "background"));
  if (background)
    return fail(ErrorCode::invalid_argument, "responses are not worked on in the background",
                "background");
  return {};
}

Result<Asked> read_request(std::string_view text) {
  CAUSAL_GYM_TRY(body, read_body(text));
  CAUSAL_GYM_TRY(request, begin_request(body));
  for (const auto read : {read_input, read_tools, read_tool_choice, read_format, read_limits})
    CAUSAL_GYM_CHECKED(read(body, request));
  return Asked{std::move(request), std::move(body)};
}

// What was asked for, or else the provider's default.
OrderedJson echoed(const json& body, const char* field, OrderedJson otherwise) {
  const auto* value = find_field(body, field);
  return value != nullptr ? OrderedJson(*value) : std::move(otherwise);
}

OrderedJson head_of(const Asked& asked, const char* status, std::int64_t now) {
  const auto& body = asked.body;
  return {{"id", wire_id("resp_", asked.request.hash)},
          {"object", "response"},
          {"created_at", now},
          {"status", status},
          {"background", false},
          {"error", nullptr},
          {"incomplete_details", nullptr},
          {"instructions", echoed(body, "instructions", nullptr)},
          {"max_output_tokens", echoed(body, "max_output_tokens", nullptr)},
          {"model", asked.request.model},
          {"output", OrderedJson::array()},
          {"parallel_tool_calls", echoed(body, "parallel_tool_calls", true)},
          {"previous_response_id", nullptr},
          {"reasoning", OrderedJson{{"effort", nullptr}, {"summary", nullptr}}},
          {"service_tier", "default"},
          {"store", false},
          {"temperature", echoed(body, "temperature", 1.0)},
          {"text", echoed(body, "text", OrderedJson{{"format", {{"type", "text"}}}})},
          {"tool_choice", echoed(body, "tool_choice", "auto")},
          {"tools", echoed(body, "tools", OrderedJson::array())},
          {"top_p", echoed(body, "top_p", 1.0)},
          {"truncation", echoed(body, "truncation", "disabled")},
          {"usage", nullptr},
          {"user", nullptr},
          {"metadata", echoed(body, "metadata", OrderedJson::object())}};
}

OrderedJson part_of(const ReferenceChoice& choice, const std::string& text) {
  if (choice.kind == ReferenceKind::refusal) return {{"type", "refusal"}, {"refusal", text}};
  return {{"type", "output_text"},
          {"text", text},
          {"annotations", OrderedJson::array()},
          {"logprobs", OrderedJson::array()}};
}

OrderedJson item_of(const ReferenceRequest& request, const ReferenceChoice& choice) {
  const char* status = choice.is_cut ? "incomplete" : "completed";
  if (choice.kind == ReferenceKind::tool_call)
    return {{"type", "function_call"},
            {"id", wire_id("fc_", request.hash)},
            {"call_id", wire_id("call_", request.hash)},
            {"name", choice.tool},
            {"arguments", choice.text},
            {"status", status}};
  return {{"type", "message"},
          {"id", wire_id("msg_", request.hash)},
          {"status", status},
          {"role", "assistant"},
          {"content", OrderedJson::array({part_of(choice, choice.text)})}};
}

OrderedJson body_of(const Asked& asked, const ReferenceChoice& choice, std::int64_t now) {
  const auto& request = asked.request;
  auto body = head_of(asked, choice.is_cut ? "incomplete" : "completed", now);
  if (choice.is_cut) body["incomplete_details"] = {{"reason", "max_output_tokens"}};
  body["output"].push_back(item_of(request, choice));
  body["usage"] = {{"input_tokens", request.input_tokens},
                   {"input_tokens_details", {{"cached_tokens", 0}}},
                   {"output_tokens", choice.tokens},
                   {"output_tokens_details", {{"reasoning_tokens", 0}}},
                   {"total_tokens", request.input_tokens + choice.tokens}};
  return body;
}

// The events of one response, numbered as they are written.
class EventWriter {
 public:
  void write(const std::string& type, const OrderedJson& fields) {
    OrderedJson event = {{"type", type}, {"sequence_number", next_++}};
    event.update(fields);
    text_ += stream_event(event, type);
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string text_;
  std::int64_t next_ = 0;
};

void write_call(const ReferenceChoice& choice, const OrderedJson& item, EventWriter& events) {
  const auto& id = item["id"];
  for (auto& piece : stream_pieces(choice.text))
    events.write("response.function_call_arguments.delta",
                 {{"item_id", id}, {"output_index", 0}, {"delta", std::move(piece)}});
  events.write(
      "response.function_call_arguments.done",
      {{"item_id", id}, {"output_index", 0}, {"name", item["name"]}, {"arguments", choice.text}});
}

void write_message(const ReferenceChoice& choice, const OrderedJson& item, EventWriter& events) {
  const bool refuses = choice.kind == ReferenceKind::refusal;
  const std::string kind = refuses ? "response.refusal" : "response.output_text";
  const OrderedJson at = {{"item_id", item["id"]}, {"output_index", 0}, {"content_index", 0}};
  const auto with = [&](const char* field, OrderedJson value, bool has_logprobs) {
    auto fields = at;
    fields[field] = std::move(value);
    if (has_logprobs) fields["logprobs"] = OrderedJson::array();
    return fields;
  };
  events.write("response.content_part.added", with("part", part_of(choice, ""), false));
  for (auto& piece : stream_pieces(choice.text))
    events.write(kind + ".delta", with("delta", std::move(piece), !refuses));
  events.write(kind + ".done", with(refuses ? "refusal" : "text", choice.text, !refuses));
  events.write("response.content_part.done", with("part", part_of(choice, choice.text), false));
}

WireAnswer streamed(const Asked& asked, const ReferenceChoice& choice, std::int64_t now) {
  const auto started = head_of(asked, "in_progress", now);
  const auto whole = body_of(asked, choice, now);
  const auto& item = whole["output"][0];
  const bool calls = choice.kind == ReferenceKind::tool_call;
  EventWriter events;
  events.write("response.created", {{"response", started}});
  events.write("response.in_progress", {{"response", started}});
  auto begun = item;
  begun["status"] = "in_progress";
  begun[calls ? "arguments" : "content"] = calls ? OrderedJson("") : OrderedJson::array();
  events.write("response.output_item.added", {{"output_index", 0}, {"item", std::move(begun)}});
  if (calls)
    write_call(choice, item, events);
  else
    write_message(choice, item, events);
  events.write("response.output_item.done", {{"output_index", 0}, {"item", item}});
  events.write(choice.is_cut ? "response.incomplete" : "response.completed", {{"response", whole}});
  return {200, true, std::move(events).text()};
}

}  // namespace

WireAnswer answer_responses(std::string_view body, std::int64_t now) {
  const auto asked = read_request(body);
  if (!asked) return openai_error(asked.error());
  const auto choices = answer_reference_chat(asked->request);
  if (!choices) return openai_error(choices.error());
  const auto& choice = choices->front();
  return asked->request.stream ? streamed(*asked, choice, now)
                               : json_answer(body_of(*asked, choice, now));
}

}  // namespace causal_gym
