// How the number of requests under way follows a provider's answers.
#include "platform/llm/width.h"

#include <gtest/gtest.h>

namespace causal_gym {
namespace {

Width width_of(int most) {
  WidthOptions options;
  options.most = most;
  return Width(options);
}

TEST(Width, BeginsAtTheMostAndStaysThereUnderSuccess) {
  auto width = width_of(10);
  for (int i = 0; i < 100; ++i) width.succeeded(i);
  EXPECT_EQ(width.limit(), 10);
}

TEST(Width, OneWaveOfTooManyRequestsCutsOnce) {
  auto width = width_of(100);
  for (int i = 0; i < 50; ++i) width.rate_limited(1 + 0.01 * i);
  EXPECT_EQ(width.limit(), 70);
  width.rate_limited(6.1);
  EXPECT_EQ(width.limit(), 49);
}

TEST(Width, NeverLessThanOne) {
  auto width = width_of(3);
  for (int i = 0; i < 10; ++i) width.rate_limited(10.0 * i);
  EXPECT_EQ(width.limit(), 1);
  EXPECT_EQ(width_of(0).limit(), 1);
}

TEST(Width, GrowsByOneForEachFullWidthOfSuccesses) {
  auto width = width_of(20);
  width.rate_limited(0);  // 14
  for (int i = 0; i < 13; ++i) width.succeeded(10);
  EXPECT_EQ(width.limit(), 14);
  width.succeeded(10);
  EXPECT_EQ(width.limit(), 15);
  for (int i = 0; i < 15; ++i) width.succeeded(10);
  EXPECT_EQ(width.limit(), 16);
  for (int i = 0; i < 1'000; ++i) width.succeeded(10);
  EXPECT_EQ(width.limit(), 20);
}

TEST(Width, DoesNotGrowInACooldown) {
  auto width = width_of(20);
  width.rate_limited(0);
  for (int i = 0; i < 100; ++i) width.succeeded(4.9);
  EXPECT_EQ(width.limit(), 14);
}

TEST(Width, TroubleHoldsAndDoesNotCut) {
  auto width = width_of(20);
  width.rate_limited(0);
  for (int i = 0; i < 50; ++i) width.troubled(10);
  for (int i = 0; i < 100; ++i) width.succeeded(14.9);
  EXPECT_EQ(width.limit(), 14);
  for (int i = 0; i < 14; ++i) width.succeeded(15.1);
  EXPECT_EQ(width.limit(), 15);
}

}  // namespace
}  // namespace causal_gym
