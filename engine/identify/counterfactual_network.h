// The variables that a counterfactual question speaks of, each in the world it is asked in, with
// all that they depend on: one network in which what is the same variable stands once.
//
// Worlds share the noise, so copies of a variable with the same parents are one variable; a parent
// whose value is known is that value, which cuts exclusion restrictions, consistency (an X seen to
// be x makes Y[X=x] the actual Y) and nested counterfactuals down to the same step. What is left
// are the counterfactual ancestors, and each node's parents are the subscripts of its ctf-factor.
// Source: Shpitser & Pearl 2007, UAI (make-cg); Correa, Lee & Bareinboim 2021
// (ancestral sets, unnesting); Correa & Bareinboim 2025, ICML (the network without values:
// AMWN). Cost: O(n + m) operations on maps for each world.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/admg_rows.h"
#include "engine/identify/counterfactual_event.h"

namespace causal_gym {

using NetworkNodeId = std::int32_t;

// What gives a parent its value: a node of the network, or a symbol when that is known.
struct ValueSource {
  NetworkNodeId node = -1;         // -1: known
  ExpressionVariable symbol = -1;  // when known
  [[nodiscard]] bool known() const { return node < 0; }
  friend auto operator<=>(const ValueSource&, const ValueSource&) = default;
};

struct NetworkNode {
  NodeId variable = 0;
  std::vector<ValueSource> parents;  // of its parents in the graph, in increasing order of these
  friend auto operator<=>(const NetworkNode&, const NetworkNode&) = default;
};

// Nodes of several networks over one graph: what is equal in two has the same id in both.
class NetworkNodes {
 public:
  [[nodiscard]] NetworkNodeId intern(NetworkNode node);
  [[nodiscard]] const NetworkNode& operator[](NetworkNodeId id) const {
    return nodes_[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  std::vector<NetworkNode> nodes_;
  std::map<NetworkNode, NetworkNodeId> ids_;
};

struct CounterfactualNetwork {
  std::vector<NetworkNodeId> nodes;                    // parents before children
  std::map<NetworkNodeId, ExpressionVariable> values;  // of those that an event gives one
  std::vector<ValueSource> asked;                      // what each event or term is about
  // The event that the others, or what its own world sets, make impossible.
  std::optional<std::size_t> impossible;
};

// The network in which these events happen; when they cannot, `impossible` is all that counts.
// Events are checked (check_event). Errors: limit_exceeded (nodes over
// limits.identification_links), cancelled.
[[nodiscard]] Result<CounterfactualNetwork> counterfactual_network(
    const AdmgRows& rows, std::span<const CounterfactualEvent> events, NetworkNodes& nodes,
    const Limits& limits = {}, const CancellationToken& cancellation = {});

// The ancestral multi-world network of terms whose values are left open. Errors: as above.
[[nodiscard]] Result<CounterfactualNetwork> counterfactual_network(
    const AdmgRows& rows, std::span<const CounterfactualTerm> terms, NetworkNodes& nodes,
    const Limits& limits = {}, const CancellationToken& cancellation = {});

}  // namespace causal_gym
