// Instruments: z moves x, and y only through the effect of x, once w is held fixed; then the
// effect of x on y is Cov(y, z | w) / Cov(x, z | w) in linear models in spite of hidden confounding
// of x and y.
//
// Source: Brito & Pearl 2002, UAI (conditional instruments); van der Zander, Textor & Liskiewicz
// 2015, IJCAI (finding them: ancestral instruments); Henckel, Buttenschoen & Maathuis 2024,
// Biometrika 111 (total effects; sound and complete for each conditioning set).
#pragma once

#include <string>
#include <vector>

#include "engine/base/cancellation.h"
#include "engine/graph/effect_edges.h"
#include "engine/graph/separation.h"

namespace causal_gym {

enum class InstrumentFault {
  none,
  forbidden_condition,  // a member of w descends from what the effect runs through
  not_relevant,         // w separates z from x
  open_path,            // z reaches y around the effect: excluded or unconfounded it is not
};

[[nodiscard]] std::string_view instrument_fault_name(InstrumentFault fault);

struct InstrumentCheck {
  bool valid = false;
  InstrumentFault fault = InstrumentFault::none;  // the first that fails
  std::string reason;                             // one sentence
  std::optional<Path> open_path;                  // the witness of the fault open_path
  std::optional<Path> relevance_path;             // from z to x, open given w, when relevant
  std::vector<NodeId> forbidden;                  // members of w, of the fault forbidden_condition
};

// Is z an instrument for the effect of x on y given w? (1) w holds nothing that descends from the
// heads of the edges that carry the effect; (2) z and x are connected given w; (3) z and y are
// separated given w in the graph without those edges. Sound and complete for this w: the formula
// gives the effect in every linear model exactly when all hold.
// Errors: invalid_argument when x, y, z or a member of w is latent, or two of them are the same.
// Cost: O(n + m).
[[nodiscard]] Result<InstrumentCheck> check_instrument(const Graph& graph, NodeId x, NodeId y,
                                                       NodeId z, const NodeSet& w,
                                                       EffectReach effect = EffectReach::total);

struct Instrument {
  NodeId instrument = 0;
  NodeSet given;
  friend bool operator==(const Instrument&, const Instrument&) = default;
};

// A set w, without nodes of `must_not`, given which z is an instrument: the empty set when it
// serves, else the separator nearest to y among ancestors of y and z; nullopt when neither does.
// Whether some other w would is NP-hard to say for one z; but when any node is an instrument given
// anything, then some node is one in this way. Errors: as above. Cost: O(n + m).
[[nodiscard]] Result<std::optional<Instrument>> find_instrument(
    const Graph& graph, NodeId x, NodeId y, NodeId z, EffectReach effect = EffectReach::total,
    const NodeSet& must_not = {});

// Every node that find_instrument finds a set for, in order of nodes; none exactly when no node is
// an instrument given any set. Errors: also cancelled. Cost: O(n (n + m)).
[[nodiscard]] Result<std::vector<Instrument>> list_instruments(
    const Graph& graph, NodeId x, NodeId y, EffectReach effect = EffectReach::total,
    const NodeSet& must_not = {}, const CancellationToken& cancellation = {});

struct Assumption {
  std::string name;       // "relevance"
  std::string statement;  // in the graph's names
  bool in_graph = false;  // the graph vouches for it; otherwise it is up to the user
};

// What must hold for the formula to be the effect: relevance, exclusion and unconfoundedness given
// w (all three from the graph), and either linearity with one effect for all, or, for x and z with
// two states and the average effect among those whose x follows z, monotonicity.
[[nodiscard]] std::vector<Assumption> instrument_assumptions(const Graph& graph, NodeId x, NodeId y,
                                                             const Instrument& instrument);

// "Cov(y, z | w) / Cov(x, z | w)".
[[nodiscard]] std::string instrument_estimand_text(const Graph& graph, NodeId x, NodeId y,
                                                   const Instrument& instrument);

}  // namespace causal_gym
