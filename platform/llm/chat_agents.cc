#include "platform/llm/chat_agents.h"

#include <condition_variable>
#include <map>
#include <mutex>

#include "engine/base/rng.h"

namespace causal_gym {

namespace {

constexpr std::uint64_t seed_mask = 0x7fffffff;  // what every provider that has a seed takes

// The same surroundings, where each key is one that opens nothing.
ConfigSources without_keys(ConfigSources sources) {
  sources.variable = [variable = std::move(sources.variable)](
                         const std::string& name) -> std::optional<std::string> {
    if (name.ends_with("_API_KEY")) return "none";
    if (name.ends_with("_API_KEY_FILE")) return std::nullopt;
    return variable(name);
  };
  return sources;
}

}  // namespace

Result<PlacedAgent> place_agent(const std::string& name, const ChatAgentOptions& options) {
  CAUSAL_GYM_TRY(agent, read_chat_agent(name));
  const auto asking = options.asking;
  const auto sources = asking == Asking::for_real ? options.sources : without_keys(options.sources);
  auto endpoint = provider_endpoint(*agent.provider, sources, options.base_url);
  if (endpoint) return PlacedAgent{std::move(agent), *std::move(endpoint)};
  const bool can_do_without =
      asking == Asking::from_record ||
      (asking == Asking::not_at_all && !has_address(*agent.provider, sources, options.base_url));
  if (!can_do_without) return fail(std::move(endpoint).error());
  return PlacedAgent{std::move(agent), Endpoint()};
}

ChatCall chat_call(const PlacedAgent& placed, const Correspondence& asked, const std::string& run,
                   std::size_t sample) {
  const auto& agent = placed.agent;
  const auto* belief = std::get_if<BeliefRequest>(&asked.request);
  auto chat = belief != nullptr ? belief_chat(agent, *belief, asked.environment)
                                : turn_chat(agent, std::get<TurnRequest>(asked.request));
  auto rng = Rng(asked.seed, stream_of("chat")).fork(sample);
  chat.seed = static_cast<std::int64_t>(rng.next_bits() & seed_mask);
  const auto samples = static_cast<std::int64_t>(agent.samples);
  return {agent.provider,
          placed.endpoint,
          std::move(chat),
          {run, asked.episode, asked.sequence,
           asked.trial * samples + static_cast<std::int64_t>(sample)}};
}

struct ChatAgents::Parts {
  using Place = std::pair<std::int64_t, std::int64_t>;  // of a request: episode, sequence
  static Place place_of(const Correspondence& asked) { return {asked.episode, asked.sequence}; }

  // The samples of one request that have come so far.
  struct Asked {
    bool tools = false;
    BeliefRange range;
    std::string query;
    std::size_t missing = 0;
    std::vector<Result<AgentReply>> samples;
    Postponed postponed = Postponed::nothing;  // the most of any sample
    Error why;                                 // of that sample
  };

  Parts(ChatAgentOptions its_options, ChatCarrier its_carrier)
      : options(std::move(its_options)), carrier(std::move(its_carrier)) {}

  const ChatAgentOptions options;
  const ChatCarrier carrier;
  std::map<std::string, PlacedAgent> known;  // by the agent's name; of the asking thread
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<CorrespondenceReply> replies;  // guarded by the mutex, as what follows
  std::map<Place, Asked> under_way;

  void begin(const Correspondence& asked, std::size_t samples) {
    Asked begun;
    const auto* belief = std::get_if<BeliefRequest>(&asked.request);
    begun.tools = belief == nullptr;
    if (belief != nullptr) {
      begun.range = belief->range;
      begun.query = belief->query;
    }
    begun.missing = samples;
    begun.samples.resize(samples, Result<AgentReply>(Reply(Unparseable{})));
    const std::lock_guard lock(mutex);
    under_way.insert_or_assign(place_of(asked), std::move(begun));
  }

  [[nodiscard]] static Result<AgentReply> reply_of(const Asked& asked, const ChatResult& result) {
    if (!result.recorded) return fail(result.recorded.error());
    if (asked.tools) {
      CAUSAL_GYM_TRY(turn, chat_turn(result.outcome));
      return AgentReply(std::move(turn));
    }
    CAUSAL_GYM_TRY(reply, chat_reply(result.outcome, asked.range, asked.query));
    return AgentReply(std::move(reply));
  }

  [[nodiscard]] static Result<AgentReply> together(Asked& asked) {
    if (asked.samples.size() == 1)
      return asked.postponed == Postponed::nothing ? std::move(asked.samples.front())
                                                   : fail(asked.why);
    std::vector<Result<Reply>> samples;
    for (auto& sample : asked.samples) {
      if (sample)
        samples.emplace_back(std::get<Reply>(*std::move(sample)));
      else
        samples.emplace_back(fail(std::move(sample).error()));
    }
    auto reply = pooled_reply(samples);
    const bool cancelled = !reply && reply.error().code == ErrorCode::cancelled;
    // One that is to come may change what they come to.
    if (asked.postponed != Postponed::nothing && !cancelled) return fail(asked.why);
    if (!reply) return fail(std::move(reply).error());
    return AgentReply(*std::move(reply));
  }

  void postpone(Asked& asked, const ChatResult& result) const {
    // A reply that is not on record cannot be replayed: the run stops before it counts.
    if (!result.recorded) return postpone(asked, Postponed::experiment, result.recorded.error());
    // Of a record, what failed is all that there will ever be.
    if (options.asking != Asking::for_real) return;
    if (const auto* failure = std::get_if<ChatFailure>(&result.outcome))
      postpone(asked, postponed_by(result.outcome), postponing_error(*failure));
  }
  static void postpone(Asked& asked, Postponed what, const Error& why) {
    if (what <= asked.postponed) return;
    asked.postponed = what;
    asked.why = why;
  }

  void tell(const Place& place, std::size_t sample, const ChatResult& result) {
    const std::lock_guard lock(mutex);
    auto& asked = under_way.at(place);
    postpone(asked, result);
    take(place, sample, reply_of(asked, result));
  }
  void tell(const Place& place, std::size_t sample, const Error& error) {
    const std::lock_guard lock(mutex);
    take(place, sample, fail(error));
  }

  // With the mutex held.
  void take(const Place& place, std::size_t sample, Result<AgentReply> reply) {
    const auto found = under_way.find(place);
    auto& asked = found->second;
    asked.samples[sample] = std::move(reply);
    if (--asked.missing > 0) return;
    auto all = together(asked);
    replies.push_back({place.first, place.second, std::move(all), asked.postponed});
    under_way.erase(found);
    arrived.notify_one();
  }
};

ChatAgents::ChatAgents(ChatAgentOptions options, ChatCarrier carrier)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(carrier))) {}
ChatAgents::~ChatAgents() = default;

bool ChatAgents::takes(const std::string& agent) const { return is_model_name(agent); }

Status ChatAgents::check(const std::string& agent) const {
  CAUSAL_GYM_CHECKED(place_agent(agent, parts_->options));
  return {};
}

std::optional<ToolPlay> ChatAgents::tool_play(const std::string& agent) const {
  const auto read = read_chat_agent(agent);
  if (!read || !read->tools) return std::nullopt;
  return ToolPlay{read->turns};
}

void ChatAgents::ask(const Correspondence& asked) {
  auto& parts = *parts_;
  const auto place = Parts::place_of(asked);
  auto known = parts.known.find(asked.agent);
  if (known == parts.known.end()) {
    auto placed = place_agent(asked.agent, parts.options);
    if (!placed) {
      parts.begin(asked, 1);
      return parts.tell(place, 0, placed.error());
    }
    known = parts.known.emplace(asked.agent, *std::move(placed)).first;
  }
  const auto samples = known->second.agent.samples;
  parts.begin(asked, samples);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const auto submitted = parts.carrier(
        chat_call(known->second, asked, parts.options.run, sample),
        [&parts, place, sample](const ChatResult& result) { parts.tell(place, sample, result); });
    if (!submitted) parts.tell(place, sample, submitted.error());
  }
}

std::vector<CorrespondenceReply> ChatAgents::collect() {
  std::unique_lock lock(parts_->mutex);
  parts_->arrived.wait(lock, [&] { return !parts_->replies.empty() || parts_->under_way.empty(); });
  return std::exchange(parts_->replies, {});
}

}  // namespace causal_gym
