// The generator against the published vectors, and the distributions against their moments.
#include "engine/base/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace causal_gym {
namespace {

using Words4 = std::array<std::uint32_t, 4>;

// Known-answer vectors of Random123 1.14 (kat_vectors: philox4x32 10).
TEST(Philox, PublishedVectors) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}),
            (Words4{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(
      philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
      (Words4{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      (Words4{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, SameSeedAndStreamGiveTheSameDraws) {
  Rng a(7, 3), b(7, 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next_bits(), b.next_bits());
}

TEST(Rng, ForksDifferFromEachOtherAndDoNotDependOnPosition) {
  Rng moved(7, 3);
  (void)moved.next_bits();
  std::set<std::uint64_t> first_draws;
  for (std::uint64_t k = 0; k < 1000; ++k) {
    Rng fork = Rng(7, 3).fork(k), same = moved.fork(k);
    const auto bits = fork.next_bits();
    EXPECT_EQ(bits, same.next_bits());
    first_draws.insert(bits);
  }
  EXPECT_EQ(first_draws.size(), 1000U);
}

TEST(Rng, UniformHasTheMomentsOfTheUniformDistribution) {
  Rng rng(1, stream_of("uniform"));
  double sum = 0, squares = 0;
  const int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const double u = rng.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.003);
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.003);
}

TEST(Rng, BelowIsUniformOverItsRange) {
  Rng rng(2, 0);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[rng.below(7)];
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  EXPECT_LT(chi_square, 22.5);  // 99.9% quantile with 6 degrees of freedom
}

// Against the normal distribution function of the standard library: Phi(quantile(p)) = p.
TEST(NormalQuantile, InvertsTheDistributionFunction) {
  for (const double p :
       {1e-300, 1e-20, 1e-9, 0.001, 0.075, 0.25, 0.5, 0.7, 0.925, 0.999, 1 - 1e-9}) {
    const double back = 0.5 * std::erfc(-normal_quantile(p) / std::sqrt(2.0));
    EXPECT_NEAR(back / p, 1.0, 1e-12 + 1e-12 / (1 - p)) << p;
  }
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
}

TEST(Rng, NormalHasTheMomentsOfTheNormalDistribution) {
  Rng rng(3, 0);
  double sum = 0, squares = 0, fourth = 0;
  const int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const double z = rng.normal();
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
  EXPECT_NEAR(fourth / n, 3, 0.1);
}

// A change of these bits changes every recorded episode: they are fixed.
TEST(Rng, DrawsAreFixed) {
  Rng rng(42, stream_of("golden"));
  EXPECT_EQ(rng.next_bits(), Rng(42, stream_of("golden")).next_bits());
  EXPECT_EQ(stream_of(""), 0xcbf29ce484222325U);
  EXPECT_EQ(stream_of("a"), 0xaf63dc4c8601ec8cU);
}

}  // namespace
}  // namespace causal_gym
