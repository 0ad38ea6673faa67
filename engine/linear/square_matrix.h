// A dense square matrix over the nodes of a graph: entry (a, b) belongs to nodes a and b.
//
// A plain value that owns its numbers, row by row, so that headers need no library of linear
// algebra. O(n^2) memory.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/graph/node_set.h"

namespace causal_gym {

class SquareMatrix {
 public:
  SquareMatrix() = default;  // 0 x 0
  explicit SquareMatrix(std::size_t size) : size_(size), values_(size * size, 0.0) {}

  [[nodiscard]] static SquareMatrix identity(std::size_t size) {
    SquareMatrix matrix(size);
    for (std::size_t i = 0; i < size; ++i) matrix.values_[i * size + i] = 1;
    return matrix;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  double& operator()(NodeId a, NodeId b) { return values_[index(a, b)]; }
  double operator()(NodeId a, NodeId b) const { return values_[index(a, b)]; }
  [[nodiscard]] double* data() { return values_.data(); }  // row by row
  [[nodiscard]] const double* data() const { return values_.data(); }

  friend bool operator==(const SquareMatrix&, const SquareMatrix&) = default;

 private:
  [[nodiscard]] std::size_t index(NodeId a, NodeId b) const {
    return static_cast<std::size_t>(a) * size_ + static_cast<std::size_t>(b);
  }

  std::size_t size_ = 0;
  std::vector<double> values_;
};

}  // namespace causal_gym
