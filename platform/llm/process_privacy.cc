#include "platform/llm/process_privacy.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace causal_gym {

void keep_memory_private() {
  // The limit is what tools show. It does not bind a kernel that pipes dumps to a program, which
  // asks whether the process is dumpable.
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace causal_gym
