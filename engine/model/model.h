// A structural causal model over discrete variables: graph, variables, one mechanism each.
//
// An immutable value that copies in O(1). Variable v is node v of the graph.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/graph/graph.h"
#include "engine/model/mechanism.h"
#include "engine/model/variable.h"

namespace causal_gym {

class Model {
 public:
  Model();  // no variables

  // Validates and builds: graph names equal variable names in order; variables are well formed
  // (check_variable); each mechanism's `given` is exactly the parents of its variable (any order);
  // no bidirected edges (a discrete model declares its latent variables); tables complete, numbers
  // in [0, 1]; the states of noisy_or binary and its numbers in [0, 1]; deterministic states in
  // range. Rows within 1e-6 of one are divided by their sum (those already within rounding of one
  // keep their bits, so that building a model from a model gives the same model); others are
  // invalid_argument naming variable and row. Rows count from 0, in message and `where` alike; the
  // message spells out the row's parent states. `where` of an error is a path such as
  // "mechanisms.x.table[3]". Limits: nodes, edges, name_length, states, mechanism_cells (rows *
  // states of a table, rows of a deterministic mechanism). O(size of the mechanisms).
  [[nodiscard]] static Result<Model> create(std::string name, Graph graph,
                                            std::vector<Variable> variables,
                                            std::vector<Mechanism> mechanisms,
                                            const Limits& limits = {});

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const Graph& graph() const;
  [[nodiscard]] std::size_t variable_count() const;
  [[nodiscard]] std::span<const Variable> variables() const;
  [[nodiscard]] const Variable& variable(VariableId v) const;
  [[nodiscard]] const Mechanism& mechanism(VariableId v) const;
  [[nodiscard]] std::span<const Mechanism> mechanisms() const;
  [[nodiscard]] std::size_t state_count(VariableId v) const;
  // The variable, or unknown_name with the nearest spelling.
  [[nodiscard]] Result<VariableId> require(std::string_view name) const;

  // Same name, graph, variables and mechanisms, number for number.
  friend bool operator==(const Model& a, const Model& b);
  // The same model under another name. O(1).
  friend Model renamed(const Model& model, std::string name);

 private:
  struct Data;
  explicit Model(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

[[nodiscard]] Model renamed(const Model& model, std::string name);

}  // namespace causal_gym
