#include "platform/llm/agent_chat.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/exact_text.h"
#include "engine/base/spelling.h"
#include "gym/agent/tool_prompt.h"
#include "platform/llm/belief_json.h"
#include "platform/llm/exchange.h"
#include "platform/llm/retry.h"
#include "platform/llm/tool_arguments.h"

namespace causal_gym {

namespace {

constexpr std::int64_t most_tokens = 1'000'000;

constexpr const char* belief_schema =
    R"({"type":"object","properties":{"belief":{"type":"number"}},"required":["belief"],)"
    R"("additionalProperties":false})";
// The reasoning comes first, so that the number follows from it.
constexpr const char* reasoned_schema =
    R"({"type":"object","properties":{"reasoning":{"type":"string"},"belief":{"type":"number"}},)"
    R"("required":["reasoning","belief"],"additionalProperties":false})";

template <class Number>
std::string number_text(Number value) {
  if constexpr (std::is_floating_point_v<Number>)
    return exact_text(value);
  else
    return std::to_string(value);
}

template <class Number>
Result<Number> number_in(const std::string& option, const std::string& text, Number low,
                         Number high) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(low <= value && value <= high))
    return fail(ErrorCode::invalid_argument,
                option + "=" + text + " is not a number from " + number_text(low) + " to " +
                    number_text(high),
                option);
  return value;
}

Result<bool> word_in(const std::string& option, const std::string& text, std::string_view yes,
                     std::string_view no) {
  if (text == yes || text == no) return text == yes;
  return fail(ErrorCode::invalid_argument,
              option + "=" + text + " is neither " + std::string(yes) + " nor " + std::string(no),
              option);
}

Status read_word(ChatAgent& agent, const std::string& option, const std::string& value) {
  if (option == "mode") {
    CAUSAL_GYM_TRY(tools, word_in(option, value, "tools", "text"));
    agent.tools = tools;
    return {};
  }
  if (option == "style") {
    CAUSAL_GYM_TRY(style, find_prompt_style(value));
    agent.style = style;
    return {};
  }
  CAUSAL_GYM_TRY(on, word_in(option, value, "on", "off"));
  (option == "schema" ? agent.schema : agent.stream) = on;
  return {};
}

Status read_count(ChatAgent& agent, const std::string& option, const std::string& value) {
  struct Count {
    std::string_view option;
    std::size_t ChatAgent::*field;
    std::size_t least, most;
  };
  static constexpr Count counts[] = {{"history", &ChatAgent::history, 0, 1'000},
                                     {"turns", &ChatAgent::turns, 0, 10'000},
                                     {"samples", &ChatAgent::samples, 1, 100}};
  for (const auto& count : counts)
    if (count.option == option) {
      CAUSAL_GYM_TRY(number, number_in(option, value, count.least, count.most));
      agent.*count.field = number;
    }
  return {};
}

constexpr std::array<ChatAgentOption, 9> options = {{
    {"mode", "text | tools", "text: a chat for each belief; tools: one chat, acting with tools"},
    {"style", "plain | cot | causal_cot", "how to think; the interface's unless told (causal+cot)"},
    {"temperature", "0 to 2", "anthropic: 0 to 1; the provider's own unless told"},
    {"max_tokens", "1 to 1000000", "of one reply, its thinking included; 4096 unless told"},
    {"history", "0 to 1000", "observations or turns told beside the first; 0: all"},
    {"schema", "on | off", "text: asks for structured output; on unless told"},
    {"stream", "on | off", "reads the reply as it comes; off unless told"},
    {"samples", "1 to 100", "text: asks each belief so often; the median of the numbers counts"},
    {"turns", "0 to 10000", "tools: how many at most; 0: twice what the episode needs"},
}};

Status read_option(ChatAgent& agent, const std::string& option, const std::string& value) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const auto& known : options) names.emplace_back(known.name);
  if (std::find(names.begin(), names.end(), option) == names.end()) {
    auto suggestion = spelling_suggestion(option, names);
    if (suggestion.empty()) {
      suggestion = "known here:";
      for (const auto& name : names) suggestion += " " + name;
    }
    return fail(ErrorCode::unknown_name, "no option '" + option + "' of a model", {}, suggestion);
  }
  if (option == "temperature") {
    CAUSAL_GYM_TRY(number, number_in(option, value, 0.0, agent.provider->most_temperature));
    agent.temperature = number;
    return {};
  }
  if (option == "max_tokens") {
    CAUSAL_GYM_TRY(number, number_in<std::int64_t>(option, value, 1, most_tokens));
    agent.max_tokens = number;
    return {};
  }
  if (option == "history" || option == "samples" || option == "turns")
    return read_count(agent, option, value);
  return read_word(agent, option, value);
}

// An option that would say nothing in the agent's mode.
Status check_mode(const ChatAgent& agent) {
  for (const auto& [option, value] : agent.name.options) {
    const bool of_text = option == "samples" || option == "schema";
    if (agent.tools ? of_text : option == "turns")
      return fail(ErrorCode::invalid_argument,
                  option + " has no meaning with mode=" + (agent.tools ? "tools" : "text"), option);
  }
  return {};
}

std::string failure_text(const ChatFailure& failure) {
  // Ours say it all.
  if (failure.kind == FailureKind::cancelled || failure.kind == FailureKind::budget)
    return failure.message;
  auto text = std::string(failure_kind_name(failure.kind));
  if (failure.status != 0) text += " (HTTP " + std::to_string(failure.status) + ")";
  return failure.message.empty() ? text : text + ": " + failure.message;
}

tl::unexpected<Error> failure_error(const ChatFailure& failure) {
  const bool cancelled = failure.kind == FailureKind::cancelled;
  return fail(cancelled ? ErrorCode::cancelled : ErrorCode::unavailable, failure_text(failure));
}

// What stands in the way, to those who decide by it what to do.
ErrorCode postponing_code(FailureKind kind) {
  switch (kind) {
    case FailureKind::budget:
    case FailureKind::quota: return ErrorCode::limit_exceeded;
    case FailureKind::authentication:
    case FailureKind::forbidden: return ErrorCode::unauthorized;
    case FailureKind::not_found: return ErrorCode::not_found;
    default: return ErrorCode::unavailable;
  }
}

// What a reply that is no whole one says instead; nothing for a whole one.
std::optional<Reply> not_said(const ChatReply& reply) {
  switch (reply.kind) {
    case ReplyKind::said: return std::nullopt;
    case ReplyKind::refused:
      return Reply(Refused{reply.text.empty() ? "the model refused" : reply.text});
    case ReplyKind::cut_off: return Reply(Unparseable{reply.text, "its output was cut off"});
    case ReplyKind::filtered: return Reply(Refused{"the provider's filter stopped the reply"});
  }
  return std::nullopt;
}

// Where the model is told that turns are left out, and the first one that is told.
std::size_t first_told(const ChatAgent& agent, const TurnRequest& request) {
  const auto count = request.turns.size();
  return agent.history == 0 || count <= agent.history ? 0 : count - agent.history;
}

void append_turn(const Turn& turn, std::vector<ChatMessage>& messages) {
  ChatMessage said{ChatRole::assistant, turn.reply.text};
  for (const auto& use : turn.reply.uses)
    said.tool_calls.push_back({use.id, use.name, use.arguments});
  messages.push_back(std::move(said));
  for (std::size_t i = 0; i < turn.results.size(); ++i) {
    const auto& use = turn.reply.uses[i];
    messages.push_back({ChatRole::tool, turn.results[i].text, {}, use.id, use.name});
  }
  if (!turn.reminder.empty()) messages.push_back({ChatRole::user, turn.reminder});
}

ChatRequest empty_chat(const ChatAgent& agent) {
  ChatRequest chat;
  chat.model = agent.name.model;
  chat.max_output_tokens = agent.max_tokens;
  chat.temperature = agent.temperature;
  chat.stream = agent.stream;
  return chat;
}

}  // namespace

std::span<const ChatAgentOption> chat_agent_options() { return options; }

Result<ChatAgent> read_chat_agent(const std::string& name) {
  CAUSAL_GYM_TRY(parsed, parse_model_name(name));
  CAUSAL_GYM_TRY(provider, find_provider(parsed.provider));
  ChatAgent agent;
  agent.provider = provider;
  agent.name = std::move(parsed);
  for (const auto& [option, value] : agent.name.options)
    CAUSAL_GYM_CHECKED(read_option(agent, option, value));
  CAUSAL_GYM_CHECKED(check_mode(agent));
  return agent;
}

ChatRequest belief_chat(const ChatAgent& agent, const BeliefRequest& request,
                        const std::string& environment) {
  const auto style = agent.style.value_or(request.style);
  auto prompt = belief_prompt(request, environment, style, agent.history);
  auto chat = empty_chat(agent);
  chat.messages = {{ChatRole::system, std::move(prompt.system)},
                   {ChatRole::user, std::move(prompt.user)}};
  if (agent.schema)
    chat.schema =
        ReplySchema{"belief", style == PromptStyle::plain ? belief_schema : reasoned_schema};
  return chat;
}

ChatRequest turn_chat(const ChatAgent& agent, const TurnRequest& request) {
  auto chat = empty_chat(agent);
  const auto first = first_told(agent, request);
  std::string opening(request.opening);
  if (first > 0)
    opening += "\n(" + std::to_string(first) +
               " turns after this are left out; ask_history tells what was done.)\n";
  chat.messages = {{ChatRole::system, tool_rules(agent.style.value_or(request.style))},
                   {ChatRole::user, std::move(opening)}};
  for (const auto& turn : request.turns.subspan(first)) append_turn(turn, chat.messages);
  for (const auto& tool : agent_tools())
    chat.tools.push_back(
        {std::string(tool.name), std::string(tool.description), std::string(tool.parameters)});
  return chat;
}

Result<Reply> chat_reply(const ChatOutcome& outcome, const BeliefRange& range,
                         std::string_view query) {
  if (const auto* failure = std::get_if<ChatFailure>(&outcome)) return failure_error(*failure);
  const auto& reply = std::get<ChatReply>(outcome);
  if (auto other = not_said(reply)) return *std::move(other);
  return read_belief_reply(reply.text, range, query).reply;
}

Result<TurnReply> chat_turn(const ChatOutcome& outcome) {
  if (const auto* failure = std::get_if<ChatFailure>(&outcome)) return failure_error(*failure);
  const auto& reply = std::get<ChatReply>(outcome);
  TurnReply turn{reply.text, {}, not_said(reply)};
  if (turn.instead) return turn;
  std::set<std::string> ids;
  for (const auto& call : reply.tool_calls) {
    // A provider refuses two results of one id, also where it gave the id twice itself.
    auto id = call.id;
    while (!ids.insert(id).second) id += "_";
    turn.uses.push_back(
        {std::move(id), call.name, call.arguments, read_tool_call(call.name, call.arguments)});
  }
  return turn;
}

Postponed postponed_by(const ChatOutcome& outcome) {
  const auto* failure = std::get_if<ChatFailure>(&outcome);
  if (failure == nullptr) return Postponed::nothing;
  if (failure->kind == FailureKind::budget) return Postponed::experiment;
  if (failure->lasting) return Postponed::agent;
  return is_outage(failure->kind) ? Postponed::episode : Postponed::nothing;
}

Error postponing_error(const ChatFailure& failure) {
  const bool can_be_raised = failure.kind == FailureKind::budget && !failure.parameter.empty();
  return {postponing_code(failure.kind), failure_text(failure),
          can_be_raised ? failure.parameter : "", can_be_raised ? "raise it" : ""};
}

Result<Reply> pooled_reply(const std::vector<Result<Reply>>& samples) {
  std::vector<double> stated;
  std::array<std::size_t, 4> counts{};  // stated, refused, unparseable, errors
  const auto kind_of = [](const Result<Reply>& sample) { return sample ? sample->index() : 3; };
  for (const auto& sample : samples) {
    if (!sample && sample.error().code == ErrorCode::cancelled) return fail(sample.error());
    ++counts[kind_of(sample)];
    if (sample)
      if (const auto* one = std::get_if<Stated>(&*sample)) stated.push_back(one->value);
  }
  if (2 * stated.size() > samples.size()) {
    std::sort(stated.begin(), stated.end());
    const auto middle = stated.size() / 2;
    if (stated.size() % 2 == 1) return Reply(Stated{stated[middle]});
    return Reply(Stated{std::midpoint(stated[middle - 1], stated[middle])});
  }
  const auto most =
      static_cast<std::size_t>(std::max_element(counts.begin() + 1, counts.end()) - counts.begin());
  return *std::find_if(samples.begin(), samples.end(),
                       [&](const Result<Reply>& sample) { return kind_of(sample) == most; });
}

}  // namespace causal_gym
