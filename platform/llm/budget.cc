#include "platform/llm/budget.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

namespace causal_gym {

namespace {

constexpr std::int64_t unasked_input_tokens = 1'024;
// Sums of doubles may be off in the last digits: a budget of exactly ten requests buys ten.
constexpr double cost_slack = 1 + 1e-9;

// Counts come from providers: sums stop at the largest number instead of overflowing.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return b > std::numeric_limits<std::int64_t>::max() - a ? std::numeric_limits<std::int64_t>::max()
                                                          : a + b;
}

void add(Charge& total, const Charge& charge) {
  total.calls = sum(total.calls, charge.calls);
  total.input_tokens = sum(total.input_tokens, charge.input_tokens);
  total.output_tokens = sum(total.output_tokens, charge.output_tokens);
  total.cost_usd = *total.cost_usd + charge.cost_usd.value_or(0);
}

BudgetVerdict refused(std::string reason, std::string option = {}) {
  return {BudgetAnswer::refused, std::move(reason), std::move(option)};
}

std::string dollars(double cost) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.6g USD", cost);
  return text.data();
}

// What a budget bounds: how its limit and its amounts are told, and the option that raises it.
struct Bounded {
  std::string (*amount)(double);
  const char* unit;
  const char* option;
};

std::string count_text(double count) { return std::to_string(static_cast<std::int64_t>(count)); }

constexpr Bounded calls{count_text, " calls", "--max-calls"};
constexpr Bounded input_tokens{count_text, " input tokens", "--max-input-tokens"};
constexpr Bounded output_tokens{count_text, " output tokens", "--max-output-tokens"};
constexpr Bounded cost{dollars, "", "--max-cost"};

// Whether one more fits below a limit: at all, and beside what is reserved.
BudgetVerdict fits(double spent, double reserved, double more, double limit, const Bounded& what) {
  const auto named = "the budget of " + what.amount(limit) + what.unit;
  if (spent + more > limit)
    return refused(named + " does not allow another request" +
                       (more == 1 ? ""
                                  : ", which may take " + what.amount(more) + " of the " +
                                        what.amount(std::max(0.0, limit - spent)) + " left"),
                   what.option);
  if (spent + reserved + more > limit)
    return {BudgetAnswer::wait, named + " is reserved by requests under way", {}};
  return {};
}

}  // namespace

Charge sum_of(const Charge& first, const Charge& second) {
  Charge sum{first.calls + second.calls, first.input_tokens + second.input_tokens,
             first.output_tokens + second.output_tokens, std::nullopt};
  if (first.cost_usd && second.cost_usd) sum.cost_usd = *first.cost_usd + *second.cost_usd;
  return sum;
}

BudgetVerdict fit_budget(const BudgetLimits& limits, const Charge& spent, const Charge& reserved,
                         const Charge& worst) {
  BudgetVerdict verdict;
  const auto look = [&](double limit, double so_far, double under_way, double more,
                        const Bounded& what) {
    if (verdict.answer == BudgetAnswer::refused) return;
    if (auto found = fits(so_far, under_way, more, limit, what);
        found.answer != BudgetAnswer::granted)
      verdict = std::move(found);
  };
  const auto look_at_count = [&](const std::optional<std::int64_t>& limit,
                                 std::int64_t Charge::*part, const Bounded& what) {
    if (limit)
      look(static_cast<double>(*limit), static_cast<double>(spent.*part),
           static_cast<double>(reserved.*part), static_cast<double>(worst.*part), what);
  };
  look_at_count(limits.calls, &Charge::calls, calls);
  look_at_count(limits.input_tokens, &Charge::input_tokens, input_tokens);
  look_at_count(limits.output_tokens, &Charge::output_tokens, output_tokens);
  if (limits.cost_usd)
    look(*limits.cost_usd * cost_slack, *spent.cost_usd, *reserved.cost_usd, *worst.cost_usd, cost);
  return verdict;
}

std::int64_t most_input_tokens(std::size_t body_bytes) {
  return static_cast<std::int64_t>(body_bytes) + unasked_input_tokens;
}

Budget::Budget(const BudgetLimits& limits, double now_seconds, const Spending& before)
    : limits_(limits), begun_seconds_(now_seconds), spending_(before) {
  spending_.spent.cost_usd = before.spent.cost_usd.value_or(0);
  spending_.at_worst.cost_usd = before.at_worst.cost_usd.value_or(0);
}

BudgetVerdict Budget::reserve(const Charge& worst, double now_seconds) {
  if (const auto left = seconds_left(now_seconds); left && *left <= 0)
    return refused(time_is_used_up, time_option);
  if (limits_.cost_usd && !worst.cost_usd)
    return refused("the price of this model is not known for a request of up to " +
                   count_text(static_cast<double>(worst.input_tokens)) +
                   " tokens in, so the budget of " + dollars(*limits_.cost_usd) +
                   " cannot be kept; a row of --prices for as many tells it");
  auto verdict = fit_budget(limits_, spending_.spent, reserved_, worst);
  if (verdict.answer == BudgetAnswer::granted) add(reserved_, worst);
  return verdict;
}

void Budget::settle(const Charge& worst, const Charge& actual) {
  reserved_.calls -= worst.calls;
  reserved_.input_tokens -= worst.input_tokens;
  reserved_.output_tokens -= worst.output_tokens;
  // Exactly nothing when nothing is under way, whatever was rounded before.
  reserved_.cost_usd =
      reserved_.calls <= 0 ? 0.0 : std::max(0.0, *reserved_.cost_usd - worst.cost_usd.value_or(0));
  if (!actual.cost_usd)
    spending_.calls_of_unknown_cost = sum(spending_.calls_of_unknown_cost, actual.calls);
  add(spending_.spent, actual);
  if (actual.is_worst) add(spending_.at_worst, actual);
}

std::optional<double> Budget::seconds_left(double now_seconds) const {
  if (!limits_.wall_seconds) return std::nullopt;
  return std::max(0.0, *limits_.wall_seconds - (now_seconds - begun_seconds_));
}

}  // namespace causal_gym
