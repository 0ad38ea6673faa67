#include "platform/http/server_core.h"

#include <random>
#include <string_view>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/rng.h"

namespace causal_gym {
namespace {

std::unique_ptr<WorkerPool> open_lane(const SideLane& lane) {
  if (!lane.takes) return nullptr;
  return std::make_unique<WorkerPool>(lane.threads, lane.waiting, ServerThread::side_lane);
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace

ServerCore::ServerCore(ServerOptions server_options, HttpHandler server_handler)
    : options(std::move(server_options)),
      handler(std::move(server_handler)),
      workers(options.workers, options.limits.waiting_requests),
      side_lane(open_lane(options.side_lane)),
      id_seed(random_seed()) {}

WorkerPool& ServerCore::pool_for(const HttpRequest& request) {
  return side_lane && options.side_lane.takes(request) ? *side_lane : workers;
}

std::string ServerCore::make_id(std::size_t digits) {
  constexpr std::string_view names = "0123456789abcdef";
  // Philox is a bijection of the counter, of which half is kept at least: a repetition is as likely
  // as between random numbers.
  const std::uint64_t count = id_count.fetch_add(1, std::memory_order_relaxed);
  const auto words = philox4x32_10(
      {static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count >> 32), 0, 0},
      {static_cast<std::uint32_t>(id_seed), static_cast<std::uint32_t>(id_seed >> 32)});
  CHECK(digits <= 8 * words.size());
  std::string id(digits, '0');
  for (std::size_t i = 0; i < digits; ++i) id[i] = names[(words[i / 8] >> (4 * (i % 8))) & 15];
  return id;
}

}  // namespace causal_gym
