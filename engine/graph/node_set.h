// A set of nodes of one graph, as bits; the first 64 nodes need no allocation.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace causal_gym {

// Position of a node in its graph, in order of first mention: 0 .. node_count - 1.
using NodeId = std::int32_t;

// A value. Binary operations accept sets of different capacity; iteration is in increasing order.
class NodeSet {
 public:
  NodeSet() = default;
  NodeSet(std::initializer_list<NodeId> nodes) {
    for (const NodeId v : nodes) insert(v);
  }
  explicit NodeSet(std::span<const NodeId> nodes) {
    for (const NodeId v : nodes) insert(v);
  }

  // {0, ..., count - 1}
  [[nodiscard]] static NodeSet first(std::size_t count);

  void insert(NodeId v) { word_for_write(block(v)) |= bit(v); }
  void erase(NodeId v) {
    if (block(v) < word_count()) word_for_write(block(v)) &= ~bit(v);
  }
  [[nodiscard]] bool contains(NodeId v) const { return (word(block(v)) & bit(v)) != 0; }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;

  NodeSet& operator|=(const NodeSet& other);
  NodeSet& operator&=(const NodeSet& other);
  NodeSet& operator-=(const NodeSet& other);
  [[nodiscard]] friend NodeSet operator|(NodeSet a, const NodeSet& b) { return a |= b; }
  [[nodiscard]] friend NodeSet operator&(NodeSet a, const NodeSet& b) { return a &= b; }
  [[nodiscard]] friend NodeSet operator-(NodeSet a, const NodeSet& b) { return a -= b; }
  [[nodiscard]] bool intersects(const NodeSet& other) const;
  [[nodiscard]] bool is_subset_of(const NodeSet& other) const;
  friend bool operator==(const NodeSet& a, const NodeSet& b) {
    return a.is_subset_of(b) && b.is_subset_of(a);
  }

  [[nodiscard]] std::vector<NodeId> to_vector() const;

  class Iterator {
   public:
    using value_type = NodeId;
    using difference_type = std::ptrdiff_t;
    Iterator(const NodeSet& set, std::size_t block)
        : set_(&set), block_(block), rest_(set.word(block)) {
      advance();
    }
    NodeId operator*() const { return static_cast<NodeId>(block_ * 64 + std::countr_zero(rest_)); }
    Iterator& operator++() {
      rest_ &= rest_ - 1;
      advance();
      return *this;
    }
    Iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.block_ == b.block_ && a.rest_ == b.rest_;
    }

   private:
    void advance() {
      while (rest_ == 0 && block_ < set_->word_count()) rest_ = set_->word(++block_);
    }
    const NodeSet* set_;
    std::size_t block_;
    std::uint64_t rest_;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, word_count()}; }

 private:
  static std::size_t block(NodeId v) { return static_cast<std::size_t>(v) / 64; }
  static std::uint64_t bit(NodeId v) {
    return std::uint64_t{1} << (static_cast<std::size_t>(v) % 64);
  }
  [[nodiscard]] std::size_t word_count() const { return 1 + more_.size(); }
  [[nodiscard]] std::uint64_t word(std::size_t i) const {
    return i == 0 ? first_ : i <= more_.size() ? more_[i - 1] : 0;
  }
  std::uint64_t& word_for_write(std::size_t i);

  std::uint64_t first_ = 0;
  std::vector<std::uint64_t> more_;  // words of nodes 64 and up
};

}  // namespace causal_gym
