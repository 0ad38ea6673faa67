// Copies of the variables of a model, one for each world in which they can differ.
//
// Source: Shpitser & Pearl 2007, "What counterfactuals can be tested", section 3 (make-cg): copies
// of a variable with the same parents are one and the same, so that a variable is copied only where
// it descends from what a world sets. What is observed to be in one state is that state for its
// children, too. Only ancestors of what is asked are ever made: nothing is barren. Cost: O(n + m)
// for each world.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/query/check.h"

namespace causal_gym {

using CopyId = std::int32_t;

// A variable in a world: a copy, or a state that is known.
struct Reference {
  CopyId copy = -1;  // -1: known
  State state = 0;   // when known
  [[nodiscard]] bool known() const { return copy < 0; }
  friend auto operator<=>(const Reference&, const Reference&) = default;
};

struct Copy {
  VariableId variable = 0;
  std::vector<Reference> parents;  // in the order of the mechanism's `given`
  std::vector<State> kept;         // states that evidence allows; empty: all
};

class ParallelWorlds {
 public:
  // The events hold; each variable of the `asked` events is wanted, whatever its states.
  ParallelWorlds(const Model& model, std::vector<CheckedEvent> events,
                 std::span<const CheckedEvent> asked);

  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] const std::vector<Copy>& copies() const { return copies_; }
  [[nodiscard]] const std::vector<Reference>& asked() const { return asked_; }
  // False: the events contradict each other or what their worlds set.
  [[nodiscard]] bool possible() const { return possible_; }
  // The copies of each variable, in the order of variables.
  [[nodiscard]] std::vector<std::vector<CopyId>> copies_by_variable() const;

 private:
  using World = std::vector<SetIntervention>;
  Reference resolve(VariableId v, const World& world);
  void observe(const CheckedEvent& event);

  Model model_;
  std::vector<Copy> copies_;
  std::vector<Reference> asked_;
  bool possible_ = true;
  std::map<std::vector<std::pair<VariableId, State>>, std::map<VariableId, Reference>> resolved_;
  std::map<std::pair<VariableId, std::vector<Reference>>, CopyId> interned_;
};

}  // namespace causal_gym
