// The two models of one attempt: the hedge's parities differ between them, all else is drawn once.
//
// Source: Shpitser & Pearl 2006, AAAI, theorem 4. Cost: the cells of the mechanisms' tables.
#pragma once

#include <utility>

#include "engine/base/rng.h"
#include "engine/model/model.h"
#include "engine/witness/hedge_stage.h"

namespace causal_gym {

struct PairDraw {
  // Nodes of the hedge have two states, which is easier to read, or four: a second bit follows all
  // parents as any other node does, so that the node may also pass the difference on. A coin of the
  // hedge then has a second side too, which these second bits read.
  bool wide = false;
  // Shared mechanisms read the conduits alone, and loudly; otherwise most parents, more softly.
  bool along_conduits = false;
};

// Errors: limit_exceeded (cells of a mechanism).
[[nodiscard]] Result<std::pair<Model, Model>> draw_model_pair(const HedgeStage& stage,
                                                              const PairDraw& draw, Rng rng,
                                                              const Limits& limits);

}  // namespace causal_gym
