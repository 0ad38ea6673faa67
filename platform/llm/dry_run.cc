#include "platform/llm/dry_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "platform/llm/chat_client.h"

namespace causal_gym {

namespace {

constexpr std::int64_t message_tokens =
    64;  // of a turn's frame on the wire, ids and names included

ChatAgentOptions without_asking(ChatAgentOptions options) {
  options.asking = Asking::not_at_all;
  return options;
}

}  // namespace

DryRun::DryRun(ChatAgentOptions options, PriceTable prices)
    : options_(without_asking(std::move(options))), prices_(std::move(prices)) {}

bool DryRun::takes(const std::string& agent) const { return is_model_name(agent); }

Status DryRun::check(const std::string& agent) const {
  CAUSAL_GYM_CHECKED(place_agent(agent, options_));
  return {};
}

std::optional<ToolPlay> DryRun::tool_play(const std::string& agent) const {
  const auto read = read_chat_agent(agent);
  if (!read || !read->tools) return std::nullopt;
  return ToolPlay{read->turns};
}

// Each turn is told the opening and what the turns before it said and got.
Charge DryRun::bound(const PlacedAgent& placed, const Correspondence& asked) {
  const auto call = chat_call(placed, asked, options_.run, 0);
  const auto& provider = *call.provider;
  const auto wire = provider.encode(call.request, call.endpoint, provider.capabilities);
  const auto first = worst_charge(call, wire, prices_);
  Charge sum;
  const auto* turn = std::get_if<TurnRequest>(&asked.request);
  if (turn == nullptr) {
    for (std::size_t i = 0; i < placed.agent.samples; ++i) sum = sum_of(sum, first);
    explain(asked.agent, call, first);
    return sum;
  }
  const auto a_turn =
      static_cast<std::int64_t>(turn->most_result_bytes) + placed.agent.max_tokens + message_tokens;
  const auto told = placed.agent.history == 0 ? turn->most_turns : placed.agent.history;
  for (std::size_t i = 0; i < turn->most_turns; ++i) {
    auto charge = first;
    charge.input_tokens += static_cast<std::int64_t>(std::min(i, told)) * a_turn;
    charge.cost_usd = worst_cost(call, charge.input_tokens, charge.output_tokens, prices_);
    explain(asked.agent, call, charge);
    sum = sum_of(sum, charge);
  }
  return sum;
}

void DryRun::explain(const std::string& agent, const ChatCall& call, const Charge& unpriced) {
  if (unpriced.cost_usd || unpriced_.contains(agent)) return;
  const auto priced = priced_model(call);
  const auto most = prices_.known_up_to(priced);
  unpriced_[agent] =
      most ? fmt::format(
                 "its price is known for requests of up to {} tokens in, and one may have more, at "
                 "least {}; the options turns and history bound them, and a row of --prices may be "
                 "for more",
                 *most, unpriced.input_tokens)
           : "its price is not known; " + how_to_price(priced);
}

void DryRun::ask(const Correspondence& asked) {
  auto known = known_.find(asked.agent);
  if (known == known_.end()) {
    auto placed = place_agent(asked.agent, options_);
    if (!placed) {
      replies_.push_back({asked.episode, asked.sequence, fail(std::move(placed).error())});
      return;
    }
    known = known_.emplace(asked.agent, *std::move(placed)).first;
  }
  auto& sum = bounds_[asked.agent];
  sum = sum_of(sum, bound(known->second, asked));
  const Reply refused = Refused{"a dry run"};
  if (std::holds_alternative<TurnRequest>(asked.request))
    replies_.push_back({asked.episode, asked.sequence, AgentReply(TurnReply{{}, {}, refused})});
  else
    replies_.push_back({asked.episode, asked.sequence, AgentReply(refused)});
}

std::vector<CorrespondenceReply> DryRun::collect() { return std::exchange(replies_, {}); }

}  // namespace causal_gym
