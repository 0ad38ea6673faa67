// What may be spent on language models, and what has been. Pure: the moment is passed in.
//
// The worst case of a request is reserved before it is sent and settled when it has ended, so that
// no order of events spends more than the limits. Cost: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace causal_gym {

struct BudgetLimits {                      // absent: none
  std::optional<std::int64_t> calls = {};  // requests sent, attempts included
  std::optional<std::int64_t> input_tokens = {};
  std::optional<std::int64_t> output_tokens = {};
  std::optional<double> cost_usd = {};
  std::optional<double> wall_seconds = {};  // since the budget was made
};

struct Charge {
  std::int64_t calls = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::optional<double> cost_usd = 0.0;  // absent: the price is not known
  bool is_worst = false;                 // nobody said what was used: the most it can be
  friend bool operator==(const Charge&, const Charge&) = default;
};

struct Spending {
  Charge spent = {};  // its cost: of the requests whose price is known
  std::int64_t calls_of_unknown_cost = 0;
  Charge at_worst = {};  // the part of it of charges that are their worst
};

// Of both; the cost is known when both are.
[[nodiscard]] Charge sum_of(const Charge& first, const Charge& second);

// No request of `body_bytes` has more input tokens than this. Each token of a byte-level vocabulary
// (byte-pair encodings, or sentence pieces that fall back to bytes) stands for at least one byte of
// the texts; JSON writes each of those bytes as one or more; and what a chat template adds to a
// message (its role and two or three marks) is less than the 20 bytes of JSON around it. What a
// provider puts before them unasked (how to call tools, the date) is allowed for by a constant: it
// publishes some hundreds of tokens for it.
[[nodiscard]] std::int64_t most_input_tokens(std::size_t body_bytes);

// granted: the worst case is reserved. wait: requests under way may leave enough. refused: never.
enum class BudgetAnswer { granted, wait, refused };

struct BudgetVerdict {
  BudgetAnswer answer = BudgetAnswer::granted;
  std::string reason;  // why not, with the limit's value
  std::string option;  // that raises it: "--max-calls"; empty where none does
};

// Whether `worst` fits into the limits, but for that of time, beside what was spent and what is
// reserved; their costs are known, and that of `worst` where there is a limit of cost.
[[nodiscard]] BudgetVerdict fit_budget(const BudgetLimits& limits, const Charge& spent,
                                       const Charge& reserved, const Charge& worst);

// A request of a call, for a budget that other processes spend too.
struct Reservation {
  std::uint64_t call = 0;            // of the client: one is all that a call has
  Charge so_far = {};                // of its requests that have ended
  std::optional<Charge> worst = {};  // of the one that is to go out; absent: none is
  friend bool operator==(const Reservation&, const Reservation&) = default;
};

// Reserves, in the place of what each call had reserved before, so_far and worst; of a call that is
// not granted, or asks for nothing, so_far. A verdict for each; is called by one thread at a time.
// Errors: unavailable: nothing is known, and it is asked again.
using SharedBudget =
    std::function<Result<std::vector<BudgetVerdict>>(std::span<const Reservation>)>;

inline constexpr const char* time_is_used_up = "the budget of time is used up";
inline constexpr const char* time_option = "--max-time";

class Budget {
 public:
  // Moments are seconds of one steady clock. What was spent before counts, but for its time.
  Budget(const BudgetLimits& limits, double now_seconds, const Spending& before = {});

  // A limit of cost refuses a request whose cost is not known.
  [[nodiscard]] BudgetVerdict reserve(const Charge& worst, double now_seconds);
  // `worst` as it was reserved.
  void settle(const Charge& worst, const Charge& actual);

  // Absent: no limit; 0: it is over.
  [[nodiscard]] std::optional<double> seconds_left(double now_seconds) const;

  [[nodiscard]] const Spending& spending() const { return spending_; }  // and before
  [[nodiscard]] const Charge& reserved() const { return reserved_; }    // of what is under way

 private:
  BudgetLimits limits_;
  double begun_seconds_;
  Spending spending_;
  Charge reserved_;
};

}  // namespace causal_gym
