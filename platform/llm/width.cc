#include "platform/llm/width.h"

#include <algorithm>
#include <limits>

namespace causal_gym {

Width::Width(const WidthOptions& options)
    : options_(options),
      limit_(std::max(options.most, 1)),
      no_cut_before_(-std::numeric_limits<double>::infinity()),
      no_growth_before_(no_cut_before_) {}

void Width::succeeded(double now_seconds) {
  if (now_seconds < no_growth_before_ || limit_ >= options_.most) return;
  if (++successes_ < limit_) return;
  successes_ = 0;
  ++limit_;
}

void Width::rate_limited(double now_seconds) {
  successes_ = 0;
  no_growth_before_ = now_seconds + options_.cooldown_seconds;
  if (now_seconds < no_cut_before_) return;
  no_cut_before_ = now_seconds + options_.cooldown_seconds;
  limit_ = std::max(1, static_cast<int>(limit_ * options_.cut));
}

void Width::troubled(double now_seconds) {
  successes_ = 0;
  no_growth_before_ = std::max(no_growth_before_, now_seconds + options_.cooldown_seconds);
}

}  // namespace causal_gym
