#include <algorithm>

#include "engine/graph/paths.h"
#include "engine/graph/relations.h"
#include "engine/graph/separation.h"
#include "engine/graph/surgery.h"
#include "gym/environment/environment.h"

namespace causal_gym {
namespace {

bool is_ancestor(const Graph& graph, NodeId of_v, NodeId v) {
  return of_v != v && ancestors(graph, {v}).contains(of_v);
}

// Both steps beside inner node i point into it.
bool collides_at(const Path& path, std::size_t i) {
  return path.steps[i - 1] != Step::backward && path.steps[i] != Step::forward;
}

class RoleCheck {
 public:
  RoleCheck(const Graph& graph, NodeId treatment, NodeId outcome)
      : graph_(graph), treatment_(treatment), outcome_(outcome) {}

  Result<bool> confounder(NodeId v) const {
    return is_ancestor(graph_, v, treatment_) &&
           is_ancestor(cut_incoming(graph_, {treatment_}), v, outcome_);
  }
  Result<bool> mediator(NodeId v) const {
    return is_ancestor(graph_, treatment_, v) && is_ancestor(graph_, v, outcome_);
  }
  Result<bool> collider(NodeId v) const {
    CAUSAL_GYM_TRY(listing, list_paths(graph_, treatment_, outcome_, {}));
    for (const auto& listed : listing.paths)
      for (std::size_t i = 1; i + 1 < listed.path.nodes.size(); ++i)
        if (listed.path.nodes[i] == v && collides_at(listed.path, i)) return true;
    return false;
  }
  Result<bool> instrument(NodeId v) const {
    if (v == treatment_ || v == outcome_) return false;
    const auto from_treatment = separation(graph_, {v}, {treatment_}, {});
    if (!from_treatment) return fail(from_treatment.error());
    const auto from_outcome = separation(cut_outgoing(graph_, {treatment_}), {v}, {outcome_}, {});
    if (!from_outcome) return fail(from_outcome.error());
    return !from_treatment->separated && from_outcome->separated;
  }

 private:
  const Graph& graph_;
  NodeId treatment_;
  NodeId outcome_;
};

using RolePredicate = Result<bool> (RoleCheck::*)(NodeId) const;

Status check_role(const RoleCheck& check, const Graph& graph, const std::string& role,
                  const std::vector<std::string>& names, RolePredicate plays) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto where = "roles." + role + "s[" + std::to_string(i) + "]";
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i))
      return fail(ErrorCode::invalid_argument, "'" + names[i] + "' is listed twice", where);
    auto v = graph.require(names[i]);
    if (!v) return fail(v.error().code, v.error().message, where, v.error().suggestion);
    CAUSAL_GYM_TRY(fits, (check.*plays)(*v));
    if (!fits)
      return fail(ErrorCode::invalid_argument,
                  "the graph does not make '" + names[i] + "' a " + role, where);
  }
  return {};
}

Result<NodeId> observed_role(const Graph& graph, const std::string& name,
                             const std::string& where) {
  auto v = graph.require(name);
  if (!v) return fail(v.error().code, v.error().message, where, v.error().suggestion);
  if (graph.is_latent(*v))
    return fail(ErrorCode::invalid_argument, "'" + name + "' is latent", where);
  return *v;
}

}  // namespace

Status check_roles(const Roles& roles, const Graph& graph) {
  CAUSAL_GYM_TRY(treatment, observed_role(graph, roles.treatment, "roles.treatment"));
  CAUSAL_GYM_TRY(outcome, observed_role(graph, roles.outcome, "roles.outcome"));
  if (treatment == outcome)
    return fail(ErrorCode::invalid_argument,
                "'" + roles.treatment + "' is both treatment and outcome", "roles.outcome");
  const RoleCheck check(graph, treatment, outcome);
  CAUSAL_GYM_CHECKED(
      check_role(check, graph, "confounder", roles.confounders, &RoleCheck::confounder));
  CAUSAL_GYM_CHECKED(check_role(check, graph, "mediator", roles.mediators, &RoleCheck::mediator));
  CAUSAL_GYM_CHECKED(check_role(check, graph, "collider", roles.colliders, &RoleCheck::collider));
  return check_role(check, graph, "instrument", roles.instruments, &RoleCheck::instrument);
}

}  // namespace causal_gym
