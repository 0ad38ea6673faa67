// One question at a time is worked out once, whoever else asks it meanwhile.
#include "platform/cache/single_flight.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace causal_gym {
namespace {

using Work = SingleFlight::Work;

// Works on the key until it is let go, so that others come while it does.
class Slow {
 public:
  Work operator()(bool for_all) {
    ++begun;
    while (!let_go) std::this_thread::yield();
    return {"slow", for_all};
  }
  std::atomic<int> begun = 0;
  std::atomic<bool> let_go = false;
};

TEST(SingleFlight, OneWorksAndAllHaveItsAnswer) {
  SingleFlight flights;
  Slow slow;
  std::atomic<int> others = 0, right = 0;
  std::thread first([&] {
    if (flights.run("k", {}, [&] { return slow(true); }).text == "slow") ++right;
  });
  while (slow.begun == 0) std::this_thread::yield();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const auto work = flights.run("k", {}, [&] { return ++others, Work{"other", true}; });
      if (work.text == "slow") ++right;
    });
  EXPECT_EQ(flights.run("another", {}, [] { return Work{"x", true}; }).text, "x");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  slow.let_go = true;
  first.join();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 9);
  EXPECT_EQ(others, 0);
  EXPECT_EQ(flights.run("k", {}, [] { return Work{"anew", true}; }).text, "anew");
}

TEST(SingleFlight, WhatIsNotForAllIsWorkedOutByEach) {
  SingleFlight flights;
  Slow slow;
  std::thread first([&] { static_cast<void>(flights.run("k", {}, [&] { return slow(false); })); });
  while (slow.begun == 0) std::this_thread::yield();
  std::string got;
  std::thread second([&] { got = flights.run("k", {}, [] { return Work{"own", true}; }).text; });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  slow.let_go = true;
  first.join();
  second.join();
  EXPECT_EQ(got, "own");
}

TEST(SingleFlight, WhoIsCancelledWaitsNoLonger) {
  SingleFlight flights;
  Slow slow;
  std::thread first([&] { static_cast<void>(flights.run("k", {}, [&] { return slow(true); })); });
  while (slow.begun == 0) std::this_thread::yield();
  CancellationSource source;
  source.cancel();
  const auto work = flights.run("k", source.token(), [] {
    return Work{"cancelled by itself", false};
  });
  EXPECT_EQ(work.text, "cancelled by itself");
  slow.let_go = true;
  first.join();
}

}  // namespace
}  // namespace causal_gym
