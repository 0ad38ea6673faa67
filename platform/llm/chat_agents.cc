#include "platform/llm/chat_agents.h"

#include <array>
#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>

#include "engine/base/spelling.h"
#include "platform/llm/belief_json.h"

namespace causal_gym {

namespace {

constexpr std::int64_t most_tokens = 1'000'000;
constexpr std::size_t most_history = 1'000;

constexpr const char* belief_schema =
    R"({"type":"object","properties":{"belief":{"type":"number"}},"required":["belief"],)"
    R"("additionalProperties":false})";
// The reasoning comes first, so that the number follows from it.
constexpr const char* reasoned_schema =
    R"({"type":"object","properties":{"reasoning":{"type":"string"},"belief":{"type":"number"}},)"
    R"("required":["reasoning","belief"],"additionalProperties":false})";

template <class Number>
Result<Number> number_in(const std::string& option, const std::string& text, Number low,
                         Number high) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(low <= value && value <= high))
    return fail(ErrorCode::invalid_argument,
                option + "=" + text + " is not a number from " + std::to_string(low) + " to " +
                    std::to_string(high),
                option);
  return value;
}

Result<bool> switch_in(const std::string& option, const std::string& text) {
  if (text == "on" || text == "off") return text == "on";
  return fail(ErrorCode::invalid_argument, option + "=" + text + " is neither on nor off", option);
}

Status read_option(ChatAgent& agent, const std::string& option, const std::string& value) {
  if (option == "temperature") {
    CAUSAL_GYM_TRY(number, number_in(option, value, 0.0, 2.0));
    agent.temperature = number;
  } else if (option == "style") {
    CAUSAL_GYM_TRY(style, find_prompt_style(value));
    agent.style = style;
  } else if (option == "max_tokens") {
    CAUSAL_GYM_TRY(number, number_in<std::int64_t>(option, value, 1, most_tokens));
    agent.max_tokens = number;
  } else if (option == "history") {
    CAUSAL_GYM_TRY(number, number_in<std::size_t>(option, value, 0, most_history));
    agent.history = number;
  } else if (option == "schema") {
    CAUSAL_GYM_TRY(on, switch_in(option, value));
    agent.schema = on;
  } else if (option == "stream") {
    CAUSAL_GYM_TRY(on, switch_in(option, value));
    agent.stream = on;
  } else {
    const std::vector<std::string> known = {"temperature", "style",  "max_tokens",
                                            "history",     "schema", "stream"};
    auto suggestion = spelling_suggestion(option, known);
    if (suggestion.empty())
      suggestion = "known here: temperature, style, max_tokens, history, schema, stream";
    return fail(ErrorCode::unknown_name, "no option '" + option + "' of a model", {}, suggestion);
  }
  return {};
}

// Would the next request fail in the same way, whatever it asks?
bool stops_everything(FailureKind kind) {
  return kind == FailureKind::cancelled || kind == FailureKind::budget ||
         kind == FailureKind::quota || kind == FailureKind::authentication ||
         kind == FailureKind::forbidden || kind == FailureKind::not_found;
}

std::string failure_text(const ChatFailure& failure) {
  auto text = std::string(failure_kind_name(failure.kind));
  if (failure.status != 0) text += " (HTTP " + std::to_string(failure.status) + ")";
  return failure.message.empty() ? text : text + ": " + failure.message;
}

struct ReplyReader {
  const BeliefRange& range;

  Result<Reply> operator()(const ChatReply& reply) const {
    switch (reply.kind) {
      case ReplyKind::said: return read_belief_reply(reply.text, range).reply;
      case ReplyKind::refused:
        return Reply(Refused{reply.text.empty() ? "the model refused" : reply.text});
      case ReplyKind::cut_off: return Reply(Unparseable{"cut off: " + reply.text});
      case ReplyKind::filtered: return Reply(Refused{"the provider's filter stopped the reply"});
    }
    return Reply(Unparseable{reply.text});
  }
  Result<Reply> operator()(const ChatFailure& failure) const {
    return fail(stops_everything(failure.kind) ? ErrorCode::cancelled : ErrorCode::unavailable,
                failure_text(failure));
  }
};

}  // namespace

Result<ChatAgent> read_chat_agent(const std::string& name) {
  CAUSAL_GYM_TRY(parsed, parse_model_name(name));
  CAUSAL_GYM_TRY(provider, find_provider(parsed.provider));
  ChatAgent agent;
  agent.provider = provider;
  agent.name = std::move(parsed);
  for (const auto& [option, value] : agent.name.options)
    CAUSAL_GYM_CHECKED(read_option(agent, option, value));
  return agent;
}

ChatRequest belief_chat(const ChatAgent& agent, const BeliefRequest& request,
                        const std::string& environment) {
  auto prompt = belief_prompt(request, environment, agent.style, agent.history);
  ChatRequest chat;
  chat.model = agent.name.model;
  chat.messages = {{ChatRole::system, std::move(prompt.system)},
                   {ChatRole::user, std::move(prompt.user)}};
  chat.max_output_tokens = agent.max_tokens;
  chat.temperature = agent.temperature;
  chat.stream = agent.stream;
  if (agent.schema)
    chat.schema =
        ReplySchema{"belief", agent.style == PromptStyle::plain ? belief_schema : reasoned_schema};
  return chat;
}

Result<Reply> chat_reply(const ChatOutcome& outcome, const BeliefRange& range) {
  return std::visit(ReplyReader{range}, outcome);
}

struct ChatAgents::Parts {
  ChatAgentOptions options;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<CorrespondenceReply> replies;
  std::size_t under_way = 0;
  std::map<std::string, std::pair<ChatAgent, Endpoint>> known;  // by the agent's name
  std::unique_ptr<ChatClient> client;  // last: its callbacks use what stands above

  void tell(std::int64_t episode, Result<Reply> reply) {
    const std::lock_guard lock(mutex);
    replies.push_back({episode, std::move(reply)});
    arrived.notify_one();
  }
  Result<std::pair<ChatAgent, Endpoint>> agent_of(const std::string& name) const {
    CAUSAL_GYM_TRY(agent, read_chat_agent(name));
    CAUSAL_GYM_TRY(endpoint, provider_endpoint(*agent.provider, options.sources, options.base_url));
    return std::pair(std::move(agent), std::move(endpoint));
  }
};

ChatAgents::ChatAgents(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ChatAgents::~ChatAgents() = default;

Result<std::unique_ptr<ChatAgents>> ChatAgents::start(ChatAgentOptions options,
                                                      const Clock& clock) {
  CAUSAL_GYM_TRY(client, ChatClient::start(options.client, clock));
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  parts->client = std::move(client);
  return std::unique_ptr<ChatAgents>(new ChatAgents(std::move(parts)));
}

bool ChatAgents::takes(const std::string& agent) const { return is_model_name(agent); }

Status ChatAgents::check(const std::string& agent) const {
  CAUSAL_GYM_CHECKED(parts_->agent_of(agent));
  return {};
}

void ChatAgents::ask(const Correspondence& asked) {
  auto& parts = *parts_;
  {
    const std::lock_guard lock(parts.mutex);
    ++parts.under_way;
  }
  auto known = parts.known.find(asked.agent);
  if (known == parts.known.end()) {
    auto agent = parts.agent_of(asked.agent);
    if (!agent) return parts.tell(asked.episode, fail(agent.error()));
    known = parts.known.emplace(asked.agent, *std::move(agent)).first;
  }
  const auto& [agent, endpoint] = known->second;
  ChatCall call{agent.provider,
                endpoint,
                belief_chat(agent, asked.request, asked.environment),
                {parts.options.run, asked.episode, asked.sequence, asked.trial}};
  const auto submitted = parts.client->submit(
      std::move(call),
      [&parts, episode = asked.episode, range = asked.request.range](const ChatResult& result) {
        // A reply that is not on record cannot be replayed: the run stops before it counts.
        if (!result.recorded)
          return parts.tell(episode, fail(ErrorCode::cancelled, result.recorded.error().message));
        parts.tell(episode, chat_reply(result.outcome, range));
      });
  if (!submitted) parts.tell(asked.episode, fail(submitted.error()));
}

std::vector<CorrespondenceReply> ChatAgents::collect() {
  std::unique_lock lock(parts_->mutex);
  parts_->arrived.wait(lock, [&] { return !parts_->replies.empty() || parts_->under_way == 0; });
  parts_->under_way -= parts_->replies.size();
  return std::exchange(parts_->replies, {});
}

Spending ChatAgents::spending() const { return parts_->client->spending(); }

}  // namespace causal_gym
