// The rows of one table mechanism as its copies see them: by context (parents that all copies
// share) and by case (states of the parents in which they differ).
#pragma once

#include <span>
#include <vector>

#include "engine/counterfactual/parallel_worlds.h"
#include "engine/model/factor.h"

namespace causal_gym {

struct CopyRows {  // what one copy may see
  CopyId copy = 0;
  std::vector<VariableId> parents;         // its own parents that are copies; they pick the case
  std::vector<std::size_t> cardinalities;  // of these
  std::vector<std::size_t> cases;          // increasing, one for each joint state of the parents
};

class TableRows {
 public:
  // table: P(v | given), variables in the order (given..., v). Two copies or more.
  TableRows(const ParallelWorlds& worlds, std::span<const CopyId> copies, const Factor& table);

  [[nodiscard]] std::size_t state_count() const { return states_; }
  [[nodiscard]] std::size_t context_count() const { return contexts_.size(); }
  [[nodiscard]] const std::vector<VariableId>& shared() const { return shared_; }
  [[nodiscard]] const std::vector<std::size_t>& shared_cardinalities() const {
    return shared_cardinalities_;
  }
  [[nodiscard]] const std::vector<CopyRows>& copies() const { return copies_; }
  // Cases that some copy may see, increasing; and how many copies may.
  [[nodiscard]] std::vector<std::size_t> seen_cases() const;
  [[nodiscard]] std::size_t seers(std::size_t row_case) const;
  // The probabilities of the states in this row.
  [[nodiscard]] std::span<const double> row(std::size_t context, std::size_t row_case) const {
    return table_.subspan(contexts_[context] + cases_[row_case], states_);
  }
  // May two copies see two different rows of one context that both leave the state open?
  [[nodiscard]] bool coupling_matters() const;

 private:
  std::span<const double> table_;
  std::size_t states_ = 0;
  std::vector<VariableId> shared_;
  std::vector<std::size_t> shared_cardinalities_;
  std::vector<std::size_t> contexts_;  // offset of each in the table
  std::vector<std::size_t> cases_;     // offset of each, added to the context's
  std::vector<CopyRows> copies_;
};

}  // namespace causal_gym
