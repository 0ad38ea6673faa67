// The thread that records finished exchanges and then tells who asked, so that neither a slow disk
// nor a slow caller holds up the network. Part of ChatClient.
//
// What has queued up while the disk was busy is recorded as one batch, so that a slow disk makes
// batches larger, not the queue longer. Source: group commit, DeWitt et al. 1984, SIGMOD,
// section 5. Cost: one queue and one thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "platform/llm/chat_client.h"

namespace causal_gym {

class Delivery {
 public:
  explicit Delivery(ExchangeSink sink, Logger* log);
  // Delivers what is queued, then joins.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // All are safe from any thread.
  // Counts a call that will be delivered; false: there are `most` already.
  [[nodiscard]] bool expect_one(std::size_t most);
  // Records the exchange when something was sent or read from the cache, then calls `done`. Results
  // are told in the order of their delivery.
  void deliver(ChatResult result, ChatDone done);
  [[nodiscard]] std::size_t outstanding() const;
  // Until every expected call is delivered; not from a callback.
  void wait() const;

 private:
  struct Parcel {
    ChatResult result;
    ChatDone done;
  };
  void run();
  [[nodiscard]] static bool is_recorded(const ChatResult& result);
  // How many of the parcels, at least one, make the next batch.
  [[nodiscard]] static std::size_t batch_of(std::span<const Parcel> parcels);
  void record(std::span<Parcel> batch);
  void tell(Parcel parcel);

  const ExchangeSink sink_;
  Logger* const log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Parcel> queue_;    // guarded by mutex_
  std::size_t outstanding_ = 0;  // guarded by mutex_
  bool ending_ = false;          // guarded by mutex_
  std::thread thread_;
};

}  // namespace causal_gym
