#include "apps/cli/progress_bar.h"

#include <fmt/format.h>

#include <algorithm>

namespace causal_gym {

namespace {

constexpr std::size_t bar_width = 30;
constexpr std::chrono::milliseconds redraw_interval{100};

}  // namespace

ProgressBar::ProgressBar(std::ostream& out, bool enabled, std::string what)
    : out_(out),
      enabled_(enabled),
      what_(std::move(what)),
      started_(std::chrono::steady_clock::now()),
      last_(started_) {}

ProgressBar::~ProgressBar() {
  if (drawn_) out_ << "\r\033[K" << std::flush;
}

void ProgressBar::update(std::size_t done, std::size_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || total == 0 || (done < total && now - last_ < redraw_interval)) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const auto filled = std::min(bar_width, bar_width * done / total);
  std::string remaining;
  if (done > 0 && done < total)
    remaining = fmt::format(
        ", {:.0f} s left", seconds / static_cast<double>(done) * static_cast<double>(total - done));
  out_ << fmt::format("\r\033[K[{}{}] {}/{} {}{}", std::string(filled, '#'),
                      std::string(bar_width - filled, '.'), done, total, what_, remaining)
       << std::flush;
  drawn_ = true;
}

}  // namespace causal_gym
