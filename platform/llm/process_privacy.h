// What keeps the memory of a process that holds keys on this machine's memory alone.
//
// Source: core(5), prctl(2). Cost: two system calls.
#pragma once

namespace causal_gym {

// From now on this process leaves no core dump, whoever asks for one, and no other process of the
// same user may read its memory. It stays so.
void keep_memory_private();

}  // namespace causal_gym
