#include "platform/cache/memory_cache.h"

namespace causal_gym {

namespace {

// Two pointers of the list, a node and a bucket of the table: about what the allocator hands out.
constexpr std::size_t entry_overhead_bytes = 128;

std::size_t size_of(const std::string& key, const std::string& value) {
  return key.size() + value.size() + entry_overhead_bytes;
}

}  // namespace

MemoryCache::MemoryCache(std::size_t bytes, const Clock& clock, const CacheLimits& limits)
    : most_bytes_(bytes), clock_(clock), limits_(limits) {}

std::optional<std::string> MemoryCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->until <= clock_.steady()) {
    remove(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->value;
}

void MemoryCache::keep(const std::string& key, const std::string& value) {
  const auto size = size_of(key, value);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) remove(found->second);
  if (value.size() > limits_.value_bytes || size > most_bytes_) return;
  while (bytes_ + size > most_bytes_) remove(std::prev(entries_.end()));
  entries_.push_front({key, value, clock_.steady() + limits_.lifetime});
  by_key_.emplace(entries_.front().key, entries_.begin());
  bytes_ += size;
}

std::size_t MemoryCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void MemoryCache::remove(Entries::iterator entry) {
  bytes_ -= size_of(entry->key, entry->value);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace causal_gym
