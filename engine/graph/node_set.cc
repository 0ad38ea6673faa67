#include "engine/graph/node_set.h"

namespace causal_gym {

std::uint64_t& NodeSet::word_for_write(std::size_t i) {
  if (i == 0) return first_;
  if (more_.size() < i) more_.resize(i, 0);
  return more_[i - 1];
}

NodeSet NodeSet::first(std::size_t count) {
  NodeSet set;
  for (std::size_t i = 0; 64 * i < count; ++i)
    set.word_for_write(i) =
        count - 64 * i >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (count - 64 * i)) - 1;
  return set;
}

bool NodeSet::empty() const { return size() == 0; }

std::size_t NodeSet::size() const {
  auto count = static_cast<std::size_t>(std::popcount(first_));
  for (const auto word : more_) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

NodeSet& NodeSet::operator|=(const NodeSet& other) {
  for (std::size_t i = 0; i < other.word_count(); ++i) word_for_write(i) |= other.word(i);
  return *this;
}

NodeSet& NodeSet::operator&=(const NodeSet& other) {
  for (std::size_t i = 0; i < word_count(); ++i) word_for_write(i) &= other.word(i);
  return *this;
}

NodeSet& NodeSet::operator-=(const NodeSet& other) {
  for (std::size_t i = 0; i < word_count(); ++i) word_for_write(i) &= ~other.word(i);
  return *this;
}

bool NodeSet::intersects(const NodeSet& other) const {
  for (std::size_t i = 0; i < word_count(); ++i)
    if ((word(i) & other.word(i)) != 0) return true;
  return false;
}

bool NodeSet::is_subset_of(const NodeSet& other) const {
  for (std::size_t i = 0; i < word_count(); ++i)
    if ((word(i) & ~other.word(i)) != 0) return false;
  return true;
}

std::vector<NodeId> NodeSet::to_vector() const { return {begin(), end()}; }

}  // namespace causal_gym
