// ctf-ID: P(Y1[x1] = y1, Y2[x2] = y2, ...) for events in any worlds, from observation or from all
// experiments, or the ctf-factor that forbids it.
//
// The network of the events falls into groups that share neither a summed value nor a district;
// each is a sum over a product of ctf-factors. Sound and complete for values without further
// structure: with two-valued variables more may be had (see identify_counterfactual_query).
// Source: Correa, Lee & Bareinboim 2021, NeurIPS, algorithm 1 (CTFIDU); Shpitser &
// Pearl 2007, UAI (ID*). Cost: that of counterfactual_network.h, and of id.h for each district.
#pragma once

#include "engine/identify/ctf_factor.h"

namespace causal_gym {

// Nodes of a network whose probabilities cannot be taken apart; increasing ids. Groups with equal
// nodes and values are equal, whatever else is in their networks.
struct NetworkGroup {
  std::vector<NetworkNodeId> nodes;
  std::vector<ExpressionVariable> values;  // -1: summed
  friend auto operator<=>(const NetworkGroup&, const NetworkGroup&) = default;
};

[[nodiscard]] std::vector<NetworkGroup> network_groups(const AdmgRows& rows,
                                                       const NetworkNodes& nodes,
                                                       const CounterfactualNetwork& network);

// The symbols over which sums run, one for each node without a value, in all groups alike.
class SummedSymbols {
 public:
  // `taken`: symbols that the question uses.
  SummedSymbols(ValueSymbols& symbols, NodeSet taken)
      : symbols_(symbols), taken_(std::move(taken)) {}
  [[nodiscard]] ExpressionVariable of(NetworkNodeId node, NodeId variable);

 private:
  ValueSymbols& symbols_;
  NodeSet taken_;
  std::map<NetworkNodeId, ExpressionVariable> of_;
};

struct IdentifiedGroup {
  ExpressionPtr estimand;  // null when there is a witness
  std::vector<IdentifiedCtfFactor> factors;
  std::optional<CtfFactorWitness> witness;
};

// What all groups of one question share.
struct CtfContext {
  const AdmgRows& rows;
  const NetworkNodes& nodes;
  SummedSymbols& summed;
  AvailableData available = AvailableData::observational;
  const Limits& limits;
  const CancellationToken& cancellation;
  std::size_t links_made = 0;
};

// The probability that the nodes of the group have its values. Errors: limit_exceeded, cancelled.
[[nodiscard]] Result<IdentifiedGroup> identify_group(CtfContext& context,
                                                     const NetworkGroup& group);

// Every symbol that the events mention.
[[nodiscard]] NodeSet symbols_in(std::span<const CounterfactualEvent> events);

enum class CtfOutcome { identified, zero, undefined, not_identified };

struct CtfIdAnswer {
  CtfOutcome outcome = CtfOutcome::not_identified;
  AvailableData available = AvailableData::observational;  // what the estimand uses
  ExpressionPtr estimand;                                  // when identified; not simplified
  ValueSymbols symbols;                                    // with those that the estimand sums over
  std::vector<IdentifiedCtfFactor> factors;  // of the estimand, those below a fraction last
  std::optional<CtfFactorWitness> witness;   // when not identified
  // zero: the event, undefined: the condition, that cannot happen together with the others.
  std::size_t impossible = 0;
};

// Events are checked (check_event). No events: the estimand is one. Errors: limit_exceeded,
// cancelled.
[[nodiscard]] Result<CtfIdAnswer> identify_by_ctf_id(
    const AdmgRows& rows, std::span<const CounterfactualEvent> events, ValueSymbols symbols,
    AvailableData available = AvailableData::observational, const Limits& limits = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym
