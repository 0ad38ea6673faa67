// Streams end with the right to them, and each user has so many places.
#include "apps/server/stream_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace causal_gym {
namespace {

using namespace std::chrono_literals;

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  return condition();
}

class Words final : public BodyStream {
 public:
  void start(std::function<void()> wake) override { wake(); }
  BodyPiece next() override { return {"words", false}; }
  [[nodiscard]] std::string heartbeat() const override { return "beat"; }
  [[nodiscard]] std::string farewell() const override { return "farewell"; }
};

Caller caller(const std::string& user, const std::string& session,
              CallerKind kind = CallerKind::person) {
  return {kind, user, user, Role::viewer, {}, session};
}

// Who may no more, and how often was asked.
class Answers {
 public:
  void refuse(const std::string& session) {
    const std::lock_guard lock(mutex_);
    refused_.insert(session);
  }
  void set_available(bool is_available) { is_available_ = is_available; }
  [[nodiscard]] int asked() const { return asked_; }
  StreamRights::Ask ask() {
    return [this](const Caller& who, const RunId& run) -> Result<bool> {
      ++asked_;
      if (!is_available_) return fail(ErrorCode::unavailable, "the store is away");
      const std::lock_guard lock(mutex_);
      return !refused_.contains(who.session) && !refused_.contains(run);
    };
  }

 private:
  std::mutex mutex_;
  std::set<std::string> refused_;
  std::atomic<bool> is_available_ = true;
  std::atomic<int> asked_ = 0;
};

// A stream with the count of its wakes.
struct Open {
  Open(const StreamRights& rights, const Caller& who, const RunId& run = "r")
      : stream(*rights.guarded(std::make_shared<Words>(), who, run)) {
    stream->start([this] { ++wakes; });
  }
  [[nodiscard]] bool goes_on() const { return stream->next().text == "words"; }
  std::atomic<int> wakes = 0;
  std::shared_ptr<BodyStream> stream;
};

TEST(StreamRights, EndAStreamWhoseCallerMayNotSeeTheRunAnyMore) {
  Answers answers;
  const StreamRights rights(answers.ask(), 10, 5ms);
  const Open first(rights, caller("ada", "s1")), second(rights, caller("ada", "s1")),
      other_session(rights, caller("ada", "s2")), other_run(rights, caller("ada", "s2"), "shared");
  answers.refuse("s1");
  EXPECT_TRUE(eventually([&] { return !first.goes_on() && !second.goes_on(); }));
  EXPECT_GE(first.wakes, 2) << "its own wake, and that of the end";
  const auto last = first.stream->next();
  EXPECT_EQ(last.text, "farewell");
  EXPECT_TRUE(last.ended);
  answers.refuse("shared");
  EXPECT_TRUE(eventually([&] { return !other_run.goes_on(); }));
  EXPECT_TRUE(other_session.goes_on());
  EXPECT_EQ(other_session.stream->heartbeat(), "beat");
}

TEST(StreamRights, WhatCannotBeToldEndsNothingAndIsAskedAgain) {
  Answers answers;
  const StreamRights rights(answers.ask(), 10, 5ms);
  const Open open(rights, caller("ada", "s1"));
  answers.set_available(false);
  const auto ask_twice = [&] {
    const int before = answers.asked();
    return eventually([&] { return answers.asked() > before + 1; });
  };
  EXPECT_TRUE(ask_twice()) << "so that none is under way that began before";
  answers.refuse("s1");
  EXPECT_TRUE(ask_twice());
  EXPECT_TRUE(open.goes_on());
  answers.set_available(true);
  EXPECT_TRUE(eventually([&] { return !open.goes_on(); }));
}

TEST(StreamRights, OneQuestionIsForAllStreamsOfACallerAndARun) {
  Answers answers;
  const StreamRights rights(answers.ask(), 100, 20ms);
  std::vector<std::unique_ptr<Open>> streams;
  for (int i = 0; i < 100; ++i)
    streams.push_back(std::make_unique<Open>(rights, caller("ada", "s1")));
  const int before = answers.asked();
  std::this_thread::sleep_for(200ms);
  EXPECT_GE(answers.asked() - before, 1);
  EXPECT_LE(answers.asked() - before, 11);
  streams.clear();
  std::this_thread::sleep_for(50ms);
  const int after = answers.asked();
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(answers.asked(), after) << "no streams, no questions";
}

TEST(StreamRights, AUserHasSoManyPlacesWhateverTheyCameWith) {
  Answers answers;
  const StreamRights rights(answers.ask(), 2);
  const auto with = [&](const Caller& who) {
    return rights.guarded(std::make_shared<Words>(), who, "r");
  };
  auto by_session = with(caller("ada", "s1"));
  const auto by_key = with(caller("ada", "k1", CallerKind::key));
  ASSERT_TRUE(by_session && by_key);
  const auto third = with(caller("ada", "s2"));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(third.error().where, "limits.event_streams_per_user");
  EXPECT_TRUE(with(caller("bob", "s3")));
  by_session->reset();
  EXPECT_TRUE(with(caller("ada", "s2"))) << "its place is given back";
}

TEST(StreamRights, WhereAccessIsOffTheyAreAsTheyWere) {
  Answers answers;
  const StreamRights rights(answers.ask(), 1, 5ms);
  const auto everyone = caller("", "", CallerKind::everyone);
  std::vector<std::shared_ptr<BodyStream>> streams;
  for (int i = 0; i < 5; ++i) {
    const auto inner = std::make_shared<Words>();
    streams.push_back(*rights.guarded(inner, everyone, "r"));
    EXPECT_EQ(streams.back(), inner);
  }
}

TEST(StreamRights, StreamsMayOutliveThem) {
  Answers answers;
  auto rights = std::make_unique<StreamRights>(answers.ask(), 1, 5ms);
  const Open open(*rights, caller("ada", "s1"));
  rights.reset();
  EXPECT_TRUE(open.goes_on());
}

}  // namespace
}  // namespace causal_gym
