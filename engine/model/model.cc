#include "engine/model/model.h"

#include "engine/base/check.h"
#include "engine/base/spelling.h"
#include "engine/model/mechanism_check.h"

namespace causal_gym {
namespace {

Status check_shape(const Graph& graph, std::span<const Variable> variables,
                   std::span<const Mechanism> mechanisms) {
  const auto count = graph.node_count();
  const auto differ = [&](std::size_t size, const std::string& what) {
    return fail(ErrorCode::invalid_argument,
                "the graph has " + std::to_string(count) + " nodes, but there are " +
                    std::to_string(size) + " " + what,
                what);
  };
  if (variables.size() != count) return differ(variables.size(), "variables");
  if (mechanisms.size() != count) return differ(mechanisms.size(), "mechanisms");
  for (std::size_t i = 0; i < count; ++i) {
    const auto& name = graph.name(static_cast<NodeId>(i));
    if (variables[i].name != name)
      return fail(ErrorCode::invalid_argument,
                  "variable " + std::to_string(i) + " is '" + variables[i].name +
                      "', but the graph's node " + std::to_string(i) + " is '" + name + "'",
                  "variables[" + std::to_string(i) + "]");
  }
  if (graph.bidirected_edges().empty()) return {};
  const auto& edge = graph.bidirected_edges().front();
  const auto& a = graph.name(edge.from);
  const auto& b = graph.name(edge.to);
  return fail(ErrorCode::invalid_argument,
              "the bidirected edge '" + a + " <-> " + b +
                  "' has no mechanism: a discrete model declares its latent variables",
              "graph",
              "replace it by a latent parent of both, 'u [latent]; u -> {" + a + " " + b +
                  "}', with a mechanism of its own");
}

}  // namespace

struct Model::Data {
  std::string name;
  Graph graph;
  std::shared_ptr<const std::vector<Variable>> variables;
  std::shared_ptr<const std::vector<Mechanism>> mechanisms;
};

Model::Model() : Model(*create({}, {}, {}, {})) {}

Model::Model(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Result<Model> Model::create(std::string name, Graph graph, std::vector<Variable> variables,
                            std::vector<Mechanism> mechanisms, const Limits& limits) {
  CAUSAL_GYM_CHECKED(check_limit("bytes of the model's name", name.size(), limits.name_length));
  CAUSAL_GYM_CHECKED(check_limit("variables", graph.node_count(), limits.nodes));
  CAUSAL_GYM_CHECKED(check_limit("edges", graph.directed_edges().size(), limits.edges));
  CAUSAL_GYM_CHECKED(check_shape(graph, variables, mechanisms));
  for (const auto& variable : variables) CAUSAL_GYM_CHECKED(check_variable(variable, limits));
  for (std::size_t i = 0; i < mechanisms.size(); ++i)
    CAUSAL_GYM_CHECKED(
        check_mechanism(graph, variables, static_cast<VariableId>(i), mechanisms[i], limits));
  return Model(std::make_shared<const Data>(
      Data{std::move(name), std::move(graph),
           std::make_shared<const std::vector<Variable>>(std::move(variables)),
           std::make_shared<const std::vector<Mechanism>>(std::move(mechanisms))}));
}

const std::string& Model::name() const { return data_->name; }
const Graph& Model::graph() const { return data_->graph; }
std::size_t Model::variable_count() const { return data_->variables->size(); }
std::span<const Variable> Model::variables() const { return *data_->variables; }
std::span<const Mechanism> Model::mechanisms() const { return *data_->mechanisms; }

const Variable& Model::variable(VariableId v) const {
  CHECK(v >= 0 && static_cast<std::size_t>(v) < data_->variables->size());
  return (*data_->variables)[static_cast<std::size_t>(v)];
}

const Mechanism& Model::mechanism(VariableId v) const {
  CHECK(v >= 0 && static_cast<std::size_t>(v) < data_->mechanisms->size());
  return (*data_->mechanisms)[static_cast<std::size_t>(v)];
}

std::size_t Model::state_count(VariableId v) const { return variable(v).states.size(); }

Result<VariableId> Model::require(std::string_view name) const {
  if (const auto v = data_->graph.find(name)) return *v;
  std::vector<std::string> names;
  names.reserve(variable_count());
  for (const auto& variable : variables()) names.push_back(variable.name);
  return fail(ErrorCode::unknown_name, "no variable '" + std::string(name) + "' in the model", {},
              spelling_suggestion(name, names));
}

bool operator==(const Model& a, const Model& b) {
  const auto same = [](const auto& x, const auto& y) { return x == y || *x == *y; };
  return a.data_ == b.data_ ||
         (a.data_->name == b.data_->name && a.data_->graph == b.data_->graph &&
          same(a.data_->variables, b.data_->variables) &&
          same(a.data_->mechanisms, b.data_->mechanisms));
}

Model renamed(const Model& model, std::string name) {
  auto data = *model.data_;
  data.name = std::move(name);
  return Model(std::make_shared<const Model::Data>(std::move(data)));
}

}  // namespace causal_gym
