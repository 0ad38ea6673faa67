// Counter-based random numbers: Philox4x32-10, keyed by (seed, stream, index).
//
// Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
// A draw depends on (seed, stream, index) alone: the same bits on every platform, at any number of
// threads.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace causal_gym {

// The ten-round Philox bijection: four 32-bit counter words under a two-word key.
[[nodiscard]] std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                                         std::array<std::uint32_t, 2> key);

// A 64-bit stream number for a name, to give each purpose its own stream (FNV-1a).
[[nodiscard]] std::uint64_t stream_of(std::string_view name);

// A small value: copy it to replay, fork it for an independent stream. One object is for one
// thread.
class Rng {
 public:
  Rng(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  // An independent generator that depends on this one's seed and stream and on `substream`, not on
  // its position.
  [[nodiscard]] Rng fork(std::uint64_t substream) const;

  [[nodiscard]] std::uint64_t next_bits();  // 64 uniform bits
  [[nodiscard]] double uniform();           // in [0, 1), 53 bits
  [[nodiscard]] std::uint64_t below(
      std::uint64_t bound);       // uniform in [0, bound); bound > 0; unbiased
  [[nodiscard]] double normal();  // standard normal, by inversion (Wichura 1988, AS 241)

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t index_ = 0;
};

// Quantile of the standard normal at p in (0, 1); Wichura 1988, AS 241 (PPND16), relative error
// about 1e-16.
[[nodiscard]] double normal_quantile(double p);

}  // namespace causal_gym
