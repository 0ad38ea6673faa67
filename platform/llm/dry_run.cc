#include "platform/llm/dry_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "platform/llm/chat_client.h"

namespace causal_gym {

namespace {

// Of a turn's frame on the wire, of a tool's use with its result, ids included, or of the words
// that say which turns are left out.
constexpr std::int64_t message_tokens = 64;

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

// A turn is told the opening and what the turns before it, as far as its history goes, said and
// got; the frame of a use of a tool stands once for the use and its result.
Charge DryRun::bound(const PlacedAgent& placed, const Correspondence& asked) {
  const auto& agent = placed.agent;
  const auto call = chat_call(placed, asked, options_.run, 0);
  const auto wire = call.provider->encode(call.request, call.endpoint, call.provider->capabilities);
  const auto first = worst_charge(call, wire, prices_);
  if (prices_.is_free_here(priced_model(call))) free_.insert(asked.agent);
  Charge sum;
  const auto* turn = std::get_if<TurnRequest>(&asked.request);
  if (turn == nullptr) {
    for (std::size_t i = 0; i < agent.samples; ++i) sum = sum_of(sum, first);
    if (!sum.cost_usd) explain(asked.agent, call, {first.input_tokens, first.input_tokens, 0});
    return sum;
  }
  const auto uses = std::min(static_cast<std::int64_t>(turn->most_uses), agent.max_tokens);
  const auto a_turn = static_cast<std::int64_t>(turn->most_result_bytes) + agent.max_tokens +
                      (1 + uses) * message_tokens;
  const auto told = agent.history == 0 ? turn->most_turns : agent.history;
  auto charge = first;
  for (std::size_t i = 0; i < turn->most_turns; ++i) {
    charge.input_tokens = first.input_tokens +
                          static_cast<std::int64_t>(std::min(i, told)) * a_turn +
                          (i > told ? message_tokens : 0);
    charge.cost_usd = worst_cost(call, charge.input_tokens, charge.output_tokens, prices_);
    sum = sum_of(sum, charge);
  }
  if (!sum.cost_usd)
    explain(asked.agent, call, {first.input_tokens + message_tokens, charge.input_tokens, a_turn});
  return sum;
}

// Of several environments, the longest request and the fewest turns that fit.
void DryRun::explain(const std::string& agent, const ChatCall& call, const Lengths& lengths) {
  const auto priced = priced_model(call);
  auto& why = unpriced_[agent];
  why.most = prices_.known_up_to(priced);
  if (!why.most) {
    why.how_to_price = how_to_price(priced);
    return;
  }
  why.longest = std::max(why.longest, lengths.longest);
  const auto turns = lengths.a_turn == 0 ? 0 : (*why.most - lengths.first) / lengths.a_turn;
  why.turns = std::min(why.turns.value_or(turns), turns);
}

std::map<std::string, std::string> DryRun::unpriced() const {
  std::map<std::string, std::string> all;
  for (const auto& [agent, why] : unpriced_) {
    auto& text = all[agent];
    if (!why.most) {
      text = "its price is not known; " + why.how_to_price;
      continue;
    }
    text =
        fmt::format("its price is known for requests of up to {} tokens in, and one may have {}; ",
                    *why.most, why.longest);
    if (why.turns.value_or(0) > 0)
      text += fmt::format("history={} or turns={} keeps below it, as may a smaller max_tokens; ",
                          *why.turns, *why.turns + 1);
    else
      text += "smaller values of the options history and max_tokens make it shorter; ";
    text += "--prices may have one more row of it, with a larger most_input_tokens or none";
  }
  return all;
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
