#include "api/reference/chat_completions.h"

#include <limits>

#include "api/json_fields.h"
#include "api/reference/request_fields.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr auto largest_integer = std::numeric_limits<std::int64_t>::max();

struct Asked {
  ReferenceRequest request;
  bool include_usage = false;
};

Result<ReferenceRole> read_role(const json& message, std::string_view path) {
  CAUSAL_GYM_TRY(role, require_text(message, "role", path));
  if (role == "system" || role == "developer") return ReferenceRole::system;
  if (role == "user") return ReferenceRole::user;
  if (role == "assistant") return ReferenceRole::assistant;
  if (role == "tool" || role == "function") return ReferenceRole::tool_result;
  return fail(ErrorCode::invalid_argument, "unknown role '" + role + "'", joined_path(path, "role"),
              "use system, developer, user, assistant or tool");
}

Status read_calls(const json& message, std::string_view path, CalledTools& called) {
  CAUSAL_GYM_TRY(calls, optional_list(message, "tool_calls", most_tools, path));
  for (std::size_t i = 0; i < calls->size(); ++i) {
    const auto where = item_path(joined_path(path, "tool_calls"), i);
    CAUSAL_GYM_TRY(id, require_text((*calls)[i], "id", where));
    CAUSAL_GYM_TRY(function, require_field((*calls)[i], "function", where));
    CAUSAL_GYM_TRY(name, require_text(*function, "name", joined_path(where, "function")));
    called[id] = name;
  }
  return {};
}

Result<ReferenceTurn> read_message(const json& message, std::string_view path,
                                   CalledTools& called) {
  CAUSAL_GYM_TRY(role, read_role(message, path));
  ReferenceTurn turn{role, {}};
  const auto* content = find_field(message, "content");
  if (content == nullptr && role != ReferenceRole::assistant)
    return fail(ErrorCode::invalid_argument, "missing required field",
                joined_path(path, "content"));
  if (content != nullptr) {
    CAUSAL_GYM_TRY(text, content_text(*content, joined_path(path, "content")));
    turn.text = std::move(text);
  }
  if (role == ReferenceRole::assistant) CAUSAL_GYM_CHECKED(read_calls(message, path, called));
  if (role == ReferenceRole::tool_result) {
    CAUSAL_GYM_TRY(id, require_text(message, "tool_call_id", path));
    CAUSAL_GYM_TRY(tool, tool_of(called, id, joined_path(path, "tool_call_id")));
    turn.tool = std::move(tool);
  }
  return turn;
}

Status read_messages(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(field, require_field(body, "messages"));
  CAUSAL_GYM_TRY(messages, optional_list(body, "messages", most_turns));
  if (field->empty())
    return fail(ErrorCode::invalid_argument, "expected at least one message", "messages");
  CalledTools called;
  request.turns_path = "messages";
  for (std::size_t i = 0; i < messages->size(); ++i) {
    CAUSAL_GYM_TRY(turn, read_message((*messages)[i], item_path("messages", i), called));
    request.turns.push_back(std::move(turn));
  }
  return {};
}

Status read_tools(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_TRY(tools, optional_list(body, "tools", most_tools));
  for (std::size_t i = 0; i < tools->size(); ++i) {
    const auto path = item_path("tools", i);
    CAUSAL_GYM_TRY(function, require_field((*tools)[i], "function", path));
    const auto inner = joined_path(path, "function");
    CAUSAL_GYM_TRY(name, require_text(*function, "name", inner));
    CAUSAL_GYM_TRY(schema, optional_object(*function, "parameters", inner));
    request.tools.push_back(
        {name, schema != nullptr ? *schema : json(nullptr), joined_path(inner, "parameters")});
  }
  return {};
}

Status read_tool_choice(const json& body, ReferenceRequest& request) {
  const auto* choice = find_field(body, "tool_choice");
  if (choice == nullptr) return {};
  if (choice->is_object()) {
    CAUSAL_GYM_TRY(function, require_field(*choice, "function", "tool_choice"));
    CAUSAL_GYM_TRY(name, require_text(*function, "name", "tool_choice.function"));
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
  CAUSAL_GYM_TRY(format, optional_object(body, "response_format"));
  if (format == nullptr) return {};
  CAUSAL_GYM_TRY(type, require_text(*format, "type", "response_format"));
  if (type == "text" || type == "json_object") return {};
  if (type != "json_schema")
    return fail(ErrorCode::invalid_argument, "unknown type '" + type + "'", "response_format.type",
                "use text, json_object or json_schema");
  CAUSAL_GYM_TRY(named, require_field(*format, "json_schema", "response_format"));
  CAUSAL_GYM_TRY(name, require_text(*named, "name", "response_format.json_schema"));
  CAUSAL_GYM_TRY(schema, optional_object(*named, "schema", "response_format.json_schema"));
  request.schema_path = "response_format.json_schema.schema";
  if (schema != nullptr) request.schema = *schema;
  return {};
}

Status read_limits(const json& body, ReferenceRequest& request) {
  CAUSAL_GYM_CHECKED(check_number(body, "temperature", 0, 2));
  CAUSAL_GYM_CHECKED(check_number(body, "top_p", 0, 1));
  CAUSAL_GYM_TRY(older, optional_integer(body, "max_tokens", 1, largest_integer));
  CAUSAL_GYM_TRY(most, optional_integer(body, "max_completion_tokens", 1, largest_integer));
  if (older && most)
    return fail(ErrorCode::invalid_argument,
                "max_tokens and max_completion_tokens at the same time are not supported",
                "max_tokens");
  request.most_tokens = most ? most : older;
  constexpr auto most_n = static_cast<std::int64_t>(most_choices);
  CAUSAL_GYM_TRY(n, optional_integer(body, "n", 1, most_n));
  request.choices = static_cast<std::size_t>(n.value_or(1));
  CAUSAL_GYM_TRY(seed, optional_integer(body, "seed", std::numeric_limits<std::int64_t>::min(),
                                        largest_integer));
  request.seed = seed;
  constexpr std::size_t most_chat_stops = 4;
  CAUSAL_GYM_TRY(stops, stop_sequences(body, "stop", most_chat_stops));
  request.stops = std::move(stops);
  CAUSAL_GYM_TRY(logprobs, optional_flag(body, "logprobs"));
  if (logprobs)
    return fail(ErrorCode::invalid_argument, "a built-in agent has no logprobs", "logprobs");
  return {};
}

Result<Asked> read_request(std::string_view text) {
  CAUSAL_GYM_TRY(body, read_body(text));
  Asked asked;
  CAUSAL_GYM_TRY(request, begin_request(body));
  asked.request = std::move(request);
  for (const auto read : {read_messages, read_tools, read_tool_choice, read_format, read_limits})
    CAUSAL_GYM_CHECKED(read(body, asked.request));
  CAUSAL_GYM_TRY(options, optional_object(body, "stream_options"));
  if (options == nullptr) return asked;
  if (!asked.request.stream)
    return fail(ErrorCode::invalid_argument, "is only allowed when 'stream' is true",
                "stream_options");
  CAUSAL_GYM_TRY(include_usage, optional_flag(*options, "include_usage"));
  asked.include_usage = include_usage;
  return asked;
}

const char* finish_reason(const ReferenceChoice& choice) {
  if (choice.is_cut) return "length";
  return choice.kind == ReferenceKind::tool_call ? "tool_calls" : "stop";
}

OrderedJson tool_call(const ReferenceRequest& request, std::size_t index,
                      const ReferenceChoice& choice, const std::string& arguments) {
  return {{"id", wire_id("call_", request.hash, index)},
          {"type", "function"},
          {"function", {{"name", choice.tool}, {"arguments", arguments}}}};
}

OrderedJson message_of(const ReferenceRequest& request, const ReferenceChoice& choice,
                       std::size_t index) {
  OrderedJson message = {
      {"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}, {"annotations", {}}};
  message["annotations"] = OrderedJson::array();
  if (choice.kind == ReferenceKind::text) message["content"] = choice.text;
  if (choice.kind == ReferenceKind::refusal) message["refusal"] = choice.text;
  if (choice.kind == ReferenceKind::tool_call)
    message["tool_calls"] = OrderedJson::array({tool_call(request, index, choice, choice.text)});
  return message;
}

OrderedJson usage_of(const ReferenceRequest& request, const std::vector<ReferenceChoice>& choices) {
  std::int64_t output = 0;
  for (const auto& choice : choices) output += choice.tokens;
  return {{"prompt_tokens", request.input_tokens},
          {"completion_tokens", output},
          {"total_tokens", request.input_tokens + output},
          {"prompt_tokens_details", {{"cached_tokens", 0}, {"audio_tokens", 0}}},
          {"completion_tokens_details",
           {{"reasoning_tokens", 0},
            {"audio_tokens", 0},
            {"accepted_prediction_tokens", 0},
            {"rejected_prediction_tokens", 0}}}};
}

OrderedJson head_of(const ReferenceRequest& request, const char* object, std::int64_t now) {
  return {{"id", wire_id("chatcmpl-", request.hash)},
          {"object", object},
          {"created", now},
          {"model", request.model},
          {"service_tier", "default"},
          {"system_fingerprint", nullptr}};
}

WireAnswer whole(const Asked& asked, const std::vector<ReferenceChoice>& choices,
                 std::int64_t now) {
  auto body = head_of(asked.request, "chat.completion", now);
  body["choices"] = OrderedJson::array();
  for (std::size_t i = 0; i < choices.size(); ++i)
    body["choices"].push_back({{"index", i},
                               {"message", message_of(asked.request, choices[i], i)},
                               {"logprobs", nullptr},
                               {"finish_reason", finish_reason(choices[i])}});
  body["usage"] = usage_of(asked.request, choices);
  return json_answer(body);
}

// What a choice's chunks add, one after the other.
std::vector<OrderedJson> deltas_of(const ReferenceRequest& request, const ReferenceChoice& choice,
                                   std::size_t index) {
  std::vector<OrderedJson> deltas;
  OrderedJson first = {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}};
  if (choice.kind != ReferenceKind::text) first["content"] = nullptr;
  if (choice.kind == ReferenceKind::tool_call) {
    auto call = tool_call(request, index, choice, "");
    call["index"] = 0;
    first["tool_calls"] = OrderedJson::array({std::move(call)});
  }
  deltas.push_back(std::move(first));
  for (auto& piece : stream_pieces(choice.text)) {
    OrderedJson delta;
    if (choice.kind == ReferenceKind::tool_call)
      delta["tool_calls"] = OrderedJson::array(
          {OrderedJson{{"index", 0}, {"function", {{"arguments", std::move(piece)}}}}});
    else
      delta[choice.kind == ReferenceKind::text ? "content" : "refusal"] = std::move(piece);
    deltas.push_back(std::move(delta));
  }
  deltas.push_back(OrderedJson::object());
  return deltas;
}

WireAnswer streamed(const Asked& asked, const std::vector<ReferenceChoice>& choices,
                    std::int64_t now) {
  auto chunk = head_of(asked.request, "chat.completion.chunk", now);
  chunk["choices"] = OrderedJson::array();
  if (asked.include_usage) chunk["usage"] = nullptr;
  WireAnswer answer{200, true, {}};
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto deltas = deltas_of(asked.request, choices[i], i);
    for (std::size_t k = 0; k < deltas.size(); ++k) {
      const bool ends = k + 1 == deltas.size();
      OrderedJson choice = {
          {"index", i}, {"delta", deltas[k]}, {"logprobs", nullptr}, {"finish_reason", nullptr}};
      if (ends) choice["finish_reason"] = finish_reason(choices[i]);
      chunk["choices"] = OrderedJson::array({std::move(choice)});
      answer.body += stream_event(chunk);
    }
  }
  if (asked.include_usage) {
    chunk["choices"] = OrderedJson::array();
    chunk["usage"] = usage_of(asked.request, choices);
    answer.body += stream_event(chunk);
  }
  answer.body += "data: [DONE]\n\n";
  return answer;
}

}  // namespace

WireAnswer answer_chat_completions(std::string_view body, std::int64_t now) {
  const auto asked = read_request(body);
  if (!asked) return openai_error(asked.error());
  const auto choices = answer_reference_chat(asked->request);
  if (!choices) return openai_error(choices.error());
  return asked->request.stream ? streamed(*asked, *choices, now) : whole(*asked, *choices, now);
}

}  // namespace causal_gym
