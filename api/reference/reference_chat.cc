#include "api/reference/reference_chat.h"

#include <algorithm>

#include "api/json_fields.h"
#include "api/json_text.h"
#include "engine/base/exact_text.h"
#include "gym/agent/built_in.h"
#include "gym/agent/tool_prompt.h"
#include "gym/environments/registry.h"

namespace causal_gym {

namespace {

using nlohmann::json;

constexpr std::string_view model_prefix = "causal-gym/";
constexpr std::string_view belief_tool = "state_belief";
constexpr std::string_view belief_field = "belief";
constexpr std::string_view intervene_tool = "intervene";
constexpr std::string_view intervention_field = "intervention";
constexpr std::string_view example_sigma = "0.1";
constexpr std::string_view white_space = " \t\r\n\f\v";

tl::unexpected<Error> wrong(std::string message, const std::string& path,
                            std::string suggestion = {}) {
  return fail(ErrorCode::invalid_argument, std::move(message), path, std::move(suggestion));
}

// The error of reading a prompt, at the field that holds it.
tl::unexpected<Error> at(Error error, const std::string& path) {
  error.where = path;
  return fail(std::move(error));
}

// What is asked, resolved in its environment.
struct Asked {
  const Environment* environment = nullptr;
  PromptQuestion prompt;
  BeliefRequest request;
};

Result<Asked> resolve(const PromptQuestion& prompt) {
  CAUSAL_GYM_TRY(environment, find_environment(prompt.environment));
  CAUSAL_GYM_TRY(question, read_belief_question(prompt.query, environment->model));
  std::string regime;
  if (!prompt.regime.empty()) {
    CAUSAL_GYM_TRY(read, read_intervention(prompt.regime, environment->model));
    regime = regime_text(read, environment->model);
  }
  const int phase = regime.empty() ? 0 : 1;
  return Asked{environment, prompt, {{}, question.text, regime, phase, question.range}};
}

// The turn that asks: the last of the user, or a tool's result after it that is a prompt too.
struct Asking {
  std::size_t turn = 0;
  PromptQuestion prompt;
};

Result<Asking> find_question(const ReferenceRequest& request) {
  const auto& turns = request.turns;
  const auto user = std::find_if(turns.rbegin(), turns.rend(), [](const ReferenceTurn& turn) {
    return turn.role == ReferenceRole::user && !turn.text.empty();
  });
  if (user == turns.rend())
    return wrong("there is no message of the user with a text", request.turns_path);
  const auto begin = static_cast<std::size_t>(turns.rend() - user - 1);
  for (auto i = turns.size(); i-- > begin + 1;)
    if (turns[i].role == ReferenceRole::tool_result)
      if (auto prompt = read_prompt(turns[i].text)) return Asking{i, *std::move(prompt)};
  auto prompt = read_prompt(user->text);
  if (!prompt) return at(prompt.error(), request.turns_path);
  return Asking{begin, *std::move(prompt)};
}

// Is the question answered already, by a call of the tool?
bool is_answered(const ReferenceRequest& request, std::size_t asking) {
  return std::any_of(request.turns.begin() + static_cast<std::ptrdiff_t>(asking) + 1,
                     request.turns.end(), [](const ReferenceTurn& turn) {
                       return turn.role == ReferenceRole::tool_result && turn.tool == belief_tool;
                     });
}

// The tool to call; null: say it as text. Errors: a tool that must be called and cannot be.
Result<const ReferenceTool*> chosen_tool(const ReferenceRequest& request, std::string_view name) {
  const auto tool = std::find_if(request.tools.begin(), request.tools.end(),
                                 [&](const auto& one) { return one.name == name; });
  const bool is_there = tool != request.tools.end();
  const auto calls = "it calls " + std::string(name);
  if (!request.named_tool.empty() && request.named_tool != name)
    return wrong("a built-in agent does not call '" + request.named_tool + "' here", "tool_choice",
                 calls);
  const bool must = request.tool_use == ReferenceToolUse::required || !request.named_tool.empty();
  if (must && !is_there)
    return wrong("no tool that a built-in agent calls is among the tools", "tools", calls);
  if (!is_there || request.tool_use == ReferenceToolUse::forbidden) return nullptr;
  return &*tool;
}

// The tool for a belief, which is not called twice for one question unless it must be.
Result<const ReferenceTool*> chosen_belief_tool(const ReferenceRequest& request,
                                                std::size_t asking) {
  CAUSAL_GYM_TRY(tool, chosen_tool(request, belief_tool));
  const bool must = request.tool_use == ReferenceToolUse::required || !request.named_tool.empty();
  return tool != nullptr && !must && is_answered(request, asking) ? nullptr : tool;
}

// Where the episode stands that is played with tools; nothing before the first result says so.
std::optional<ReadStanding> last_standing(const ReferenceRequest& request) {
  for (auto turn = request.turns.rbegin(); turn != request.turns.rend(); ++turn)
    if (turn->role == ReferenceRole::tool_result)
      if (auto standing = read_standing(turn->text)) return *std::move(standing);
  return std::nullopt;
}

// What an agent does when no question is open.
Result<ReferenceChoice> next_step(const ReferenceRequest& request, const ReadStanding& standing) {
  if (standing.offered.empty())
    return ReferenceChoice{ReferenceKind::text, "The episode has ended."};
  CAUSAL_GYM_TRY(tool, chosen_tool(request, intervene_tool));
  if (tool == nullptr)
    return ReferenceChoice{ReferenceKind::text, "Next: " + standing.offered.front()};
  if (!tool->schema.is_object() || !tool->schema.contains("properties") ||
      !tool->schema["properties"].contains(intervention_field))
    return wrong("the schema has no property 'intervention'", tool->path);
  const json arguments = {{intervention_field, standing.offered.front()}};
  return ReferenceChoice{ReferenceKind::tool_call, json_line(arguments),
                         std::string(intervene_tool)};
}

bool takes_type(const json& schema, std::string_view type) {
  if (!schema.is_object() || !schema.contains("type")) return false;
  const auto& types = schema["type"];
  if (types.is_array()) return std::find(types.begin(), types.end(), type) != types.end();
  return types == type;
}

// What a field beside the belief is filled with; nothing when there is nothing to say in it.
std::optional<json> filling(const std::string& name, const json& schema, const Asked& asked) {
  if (!schema.is_object() || schema.contains("enum") || schema.contains("const"))
    return std::nullopt;
  if (takes_type(schema, "string")) {
    const bool asks = name == "query" || name == "question";
    return asks ? asked.prompt.query : std::string();
  }
  return takes_type(schema, "null") ? std::optional<json>(nullptr) : std::nullopt;
}

bool is_required(const json& schema, const std::string& name) {
  const auto required = schema.value("required", json::array());
  return required.is_array() && std::find(required.begin(), required.end(), name) != required.end();
}

Result<std::string> belief_text(const json& field, const std::optional<double>& stated,
                                const std::string& path) {
  if (!stated) return std::string("null");
  const double belief = *stated;
  const bool is_open = !field.is_object() || !field.contains("type");
  if (is_open || takes_type(field, "number")) return exact_text(belief);
  if (takes_type(field, "string")) return '"' + exact_text(belief) + '"';
  return wrong("'belief' takes no number", path + ".properties.belief");
}

// May the tool be told that there is no answer?
bool takes_null(const ReferenceTool* tool) {
  return tool != nullptr && tool->schema.is_object() && tool->schema.contains("properties") &&
         tool->schema["properties"].is_object() &&
         tool->schema["properties"].contains(belief_field) &&
         takes_type(tool->schema["properties"][std::string(belief_field)], "null");
}

// {"belief": 0.4}, with the other fields that the schema requires; without a belief: null.
Result<std::string> belief_object(const json& schema, const std::string& path,
                                  const std::optional<double>& belief, const Asked& asked) {
  if (schema.is_null() && belief) return "{\"belief\": " + exact_text(*belief) + "}";
  if (!schema.is_object() || !schema.contains("properties") || !schema["properties"].is_object() ||
      !schema["properties"].contains(belief_field))
    return wrong("the schema has no property 'belief'", path,
                 "a built-in agent answers {\"belief\": number}");
  std::string text;
  for (const auto& [name, field] : schema["properties"].items()) {
    std::string value;
    if (name == belief_field) {
      CAUSAL_GYM_TRY(number, belief_text(field, belief, path));
      value = std::move(number);
    } else {
      if (!is_required(schema, name)) continue;
      const auto filled = filling(name, field, asked);
      if (!filled)
        return wrong("a built-in agent cannot fill '" + name + "'",
                     joined_path(joined_path(path, "properties"), name));
      value = json_line(*filled);
    }
    if (!text.empty()) text += ", ";
    text.append(json_line(name)).append(": ").append(value);
  }
  return "{" + text + "}";
}

// The text's first words.
std::string cut_to(std::string_view text, std::int64_t words) {
  std::size_t end = 0;
  for (std::int64_t i = 0; i < words; ++i) {
    const auto begin = text.find_first_not_of(white_space, end);
    if (begin == std::string_view::npos) return std::string(text);
    end = std::min(text.find_first_of(white_space, begin), text.size());
  }
  return std::string(text.substr(0, end));
}

// A text ends as soon as a stop sequence is whole, which is not said. The arguments of a call are
// no text.
void stop_at_first(ReferenceChoice& choice, const std::vector<std::string>& stops) {
  if (choice.kind != ReferenceKind::text) return;
  std::size_t begin = choice.text.size(), end = choice.text.size() + 1;
  for (const auto& stop : stops) {
    const auto at = choice.text.find(stop);
    if (at == std::string::npos || at + stop.size() >= end) continue;
    begin = at;
    end = at + stop.size();
    choice.stop = stop;
  }
  choice.text.resize(begin);
}

ReferenceChoice limited(ReferenceChoice choice, const ReferenceRequest& request) {
  stop_at_first(choice, request.stops);
  choice.tokens = count_tokens(choice.text);
  if (!request.most_tokens || choice.tokens <= *request.most_tokens) return choice;
  choice.text = cut_to(choice.text, *request.most_tokens);
  choice.tokens = *request.most_tokens;
  choice.is_cut = true;
  choice.stop.clear();
  return choice;
}

Result<ReferenceChoice> choice_of(const Reply& reply, const ReferenceRequest& request,
                                  const ReferenceTool* tool, const Asked& asked) {
  std::optional<double> belief;
  if (const auto* refused = std::get_if<Refused>(&reply); refused != nullptr && !takes_null(tool))
    return ReferenceChoice{ReferenceKind::refusal, refused->reason};
  if (const auto* other = std::get_if<Unparseable>(&reply))
    return ReferenceChoice{ReferenceKind::text, other->text};
  if (const auto* stated = std::get_if<Stated>(&reply)) belief = stated->value;
  const auto& schema = tool != nullptr ? tool->schema : request.schema;
  const auto& path = tool != nullptr ? tool->path : request.schema_path;
  CAUSAL_GYM_TRY(text, belief_object(schema, path, belief, asked));
  if (tool == nullptr) return ReferenceChoice{ReferenceKind::text, std::move(text)};
  return ReferenceChoice{ReferenceKind::tool_call, std::move(text), tool->name};
}

std::string_view agent_of(std::string_view model) {
  return model.starts_with(model_prefix) ? model.substr(model_prefix.size()) : std::string_view();
}

tl::unexpected<Error> no_model(std::string_view model, std::string suggestion) {
  if (suggestion.empty()) suggestion = "use causal-gym/ideal, or another that /v1/models lists";
  return fail(ErrorCode::not_found, "The model '" + std::string(model) + "' does not exist",
              "model", std::move(suggestion));
}

}  // namespace

std::vector<std::string> reference_models() {
  std::vector<std::string> models;
  for (const auto& agent : built_in_agents()) {
    auto name = std::string(model_prefix) + agent.name;
    if (!agent.parameter.empty()) name += "(" + std::string(example_sigma) + ")";
    models.push_back(std::move(name));
  }
  return models;
}

// Any environment tells whether an agent's name and parameter are good.
Status check_reference_model(std::string_view model) {
  static const Environment& smallest = all_environments().front();
  const auto agent = agent_of(model);
  if (agent.empty()) return no_model(model, {});
  if (const auto made = make_agent(agent, smallest); !made)
    return no_model(
        model, made.error().suggestion.empty() ? made.error().message : made.error().suggestion);
  return {};
}

Result<std::vector<ReferenceChoice>> answer_reference_chat(const ReferenceRequest& request) {
  CAUSAL_GYM_CHECKED(check_reference_model(request.model));
  if (const auto standing = last_standing(request); standing && !standing->query) {
    CAUSAL_GYM_TRY(step, next_step(request, *standing));
    return std::vector(request.choices, limited(std::move(step), request));
  }
  CAUSAL_GYM_TRY(asking, find_question(request));
  CAUSAL_GYM_TRY(tool, chosen_belief_tool(request, asking.turn));
  const auto asked = resolve(asking.prompt);
  if (!asked) return at(asked.error(), request.turns_path);
  CAUSAL_GYM_TRY(agent, make_agent(agent_of(request.model), *asked->environment));
  const Rng base(static_cast<std::uint64_t>(request.seed.value_or(0)), request.hash);
  std::vector<ReferenceChoice> choices;
  for (std::size_t i = 0; i < request.choices; ++i) {
    auto rng = base.fork(i);
    const auto reply = agent->state_belief(asked->request, rng);
    if (!reply) return at(reply.error(), request.turns_path);
    CAUSAL_GYM_TRY(choice, choice_of(*reply, request, tool, *asked));
    choices.push_back(limited(std::move(choice), request));
  }
  return choices;
}

std::int64_t count_tokens(std::string_view text) {
  std::int64_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool is_space = white_space.find(c) != std::string_view::npos;
    if (!is_space && !in_word) ++words;
    in_word = !is_space;
  }
  return words;
}

std::int64_t count_tokens_in(const json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return count_tokens(*text);
  std::int64_t words = 0;
  if (value.is_structured())
    for (const auto& item : value) words += count_tokens_in(item);
  return words;
}

std::uint64_t hash_of_request(const json& body) {
  auto asked = body;
  asked.erase("stream");
  asked.erase("stream_options");
  return stream_of(json_line(asked));
}

}  // namespace causal_gym
