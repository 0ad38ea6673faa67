// A case about an exposure and an outcome, with its graph and names resolved.
#pragma once

#include <vector>

#include "engine/identify/adjustment.h"
#include "tests/oracle/case_file.h"

namespace causal_gym {

using Json = nlohmann::json;

class Case {
 public:
  explicit Case(const Json& json) : json_(json), graph_(graph_from_case(json["graph"]).value()) {}

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] NodeSet set(const Json& names) const { return nodes_from_case(graph_, names); }
  [[nodiscard]] std::vector<NodeSet> sets(const Json& lists) const {
    std::vector<NodeSet> sets;
    for (const auto& names : lists) sets.push_back(set(names));
    return sets;
  }
  [[nodiscard]] NodeId node(const std::string& name) const { return graph_.require(name).value(); }
  [[nodiscard]] NodeSet x() const { return set(json_["exposure"]); }
  [[nodiscard]] NodeSet y() const { return set(json_["outcome"]); }

  // A set with latent members is refused, and so not valid.
  [[nodiscard]] bool valid(const NodeSet& z) const {
    const auto check = check_adjustment(graph_, x(), y(), z);
    return check && check->valid;
  }
  [[nodiscard]] bool back_door(const NodeSet& z) const {
    const auto check = check_adjustment(graph_, x(), y(), z);
    return check && check->back_door;
  }

 private:
  Json json_;
  Graph graph_;
};

}  // namespace causal_gym
