#include "platform/llm/chat_client.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include "platform/llm/admission.h"
#include "platform/llm/call_flow.h"
#include "platform/llm/delivery.h"

namespace causal_gym {

namespace {

Status check_options(const ChatClientOptions& options) {
  const auto bad = [](const std::string& message) {
    return fail(ErrorCode::invalid_argument, message);
  };
  CAUSAL_GYM_CHECKED(check_retry_options(options.retry));
  if (options.width.most < 1) return bad("the most connections must be at least 1");
  if (options.most_failures < 1) return bad("the most failures must be at least 1");
  if (options.most_calls < 1) return bad("the most calls must be at least 1");
  const auto& attempt = options.attempt;
  if (std::min({attempt.connect, attempt.first_byte, attempt.total}).count() < 1)
    return bad("every timeout must be at least a millisecond");
  const auto is_positive = [](const std::optional<double>& value) {
    return !value || (std::isfinite(*value) && *value > 0);
  };
  if (!is_positive(options.call_seconds)) return bad("the time of a call must be positive");
  const auto& budget = options.budget;
  if (!is_positive(budget.wall_seconds)) return bad("the budget of time must be positive");
  if (budget.cost_usd && !(*budget.cost_usd >= 0)) return bad("the budget of cost is negative");
  for (const auto& count : {budget.calls, budget.input_tokens, budget.output_tokens})
    if (count.value_or(0) < 0) return bad("a budget is negative");
  return {};
}

}  // namespace

PricedModel priced_model(const ChatCall& call) {
  return {call.provider->name, call.endpoint.base_url, call.request.model};
}

Charge worst_charge(const ChatCall& call, const WireRequest& wire, const PriceTable& prices) {
  Charge worst;
  worst.calls = 1;
  worst.input_tokens = most_input_tokens(wire.body.size());
  worst.output_tokens = std::max<std::int64_t>(call.request.max_output_tokens, 0);
  worst.cost_usd = worst_cost(call, worst.input_tokens, worst.output_tokens, prices);
  worst.is_worst = true;
  return worst;
}

std::optional<double> worst_cost(const ChatCall& call, std::int64_t input_tokens,
                                 std::int64_t output_tokens, const PriceTable& prices) {
  auto price = prices.find(priced_model(call), input_tokens);
  if (!price) return std::nullopt;
  price->input = std::max(price->input, price->cached_input);
  return cost_usd(*price, input_tokens, 0, output_tokens);
}

struct ChatClient::Parts {
  Parts(ChatClientOptions client_options, const Clock& its_clock)
      : options(std::move(client_options)),
        clock(its_clock),
        delivery(options.sink, options.log),
        admission(options.shared_budget, options.pace),
        flow(options, clock, delivery, admission) {}

  [[nodiscard]] PreparedCall prepare(ChatCall call, ChatDone done);
  bool answer_from_cache(PreparedCall& prepared);

  const ChatClientOptions options;
  const Clock& clock;
  std::atomic<std::uint64_t> last_id = 0;
  Delivery delivery;
  Admission admission;
  CallFlow flow;
  std::unique_ptr<Transfers> transfers;  // ends first: its thread uses all the others
};

PreparedCall ChatClient::Parts::prepare(ChatCall call, ChatDone done) {
  PreparedCall prepared;
  prepared.id = ++last_id;
  prepared.begun_seconds = flow.now_seconds();
  const auto& provider = *call.provider;
  prepared.wire = provider.encode(call.request, call.endpoint, provider.capabilities);
  auto& exchange = prepared.exchange;
  exchange.key = call.key;
  exchange.provider = provider.name;
  exchange.base_url = call.endpoint.base_url;
  exchange.model = call.request.model;
  exchange.stream = call.request.stream;
  if (options.shared_budget) exchange.call = prepared.id;
  exchange.request_body = prepared.wire.body;
  call.endpoint.key.hide_in(exchange.request_body);
  exchange.cache_key =
      exchange_cache_key(provider.name, call.endpoint.base_url, prepared.wire.body, call.key.trial);
  prepared.call = std::move(call);
  prepared.done = std::move(done);
  return prepared;
}

// Whether a kept response was a reply; anything else is asked again.
bool ChatClient::Parts::answer_from_cache(PreparedCall& prepared) {
  if (!options.cache) return false;
  auto& exchange = prepared.exchange;
  const auto kept = options.cache(exchange);
  if (!kept) return false;
  const auto& call = prepared.call;
  auto outcome = read_response(*call.provider, call.request.stream, *kept);
  if (!std::holds_alternative<ChatReply>(outcome)) return false;
  exchange.cached = true;
  exchange.status = kept->status;
  exchange.headers = headers_of_interest(kept->headers);
  exchange.response_body = kept->body.substr(0, options.most_recorded_bytes);
  exchange.response_cut = kept->body.size() > options.most_recorded_bytes;
  exchange.cost_usd = 0;
  exchange.seconds = flow.now_seconds() - prepared.begun_seconds;
  write_outcome(outcome, exchange);
  delivery.deliver({std::move(outcome), std::move(exchange), {}}, std::move(prepared.done));
  return true;
}

Result<std::unique_ptr<ChatClient>> ChatClient::start(ChatClientOptions options,
                                                      const Clock& clock) {
  CAUSAL_GYM_CHECKED(check_options(options));
  CAUSAL_GYM_TRY(transfers, Transfers::start({.ca_file = options.ca_file}));
  auto parts = std::make_unique<Parts>(std::move(options), clock);
  parts->flow.use(*transfers);
  parts->transfers = std::move(transfers);
  return std::unique_ptr<ChatClient>(new ChatClient(std::move(parts)));
}

ChatClient::ChatClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ChatClient::~ChatClient() {
  cancel_all();
  wait();
  // It may still be on its way back from telling the transfers, which end first.
  parts_->admission.end();
}

Result<std::uint64_t> ChatClient::submit(ChatCall call, ChatDone done) {
  if (call.provider == nullptr)
    return fail(ErrorCode::invalid_argument, "the call names no provider");
  if (!parts_->delivery.expect_one(parts_->options.most_calls))
    return fail(ErrorCode::limit_exceeded,
                "more than " + std::to_string(parts_->options.most_calls) +
                    " calls are waiting; submit the next when one is done");
  // std::function needs what can be copied; the task runs once.
  auto prepared = std::make_shared<PreparedCall>(parts_->prepare(std::move(call), std::move(done)));
  const auto id = prepared->id;
  if (parts_->answer_from_cache(*prepared)) return id;
  parts_->transfers->run_soon(
      [flow = &parts_->flow, prepared] { flow->add(std::move(*prepared)); });
  return id;
}

void ChatClient::cancel(std::uint64_t id) {
  parts_->transfers->run_soon([flow = &parts_->flow, id] { flow->cancel(id); });
}

void ChatClient::cancel_all() {
  parts_->transfers->run_soon([flow = &parts_->flow] { flow->cancel_all(); });
}

void ChatClient::wait() const { parts_->delivery.wait(); }

std::size_t ChatClient::outstanding() const { return parts_->delivery.outstanding(); }

Spending ChatClient::spending() const { return parts_->flow.spending(); }

}  // namespace causal_gym
