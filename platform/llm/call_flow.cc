#include "platform/llm/call_flow.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>
#include <vector>

#include "engine/base/rng.h"
#include "platform/llm/call_state.h"
#include "platform/llm/provider_config.h"

namespace causal_gym {

namespace {

constexpr std::chrono::milliseconds cancellation_interval{50};
constexpr int most_fallbacks = 8;  // of one call; more than there are parameters to drop

// Would any other request to the provider fail in the same way?
bool stops_provider(FailureKind kind) {
  return kind == FailureKind::quota || kind == FailureKind::authentication ||
         kind == FailureKind::forbidden || kind == FailureKind::untrusted;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(
      std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(seconds * 1e3))));
}

}  // namespace

CallFlow::CallFlow(const ChatClientOptions& options, const Clock& clock, Delivery& delivery,
                   Admission& admission)
    : options_(options),
      clock_(clock),
      delivery_(delivery),
      admission_(admission),
      budget_(options.budget, now_seconds(), options.spent_before) {}

CallFlow::~CallFlow() = default;

double CallFlow::now_seconds() const {
  return std::chrono::duration<double>(clock_.steady()).count();
}

Spending CallFlow::spending() const {
  const std::lock_guard lock(budget_mutex_);
  return budget_.spending();
}

CallFlow::Lane& CallFlow::lane_of(const ChatCall& call) {
  const std::string provider(call.provider->name);
  auto& lane = lanes_[{provider, call.endpoint.base_url}];
  if (!lane) lane = std::make_unique<Lane>(provider + " " + call.endpoint.base_url, options_.width);
  return *lane;
}

void CallFlow::add(PreparedCall prepared) {
  auto& lane = lane_of(prepared.call);
  const Rng rng(options_.seed, stream_of(call_key_text(prepared.call.key)));
  const auto call =
      std::make_shared<Call>(std::move(prepared), lane, RetryPolicy(options_.retry, rng));
  const auto& asked = call->asked();
  calls_.emplace(call->prepared.id, call);
  if (closed_ || options_.cancellation.cancelled())
    return finish(call, failure_of_ours(FailureKind::cancelled, "cancelled before it was sent"));
  if (const auto* why = stopped(*call)) return finish(call, *why);
  call->capabilities = asked.provider->capabilities;
  const auto known = remembered_.find({&lane, asked.request.model});
  if (known != remembered_.end()) {
    call->capabilities = known->second;
    call->prepared.wire = asked.provider->encode(asked.request, asked.endpoint, call->capabilities);
  }
  call->worst = worst_charge(asked, call->prepared.wire, options_.prices);
  lane.ready.push_back(call);
  send_waiting(lane);
  watch_cancellation();
}

void CallFlow::send_waiting(Lane& lane) {
  while (!lane.held && !lane.ready.empty() && lane.in_flight < lane.width.limit()) {
    const auto call = lane.ready.front();
    if (call->ended) {
      lane.ready.pop_front();
      continue;
    }
    const auto verdict = reserve(call->worst);
    if (verdict.answer == BudgetAnswer::wait) {
      budget_is_awaited_ = true;
      return;
    }
    lane.ready.pop_front();
    if (verdict.answer == BudgetAnswer::refused)
      finish(call, failure_of_budget(verdict.reason, verdict.option));
    else if (admission_.is_needed())
      ask_others(call);
    else
      send(call);
  }
}

void CallFlow::send_all_waiting() {
  budget_is_awaited_ = false;
  for (auto& [name, lane] : lanes_) send_waiting(*lane);
}

BudgetVerdict CallFlow::reserve(const Charge& worst) {
  const std::lock_guard lock(budget_mutex_);
  return budget_.reserve(worst, now_seconds());
}

double CallFlow::seconds_left(const Call& call) const {
  double left = call.deadline_seconds ? *call.deadline_seconds - now_seconds()
                                      : std::numeric_limits<double>::infinity();
  const std::lock_guard lock(budget_mutex_);
  return std::min(left, budget_.seconds_left(now_seconds()).value_or(left));
}

TransferLimits CallFlow::limits_of(const Call& call) const {
  auto limits = options_.attempt;
  // Rounded up, so that the time is over when the limit is reached.
  const double total = std::chrono::duration<double>(limits.total).count();
  if (const double left = seconds_left(call); left < total) limits.total = milliseconds_of(left);
  return limits;
}

// The request with the trace that it is made for, of which it is a span of its own.
WireRequest CallFlow::traced(const Call& call) const {
  auto wire = call.prepared.wire;
  if (!options_.trace) return wire;
  auto rng =
      Rng(options_.seed, stream_of(options_.trace->span_id + " " + call_key_text(call.asked().key)))
          .fork(call.prepared.exchange.attempts.size());
  auto span = *options_.trace;
  std::ostringstream digits;
  digits << std::hex << std::setfill('0') << std::setw(16) << (rng.next_bits() | 1);  // never zero
  span.span_id = digits.str();
  wire.headers.emplace_back("traceparent", trace_parent_text(span));
  if (!span.state.empty()) wire.headers.emplace_back("tracestate", span.state);
  return wire;
}

void CallFlow::send(const CallPointer& call) {
  const auto& asked = call->asked();
  auto& exchange = call->exchange();
  if (options_.call_seconds && !call->deadline_seconds)
    call->deadline_seconds = now_seconds() + *options_.call_seconds;
  exchange.request_body = call->prepared.wire.body;
  asked.endpoint.key.hide_in(exchange.request_body);
  exchange.attempts.push_back({clock_.now(), call->waited_seconds});
  call->waited_seconds = 0;
  ++call->lane.in_flight;
  TransferCallbacks callbacks;
  if (asked.request.stream) {
    call->reader = asked.provider->stream_reader();
    callbacks.on_piece = [call](std::string_view piece) { return call->reader->feed(piece); };
  }
  callbacks.on_done = [this, call](TransferResult result) { on_done(call, std::move(result)); };
  call->transfer =
      transfers_->submit(traced(*call), asked.endpoint.key, limits_of(*call), std::move(callbacks));
}

void CallFlow::on_done(const CallPointer& call, TransferResult result) {
  auto& lane = call->lane;
  call->transfer = 0;
  --lane.in_flight;
  auto outcome = outcome_of(*call, result);
  note_attempt(*call, result, outcome);
  settle(*call, result, outcome);
  tell_width(lane, outcome);
  tell_others(*call, outcome);
  decide(call, std::move(outcome));
  if (budget_is_awaited_)
    send_all_waiting();
  else
    send_waiting(lane);
}

ChatOutcome CallFlow::outcome_of(Call& call, TransferResult& result) const {
  const auto& asked = call.asked();
  auto outcome =
      transfer_outcome(*asked.provider, asked.endpoint.key, std::move(call.reader), result);
  // A server on this machine may need no key, so that none is sent to it; this one wants one.
  if (auto* failure = std::get_if<ChatFailure>(&outcome);
      failure != nullptr && failure->kind == FailureKind::authentication &&
      asked.endpoint.key.empty())
    failure->message += "; no key was sent: " + how_to_have_a_key(*asked.provider);
  if (result.end != TransferEnd::timeout || !std::holds_alternative<ChatFailure>(outcome))
    return outcome;
  const std::lock_guard lock(budget_mutex_);
  const auto left = budget_.seconds_left(now_seconds());
  if (left && *left <= 0) return failure_of_budget(time_is_used_up, time_option);
  return outcome;
}

void CallFlow::note_attempt(Call& call, const TransferResult& result, const ChatOutcome& outcome) {
  auto& exchange = call.exchange();
  auto& attempt = exchange.attempts.back();
  attempt.seconds = result.seconds;
  attempt.status = result.response.status;
  if (const auto* failure = std::get_if<ChatFailure>(&outcome)) {
    attempt.failure = failure->kind;
    attempt.code = failure->code;
    attempt.message = failure->message;
    attempt.parameter = failure->parameter;
  }
  exchange.status = result.response.status;
  exchange.headers = headers_of_interest(result.response.headers);
  exchange.response_cut = result.response.body.size() > options_.most_recorded_bytes;
  exchange.response_body = result.response.body.substr(0, options_.most_recorded_bytes);
}

// Nothing is charged for what was not sent, or what was answered with any status but a success.
// What broke off after it was sent may have been charged in full, and is.
void CallFlow::settle(Call& call, const TransferResult& result, const ChatOutcome& outcome) {
  Charge actual = call.worst;
  const auto& asked = call.asked();
  const auto* reply = std::get_if<ChatReply>(&outcome);
  const int status = result.response.status;
  if (!result.sent) {
    actual = Charge{};
  } else if (status != 0 && (status < 200 || status >= 300)) {
    actual = Charge{1, 0, 0, 0.0};
  } else if (reply != nullptr) {
    actual.input_tokens = reply->usage.input.value_or(actual.input_tokens);
    actual.output_tokens = reply->usage.output.value_or(actual.output_tokens);
    actual.is_worst = !reply->usage.input || !reply->usage.output;
    actual.cost_usd.reset();
    if (const auto price = options_.prices.find(priced_model(asked), actual.input_tokens))
      actual.cost_usd = cost_usd(*price, actual.input_tokens, reply->usage.cached_input.value_or(0),
                                 actual.output_tokens);
  }
  call.cost_usd += actual.cost_usd.value_or(0);
  call.cost_is_known = call.cost_is_known && actual.cost_usd.has_value();
  const auto& attempts = call.exchange().attempts;
  call.exchange().attempts.back().charge = actual;
  if (options_.observer) options_.observer(asked, attempts.back(), attempts.size());
  const std::lock_guard lock(budget_mutex_);
  budget_.settle(call.worst, actual);
}

void CallFlow::tell_width(Lane& lane, const ChatOutcome& outcome) const {
  const auto* failure = std::get_if<ChatFailure>(&outcome);
  if (failure == nullptr)
    lane.width.succeeded(now_seconds());
  else if (failure->kind == FailureKind::rate_limited)
    lane.width.rate_limited(now_seconds());
  else if (is_transient(failure->kind))
    lane.width.troubled(now_seconds());
}

void CallFlow::decide(const CallPointer& call, ChatOutcome outcome) {
  auto* failure = std::get_if<ChatFailure>(&outcome);
  if (failure == nullptr) {
    call->lane.failures = 0;
    return finish(call, std::move(outcome));
  }
  if (failure->kind == FailureKind::quota) return stop(call, std::move(*failure));
  if (call->cancelled)
    return finish(call, failure_of_ours(FailureKind::cancelled, "cancelled while under way"));
  if (const auto* why = stopped(*call); why != nullptr && is_transient(failure->kind))
    return finish(call, *why);
  if (failure->kind == FailureKind::unsupported_parameter && fall_back(call, *failure)) return;
  retry_or_finish(call, std::move(*failure));
}

bool CallFlow::fall_back(const CallPointer& call, const ChatFailure& failure) {
  const auto& asked = call->asked();
  if (++call->fallbacks > most_fallbacks || stopped(*call) != nullptr) return false;
  auto& remembered =
      remembered_.try_emplace({&call->lane, asked.request.model}, asked.provider->capabilities)
          .first->second;
  if (const auto without = without_parameter(remembered, failure.parameter)) {
    remembered = *without;
    if (options_.log != nullptr)
      options_.log->write(LogLevel::warn, "chat_parameter_dropped",
                          {{"provider", asked.provider->name},
                           {"model", asked.request.model},
                           {"parameter", failure.parameter},
                           {"reason", failure.message}});
  }
  // The same as what was sent: nothing is left to drop.
  if (remembered == call->capabilities) return false;
  call->capabilities = remembered;
  call->prepared.wire = asked.provider->encode(asked.request, asked.endpoint, remembered);
  call->worst = worst_charge(asked, call->prepared.wire, options_.prices);
  call->lane.ready.push_front(call);
  return true;
}

void CallFlow::retry_or_finish(const CallPointer& call, ChatFailure failure) {
  const auto decision = call->retry.next(failure, ++call->attempts);
  const bool in_time =
      !call->deadline_seconds || now_seconds() + decision.wait_seconds < *call->deadline_seconds;
  if (decision.again && in_time) return wait_and_retry(call, decision.wait_seconds, failure);
  if (is_transient(failure.kind))
    failure.message +=
        " (" + (decision.again ? "no time is left to try again" : decision.reason) + ")";
  auto& failures = call->lane.failures;
  failures = is_outage(failure.kind) ? failures + 1 : 0;
  if (stops_provider(failure.kind) || failure.kind == FailureKind::not_found ||
      failures >= options_.most_failures)
    return stop(call, std::move(failure));
  finish(call, std::move(failure));
}

void CallFlow::wait_and_retry(const CallPointer& call, double wait_seconds,
                              const ChatFailure& failure) {
  if (options_.log != nullptr)
    options_.log->write(LogLevel::info, "chat_retry",
                        {{"call", call_key_text(call->asked().key)},
                         {"provider", call->asked().provider->name},
                         {"failure", failure_kind_name(failure.kind)},
                         {"status", static_cast<std::int64_t>(failure.status)},
                         {"attempt", static_cast<std::int64_t>(call->attempts)},
                         {"wait_seconds", wait_seconds}});
  call->waited_seconds = wait_seconds;
  const auto id = call->prepared.id;
  const std::chrono::duration<double> wait(wait_seconds);
  transfers_->run_later(std::chrono::duration_cast<std::chrono::nanoseconds>(wait),
                        [this, id] { make_ready(id); });
  if (!call->deadline_seconds) return;
  // Also when its turn does not come again in time.
  const std::chrono::duration<double> left(*call->deadline_seconds - now_seconds());
  transfers_->run_later(std::chrono::duration_cast<std::chrono::nanoseconds>(left), [this, id] {
    const auto place = calls_.find(id);
    if (place == calls_.end() || place->second->is_under_way()) return;
    finish(place->second, failure_of_ours(FailureKind::timeout, time_of_call_is_used_up));
  });
}

void CallFlow::make_ready(std::uint64_t id) {
  const auto place = calls_.find(id);
  if (place == calls_.end()) return;  // it has ended meanwhile
  const auto call = place->second;
  call->lane.ready.push_front(call);
  send_waiting(call->lane);
}

const ChatFailure* CallFlow::stopped(const Call& call) {
  const auto& lane = call.lane;
  if (lane.stopped) return &*lane.stopped;
  const auto model = lane.stopped_models.find(call.asked().request.model);
  return model == lane.stopped_models.end() ? nullptr : &model->second;
}

// Ends the call, and every other one that waits for the same provider or, when that is what is not
// found, the same model.
void CallFlow::stop(const CallPointer& call, ChatFailure failure) {
  failure.lasting = true;
  finish(call, failure);
  if (stopped(*call) != nullptr) return;
  auto& lane = call->lane;
  const auto& asked = call->asked();
  if (failure.kind == FailureKind::not_found)
    lane.stopped_models.emplace(asked.request.model, failure);
  else
    lane.stopped = failure;
  if (options_.log != nullptr)
    options_.log->write(LogLevel::error,
                        lane.stopped ? "chat_provider_stopped" : "chat_model_stopped",
                        {{"provider", asked.provider->name},
                         {"model", asked.request.model},
                         {"code", failure.code},
                         {"reason", failure.message}});
  std::vector<CallPointer> waiting;
  for (const auto& [id, other] : calls_)
    if (&other->lane == &lane && !other->is_under_way() && stopped(*other) != nullptr)
      waiting.push_back(other);
  for (const auto& other : waiting) finish(other, failure);
}

void CallFlow::cancel(std::uint64_t id) {
  const auto place = calls_.find(id);
  if (place == calls_.end()) return;
  const auto call = place->second;
  call->cancelled = true;
  if (call->transfer != 0) return transfers_->cancel(call->transfer);
  if (call->is_asking) return;
  finish(call, failure_of_ours(FailureKind::cancelled, "cancelled while it waited"));
}

void CallFlow::cancel_all() {
  closed_ = true;
  std::vector<std::uint64_t> ids;
  for (const auto& [id, call] : calls_) ids.push_back(id);
  for (const auto id : ids) cancel(id);
}

void CallFlow::finish(const CallPointer& call, ChatOutcome outcome) {
  calls_.erase(call->prepared.id);
  call->ended = true;
  auto& exchange = call->exchange();
  write_outcome(outcome, exchange);
  if (call->cost_is_known) exchange.cost_usd = call->cost_usd;
  exchange.seconds = now_seconds() - call->prepared.begun_seconds;
  delivery_.deliver({std::move(outcome), std::move(exchange), {}}, std::move(call->prepared.done));
}

void CallFlow::watch_cancellation() {
  if (watching_ || closed_) return;
  watching_ = true;
  transfers_->run_later(cancellation_interval, [this] {
    watching_ = false;
    if (options_.cancellation.cancelled()) return cancel_all();
    if (!calls_.empty()) watch_cancellation();
  });
}

}  // namespace causal_gym
