// Exchanges come back as they were, by run and by key; what may not be given back is not.
#include "platform/store/exchange_store.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "platform/config/temporary_folder.h"
#include "platform/store/open_store.h"
#include "platform/store/sample_run.h"

namespace causal_gym {
namespace {

Exchange exchange(std::int64_t episode, const std::string& key, const std::string& response) {
  Exchange made;
  made.key = {"r", episode, 4, 0};
  made.provider = "openai";
  made.base_url = "https://api.example/v1";
  made.model = "some-model";
  made.model_version = "some-model-2026";
  made.cache_key = std::string(64 - key.size(), '0') + key;
  made.request_body = R"({"model":"some-model"})";
  made.status = 200;
  made.headers = {{"x-request-id", "req-1"}, {"content-type", "application/json"}};
  made.response_body = response;
  made.usage = {120, std::nullopt, 7, 0};
  made.cost_usd = 0.00125;
  made.seconds = 0.5;
  made.attempts = {{{}, 0, 0.25, 429, FailureKind::rate_limited, "slow_down", "wait"},
                   {{}, 0.25, 0.25, 200, {}, "", ""}};
  return made;
}

class ExchangeStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    runs = open_store(path).value();
    SampleRun sample{7};
    ASSERT_TRUE(runs->create_run({"r", "2026-11-23T23:51:02.007Z", sample.specification()}));
    store = ExchangeStore::open(path).value();
  }
  Status record(const Exchange& exchange, std::int64_t now) {
    return store->record({&exchange, 1}, now);
  }
  static std::string key(const std::string& end) { return std::string(64 - end.size(), '0') + end; }

  TemporaryFolder folder;
  std::string path = folder.file("runs.sqlite");
  std::unique_ptr<RunStore> runs;
  std::unique_ptr<ExchangeStore> store;
};

TEST_F(ExchangeStoreTest, ARunsExchangesComeBackInOrderAsTheyWere) {
  auto late = exchange(2, "a", "second");
  auto failed = exchange(1, "b", "");
  failed.failure = FailureKind::timeout;
  failed.failure_message = "no answer in 60 s";
  failed.status = 0;
  ASSERT_TRUE(record(late, 100));
  ASSERT_TRUE(record(failed, 101));
  const auto stored = ExchangeStore::open(path).value()->of_run("r").value();
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[0].key, failed.key);
  EXPECT_EQ(stored[0].failure, FailureKind::timeout);
  EXPECT_EQ(stored[0].failure_message, failed.failure_message);
  EXPECT_EQ(stored[1].key, late.key);
  EXPECT_EQ(stored[1].provider, "openai");
  EXPECT_EQ(stored[1].base_url, late.base_url);
  EXPECT_EQ(stored[1].cache_key, late.cache_key);
  EXPECT_FALSE(stored[1].response_cut);
  EXPECT_EQ(stored[1].failure, std::nullopt);
  EXPECT_EQ(stored[1].response.status, 200);
  EXPECT_EQ(stored[1].response.headers, late.headers);
  EXPECT_EQ(stored[1].response.body, "second");
  EXPECT_TRUE(store->of_run("other").value().empty());
}

TEST_F(ExchangeStoreTest, AKeyGivesItsNewestWholeReplyThatIsNotTooOld) {
  EXPECT_FALSE(store->find(key("a")).value().has_value());
  ASSERT_TRUE(record(exchange(1, "a", "old"), 100));
  ASSERT_TRUE(record(exchange(1, "a", "new"), 200));
  auto failed = exchange(1, "a", "failed");
  failed.failure = FailureKind::server;
  ASSERT_TRUE(record(failed, 300));
  auto cut = exchange(1, "a", "cut");
  cut.response_cut = true;
  ASSERT_TRUE(record(cut, 400));
  EXPECT_EQ(store->find(key("a")).value()->body, "new");
  EXPECT_EQ(store->find(key("a"), {.since = 200}).value()->body, "new");
  EXPECT_FALSE(store->find(key("a"), {.since = 201}).value().has_value());
  EXPECT_EQ(store->find(key("a"), {.call = CallKey{"r", 1, 4, 0}}).value()->body, "new");
  // The same request of another agent is another episode's.
  for (const auto& other : {CallKey{"other", 1, 4, 0}, {"r", 2, 4, 0}, {"r", 1, 5, 0}})
    EXPECT_FALSE(store->find(key("a"), {.call = other}).value().has_value());
  EXPECT_FALSE(store->find(key("b")).value().has_value());
}

TEST_F(ExchangeStoreTest, WhatARunSpentIsThatOfEachAttempt) {
  EXPECT_EQ(store->spent_by("r").value().spent, (Charge{0, 0, 0, 0.0}));
  auto first = exchange(1, "a", "x");
  first.attempts[0].charge = {1, 0, 0, 0.0};
  first.attempts[1].charge = {1, 120, 7, 0.25};
  auto second = exchange(2, "b", "x");
  second.attempts[0].charge = {0, 0, 0, 0.0};  // never sent
  second.attempts[1].charge = {1, 1'000, 64, std::nullopt, true};
  auto cached = exchange(3, "c", "x");
  cached.attempts.clear();
  for (const auto& each : {first, second, cached}) ASSERT_TRUE(record(each, 1));
  const auto spending = store->spent_by("r").value();
  EXPECT_EQ(spending.spent, (Charge{3, 1'120, 71, 0.25}));
  EXPECT_EQ(spending.calls_of_unknown_cost, 1);
  EXPECT_EQ(spending.at_worst, (Charge{1, 1'000, 64, 0.0}));
  EXPECT_EQ(store->spent_by("other").value().spent, (Charge{0, 0, 0, 0.0}));
}

TEST_F(ExchangeStoreTest, AttemptsWithoutAChargeCountAsCallsWithTheUsageOfTheirExchange) {
  ASSERT_TRUE(record(exchange(1, "a", "x"), 1));
  const auto database = open_database(path, {}).value();
  ASSERT_TRUE(database->execute(
      "DROP TRIGGER exchanges_keep; UPDATE exchanges SET attempts = (SELECT json_group_array("
      "json_remove(value, '$.charge')) FROM json_each(attempts))"));
  const auto spending = store->spent_by("r").value();
  EXPECT_EQ(spending.spent, (Charge{2, 120, 7, 0.00125}));
  EXPECT_EQ(spending.calls_of_unknown_cost, 0);
}

TEST_F(ExchangeStoreTest, WhatWasLeftOutIsToldOnceForEachModel) {
  EXPECT_TRUE(store->left_out_by("r").value().empty());
  auto dropped = exchange(1, "a", "x");
  dropped.attempts[0].failure = FailureKind::unsupported_parameter;
  dropped.attempts[0].parameter = "temperature";
  auto needed = exchange(3, "c", "x");  // without it nothing could be asked
  needed.attempts = {dropped.attempts[0]};
  needed.attempts[0].parameter = "max_tokens";
  for (const auto& each : {dropped, dropped, needed, exchange(4, "d", "x")})
    ASSERT_TRUE(record(each, 1));
  EXPECT_EQ(store->left_out_by("r").value(),
            (std::vector<LeftOut>{{"openai", "some-model", "temperature"}}));
  EXPECT_TRUE(store->left_out_by("other").value().empty());
}

TEST_F(ExchangeStoreTest, WhereARunAskedLastIsKnownByProvider) {
  EXPECT_TRUE(store->addresses_of("r").value().empty());
  auto elsewhere = exchange(1, "a", "x");
  elsewhere.base_url = "http://127.0.0.1:1/v1";
  auto other = exchange(1, "b", "x");
  other.provider = "anthropic";
  for (const auto& each : {exchange(2, "c", "x"), elsewhere, other}) ASSERT_TRUE(record(each, 1));
  EXPECT_EQ(store->addresses_of("r").value(),
            (std::map<std::string, std::string>{{"anthropic", "https://api.example/v1"},
                                                {"openai", "http://127.0.0.1:1/v1"}}));
}

TEST_F(ExchangeStoreTest, AnExchangeOfNoRunIsRefused) {
  auto orphan = exchange(1, "a", "x");
  orphan.key.run = "nowhere";
  const auto status = record(orphan, 1);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
}

TEST_F(ExchangeStoreTest, ManyAreRecordedTogetherOrNot) {
  std::vector<Exchange> batch = {exchange(1, "a", "one"), exchange(2, "b", "two"),
                                 exchange(3, "c", "three")};
  ASSERT_TRUE(store->record(batch, 1));
  EXPECT_EQ(store->of_run("r").value().size(), 3U);
  EXPECT_EQ(store->find(key("c")).value()->body, "three");
  batch[1].key.run = "nowhere";
  const auto status = store->record(batch, 2);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_EQ(store->of_run("r").value().size(), 3U);
  ASSERT_TRUE(store->record(std::span(batch).last(1), 3));  // the store is as usable as before
  EXPECT_EQ(store->of_run("r").value().size(), 4U);
}

}  // namespace
}  // namespace causal_gym
