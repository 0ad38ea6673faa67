// What is told is recorded first; what queued up meanwhile is recorded together; and one exchange
// that cannot be recorded costs the others nothing.
#include "platform/llm/delivery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "platform/telemetry/clock.h"
#include "platform/telemetry/log.h"

namespace causal_gym {
namespace {

constexpr std::int64_t never_sent = 99;  // no such exchange may be recorded

using Sequences = std::vector<std::int64_t>;

ChatResult result_number(std::int64_t sequence, std::size_t bytes = 10) {
  ChatResult result;
  result.exchange.key = {"r", 1, sequence, 0};
  result.exchange.response_body = std::string(bytes, 'x');
  result.exchange.attempts.emplace_back();
  return result;
}

Sequences sequences_of(std::span<const Exchange> exchanges) {
  Sequences sequences;
  for (const auto& exchange : exchanges) sequences.push_back(exchange.key.sequence);
  return sequences;
}

// A sink that writes down its batches, and stands still until it is opened.
class Disk {
 public:
  ExchangeSink sink() {
    return [this](std::span<const Exchange> exchanges) -> Status {
      std::unique_lock lock(mutex_);
      batches_.push_back(sequences_of(exchanges));
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      for (const auto& exchange : exchanges)
        if (exchange.response_body == "bad") return fail(ErrorCode::conflict, "a bad exchange");
      for (const auto sequence : batches_.back()) recorded_.push_back(sequence);
      return {};
    };
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_a_batch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !batches_.empty(); });
  }
  std::vector<Sequences> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }
  Sequences recorded() {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::vector<Sequences> batches_;
  Sequences recorded_;
};

struct Told {
  std::int64_t sequence;
  Status recorded;
  Exchange exchange;
};

// The first result holds the disk while the others queue up behind it.
class DeliveryTest : public testing::Test {
 protected:
  void deliver(ChatResult result) {
    ASSERT_TRUE(delivery.expect_one(10'000));
    delivery.deliver(std::move(result), [this](ChatResult told_result) {
      const auto kept = disk.recorded();
      const auto sequence = told_result.exchange.key.sequence;
      const bool is_kept = std::find(kept.begin(), kept.end(), sequence) != kept.end();
      EXPECT_TRUE(is_kept || !told_result.recorded || sequence == never_sent);
      told.push_back({told_result.exchange.key.sequence, told_result.recorded,
                      std::move(told_result.exchange)});
    });
  }
  void deliver_behind_a_slow_one(std::vector<ChatResult> results) {
    deliver(result_number(0));
    disk.wait_for_a_batch();
    for (auto& result : results) deliver(std::move(result));
    EXPECT_EQ(disk.batches().size(), 1U);
    EXPECT_TRUE(told.empty());  // nothing before it is kept
    disk.open();
    delivery.wait();
  }
  [[nodiscard]] Sequences told_sequences() const {
    Sequences sequences;
    for (const auto& each : told) sequences.push_back(each.sequence);
    return sequences;
  }

  SystemClock clock;
  std::ostringstream lines;
  Logger log{LogLevel::warn, clock, lines};
  Disk disk;
  std::vector<Told> told;  // by the thread of the delivery, which wait() joins
  Delivery delivery{disk.sink(), &log};
};

TEST_F(DeliveryTest, WhatQueuedUpIsRecordedTogetherAndToldInOrder) {
  deliver_behind_a_slow_one({result_number(1), result_number(2), result_number(3)});
  EXPECT_EQ(disk.batches(), (std::vector<Sequences>{{0}, {1, 2, 3}}));
  EXPECT_EQ(told_sequences(), (Sequences{0, 1, 2, 3}));
  for (const auto& each : told) {
    EXPECT_TRUE(each.recorded);
    EXPECT_EQ(each.exchange.response_body, "xxxxxxxxxx");
  }
}

TEST_F(DeliveryTest, ABatchHasAtMost256Exchanges) {
  std::vector<ChatResult> results;
  for (std::int64_t i = 1; i <= 600; ++i) results.push_back(result_number(i));
  deliver_behind_a_slow_one(std::move(results));
  std::vector<std::size_t> sizes;
  for (const auto& batch : disk.batches()) sizes.push_back(batch.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 256, 256, 88}));
  EXPECT_EQ(told.size(), 601U);
}

TEST_F(DeliveryTest, ABatchHasAtMost16MiBUnlessOneAloneHasMore) {
  constexpr std::size_t half = 8 << 20;
  deliver_behind_a_slow_one({result_number(1, half), result_number(2, half), result_number(3, 1),
                             result_number(4, 3 * half), result_number(5, half + 1),
                             result_number(6, half)});
  EXPECT_EQ(disk.batches(), (std::vector<Sequences>{{0}, {1, 2}, {3}, {4}, {5}, {6}}));
  EXPECT_EQ(told_sequences(), (Sequences{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(DeliveryTest, OneBadExchangeDoesNotSpoilTheOthers) {
  auto bad = result_number(2);
  bad.exchange.response_body = "bad";
  deliver_behind_a_slow_one({result_number(1), std::move(bad), result_number(3)});
  EXPECT_EQ(disk.batches(), (std::vector<Sequences>{{0}, {1, 2, 3}, {1}, {2}, {3}}));
  EXPECT_EQ(disk.recorded(), (Sequences{0, 1, 3}));
  ASSERT_EQ(told_sequences(), (Sequences{0, 1, 2, 3}));
  for (const auto& each : told) EXPECT_EQ(each.recorded.has_value(), each.sequence != 2);
  EXPECT_EQ(told[2].recorded.error().message, "a bad exchange");
  EXPECT_EQ(told[2].exchange.response_body, "bad");
  EXPECT_NE(lines.str().find("r/1/2/0"), std::string::npos);
  EXPECT_EQ(lines.str().find("r/1/1/0"), std::string::npos);
}

TEST_F(DeliveryTest, WhatWasNeverSentIsToldInItsTurnAndNotRecorded) {
  auto unsent = result_number(never_sent);
  unsent.exchange.attempts.clear();
  auto cached = result_number(3);
  cached.exchange.attempts.clear();
  cached.exchange.cached = true;
  deliver_behind_a_slow_one({result_number(1), std::move(unsent), std::move(cached)});
  EXPECT_EQ(disk.recorded(), (Sequences{0, 1, 3}));
  EXPECT_EQ(told_sequences(), (Sequences{0, 1, never_sent, 3}));
}

}  // namespace
}  // namespace causal_gym
