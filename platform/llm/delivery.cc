#include "platform/llm/delivery.h"

#include <utility>

namespace causal_gym {

Delivery::Delivery(ExchangeSink sink, Logger* log) : sink_(std::move(sink)), log_(log) {
  thread_ = std::thread([this] { run(); });
}

Delivery::~Delivery() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Delivery::expect_one(std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (outstanding_ >= most) return false;
  ++outstanding_;
  return true;
}

void Delivery::deliver(ChatResult result, ChatDone done) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = queue_.empty();
    queue_.push_back({std::move(result), std::move(done)});
  }
  if (first) changed_.notify_all();
}

std::size_t Delivery::outstanding() const {
  const std::lock_guard lock(mutex_);
  return outstanding_;
}

void Delivery::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return outstanding_ == 0; });
}

void Delivery::run() {
  for (;;) {
    std::vector<Parcel> parcels;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      parcels.swap(queue_);
    }
    for (auto& parcel : parcels) hand_over(std::move(parcel));
  }
}

void Delivery::hand_over(Parcel parcel) {
  auto& result = parcel.result;
  if (sink_ && (result.exchange.cached || !result.exchange.attempts.empty())) {
    result.recorded = sink_(result.exchange);
    if (!result.recorded && log_ != nullptr)
      log_->write(LogLevel::error, "chat_not_recorded",
                  {{"call", call_key_text(result.exchange.key)},
                   {"reason", error_text(result.recorded.error())}});
  }
  if (parcel.done) parcel.done(std::move(result));
  parcel.done = {};  // what the caller holds is let go before the call counts as over
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    last = --outstanding_ == 0;
  }
  if (last) changed_.notify_all();
}

}  // namespace causal_gym
