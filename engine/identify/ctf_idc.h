// ctf-IDC: P(events | conditions) over any worlds, from observation or from all experiments.
//
// A ratio of two joint probabilities, in which groups of the network (ctf_id.h) that are the same
// above and below cancel before anything is identified: what the events do not hang together with
// need not be identifiable. A condition that cannot happen makes the question undefined; events
// that cannot happen with it make the answer zero.
// Source: Correa, Lee & Bareinboim 2021, NeurIPS, algorithm 2 (CTFID; ancestral
// components); Shpitser & Pearl 2007, UAI (IDC*). Cost: twice that of ctf_id.h.
#pragma once

#include "engine/identify/ctf_id.h"

namespace causal_gym {

// Events are checked (check_event). Errors: limit_exceeded, cancelled.
[[nodiscard]] Result<CtfIdAnswer> identify_by_ctf_idc(
    const AdmgRows& rows, const CounterfactualQuestion& question, ValueSymbols symbols,
    AvailableData available = AvailableData::observational, const Limits& limits = {},
    const CancellationToken& cancellation = {});

}  // namespace causal_gym
