#include "platform/llm/delivery.h"

#include <algorithm>
#include <utility>

namespace causal_gym {

namespace {

// A batch holds back its first reply, and the store's lock, until its last is written.
constexpr std::size_t most_in_a_batch = 256;
constexpr std::size_t most_batch_bytes = 16 << 20;

std::size_t bytes_of(const Exchange& exchange) {
  return exchange.request_body.size() + exchange.response_body.size();
}

}  // namespace

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
    std::span<Parcel> rest(parcels);
    while (!rest.empty()) {
      const auto batch = rest.first(batch_of(rest));
      record(batch);
      for (auto& parcel : batch) tell(std::move(parcel));
      rest = rest.subspan(batch.size());
    }
  }
}

bool Delivery::is_recorded(const ChatResult& result) {
  return result.exchange.cached || !result.exchange.attempts.empty();
}

std::size_t Delivery::batch_of(std::span<const Parcel> parcels) {
  const std::size_t most = std::min(parcels.size(), most_in_a_batch);
  std::size_t bytes = bytes_of(parcels.front().result.exchange);
  std::size_t count = 1;
  while (count < most && (bytes += bytes_of(parcels[count].result.exchange)) <= most_batch_bytes)
    ++count;
  return count;
}

void Delivery::record(std::span<Parcel> batch) {
  if (!sink_) return;
  std::vector<ChatResult*> results;
  std::vector<Exchange> exchanges;  // side by side while the sink reads them
  for (auto& parcel : batch) {
    if (!is_recorded(parcel.result)) continue;
    results.push_back(&parcel.result);
    exchanges.push_back(std::move(parcel.result.exchange));
  }
  if (exchanges.empty()) return;
  const auto together = sink_(exchanges);
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto& result = *results[i];
    // One that no store takes must not cost the others their place.
    const bool alone = !together && exchanges.size() > 1;
    result.recorded = alone ? sink_(std::span(exchanges).subspan(i, 1)) : together;
    result.exchange = std::move(exchanges[i]);
    if (!result.recorded && log_ != nullptr)
      log_->write(LogLevel::error, "chat_not_recorded",
                  {{"call", call_key_text(result.exchange.key)},
                   {"reason", error_text(result.recorded.error())}});
  }
}

void Delivery::tell(Parcel parcel) {
  if (parcel.done) parcel.done(std::move(parcel.result));
  parcel.done = {};  // what the caller holds is let go before the call counts as over
  bool last = false;
  {
    const std::lock_guard lock(mutex_);
    last = --outstanding_ == 0;
  }
  if (last) changed_.notify_all();
}

}  // namespace causal_gym
