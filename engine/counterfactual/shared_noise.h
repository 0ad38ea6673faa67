// The tables that bind the copies of one variable together through the noise they share.
//
// A deterministic variable has no noise. The noise of noisy_or is its own structure: one
// independent trigger for each parent and one for the leak (Pearl 1988, section 4.3.2). The noise
// of a table is its declared coupling: monotone = one uniform number through the inverse
// distribution function, which has finitely many breakpoints; independent = one draw for each row.
// Parents that all copies share are a context: only the rows of one context ever meet, so that
// noise is made per context.
#pragma once

#include <span>
#include <vector>

#include "engine/counterfactual/table_rows.h"
#include "engine/infer/evidence.h"
#include "engine/model/factor.h"

namespace causal_gym {

// Tables over copies (by CopyId) and, numbered after them, noise variables.
class WorldTables {
 public:
  WorldTables(const ParallelWorlds& worlds, const InferenceOptions& options);

  // P(all copies of the variable | their parents), as a product of tables. Errors: not_determined
  // when the copies may see rows between which the table leaves the coupling open; limit_exceeded.
  [[nodiscard]] Status add_variable(std::span<const CopyId> copies);

  [[nodiscard]] std::vector<Factor> take() { return std::move(tables_); }
  [[nodiscard]] std::size_t variable_count() const { return next_; }

 private:
  [[nodiscard]] VariableId add_noise() { return static_cast<VariableId>(next_++); }
  [[nodiscard]] Status add_alone(CopyId id);
  void add_noisy_or(const NoisyOrMechanism& noisy_or, std::span<const CopyId> copies);
  [[nodiscard]] Status add_monotone(const TableRows& rows);
  [[nodiscard]] Status add_independent(const TableRows& rows);

  const ParallelWorlds& worlds_;
  const InferenceOptions& options_;
  std::vector<Factor> tables_;
  std::size_t next_;
};

}  // namespace causal_gym
