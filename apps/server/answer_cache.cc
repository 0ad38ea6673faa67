#include "apps/server/answer_cache.h"

#include "platform/cache/build_identity.h"
#include "platform/cache/cache_key.h"

namespace causal_gym {

namespace {

// What was quicker is not worth the round trip of keeping it for others.
constexpr std::chrono::milliseconds least_work_to_share{1};

// What the answer depends on beside the request: the store may change between two.
bool is_function_of_request(std::string_view operation) { return operation != "runs"; }

}  // namespace

bool is_error_answer(std::string_view answer) { return answer.starts_with(R"({"error":)"); }

Result<std::unique_ptr<AnswerCache>> AnswerCache::open(const Configuration& config,
                                                       const Clock& clock, Metrics& metrics) {
  std::unique_ptr<AnswerCache> cache(new AnswerCache(config, clock, metrics));
  if (config.redis.url.empty()) return cache;
  CAUSAL_GYM_TRY(address, read_redis_address(config.redis.url));
  cache->redis_ = std::make_unique<Redis>(std::move(address), clock);
  cache->far_ =
      std::make_unique<RedisCache>(*cache->redis_, "causal-gym:" + build_identity() + ":answer:");
  return cache;
}

AnswerCache::AnswerCache(const Configuration& config, const Clock& clock, Metrics& metrics)
    : clock_(clock), metrics_(metrics), near_(config.cache.memory_bytes, clock) {}

std::string AnswerCache::answer(std::string_view operation, const std::string& request,
                                const CancellationToken& cancellation,
                                const std::function<std::string()>& work) {
  if (!is_function_of_request(operation)) return work();
  const auto key = cache_key({operation, request});
  if (auto kept = find(near_, "memory", key)) return *std::move(kept);
  const auto result = flights_.run(key, cancellation, [&] {
    auto text = find_far_or_work(key, work);
    const bool for_all = !is_error_answer(text);
    if (for_all) near_.keep(key, text);
    return SingleFlight::Work{std::move(text), for_all};
  });
  return result.text;
}

std::optional<std::string> AnswerCache::kept(std::string_view operation,
                                             const std::string& request) {
  if (!is_function_of_request(operation)) return std::nullopt;
  auto text = near_.find(cache_key({operation, request}));
  if (text) metrics_.count_cache("memory", true);
  return text;
}

std::optional<std::string> AnswerCache::find(Cache& cache, std::string_view name,
                                             const std::string& key) {
  auto kept = cache.find(key);
  metrics_.count_cache(name, kept.has_value());
  return kept;
}

std::string AnswerCache::find_far_or_work(const std::string& key,
                                          const std::function<std::string()>& work) {
  if (!far_) return work();
  if (auto kept = find(*far_, "redis", key)) return *std::move(kept);
  const Stopwatch stopwatch(clock_);
  auto text = work();
  if (stopwatch.elapsed() >= least_work_to_share && !is_error_answer(text)) far_->keep(key, text);
  return text;
}

}  // namespace causal_gym
