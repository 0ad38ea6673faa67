// Models written in C++: for environments and tests.
//
//   ModelBuilder("confounded", "z -> x; z -> y; x -> y")
//       .binary("x", "untreated", "treated")
//       .table("z", {}, {0.6, 0.4})
//       .table("x", {"z"}, {0.9, 0.1, 0.2, 0.8})
//       .noisy_or("y", {{"z", 0.3}, {"x", 0.5}}, 0.1)
//       .label("y", "Recovery")
//       .build();
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/model.h"

namespace causal_gym {

// Collects variables and mechanisms by name; the first thing that is wrong is what build() reports,
// and what follows it is ignored. Variables that are not declared are binary, `false, true`.
// Errors: those of parse_graph and Model::create; unknown_name (variable, state); invalid_argument
// (a mechanism given twice or not at all).
class ModelBuilder {
 public:
  ModelBuilder(std::string name, std::string_view graph_text, const Limits& limits = {});

  ModelBuilder& binary(std::string_view name, std::string false_state = "false",
                       std::string true_state = "true");
  ModelBuilder& categorical(std::string_view name, std::vector<std::string> states);
  // Numbers: one for each state, or none.
  ModelBuilder& ordinal(std::string_view name, std::vector<std::string> states,
                        std::vector<double> numbers = {});
  // The states are the whole numbers from first to last.
  ModelBuilder& count(std::string_view name, std::int64_t first, std::int64_t last);

  ModelBuilder& label(std::string_view name, std::string label);
  ModelBuilder& unit(std::string_view name, std::string unit);
  // The state that `prevent` sets; comes after the declaration of the variable's states.
  ModelBuilder& baseline(std::string_view name, std::string_view state);

  // Rows over the states of `given`, first-listed slowest, one after the other.
  ModelBuilder& table(std::string_view name, const std::vector<std::string>& given,
                      std::vector<double> probabilities, Coupling coupling = Coupling::undeclared);
  ModelBuilder& noisy_or(std::string_view name,
                         const std::vector<std::pair<std::string, double>>& strengths,
                         double leak = 0);
  ModelBuilder& deterministic(std::string_view name, const std::vector<std::string>& given,
                              std::vector<State> states);

  [[nodiscard]] Result<Model> build() const;

 private:
  // The variable's position, or none once something is wrong.
  std::optional<VariableId> find(std::string_view name, const std::string& where);
  std::vector<VariableId> find_all(const std::vector<std::string>& names, const std::string& where);
  Variable* variable(std::string_view name);
  ModelBuilder& declare(std::string_view name, VariableType type, std::vector<std::string> states,
                        std::vector<double> numbers = {});
  ModelBuilder& add(std::string_view name, Mechanism mechanism);

  std::string name_;
  Limits limits_;
  Graph graph_;
  std::vector<Variable> variables_;
  std::vector<std::optional<Mechanism>> mechanisms_;
  std::optional<Error> error_;
};

}  // namespace causal_gym
