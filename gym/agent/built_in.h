// The built-in agents: the scale's fixed points. They need no key and no network, and know the
// environment's model.
//
// ideal            the exact truth under the regime.
// seeing           answers P(Y | X=x) when asked P(Y | do(X=x)): seeing_query of
// gym/environment/seeing.h. reverser         the truth in the model with every edge reversed, each
// mechanism refitted to the same observational
//                  joint, latent variables included (a row whose condition never happens is
//                  uniform).
// associator       knows marginals and pairwise associations only, and takes each for a cause.
// Several conditions count as
//                  independent evidence: P(y | c1, c2) is proportional to P(y) times the product of
//                  P(y | ci) / P(y); several events are multiplied. With one event and one
//                  condition it equals `seeing`.
// stubborn         the observational marginal of what is asked, whatever the conditions and
// interventions; effects are 0. random           uniform over the question's range. noisy_ideal(s)
// the truth plus normal noise of standard deviation s times the range's width, kept inside the
// range.
//
// An agent whose way of thinking has no answer (a condition that never happens, a counterfactual
// asked of `seeing`) refuses and says why. Cost of a reply: a few exact inferences.
#pragma once

#include "gym/agent/agent.h"

namespace causal_gym {

struct AgentDescription {
  std::string name;       // "noisy_ideal"
  std::string parameter;  // "sigma"; empty when there is none
  std::string summary;    // one sentence
};

[[nodiscard]] std::span<const AgentDescription> built_in_agents();

// "ideal", "noisy_ideal(0.1)". Errors: unknown_name with the nearest spelling, invalid_argument (a
// parameter that is missing, unexpected, not a number, or negative); what building the agent meets
// (reverser: those of joint_mass).
[[nodiscard]] Result<AgentPtr> make_agent(std::string_view agent, const Environment& environment);

}  // namespace causal_gym
