// Random models over a given graph, for property tests and generators.
#pragma once

#include "engine/base/rng.h"
#include "engine/model/model.h"

namespace causal_gym {

struct RandomModelOptions {
  std::size_t min_states = 2;
  std::size_t max_states = 3;
  bool positive = true;    // every probability is at least 0.1 / states; otherwise a third of the
                           // numbers in a table are zero
  bool all_kinds = false;  // noisy_or and deterministic mechanisms too, where they fit and may be
};

// Node v of the graph becomes variable v, with a number of states drawn between the two (two:
// binary; more: categorical s0, s1, ..) and rows drawn uniformly from the simplex. Each bidirected
// edge a <-> b becomes a latent root with the children a and b, named "u_a_b" and put after the
// graph's nodes, so that the model's latent projection is the graph's. Mechanisms list their
// parents in random order. With `positive`, no mechanism is deterministic and noisy_or numbers stay
// within [0.1, 0.9]. A table over the default Limits, or a latent name already taken, is a broken
// invariant.
[[nodiscard]] Model random_model(const Graph& graph, Rng& rng,
                                 const RandomModelOptions& options = {});

}  // namespace causal_gym
