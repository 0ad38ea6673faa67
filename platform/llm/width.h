// How many requests may be under way at one provider at a time, learned from its answers. Pure: the
// moment is passed in.
//
// Source: additive increase, multiplicative decrease (Chiu & Jain 1989). Too many requests: x 0.7,
// once in each cooldown, as one wave of requests gets many such answers. Errors and timeouts of a
// server say nothing about our share: no growth for a cooldown. Successes: one more for each full
// width of them. Cost: none.
#pragma once

namespace causal_gym {

struct WidthOptions {
  int most = 64;  // --max-connections; where it starts
  double cut = 0.7;
  double cooldown_seconds = 5;
};

class Width {
 public:
  // At least 1, whatever the options say.
  explicit Width(const WidthOptions& options);

  [[nodiscard]] int limit() const { return limit_; }

  // Moments are seconds of one steady clock.
  void succeeded(double now_seconds);
  void rate_limited(double now_seconds);
  void troubled(double now_seconds);  // 5xx, timeouts, broken connections

 private:
  WidthOptions options_;
  int limit_;
  int successes_ = 0;  // since the last change
  double no_cut_before_;
  double no_growth_before_;
};

}  // namespace causal_gym
